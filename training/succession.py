"""Trainings that begin where another one is, since both are the same up to there."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from ..sequences.files import read_json, replacing
from .logs import read_log
from .run import Files, check_same
from .state import read_checkpoint

About = Mapping[str, Any]
"""What identifies a training: the content of its recipe.json."""


def begin_from_others(folder: Path, wanted: About, others: Iterable[Path]) -> Path | None:
    """Give a training that has no checkpoint that of the furthest one which is the same so far.

    SWAG's epochs follow those of the training without it; keeping the last weights of the cycles
    is the same training as averaging over their ends.

    Args:
        folder: of the training, which may be absent.
        wanted: what identifies it.
        others: folders of other trainings.

    Returns:
        the folder whose checkpoint and log were copied; None: nothing was.
    """
    own = Files(folder)
    if own.checkpoint.exists():
        return None
    last = wanted["recipe"]["epochs"] + _more_epochs(wanted["recipe"]["averaging"])
    usable = [(epochs, other) for other in others if (epochs := _epochs(other, wanted)) is not None]
    usable = [entry for entry in usable if 0 < entry[0] <= last]
    if not usable:
        return None
    source = max(usable, key=lambda entry: entry[0])[1]
    content = read_checkpoint(Files(source).checkpoint)
    content["about"] = dict(wanted)
    averaging = wanted["recipe"]["averaging"]
    if averaging is None or not averaging["collect"]:
        content.pop("moments", None)
    folder.mkdir(parents=True, exist_ok=True)
    if Files(source).log.exists():
        shutil.copyfile(Files(source).log, own.log)
    with replacing(own.checkpoint) as draft:
        torch.save(content, draft)
    return source


def _epochs(folder: Path, wanted: About) -> int | None:
    """How many epochs of a training are done, if it is so far the same as the one wanted."""
    files = Files(folder)
    if not (files.checkpoint.exists() and files.recipe.exists() and files.log.exists()):
        return None
    found = read_json(files.recipe)
    done = max((row["epoch"] for row in read_log(files.log)), default=0)
    try:
        check_same(files.checkpoint, _collecting_alike(found, wanted), wanted, done)
    except ValueError:
        return None
    return done


def _collecting_alike(found: About, wanted: About) -> About:
    """What was found, but with the wanted use of collected weights, if that can be had of it."""
    there, here = found["recipe"]["averaging"], wanted["recipe"]["averaging"]
    if there is None or here is None or (here["collect"] and not there["collect"]):
        return found
    result = copy.deepcopy(dict(found))
    for name in ("collect", "samples", "scale"):
        result["recipe"]["averaging"][name] = here[name]
    return result


def _more_epochs(averaging: Mapping[str, Any] | None) -> int:
    if averaging is None:
        return 0
    return int(averaging["schedule"]["cycles"] * averaging["schedule"]["length"])

"""The folder of a result: it appears when it is complete, and replaces nothing unasked."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .sequences.files import read_json, write_text

SETTINGS = "settings.json"
"""What marks a folder as a result: its settings, and under `files` the names that belong to it."""


def check_free(folder: str | Path, overwrite: bool) -> None:
    """Refuse a folder that must not be replaced.

    Args:
        folder: may be absent or empty.
        overwrite: whether an earlier result there may go.

    Raises:
        FileExistsError: there is a file of that name; or a result, and `overwrite` is not set; or
            something that is no result, or has files besides.
    """
    target = Path(folder)
    if not target.exists():
        return
    if not target.is_dir():
        raise FileExistsError(f"{target} is a file: expected a folder for the result")
    held = {path.name for path in target.iterdir()}
    if not held:
        return
    if not overwrite:
        raise FileExistsError(f"{target} exists already: --overwrite replaces a result")
    strangers = sorted(held - _own_files(target))
    if strangers:
        listed = ", ".join(strangers[:5]) + (", ..." if len(strangers) > 5 else "")
        raise FileExistsError(
            f"{target} holds what no run of reid-mot wrote, and is left alone: {listed}"
        )


def _own_files(folder: Path) -> set[str]:
    """The names that a result says belong to it; none for what is no result."""
    if not (folder / SETTINGS).is_file():
        return set()
    content = read_json(folder / SETTINGS)
    files = content.get("files") if isinstance(content, dict) else None
    return {str(name) for name in files} if isinstance(files, list) else set()


@contextmanager
def result_folder(folder: str | Path, overwrite: bool = False) -> Iterator[Path]:
    """A hidden folder beside the target that takes its place when the block ends well.

    When the block raises, nothing is left of it, and an earlier result stays as it was.

    Args:
        folder: the target; see `check_free`.
        overwrite: whether an earlier result there may go.

    Raises:
        FileExistsError: see `check_free`.
    """
    check_free(folder, overwrite)
    target = Path(folder).absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".writing-") as hidden:
        draft = Path(hidden) / target.name
        draft.mkdir()
        yield draft
        if target.exists():
            os.replace(target, Path(hidden) / f"{target.name}.old")
        os.replace(draft, target)


def write_settings(folder: str | Path, settings: Mapping[str, object]) -> None:
    """Write `settings.json` with the names of all files in the folder, its own among them.

    Args:
        folder: a result, complete but for this file.
        settings: everything that made the result; see `plain`.
    """
    place = Path(folder)
    files = sorted({path.name for path in place.iterdir()} | {SETTINGS})
    content = {**{key: plain(value) for key, value in settings.items()}, "files": files}
    write_text(place / SETTINGS, json.dumps(content, indent=1) + "\n")


def plain(value: object) -> Any:
    """The value in terms of JSON: arrays as lists, dataclasses as objects, the rest as text.

    >>> plain({"region": np.eye(2), "path": Path("a"), "off": None})
    {'region': [[1.0, 0.0], [0.0, 1.0]], 'path': 'a', 'off': None}
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return str(value)

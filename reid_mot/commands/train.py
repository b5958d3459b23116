"""`reid-mot train`: pictures of people in, an embedder out."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ..interruption import interruptible
from ..options import parse_assignments
from ..training.datasets import hold_out, open_data
from ..training.pictures import ReidData
from .trainings import (
    add_training_arguments,
    check_network,
    downloads_explained,
    execution_of,
    stopping,
    with_changes,
)

if TYPE_CHECKING:
    from ..training.execution import Execution
    from ..training.recipe import Recipe

NAME = "train"
SUMMARY = "train an embedder by a published recipe, or by one's own"
DESCRIPTION = """\
Train a network to tell people apart.

in:   RECIPE, a published one such as strong_baseline, strong_baseline:warmup or compact_reid (an
      unknown name lists all), or package.module:attribute; and labelled pictures (--data).
out:  a folder with recipe.json, log.jsonl (a line an epoch), checkpoint.pt, and at the end
      embedder.safetensors with embedder.json, which says how it was made and how good it is.

Ctrl-C saves the state and exits with 130; the same command with --resume goes on from there, to
the same result. torchrun -m reid_mot.cli train ... trains on several GPUs.
"""
EXAMPLES = """\
  reid-mot train compact_reid --data room:0 --set epochs=20 --set averaging=None --out runs/drawn
      drawn people, which need no download
  reid-mot train strong_baseline --data market1501:data/Market-1501 --out runs/strong
      the strong baseline as published (Luo et al. 2019)
  reid-mot train compact_reid:base --data folder:people --hold-out 20 --validate 5 --out runs/mine
      one's own people, in a folder each; 20 of them are kept for measuring, every 5 epochs
  reid-mot train strong_baseline --data folder:people --set network.backbone=resnet18 --out runs/18
      a smaller backbone
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("recipe", metavar="RECIPE", help="what to train how")
    parser.add_argument(
        "--data",
        required=True,
        metavar="KIND:PATH",
        help="pictures: market1501:PATH, dukemtmc:PATH, msmt17:PATH, cuhk03:PATH, folder:PATH (a"
        " folder for each person), sequence:PATH (its true boxes), room:SEED (drawn people), or"
        " package.module:name; several joined with +",
    )
    parser.add_argument("--out", required=True, metavar="FOLDER", help="where all of it goes")
    parser.add_argument("--resume", action="store_true", help="go on with the training in --out")
    parser.add_argument(
        "--validate",
        type=int,
        metavar="N",
        help="epochs between measurements on the data's query and gallery; 0: never (default: at"
        " the end)",
    )
    parser.add_argument(
        "--hold-out",
        type=int,
        metavar="IDENTITIES",
        help="measure on so many of the people to learn from, who are not learned from then",
    )
    add_training_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(options: argparse.Namespace) -> int:
    """Train, and say what came of it; 130 if stopped, else 0."""
    # PyTorch takes seconds to import, which a mistake of typing need not wait for.
    from ..training.recipes.names import find_recipe

    found = find_recipe(options.recipe)
    recipe = with_changes(found, parse_assignments(options.set), options.shorten, options.scale)
    execution = execution_of(options)
    check_network(recipe)
    data = _opened(options)
    first = int(os.environ.get("RANK", "0")) == 0  # of the processes that torchrun started
    log = sys.stderr if first and not options.quiet else None
    _say(log, f"{data.summary()}\n")
    validate = _epochs_between(options, recipe, data)
    if not _trained(options, recipe, data, validate, execution, log):
        return 130
    if first:
        _report(Path(options.out), recipe, options.json)
    return 0


def _trained(
    options: argparse.Namespace,
    recipe: Recipe,
    data: ReidData,
    validate: int,
    execution: Execution,
    log: TextIO | None,
) -> bool:
    """Whether the training came to its end, and was not stopped."""
    from ..training.loop import TrainingDiverged, TrainingStopped, train

    with interruptible() as asked, downloads_explained():
        try:
            train(
                recipe,
                data,
                options.out,
                resume=options.resume,
                validate=validate,
                execution=execution,
                log=log,
                stop=stopping(asked, options.minutes),
            )
        except TrainingStopped as stopped:
            sys.stderr.write(f"{stopped}: the same command with --resume goes on from there\n")
            return False
        except TrainingDiverged as error:
            raise ValueError(str(error)) from error
    return True


def _opened(options: argparse.Namespace) -> ReidData:
    try:
        data = open_data(options.data)
    except TypeError as error:
        # What was named is there, but holds no pictures: a mistake of typing.
        raise ValueError(str(error)) from error
    if options.hold_out is not None:
        data = hold_out(data, options.hold_out)
    if not len(data.train):
        raise ValueError(f"{data.name} has no pictures to learn from")
    return data


def _epochs_between(options: argparse.Namespace, recipe: Recipe, data: ReidData) -> int:
    """What `train` is told of measuring: more epochs than there are mean the end alone.

    Raises:
        ValueError: a negative number, or there is nothing to measure on.
    """
    can = len(data.query) > 0
    if options.validate is None:
        return recipe.all_epochs + 1 if can else 0
    if options.validate < 0:
        raise ValueError(f"--validate {options.validate}: expected 0 or more epochs")
    if options.validate and not can:
        raise ValueError(
            f"{data.name} has no query to measure on: --hold-out keeps some of the people for it"
        )
    return int(options.validate)


def _report(folder: Path, recipe: Recipe, as_json: bool) -> None:
    from ..models.card import read_card, saved_files
    from ..training.logs import read_log
    from ..training.run import Files

    files = Files(folder)
    card_file, weights = saved_files(files.embedder)
    card = read_card(card_file)
    seconds = sum(row.get("seconds") or 0.0 for row in read_log(files.log))
    found: dict[str, Any] = {
        "out": str(files.folder),
        "embedder": str(weights),
        "dim": card.dim,
        "epochs": recipe.all_epochs,
        "seconds": round(seconds, 1),
        "scores": card.scores,
    }
    if as_json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
        return
    width = max(map(len, card.scores), default=0)
    for name, value in card.scores.items():
        sys.stdout.write(f"{name:<{width}} {value:6.2f}%\n")
    sys.stdout.write(
        f"the embedder is {weights}; use it:\n"
        f"  reid-mot track SEQUENCE --out tracked --embedder {weights}\n"
    )


def _say(log: TextIO | None, text: str) -> None:
    if log is not None:
        log.write(text)

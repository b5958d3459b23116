"""`reid-mot reproduce`: a paper's table, trained and measured again."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..interruption import interruptible
from ..options import parse_assignments
from ..sequences.files import write_text
from ..training.datasets import KINDS, open_data
from ..training.pictures import ReidData
from .outputs import provenance
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
    from ..training.recipes.table import Row, Table
    from ..training.reproduction import Reproduction

NAME = "reproduce"
SUMMARY = "make a table of the papers again: train its rows, measure them, compare"
DESCRIPTION = """\
Train and measure the rows of a published table.

in:   TABLE, a name that --list shows, or package.module:attribute; and the data sets it is about.
      Rows whose data are not given are left out.
out:  a folder with TABLE.md and TABLE.json, published and found scores side by side, with the
      command, the hardware, epochs, seeds and seconds; and a folder for each training.

Rows with the same recipe are trained once, also if they are in other tables with the same --out.
With --rows the table shows the others too, as far as they have been run into the same --out before.
What is done is not done again: after Ctrl-C (exit status 130) the same command goes on.
"""
EXAMPLES = """\
  reid-mot reproduce --list
      all tables, their rows and the published numbers
  reid-mot reproduce luo_table1 --data market1501=data/Market-1501 --out runs/tables
      the strong baseline, a trick at a time; seven trainings of 120 epochs
  reid-mot reproduce lawen_table4 --data market1501=data/Market-1501 --rows 1-3 --out runs/tables
      one setup, whose second and third training go on from the first
  reid-mot reproduce luo_table1 --data market1501=data/Market-1501 --shorten 20 --out runs/quick
      the same rows in a twentieth of the epochs; the table says that it is not as published
  reid-mot reproduce luo_table6 --data market1501=data/Market-1501 --scale 0.5 --out runs/half
      sizes of pictures, all of them halved
  reid-mot reproduce luo_table3 --data market1501=data/Market-1501
      --data dukemtmc=cuhk03:data/CUHK03 --learned-from market1501 --out runs/tables
      across data sets, in one direction, with CUHK03 in the place of another; the table says so
  reid-mot reproduce luo_table2 --data market1501=room:0 --set epochs=1 --out runs/trial
      a trial on drawn people; the table says that it is not as published
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("table", nargs="?", metavar="TABLE", help="which table")
    parser.add_argument("--list", action="store_true", help="show all tables, or this one")
    parser.add_argument(
        "--data",
        action="append",
        default=[],
        metavar="NAME=PATH",
        help="where a data set of the table is: market1501=PATH, dukemtmc=PATH; or other pictures"
        " in its place, NAME=KIND:PATH as in `reid-mot train --data`",
    )
    parser.add_argument("--out", metavar="FOLDER", help="where all of it goes")
    parser.add_argument("--rows", metavar="1,3-5", help="only these rows, as --list numbers them")
    parser.add_argument(
        "--learned-from",
        metavar="NAME",
        help="only what is learned from this data set, such as market1501, and tested on any",
    )
    add_training_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print JSON, not Markdown")


def run(options: argparse.Namespace) -> int:
    """Make the table, or list them; 130 if stopped, 1 if a training failed, else 0."""
    if options.list:
        return _list(options.table)
    if options.table is None or options.out is None or not options.data:
        raise ValueError("expected TABLE, --data NAME=PATH and --out FOLDER, or --list")
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ValueError("several processes cannot reproduce a table: train its rows one by one")
    changes = parse_assignments(options.set)
    table, asked = _chosen(options, changes)
    execution = execution_of(options)
    data, others = _opened(options.data)
    work = _prepared(table, asked, data, Path(options.out))
    times = {"shorten": options.shorten, "scale": options.scale}
    other_sizes = {name: f"{value:g}" for name, value in times.items() if value != 1}
    reduced = {**others, **other_sizes, **changes}
    _run(work, execution, options, reduced)
    content = _write(work, reduced)
    sys.stdout.write(content[".json" if options.json else ".md"])
    if work.stopped:
        sys.stderr.write("stopped: the same command goes on from here\n")
        return 130
    return 1 if work.failed else 0


def _prepared(table: Table, asked: Table, data: Mapping[str, ReidData], out: Path) -> Reproduction:
    """What is to be done, after a look at whether it can be."""
    from ..training.reproduction import Reproduction

    work = Reproduction(table, data, out, asked)
    if not work.trainings():
        names = sorted({cell.train for row in asked.rows for cell in row.cells})
        raise ValueError(f"--data has nothing that {table.name} needs: {', '.join(names)}")
    for training in work.trainings():
        if not training.done:
            check_network(training.recipe)
    out.mkdir(parents=True, exist_ok=True)
    return work


def _run(
    work: Reproduction,
    execution: Execution,
    options: argparse.Namespace,
    reduced: Mapping[str, object],
) -> None:
    from ..training.reproduction import reproduce

    def tell(work: Reproduction) -> None:
        _write(work, reduced)

    with interruptible() as asked, downloads_explained():
        reproduce(
            work,
            execution=execution,
            command=str(provenance()["command"]),
            log=None if options.quiet else sys.stderr,
            stop=stopping(asked, options.minutes),
            tell=tell,
        )


def _chosen(options: argparse.Namespace, changes: Mapping[str, object]) -> tuple[Table, Table]:
    """The table with all settings changed, and the part of it that is to be run."""
    from ..training.recipes.names import find_table

    table = find_table(options.table)
    averaged = any(row.recipe.averaging is not None for row in table.rows)
    numbers: Sequence[int] = range(1, len(table.rows) + 1)
    if options.rows is not None:
        numbers = parse_rows(options.rows)
    asked = table.with_rows(numbers)

    def change(recipe: Recipe) -> Recipe:
        # Settings of SWAG are for those rows that have it.
        without = averaged and recipe.averaging is None
        fitting = {k: v for k, v in changes.items() if not (without and k.startswith("averaging"))}
        return with_changes(recipe, fitting, options.shorten, options.scale)

    def fits(row: Row) -> bool:
        try:
            change(row.recipe)
        except ValueError:
            return False
        return True

    # Rows that were not asked for need not be able to have these settings.
    rows = tuple(row for row in table.rows if row in asked.rows or fits(row))
    table, asked = (part.with_recipes(change) for part in (replace(table, rows=rows), asked))
    if options.learned_from is not None:
        asked = asked.learned_from(options.learned_from)
    return table, asked


def parse_rows(text: str) -> list[int]:
    """The numbers of "1,3-5".

    Raises:
        ValueError: anything else.

    >>> parse_rows("1,3-5")
    [1, 3, 4, 5]
    """
    found: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)(?:\s*-\s*(\d+))?\s*", part)
        if match is None:
            raise ValueError(f"--rows {text}: expected numbers and ranges such as 1,3-5")
        found.extend(range(int(match[1]), int(match[2] or match[1]) + 1))
    return found


def _opened(texts: list[str]) -> tuple[dict[str, ReidData], dict[str, str]]:
    """Data by short name; and what was given for those that are not what the name says."""
    found: dict[str, ReidData] = {}
    others: dict[str, str] = {}
    for text in texts:
        name, equals, what = text.partition("=")
        if not equals or not name or not what:
            raise ValueError(f"--data {text}: expected NAME=PATH such as market1501=PATH")
        if name in found:
            raise ValueError(f"--data {text}: {name} is given twice")
        itself = name in KINDS and (Path(what).exists() or ":" not in what)
        if not itself:
            others[name] = what
        try:
            found[name] = open_data(f"{name}:{what}" if itself else what)
        except TypeError as error:
            raise ValueError(str(error)) from error
    return found, others


def _write(work: Reproduction, reduced: Mapping[str, object]) -> dict[str, str]:
    """Write both files; what is in them, by suffix."""
    from ..training.comparison import to_json, to_markdown

    content = {".md": to_markdown(work, reduced), ".json": to_json(work, reduced)}
    for suffix, text in content.items():
        write_text(work.out / f"{work.table.name}{suffix}", text)
    return content


def _list(name: str | None) -> int:
    from ..training.recipes.names import find_table, table_names

    names = table_names() if name is None else [name]
    sys.stdout.write("\n\n".join(_listed(find_table(name)) for name in names) + "\n")
    return 0


def _listed(table: Table) -> str:
    lines = [f"{table.name}: {table.title} ({table.source})"]
    width = max(len(row.label) for row in table.rows)
    for number, row in enumerate(table.rows, 1):
        numbers = "  ".join(
            f"{cell.train if cell.train == cell.test else f'{cell.train} to {cell.test}'}"
            f" {cell.rank1:.1f} / {cell.mAP:.1f}"
            for cell in row.cells
        )
        lines.append(f"  {number:>2}  {row.label:<{width}}  {numbers}")
    return "\n".join(lines)

"""A published table and what was found, side by side: as Markdown for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..progress import duration
from .recipes.table import Cell, Row
from .reproduction import Reproduction, facts, measured


def to_json(work: Reproduction, reduced: Mapping[str, object]) -> str:
    """All of it.

    Args:
        work: what was done so far.
        reduced: what differs from the paper's table, settings and data, by name.
    """
    table = work.table
    content = {
        "table": table.name,
        "title": table.title,
        "source": table.source,
        "note": table.note,
        "reduced": {name: str(value) for name, value in reduced.items()},
        "data": {name: _data(work, name) for name in work.data},
        "rows": [_result(work, row, cell) for row in table.rows for cell in row.cells],
        "trainings": [facts(training) for training in work.shown()],
    }
    return json.dumps(content, indent=1) + "\n"


def to_markdown(work: Reproduction, reduced: Mapping[str, object]) -> str:
    """A table with published and found scores, and how they were found; see `to_json`."""
    return "\n".join(_lines(work, reduced)) + "\n"


def _lines(work: Reproduction, reduced: Mapping[str, object]) -> Iterator[str]:
    table = work.table
    yield f"# {table.title}"
    yield ""
    yield f"{table.source}. Rank-1 / mAP in percent."
    if table.note:
        yield table.note
    if reduced:
        listed = ", ".join(f"{name}={value}" for name, value in reduced.items())
        yield ""
        yield f"**Not as published** but reduced: {listed}"
    yield ""
    yield "| row | learned from | tested on | compared | published | here |"
    yield "|---|---|---|---|---|---|"
    for row in table.rows:
        for cell in row.cells:
            yield _row(work, row, cell)
    yield ""
    for name in work.data:
        found = _data(work, name)
        counts = ", ".join(f"{n:,} {part}" for part, n in found["pictures"].items())
        yield f"- {name} is {found['name']}: {counts} pictures"
    for training in work.shown():
        yield _took(facts(training))


def _row(work: Reproduction, row: Row, cell: Cell) -> str:
    found = work.found(row, cell)
    published = f"{cell.rank1:.1f} / {cell.mAP:.1f}"
    here = work.reason(row, cell)
    if found is not None:
        here = f"{found['rank-1']:.1f} / {found['mAP']:.1f}"
    compared = f"{row.feature} {row.metric}{', re-ranked' if row.rerank else ''}"
    words = (row.label, cell.train, cell.test, compared, published, here)
    return f"| {' | '.join(word.replace('|', '/') for word in words)} |"


def _took(fact: Mapping[str, Any]) -> str:
    text = f"- {fact['folder']}: {fact['epochs']} of {fact['of']} epochs, seed {fact['seed']}"
    if fact["epochs"]:
        text += f", {duration(fact['seconds'])} on {' and '.join(fact['hardware'])}"
    if fact["began_as"]:
        text += f", went on from {fact['began_as']}, whose time is included"
    return text + "".join(f"; `{command}`" for command in fact["commands"])


def _result(work: Reproduction, row: Row, cell: Cell) -> dict[str, Any]:
    training = work.training(row, cell)
    found = work.found(row, cell)
    every = {}
    if training is not None and training.done and cell.test in work.data:
        every = measured(training, cell.test, work.data[cell.test])
    return {
        "label": row.label,
        "train": cell.train,
        "test": cell.test,
        "feature": row.feature,
        "metric": row.metric,
        "reranked": row.rerank,
        "published": {"rank-1": cell.rank1, "mAP": cell.mAP},
        "found": found,
        "why": "" if found is not None else work.reason(row, cell),
        "all": every,
        "training": None if training is None else training.folder.name,
        "recipe": row.recipe.to_json(),
    }


def _data(work: Reproduction, name: str) -> dict[str, Any]:
    data = work.data[name]
    parts = ("train", "query", "gallery")
    return {"name": data.name, "pictures": {part: len(getattr(data, part)) for part in parts}}

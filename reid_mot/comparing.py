"""One tracker with several embedders, side by side.

After Lawen et al. 2019, table 5: the same recording and detections, a row for each network. MOTA
hardly differs, because who stands where does not depend on looks; IDF1 does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from .score_table import percent

__all__ = ["COUNTED", "Result", "Row", "markdown_of", "row_of", "text_of"]

COUNTED = ("recognised", "new", "wrong person", "missed", "false")
"""Verdicts that have a column; see `auditing`."""


@dataclass(frozen=True)
class Result:
    """One embedder on one sequence.

    Args:
        embedder, sequence: their names.
        label: of the row of scores that the measures are of.
        mota, idf1, hota: fractions; NaN becomes null in files.
        switches, identities, people: identities are the tracker's, people the truth's.
        entries: of people, see `auditing`.
        verdicts: how many entries had each in the end.
        instants: done.
        crops: embedded.
        seconds: in tracker and embedder, without decoding or drawing pictures.
        embedding_seconds: of these, in the embedder.
        seconds_per_crop: mean of those that were computed; None where none was.
    """

    embedder: str
    sequence: str
    label: str
    mota: float
    idf1: float
    hota: float
    switches: int
    identities: int
    people: int
    entries: int
    verdicts: dict[str, int]
    instants: int
    crops: int
    seconds: float
    embedding_seconds: float
    seconds_per_crop: float | None

    def to_json(self) -> dict[str, Any]:
        """In terms of JSON."""
        return {k: None if v != v else v for k, v in asdict(self).items()}

    @classmethod
    def from_json(cls, data: object) -> Result:
        """What `to_json` gave.

        Raises:
            ValueError: a field is missing, unknown or of another kind.
        """
        names = {column.name for column in fields(cls)}
        if not isinstance(data, dict) or set(data) != names:
            found = sorted(data) if isinstance(data, dict) else type(data).__name__
            raise ValueError(
                f"a result of a comparison has the fields {sorted(names)}, not {found}"
            )
        values = dict(data)
        for name in ("mota", "idf1", "hota"):
            values[name] = math.nan if values[name] is None else float(values[name])
        return cls(**values)


@dataclass(frozen=True)
class Row:
    """One embedder on all sequences.

    Args:
        embedder: its name.
        mota, idf1, hota: mean, least and greatest over the sequences.
        switches, identities, people, entries, crops: sums.
        verdicts: sums of each.
        per_crop, per_instant: milliseconds; None where nothing was embedded.
    """

    embedder: str
    mota: tuple[float, float, float]
    idf1: tuple[float, float, float]
    hota: tuple[float, float, float]
    switches: int
    identities: int
    people: int
    entries: int
    verdicts: Mapping[str, int]
    crops: int
    per_crop: float | None
    per_instant: float


def row_of(results: Sequence[Result]) -> Row:
    """The results of one embedder, put together.

    Raises:
        ValueError: none, or of several embedders.
    """
    names = {result.embedder for result in results}
    if len(names) != 1:
        raise ValueError(f"a row is of one embedder, not of {sorted(names)}")
    paces = [(r.crops, r.seconds_per_crop) for r in results if r.seconds_per_crop is not None]
    embedded = sum(crops for crops, _ in paces)
    per_crop = sum(crops * pace for crops, pace in paces) / embedded if embedded else None
    return Row(
        names.pop(),
        _spread([r.mota for r in results]),
        _spread([r.idf1 for r in results]),
        _spread([r.hota for r in results]),
        sum(r.switches for r in results),
        sum(r.identities for r in results),
        sum(r.people for r in results),
        sum(r.entries for r in results),
        {name: sum(r.verdicts.get(name, 0) for r in results) for name in COUNTED},
        sum(r.crops for r in results),
        None if per_crop is None else 1000 * per_crop,
        1000 * sum(r.seconds for r in results) / max(1, sum(r.instants for r in results)),
    )


def _spread(values: Sequence[float]) -> tuple[float, float, float]:
    return float(np.mean(values)), min(values), max(values)


def _shares(value: tuple[float, float, float]) -> str:
    mean, least, most = value
    return (
        percent(mean) if least == most else f"{percent(mean)} ({100 * least:.1f}-{100 * most:.1f})"
    )


_COLUMNS: tuple[tuple[str, Callable[[Row], str]], ...] = (
    ("embedder", lambda row: row.embedder),
    ("MOTA", lambda row: _shares(row.mota)),
    ("IDF1", lambda row: _shares(row.idf1)),
    ("HOTA", lambda row: _shares(row.hota)),
    ("IDSW", lambda row: str(row.switches)),
    ("identities", lambda row: f"{row.identities}/{row.people}"),
    ("entries", lambda row: str(row.entries)),
    ("recognised", lambda row: str(row.verdicts["recognised"])),
    ("wrong", lambda row: str(row.verdicts["wrong person"])),
    ("missed", lambda row: str(row.verdicts["missed"])),
    ("false", lambda row: str(row.verdicts["false"])),
    ("crops", lambda row: str(row.crops)),
    ("ms/crop", lambda row: "-" if row.per_crop is None else f"{row.per_crop:.2f}"),
    ("ms/instant", lambda row: f"{row.per_instant:.2f}"),
)


def _cells(rows: Sequence[Row]) -> list[list[str]]:
    return [[name for name, _ in _COLUMNS], *([show(row) for _, show in _COLUMNS] for row in rows)]


def text_of(rows: Sequence[Row]) -> str:
    """The rows as a table for the terminal."""
    cells = _cells(rows)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])])
        for line in cells
    ]
    return "\n".join(lines)


def markdown_of(rows: Sequence[Row], notes: Sequence[str]) -> str:
    """The rows as a table in Markdown, with notes below it."""
    head, *body = (
        ["`" + line[0] + "`", *line[1:]] if k else line for k, line in enumerate(_cells(rows))
    )
    rule = ["---", *("---:" for _ in head[1:])]
    lines = ["| " + " | ".join(line) + " |" for line in (head, rule, *body)]
    return "\n".join([*lines, "", *(f"- {note}" for note in notes)]) + "\n"

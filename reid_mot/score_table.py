"""Scores as values, as a table on the terminal, and as JSON."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any

NAN = float("nan")


@dataclass(frozen=True)
class Scores:
    """What one way of matching says about a prediction.

    Ratios are fractions (1 is perfect; MOTA may be negative) and NaN where they have no
    denominator: nothing in the truth, nothing predicted, or no match.

    Args:
        label: name of the row, unique in its table.
        kind: "ground", "camera", "sum" (over cameras, identities per camera) or "pooled" (all
            cameras in one identity space).
        matching: in plain words, what was matched with what.
        unit: of `motp`: "m" (mean distance of the matches, 0 is perfect) or "IoU" (their mean
            intersection over union, 1 is perfect).
        frames: instants scored; images (camera, frame) for "sum" and "pooled".
        truth, predicted, matches: rows of either table, and matched rows.
        identities, predicted_identities: different identities in either table; for "sum" each
            camera's own are counted.
        mota, motp: CLEAR, see `clear`.
        misses, false_positives, switches, fragmentations: CLEAR events (FN, FP, IDSW, Frag).
        mostly_tracked, partly_tracked, mostly_lost: truth identities matched in at least 80%, at
            least 20%, and less than 20% of their rows; for "pooled" counted per camera.
        idf1, idp, idr: identity measures, see `identity`.
        hota, deta, assa, detre, detpr, assre, asspr, loca: see `hota`.
    """

    label: str
    kind: str
    matching: str
    unit: str
    frames: int
    truth: int
    predicted: int
    matches: int
    identities: int
    predicted_identities: int
    mota: float
    motp: float
    misses: int
    false_positives: int
    switches: int
    fragmentations: int
    mostly_tracked: int
    partly_tracked: int
    mostly_lost: int
    idf1: float
    idp: float
    idr: float
    hota: float
    deta: float
    assa: float
    detre: float
    detpr: float
    assre: float
    asspr: float
    loca: float


@dataclass(frozen=True)
class ScoreTable:
    """All rows that a truth and a prediction allow. `print` it, or take rows by their label.

    Args:
        rows: ground rows (one a gate, in the order given), then cameras, their sum, all pooled.
        frames: number of frames scored.
        first_frame, last_frame: of those scored; None without any.
        seconds: duration scored, where the rate is known.
        engine: what computed the CLEAR and identity measures.
        notes: what a reader must know: rows left out, identities that do not carry over.
    """

    rows: tuple[Scores, ...]
    frames: int
    first_frame: int | None = None
    last_frame: int | None = None
    seconds: float | None = None
    engine: str = "vectorised"
    notes: tuple[str, ...] = ()

    @property
    def primary(self) -> Scores:
        """The row to quote: the ground at the first gate, else all cameras in one identity
        space, else the only camera.
        """
        order = {"ground": 0, "pooled": 1, "camera": 2, "sum": 3}
        return min(self.rows, key=lambda row: order[row.kind])

    def __getitem__(self, label: str) -> Scores:
        """The row of this label.

        Raises:
            KeyError: no such row; the message names those there are.
        """
        for row in self.rows:
            if row.label == label:
                return row
        raise KeyError(f"no row {label!r}; there are {[row.label for row in self.rows]}")

    def __str__(self) -> str:
        best = self.primary
        head = (
            f"MOTA {percent(best.mota)}  IDF1 {percent(best.idf1)}  HOTA {percent(best.hota)}"
            f"  ({best.label})"
        )
        parts = [head, self._extent(), "", *_grid(self.rows), "", "How the rows were matched"]
        parts += [_wrapped(f"  {name}: {text}") for name, text in _explanations(self.rows)]
        parts += [_wrapped(f"Note: {note}") for note in self.notes]
        return "\n".join(parts)

    def _extent(self) -> str:
        if self.first_frame is None:
            return "no frames scored"
        text = f"{self.frames} frames scored, numbers {self.first_frame} to {self.last_frame}"
        text += "" if self.seconds is None else f", {self.seconds:.1f} s"
        return text + f"; CLEAR and identity measures: {self.engine} engine"

    def to_json(self) -> str:
        """The table as JSON text; NaN becomes null."""
        data = asdict(self)
        data["rows"] = [
            {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()}
            for row in data["rows"]
        ]
        return json.dumps(data, indent=2, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> ScoreTable:
        """The table that `to_json` wrote.

        Raises:
            ValueError: no JSON, or a field is missing or unknown.
        """
        data = _known(json.loads(text), cls, "score table")
        rows = []
        for entry in data["rows"]:
            row = _known(entry, Scores, "row of a score table")
            numbers: dict[str, Any] = {k: NAN if v is None else v for k, v in row.items()}
            rows.append(Scores(**numbers))
        return cls(**{**data, "rows": tuple(rows), "notes": tuple(data["notes"])})


def percent(value: float) -> str:
    """A fraction as a percentage with one decimal; "-" for NaN.

    >>> percent(0.9612), percent(float("nan"))
    ('96.1%', '-')
    """
    return "-" if math.isnan(value) else f"{100 * value:.1f}%"


def _precision(row: Scores) -> str:
    return "-" if math.isnan(row.motp) else f"{row.motp:.3f} {row.unit}"


_COLUMNS: tuple[tuple[str, Callable[[Scores], str]], ...] = (
    ("MOTA", lambda row: percent(row.mota)),
    ("IDF1", lambda row: percent(row.idf1)),
    ("IDP", lambda row: percent(row.idp)),
    ("IDR", lambda row: percent(row.idr)),
    ("HOTA", lambda row: percent(row.hota)),
    ("DetA", lambda row: percent(row.deta)),
    ("AssA", lambda row: percent(row.assa)),
    ("MOTP", _precision),
    ("IDSW", lambda row: str(row.switches)),
    ("Frag", lambda row: str(row.fragmentations)),
    ("FP", lambda row: str(row.false_positives)),
    ("FN", lambda row: str(row.misses)),
    ("MT", lambda row: str(row.mostly_tracked)),
    ("PT", lambda row: str(row.partly_tracked)),
    ("ML", lambda row: str(row.mostly_lost)),
)


def _grid(rows: tuple[Scores, ...]) -> list[str]:
    """Aligned lines: the labels flush left, the numbers flush right."""
    lines = [["", *(name for name, _ in _COLUMNS)]]
    lines += [[row.label, *(show(row) for _, show in _COLUMNS)] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])])
        for line in lines
    ]


def _wrapped(text: str) -> str:
    return textwrap.fill(text, width=110, subsequent_indent="    ")


def _explanations(rows: tuple[Scores, ...]) -> list[tuple[str, str]]:
    """Each way of matching once: the cameras share one sentence."""
    named: dict[str, str] = {}
    for row in rows:
        name = "each camera" if row.kind == "camera" else row.label
        named.setdefault(name, row.matching)
    return list(named.items())


def _known(data: Any, kind: type, what: str) -> Any:
    """The fields of a dataclass, all of them and no other."""
    expected = {field.name for field in fields(kind)}
    if not isinstance(data, dict):
        raise ValueError(f"a {what} is a JSON object, not {type(data).__name__}")
    if set(data) != expected:
        missing, unknown = sorted(expected - set(data)), sorted(set(data) - expected)
        raise ValueError(f"{what}: missing fields {missing}, unknown fields {unknown}")
    return data

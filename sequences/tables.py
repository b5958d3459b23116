"""Tracks as one table, in CSV or Parquet.

The columns are `frame, camera, identity, left, top, width, height, x, y, confidence`; what is
unknown is empty in CSV and null in Parquet. Numbers are written so that they read back the same.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .cameras import Floats
from .errors import FormatError
from .files import read_text, replacing, write_text
from .mot_text import sizes_of
from .views import GROUND, Strings, Tracks

COLUMNS = (
    "frame",
    "camera",
    "identity",
    "left",
    "top",
    "width",
    "height",
    "x",
    "y",
    "confidence",
)
_NUMBERS = tuple(name for name in COLUMNS if name != "camera")


def write_csv(path: str | Path, tracks: Tracks) -> None:
    """Write the table as CSV with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    numbers = [_words(column) for column in _measures(tracks).T]
    writer.writerows(
        zip(
            tracks.frame.tolist(),
            tracks.camera.tolist(),
            tracks.identity.tolist(),
            *numbers,
            strict=True,
        )
    )
    write_text(path, text.getvalue())


def read_csv(path: str | Path) -> Tracks:
    """Read the table from CSV; the columns may stand in any order.

    Raises:
        FormatError: missing or unknown columns, a truncated line, a value that is not a number, a
            box that is incomplete or has no area, an identity twice in a frame of one camera.
    """
    lines = csv.reader(io.StringIO(read_text(path)))
    header = [name.strip() for name in next(lines, [])]
    while header and header[-1] == "":
        header.pop()
    if sorted(header) != sorted(COLUMNS):
        odd = sorted(set(COLUMNS) ^ set(header))
        raise FormatError(
            path, f"the columns {', '.join(COLUMNS)}", line=1, field=", ".join(odd), found=header
        )
    rows: list[list[str]] = []
    numbers: list[int] = []
    for row in lines:
        while len(row) > len(header) and row[-1].strip() == "":
            row.pop()
        if row and any(word.strip() for word in row):
            if len(row) != len(header):
                missing = header[len(row)] if len(row) < len(header) else None
                found = f"{len(row)} columns"
                raise FormatError(
                    path, f"{len(header)} columns", line=lines.line_num, field=missing, found=found
                )
            rows.append(row)
            numbers.append(lines.line_num)
    columns = dict(zip(header, zip(*rows, strict=True), strict=True)) if rows else {}
    values = {name: _parsed(path, name, columns.get(name, ()), numbers) for name in _NUMBERS}
    return _table(path, values, np.array(columns.get("camera", ()), dtype=np.str_), numbers)


def write_parquet(path: str | Path, tracks: Tracks) -> None:
    """Write the table as Parquet.

    Raises:
        ImportError: pyarrow is not installed.
    """
    import pyarrow
    import pyarrow.parquet

    columns = {"frame": tracks.frame, "camera": tracks.camera.tolist(), "identity": tracks.identity}
    for name, column in zip(COLUMNS[3:], _measures(tracks).T, strict=True):
        columns[name] = pyarrow.array(column, mask=np.isnan(column))
    with replacing(path) as draft:
        pyarrow.parquet.write_table(pyarrow.table(columns), draft)


def read_parquet(path: str | Path) -> Tracks:
    """Read the table from Parquet.

    Raises:
        FormatError: as `read_csv`; `line` counts rows from 1.
        ImportError: pyarrow is not installed.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path)
    except pyarrow.ArrowInvalid as error:
        raise FormatError(path, f"a Parquet file ({error})") from None
    if sorted(table.column_names) != sorted(COLUMNS):
        raise FormatError(path, f"the columns {', '.join(COLUMNS)}", found=table.column_names)
    values = {}
    for name in _NUMBERS:
        try:
            values[name] = np.asarray(
                table[name].cast(pyarrow.float64()).to_numpy(zero_copy_only=False), np.float64
            )
        except pyarrow.ArrowInvalid:
            raise FormatError(path, "numbers", field=name) from None
    cameras = np.array(table["camera"].to_pylist(), dtype=np.str_)
    return _table(path, values, cameras, list(range(1, len(cameras) + 1)))


def _measures(tracks: Tracks) -> Floats:
    """(n, 7) left, top, width, height, x, y, confidence."""
    return np.column_stack([sizes_of(tracks.box), tracks.ground, tracks.confidence])


def _words(column: Floats) -> list[str]:
    return ["" if value != value else repr(value) for value in column.tolist()]


def _parsed(path: str | Path, name: str, words: Sequence[str], lines: Sequence[int]) -> Floats:
    """(n,) numbers; NaN for empty words."""
    try:
        return np.array([float(word) if word.strip() else np.nan for word in words])
    except ValueError:
        for word, line in zip(words, lines, strict=True):
            try:
                float(word.strip() or "nan")
            except ValueError:
                raise FormatError(path, "a number", line=line, field=name, found=word) from None
        raise


def _table(
    path: str | Path,
    values: dict[str, Floats],
    camera: Strings,
    lines: list[int],
) -> Tracks:
    """The tracks of a table's columns, checked."""

    def refuse(bad: NDArray[np.bool_], name: str, expected: str) -> None:
        if bad.any():
            row = int(np.argmax(bad))
            raise FormatError(path, expected, line=lines[row], field=name, found=values[name][row])

    for name, column in values.items():
        refuse(np.isinf(column), name, "a finite number")
    for name in ("frame", "identity"):
        column = values[name]
        refuse(~(column == np.floor(column)), name, "a whole number")
    refuse(values["identity"] < 0, "identity", "a whole number of 0 or more")
    refuse(np.isnan(values["confidence"]), "confidence", "a finite number")
    box = np.column_stack([values[name] for name in COLUMNS[3:7]])
    ground = np.column_stack([values["x"], values["y"]])
    for group, names in ((box, COLUMNS[3:7]), (ground, ("x", "y"))):
        given = np.isfinite(group).any(axis=1)
        for name in names:
            refuse(given & np.isnan(values[name]), name, f"a number beside {', '.join(names)}")
    for name in ("width", "height"):
        refuse(values[name] <= 0, name, "a size above 0")
    nothing = np.isnan(box[:, 0]) & np.isnan(ground[:, 0])
    refuse(nothing, "left", "a box or a ground position")
    refuse((camera == GROUND) & ~np.isnan(box[:, 0]), "left", "no box without a camera")
    corners = np.hstack([box[:, :2], box[:, :2] + box[:, 2:]])
    tracks = Tracks(
        values["frame"], camera, values["identity"], corners, ground, values["confidence"]
    )
    again = tracks.first_duplicate()
    if again is not None:
        raise FormatError(
            path,
            "every identity once in a frame of one camera",
            line=lines[again],
            field="identity",
            found=int(tracks.identity[again]),
        )
    return tracks

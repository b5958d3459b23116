"""Detections with embeddings in DeepSORT's layout: one `.npy` array, a row a detection.

Columns: frame, identity (-1), left, top, width, height, confidence, three unused (-1), then the D
numbers of the embedding; after the file convention of N. Wojke, A. Bewley, D. Paulus, Simple Online
and Realtime Tracking with a Deep Association Metric, ICIP 2017.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .cameras import Floats
from .errors import FormatError
from .files import replacing
from .recording import DetectionTable

FIELDS = ("frame", "identity", "left", "top", "width", "height", "confidence", "x", "y", "z")


def read_deepsort(path: str | Path, *, first_frame: int = 1) -> DetectionTable:
    """Read detections with embeddings.

    Args:
        path: a `.npy` file of float (n, 10 + D), D >= 0; D = 0 gives no embeddings.
        first_frame: the lowest frame number that is legal.

    Returns:
        the table, its rows sorted by frame. A row of NaN embedding has none.

    Raises:
        FormatError: not such an array; a frame, box, confidence or embedding that is not a finite
            number, a frame that is not whole or too low, a box of no area. `line` counts rows
            from 1.
    """
    values = read_array(path)
    if values.ndim != 2 or values.shape[1] < len(FIELDS):
        raise FormatError(path, "an array of shape (n, 10 + D)", found=values.shape)
    head = values[:, :10].astype(np.float64)
    for column in (0, 2, 3, 4, 5, 6):
        _refuse(path, head, column, ~np.isfinite(head[:, column]), "a finite number")
    _refuse(path, head, 0, head[:, 0] != np.floor(head[:, 0]), "a whole number")
    _refuse(path, head, 0, head[:, 0] < first_frame, f"a frame of {first_frame} or later")
    for column in (4, 5):
        _refuse(path, head, column, head[:, column] <= 0, "a size above 0")
    embeddings = None
    if values.shape[1] > len(FIELDS):
        embeddings = checked_embeddings(path, values[:, 10:], len(values))
    boxes = np.hstack([head[:, 2:4], head[:, 2:4] + head[:, 4:6]])
    return DetectionTable(head[:, 0].astype(np.int64), boxes, head[:, 6], embeddings)


def write_deepsort(path: str | Path, table: DetectionTable) -> None:
    """Write detections with their embeddings (if any) as float32 (n, 10 + D).

    Raises:
        ValueError: a frame number that float32 cannot hold.
    """
    rows = deepsort_rows(table.frame, table.boxes, table.scores, table.embeddings)
    with replacing(path) as draft:
        np.save(draft, rows)


def deepsort_rows(
    frame: ArrayLike,
    boxes: Floats,
    scores: Floats,
    embeddings: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Detections as rows of the layout, float32 (n, 10 + D).

    Args:
        frame: (n,) frame numbers, or one for all.
        boxes: (n, 4) left, top, right, bottom in pixels.
        scores: (n,).
        embeddings: (n, D); None: D = 0.

    Raises:
        ValueError: a frame number that float32 cannot hold.
    """
    if len(boxes) and np.abs(frame).max() > 2**24:
        raise ValueError("float32 holds whole frame numbers up to 16,777,216 only")
    head = np.full((len(boxes), len(FIELDS)), -1.0)
    head[:, 0] = frame
    head[:, 2:4] = boxes[:, :2]
    head[:, 4:6] = boxes[:, 2:] - boxes[:, :2]
    head[:, 6] = scores
    rows = head.astype(np.float32)
    return rows if embeddings is None else np.hstack([rows, embeddings])


def read_array(path: str | Path) -> NDArray[np.floating]:
    """A `.npy` file of floating point numbers; pickled objects are refused.

    Raises:
        FormatError: not such a file.
    """
    try:
        values = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise FormatError(path, f"a .npy array ({error})") from None
    if not isinstance(values, np.ndarray) or values.dtype.kind != "f":
        raise FormatError(path, "a .npy array of floating point numbers")
    return values


def checked_embeddings(
    path: str | Path, values: NDArray[np.floating], rows: int
) -> NDArray[np.float32]:
    """(rows, d) float32, after checking that they are numbers; a row all NaN means none is given.

    Raises:
        FormatError: a wrong shape, or a row that is partly NaN or infinite.
    """
    if values.ndim != 2 or len(values) != rows or values.shape[1] == 0:
        raise FormatError(path, f"embeddings of shape ({rows}, d)", found=values.shape)
    absent = np.isnan(values).all(axis=1)
    bad = ~np.isfinite(values).all(axis=1) & ~absent
    if bad.any():
        row = int(np.argmax(bad))
        column = int(np.argmax(~np.isfinite(values[row])))
        raise FormatError(
            path,
            "a finite number",
            line=row + 1,
            field=f"embedding[{column}]",
            found=float(values[row, column]),
        )
    return values.astype(np.float32)


def _refuse(
    path: str | Path, head: NDArray[np.float64], column: int, bad: NDArray[np.bool_], expected: str
) -> None:
    if bad.any():
        row = int(np.argmax(bad))
        found = float(head[row, column])
        raise FormatError(path, expected, line=row + 1, field=FIELDS[column], found=found)

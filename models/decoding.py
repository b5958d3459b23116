"""From a detector's output to boxes: pure functions over arrays."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from .embedder import Image

Floats = NDArray[np.float64]


def letterbox(image: Image, size: tuple[int, int], pad: int) -> tuple[Image, tuple[float, float]]:
    """An image made to fit at the top left of a canvas, with its proportions.

    Args:
        image: uint8 (height, width, 3).
        size: (height, width) of the canvas.
        pad: the canvas's grey value.

    Returns:
        the canvas, and pixels of the canvas per pixel of the image, across and down.

    >>> canvas, factors = letterbox(np.zeros((20, 40, 3), np.uint8), (10, 10), 114)
    >>> canvas[:, 0, 0].tolist(), factors
    ([0, 0, 0, 0, 0, 114, 114, 114, 114, 114], (0.25, 0.25))
    """
    height, width = image.shape[:2]
    factor = min(size[0] / height, size[1] / width)
    fitted = (max(1, int(width * factor)), max(1, int(height * factor)))
    canvas = np.full((*size, 3), pad, np.uint8)
    canvas[: fitted[1], : fitted[0]] = cv2.resize(image, fitted, interpolation=cv2.INTER_LINEAR)
    return canvas, (fitted[0] / width, fitted[1] / height)


def grid_cells(size: tuple[int, int], strides: Sequence[int]) -> tuple[Floats, Floats]:
    """The cells of the grids that lie over an input, one grid a stride, each row by row.

    Args:
        size: (height, width) of the input, divisible by the strides.
        strides: pixels.

    Returns:
        corners: (n, 2) column and row of each cell.
        widths: (n,) its stride.

    >>> corners, widths = grid_cells((2, 4), (1, 2))
    >>> len(corners), corners[:5].tolist(), corners[8:].tolist(), widths[7:].tolist()
    (10, [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [0.0, 1.0]], [[0.0, 0.0], [1.0, 0.0]], \
[1.0, 2.0, 2.0])
    """
    corners, widths = [], []
    for stride in strides:
        rows, columns = np.indices((size[0] // stride, size[1] // stride)).reshape(2, -1)
        corners.append(np.column_stack([columns, rows]).astype(np.float64))
        widths.append(np.full(len(rows), float(stride)))
    return np.concatenate(corners), np.concatenate(widths)


def decode_yolox(
    rows: NDArray[np.float32], corners: Floats, widths: Floats, person: int, least_score: float
) -> tuple[Floats, Floats]:
    """The people in YOLOX's raw output (Ge et al. 2021, section 2.1, and its demonstrations).

    Args:
        rows: (n, 5 + classes) cx, cy, log w, log h in cells, objectness, chance of each class.
        corners: (n, 2) of the cells; see `grid_cells`.
        widths: (n,) of the cells, pixels.
        person: the class.
        least_score: of objectness times chance.

    Returns:
        boxes (m, 4) left, top, right, bottom in pixels of the input, and scores (m,).
    """
    scores = rows[:, 4].astype(np.float64) * rows[:, 5 + person]
    keep = np.flatnonzero(scores >= least_score)
    shape = rows[keep, :4].astype(np.float64)
    centre = (shape[:, :2] + corners[keep]) * widths[keep, None]
    half = np.exp(shape[:, 2:]) * widths[keep, None] / 2
    return np.hstack([centre - half, centre + half]), scores[keep]


def suppress(boxes: Floats, scores: Floats, overlap: float) -> NDArray[np.int64]:
    """Which boxes stay when, of two that overlap, the one with the lower score goes.

    Greedy, from the highest score down, as all detectors do it.

    Args:
        boxes: (n, 4) left, top, right, bottom.
        scores: (n,).
        overlap: IoU above which two boxes show the same person.

    Returns:
        (m,) indices, highest score first.
    """
    if len(boxes) == 0:
        return np.empty(0, np.int64)
    order = np.argsort(-scores, kind="stable")
    ordered = boxes[order]
    corner_and_extent = np.hstack([ordered[:, :2], ordered[:, 2:] - ordered[:, :2]])
    # OpenCV leaves out scores of 0, and rounds the others: ranks are exact.
    ranks = np.arange(len(boxes), 0, -1, dtype=np.float32)
    kept = cv2.dnn.NMSBoxes(corner_and_extent.tolist(), ranks.tolist(), 0.0, overlap)
    return order[np.asarray(kept, dtype=np.int64).reshape(-1)]

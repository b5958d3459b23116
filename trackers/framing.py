"""Where in a camera's image people's boxes are while the camera does not detect them.

A person's place on the floor and the calibration say where a standing figure is in the image. How
the detector's boxes of this person lie about that figure is learned while there are some; a box
is then predicted for as long as other cameras, or the walk itself, say where the person is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..sequences import Camera
from .box_visibility import cut_shares
from .ground_tracks import GroundTracks
from .visibility import body_boxes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

FIGURE = 1.7
"""Height of the figures, metres; what somebody's boxes differ from it is learned."""

RENEWAL = 0.3
"""Weight of the latest box in what is known of somebody's boxes."""


def relative(boxes: Floats, figures: Floats) -> Floats:
    """How boxes lie about figures: shift of the middle of the lower edge, and size.

    Args:
        boxes: (n, 4) left, top, right, bottom pixels.
        figures: (n, 4) boxes of standing people there; of no height where a camera is known by
            its ground plane alone, when pixels take the place of heights.

    Returns:
        (n, 4) shift to the right and downwards, heights of the figure; natural logarithms of
        width and height, of the same unit.
    """
    unit = _units(figures)[:, None]
    shift = (_feet(boxes) - _feet(figures)) / unit
    return np.hstack([shift, np.log((boxes[:, 2:] - boxes[:, :2]) / unit)])


def placed(framing: Floats, figures: Floats) -> Floats:
    """The boxes (n, 4) that lie about figures (n, 4) as `relative` said.

    >>> figure = np.array([[100.0, 50, 150, 200]])
    >>> box = np.array([[90.0, 60, 140, 210]])
    >>> placed(relative(box, figure), figure).round(6).tolist()
    [[90.0, 60.0, 140.0, 210.0]]
    """
    unit = _units(figures)[:, None]
    feet = _feet(figures) + framing[:, :2] * unit
    width, height = (np.exp(framing[:, 2:]) * unit).T
    left, bottom = feet[:, 0] - width / 2, feet[:, 1]
    return np.column_stack([left, bottom - height, left + width, bottom])


def learn_framing(
    camera: Camera, column: int, tracks: GroundTracks, rows: Ints, boxes: Floats, time: float
) -> None:
    """Take one camera's detections of an instant.

    Args:
        camera: calibrated.
        column: its index among the tracker's cameras.
        tracks: whose `framing` and `framed` are changed.
        rows: (m,) indices of tracks, each at most once.
        boxes: (m, 4) their detections, left, top, right, bottom pixels.
        time: seconds.
    """
    figures, _ = body_boxes(camera, tracks.positions[rows], FIGURE)
    valid = np.asarray(np.isfinite(figures).all(axis=1))
    rows, found = rows[valid], relative(boxes[valid], figures[valid])
    before = tracks.framing[rows, column]
    weight = np.where(np.isfinite(tracks.framed[rows, column]), RENEWAL, 1.0)[:, None]
    tracks.framing[rows, column] = before + weight * (found - before)
    tracks.framed[rows, column] = time


def predict_boxes(
    camera: Camera, column: int, tracks: GroundTracks, rows: Ints
) -> tuple[Ints, Floats]:
    """Where the boxes of people are whom the camera had detected before.

    Args:
        camera: calibrated.
        column: its index among the tracker's cameras.
        tracks: with their `framing`.
        rows: (m,) indices of tracks.

    Returns:
        (k,) those of the rows of which half a box or more is in the image, and (k, 4) their
        boxes, left, top, right, bottom pixels, clipped to the image.
    """
    figures, _ = body_boxes(camera, tracks.positions[rows], FIGURE)
    valid = np.asarray(np.isfinite(figures).all(axis=1))
    rows, boxes = rows[valid], placed(tracks.framing[rows[valid], column], figures[valid])
    inside = cut_shares(boxes, camera.size) < 0.5
    return rows[inside], np.clip(boxes[inside], 0, [*camera.size, *camera.size])


def _feet(boxes: Floats) -> Floats:
    return np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])


def _units(figures: Floats) -> Floats:
    height = figures[:, 3] - figures[:, 1]
    return np.asarray(np.where(height > 0, height, 1.0))

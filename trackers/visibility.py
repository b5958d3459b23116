"""How much of each person a camera sees: view, image border and mutual occlusion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..sequences import Camera
from .sightings import areas, overlap

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BODY_WIDTH = 0.35
"""Width of a standing person's box as a share of its height."""


def body_boxes(camera: Camera, ground: Floats, height: float) -> tuple[Floats, Floats]:
    """Boxes of people of this height standing at these positions, and their distances.

    Args:
        camera: calibrated; a ground homography alone gives boxes of no height.
        ground: (n, 2) metres.
        height: metres.

    Returns:
        (n, 4) left, top, right, bottom pixels, not clipped, NaN behind the camera; and (n,)
        distances from the camera in metres (for ordering; the lower edge orders homographies).
    """
    n = len(ground)
    if camera.projection is None:
        feet = camera.to_pixels(ground)
        return np.column_stack([feet, feet]), -feet[:, 1]
    ends = np.zeros((2 * n, 3))
    ends[:n, :2], ends[n:, :2], ends[n:, 2] = ground, ground, height
    pixels = camera.to_pixels(ends)
    feet, head = pixels[:n], pixels[n:]
    boxes = np.empty((n, 4))
    with np.errstate(invalid="ignore"):
        np.minimum(feet, head, out=boxes[:, :2])
        np.maximum(feet, head, out=boxes[:, 2:])
        half = 0.5 * BODY_WIDTH * (boxes[:, 3] - boxes[:, 1])
    boxes[:, 0] -= half
    boxes[:, 2] += half
    assert camera.centre is not None
    away = ground - camera.centre[:2]
    return boxes, np.hypot(away[:, 0], away[:, 1])


def visible_shares(
    camera: Camera, ground: Floats, height: float, present: Flags, first: int | None = None
) -> tuple[Floats, Floats]:
    """How much of people the image holds, and how much of that one nearer person hides.

    Args:
        camera: calibrated; of a ground homography only whether it sees the place is known.
        ground: (n, 2) metres.
        height: metres.
        present: (n,) who is certain enough to hide others.
        first: how many of them, from the first, are in question; None: all.

    Returns:
        (first,) the share of the body's box inside the image, 0 to 1, and (first,) the share of
        the box that is hidden.
    """
    if camera.projection is None:
        return np.where(camera.in_view(ground[:first]), 1.0, 0.0), np.zeros(len(ground[:first]))
    boxes, distance = body_boxes(camera, ground, height)
    valid = np.asarray(np.isfinite(boxes).all(axis=1))
    boxes = np.where(valid[:, None], boxes, 0.0)
    inside = np.clip(boxes, 0, [*camera.size, *camera.size])
    area, asked, seen = np.maximum(areas(boxes[:first]), 1e-9), inside[:first], valid[:first]
    nearer = (distance < distance[:first, None]) & (present & valid)
    hidden = np.where(nearer, overlap(asked, inside), 0.0).max(axis=1, initial=0.0) / area
    return np.where(seen, areas(asked) / area, 0.0), np.where(seen, hidden, 0.0)


def expected_chances(inside: Floats, hidden: Floats, best: float) -> Floats:
    """Chance that a person is detected, as far as it is known before anything was seen.

    `best` for a person in full view; less in proportion to what the image's border cuts off and
    what one nearer person hides; 0 outside the view.

    Args:
        inside: share of the person's box inside the image, any shape.
        hidden: share of it that is hidden, of the same shape.
        best: chance of detecting a person in full view, below 1.
    """
    # A detector needs part of a body: none is expected from a fifth, all that it can from 70%.
    return best * np.clip((np.clip(inside - hidden, 0.0, 1.0) - 0.2) / 0.5, 0.0, 1.0)

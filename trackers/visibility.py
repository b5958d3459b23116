"""How much of each person a camera sees: view, image border and mutual occlusion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..sequences import Camera

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
    with np.errstate(invalid="ignore"):
        half = 0.5 * BODY_WIDTH * np.abs(feet[:, 1] - head[:, 1])
        left = np.minimum(feet[:, 0], head[:, 0]) - half
        right = np.maximum(feet[:, 0], head[:, 0]) + half
        top, bottom = np.minimum(feet[:, 1], head[:, 1]), np.maximum(feet[:, 1], head[:, 1])
    assert camera.centre is not None
    distance = np.linalg.norm(ground - camera.centre[:2], axis=1)
    return np.column_stack([left, top, right, bottom]), distance


def visible_shares(
    camera: Camera, ground: Floats, height: float, present: Flags
) -> tuple[Floats, Floats]:
    """How much of each person the image holds, and how much of that one nearer person hides.

    Args:
        camera: calibrated; of a ground homography only whether it sees the place is known.
        ground: (n, 2) metres.
        height: metres.
        present: (n,) who is certain enough to hide others.

    Returns:
        (n,) the share of the body's box inside the image, 0 to 1, and (n,) the share of the box
        that is hidden.
    """
    n = len(ground)
    if camera.projection is None:
        return np.where(camera.in_view(ground), 1.0, 0.0), np.zeros(n)
    boxes, distance = body_boxes(camera, ground, height)
    valid = np.asarray(np.isfinite(boxes).all(axis=1))
    boxes = np.where(valid[:, None], boxes, 0.0)
    area = np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(axis=1), 1e-9)
    inside = np.clip(boxes, 0, [*camera.size, *camera.size])
    share = (inside[:, 2:] - inside[:, :2]).prod(axis=1) / area
    low = np.maximum(inside[:, None, :2], inside[None, :, :2])
    high = np.minimum(inside[:, None, 2:], inside[None, :, 2:])
    overlap = np.clip(high - low, 0, None).prod(axis=2) / area[:, None]
    nearer = (distance[None] < distance[:, None]) & present[None] & valid[None]
    hidden = np.where(nearer, overlap, 0.0).max(axis=1) if n else np.zeros(0)
    return np.where(valid, share, 0.0), np.where(valid, hidden, 0.0)


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

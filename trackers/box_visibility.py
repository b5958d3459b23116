"""How much of people's boxes in one image its border and other people leave to be seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .sightings import areas, overlap

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def cut_edges(boxes: Floats, size: tuple[int, int], reach: float) -> Flags:
    """(m, 4) which edges lie at the image's border or beyond it.

    Args:
        boxes: (m, 4) left, top, right, bottom pixels.
        size: width and height of the image, pixels.
        reach: an edge this close counts as at the border; heights of the box.
    """
    outside = np.hstack([-boxes[:, :2], boxes[:, 2:] - np.array(size)])
    return np.asarray(outside > -reach * (boxes[:, 3] - boxes[:, 1])[:, None])


def outward(mean: Floats, edges: Flags) -> Floats:
    """(n,) how fast boxes move out of the image, pixels per second; 0 away from its border.

    Args:
        mean: (n, 2, 4) states as in `box_filter`.
        edges: (n, 4) which of their edges lie at the border, see `cut_edges`.
    """
    velocity = mean[:, 0, 2:]
    return np.asarray(np.where(edges, np.hstack([-velocity, velocity]), 0.0).max(axis=1, initial=0))


def cut_shares(boxes: Floats, size: tuple[int, int]) -> Floats:
    """(n,) share of each box's area that lies outside an image of this width and height."""
    inside = np.clip(boxes, 0, [*size, *size])
    return np.asarray(1 - areas(inside) / areas(boxes))


def detection_chances(boxes: Floats, present: Flags, size: tuple[int, int], best: float) -> Floats:
    """(n,) chance that people in these boxes are detected.

    `best` in full view; less in proportion to what the image's border cuts off and what one
    nearer person hides: of two boxes the one whose lower edge is lower in the image is nearer.

    Args:
        boxes: (n, 4) left, top, right, bottom pixels.
        present: (n,) who is certain enough to hide others.
        size: width and height of the image, pixels.
        best: chance of detecting a person in full view, below 1.
    """
    if len(boxes) == 0:
        return np.empty(0)
    nearer = (boxes[None, :, 3] > boxes[:, None, 3]) & present[None]
    hidden = np.where(nearer, overlap(boxes, boxes), 0.0).max(axis=1) / areas(boxes)
    share = np.clip(1 - cut_shares(boxes, size) - hidden, 0.0, 1.0)
    # A detector needs part of a body: none is expected from a fifth, all that it can from 70%.
    return np.asarray(best * np.clip((share - 0.2) / 0.5, 0.0, 1.0))

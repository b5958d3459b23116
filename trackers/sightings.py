"""What all cameras saw at one instant, in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..sequences import View, in_region
from .localisation import BoxNoise, locate_all

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Sightings:
    """The detections of all cameras at one instant.

    Args:
        boxes: (m, 4) left, top, right, bottom pixels.
        scores: (m,) confidence of the detector.
        camera: (m,) index among the tracker's cameras.
        view: (m,) index among the instant's views.
        row: (m,) index among the view's detections.
        positions: (m, 2) on the ground, metres.
        noise: (m, 2, 2) their covariances.
        misfits: (m,) how badly the box's size suits a person standing there, see `locate`.
    """

    boxes: Floats
    scores: Floats
    camera: Ints
    view: Ints
    row: Ints
    positions: Floats
    noise: Floats
    misfits: Floats

    def __len__(self) -> int:
        return len(self.boxes)


def gather(
    views: Sequence[View],
    index: dict[str, int],
    noise: BoxNoise,
    region: Floats | None = None,
    margin: float = 0.0,
) -> Sightings:
    """The detections that stand somewhere on the floor of interest.

    Args:
        views: of calibrated cameras.
        index: number of each camera by name.
        noise: how exactly boxes place people.
        region: (k, 2) corners of the floor of interest, metres; None: everywhere.
        margin: metres by which a detection may lie outside the region.
    """
    counts = [len(view.detections) for view in views]
    number = np.repeat(np.arange(len(views)), counts)
    row = np.concatenate([np.arange(count) for count in counts])
    boxes = np.concatenate([view.detections.boxes for view in views])
    scores = np.concatenate([view.detections.scores for view in views])
    camera = np.array([index[view.camera.name] for view in views])[number]
    positions, covs, misfits = locate_all([view.camera for view in views], boxes, number, noise)
    keep = np.asarray(np.isfinite(positions).all(axis=1))
    if region is not None and len(positions):
        keep &= in_region(positions, region, margin)
    boxes, scores, misfits = boxes[keep], scores[keep], misfits[keep]
    camera, number, row = camera[keep], number[keep], row[keep]
    return Sightings(boxes, scores, camera, number, row, positions[keep], covs[keep], misfits)


def overlap(boxes: Floats, others: Floats) -> Floats:
    """Areas (n, m), square pixels, that boxes (n, 4) share with others (m, 4)."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(axis=2))


def iou(boxes: Floats, others: Floats) -> Floats:
    """Intersection over union (n, m) of boxes (n, 4) with others (m, 4)."""
    shared = overlap(boxes, others)
    area, other = (boxes[:, 2:] - boxes[:, :2]).prod(1), (others[:, 2:] - others[:, :2]).prod(1)
    return np.asarray(shared / (area[:, None] + other[None] - shared))


def crop_qualities(boxes: Floats, camera: Ints, sizes: Floats) -> Floats:
    """How well each box shows its person, 0 to 1: the share neither hidden nor outside.

    Args:
        boxes: (m, 4).
        camera: (m,) index of each box's camera.
        sizes: (m, 2) width and height of each box's image, pixels.

    Of two boxes that overlap, the one whose lower edge is lower in the image is nearer and hides
    the other.
    """
    if len(boxes) == 0:
        return np.empty(0)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    inside = np.clip(boxes, 0, np.hstack([sizes, sizes]))
    share = (inside[:, 2:] - inside[:, :2]).prod(axis=1) / area
    hides = (camera[:, None] == camera[None]) & (boxes[None, :, 3] > boxes[:, None, 3])
    np.fill_diagonal(hides, False)
    hidden = np.where(hides, overlap(boxes, boxes), 0.0).max(axis=1) / area
    return np.asarray(np.clip(share - hidden, 0.0, 1.0))

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
    left, top, right, bottom = boxes.T[:, :, None]
    other_left, other_top, other_right, other_bottom = others.T[:, None]
    width = np.minimum(right, other_right) - np.maximum(left, other_left)
    height = np.minimum(bottom, other_bottom) - np.maximum(top, other_top)
    return np.asarray(np.maximum(width, 0.0) * np.maximum(height, 0.0))


def areas(boxes: Floats) -> Floats:
    """Areas (n,), square pixels, of boxes (n, 4)."""
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))


def iou(boxes: Floats, others: Floats) -> Floats:
    """Intersection over union (n, m) of boxes (n, 4) with others (m, 4)."""
    shared = overlap(boxes, others)
    return np.asarray(shared / (areas(boxes)[:, None] + areas(others)[None] - shared))


def crop_qualities(boxes: Floats, camera: Ints, sizes: Floats, rows: Ints | None = None) -> Floats:
    """How well boxes show their people, 0 to 1: the share neither hidden nor outside.

    Args:
        boxes: (m, 4).
        camera: (m,) index of each box's camera.
        sizes: (m, 2) width and height of each box's image, pixels.
        rows: (k,) those in question; None: all.

    Of two boxes that overlap, the one whose lower edge is lower in the image is nearer and hides
    the other.
    """
    mine = slice(None) if rows is None else rows
    asked, here = boxes[mine], sizes[mine]
    if len(asked) == 0:
        return np.empty(0)
    area, inside = areas(asked), np.clip(asked, 0, np.hstack([here, here]))
    hides = (camera[mine][:, None] == camera) & (boxes[:, 3] > asked[:, None, 3])
    hidden = np.where(hides, overlap(asked, boxes), 0.0).max(axis=1)
    return np.asarray(np.clip((areas(inside) - hidden) / area, 0.0, 1.0))

"""Detections for tests in which it does not matter where on the floor they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from reid_mot.trackers.sightings import Sightings


def sighted(
    boxes: ArrayLike, cameras: Sequence[int] | None = None, scores: Sequence[float] | None = None
) -> Sightings:
    """Detections, all at the floor's origin, a square metre's uncertainty each.

    Args:
        boxes: (m, 4) left, top, right, bottom pixels.
        cameras: index of each one's camera, and of its view; None: all are the first camera's.
        scores: None: 1.
    """
    table = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    n = len(table)
    camera = np.array([0] * n if cameras is None else list(cameras), dtype=np.int64)
    return Sightings(
        table,
        np.ones(n) if scores is None else np.array(scores, dtype=np.float64),
        camera,
        camera,
        np.arange(n),
        np.zeros((n, 2)),
        np.tile(np.eye(2), (n, 1, 1)),
        np.zeros(n),
    )

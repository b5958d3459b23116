"""The people being tracked in one camera's image, one array a quantity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .box_filter import boxes_of
from .columns import Columns

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass
class ImageTracks(Columns):
    """Tracks of people in one image, confirmed or not yet.

    Args:
        number: (n,) of the track, never used again.
        mean: (n, 2, 4) box as in `box_filter`: centre in pixels and logarithmic size, with rates.
        cov: (n, 2, 4, 4) their covariances.
        log_odds: (n,) natural logarithm of the odds that somebody is there.
        confirmed: (n,) whether the odds were high enough once.
        last_hit: (n,) time of the latest detection, seconds.
        hit: (n,) time of the latest detection, where no miss came after it; -inf elsewhere.
        miss: (n,) time of the latest miss, where no detection came after it; -inf elsewhere.
        past: (n, 2, 4) the latest two detections in full view, the older first; NaN where the
            track was missed or cut off.
        past_times: (n, 2) seconds, when they were.
        origin: (n, 2) centre of the first box, pixels.
        began: (n,) time of the first detection, seconds.
        moved: (n,) whether it was ever far from there.
        worth: (n,) mean evidence of its latest detections' scores, nats.
        detections: (n,) number of its detections.
    """

    number: Ints
    mean: Floats
    cov: Floats
    log_odds: Floats
    confirmed: NDArray[np.bool_]
    last_hit: Floats
    hit: Floats
    miss: Floats
    past: Floats
    past_times: Floats
    origin: Floats
    began: Floats
    moved: NDArray[np.bool_]
    worth: Floats
    detections: Ints

    @classmethod
    def empty(cls) -> ImageTracks:
        """No tracks."""
        none = np.empty(0)
        return cls.new(np.empty((0, 2, 4)), np.empty((0, 2, 4, 4)), none, 0.0, 0, none)

    @classmethod
    def new(
        cls, mean: Floats, cov: Floats, log_odds: Floats, time: float, first: int, worth: Floats
    ) -> ImageTracks:
        """Tracks just opened at `time`, numbered from `first`; `worth` of their scores, nats."""
        n = len(mean)
        times = np.full(n, time)
        return cls(
            np.arange(first, first + n),
            mean,
            cov,
            log_odds,
            np.zeros(n, dtype=bool),
            times,
            times.copy(),
            np.full(n, -np.inf),
            np.full((n, 2, 4), np.nan),
            np.full((n, 2), np.nan),
            mean[:, 0, :2].copy(),
            times.copy(),
            np.zeros(n, dtype=bool),
            worth,
            np.ones(n, dtype=np.int64),
        )

    @property
    def boxes(self) -> Floats:
        """(n, 4) left, top, right, bottom pixels, as filtered or predicted."""
        return boxes_of(self.mean)

    @property
    def heights(self) -> Floats:
        """(n,) pixels."""
        return np.asarray(np.exp(self.mean[:, 1, 1]))

"""The people being tracked on the ground plane, one array a quantity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .columns import Columns

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass
class GroundTracks(Columns):
    """Tracks of people, confirmed or not yet.

    Args:
        number: (n,) of the track, never used again.
        mean: (n, 4) position in metres and velocity in metres a second.
        cov: (n, 4, 4) its covariance.
        log_odds: (n,) natural logarithm of the odds that somebody is there.
        confirmed: (n,) whether the odds were high enough once.
        last_hit: (n,) time of the latest detection, seconds.
        hit: (n, cameras) time at which each camera last detected the track, where it has not
            missed it since; -inf elsewhere.
        miss: (n, cameras) time at which it last missed the track, where it has not detected it
            since; -inf elsewhere.
        framing: (n, cameras, 4) how its boxes lie about a standing figure, see
            `framing.relative`.
        framed: (n, cameras) time of the latest box that this was learned from; -inf: none.
    """

    number: Ints
    mean: Floats
    cov: Floats
    log_odds: Floats
    confirmed: NDArray[np.bool_]
    last_hit: Floats
    hit: Floats
    miss: Floats
    framing: Floats
    framed: Floats

    @classmethod
    def empty(cls) -> GroundTracks:
        """No tracks and no cameras."""
        none = np.empty((0, 0), dtype=bool)
        return cls.new(np.empty((0, 4)), np.empty((0, 4, 4)), np.empty(0), 0.0, 0, none, none)

    @classmethod
    def new(
        cls,
        mean: Floats,
        cov: Floats,
        log_odds: Floats,
        time: float,
        first: int,
        hits: NDArray[np.bool_],
        misses: NDArray[np.bool_],
    ) -> GroundTracks:
        """Tracks just opened at `time`, numbered from `first`, which these cameras hit or missed.

        Args:
            mean, cov, log_odds: as above.
            time: seconds.
            first: number of the first.
            hits, misses: (n, cameras).
        """
        n = len(mean)
        return cls(
            np.arange(first, first + n),
            mean,
            cov,
            log_odds,
            np.zeros(n, dtype=bool),
            np.full(n, time),
            np.where(hits, time, -np.inf),
            np.where(misses, time, -np.inf),
            np.zeros((*hits.shape, 4)),
            np.full(hits.shape, -np.inf),
        )

    @property
    def positions(self) -> Floats:
        """(n, 2) metres."""
        return self.mean[:, :2]

    @property
    def position_covs(self) -> Floats:
        """(n, 2, 2) square metres."""
        return self.cov[:, :2, :2]

    def add_cameras(self, count: int) -> None:
        """Make room for `count` cameras not known before."""
        never = np.full((len(self), count), -np.inf)
        self.hit, self.miss = np.hstack([self.hit, never]), np.hstack([self.miss, never])
        self.framed = np.hstack([self.framed, never])
        self.framing = np.hstack([self.framing, np.zeros((len(self), count, 4))])

"""Things that a detector takes for people: they never move, and convince it less than people do."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .sightings import iou

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

PLACES = 64
"""Boxes that are remembered at most: the latest."""

STEP = 0.05
"""Nats by which the bound moves with one person's worth, until many have been counted."""


@dataclass
class Scenery:
    """Which tracks are things, learned from people who walk.

    A signpost never walks in, and a detector is seldom as sure of it as of people. What it makes
    of people is learned from those who moved: the bound below which few of their detections lie.
    A track that never moved and lies below it is a thing, and so is what appears at the place of
    a known thing and lies below it: someone who walks in and stands still is neither.

    Args:
        share: of the people who walk, those whose detections are worth less than the bound.
        least: number of detections of people who walk before anything is taken for a thing.
        margin: nats by which a thing lies below the bound.
        overlap: IoU with a known thing from which a box is at its place.
    """

    share: float = 0.1
    least: int = 100
    margin: float = 0.5
    overlap: float = 0.5
    _bound: float = field(default=0.0, init=False, repr=False)
    _count: int = field(default=0, init=False, repr=False)
    _places: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._places = np.empty((0, 4))

    def learn(self, worth: Floats) -> None:
        """Take in what the detections of people who walk are worth (k,), nats.

        Robbins and Monro 1951, for a quantile.
        """
        if len(worth) == 0:
            return
        if self._count == 0:
            self._bound = float(worth.min())
        self._count += len(worth)
        step = max(STEP, 2.0 / self._count)
        self._bound += step * float((self.share - (worth < self._bound)).sum())

    def unconvincing(self, worth: Floats) -> Flags:
        """Which mean worths (n,), nats, are clearly below the bound; none until it is known."""
        return np.asarray((worth < self._bound - self.margin) & (self._count >= self.least))

    def known(self, boxes: Floats) -> Flags:
        """(n,) which boxes (n, 4) are at the place of a thing."""
        return np.asarray(iou(boxes, self._places).max(axis=1, initial=0.0) > self.overlap)

    def remember(self, boxes: Floats) -> None:
        """These boxes (k, 4) are things."""
        apart = iou(self._places, boxes).max(axis=1, initial=0.0) < self.overlap
        self._places = np.vstack([self._places[apart], boxes])[-PLACES:]

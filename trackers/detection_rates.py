"""How often a detector finds people, learned while tracking."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .visibility import expected_chances

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

INSIDE = np.array([0.2, 0.5, 0.8, 0.98])
"""Bounds between classes of the share of a person's box that the image holds."""

HIDDEN = np.array([0.05, 0.25, 0.5, 0.75])
"""Bounds between classes of the share that another person hides."""


@dataclass
class DetectionRates:
    """Chances of being detected, by how much of a person the image holds and others hide.

    Some detectors find people of whom little is to be seen, others do not. People whom another
    camera detects at the same instant are there, whatever this camera says: of these, each class
    of visibility counts how many this camera detects as well. What is expected beforehand is
    worth `trust` such people (the mean of a beta distribution).

    Args:
        best: chance of detecting a person in full view that is expected beforehand.
        trust: number of people that the expectation is worth.
        memory: number of people of one class after which old ones begin to be forgotten.
        most: greatest chance: failures that nobody has seen yet are not impossible.
    """

    best: float = 0.85
    trust: float = 20.0
    memory: float = 2000.0
    most: float = 0.95
    _asked: Floats = field(init=False, repr=False)
    _found: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._asked = np.zeros((len(INSIDE) + 1, len(HIDDEN) + 1))
        self._found = np.zeros_like(self._asked)

    def chances(self, inside: Floats, hidden: Floats) -> Floats:
        """Chance that each person is detected; 0 outside the image.

        Args:
            inside: share of the person's box inside the image, any shape.
            hidden: share of it that is hidden, of the same shape.
        """
        kind = _class_of(inside, hidden)
        expected = expected_chances(inside, hidden, self.best)
        rate = (self.trust * expected + self._found[kind]) / (self.trust + self._asked[kind])
        return np.asarray(np.where(inside > 0, np.minimum(rate, self.most), 0.0))

    def learn(self, inside: Floats, hidden: Floats, found: Flags) -> None:
        """Take in who was detected (k,) among people who are certainly there.

        Args:
            inside: (k,) share of the person's box inside the image.
            hidden: (k,) share of it that is hidden.
            found: (k,) whether the camera detected them.
        """
        seen = inside > 0
        kind = _class_of(inside[seen], hidden[seen])
        np.add.at(self._asked, kind, 1.0)
        np.add.at(self._found, kind, found[seen].astype(np.float64))
        keep = np.minimum(self.memory / np.maximum(self._asked, 1.0), 1.0)
        self._asked *= keep
        self._found *= keep


def _class_of(inside: Floats, hidden: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.searchsorted(INSIDE, inside), np.searchsorted(HIDDEN, hidden)

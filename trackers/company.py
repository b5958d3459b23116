"""Who has been here together with whom: two people, whatever they look like."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

EVERY = 1.0
"""Seconds between two counts."""

ENOUGH = 3.0
"""Seconds together from which two numbers are surely two people's: for less than that a track may
have followed somebody else before anybody noticed.
"""


class Company:
    """For how long people were here at the same time, counted now and then."""

    def __init__(self) -> None:
        self._seconds: dict[int, dict[int, float]] = {}
        self._counted = -np.inf

    def count(self, time: float, present: Collection[int]) -> None:
        """These people are here together.

        Args:
            time: seconds; within `EVERY` of the last count nothing is counted.
            present: those of whom it is certain.
        """
        if time < self._counted + EVERY:
            return
        self._counted = time
        for identity in present:
            seconds = self._seconds.setdefault(identity, {})
            for other in present:
                if other != identity:
                    seconds[other] = seconds.get(other, 0.0) + EVERY

    def twins(self, identity: int, others: Sequence[int]) -> NDArray[np.bool_]:
        """(k,) which of these may be the same person, who got `identity` as a second number.

        Those with an older number who have hardly been here together with this person.

        Args:
            identity: a person.
            others: k people.
        """
        seconds = self._seconds.get(identity, {})
        found = [k < identity and seconds.get(k, 0.0) < ENOUGH for k in others]
        return np.array(found, dtype=np.bool_)

    def join(self, kept: int, gone: int) -> None:
        """Two numbers were one person's, who has the first from now on."""
        for other, seconds in self._seconds.pop(gone, {}).items():
            self._seconds[other].pop(gone)
            if other != kept:
                for one, two in ((kept, other), (other, kept)):
                    mine = self._seconds.setdefault(one, {})
                    mine[two] = mine.get(two, 0.0) + seconds

    def forget(self, identity: int) -> None:
        """Whoever this was will not be asked about any more."""
        for other in self._seconds.pop(identity, {}):
            self._seconds[other].pop(identity)

"""Where identities have been lately: what is possible for somebody who enters a camera."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field

from .travel import Journey, TravelTimes

KEPT = 16
"""Stays of each identity that are remembered."""


@dataclass
class Stay:
    """One track's time in one camera.

    Args:
        camera: its name.
        begin: seconds, the first sight.
        end: seconds, the last sight so far.
    """

    camera: str
    begin: float
    end: float


@dataclass
class Whereabouts:
    """The last stays of each identity, those that go on among them.

    Args:
        travel: how fast people can be.
    """

    travel: TravelTimes
    _stays: dict[int, deque[Stay]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self._stays)

    def __contains__(self, identity: object) -> bool:
        return identity in self._stays

    def add(self, identity: int, stay: Stay) -> None:
        """An identity has this stay, whose end may still move."""
        self._stays.setdefault(identity, deque(maxlen=KEPT)).append(stay)

    def remove(self, identity: int, stay: Stay) -> None:
        """An identity does not have this stay after all."""
        stays = self._stays.get(identity)
        if stays is not None:
            left = [one for one in stays if one is not stay]
            if left:
                self._stays[identity] = deque(left, maxlen=KEPT)
            else:
                del self._stays[identity]

    def forget(self, identity: int) -> None:
        """Drop all stays of an identity."""
        self._stays.pop(identity, None)

    def keep(self, identities: Collection[int]) -> None:
        """Drop the stays of all others."""
        self._stays = {k: stays for k, stays in self._stays.items() if k in identities}

    def possible(self, identity: int, stay: Stay) -> bool:
        """Whether somebody can have had this stay too: nobody is in two places at once.

        Stays in one camera must not touch; between two cameras there must be time for the way.
        """
        for other in self._stays.get(identity, ()):
            if other is stay:
                continue
            first, last = (other, stay) if other.end < stay.begin else (stay, other)
            least = self.travel.fastest(first.camera, last.camera)
            if first.end >= last.begin or last.begin - first.end < least:
                return False
        return True

    def join(self, kept: int, gone: int) -> None:
        """Two identities are one: the first gets the other's stays."""
        both = [*self._stays.get(kept, ()), *self._stays.pop(gone, ())]
        self._stays[kept] = deque(sorted(both, key=lambda stay: stay.begin), maxlen=KEPT)

    def compatible(self, first: int, second: int) -> bool:
        """Whether two identities can be one person, who was never in two places at once."""
        return all(self.possible(first, stay) for stay in self._stays.get(second, ()))

    def journey(self, identity: int, stay: Stay) -> Journey | None:
        """How an identity would have come to this stay; None: it was nowhere before."""
        before = [one for one in self._stays.get(identity, ()) if one.end < stay.begin]
        if not before:
            return None
        last = max(before, key=lambda one: one.end)
        return Journey(last.camera, stay.camera, stay.begin - last.end)

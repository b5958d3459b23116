"""Who is here, who is away, and since when."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from .claims import Claims
from .company import Company
from .gallery import Gallery
from .visits import Stage, Visit

TOGETHER = 1.0
"""Seconds for which a person may have two tracks: the old one ends after the new one began."""


class Presence:
    """The visits that go on, by track, and when each identity was last here.

    Args:
        gallery: people known before, and those learned; one that others use too is told who is
            present.
        absence: seconds after which whoever left is expected back no more.
    """

    def __init__(self, gallery: Gallery, absence: float) -> None:
        self.gallery, self.absence = gallery, absence
        self.visits: dict[int, Visit] = {}
        self.time = 0.0
        """Seconds, of this instant."""
        self.company = Company()
        """Who has been here together."""
        self._claims = Claims(gallery)
        self._numbers = self._claims.numbers
        self._given: set[int] = set()
        self._last: dict[int, float] = {}

    def ended(self, here: Collection[int]) -> list[int]:
        """The tracks with a visit that are not among these."""
        return sorted(self.visits.keys() - set(here))

    def begun(self, here: Collection[int]) -> list[int]:
        """Of these tracks, those without a visit."""
        return sorted(set(here) - self.visits.keys())

    def number(self) -> int:
        """A number for somebody new, never given before."""
        number = next(self._numbers)
        self._given.add(number)
        return number

    def take(self, identity: int | None) -> bool:
        """Claim a known person, None being nobody; False where somebody else was first."""
        return self._claims.take(identity)

    def hold(self) -> None:
        """Whoever has a visit is here at this instant, and claimed; others are released."""
        sure = {v.identity for v in self.visits.values() if v.settled and v.doubts == 0}
        self.company.count(self.time, sure)
        for visit in self.visits.values():
            self._last[visit.identity] = self.time
        self._claims.hold({visit.identity for visit in self.visits.values()})

    def join(self, kept: int, gone: int) -> None:
        """Two numbers were one person's, who has the first from now on."""
        self.company.join(kept, gone)
        self._given.discard(gone)
        self._last[kept] = max(self.latest(kept), self._last.pop(gone, -np.inf))

    def forget(self, identity: int) -> None:
        """Whoever this was is not expected back."""
        self.company.forget(identity)
        self._given.discard(identity)
        self._last.pop(identity, None)

    def known(self) -> dict[int, int]:
        """The identity of each track that has one, of which there are images."""
        return {
            k: visit.identity
            for k, visit in self.visits.items()
            if visit.stage is not Stage.OPEN and visit.identity in self.gallery
        }

    def absent(self) -> list[int]:
        """Who may come back: who is known, not here, and did not leave too long ago."""
        present = {visit.identity for visit in self.visits.values()} | self._claims.elsewhere
        oldest = self.time - self.absence
        # Who was never here is known from before, and may come at any time.
        return [
            k
            for k in self.gallery.identities
            if k not in present and self._last.get(k, np.inf) >= oldest
        ]

    def latest_away(self, most: int) -> list[int]:
        """Those who may come back, at most so many, the latest to leave first."""
        return sorted(self.absent(), key=lambda k: -self.latest(k))[:most]

    def latest(self, identity: int) -> float:
        """When an identity was last here, seconds; -inf: never."""
        return self._last.get(identity, -np.inf)

    def twins(self, visit: Visit, others: Sequence[int]) -> NDArray[np.bool_]:
        """(k,) which of these people, by an older number, this visit's person may be.

        Those who have never been here together with her, nor when she came if she came as new.
        Whoever was known before is nobody else: who was here with whom then nobody knows.

        Args:
            visit: a person's.
            others: k people.
        """
        if visit.identity not in self._given:
            return np.zeros(len(others), dtype=np.bool_)
        apart = self.company.twins(visit.identity, others)
        return apart if visit.newcomer is None else apart & self.left_before(visit.newcomer, others)

    def left_before(self, since: float, identities: Sequence[int]) -> NDArray[np.bool_]:
        """(k,) which of these people were last here before somebody came, or hardly after it.

        Args:
            since: seconds, when somebody came.
            identities: k people.
        """
        latest = np.array([self.latest(k) for k in identities], dtype=np.float64)
        return latest <= since + TOGETHER

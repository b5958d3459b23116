"""What a tracker's identities share with a gallery that others use too: numbers and claims."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import count

from .gallery import Gallery
from .known_people import KnownPeople


class Claims:
    """Says to a gallery who is present here, and knows who is present elsewhere.

    A `KnownPeople` gives out the numbers and takes the claims; a plain `Gallery` belongs to one
    tracker alone, which numbers people by itself.

    Args:
        gallery: who is known.
    """

    def __init__(self, gallery: Gallery) -> None:
        self._shared = gallery if isinstance(gallery, KnownPeople) else None
        self._numbers = count(max(gallery.identities, default=0) + 1)
        self._held: set[int] = set()
        self.elsewhere: frozenset[int] = frozenset()
        """Known people whom others have claimed, as of the last `hold`."""

    @property
    def numbers(self) -> Iterator[int]:
        """Numbers for new people, each never given before."""
        if self._shared is None:
            return self._numbers
        return iter(self._shared.number, None)

    def take(self, identity: int | None) -> bool:
        """Claim a known person; None, nobody known, is free.

        Returns:
            False where somebody else was first.
        """
        if self._shared is None or identity is None or identity in self._held:
            return True
        if not self._shared.claim(identity):
            self.elsewhere |= {identity}
            return False
        self._held.add(identity)
        return True

    def hold(self, present: Collection[int]) -> None:
        """Say who is present now: others are released, new ones claimed."""
        if self._shared is None:
            return
        for identity in sorted(set(present) - self._held):
            self.take(identity)
        for identity in sorted(self._held - set(present)):
            self._shared.release(identity)
            self._held.discard(identity)
        known = set(self._shared.identities)
        self.elsewhere = frozenset(known - set(self._shared.absent) - self._held)

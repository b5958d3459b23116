"""A gallery with a life cycle: numbers for new people, and claims on those who are present."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .association import cosine_distances
from .gallery import Floats, Gallery, Vectors


@dataclass
class KnownPeople(Gallery):
    """A `Gallery` that gives out numbers, knows who is present, and stays small.

    This one lives in memory, for one tracker; `GalleryStore` has the same face and keeps people
    in a file that several trackers share.

    Args:
        most: people kept; of more, the one who has been away longest is forgotten.
    """

    most: int = 1000
    _next: int = field(default=1, repr=False)
    _claimed: set[int] = field(default_factory=set, repr=False)
    _seen: dict[int, None] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.most < 1:
            raise ValueError("most must be at least 1")

    def number(self) -> int:
        """A number for somebody new, never given before."""
        self._next += 1
        return self._next - 1

    def claim(self, identity: int) -> bool:
        """Say that a person is present; False where another tracker has said so."""
        self._claimed.add(identity)
        return True

    def release(self, identity: int) -> None:
        """Say that a person is present no more; of no effect on others' claims."""
        self._claimed.discard(identity)

    @property
    def absent(self) -> tuple[int, ...]:
        """The known people whom nobody has claimed."""
        return tuple(k for k in self.identities if k not in self._claimed)

    def add(
        self,
        identity: int,
        vectors: Vectors,
        qualities: Floats | float = 1.0,
        time: float = 0.0,
        **more: Any,
    ) -> None:
        """As `Gallery.add`; beyond `most` people, forget the one who has been away longest."""
        super().add(identity, vectors, qualities, time, **more)
        self._seen.pop(identity, None)
        self._seen[identity] = None
        if len(self._seen) > self.most:
            away = (k for k in self._seen if k not in self._claimed and k != identity)
            for first in away:
                self.remove(first)
                break

    def remove(self, identity: int) -> None:
        """Forget an identity; one that is not known is no error."""
        super().remove(identity)
        self._seen.pop(identity, None)

    def query(
        self, vectors: Vectors, exclude: Collection[int] = (), count: int = 5
    ) -> list[tuple[int, float]]:
        """The absent people who look most like these images of one person.

        Args:
            vectors: (k, d) rows of unit length, k >= 1.
            exclude: identities that are out of the question.
            count: at most so many.

        Returns:
            identities with their cosine distances, nearest first.
        """
        candidates = [k for k in self.absent if k not in set(exclude)]
        (distances,) = self.distances([vectors], candidates)
        nearest = np.argsort(distances, kind="stable")[:count]
        return [(candidates[k], float(distances[k])) for k in nearest]


def least_telling(vectors: Vectors, qualities: Floats, size: int) -> list[int]:
    """Which of more than `size` images to drop, as `Gallery` does: of the most alike, the worse.

    Args:
        vectors: (k, d) rows of unit length.
        qualities: (k,).
        size: how many stay.
    """
    distances = cosine_distances(vectors, vectors)
    np.fill_diagonal(distances, np.inf)
    dropped: list[int] = []
    for _ in range(len(vectors) - size):
        i, j = np.unravel_index(np.argmin(distances), distances.shape)
        worse = int(i if qualities[i] < qualities[j] else j)
        distances[worse], distances[:, worse] = np.inf, np.inf
        dropped.append(worse)
    return dropped

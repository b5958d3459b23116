"""Who is known: several images of each person, and whether somebody new is one of them.

Lawen et al. 2019, section 5: whoever enters is compared with several images of each person who
is not in the room at that moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from .association import assign, cosine_distances, cosine_similarities, to_distances

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]


@dataclass
class _Images:
    vectors: Vectors
    qualities: Floats
    times: Floats


@dataclass
class Gallery:
    """Several appearance vectors of each identity, few enough to stay fast for ever.

    When an identity has more than `size`, the image that adds least is dropped: of the two
    most alike, the one of lower quality. What stays is diverse: other sides, other cameras.

    Args:
        size: images kept of each identity, at least 1.
        neighbours: a query's distance to an identity is the mean over this many nearest images.
    """

    size: int = 24
    neighbours: int = 3
    _images: dict[int, _Images] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.size < 1 or self.neighbours < 1:
            raise ValueError("size and neighbours must be at least 1")

    @property
    def identities(self) -> tuple[int, ...]:
        """The known identities, in the order in which they were added."""
        return tuple(self._images)

    def __contains__(self, identity: object) -> bool:
        return identity in self._images

    def count(self, identity: int) -> int:
        """Number of images kept of an identity; 0 for one that is not known."""
        return len(self._images[identity].vectors) if identity in self._images else 0

    def add(
        self, identity: int, vectors: Vectors, qualities: Floats | float = 1.0, time: float = 0.0
    ) -> None:
        """Keep images of an identity.

        Args:
            identity: known or new.
            vectors: (k, d) float32 rows of unit length.
            qualities: (k,) or one number; of two like images the better is kept.
            time: seconds, when they were taken.

        Raises:
            ValueError: vectors that are not finite, or of another length than those kept.
        """
        k = len(vectors)
        new = _Images(
            np.asarray(vectors, dtype=np.float32),
            np.broadcast_to(np.asarray(qualities, dtype=np.float64), (k,)),
            np.full(k, float(time)),
        )
        if new.vectors.ndim != 2 or not np.isfinite(new.vectors).all():
            raise ValueError("appearance vectors must be a finite (k, d) array")
        self._keep(identity, new)

    def _keep(self, identity: int, new: _Images) -> None:
        """Keep images beside those there are, as many as fit."""
        if identity in self._images:
            old = self._images[identity]
            if old.vectors.shape[1] != new.vectors.shape[1]:
                raise ValueError(
                    f"vectors of length {new.vectors.shape[1]} in a gallery of length"
                    f" {old.vectors.shape[1]}: was the embedder changed?"
                )
            new = _Images(
                np.concatenate([old.vectors, new.vectors]),
                np.concatenate([old.qualities, new.qualities]),
                np.concatenate([old.times, new.times]),
            )
        self._images[identity] = _diverse(new, self.size)

    def remove(self, identity: int) -> None:
        """Forget an identity; one that is not known is no error."""
        self._images.pop(identity, None)

    def join(self, kept: int, gone: int) -> bool:
        """Two identities turn out to be one person, who has the first number from now on.

        All images of both are hers.

        Args:
            kept, gone: people.

        Returns:
            False where they cannot be joined; then nothing has changed.
        """
        if gone in self._images:
            self._keep(kept, self._images.pop(gone))
        return True

    def distance(self, identity: int, vectors: Vectors, before: float = np.inf) -> float:
        """Cosine distance of a set of images to an identity: the mean over the images.

        Args:
            identity: a known one.
            vectors: (k, d) images of one person, k >= 1.
            before: compare only with images taken before this time, seconds.

        Returns:
            0 (alike) to 2; NaN if the identity has no image from before that time.
        """
        each = self.each(identity, vectors, before)
        return float(each.mean()) if len(each) else float("nan")

    def each(self, identity: int, vectors: Vectors, before: float = np.inf) -> Floats:
        """As `distance`, for every image on its own: (k,); empty if there is nothing to compare."""
        kept = self._images[identity]
        older = kept.vectors[kept.times < before]
        if len(older) == 0:
            return np.empty(0)
        distances = cosine_distances(vectors, older)
        k = min(self.neighbours, distances.shape[1])
        return np.asarray(np.partition(distances, k - 1, axis=1)[:, :k].mean(axis=1))

    def table(self, vectors: Vectors, identities: Sequence[int]) -> Floats:
        """`each` for many identities at once: (k, identities)."""
        if len(vectors) == 0 or len(identities) == 0:
            return np.empty((len(vectors), len(identities)))
        kept = [self._images[identity].vectors for identity in identities]
        counts = np.array([len(images) for images in kept])
        most = int(counts.max())
        padded = np.zeros((len(kept), most, kept[0].shape[1]), dtype=np.float32)
        for place, images in enumerate(kept):
            padded[place, : len(images)] = images
        cosines = cosine_similarities(vectors, padded.reshape(len(kept) * most, -1))
        cosines = cosines.reshape(len(vectors), len(kept), most)
        if counts.min() < most:
            cosines = np.where(np.arange(most) < counts[:, None], cosines, -np.inf)
        n = min(self.neighbours, most)
        nearest = np.partition(cosines, most - n, axis=2)[:, :, most - n :]
        distances = to_distances(nearest)
        distances[np.isinf(nearest)] = 0.0
        return np.asarray(distances.sum(axis=2) / np.minimum(counts, n))

    def distances(self, queries: Sequence[Vectors], identities: Sequence[int]) -> Floats:
        """`distance` of each query set to each identity: (number of queries, of identities)."""
        if not queries:
            return np.empty((0, len(identities)))
        ends = np.cumsum([len(vectors) for vectors in queries])
        parts = np.split(self.table(np.concatenate(queries), identities), ends[:-1])
        return np.array([part.mean(axis=0) for part in parts])


def _diverse(images: _Images, size: int) -> _Images:
    excess = len(images.vectors) - size
    if excess <= 0:
        return images
    distances = cosine_distances(images.vectors, images.vectors)
    np.fill_diagonal(distances, np.inf)
    keep = np.ones(len(distances), dtype=bool)
    for _ in range(excess):
        i, j = np.unravel_index(np.argmin(distances), distances.shape)
        worse = i if images.qualities[i] < images.qualities[j] else j
        distances[worse] = distances[:, worse] = np.inf
        keep[worse] = False
    return _Images(images.vectors[keep], images.qualities[keep], images.times[keep])


def recognise(distances: Floats, threshold: float) -> NDArray[np.int64]:
    """Which absent identity each entrant is, decided jointly: nobody is given to two entrants.

    Args:
        distances: (entrants, absent identities) cosine distances; NaN where there is none.
        threshold: an entrant farther than this from everybody is new.

    Returns:
        (entrants,) column of the identity, -1 for a new person. The sum of what the distances
        fall short of the threshold is the greatest possible.
    """
    columns = np.full(len(distances), -1, dtype=np.int64)
    rows, chosen = assign(threshold - np.where(np.isnan(distances), np.inf, distances))
    columns[rows] = chosen
    return columns


@dataclass
class DistanceStatistics:
    """How far images of one person lie apart, and images of two: learned while tracking.

    Everybody who is in the room serves: a new image against older ones of the same person, and
    against those of the others present, who are certainly somebody else. So the decision needs
    no number set by hand for each embedder.

    Args:
        default: threshold until enough has been seen, cosine distance.
        enough: number of distances of a kind from which they are trusted.
        known: prior probability that an entrant is somebody known: most who enter a room have
            been there before.
        separation: how far apart the kinds must lie to be relied on, see `reliable`.
    """

    default: float = 0.3
    enough: int = 20
    known: float = 0.8
    separation: float = 1.3
    same: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0], repr=False)
    different: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0], repr=False)

    def add_same(self, distances: float | Floats) -> None:
        """Distances between images of one person: a number or an array."""
        _take_in(self.same, distances)

    def add_different(self, distances: float | Floats) -> None:
        """Distances between images of two people: a number or an array."""
        _take_in(self.different, distances)

    @property
    def learned(self) -> bool:
        """Whether enough images of one person have been compared for a threshold of its own."""
        return self.same[0] >= self.enough

    @property
    def reliable(self) -> bool:
        """Whether the two kinds of distance have been seen often enough, and lie well apart.

        Apart by `separation` deviations on both sides of the middle: at 1.3, one in ten is
        mistaken. Below that, appearance should not overrule where people stand.
        """
        if not self.learned or self.different[0] < self.enough:
            return False
        mean, deviation = _moments(self.same)
        other, spread = _moments(self.different)
        return other - mean >= self.separation * (deviation + spread)

    @property
    def stranger(self) -> float:
        """A deviation below the mean distance of two people; 0 before enough have been seen."""
        if self.different[0] < self.enough:
            return 0.0
        mean, deviation = _moments(self.different)
        return max(mean - deviation, 0.0)

    @property
    def farthest(self) -> float:
        """Five deviations above the mean distance of one person; inf before enough were seen."""
        if not self.learned:
            return float("inf")
        mean, deviation = _moments(self.same)
        return mean + 5 * deviation

    def log_ratio(self, distances: Floats) -> Floats:
        """Log-likelihood ratio of "the same person" against "another", both taken as normal."""
        mean, deviation = _moments(self.same)
        other, spread = _moments(self.different)
        near, far = (distances - mean) / deviation, (distances - other) / spread
        # A vector nearer than the average of the same person is no evidence against it.
        near = np.maximum(near, 0.0)
        return np.asarray(np.log(spread / deviation) - 0.5 * near**2 + 0.5 * far**2)

    def threshold(self, candidates: int) -> float:
        """The distance at which wrong acceptances and wrong rejections together are fewest.

        Args:
            candidates: number of absent identities; the more, the nearer the nearest stranger.

        Both distances are taken as normal. With people apart but never together so far, three
        deviations above the same person's mean; before that, `default`.
        """
        if not self.learned:
            return self.default
        mean, deviation = _moments(self.same)
        if self.different[0] < self.enough:
            return mean + 3 * deviation
        other, spread = _moments(self.different)
        if other <= mean:
            return self.default
        grid = np.linspace(mean, other, 200)
        rejected = 1 - ndtr((grid - mean) / deviation)
        accepted = 1 - (1 - ndtr((grid - other) / spread)) ** max(candidates, 1)
        return float(grid[np.argmin(self.known * rejected + (1 - self.known) * accepted)])


def _take_in(moments: list[float], values: float | Floats) -> None:
    """Update count, mean and sum of squared deviations (Chan et al. 1983, parallel form)."""
    array = np.atleast_1d(np.asarray(values, dtype=np.float64)).ravel()
    if len(array) == 0:
        return
    count, mean, squares = moments
    new = float(array.mean())
    total = count + len(array)
    moments[2] = squares + float(((array - new) ** 2).sum())
    moments[2] += (new - mean) ** 2 * count * len(array) / total
    moments[1] = mean + (new - mean) * len(array) / total
    moments[0] = total


def _moments(moments: list[float]) -> tuple[float, float]:
    return moments[1], max(float(np.sqrt(moments[2] / moments[0])), 1e-3)

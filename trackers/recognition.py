"""How likely it is that somebody who enters is each of those who are known.

What tells people apart in one camera tells less between two: light, side and background differ.
Nobody says who walked from one to the other, so how far images of one person lie apart in two
cameras is learned from the decisions themselves, each counted by how likely it was right
(expectation maximisation; Dempster, Laird and Rubin 1977).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .gallery import DistanceStatistics

Floats = NDArray[np.float64]

BETWEEN = 0.25
"""Before decisions have been seen: by this share of the way from the same person in one camera to
another person, the same person in another camera is farther away."""

LEAST = 0.1
"""The least deviation of distances between people, of their mean: few people may be alike."""

FARTHEST = 0.45
"""At most by this share, whatever decisions say."""


class _Decision(NamedTuple):
    distances: Floats
    travel: Floats
    strangers: int


@dataclass
class Recognition:
    """Probabilities that an entrant is each candidate, or nobody known.

    Args:
        default: distance that separates people, as the embedder says, until it is learned; None:
            until then nobody is recognised.
        known: probability, in advance, that an entrant is somebody known.
        enough: distances between different people from which statistics are trusted.
        pairs: and so many different pairs of people.
        kept: decisions from which is learned.
        nearest: candidates of each decision that are kept; the others are as far as strangers.
        strength: number of pairs that the first guess of the same person's distances counts for.
    """

    default: float | None = None
    known: float = 0.8
    enough: int = 20
    pairs: int = 4
    kept: int = 200
    nearest: int = 8
    strength: float = 5.0
    within: DistanceStatistics = field(default_factory=DistanceStatistics, repr=False)
    different: DistanceStatistics = field(default_factory=DistanceStatistics, repr=False)
    _seen: set[tuple[int, int]] = field(default_factory=set, repr=False)
    _decisions: deque[_Decision] = field(default_factory=deque, repr=False)
    _same: tuple[float, float] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not 0 < self.known < 1:
            raise ValueError(f"known {self.known}: a probability between 0 and 1 is expected")
        self._decisions = deque(maxlen=self.kept)

    def add_different(self, distances: Floats, pairs: Sequence[tuple[int, int]]) -> None:
        """Take in distances (k,) between people who are certainly two, and who they are."""
        self.different.add_different(distances)
        if len(self._seen) < self.pairs:
            self._seen.update((min(pair), max(pair)) for pair in pairs)

    @property
    def learned(self) -> bool:
        """Whether it is known how far different people lie apart."""
        return self.different.different[0] >= self.enough and len(self._seen) >= self.pairs

    def probabilities(self, distances: Floats, travel: Floats) -> Floats:
        """Of one entrant.

        Args:
            distances: (n,) cosine distances to the candidates; NaN: nothing to compare.
            travel: (n,) log-likelihood ratios of the ways that they would have come.

        Returns:
            (n + 1,) that sum to 1, the last one for nobody known.
        """
        if len(distances) == 0 or not (self.learned or self.default):
            return np.append(np.zeros(len(distances)), 1.0)
        return self._probabilities(_Decision(distances, travel, len(distances)), self._moments())

    @property
    def threshold(self) -> float:
        """The distance at which the same and another person are equally likely."""
        grid = np.linspace(0, 2, 401)
        ratio = self.log_ratio(grid)
        return float(grid[np.argmax(ratio < 0)])

    def log_ratio(self, distances: Floats) -> Floats:
        """Log-likelihood ratios of "the same person" against "another"."""
        return _log_ratio(distances, *self._moments())

    def learn(self, distances: Floats, travel: Floats) -> None:
        """Take in a decision's candidates; arguments as of `probabilities`."""
        near = np.argsort(distances, kind="stable")[: self.nearest]
        near = near[np.isfinite(distances[near])]
        if len(near) == 0:
            return
        self._decisions.append(_Decision(distances[near], travel[near], len(distances)))
        if self.learned:
            self._maximise()

    def _maximise(self) -> None:
        """One step of expectation maximisation over the decisions kept."""
        first, others = self._guess(), self._others()
        count, total, squares = 0.0, 0.0, 0.0
        same = self._same or first
        middle = first[0]
        for decision in self._decisions:
            share = self._probabilities(decision, (same, others))[:-1]
            offset = decision.distances - middle
            count += share.sum()
            total += float((share * offset).sum())
            squares += float((share * offset**2).sum())
        weight = count + self.strength
        mean = total / weight
        variance = (squares + self.strength * first[1] ** 2) / weight - mean**2
        self._same = self._plausible(middle + mean, np.sqrt(max(variance, 1e-6)))

    def _plausible(self, mean: float, deviation: float) -> tuple[float, float]:
        """A mean and deviation of the same person, kept clear of those of other people.

        So that decisions that were wrong cannot teach that everybody looks alike.
        """
        near, far = self._within()[0], self._others()[0]
        mean = float(np.clip(mean, 0.5 * near, near + FARTHEST * (far - near)))
        return mean, float(min(deviation, (far - mean) / 3))

    def _probabilities(
        self, decision: _Decision, moments: tuple[tuple[float, float], tuple[float, float]]
    ) -> Floats:
        prior = np.log(self.known / (1 - self.known) / max(decision.strangers, 1))
        values = _log_ratio(decision.distances, *moments) + decision.travel + prior
        values = np.append(np.where(np.isnan(values), -np.inf, values), 0.0)
        share = np.exp(values - values.max())
        return np.asarray(share / share.sum())

    def _moments(self) -> tuple[tuple[float, float], tuple[float, float]]:
        if not self.learned:
            # So that both are equally likely at the default.
            t = self.default or 0.3
            return (0.6 * t, 0.25 * t), (1.4 * t, 0.25 * t)
        return self._same or self._guess(), self._others()

    def _others(self) -> tuple[float, float]:
        count, mean, squares = self.different.different
        return mean, max(float(np.sqrt(squares / count)), LEAST * mean)

    def _within(self) -> tuple[float, float]:
        """The same person's mean and deviation in one camera."""
        mean = self._others()[0]
        count, own, squares = self.within.same
        if count < self.enough:
            return 0.4 * mean, 0.1 * mean
        return min(own, 0.9 * mean), float(np.sqrt(squares / count))

    def _guess(self) -> tuple[float, float]:
        """The same person's mean and deviation between cameras, before decisions."""
        mean, deviation = self._others()
        own, spread = self._within()
        return self._plausible(own + BETWEEN * (mean - own), max(spread, 0.6 * deviation))


def _log_ratio(distances: Floats, same: tuple[float, float], other: tuple[float, float]) -> Floats:
    """Both normal; never rising again with the distance, whatever the deviations."""
    d = np.clip(distances, same[0], max(other[0], same[0]))
    near, far = (d - same[0]) / same[1], (d - other[0]) / other[1]
    # Farther than half way to the others, no more for the one whose curve is wider.
    return np.asarray(np.log(other[1] / same[1]) - 0.5 * near**2 + 0.5 * far**2)

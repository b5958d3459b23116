"""How long people take from camera to camera: what is possible, and what is usual.

Makris, Ellis and Black 2004 (Bridging the gaps between cameras, CVPR) learn from when people leave
one camera and enter another how the cameras are linked; so here, but with those as the examples
who were recognised.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]
Way = tuple[str, str, float, float]
"""Two neighbouring cameras, and the least and the usual greatest seconds between them."""

EDGES = np.concatenate([[-np.inf], np.geomspace(0.5, 3600.0, 31), [np.inf]])
"""Of the classes of travel times, seconds: each a third longer than the one before."""

CLASSES = len(EDGES) - 1
SMOOTH = np.array([0.1, 0.2, 0.4, 0.2, 0.1])


@dataclass(frozen=True)
class Journey:
    """From where, to where, and how long it took.

    Args:
        first, last: names of the cameras, which may be the same.
        seconds: from the last sight in the first to the first sight in the last.
    """

    first: str
    last: str
    seconds: float


@dataclass
class TravelTimes:
    """Learned and given travel times between cameras that do not overlap.

    For those who enter a camera there are two histograms, over where a candidate was last seen
    and how long ago: of candidates who were the person, and of those who were not. Their ratio
    is the evidence. Before anything is learned it says nothing.

    Args:
        ways: which cameras are neighbours, both directions, seconds; empty: any may follow any.
            Where there are ways, nobody is faster than the fastest way by them, and the learning
            begins with what they say.
        least: seconds between two cameras that are at least needed where no ways are given.
        weight: greatest evidence, nats, either way.
        strength: number of journeys that what is assumed in advance counts for.
    """

    ways: Sequence[Way] = ()
    least: float = 0.0
    weight: float = 3.0
    strength: float = 10.0
    _taken: dict[tuple[str, str], Floats] = field(default_factory=dict, repr=False)
    _not_taken: dict[tuple[str, str], Floats] = field(default_factory=dict, repr=False)
    _fastest: dict[tuple[str, str], float] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for first, last, least, most in self.ways:
            if first == last or not 0 <= least < most < np.inf:
                raise ValueError(
                    f"way {(first, last, least, most)}: expected two different cameras, and the"
                    " least and the usual greatest seconds, 0 <= least < greatest"
                )
        if self.least < 0 or self.weight < 0 or self.strength <= 0:
            raise ValueError("least and weight must not be negative, strength must be positive")
        self._fastest = shortest(self.ways)

    def fastest(self, first: str, last: str) -> float:
        """Seconds that are at least needed; infinite where no way leads there.

        Cameras that no way names are as far from all others as `least` says.
        """
        if first == last:
            return 0.0
        named = {name for way in self.ways for name in way[:2]}
        if first not in named or last not in named:
            return self.least
        return self._fastest.get((first, last), np.inf)

    def evidence(self, journeys: Sequence[Journey | None], camera: str) -> Floats:
        """Log-likelihood ratios that candidates who were last seen elsewhere are who enters.

        Args:
            journeys: (n,) what each candidate would have done; None: nothing is known of it.
            camera: where somebody enters.

        Returns:
            (n,) nats, at most `weight` either way; 0 where nothing is known.
        """
        values = np.zeros(len(journeys))
        if self.weight == 0 or not any(journeys):
            return values
        tables = self._tables(camera, {j.first for j in journeys if j is not None})
        for k, journey in enumerate(journeys):
            if journey is not None:
                values[k] = tables[journey.first][_class(journey.seconds)]
        return np.clip(values, -self.weight, self.weight)

    def learn(self, journey: Journey, probability: float) -> None:
        """Take in a candidate's journey, and how likely it is that it was the person's."""
        pair, bin_ = (journey.first, journey.last), _class(journey.seconds)
        for table, weight in ((self._taken, probability), (self._not_taken, 1 - probability)):
            table.setdefault(pair, np.zeros(CLASSES))[bin_] += weight

    def _tables(self, camera: str, firsts: set[str]) -> dict[str, Floats]:
        """For each camera to come from, the evidence of each class of times."""
        pairs = {pair for pair in self._not_taken.keys() | self._taken.keys() if pair[1] == camera}
        pairs |= {(first, camera) for first in firsts}
        order = sorted(pairs)
        zeros = np.zeros(CLASSES)
        taken: Floats = np.array([_smooth(self._taken.get(pair, zeros)) for pair in order])
        others: Floats = np.array([_smooth(self._not_taken.get(pair, zeros)) for pair in order])
        # One journey spread over all classes, so that none has a probability of 0.
        others += 1 / others.size
        background = others / others.sum()
        before = self._assumed(order, taken, background)
        likely = (taken + self.strength * before) / (taken.sum() + self.strength)
        ratio = np.log(likely / background)
        return {pair[0]: ratio[k] for k, pair in enumerate(order)}

    def _assumed(self, pairs: list[tuple[str, str]], taken: Floats, background: Floats) -> Floats:
        """The distribution over pairs and classes before it is learned for each pair.

        All pairs together say first how long ways usually are.
        """
        usual, any_ = taken.sum(axis=0), background.sum(axis=0)
        ratio = (usual + self.strength * any_) / (usual.sum() + self.strength) / any_
        before = background * ratio
        before /= before.sum()
        given: Floats = np.array([self._given(first, last) for first, last in pairs])
        if given.any():
            # Half of it as anybody's, because people also come round about, and back.
            before = 0.5 * before + 0.5 * given / given.sum()
        return np.asarray(before)

    def _given(self, first: str, last: str) -> Floats:
        """Log-normal, 5% below the least and 5% above the greatest time; zeros without a way."""
        for one, other, least, most in self.ways:
            if {one, other} == {first, last}:
                low, high = np.log(max(least, 0.2)), np.log(max(most, 0.3))
                with np.errstate(divide="ignore"):
                    edges = np.log(np.maximum(EDGES, 0))
                spread = max((high - low) / (2 * 1.645), 0.05)
                return np.asarray(np.diff(ndtr((edges - (low + high) / 2) / spread)))
        return np.zeros(CLASSES)


def _class(seconds: float) -> int:
    return int(np.searchsorted(EDGES[1:-1], seconds, side="right"))


def _smooth(counts: Floats) -> Floats:
    """Spread to the neighbouring classes; what would fall off the ends stays in them."""
    spread = np.convolve(counts, SMOOTH)
    middle = spread[2:-2]
    middle[0] += spread[:2].sum()
    middle[-1] += spread[-2:].sum()
    return middle


def shortest(ways: Sequence[Way]) -> dict[tuple[str, str], float]:
    """The least seconds between any two cameras that ways link (Dijkstra 1959).

    >>> shortest([("a", "b", 5, 9), ("b", "c", 4, 8)])[("a", "c")]
    9.0
    """
    links: dict[str, list[tuple[str, float]]] = {}
    for first, last, least, _ in ways:
        links.setdefault(first, []).append((last, float(least)))
        links.setdefault(last, []).append((first, float(least)))
    found: dict[tuple[str, str], float] = {}
    for start in links:
        waiting = [(0.0, start)]
        while waiting:
            time, place = heapq.heappop(waiting)
            if (start, place) in found:
                continue
            found[start, place] = time
            for neighbour, least in links[place]:
                heapq.heappush(waiting, (time + least, neighbour))
    return found

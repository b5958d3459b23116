"""Which pieces of tracks are one person's, with the whole run known.

First each end of a tracklet is given at most one beginning soon after it, jointly over all of them
(assignment, as in min-cost flow over tracklets; Zhang, Li and Nevatia 2008): O(n^3) for n
tracklets that are near each other in time and place. Then what is apart for longer is joined by
looks alone: agglomerative clustering with average linkage, in which nobody is in two places at
once; O(n^2) memory, O(n^3) time at most, for n chains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from .association import assign
from .gallery import DistanceStatistics
from .set_likeness import alike
from .tracklets import Tracklet

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Vectors = NDArray[np.float32]


OVERLAP = 1.0
"""Seconds for which two pieces of one person in one place may overlap: a track goes on for a moment
when the person is lost, and where it came to follow somebody else is not known exactly."""


DECIDED = 3.0
"""Seconds after which an online tracker has settled who somebody is."""

STEADY = 1.0
"""Seconds for which somebody unseen is taken to walk on at the same speed."""


@dataclass(frozen=True)
class StitchSettings:
    """What is assumed of people when tracks are stitched. Evidence is counted in nats.

    Args:
        reach: seconds for which somebody may be unseen and still be found by where she is.
        spread: standard deviation of where somebody is found, metres or heights of the box.
        drift: by which it grows, per second unseen.
        rare: beginnings of tracks to be expected by chance, per square metre or squared height.
        vanish: evidence against a gap, per second.
        trust: evidence of the online tracker's having given both pieces one identity, where looks
            say nothing.
        weight: greatest evidence of looks, either way.
        least: seconds that nobody takes less from one camera to another, where cameras do not
            overlap.
    """

    reach: float = 3.0
    spread: float = 0.2
    drift: float = 0.5
    rare: float = 0.1
    vanish: float = 0.3
    trust: float = 1.0
    weight: float = 10.0
    least: float = 0.0


def link(
    tracklets: Sequence[Tracklet], settings: StitchSettings, looks: DistanceStatistics
) -> list[list[int]]:
    """Chains of tracklets, each of one person who was never unseen for long.

    Args:
        tracklets: in order of time.
        settings: what is assumed of people.
        looks: how far images lie apart.

    Returns:
        indices of tracklets, each in one chain, in order of time.
    """
    rows, columns, values = [], [], []
    for i, one in enumerate(tracklets):
        for j in _next(tracklets, i, settings.reach):
            value = _evidence(one, tracklets[j], settings, looks)
            if value > 0:
                rows.append(i)
                columns.append(j)
                values.append(value)
    after = _matched(np.array(rows, np.int64), np.array(columns, np.int64), np.array(values))
    begun = set(range(len(tracklets))) - set(after.values())
    chains = []
    for first in sorted(begun):
        chain = [first]
        while chain[-1] in after:
            chain.append(after[chain[-1]])
        chains.append(chain)
    return chains


def _next(tracklets: Sequence[Tracklet], i: int, reach: float) -> list[int]:
    """Those of the same place that begin soon after one has ended."""
    one = tracklets[i]
    begins = [other.begin for other in tracklets]
    low, high = np.searchsorted(begins, [one.end - OVERLAP, one.end + reach], side="right")
    return [
        j
        for j in range(int(low), int(high))
        if tracklets[j].place == one.place and one.begin < tracklets[j].begin
    ]


def _evidence(
    one: Tracklet, other: Tracklet, settings: StitchSettings, looks: DistanceStatistics
) -> float:
    """Log-likelihood ratio that a tracklet goes on as another."""
    gap = max(other.begin - one.end, 0.0)
    unit = (one.unit + other.unit) / 2
    moved = other.points[0] - one.points[-1]
    # From both ends: who went out and who comes in at one place are two.
    off = np.array(
        [
            moved - speed * min(gap, STEADY)
            for speed in (one.velocity(last=True), other.velocity(last=False))
        ]
    )
    variance = settings.spread**2 + (settings.drift * gap) ** 2
    squared = float((off**2).sum()) / 2 / unit**2 / variance
    if squared > 16:
        return -np.inf
    value = -squared / 2 - np.log(2 * np.pi * variance * settings.rare) - settings.vanish * gap
    shown = alike(one.vectors, other.vectors, settings.weight, looks)
    if shown != 0 and _told_apart(one, other):
        # If the tracker was wrong, looks alone will tell.
        return -np.inf
    value += shown if shown != 0 else settings.trust * (one.identity == other.identity)
    return float(value)


def _told_apart(one: Tracklet, other: Tracklet) -> bool:
    """Whether the tracker, which had the time to decide on both, took them for two people."""
    shorter = min(one.end - one.begin, other.end - other.begin)
    whole = one.whole and other.whole
    return whole and one.identity != other.identity and shorter > DECIDED


def _matched(rows: Ints, columns: Ints, values: Floats) -> dict[int, int]:
    """Of all pairs those with the greatest sum, each row and column in one of them at most."""
    if len(rows) == 0:
        return {}
    size = int(max(rows.max(), columns.max())) + 1
    both = np.concatenate([rows, columns + size])
    graph = csr_array((np.ones(len(rows)), (rows, columns + size)), shape=(2 * size, 2 * size))
    _, label = connected_components(graph, directed=False)
    found: dict[int, int] = {}
    for group in np.unique(label[both]):
        mine = label[rows] == group
        first, last = np.unique(rows[mine]), np.unique(columns[mine])
        table = np.full((len(first), len(last)), -np.inf)
        place = np.searchsorted(first, rows[mine]), np.searchsorted(last, columns[mine])
        table[place] = values[mine]
        for i, j in zip(*assign(table), strict=True):
            found[int(first[i])] = int(last[j])
    return found


def cluster(
    tracklets: Sequence[Tracklet],
    chains: Sequence[Sequence[int]],
    settings: StitchSettings,
    looks: DistanceStatistics,
) -> Ints:
    """Which chains are one person's.

    Returns:
        (chains,) number of the person, from 0.
    """
    n = len(chains)
    label = np.arange(n)
    if n < 2:
        return label
    score = _table(tracklets, chains, settings, looks)
    apart = _apart(tracklets, chains, settings.least)
    size = np.array([sum(len(tracklets[k].times) for k in chain) for chain in chains], float)
    score[apart] = -np.inf
    while True:
        i, j = divmod(int(score.argmax()), n)
        if not score[i, j] > 0:
            return np.unique(label, return_inverse=True)[1]
        weight = size[[i, j]] / size[[i, j]].sum()
        # Minus infinity, two places at once, stays what it is.
        score[i] = score[:, i] = weight @ score[[i, j]]
        score[i, i] = score[j] = score[:, j] = -np.inf
        size[i] += size[j]
        label[label == label[j]] = label[i]


def _table(
    tracklets: Sequence[Tracklet],
    chains: Sequence[Sequence[int]],
    settings: StitchSettings,
    looks: DistanceStatistics,
) -> Floats:
    """(n, n) evidence that two chains are one person's; minus infinity on the diagonal."""
    score = np.zeros((len(chains), len(chains)))
    vectors = [
        np.concatenate([v for k in c if len(v := tracklets[k].vectors)] or [_NONE]) for c in chains
    ]
    names = [{tracklets[k].identity for k in chain} for chain in chains]
    for i in range(len(chains)):
        for j in range(i):
            value = alike(vectors[i], vectors[j], settings.weight, looks)
            if value == 0:
                value = settings.trust * bool(names[i] & names[j])
            score[i, j] = score[j, i] = value
    np.fill_diagonal(score, -np.inf)
    return score


_NONE = np.empty((0, 0), dtype=np.float32)


def _apart(tracklets: Sequence[Tracklet], chains: Sequence[Sequence[int]], least: float) -> Flags:
    """(n, n) which chains cannot be one person's, who is never in two places at once."""
    n = len(chains)
    apart = np.eye(n, dtype=bool)
    spans = [
        [(tracklets[k].begin, tracklets[k].end, tracklets[k].place) for k in c] for c in chains
    ]
    for i in range(n):
        for j in range(i):
            apart[i, j] = apart[j, i] = any(
                a[0] <= b[1] + (least if a[2] != b[2] else -OVERLAP)
                and b[0] <= a[1] + (least if a[2] != b[2] else -OVERLAP)
                for a in spans[i]
                for b in spans[j]
            )
    return apart

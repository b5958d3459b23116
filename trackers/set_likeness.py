"""How alike sets of images are, and what of it speaks for one person: learned from a whole run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .association import cosine_distances
from .gallery import DistanceStatistics
from .tracklets import Tracklet, part

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]

MOST = 24
"""Images of each person that are compared: evenly over the time."""

NEAREST = 3
"""Of which for each image the nearest count."""

APART = 5.0
"""Seconds for which images are taken together to learn how different people look."""

SHORT = 1.5
"""The same where people are in view for a few seconds only."""

LATEST = 6
"""How many times as long may lie between two sets that surely show one person."""

ENOUGH = 8
"""Comparisons of one person, and of two, from which that is known."""

FEW = 3
"""Images of which a set has to have more than one person's chance look."""


def likeness(tracklets: Sequence[Tracklet], apart: bool = False) -> DistanceStatistics:
    """How far sets of images of one person lie apart, and of two, from the run itself.

    From images over several seconds, or where nobody is in view for so long, over fewer.

    Args:
        tracklets: of all people.
        apart: whether people whom two cameras see at one time are two.
    """
    long = _likeness(tracklets, APART, apart)
    return long if long.reliable else _likeness(tracklets, SHORT, apart)


def _likeness(tracklets: Sequence[Tracklet], seconds: float, apart: bool) -> DistanceStatistics:
    """Of sets of images that were taken within so many seconds.

    Images are taken together for some seconds. Two such sets of one tracklet, neither next to each
    other nor far apart, show one person; sets of two tracklets at one time, in one place, show two.
    """
    found = DistanceStatistics(enough=ENOUGH)
    sets = [_sets(one, seconds) for one in tracklets]
    moments: dict[tuple[str, int], list[tuple[int, Vectors]]] = {}
    for one, own in zip(tracklets, sets, strict=True):
        for k, moment in enumerate(own):
            place = "" if apart else one.place
            moments.setdefault((place, moment), []).append((one.identity, own[moment]))
            later = [own[other] for other in [*own][k + 1 :] if 2 <= other - moment <= LATEST]
            found.add_same(np.array([set_distance(own[moment], other) for other in later]))
    for together in moments.values():
        for k, (identity, vectors) in enumerate(together):
            others = [other for name, other in together[k + 1 :] if name != identity]
            found.add_different(np.array([set_distance(vectors, other) for other in others]))
    return found


def _sets(one: Tracklet, seconds: float) -> dict[int, Vectors]:
    """A tracklet's images by the stretch of time in which they were taken."""
    moment = (one.taken // seconds).astype(np.int64)
    sets = {int(k): one.vectors[moment == k] for k in np.unique(moment)}
    return {k: vectors for k, vectors in sets.items() if len(vectors) >= 2}


def set_distance(vectors: Vectors, others: Vectors) -> float:
    """Cosine distance of two sets of images: of each image to its nearest, the mean both ways."""
    table = cosine_distances(chosen(vectors), chosen(others))
    return _set_distance(table)


def _set_distance(table: Floats) -> float:
    n, m = min(NEAREST, table.shape[1]), min(NEAREST, table.shape[0])
    there = np.partition(table, n - 1, axis=1)[:, :n].mean()
    back = np.partition(table, m - 1, axis=0)[:m].mean()
    return float(there + back) / 2


def chosen(vectors: Vectors) -> Vectors:
    """At most `MOST` of them, evenly."""
    if len(vectors) <= MOST:
        return vectors
    return np.asarray(vectors[np.linspace(0, len(vectors) - 1, MOST).round().astype(int)])


def alike(vectors: Vectors, others: Vectors, weight: float, looks: DistanceStatistics) -> float:
    """What looks say of whether two sets of images show one person; 0 where nothing is known.

    Args:
        vectors, others: (n, d) and (m, d).
        weight: greatest evidence, nats, either way.
        looks: how far sets lie apart.
    """
    if weight == 0 or not (len(vectors) and len(others) and looks.reliable):
        return 0.0
    ratio = looks.log_ratio(np.array(set_distance(vectors, others)))
    return float(np.clip(ratio, -weight, weight))


def divided(one: Tracklet, looks: DistanceStatistics, least: float) -> list[Tracklet]:
    """A tracklet cut where it came to follow somebody who looks different.

    At each image the last few seconds before it are compared with the next few seconds.

    Args:
        one: a tracklet.
        looks: how far images lie apart.
        least: evidence, nats, that it takes for two people.

    Returns:
        its parts; the tracklet itself where nothing speaks for two.
    """
    if not looks.reliable or len(one.vectors) < 2 * FEW:
        return [one]
    moments = np.unique(one.taken)[1:]
    values = np.zeros(len(moments))
    for k, moment in enumerate(moments):
        before = one.vectors[(one.taken >= moment - APART) & (one.taken < moment)]
        after = one.vectors[(one.taken >= moment) & (one.taken < moment + APART)]
        if min(len(before), len(after)) >= FEW:
            # Not limited, so that the least one is where the change is.
            values[k] = alike(before, after, np.inf, looks)
    cuts = []
    while values.size and values.min() <= -least:
        moment = moments[values.argmin()]
        cuts.append(float(moment))
        values[np.abs(moments - moment) < APART] = 0
    if not cuts:
        return [one]
    edges = [-np.inf, *sorted(cuts), np.inf]
    return [part(one, low, high) for low, high in pairwise(edges)]

"""Which rows of the truth and of a prediction could be the same person, and how alike they are.

Everything that the measures need from the tables stands in one flat list of pairs, sorted by
instant, then truth, then prediction; pairs that share nothing (similarity 0) are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from .sequences.cameras import Floats
from .sequences.views import Ints

Bools = NDArray[np.bool_]

BLOCK = 1 << 19
"""Pairs compared at a time: bounds the memory, whatever the length of the sequence."""


@dataclass(frozen=True, eq=False)
class Rows:
    """One table's rows in one comparison, sorted by time, then identity.

    Args:
        time: (n,) index of the instant among those scored.
        identity: (n,) identities as in the table.
        place: (n, 4) boxes in pixels or (n, 2) ground positions in metres.
    """

    time: Ints
    identity: Ints
    place: Floats

    @classmethod
    def ordered(cls, time: Ints, identity: Ints, place: Floats) -> Rows:
        """Rows from columns in any order."""
        order = np.lexsort((identity, time))
        return cls(time[order], identity[order], place[order])

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, eq=False)
class Pairs:
    """All pairs of one truth row and one predicted row of the same instant that are at all alike.

    Args:
        truth_rows, predicted_rows: the rows compared.
        instants: number of instants, those without any row included.
        truth, predicted: (p,) row numbers of each pair, sorted by truth, then predicted.
        similarity: (p,) in (0, 1]; what HOTA weighs.
        distance: (p,) metres, or 1 - IoU; what CLEAR minimises.
        within: (p,) whether the pair passes the gate, so that CLEAR and IDF1 may match it.
    """

    truth_rows: Rows
    predicted_rows: Rows
    instants: int
    truth: Ints
    predicted: Ints
    similarity: Floats
    distance: Floats
    within: Bools

    @property
    def time(self) -> Ints:
        """(p,) the instant of each pair, rising."""
        return np.asarray(self.truth_rows.time[self.truth])


def pair_boxes(truth: Rows, predicted: Rows, instants: int, iou: float) -> Pairs:
    """Pairs of overlapping boxes.

    Args:
        truth, predicted: rows with (n, 4) boxes: left, top, right, bottom.
        instants: number of instants.
        iou: intersection over union that a match needs, in (0, 1].
    """
    found = []
    for t, p in _together(truth, predicted, instants):
        overlap = box_iou(truth.place[t], predicted.place[p])
        keep = overlap > 0
        found.append((t[keep], p[keep], overlap[keep]))
    t, p, overlap = _stacked(found)
    return Pairs(truth, predicted, instants, t, p, overlap, 1 - overlap, overlap >= iou)


def pair_points(truth: Rows, predicted: Rows, instants: int, gate: float) -> Pairs:
    """Pairs of ground positions closer than twice the gate.

    The similarity falls linearly from 1 at distance 0 to 1/2 at the gate and 0 at twice the gate
    (as in MOT15-3D and WILDTRACK evaluations, whose gate of 1 m is a similarity of 1/2).

    Args:
        truth, predicted: rows with (n, 2) positions in metres.
        instants: number of instants.
        gate: largest Euclidean distance of a match in metres.
    """
    found = []
    for t, p in _together(truth, predicted, instants):
        away = truth.place[t] - predicted.place[p]
        distance = np.sqrt((away**2).sum(axis=1))
        keep = distance < 2 * gate
        found.append((t[keep], p[keep], distance[keep]))
    t, p, distance = _stacked(found)
    similarity = 1 - distance / (2 * gate)
    alike = similarity > 0
    t, p, distance, similarity = t[alike], p[alike], distance[alike], similarity[alike]
    return Pairs(truth, predicted, instants, t, p, similarity, distance, distance <= gate)


def joined(parts: Sequence[Pairs]) -> Pairs:
    """Several cameras' pairs as one sequence: one camera after the other, identities shared.

    A (camera, frame) is an instant of its own: the convention of multi-camera IDF1 (Ristani et
    al. 2016, Performance measures and a data set for multi-target, multi-camera tracking).
    """
    instants = np.cumsum([0] + [part.instants for part in parts])
    truth = np.cumsum([0] + [len(part.truth_rows) for part in parts])
    predicted = np.cumsum([0] + [len(part.predicted_rows) for part in parts])
    return Pairs(
        _after_another([part.truth_rows for part in parts], instants),
        _after_another([part.predicted_rows for part in parts], instants),
        int(instants[-1]),
        np.concatenate([part.truth + n for part, n in zip(parts, truth, strict=False)]),
        np.concatenate([part.predicted + n for part, n in zip(parts, predicted, strict=False)]),
        np.concatenate([part.similarity for part in parts]),
        np.concatenate([part.distance for part in parts]),
        np.concatenate([part.within for part in parts]),
    )


def box_iou(a: Floats, b: Floats) -> Floats:
    """Intersection over union of (n, 4) boxes with the boxes in the same rows of another array.

    >>> box_iou(np.array([[0.0, 0, 2, 2]]), np.array([[1.0, 0, 3, 2]])).round(3).tolist()
    [0.333]
    """
    width = np.minimum(a[:, 2], b[:, 2]) - np.maximum(a[:, 0], b[:, 0])
    height = np.minimum(a[:, 3], b[:, 3]) - np.maximum(a[:, 1], b[:, 1])
    shared = np.maximum(width, 0) * np.maximum(height, 0)
    area_a = (a[:, 2] - a[:, 0]) * (a[:, 3] - a[:, 1])
    area_b = (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])
    # Boxes of no area share nothing, even with themselves.
    return np.asarray(shared / np.maximum(area_a + area_b - shared, np.finfo(np.float64).tiny))


def best_by_score(pairs: Pairs, score: Floats) -> Bools:
    """Which pairs stand in each instant's assignment of greatest total score, one to one.

    Most instants need no solver: where every truth's best prediction is another one, those are
    the assignment, and likewise the other way round. The rest goes to the Hungarian algorithm.

    Args:
        pairs: p pairs.
        score: (p,) non-negative.

    Returns:
        (p,) the chosen pairs.
    """
    time = pairs.time
    chosen = np.zeros(len(score), dtype=bool)
    open_instants = np.ones(pairs.instants, dtype=bool)
    sides = ((pairs.truth, pairs.predicted), (pairs.predicted, pairs.truth))
    for own, other in sides:
        best = score == _greatest(own, score)[own]
        # A tie for the best, or two that want the same partner, leave the instant open.
        tied = np.bincount(own[best], minlength=_size(own))[own] > 1
        wanted = np.bincount(other[best], minlength=_size(other))[other] > 1
        torn = best & (tied | wanted)
        unsettled = np.bincount(time[torn], minlength=pairs.instants) > 0
        chosen |= best & (open_instants & ~unsettled)[time]
        open_instants &= unsettled
    for rows, columns, shape, where in blocks(pairs, open_instants):
        values = np.zeros(shape)
        values[rows, columns] = score[where]
        picked = np.zeros(values.shape, dtype=bool)
        picked[linear_sum_assignment(values, maximize=True)] = True
        chosen[where] = picked[rows, columns]
    return chosen


def blocks(pairs: Pairs, instants: Bools) -> Iterator[tuple[Ints, Ints, tuple[int, int], slice]]:
    """The pairs of each flagged instant as entries of its table of truths by predictions.

    Args:
        pairs: p pairs.
        instants: (instants,) which ones; those without a pair are passed over.

    Yields:
        rows, columns: the pairs' places in the table.
        shape: (truths, predictions) at the instant, those without a pair included.
        where: which of the p pairs they are.
    """
    time, every = pairs.time, np.arange(pairs.instants + 1)
    edges, top, left = (
        np.searchsorted(times, every)
        for times in (time, pairs.truth_rows.time, pairs.predicted_rows.time)
    )
    rows, columns = pairs.truth - top[time], pairs.predicted - left[time]
    heights, widths = np.diff(top), np.diff(left)
    for instant in np.flatnonzero(instants & (edges[1:] > edges[:-1])):
        where = slice(int(edges[instant]), int(edges[instant + 1]))
        yield rows[where], columns[where], (int(heights[instant]), int(widths[instant])), where


def _greatest(group: Ints, values: Floats) -> Floats:
    greatest = np.zeros(_size(group))
    np.maximum.at(greatest, group, values)
    return greatest


def _size(indices: Ints) -> int:
    return int(indices.max()) + 1 if len(indices) else 0


def _together(truth: Rows, predicted: Rows, instants: int) -> Iterator[tuple[Ints, Ints]]:
    """Row numbers of all pairs of the same instant, some `BLOCK` pairs at a time, in order."""
    partners = np.bincount(predicted.time, minlength=instants)
    first = np.cumsum(partners) - partners
    count = partners[truth.time]
    total = np.cumsum(count)
    cuts = np.searchsorted(total, np.arange(BLOCK, total[-1] if len(total) else 0, BLOCK))
    edges = np.unique(np.concatenate([[0], cuts, [len(truth)]]))
    for low, high in pairwise(edges):
        n = count[low:high]
        start = np.cumsum(n) - n
        shift = np.repeat(first[truth.time[low:high]] - start, n)
        yield np.repeat(np.arange(low, high), n), np.arange(len(shift)) + shift


def _stacked(found: list[tuple[Ints, Ints, Floats]]) -> tuple[Ints, Ints, Floats]:
    none = np.empty(0, dtype=np.int64)
    t, p, value = zip(*found, strict=True) if found else ((none,), (none,), (np.empty(0),))
    return np.concatenate(t), np.concatenate(p), np.concatenate(value)


def _after_another(tables: list[Rows], instants: Ints) -> Rows:
    return Rows(
        np.concatenate([rows.time + n for rows, n in zip(tables, instants, strict=False)]),
        np.concatenate([rows.identity for rows in tables]),
        np.concatenate([rows.place for rows in tables]),
    )

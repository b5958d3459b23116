"""The nearest pictures of every picture, without a matrix of all by all."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .distances import Metric, Vectors, between

BLOCK = 2000
"""Pictures between which distances are computed at once, 16 MB; no power of two, whose columns
would fall on the same cache lines."""


class Nearest:
    """The nearest pictures of each of n, and the furthest, from distances that come in blocks.

    Of equal distances the one that came first is kept.

    Args:
        n: how many pictures.
        count: how many neighbours of each; not more than n.

    Attributes:
        columns: (n, count) the neighbours, nearest first.
        distances: (n, count) of these.
        farthest: (n,) the largest distance.
    """

    def __init__(self, n: int, count: int) -> None:
        self.columns = np.zeros((n, count), np.int64)
        self.distances = np.full((n, count), np.inf, np.float32)
        self.farthest = np.zeros(n, np.float32)

    def add(self, row: int, column: int, block: Vectors) -> None:
        """Take a block (r, c) of distances into account, whose corner is at (row, column)."""
        rows = slice(row, row + len(block))
        np.maximum(self.farthest[rows], block.max(axis=1), out=self.farthest[rows])
        place, found = np.divmod(np.flatnonzero(self._candidates(block, rows)), block.shape[1])
        if not len(place):
            return
        depth = np.arange(len(place)) - np.searchsorted(place, place)
        shape = (len(block), int(depth.max()) + 1)
        values, columns = np.full(shape, np.inf, np.float32), np.zeros(shape, np.int64)
        values[place, depth], columns[place, depth] = block[place, found], found + column
        values = np.concatenate([self.distances[rows], values], axis=1)
        columns = np.concatenate([self.columns[rows], columns], axis=1)
        order = np.argsort(values, axis=1, kind="stable")[:, : self.columns.shape[1]]
        self.distances[rows] = np.take_along_axis(values, order, axis=1)
        self.columns[rows] = np.take_along_axis(columns, order, axis=1)

    def _candidates(self, block: Vectors, rows: slice) -> NDArray[np.bool]:
        """(r, c) which may be among the nearest."""
        limit = self.distances[rows, -1:]
        count = self.columns.shape[1]
        if np.isinf(limit).any() and block.shape[1] > count:
            return np.less_equal(block, np.partition(block, count - 1)[:, count - 1 : count])
        return np.less(block, limit)


def nearest(
    vectors: Vectors,
    metric: Metric,
    count: int,
    asked: Vectors,
    progress: Callable[[int], None] | None = None,
) -> Nearest:
    """The nearest pictures of each, itself first, even before its doubles.

    Each distance is computed once and used for both of its pictures.

    Args:
        vectors: (n, d) `prepared`, those of q queries first.
        metric: see `distances.rank`.
        count: how many neighbours, itself among them; all n where there are fewer.
        asked: (q, n - q) is filled with the distances of the queries to the others.
        progress: called with the number of pictures done.
    """
    n, queries = len(vectors), len(asked)
    result = Nearest(n, min(count, n))
    for row in range(0, n, BLOCK):
        for column in range(row, n, BLOCK):
            block = between(vectors[row : row + BLOCK], vectors[column : column + BLOCK], metric)
            if row < queries:
                rows, left = max(0, queries - row), max(0, queries - column)
                part = block[:rows, left:]
                at = max(0, column - queries)
                asked[row : row + len(part), at : at + part.shape[1]] = part
            if row == column:
                np.fill_diagonal(block, -1)
            else:
                result.add(column, row, np.ascontiguousarray(block.T))
            result.add(row, column, block)
        if progress is not None:
            progress(min(n, row + BLOCK))
    return result

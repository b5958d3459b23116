"""From which distance on two pictures show two people: an embedder's default threshold."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .distances import between, prepared, rows_at_once
from .relevance import Relevance

BINS = 4000
"""Into how many parts the cosine distances from 0 to 2 are counted."""


class EqualError(NamedTuple):
    """Where as large a share of one person's pictures lies beyond as of two people's before.

    Attributes:
        threshold: cosine distance, to 2 / `BINS`.
        error: the share, 0 to 1.
        same: mean distance of pictures of one person by two cameras.
        different: mean distance of pictures of two people.
    """

    threshold: float
    error: float
    same: float
    different: float


def equal_error(
    query_vectors: ArrayLike, gallery_vectors: ArrayLike, relevance: Relevance
) -> EqualError | None:
    """The threshold with equal errors, over all pairs of a query and a gallery picture.

    Pictures of one person by the same camera do not count, as in retrieval, nor does junk.

    Args:
        query_vectors: (q, d).
        gallery_vectors: (g, d).
        relevance: which pairs show one person, and which are not shown.

    Returns:
        None if there is no pair of one person, or none of two.

    Raises:
        ValueError: vectors of another number or shape, or that are not finite.

    >>> relevance = Relevance([1, 2], [0, 0], [1, 2], [1, 1])
    >>> found = equal_error([[1, 0], [0, 1]], [[0.8, 0.6], [-0.6, 0.8]], relevance)
    >>> round(found.same, 2), round(found.different, 2), found.error
    (0.2, 1.0, 0.0)
    """
    query = prepared(query_vectors, "query", "cosine")
    gallery = prepared(gallery_vectors, "gallery", "cosine")
    if (len(query), len(gallery)) != relevance.shape:
        raise ValueError(
            f"{len(query)} query and {len(gallery)} gallery vectors: expected {relevance.shape}"
        )
    same, shown = np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)
    step = rows_at_once(len(gallery))
    for start in range(0, len(query), step):
        bins = _bins(between(query[start : start + step], gallery, "cosine"))
        for row, line in enumerate(bins):
            right, hidden = relevance.rows(start + row)
            same += np.bincount(line[right], minlength=BINS)
            shown += np.bincount(line[relevance.shown], minlength=BINS)
            shown -= np.bincount(line[hidden], minlength=BINS)
    return _crossing(same, shown - same)


def _bins(distances: NDArray[np.floating]) -> NDArray[np.int64]:
    bins: NDArray[np.int64] = np.clip(distances * (BINS / 2), 0, BINS - 1).astype(np.int64)
    return bins


def _crossing(same: NDArray[np.int64], different: NDArray[np.int64]) -> EqualError | None:
    """Where the two errors meet, of counts by distance."""
    if not same.any() or not different.any():
        return None
    # At the edge above each bin: one person's pictures beyond it, two people's before it.
    missed = 1 - np.cumsum(same) / same.sum()
    accepted = np.cumsum(different) / different.sum()
    # Where no distance lies both errors stay: the middle of such a gap is the threshold.
    gap = np.abs(missed - accepted)
    best = np.flatnonzero(gap == gap.min())
    at = int(best[len(best) // 2])
    edges = (np.arange(BINS) + 1) * (2 / BINS)
    middles = edges - 1 / BINS
    return EqualError(
        threshold=float(edges[at]),
        error=float(missed[at] + accepted[at]) / 2,
        same=float(np.average(middles, weights=same)),
        different=float(np.average(middles, weights=different)),
    )

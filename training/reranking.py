"""Re-ranking: pictures whose neighbours are the same people are likely the same person.

Zhong, Zheng, Cao and Li, Re-ranking Person Re-identification with k-reciprocal Encoding, CVPR 2017,
as the strong baseline of Luo et al. 2019 applies it: distances are divided by the largest of their
row, a neighbour's set joins where more than (not: at least) two thirds of it are there already,
and everybody is a neighbour of himself. Sets of neighbours are sparse matrices here, so that no
matrix of all pictures by all pictures is ever held.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from ..sequences.views import Ints
from .distances import Metric, Vectors, between, prepared
from .neighbours import nearest


def k_reciprocal(
    query_vectors: ArrayLike,
    gallery_vectors: ArrayLike,
    *,
    metric: Metric = "cosine",
    k1: int = 20,
    k2: int = 6,
    weight: float = 0.3,
    progress: Callable[[int], None] | None = None,
) -> Vectors:
    """Distances of queries to gallery pictures that take their neighbours into account.

    Args:
        query_vectors: (q, d).
        gallery_vectors: (g, d), without junk: it would be a neighbour as well.
        metric: see `distances.rank`; "cosine" is the published setting.
        k1: neighbours that must be mutual (section 3.2).
        k2: neighbours over which a picture's set is averaged, itself among them (section 3.4).
        weight: of the original distance in the sum (section 3.5), 0 to 1.
        progress: called with the number of pictures whose neighbours are known.

    Returns:
        (q, g) float32, 0 to 1.

    Raises:
        ValueError: k1 or k2 below 1, a weight out of range, or what `distances.rank` refuses.
    """
    if k1 < 1 or k2 < 1 or not 0 <= weight <= 1:
        raise ValueError(
            f"k1 {k1}, k2 {k2}, weight {weight}: expected at least 1, at least 1, and 0 to 1"
        )
    query = prepared(query_vectors, "query", metric)
    gallery = prepared(gallery_vectors, "gallery", metric)
    if query.shape[1] != gallery.shape[1]:
        between(query[:1], gallery[:1], metric)
    both = np.concatenate([query, gallery])
    result = np.empty((len(query), len(gallery)), np.float32)
    found = nearest(both, metric, max(k1 + 1, k2), result, progress)
    farthest = np.where(found.farthest > 0, found.farthest, np.float32(1))
    result /= farthest[: len(query), None]
    codes = encode(expanded_sets(found.columns, k1), both, farthest, metric)
    if k2 > 1:
        near = found.columns[:, :k2]
        codes = csr_array(indicator(near) @ codes) / np.float32(near.shape[1])
    blend(result, codes, weight)
    return result


def indicator(near: Ints) -> csr_array:
    """(n, n) with 1 where a row's picture has the column's among its neighbours (n, k)."""
    n, count = near.shape
    ends = np.arange(0, n * count + 1, count)
    return csr_array((np.ones(near.size, np.float32), near.ravel(), ends), shape=(n, n))


def expanded_sets(near: Ints, k1: int) -> csr_array:
    """The sets R* of section 3.2: (n, n), not 0 where a row has a column in its set.

    Args:
        near: (n, at least k1 + 1) neighbours, nearest first.
        k1: how many of them count besides the picture itself.
    """
    wide, narrow = (mutual(near[:, : k + 1]) for k in (k1, round(k1 / 2)))
    shared = (wide @ narrow).multiply(wide)  # narrow sets are symmetric
    enough = csr_array(shared)
    sizes = np.diff(narrow.indptr)
    enough.data = (3 * enough.data > 2 * sizes[enough.indices]).astype(np.float32)
    enough.eliminate_zeros()
    return csr_array(wide + enough @ narrow)


def mutual(near: Ints) -> csr_array:
    """(n, n) with 1 where two pictures have each other among their neighbours (n, k)."""
    forward = indicator(near)
    return csr_array(forward.multiply(forward.T))


def encode(sets: csr_array, vectors: Vectors, farthest: Vectors, metric: Metric) -> csr_array:
    """The weights V of section 3.3, exp(-distance) within the set; each row sums to 1.

    Args:
        sets: (n, n), not 0 where a row has a column in its set.
        vectors: (n, d) prepared.
        farthest: (n,) by which distances are divided.
        metric: see `distances.rank`.
    """
    distances = np.empty(sets.nnz, np.float32)
    for row in range(len(vectors)):
        inside = slice(sets.indptr[row], sets.indptr[row + 1])
        columns = sets.indices[inside]
        distances[inside] = between(vectors[row : row + 1], vectors[columns], metric)[0]
    counts = np.diff(sets.indptr)
    values = np.exp(-distances / np.repeat(farthest, counts))
    sums = np.add.reduceat(values, sets.indptr[:-1])
    return csr_array((values / np.repeat(sums, counts), sets.indices, sets.indptr), sets.shape)


def blend(distances: Vectors, codes: csr_array, weight: float) -> None:
    """Replace distances by weight * distance + (1 - weight) * Jaccard distance, in place.

    Section 3.3, equations 9 and 10: the Jaccard distance is 1 - s / (2 - s), s being the sum of
    the smaller of two pictures' weights, since each picture's weights sum to 1. Only gallery
    pictures with a weight where the query has one are visited.

    Args:
        distances: (q, g) divided by their largest.
        codes: (q + g, q + g) weights, those of the queries first.
        weight: of the distances.
    """
    queries, count = distances.shape
    held = codes[queries:].tocsc()
    starts, lengths = held.indptr[:-1], np.diff(held.indptr)
    for row in range(queries):
        inside = slice(codes.indptr[row], codes.indptr[row + 1])
        columns, own = codes.indices[inside], codes.data[inside]
        sizes = lengths[columns]
        skipped = np.cumsum(sizes) - sizes
        take = np.arange(sizes.sum()) + np.repeat(starts[columns] - skipped, sizes)
        least = np.minimum(held.data[take], np.repeat(own, sizes))
        shared = np.bincount(held.indices[take], least, minlength=count).astype(np.float32)
        distances[row] *= weight
        distances[row] += (1 - weight) * (1 - shared / (2 - shared))

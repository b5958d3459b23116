"""How far vectors are apart: what retrieval ranks by."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

Metric = Literal["cosine", "euclidean"]
Vectors = NDArray[np.float32]
Distances = NDArray[np.floating[Any]]

CHUNK = 1 << 22
"""Distances that are held at once where they are made piece by piece: 16 MiB."""


def rank(
    query_vectors: ArrayLike, gallery_vectors: ArrayLike, metric: Metric = "cosine"
) -> Vectors:
    """The distances by which gallery pictures are ranked for each query.

    Args:
        query_vectors: (q, d) of any length.
        gallery_vectors: (g, d) of any length.
        metric: "cosine", 1 minus the cosine, 0 to 2; or "euclidean", the squared Euclidean
            distance, which ranks as the distance itself does. On vectors of length 1 both rank
            alike.

    Returns:
        (q, g) float32.

    Raises:
        ValueError: vectors that are not (n, d) or differ in d; a value that is not finite, or
            with "cosine" a vector of zeros (the message says which row); an unknown metric.

    >>> rank([[3, 4]], [[6, 8], [4, -3]]).round(6).tolist()
    [[0.0, 1.0]]
    >>> rank([[3, 4]], [[6, 8], [4, -3]], "euclidean").tolist()
    [[25.0, 50.0]]
    """
    query = prepared(query_vectors, "query", metric)
    return between(query, prepared(gallery_vectors, "gallery", metric), metric)


def prepared(vectors: ArrayLike, what: str, metric: Metric) -> Vectors:
    """Vectors as `between` takes them: float32, checked, and of length 1 for "cosine".

    Args:
        vectors: (n, d).
        what: what messages call a row, such as "query".
        metric: see `rank`.

    Raises:
        ValueError: see `rank`.
    """
    if metric not in get_args(Metric):
        raise ValueError(f"metric {metric!r}: expected one of {', '.join(get_args(Metric))}")
    v = np.asarray(vectors, dtype=np.float32)
    if v.ndim != 2:
        raise ValueError(f"{what} vectors have shape {v.shape}: expected (n, d)")
    squares = np.einsum("nd,nd->n", v, v, dtype=np.float64)
    _check_rows(np.isfinite(squares), what, "is not finite")
    if metric == "euclidean":
        return v
    _check_rows(squares > 0, what, "is zero: it has no direction")
    unit: Vectors = v / np.sqrt(squares)[:, None].astype(np.float32)
    return unit


def between(query: Vectors, gallery: Vectors, metric: Metric) -> Vectors:
    """Distances (q, g) float32 of vectors that are `prepared`; never below 0.

    Raises:
        ValueError: vectors of different lengths d.
    """
    if query.shape[1] != gallery.shape[1]:
        raise ValueError(
            f"query vectors have {query.shape[1]} numbers, gallery vectors {gallery.shape[1]}"
        )
    result: Vectors = query @ gallery.T
    if metric == "cosine":
        np.subtract(np.float32(1), result, out=result)
    else:
        result *= -2
        result += np.einsum("nd,nd->n", query, query)[:, None]
        result += np.einsum("nd,nd->n", gallery, gallery)
    np.maximum(result, 0, out=result)
    return result


def rows_at_once(columns: int) -> int:
    """How many rows of distances make a piece of bounded size."""
    return max(1, CHUNK // max(1, columns))


def _check_rows(good: NDArray[np.bool], what: str, problem: str) -> None:
    if not good.all():
        raise ValueError(f"{what} vector {int(np.argmin(good))} {problem}")

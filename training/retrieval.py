"""How well vectors find people: CMC, mean average precision and mINP.

The protocol of Market-1501 (Zheng et al., Scalable Person Re-identification: A Benchmark, ICCV
2015, section 4): pictures of the same identity by the same camera are left out for each query,
junk is left out altogether, distractors stay and count against. The average precision is the mean
of the precisions at the right pictures, as in other software for re-identification, and not the
area under linear pieces (trapezia) of the benchmark's first evaluation code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..sequences.views import Ints
from .distances import Distances, Metric, between, prepared, rank, rows_at_once
from .relevance import Relevance

__all__ = ["Relevance", "RetrievalScores", "evaluate", "evaluate_vectors", "judge", "rank"]


@dataclass(frozen=True, eq=False)
class RetrievalScores:
    """What came of a set of queries.

    Attributes:
        cmc: (max_rank,) the share of queries with a right picture among the first 1, 2, ...; it
            never goes down, and stays as it is past the end of a short gallery.
        mAP: mean average precision, 0 to 1.
        mINP: mean inverse negative penalty, 0 to 1: the number of right pictures divided by the
            position of the last of them (Ye et al., Deep Learning for Person Re-identification:
            A Survey and Outlook, 2021, section 4.2).
        average_precision: (q,) of each query; NaN for a query without a right picture.
        first: (q,) position of the first right picture from 1; 0 for a query without one.
        queries: how many queries counted.
        unmatched: how many had no right picture in the gallery and did not count.
        gallery: how many gallery pictures there were, without junk.
        junk: how many gallery pictures were junk.
    """

    cmc: NDArray[np.float64]
    mAP: float
    mINP: float
    average_precision: NDArray[np.float64]
    first: Ints
    queries: int
    unmatched: int
    gallery: int
    junk: int

    def rank(self, k: int) -> float:
        """The share of queries with a right picture among the first k.

        Raises:
            ValueError: k below 1 or above the `max_rank` that was asked for.
        """
        if not 1 <= k <= len(self.cmc):
            raise ValueError(f"rank {k}: expected 1 to {len(self.cmc)}")
        return float(self.cmc[k - 1])

    def to_json(self) -> dict[str, object]:
        """Numbers and lists, without what belongs to single queries."""
        return {
            "mAP": self.mAP,
            "mINP": self.mINP,
            "cmc": self.cmc.tolist(),
            "queries": self.queries,
            "unmatched": self.unmatched,
            "gallery": self.gallery,
            "junk": self.junk,
        }


def evaluate(
    distances: ArrayLike,
    query_identity: ArrayLike,
    query_camera: ArrayLike,
    gallery_identity: ArrayLike,
    gallery_camera: ArrayLike,
    *,
    own: ArrayLike | None = None,
    max_rank: int = 50,
) -> RetrievalScores:
    """CMC, mAP and mINP of distances.

    Of several pictures at the same distance the wrong ones come first, so that the result does
    not depend on the gallery's order and nothing is won by answering always the same.

    Args:
        distances: (q, g), smaller is more alike; any finite numbers.
        query_identity: (q,), as are the next; see `Relevance`.
        query_camera: (q,).
        gallery_identity: (g,).
        gallery_camera: (g,).
        own: (q,) or None; see `Relevance`.
        max_rank: length of the CMC curve.

    Raises:
        ValueError: another shape, a distance that is not finite (the message says of which
            query), no query with a right picture, or what `Relevance` refuses.

    >>> scores = evaluate([[0.1, 0.5, 0.3]], [7], [0], [7, 7, 2], [0, 1, 1])
    >>> scores.cmc[:3].tolist(), scores.mAP      # the first is by the query's own camera
    ([0.0, 1.0, 1.0], 0.5)
    """
    relevance = Relevance(query_identity, query_camera, gallery_identity, gallery_camera, own)
    given = np.asarray(distances)
    if given.shape != relevance.shape:
        raise ValueError(f"distances have shape {given.shape}: expected {relevance.shape}")
    if not np.issubdtype(given.dtype, np.floating):
        given = given.astype(np.float64)
    step = rows_at_once(given.shape[1])
    parts = (given[start : start + step] for start in range(0, len(given), step))
    return judge(parts, relevance, max_rank)


def evaluate_vectors(
    query_vectors: ArrayLike,
    gallery_vectors: ArrayLike,
    relevance: Relevance,
    metric: Metric = "cosine",
    max_rank: int = 50,
    progress: Callable[[int], None] | None = None,
) -> RetrievalScores:
    """CMC, mAP and mINP of vectors, without ever holding all distances.

    Args:
        query_vectors: (q, d).
        gallery_vectors: (g, d).
        relevance: who counts.
        metric: see `rank`.
        max_rank: length of the CMC curve.
        progress: called with the number of queries done.

    Raises:
        ValueError: see `rank` and `evaluate`.
    """
    query = prepared(query_vectors, "query", metric)
    gallery = prepared(gallery_vectors, "gallery", metric)
    if (len(query), len(gallery)) != relevance.shape:
        raise ValueError(
            f"{len(query)} query and {len(gallery)} gallery vectors: expected {relevance.shape}"
        )

    def parts() -> Iterator[Distances]:
        step = rows_at_once(len(gallery))
        for start in range(0, len(query), step):
            if progress is not None:
                progress(start)
            yield between(query[start : start + step], gallery, metric)

    return judge(parts(), relevance, max_rank)


def judge(parts: Iterable[Distances], relevance: Relevance, max_rank: int) -> RetrievalScores:
    """The scores of distances that come in pieces.

    Args:
        parts: (n, g) each, the rows of the queries in order.
        relevance: who counts.
        max_rank: length of the CMC curve.

    Raises:
        ValueError: a distance that is not finite, no query with a right picture, or `max_rank`
            below 1.
    """
    if max_rank < 1:
        raise ValueError(f"max_rank is {max_rank}: expected 1 or more")
    precision, penalty = np.full((2, relevance.shape[0]), np.nan)
    first = np.zeros(relevance.shape[0], np.int64)
    query = 0
    for part in parts:
        for row, ordered in zip(part, _ordered(part, relevance, query), strict=True):
            places = _places(row, ordered, *relevance.rows(query))
            if len(places):
                precision[query] = (np.arange(1, len(places) + 1) / places).mean()
                penalty[query] = len(places) / places[-1]
                first[query] = places[0]
            query += 1
    return _summary(precision, penalty, first, relevance, max_rank)


def _ordered(part: Distances, relevance: Relevance, query: int) -> Distances:
    """Each row's distances to what is no junk, ascending.

    Raises:
        ValueError: one that is not finite; the message counts queries from `query`.
    """
    whole = len(relevance.shown) == part.shape[1]
    ordered = np.sort(part if whole else part[:, relevance.shown], axis=1)
    if ordered.shape[1]:
        # What is not a number is sorted to the end.
        bad = ~(np.isfinite(ordered[:, 0]) & np.isfinite(ordered[:, -1]))
        if bad.any():
            row = query + int(np.argmax(bad))
            raise ValueError(f"a distance of query {row} is not finite: expected numbers")
    return ordered


def _places(row: Distances, ordered: Distances, right: Ints, hidden: Ints) -> Ints:
    """Where the right pictures come in a query's ranking, from 1, ascending.

    Counting those at most as far away finds them without sorting the pictures themselves.

    Args:
        row: (g,) distances.
        ordered: the same ascending, without junk.
        right: gallery rows.
        hidden: gallery rows that are not shown, junk aside.
    """
    hits = np.sort(row[right])
    others = np.searchsorted(ordered, hits, "right") - np.searchsorted(hits, hits, "right")
    if len(hidden):
        others -= np.searchsorted(np.sort(row[hidden]), hits, "right")
    return np.asarray(np.arange(1, len(hits) + 1) + others, dtype=np.int64)


def _summary(
    precision: NDArray[np.float64],
    penalty: NDArray[np.float64],
    first: Ints,
    relevance: Relevance,
    max_rank: int,
) -> RetrievalScores:
    matched = first > 0
    total = int(matched.sum())
    if not total:
        raise ValueError(
            f"none of the {len(first)} queries has a right picture in the gallery: expected"
            " pictures of the same identity by another camera"
        )
    found = np.bincount(np.minimum(first[matched] - 1, max_rank), minlength=max_rank + 1)
    return RetrievalScores(
        cmc=np.cumsum(found[:max_rank]) / total,
        mAP=float(precision[matched].mean()),
        mINP=float(penalty[matched].mean()),
        average_precision=precision,
        first=first,
        queries=total,
        unmatched=len(first) - total,
        gallery=len(relevance.shown),
        junk=relevance.shape[1] - len(relevance.shown),
    )

"""Rankings of a gallery, one for each way of comparing, as a table and as a picture."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TextIO

import numpy as np

from ..models.embedder import Vectors
from ..progress import Progress
from ..ranked_list import Tile, draw_ranked_list
from ..sequences.views import Image, Ints
from ..training.distances import Metric, rank
from ..training.pictures import UNKNOWN_CAMERA, Pictures, ReidData
from ..training.relevance import Relevance
from ..training.reranking import k_reciprocal
from ..training.retrieval import RetrievalScores, evaluate_vectors, judge

SHOWN = 10
"""Gallery pictures drawn for a query."""
RANKS = (1, 5, 10)
PIECE = 256
"""Queries whose distances are sorted at once."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """What came of one way of comparing.

    Args:
        feature: "f_i" or "f_t".
        metric: "cosine" or "euclidean".
        reranked: by k-reciprocal neighbours.
        scores: of all queries.
        seconds: that ranking and scoring took.
        distances: (k, g) of k query rows.
    """

    feature: str
    metric: Metric
    reranked: bool
    scores: RetrievalScores
    seconds: float
    distances: Callable[[Ints], Vectors]

    @property
    def label(self) -> str:
        """Such as "f_i cosine, re-ranked"."""
        return f"{self.feature} {self.metric}" + (", re-ranked" if self.reranked else "")

    def to_json(self, max_rank: int) -> dict[str, object]:
        """Everything as JSON has it; shares are 0 to 1."""
        found = self.scores.to_json()
        return {
            "feature": self.feature,
            "metric": self.metric,
            "reranked": self.reranked,
            **{f"rank-{k}": self.scores.rank(k) for k in RANKS},
            **{name: found[name] for name in ("mAP", "mINP", "queries", "unmatched", "gallery")},
            "cmc": self.scores.cmc[:max_rank].tolist(),
            "seconds": round(self.seconds, 3),
        }


def make_rankings(
    vectors: Mapping[str, Vectors],
    relevance: Relevance,
    *,
    features: Sequence[str],
    metrics: Sequence[Metric],
    rerank: bool,
    max_rank: int,
    log: TextIO | None,
) -> list[Ranking]:
    """A ranking for each feature and metric, and one more of each if they are re-ranked.

    Args:
        vectors: (q + g, d) by the feature's name, the queries first.
        relevance: of q queries and g gallery pictures, without junk.
        features: names of `vectors`.
        metrics: names.
        rerank: as well.
        max_rank: length of the CMC curve, at least 10.
        log: told how far it has come.

    Raises:
        ValueError: see `evaluate_vectors`.
    """
    result: list[Ranking] = []
    for feature in dict.fromkeys(features):
        query, gallery = np.split(vectors[feature], [relevance.shape[0]])
        for metric in dict.fromkeys(metrics):
            begun = time.monotonic()
            scores = evaluate_vectors(query, gallery, relevance, metric, max_rank)
            seconds = time.monotonic() - begun
            found = partial(_plain, query, gallery, metric)
            result.append(Ranking(feature, metric, False, scores, seconds, found))
            if rerank:
                result.append(_reranked(feature, metric, query, gallery, relevance, max_rank, log))
    return result


def _plain(query: Vectors, gallery: Vectors, metric: Metric, rows: Ints) -> Vectors:
    return rank(query[rows], gallery, metric)


def _reranked(
    feature: str,
    metric: Metric,
    query: Vectors,
    gallery: Vectors,
    relevance: Relevance,
    max_rank: int,
    log: TextIO | None,
) -> Ranking:
    begun = time.monotonic()
    total = len(query) + len(gallery)
    said = Progress(log, "re-ranking", total, unit="pictures", pace="pictures/s")
    distances = k_reciprocal(query, gallery, metric=metric, progress=said)
    said.finish(total)
    pieces = (distances[row : row + PIECE] for row in range(0, len(query), PIECE))
    scores = judge(pieces, relevance, max_rank)
    seconds = time.monotonic() - begun
    return Ranking(feature, metric, True, scores, seconds, distances.__getitem__)


def table_of(rankings: Sequence[Ranking], name: str, junk: int) -> str:
    """The scores in percent, under a line that says what of what."""
    scores = rankings[0].scores
    left = [
        f"{count:,} {what}"
        for count, what in ((junk, "junk pictures"), (scores.unmatched, "queries without a match"))
        if count
    ]
    head = f"{name}: {scores.queries:,} queries, {scores.gallery:,} gallery pictures"
    width = max(len(ranking.label) for ranking in rankings)
    names = (*(f"rank-{k}" for k in RANKS), "mAP", "mINP", "seconds")
    lines = [
        head + (f" ({' and '.join(left)} left out)" if left else ""),
        " " * width + "".join(f"{column:>9}" for column in names),
    ]
    for ranking in rankings:
        found = ranking.scores
        shares = (*(found.rank(k) for k in RANKS), found.mAP, found.mINP)
        cells = "".join(f"{100 * share:9.2f}" for share in shares)
        lines.append(f"{ranking.label:<{width}}{cells}{ranking.seconds:9.1f}")
    return "\n".join(lines)


def picture_of(ranking: Ranking, data: ReidData, relevance: Relevance, count: int) -> Image:
    """The queries of least average precision, worst first, and what came first for them.

    Args:
        ranking: what is drawn.
        data: its queries and gallery.
        relevance: of these.
        count: how many queries; fewer where there are not as many with a right picture.

    Returns:
        uint8 (height, width, 3) RGB.
    """
    precision = ranking.scores.average_precision
    worst = np.argsort(precision, kind="stable")  # NaN, of queries that do not count, come last
    worst = worst[: min(count, ranking.scores.queries)]
    rows = []
    for query, distances in zip(worst.tolist(), ranking.distances(worst), strict=True):
        first = ranking.scores.first[query]
        said = (f"AP {100 * precision[query]:.1f}%", f"first right: {first}")
        tiles = [_tile(data.query, query, said)]
        found, right = relevance.matches(query, distances, SHOWN)
        for place, is_right in zip(found.tolist(), right.tolist(), strict=True):
            tiles.append(_tile(data.gallery, place, (f"{distances[place]:.4f}",), is_right))
        rows.append(tiles)
    return draw_ranked_list(rows)


def _tile(pictures: Pictures, row: int, said: tuple[str, ...], right: bool | None = None) -> Tile:
    camera = pictures.camera[row]
    where = "" if camera == UNKNOWN_CAMERA else f" cam {camera}"
    return Tile(pictures.image(row), (f"id {pictures.identity[row]}{where}", *said), right)

"""Measuring an embedder on a data set in all the ways in which the papers' tables do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TextIO, get_args

import numpy as np

from ..models import Embedder
from ..models.embedder import Vectors
from ..progress import Progress
from .distances import Metric
from .features import feature_vectors
from .pictures import Pictures, ReidData
from .relevance import Relevance
from .reranking import k_reciprocal
from .retrieval import RetrievalScores, evaluate_vectors, judge

Scores = dict[str, dict[str, float]]
"""What `measure` gives: rank-1, mAP and mINP in percent, by `way`."""

CROPS = 256
"""Pictures that are decoded at once."""


def way(feature: str, metric: Metric, rerank: bool = False) -> str:
    """What a way of measuring is called.

    >>> way("f_i", "cosine", rerank=True)
    'f_i cosine re-ranked'
    """
    return f"{feature} {metric}{' re-ranked' if rerank else ''}"


def measure(
    embedder: Embedder,
    data: ReidData,
    reranked: Iterable[tuple[str, Metric]] = (),
    *,
    log: TextIO | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Scores:
    """Scores of all features by all distances; the pictures are embedded once.

    Args:
        embedder: a `TorchEmbedder` has its network's vectors of any length compared, so that the
            two distances differ.
        data: its query and gallery.
        reranked: for which of them k-reciprocal re-ranking follows as well.
        log: told how far it has come; None: silence.
        stop: asked between batches.

    Returns:
        "rank-1", "mAP" and "mINP" in percent, for each `way`.

    Raises:
        KeyboardInterrupt: `stop` said so.
        ValueError: no query has a right picture in the gallery, or a vector is not finite.
    """
    relevance = Relevance.of(data.query, data.gallery)
    gallery = data.gallery[relevance.shown]  # without junk, which would be a neighbour
    shown = Relevance.of(data.query, gallery)
    both = _vectors(embedder, Pictures.concatenate([data.query, gallery]), log, stop)
    found: Scores = {}
    count = len(data.query)
    for feature, vectors in both.items():
        for metric in get_args(Metric):
            scores = evaluate_vectors(vectors[:count], vectors[count:], shown, metric)
            found[way(feature, metric)] = _percent(scores)
    for feature, metric in reranked:
        distances = k_reciprocal(both[feature][:count], both[feature][count:], metric=metric)
        found[way(feature, metric, rerank=True)] = _percent(judge([distances], shown, max_rank=1))
    return found


def _vectors(
    embedder: Embedder, pictures: Pictures, log: TextIO | None, stop: Callable[[], bool]
) -> dict[str, Vectors]:
    """(n, d) of each feature."""
    parts: dict[str, list[Vectors]] = {}
    progress = Progress(log, "embedding", len(pictures), unit="pictures", pace="pictures/s")
    for start in range(0, len(pictures), CROPS):
        if stop():
            raise KeyboardInterrupt
        rows = range(start, min(start + CROPS, len(pictures)))
        crops = [pictures.image(row) for row in rows]
        for feature, vectors in feature_vectors(embedder, crops).items():
            parts.setdefault(feature, []).append(vectors)
        progress(rows.stop)
    progress.finish(len(pictures))
    return {feature: np.concatenate(vectors) for feature, vectors in parts.items()}


def _percent(scores: RetrievalScores) -> dict[str, float]:
    found = {"rank-1": scores.rank(1), "mAP": scores.mAP, "mINP": scores.mINP}
    return {name: round(100 * value, 2) for name, value in found.items()}

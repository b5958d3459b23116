"""HOTA and its parts.

Luiten, Osep, Dendorfer, Torr, Geiger, Leal-Taixe, Leibe 2021, HOTA: a higher order metric for
evaluating multi-object tracking, section 5; the conventions are those of TrackEval: the matching
is one assignment an instant that serves all thresholds, and every measure is the mean over the
thresholds 0.05, 0.10 ... 0.95.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .matching import Pairs, best_by_score
from .sequences.cameras import Floats
from .sequences.views import Ints

ALPHAS = np.arange(0.05, 0.99, 0.05)
"""The 19 similarity thresholds."""

_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class HotaCounts:
    """What HOTA is made of, at each of the 19 thresholds; those of several sequences add up.

    Args:
        truth, predicted: rows in the tables.
        matches: (19,) matched pairs (TP).
        association, association_recall, association_precision: (19,) sums over the matches of the
            association's Jaccard index, recall and precision.
        similarity: (19,) sums over the matches.
    """

    truth: int
    predicted: int
    matches: Floats
    association: Floats
    association_recall: Floats
    association_precision: Floats
    similarity: Floats

    def __add__(self, other: HotaCounts) -> HotaCounts:
        return HotaCounts(
            self.truth + other.truth,
            self.predicted + other.predicted,
            self.matches + other.matches,
            self.association + other.association,
            self.association_recall + other.association_recall,
            self.association_precision + other.association_precision,
            self.similarity + other.similarity,
        )

    @property
    def hota(self) -> float:
        """Mean of sqrt(DetA AssA), 0 to 1."""
        return self._mean(np.sqrt(self._detection() * self._each(self.association)))

    @property
    def deta(self) -> float:
        """Mean of matches / (matches + misses + false positives)."""
        return self._mean(self._detection())

    @property
    def detre(self) -> float:
        """Mean of matches / truth rows; 0 without truth."""
        return self._mean(self.matches / max(1, self.truth))

    @property
    def detpr(self) -> float:
        """Mean of matches / predicted rows; 0 without predictions."""
        return self._mean(self.matches / max(1, self.predicted))

    @property
    def assa(self) -> float:
        """Mean association accuracy; 0 at thresholds without a match."""
        return self._mean(self._each(self.association))

    @property
    def assre(self) -> float:
        """Mean association recall."""
        return self._mean(self._each(self.association_recall))

    @property
    def asspr(self) -> float:
        """Mean association precision."""
        return self._mean(self._each(self.association_precision))

    @property
    def loca(self) -> float:
        """Mean similarity of the matches; 1 at thresholds without a match."""
        none = self.matches == 0
        return self._mean(np.where(none, 1, self.similarity / np.maximum(1, self.matches)))

    def _detection(self) -> Floats:
        return np.asarray(self.matches / np.maximum(1, self.truth + self.predicted - self.matches))

    def _each(self, total: Floats) -> Floats:
        return np.asarray(total / np.maximum(1, self.matches))

    def _mean(self, values: Floats) -> float:
        """Mean over the thresholds; NaN if both tables are empty."""
        return float(values.mean()) if self.truth + self.predicted else float("nan")


def associate(pairs: Pairs) -> HotaCounts:
    """Match every instant so that identities which overlap most over time stay together.

    The assignment at an instant maximises the sum of similarity times the Jaccard index of the
    two identities over the whole sequence.
    """
    n, m = len(pairs.truth_rows), len(pairs.predicted_rows)
    truth_code, truth_count = _coded(pairs.truth_rows.identity)
    predicted_code, predicted_count = _coded(pairs.predicted_rows.identity)
    codes = truth_code[pairs.truth] * max(1, len(predicted_count)) + predicted_code[pairs.predicted]
    # One cell for each pair of identities that ever meet; the full table may be much larger.
    cells, cell = np.unique(codes, return_inverse=True)
    of_truth = truth_count[cells // max(1, len(predicted_count))]
    of_predicted = predicted_count[cells % max(1, len(predicted_count))]
    met = np.bincount(cell, _shared(pairs, n, m), minlength=len(cells))
    score = (met / (of_truth + of_predicted - met))[cell] * pairs.similarity
    chosen = best_by_score(pairs, score)
    similarity, cell = pairs.similarity[chosen], cell[chosen]
    sums = np.zeros((5, len(ALPHAS)))
    for k, alpha in enumerate(ALPHAS):
        hit = similarity >= alpha - _EPS
        together = np.bincount(cell[hit], minlength=len(cells))
        sums[0, k] = hit.sum()
        sums[1, k] = (together**2 / (of_truth + of_predicted - together)).sum()
        sums[2, k] = (together**2 / of_truth).sum()
        sums[3, k] = (together**2 / of_predicted).sum()
        sums[4, k] = similarity[hit].sum()
    return HotaCounts(n, m, *sums)


def _coded(identity: Ints) -> tuple[Ints, Ints]:
    """Identities numbered from 0, (n,), and how many rows each has."""
    _, code, count = np.unique(identity, return_inverse=True, return_counts=True)
    return code.astype(np.int64), count.astype(np.int64)


def _shared(pairs: Pairs, n: int, m: int) -> Floats:
    """Each pair's similarity as a share of all the similarity that its two rows have."""
    by_truth = np.bincount(pairs.truth, pairs.similarity, minlength=n)
    by_predicted = np.bincount(pairs.predicted, pairs.similarity, minlength=m)
    whole = by_truth[pairs.truth] + by_predicted[pairs.predicted] - pairs.similarity
    return np.where(whole > _EPS, pairs.similarity / np.maximum(whole, _EPS), 0)

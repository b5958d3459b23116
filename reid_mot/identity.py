"""The identity measures: IDF1, IDP and IDR.

Ristani, Solera, Zou, Cucchiara, Tomasi 2016, Performance measures and a data set for
multi-target, multi-camera tracking, the section on measures: each truth identity is given at
most one predicted identity for the whole sequence, so that as many rows as possible agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from .matching import Pairs


@dataclass(frozen=True)
class IdentityCounts:
    """What the identity measures are made of; counts of several sequences add up.

    Args:
        truth, predicted: rows in the tables.
        true_positives: rows that agree under the best assignment of identities (IDTP).
    """

    truth: int = 0
    predicted: int = 0
    true_positives: int = 0

    def __add__(self, other: IdentityCounts) -> IdentityCounts:
        return IdentityCounts(
            self.truth + other.truth,
            self.predicted + other.predicted,
            self.true_positives + other.true_positives,
        )

    @property
    def idf1(self) -> float:
        """2 IDTP / (truth rows + predicted rows); NaN if both tables are empty."""
        rows = self.truth + self.predicted
        return 2 * self.true_positives / rows if rows else float("nan")

    @property
    def idp(self) -> float:
        """IDTP / predicted rows; NaN without predictions."""
        return self.true_positives / self.predicted if self.predicted else float("nan")

    @property
    def idr(self) -> float:
        """IDTP / truth rows; NaN without truth."""
        return self.true_positives / self.truth if self.truth else float("nan")


def identify(pairs: Pairs) -> IdentityCounts:
    """Count the rows on which truth and prediction agree under the best assignment of identities.

    Least IDFN + IDFP and greatest IDTP are the same assignment: each row that agrees takes one
    from either.
    """
    truth = pairs.truth_rows.identity[pairs.truth[pairs.within]]
    predicted = pairs.predicted_rows.identity[pairs.predicted[pairs.within]]
    true_positives = 0
    if len(truth):
        _, row = np.unique(truth, return_inverse=True)
        _, column = np.unique(predicted, return_inverse=True)
        agree = np.zeros((int(row.max()) + 1, int(column.max()) + 1))
        np.add.at(agree, (row, column), 1)
        true_positives = int(agree[linear_sum_assignment(agree, maximize=True)].sum())
    return IdentityCounts(len(pairs.truth_rows), len(pairs.predicted_rows), true_positives)

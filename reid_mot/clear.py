"""The CLEAR measures: misses, false positives, switches, fragmentations, MOTA and MOTP.

Bernardin and Stiefelhagen 2008, Evaluating multiple object tracking performance: the CLEAR MOT
metrics, section 2. Where implementations differ this one does as motmetrics 1.4 does:

- A pair that was matched when its truth was last matched, however long ago, is matched again
  while it is within the gate (TrackEval: only if that was the instant before). The remaining
  truths and predictions are matched to the greatest number of pairs, then the least distance.
- A truth that comes back with another predicted identity is one switch, even after an absence.
- Mostly tracked: matched in at least 80% of its rows (TrackEval: more than 80%); mostly lost:
  in less than 20%.
- A fragmentation is a miss, or a run of misses, between two matches of one truth, also where
  nothing at all was predicted (TrackEval skips such instants).
- MOTP is the mean distance of the matches. `Scores.motp` turns 1 - IoU into the mean IoU.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from .matching import Bools, Pairs, blocks
from .sequences.cameras import Floats
from .sequences.views import Ints


@dataclass(frozen=True)
class ClearCounts:
    """What the CLEAR measures are made of; counts of several sequences add up.

    Args:
        truth, predicted: rows in the tables.
        matches: matched rows, those after a switch included.
        distance: sum over the matches, metres or 1 - IoU.
        switches: matches whose truth was last matched with another predicted identity.
        fragmentations: interruptions of a truth's being matched.
        mostly_tracked, partly_tracked, mostly_lost: truth identities.
    """

    truth: int = 0
    predicted: int = 0
    matches: int = 0
    distance: float = 0.0
    switches: int = 0
    fragmentations: int = 0
    mostly_tracked: int = 0
    partly_tracked: int = 0
    mostly_lost: int = 0

    def __add__(self, other: ClearCounts) -> ClearCounts:
        return ClearCounts(
            self.truth + other.truth,
            self.predicted + other.predicted,
            self.matches + other.matches,
            self.distance + other.distance,
            self.switches + other.switches,
            self.fragmentations + other.fragmentations,
            self.mostly_tracked + other.mostly_tracked,
            self.partly_tracked + other.partly_tracked,
            self.mostly_lost + other.mostly_lost,
        )

    @property
    def misses(self) -> int:
        """Truth rows without a match."""
        return self.truth - self.matches

    @property
    def false_positives(self) -> int:
        """Predicted rows without a match."""
        return self.predicted - self.matches

    @property
    def mota(self) -> float:
        """1 - (misses + false positives + switches) / truth rows; NaN without truth."""
        wrong = self.misses + self.false_positives + self.switches
        return 1 - wrong / self.truth if self.truth else float("nan")

    @property
    def motp(self) -> float:
        """Mean distance of the matches; NaN without any."""
        return self.distance / self.matches if self.matches else float("nan")


def clear(pairs: Pairs) -> ClearCounts:
    """Count the CLEAR events of one sequence (one camera, or the ground plane)."""
    matched = match(pairs)
    truth_rows = pairs.truth_rows
    rows, partner = pairs.truth[matched], pairs.predicted_rows.identity[pairs.predicted[matched]]
    order = np.lexsort((truth_rows.time[rows], truth_rows.identity[rows]))
    who, partner = truth_rows.identity[rows][order], partner[order]
    tracked = np.zeros(len(truth_rows), dtype=bool)
    tracked[rows] = True
    ratio = _tracked_ratio(truth_rows.identity, tracked)
    return ClearCounts(
        truth=len(truth_rows),
        predicted=len(pairs.predicted_rows),
        matches=len(rows),
        distance=float(pairs.distance[matched].sum()),
        switches=int(((who[1:] == who[:-1]) & (partner[1:] != partner[:-1])).sum()),
        fragmentations=_fragmentations(truth_rows.identity, truth_rows.time, tracked),
        mostly_tracked=int((ratio >= 0.8).sum()),
        partly_tracked=int(((ratio >= 0.2) & (ratio < 0.8)).sum()),
        mostly_lost=int((ratio < 0.2).sum()),
    )


def match(pairs: Pairs) -> Bools:
    """Which pairs CLEAR matches, (p,).

    Instants at which nobody has two candidates need no decision; only the others are walked
    through in order of time, with what was matched last.
    """
    chosen = pairs.within.copy()
    where = np.flatnonzero(chosen)
    truth, predicted = pairs.truth[where], pairs.predicted[where]
    rivals = np.zeros(len(where), dtype=bool)
    if len(where):
        rivals = (np.bincount(truth)[truth] > 1) | (np.bincount(predicted)[predicted] > 1)
    contested = np.bincount(pairs.time[where][rivals], minlength=pairs.instants) > 0
    owner = pairs.truth_rows.identity[pairs.truth]
    partner = pairs.predicted_rows.identity[pairs.predicted]
    last: dict[int, int] = {}
    done = 0
    for rows, columns, shape, here in blocks(pairs, contested):
        past = np.flatnonzero(chosen[done : here.start]) + done
        last.update(zip(owner[past].tolist(), partner[past].tolist(), strict=True))
        people = zip(owner[here].tolist(), partner[here].tolist(), strict=True)
        known = np.array([last.get(truth) == predicted for truth, predicted in people])
        distance = np.where(pairs.within[here], pairs.distance[here], np.inf)
        chosen[here] = _match_instant(rows, columns, shape, distance, known)
        done = here.start
    return chosen


def _match_instant(
    rows: Ints, columns: Ints, shape: tuple[int, int], distance: Floats, known: Bools
) -> Bools:
    """One instant's matches among k pairs.

    Args:
        rows, columns, shape: the pairs' places in the instant's table.
        distance: (k,), infinite where a match is forbidden.
        known: (k,) whether the pair was matched when its truth was last matched.
    """
    chosen = np.zeros(len(rows), dtype=bool)
    free_row, free_column = np.ones(shape[0], dtype=bool), np.ones(shape[1], dtype=bool)
    for pair in np.flatnonzero(known & np.isfinite(distance)):
        # Two truths may both have been matched last with this prediction: the first keeps it.
        if free_column[columns[pair]]:
            chosen[pair] = True
            free_row[rows[pair]] = free_column[columns[pair]] = False
    left = free_row[rows] & free_column[columns] & np.isfinite(distance)
    if not left.any():
        return chosen
    if np.bincount(rows[left]).max() == 1 and np.bincount(columns[left]).max() == 1:
        return chosen | left
    cost = np.full(shape, np.inf)
    cost[rows[left], columns[left]] = distance[left]
    picked = np.zeros(cost.shape, dtype=bool)
    picked[_cheapest(cost)] = True
    return chosen | (left & picked[rows, columns])


def _cheapest(cost: Floats) -> tuple[Ints, Ints]:
    """The most pairs of finite cost, and of those the cheapest; (rows, columns)."""
    allowed = np.isfinite(cost)
    # One forbidden pair costs more than all allowed pairs of an assignment together.
    forbidden = 2 * min(cost.shape) * (cost[allowed].max() + 1) + 1
    return linear_sum_assignment(np.where(allowed, cost, forbidden))


def _tracked_ratio(identity: Ints, tracked: Bools) -> Floats:
    _, code = np.unique(identity, return_inverse=True)
    return np.asarray(np.bincount(code, tracked) / np.maximum(np.bincount(code), 1))


def _fragmentations(identity: Ints, time: Ints, tracked: Bools) -> int:
    """Runs of matched rows of each identity, less the first run."""
    order = np.lexsort((time, identity))
    who, hit = identity[order], tracked[order]
    starts = hit.copy()
    starts[1:] &= ~(hit[:-1] & (who[1:] == who[:-1]))
    return int(starts.sum()) - len(np.unique(who[hit]))

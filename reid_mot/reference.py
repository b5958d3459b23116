"""The CLEAR and identity counts as the library motmetrics finds them.

Only its accumulator and its metrics host are used, one sequence at a time, fed with our own
distances: its box distances and its merging of sequences fail on NumPy 2 and pandas 2. Counts
of several sequences are added up by us.
"""

from __future__ import annotations

import warnings

import numpy as np

from .clear import ClearCounts
from .identity import IdentityCounts
from .matching import Pairs

_CLEAR = {
    "truth": "num_objects",
    "predicted": "num_predictions",
    "matches": "num_detections",
    "switches": "num_switches",
    "fragmentations": "num_fragmentations",
    "mostly_tracked": "mostly_tracked",
    "partly_tracked": "partially_tracked",
    "mostly_lost": "mostly_lost",
}


def clear_by_motmetrics(pairs: Pairs) -> ClearCounts:
    """The CLEAR counts of one sequence."""
    values = _compute(pairs, [*_CLEAR.values(), "motp"])
    counts = ClearCounts(**{ours: int(values[theirs]) for ours, theirs in _CLEAR.items()})
    distance = values["motp"] * counts.matches if counts.matches else 0.0
    return counts + ClearCounts(distance=distance)


def identify_by_motmetrics(pairs: Pairs) -> IdentityCounts:
    """The identity counts of one sequence."""
    values = _compute(pairs, ["num_objects", "num_predictions", "idtp"])
    return IdentityCounts(*(int(values[n]) for n in ("num_objects", "num_predictions", "idtp")))


def _compute(pairs: Pairs, names: list[str]) -> dict[str, float]:
    import motmetrics  # imports pandas: only where it is asked for

    with warnings.catch_warnings(), motmetrics.lap.set_default_solver("scipy"):
        # pandas 3 deprecates what motmetrics 1.4 calls; nothing a user could do about.
        warnings.simplefilter("ignore")
        accumulator = motmetrics.MOTAccumulator()
        every = np.arange(pairs.instants + 1)
        truth, predicted = pairs.truth_rows, pairs.predicted_rows
        top, left, edges = (
            np.searchsorted(times, every) for times in (truth.time, predicted.time, pairs.time)
        )
        for t in range(pairs.instants):
            distance = np.full((top[t + 1] - top[t], left[t + 1] - left[t]), np.nan)
            here = np.arange(edges[t], edges[t + 1])
            here = here[pairs.within[here]]
            at = pairs.truth[here] - top[t], pairs.predicted[here] - left[t]
            distance[at] = pairs.distance[here]
            accumulator.update(
                truth.identity[top[t] : top[t + 1]],
                predicted.identity[left[t] : left[t + 1]],
                distance,
                frameid=t,
            )
        host = motmetrics.metrics.create()
        result = host.compute(accumulator, metrics=names, return_dataframe=False)
    return {name: float(result[name]) for name in names}

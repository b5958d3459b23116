"""The counts by motmetrics: fed as a user of that library would feed it, and where it differs."""

import warnings
from typing import Any

import numpy as np
import pytest

from reid_mot.clear import ClearCounts, clear
from reid_mot.identity import IdentityCounts
from reid_mot.matching import Pairs, Rows, pair_boxes, pair_points
from reid_mot.reference import clear_by_motmetrics, identify_by_motmetrics


def boxes(rng: np.random.Generator, instants: int, people: int) -> Rows:
    seen = np.flatnonzero(rng.random(instants * people) < 0.7)
    corner = 8.0 * (seen % people)[:, None] + rng.uniform(0, 12, (len(seen), 2))
    box = np.hstack([corner, corner + rng.uniform(20, 40, (len(seen), 2))])
    return Rows.ordered(seen // people, seen % people, box)


def test_counts_are_those_of_motmetrics_with_its_own_distances() -> None:
    import motmetrics

    rng = np.random.default_rng(5)
    truth, predicted = boxes(rng, 40, 5), boxes(rng, 40, 5)
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for t in range(40):
            a, b = truth.place[truth.time == t], predicted.place[predicted.time == t]
            sizes = [np.hstack([x[:, :2], x[:, 2:] - x[:, :2]]) for x in (a, b)]
            overlap = motmetrics.distances.boxiou(sizes[0][:, None], sizes[1][None])
            distance = np.where(1 - overlap > 0.5, np.nan, 1 - overlap)
            who = truth.identity[truth.time == t], predicted.identity[predicted.time == t]
            accumulator.update(*who, distance)
        host = motmetrics.metrics.create()
        names = ["mota", "motp", "num_switches", "num_fragmentations", "idf1", "idp", "idr"]
        theirs = host.compute(accumulator, metrics=names, return_dataframe=False)
    pairs = pair_boxes(truth, predicted, 40, iou=0.5)
    counts, identity = clear_by_motmetrics(pairs), identify_by_motmetrics(pairs)
    assert counts.switches == theirs["num_switches"] > 0
    assert counts.fragmentations == theirs["num_fragmentations"] > 0
    ours = (counts.mota, counts.motp, identity.idf1, identity.idp, identity.idr)
    expected = [theirs[name] for name in ("mota", "motp", "idf1", "idp", "idr")]
    assert ours == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("people", "guesses"), [(0, 0), (3, 0), (0, 3)])
def test_empty_tables_have_counts(people: int, guesses: int) -> None:
    truth, predicted = (
        Rows(np.zeros(n, dtype=np.int64), np.arange(n), np.zeros((n, 2))) for n in (people, guesses)
    )
    pairs = pair_points(truth, predicted, 1, 1.0)
    expected = ClearCounts(truth=people, predicted=guesses, mostly_lost=people)
    assert clear_by_motmetrics(pairs) == clear(pairs) == expected
    assert identify_by_motmetrics(pairs) == IdentityCounts(people, guesses, 0)


def test_no_warning_escapes() -> None:
    place = np.zeros((2, 2))
    rows = Rows(np.arange(2), np.array([1, 1]), place)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clear_by_motmetrics(pair_points(rows, rows, 2, 1.0))
    assert caught == []


def by_trackeval(pairs: Pairs) -> dict[str, Any]:
    """TrackEval's CLEAR measures of one true and one predicted person, similarity 1 at 0 m."""
    from trackeval.metrics import CLEAR

    truth, predicted = pairs.truth_rows, pairs.predicted_rows
    t = [np.flatnonzero(truth.time == k) for k in range(pairs.instants)]
    p = [np.flatnonzero(predicted.time == k) for k in range(pairs.instants)]
    data = {
        "num_timesteps": pairs.instants,
        "num_gt_ids": 1,
        "num_tracker_ids": 1,
        "num_gt_dets": len(truth),
        "num_tracker_dets": len(predicted),
        "gt_ids": [truth.identity[rows] for rows in t],
        "tracker_ids": [predicted.identity[rows] for rows in p],
        "similarity_scores": [np.ones((len(a), len(b))) for a, b in zip(t, p, strict=True)],
    }
    result: dict[str, Any] = CLEAR({"PRINT_CONFIG": False}).eval_sequence(data)
    return result


def test_where_trackeval_differs() -> None:
    # One person, seen at eight of ten instants, with nothing predicted at two in the middle.
    everywhere = Rows(np.arange(10), np.zeros(10, dtype=np.int64), np.zeros((10, 2)))
    hits = np.array([0, 1, 2, 3, 6, 7, 8, 9])
    found = Rows(hits, np.zeros(8, dtype=np.int64), np.zeros((8, 2)))
    pairs = pair_points(everywhere, found, 10, 1.0)
    ours, theirs = clear(pairs), by_trackeval(pairs)
    assert ours == clear_by_motmetrics(pairs)
    assert ours.mota == theirs["MOTA"]
    # Exactly 80% is mostly tracked here and in motmetrics, partly tracked in TrackEval.
    assert (ours.mostly_tracked, theirs["MT"]) == (1, 0)
    # TrackEval overlooks gaps at instants where nothing at all is predicted.
    assert (ours.fragmentations, theirs["Frag"]) == (1, 0)
    # A mean distance here and in motmetrics, a mean similarity in TrackEval.
    assert (ours.motp, theirs["MOTP"]) == (0, 1)

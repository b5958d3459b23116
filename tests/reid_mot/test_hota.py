"""HOTA: by hand, and against TrackEval."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reid_mot.hota import associate
from reid_mot.matching import Pairs, Rows, pair_points

PARTS = ("HOTA", "DetA", "AssA", "DetRe", "DetPr", "AssRe", "AssPr", "LocA")


def random_pairs(seed: int, instants: int, people: int, gate: float) -> Pairs:
    rng = np.random.default_rng(seed)
    tables = []
    for _ in range(2):
        seen = np.flatnonzero(rng.random(instants * people) < rng.uniform(0, 1))
        place = rng.uniform(0, 2.5, (len(seen), 2))
        tables.append(Rows.ordered(seen // people, seen % people + 10, place))
    return pair_points(tables[0], tables[1], instants, gate)


def by_trackeval(pairs: Pairs, gate: float) -> dict[str, Any]:
    """TrackEval's HOTA of the same rows, with similarities computed the plain way."""
    from trackeval.metrics import HOTA

    truth, predicted = pairs.truth_rows, pairs.predicted_rows
    people, t = np.unique(truth.identity, return_inverse=True)
    found, p = np.unique(predicted.identity, return_inverse=True)
    every = range(pairs.instants)
    away = [
        np.linalg.norm(
            truth.place[truth.time == k][:, None] - predicted.place[predicted.time == k], axis=2
        )
        for k in every
    ]
    data = {
        "num_timesteps": pairs.instants,
        "num_gt_ids": len(people),
        "num_tracker_ids": len(found),
        "num_gt_dets": len(t),
        "num_tracker_dets": len(p),
        "gt_ids": [t[truth.time == k] for k in every],
        "tracker_ids": [p[predicted.time == k] for k in every],
        "similarity_scores": [np.maximum(0, 1 - d / (2 * gate)) for d in away],
    }
    result: dict[str, Any] = HOTA().eval_sequence(data)
    return result


def straight(identity: list[int]) -> Rows:
    n = len(identity)
    return Rows(np.arange(n), np.array(identity), np.zeros((n, 2)))


def test_perfect_detection_with_a_track_split_in_halves() -> None:
    counts = associate(pair_points(straight([1] * 4), straight([5, 5, 6, 6]), 4, 1.0))
    # Each match: 2 rows together, of 4 true and 2 predicted ones: 2 / (4 + 2 - 2).
    assert counts.deta == counts.detre == counts.detpr == counts.loca == 1
    assert counts.assa == counts.assre == pytest.approx(0.5)
    assert counts.asspr == pytest.approx(1)
    assert counts.hota == pytest.approx(np.sqrt(0.5))


def test_similarity_decides_at_how_many_thresholds_a_pair_matches() -> None:
    truth = Rows(np.array([0]), np.array([1]), np.array([[0.0, 0.0]]))
    predicted = Rows(np.array([0]), np.array([1]), np.array([[1.1, 0.0]]))
    counts = associate(pair_points(truth, predicted, 1, gate=1.0))
    # Similarity 0.45: matched at 0.05 ... 0.45, nine of nineteen thresholds.
    assert counts.matches.tolist() == [1] * 9 + [0] * 10
    assert counts.hota == counts.deta == pytest.approx(9 / 19)


def test_one_empty_table_scores_nothing_and_two_score_nan() -> None:
    empty, some = straight([]), straight([1, 1])
    for truth, predicted in ((empty, some), (some, empty)):
        counts = associate(pair_points(truth, predicted, 2, 1.0))
        assert counts.hota == counts.deta == counts.assa == 0
    assert np.isnan(associate(pair_points(empty, empty, 0, 1.0)).hota)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 10),
    st.integers(1, 6),
    st.sampled_from([0.3, 0.5, 1.0]),
)
def test_all_parts_equal_trackeval(seed: int, instants: int, people: int, gate: float) -> None:
    pairs = random_pairs(seed, instants, people, gate)
    counts, theirs = associate(pairs), by_trackeval(pairs, gate)
    if len(pairs.truth_rows) + len(pairs.predicted_rows):
        for name in PARTS:
            mean = float(np.mean(theirs[name]))
            assert getattr(counts, name.lower()) == pytest.approx(mean, abs=1e-9)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 2**32 - 1), min_size=2, max_size=4))
def test_sums_of_sequences_equal_trackeval(seeds: list[int]) -> None:
    from trackeval.metrics import HOTA

    parts = [random_pairs(seed, 6, 4, 1.0) for seed in seeds]
    results = {str(k): by_trackeval(part, 1.0) for k, part in enumerate(parts)}
    combined = HOTA().combine_sequences(results)
    total = associate(parts[0])
    for part in parts[1:]:
        total += associate(part)
    if total.truth + total.predicted:
        for name in PARTS:
            mean = float(np.mean(combined[name]))
            assert getattr(total, name.lower()) == pytest.approx(mean, abs=1e-9)

"""The identity counts: by hand, by brute force, and against motmetrics."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reid_mot.identity import IdentityCounts, identify
from reid_mot.matching import Pairs, Rows, pair_points
from reid_mot.reference import identify_by_motmetrics


def random_pairs(seed: int, people: int = 3) -> Pairs:
    rng = np.random.default_rng(seed)
    tables = []
    for _ in range(2):
        seen = np.flatnonzero(rng.random(8 * people) < rng.uniform(0, 1))
        place = rng.uniform(0, 2, (len(seen), 2))
        tables.append(Rows.ordered(seen // people, seen % people, place))
    return pair_points(tables[0], tables[1], 8, gate=1.0)


def test_a_split_track_counts_with_its_longer_half() -> None:
    place = np.zeros((10, 2))
    truth = Rows(np.arange(10), np.full(10, 1), place)
    predicted = Rows(np.arange(10), np.repeat([7, 8], [6, 4]), place)
    counts = identify(pair_points(truth, predicted, 10, 1.0))
    assert counts == IdentityCounts(10, 10, 6)
    assert counts.idf1 == counts.idp == counts.idr == pytest.approx(0.6)


def test_ratios_without_a_denominator_are_nan() -> None:
    only_truth = IdentityCounts(truth=4)
    assert only_truth.idf1 == only_truth.idr == 0
    assert np.isnan(only_truth.idp)
    assert np.isnan(IdentityCounts().idf1)
    assert np.isnan(IdentityCounts(predicted=4).idr)


def test_counts_add_up() -> None:
    assert IdentityCounts(1, 2, 3) + IdentityCounts(10, 20, 30) == IdentityCounts(11, 22, 33)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1))
def test_true_positives_are_those_of_the_best_of_all_assignments(seed: int) -> None:
    pairs = random_pairs(seed)
    agree = np.zeros((3, 3), dtype=int)
    for truth, predicted, within in zip(pairs.truth, pairs.predicted, pairs.within, strict=True):
        at = pairs.truth_rows.identity[truth], pairs.predicted_rows.identity[predicted]
        agree[at] += within
    best = max(sum(agree[k, order[k]] for k in range(3)) for order in permutations(range(3)))
    assert identify(pairs).true_positives == best


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_counts_equal_motmetrics(seed: int, people: int) -> None:
    pairs = random_pairs(seed, people)
    assert identify(pairs) == identify_by_motmetrics(pairs)

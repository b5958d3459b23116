"""The CLEAR counts: by hand, and against motmetrics."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reid_mot.clear import ClearCounts, clear, match
from reid_mot.matching import Pairs, Rows, pair_points
from reid_mot.reference import clear_by_motmetrics

Row = tuple[int, int, float]


def pairs_of(truth: list[Row], predicted: list[Row], instants: int, gate: float = 1.0) -> Pairs:
    """Rows of (time, identity, position on a line)."""
    return pair_points(line(truth), line(predicted), instants, gate)


def line(table: list[Row]) -> Rows:
    columns = np.array(table, dtype=float).reshape(-1, 3)
    place = np.column_stack([columns[:, 2], np.zeros(len(columns))])
    return Rows.ordered(columns[:, 0].astype(int), columns[:, 1].astype(int), place)


def test_misses_and_false_positives() -> None:
    counts = clear(pairs_of([(0, 1, 0.0), (1, 1, 0.0)], [(0, 5, 0.25), (0, 6, 9.0)], 2))
    assert (counts.matches, counts.misses, counts.false_positives) == (1, 1, 1)
    assert counts.mota == pytest.approx(1 - 2 / 2)
    assert counts.motp == pytest.approx(0.25)


def test_a_matched_pair_is_kept_although_another_is_nearer() -> None:
    truth = [(0, 1, 0.0), (1, 1, 0.0)]
    predicted = [(0, 5, 0.1), (1, 5, 0.9), (1, 6, 0.0)]
    counts = clear(pairs_of(truth, predicted, 2))
    assert counts.switches == 0
    assert counts.distance == pytest.approx(0.1 + 0.9)


def test_a_matched_pair_is_kept_after_an_absence() -> None:
    truth = [(t, 1, 0.0) for t in range(4)]
    predicted = [(0, 5, 0.0), (3, 5, 0.9), (3, 6, 0.0)]
    counts = clear(pairs_of(truth, predicted, 4))
    assert (counts.switches, counts.fragmentations) == (0, 1)
    assert counts.distance == pytest.approx(0.9)


def test_the_greatest_number_of_matches_comes_before_the_least_distance() -> None:
    # Nearest first would match 1 with 6 at no distance and leave 2 without a partner.
    truth, predicted = [(0, 1, 0.0), (0, 2, 0.9)], [(0, 5, -0.9), (0, 6, 0.0)]
    counts = clear(pairs_of(truth, predicted, 1))
    assert counts.matches == 2
    assert counts.distance == pytest.approx(1.8)


def test_a_return_with_a_new_identity_is_one_switch() -> None:
    truth = [(0, 1, 0.0), (5, 1, 0.0), (6, 1, 0.0)]
    predicted = [(0, 5, 0.0), (5, 6, 0.0), (6, 6, 0.0)]
    counts = clear(pairs_of(truth, predicted, 7))
    assert (counts.switches, counts.fragmentations) == (1, 0)
    assert counts.mota == pytest.approx(2 / 3)


def test_two_that_swap_are_two_switches() -> None:
    truth = [(t, k, 5.0 * k) for t in range(2) for k in range(2)]
    predicted = [(0, 8, 0.0), (0, 9, 5.0), (1, 9, 0.0), (1, 8, 5.0)]
    assert clear(pairs_of(truth, predicted, 2)).switches == 2


def test_of_two_truths_last_matched_with_one_prediction_the_first_keeps_it() -> None:
    # Truth 2 takes over prediction 5 while truth 1 is away; then both stand by it.
    truth = [(0, 1, 0.0), (1, 2, 0.0), (2, 1, 0.3), (2, 2, 0.0)]
    predicted = [(0, 5, 0.0), (1, 5, 0.0), (2, 5, 0.0)]
    counts = clear(pairs_of(truth, predicted, 3))
    assert counts.switches == 0
    assert counts.distance == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("hits", "expected"),
    [(10, (1, 0, 0)), (8, (1, 0, 0)), (7, (0, 1, 0)), (2, (0, 1, 0)), (1, (0, 0, 1))],
)
def test_mostly_tracked_from_eight_tenths_and_mostly_lost_below_two(
    hits: int, expected: tuple[int, int, int]
) -> None:
    truth = [(t, 1, 0.0) for t in range(10)]
    counts = clear(pairs_of(truth, [(t, 5, 0.0) for t in range(hits)], 10))
    assert (counts.mostly_tracked, counts.partly_tracked, counts.mostly_lost) == expected


def test_fragmentations_are_gaps_between_matches_only() -> None:
    truth = [(t, 1, 0.0) for t in range(8)] + [(t, 2, 9.0) for t in range(8)]
    predicted = [(t, 5, 0.0) for t in (1, 2, 4, 6)]
    assert clear(pairs_of(truth, predicted, 8)).fragmentations == 2


def test_nothing_at_all() -> None:
    counts = clear(pairs_of([], [], 0))
    assert counts == ClearCounts()
    assert np.isnan(counts.mota)
    assert np.isnan(counts.motp)


def test_counts_add_up_field_by_field() -> None:
    one = ClearCounts(*range(1, 10))
    assert one + one == ClearCounts(*range(2, 20, 2))


def test_matches_are_one_to_one_and_within_the_gate() -> None:
    pairs = random_pairs(3, 30, grid=False)
    chosen = match(pairs)
    assert pairs.within[chosen].all()
    assert len(set(pairs.truth[chosen])) == len(set(pairs.predicted[chosen])) == chosen.sum() > 10


def random_pairs(seed: int, instants: int, grid: bool) -> Pairs:
    """Up to five people and five predictions in a small room; on a grid many distances tie."""
    rng = np.random.default_rng(seed)
    tables = []
    for _ in range(2):
        seen = np.flatnonzero(rng.random(instants * 5) < rng.uniform(0, 1))
        place = rng.uniform(0, 3, (len(seen), 2))
        tables.append(Rows.ordered(seen // 5, seen % 5, np.round(2 * place) / 2 if grid else place))
    return pair_points(tables[0], tables[1], instants, gate=1.0)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.booleans())
def test_counts_equal_motmetrics(seed: int, instants: int, grid: bool) -> None:
    pairs = random_pairs(seed, instants, grid)
    ours, theirs = clear(pairs), clear_by_motmetrics(pairs)
    for field in fields(ClearCounts):
        assert getattr(ours, field.name) == pytest.approx(getattr(theirs, field.name), abs=1e-9)

"""Pairs of rows that may be matched, and the assignment of greatest score."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reid_mot import matching
from reid_mot.matching import Rows, best_by_score, box_iou, joined, pair_boxes, pair_points


def rows(time: list[int], place: list[list[float]], identity: list[int] | None = None) -> Rows:
    who = np.arange(len(time)) if identity is None else np.array(identity)
    return Rows.ordered(np.array(time), who, np.array(place, dtype=float))


def random_points(rng: np.random.Generator, instants: int, most: int) -> Rows:
    time = np.repeat(np.arange(instants), rng.integers(0, most + 1, instants))
    return Rows.ordered(time, rng.permutation(len(time)), rng.uniform(0, 3, (len(time), 2)))


def test_rows_are_sorted_by_time_then_identity() -> None:
    table = rows([1, 0, 1], [[1.0, 1], [2, 2], [3, 3]], [5, 9, 4])
    assert table.time.tolist() == [0, 1, 1]
    assert table.identity.tolist() == [9, 4, 5]
    assert table.place[:, 0].tolist() == [2, 3, 1]


def test_iou_by_hand() -> None:
    a = np.array([[0.0, 0, 4, 2], [0, 0, 1, 1], [0, 0, 2, 2]])
    b = np.array([[2.0, 0, 6, 2], [1, 0, 2, 1], [0, 0, 2, 2]])
    # 4 of 12 square pixels; a shared edge only; the same box.
    assert box_iou(a, b).tolist() == pytest.approx([4 / 12, 0, 1])


def test_boxes_of_no_area_share_nothing() -> None:
    flat = np.array([[1.0, 1, 1, 3]])
    assert box_iou(flat, flat).tolist() == [0]


def test_boxes_that_do_not_overlap_are_no_pair_and_the_gate_includes_its_border() -> None:
    truth = rows([0], [[0, 0, 2, 2]])
    predicted = rows([0, 0, 0], [[0, 0, 2, 1], [0, 0, 2, 0.9], [5, 5, 6, 6]])
    pairs = pair_boxes(truth, predicted, 1, iou=0.5)
    assert pairs.predicted.tolist() == [0, 1]
    assert pairs.within.tolist() == [True, False]
    assert pairs.similarity.tolist() == pytest.approx([0.5, 0.45])
    assert pairs.distance.tolist() == pytest.approx([0.5, 0.55])


def test_points_reach_to_twice_the_gate_and_match_up_to_the_gate() -> None:
    truth = rows([0], [[0, 0]])
    predicted = rows([0, 0, 0, 0], [[0.5, 0], [0, 1], [1.5, 0], [2, 0]])
    pairs = pair_points(truth, predicted, 1, gate=1.0)
    assert pairs.distance.tolist() == [0.5, 1, 1.5]
    assert pairs.similarity.tolist() == [0.75, 0.5, 0.25]
    assert pairs.within.tolist() == [True, True, False]


@pytest.mark.parametrize("block", [1, 7, 1 << 19])
def test_pairs_are_those_of_a_plain_double_loop(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "BLOCK", block)
    rng = np.random.default_rng(1)
    truth, predicted = random_points(rng, 9, 4), random_points(rng, 9, 4)
    expected = [
        (t, p)
        for t in range(len(truth))
        for p in range(len(predicted))
        if truth.time[t] == predicted.time[p]
        and np.linalg.norm(truth.place[t] - predicted.place[p]) < 2
    ]
    pairs = pair_points(truth, predicted, 9, gate=1.0)
    assert list(zip(pairs.truth.tolist(), pairs.predicted.tolist(), strict=True)) == expected


def test_joined_cameras_are_instants_of_their_own() -> None:
    one = pair_points(rows([0, 2], [[0, 0], [1, 1]], [7, 8]), rows([2], [[1, 1]], [3]), 3, 1.0)
    two = pair_points(rows([1], [[4, 4]], [7]), rows([0, 1], [[0, 0], [4, 4]], [3, 3]), 2, 1.0)
    both = joined([one, two])
    assert both.instants == 5
    assert both.truth_rows.time.tolist() == [0, 2, 4]
    assert both.truth_rows.identity.tolist() == [7, 8, 7]
    assert both.predicted_rows.time.tolist() == [2, 3, 4]
    assert both.truth.tolist() == [1, 2]
    assert both.predicted.tolist() == [0, 2]
    assert both.time.tolist() == [2, 4]


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_best_by_score_is_the_best_of_all_assignments(seed: int, ties: bool) -> None:
    rng = np.random.default_rng(seed)
    pairs = pair_points(random_points(rng, 4, 4), random_points(rng, 4, 4), 4, gate=1.0)
    draw = rng.integers(1, 3, len(pairs.truth)) if ties else rng.random(len(pairs.truth))
    score = draw.astype(float)
    chosen = best_by_score(pairs, score)
    assert len(set(pairs.truth[chosen])) == chosen.sum() == len(set(pairs.predicted[chosen]))
    for instant in range(4):
        here = pairs.time == instant
        best = brute_force(pairs.truth[here], pairs.predicted[here], score[here])
        assert score[here & chosen].sum() == pytest.approx(best)


def brute_force(truth: np.ndarray, predicted: np.ndarray, score: np.ndarray) -> float:
    table = {(t, p): s for t, p, s in zip(truth, predicted, score, strict=True)}
    # As many blanks as there are truths: any of them may go without a partner.
    partners = [*sorted(set(predicted)), *([-1] * len(set(truth)))]
    people = sorted(set(truth))
    return max(
        (
            sum(table.get(pair, 0.0) for pair in zip(people, order, strict=True))
            for order in set(permutations(partners, len(people)))
        ),
        default=0.0,
    )

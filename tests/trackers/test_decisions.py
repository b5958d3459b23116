"""Joint decisions who several people are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from reid_mot.trackers.decisions import choose, stay
from reid_mot.trackers.gallery import recognise


def test_distance_and_the_nearest_that_is_left() -> None:
    table = np.array([[0.1, 0.2, 0.4], [0.6, 0.15, 0.9]])
    first, second = choose(table, [5, 6, 7], 0.5, [None, None])
    assert (first.identity, first.distance, first.second, first.second_distance) == (5, 0.1, 7, 0.4)
    assert (second.identity, second.second, second.second_distance) == (6, 7, 0.9)
    assert (first.threshold, first.candidates) == (0.5, 3)


def test_a_new_person_is_told_who_was_nearest() -> None:
    (choice,) = choose(np.array([[0.9, 0.7, np.nan]]), [5, 6, 7], 0.5, [None])
    assert (choice.identity, choice.distance) == (None, None)
    assert (choice.second, choice.second_distance) == (6, 0.7)


def test_with_nobody_to_be_everybody_is_new() -> None:
    (choice,) = choose(np.empty((1, 0)), [], 0.5, [None])
    assert (choice.identity, choice.second, choice.candidates) == (None, None, 0)


def test_somebody_new_stays_new_until_a_person_is_clearly_near() -> None:
    table = np.array([[0.45]])
    decided = [choose(table, [3], 0.5, [before], 0.1)[0].identity for before in (None, -1)]
    assert decided == [3, None]
    assert choose(np.array([[0.39]]), [3], 0.5, [-1], 0.1)[0].identity == 3


def test_who_was_recognised_stays_so_a_little_beyond_the_threshold() -> None:
    decided = [choose(np.array([[d]]), [3], 0.5, [3], 0.1)[0].identity for d in (0.55, 0.65)]
    assert decided == [3, None]


@given(st.data(), st.integers(1, 4), st.integers(1, 4), st.floats(0.05, 1.5))
def test_without_earlier_decisions_it_is_recognition(
    data: st.DataObject, n: int, m: int, threshold: float
) -> None:
    drawn = data.draw(st.lists(st.floats(0, 2), min_size=n * m, max_size=n * m))
    table = np.array(drawn).reshape(n, m)
    names = list(range(10, 10 + m))
    columns = recognise(table, threshold)
    chosen = [choice.identity for choice in choose(table, names, threshold, [None] * n, 0.3)]
    assert chosen == [names[c] if c >= 0 else None for c in columns]


def test_who_is_nobody_else_stays_unless_too_strange() -> None:
    table = np.array([[0.6, 0.9], [0.8, 0.9]])
    new = choose(table, [7, 8], 0.5, [None, None])
    assert [choice.identity for choice in new] == [None, None]
    first, second = stay(new, table, [7, 8], [{7}, {7}], [0.7, 0.7])
    assert (first.identity, first.distance) == (7, 0.6)
    assert second == new[1]


def test_each_stays_within_a_limit_of_their_own() -> None:
    table = np.array([[0.6, 0.9], [0.9, 0.6]])
    new = choose(table, [7, 8], 0.5, [None, None])
    found = stay(new, table, [7, 8], [{7}, {8}], [0.59, 0.61])
    assert [choice.identity for choice in found] == [None, 8]


def test_nobody_stays_who_has_no_identity_or_whose_identity_is_taken() -> None:
    table = np.array([[0.6, 0.9], [0.1, 0.9]])
    choices = choose(table, [7, 8], 0.5, [None, None])
    assert [choice.identity for choice in choices] == [None, 7]
    for held in (set[int](), {7}, {9}):
        assert stay(choices, table, [7, 8], [held, {7}], [1.0, 1.0]) == choices

"""CMC, mAP and mINP: by hand, against plain restatements, and where other software goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from reid_mot.training.retrieval import Relevance, evaluate, evaluate_vectors, judge, rank

Case = tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]


def plain_scores(case: Case, max_rank: int) -> tuple[list[float], float, float, int]:
    """CMC, mAP, mINP and how many queries counted, one picture after the other."""
    distances, query_identity, query_camera, gallery_identity, gallery_camera = case
    firsts, precisions, penalties = [], [], []
    for row, identity, camera in zip(distances, query_identity, query_camera, strict=True):
        shown = []
        for distance, other, place in zip(row, gallery_identity, gallery_camera, strict=True):
            known = camera != -1
            if other == -1 or (other == identity and place == camera and known):
                continue
            shown.append((distance, bool(other == identity)))
        order = [right for _, right in sorted(shown)]  # False before True at one distance
        places = [place for place, right in enumerate(order, 1) if right]
        if places:
            firsts.append(places[0])
            penalties.append(len(places) / places[-1])
            precisions.append(sum(k / place for k, place in enumerate(places, 1)) / len(places))
    cmc = [sum(f <= k for f in firsts) / len(firsts) for k in range(1, max_rank + 1)]
    count = len(firsts)
    return cmc, sum(precisions) / count, sum(penalties) / count, count


def drawn_case(seed: int, ties: bool = False, unknown: bool = False) -> Case:
    """Eight queries and thirty gallery pictures of five people, with junk and distractors."""
    rng = np.random.default_rng(seed)
    distances = rng.random((8, 30))
    if ties:
        distances = np.round(distances, 1)
    low = -1 if unknown else 0
    return (
        distances,
        rng.integers(1, 6, 8),
        rng.integers(low, 3, 8),
        rng.integers(-1, 6, 30),
        rng.integers(low, 3, 30),
    )


@settings(deadline=None)
@given(st.integers(0, 10_000), st.booleans(), st.booleans(), st.integers(1, 40))
def test_equal_to_a_plain_restatement(seed: int, ties: bool, unknown: bool, most: int) -> None:
    case = drawn_case(seed, ties, unknown)
    cmc, precision, penalty, count = plain_scores(case, most)

    found = evaluate(*case, max_rank=most)

    np.testing.assert_allclose(found.cmc, cmc, atol=1e-12)
    assert found.mAP == pytest.approx(precision, abs=1e-12)
    assert found.mINP == pytest.approx(penalty, abs=1e-12)
    assert (found.queries, found.unmatched) == (count, 8 - count)


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_the_gallerys_order_changes_nothing(seed: int) -> None:
    distances, qi, qc, gi, gc = drawn_case(seed, ties=True)
    order = np.random.default_rng(seed).permutation(30)

    first = evaluate(distances, qi, qc, gi, gc)
    second = evaluate(distances[:, order], qi, qc, gi[order], gc[order])

    np.testing.assert_array_equal(first.cmc, second.cmc)
    assert first.mAP == pytest.approx(second.mAP, abs=1e-15)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_the_curve_never_goes_down(seed: int, most: int) -> None:
    cmc = evaluate(*drawn_case(seed), max_rank=most).cmc
    assert len(cmc) == most
    assert (np.diff(cmc) >= 0).all()
    assert 0 <= cmc[0] <= cmc[-1] <= 1


def test_by_hand() -> None:
    # Shown in order: wrong, right, wrong (distractor), right; the nearest two are not shown.
    scores = evaluate(
        [[0.0, 0.05, 0.1, 0.2, 0.3, 0.4]], [4], [0], [4, -1, 2, 4, 0, 4], [0, 1, 0, 1, 0, 2]
    )
    assert scores.cmc[:4].tolist() == [0, 1, 1, 1]
    assert scores.mAP == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert scores.mINP == pytest.approx(2 / 4)
    assert scores.first.tolist() == [2]
    assert (scores.gallery, scores.junk) == (5, 1)
    assert scores.rank(1) == 0
    assert scores.rank(5) == 1


def test_average_precision_is_the_area_under_steps() -> None:
    """With every right picture recall grows by a step, whose height is the precision there."""
    rng = np.random.default_rng(1)
    distances, right = rng.random(50), rng.random(50) < 0.3
    order = np.argsort(distances)
    hits = np.cumsum(right[order])
    precision, recall = hits / np.arange(1, 51), hits / right.sum()
    area = float((np.diff(recall, prepend=0) * precision).sum())

    scores = evaluate(distances[None], [1], [0], np.where(right, 1, 2), np.ones(50))

    assert scores.mAP == pytest.approx(area, abs=1e-12)


def test_a_short_gallery_is_padded_upwards() -> None:
    """Others return 1, 1, 1, 0.5, 0.5, 0.5 for such input, or fail."""
    distances = np.array([[0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]])
    gallery = [1, 1, 1, 2, 3, 4]

    scores = evaluate(distances, [1, 2], [0, 1], gallery, [0, 0, 1, 0, 0, 0], max_rank=9)

    assert scores.cmc.tolist() == [0.5, 0.5, 0.5, 1, 1, 1, 1, 1, 1]


def test_of_equal_distances_the_wrong_come_first() -> None:
    scores = evaluate(np.zeros((1, 4)), [1], [0], [1, 2, 1, 3], np.ones(4))
    assert scores.first.tolist() == [3]
    assert scores.mAP == pytest.approx((1 / 3 + 2 / 4) / 2)
    assert scores.mINP == pytest.approx(2 / 4)


def test_equal_distances_of_what_is_not_shown_do_not_count() -> None:
    scores = evaluate(np.zeros((1, 4)), [1], [0], [1, 1, -1, 1], [0, 0, 1, 1])
    assert scores.mAP == scores.mINP == scores.rank(1) == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_distances_that_are_no_numbers_are_refused(bad: float) -> None:
    """Everywhere else a query whose distances are all NaN scores 1."""
    distances = np.random.default_rng(0).random((3, 4))
    distances[1, 2] = bad
    with pytest.raises(ValueError, match="a distance of query 1 is not finite"):
        evaluate(distances, [1, 1, 1], [0, 0, 0], [1, 2, 3, 1], [1, 1, 1, 1])


def test_queries_without_a_right_picture_are_left_out_and_counted() -> None:
    scores = evaluate([[0.1, 0.2], [0.1, 0.2]], [1, 9], [0, 0], [1, 2], [1, 1])
    assert (scores.queries, scores.unmatched) == (1, 1)
    assert scores.mAP == 1
    assert np.isnan(scores.average_precision[1])
    assert scores.first.tolist() == [1, 0]


@pytest.mark.parametrize("cameras", [[0, 0], [1, 1]])
def test_no_query_with_a_right_picture_is_an_error(cameras: list[int]) -> None:
    gallery = [1, 1] if cameras == [0, 0] else [2, 3]
    with pytest.raises(ValueError, match="none of the 1 queries has a right picture"):
        evaluate([[0.1, 0.2]], [1], [0], gallery, cameras)


def test_an_empty_gallery_and_no_queries_are_errors() -> None:
    with pytest.raises(ValueError, match="none of the 1 queries"):
        evaluate(np.empty((1, 0)), [1], [0], [], [])
    with pytest.raises(ValueError, match="none of the 0 queries"):
        evaluate(np.empty((0, 1)), [], [], [1], [0])


def test_an_all_equal_matrix_gains_nothing() -> None:
    """Everywhere else the gallery's order decides; right pictures that stand first win."""
    gallery = np.repeat([1, 2], 5)
    scores = evaluate(np.ones((1, 10)), [1], [0], gallery, np.ones(10))
    assert scores.rank(5) == 0
    assert scores.mAP == pytest.approx(np.mean(np.arange(1, 6) / np.arange(6, 11)))


def test_shapes_and_settings_are_checked() -> None:
    with pytest.raises(ValueError, match=r"shape \(1, 2\): expected \(1, 3\)"):
        evaluate([[1, 2]], [1], [0], [1, 2, 3], [0, 0, 0])
    with pytest.raises(ValueError, match="max_rank is 0"):
        evaluate([[1.0]], [1], [0], [1], [1], max_rank=0)
    scores = evaluate([[1]], [1], [0], [1], [1], max_rank=3)
    for k in (0, 4):
        with pytest.raises(ValueError, match="expected 1 to 3"):
            scores.rank(k)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_vectors_in_pieces_are_all_distances_at_once(
    metric: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(3)
    query, gallery = rng.normal(size=(8, 5)), rng.normal(size=(30, 5))
    _, qi, qc, gi, gc = drawn_case(3)
    whole = evaluate(rank(query, gallery, metric), qi, qc, gi, gc)
    monkeypatch.setattr("reid_mot.training.distances.CHUNK", 90)
    done: list[int] = []

    parts = evaluate_vectors(query, gallery, Relevance(qi, qc, gi, gc), metric, 50, done.append)

    np.testing.assert_array_equal(parts.average_precision, whole.average_precision)
    np.testing.assert_array_equal(parts.cmc, whole.cmc)
    assert done == [0, 3, 6]


def test_vectors_and_labels_must_be_as_many() -> None:
    relevance = Relevance([1], [0], [1, 2], [1, 1])
    with pytest.raises(ValueError, match=r"1 query and 3 gallery vectors: expected \(1, 2\)"):
        evaluate_vectors(np.ones((1, 2)), np.ones((3, 2)), relevance)


def test_junk_may_have_any_distance() -> None:
    distances = np.array([[np.nan, 0.1, 0.2]])
    scores = judge([distances], Relevance([1], [0], [-1, 1, 2], [1, 1, 1]), 5)
    assert scores.mAP == 1


def test_what_is_written_down() -> None:
    found = evaluate([[0.1, 0.2]], [1], [0], [1, -1], [1, 1], max_rank=2).to_json()
    assert found == {
        "mAP": 1.0,
        "mINP": 1.0,
        "cmc": [1.0, 1.0],
        "queries": 1,
        "unmatched": 0,
        "gallery": 1,
        "junk": 1,
    }


def collapsed(vectors: NDArray[Any]) -> NDArray[Any]:
    return np.ones_like(vectors)


def shuffled(vectors: NDArray[Any]) -> NDArray[Any]:
    return np.random.default_rng(0).permutation(vectors)


@pytest.mark.parametrize("spoil", [collapsed, shuffled])
def test_better_vectors_score_better(spoil: Callable[[NDArray[Any]], NDArray[Any]]) -> None:
    rng = np.random.default_rng(5)
    people = rng.normal(size=(10, 16))
    identity = np.repeat(np.arange(1, 11), 4)
    vectors = people[identity - 1] + 0.3 * rng.normal(size=(40, 16))
    relevance = Relevance(np.arange(1, 11), np.zeros(10), identity, np.ones(40))

    good = evaluate_vectors(people, vectors, relevance)
    bad = evaluate_vectors(people, spoil(vectors), relevance)

    assert good.mAP > bad.mAP + 0.5
    assert good.rank(1) > bad.rank(1) + 0.5

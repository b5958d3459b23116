"""What is remembered of people, and who is recognised."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from reid_mot.trackers.gallery import DistanceStatistics, Gallery, _diverse, _Images, recognise

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]


def unit(*rows: list[float]) -> Vectors:
    v = np.array(rows, dtype=np.float32)
    return np.asarray(v / np.linalg.norm(v, axis=1, keepdims=True), dtype=np.float32)


def around(rng: np.random.Generator, centre: Vectors, n: int, spread: float = 0.05) -> Vectors:
    v = centre + rng.normal(0, spread, (n, centre.shape[-1]))
    return np.asarray(v / np.linalg.norm(v, axis=1, keepdims=True), dtype=np.float32)


AXES = np.eye(4, dtype=np.float32)


# The gallery


def test_what_was_added_is_known() -> None:
    gallery = Gallery()
    gallery.add(7, AXES[:2])
    gallery.add(3, AXES[2:3])
    assert gallery.identities == (7, 3)
    assert 7 in gallery
    assert 1 not in gallery
    assert (gallery.count(7), gallery.count(3), gallery.count(1)) == (2, 1, 0)


def test_who_is_removed_is_forgotten() -> None:
    gallery = Gallery()
    gallery.add(1, AXES[:1])
    gallery.remove(1)
    gallery.remove(5)
    assert gallery.identities == ()
    assert gallery.count(1) == 0


@given(st.integers(1, 6), st.lists(st.integers(1, 5), min_size=1, max_size=8))
def test_no_identity_has_more_images_than_the_size(size: int, batches: list[int]) -> None:
    rng, gallery = np.random.default_rng(0), Gallery(size=size)
    for k, count in enumerate(batches):
        gallery.add(1, around(rng, AXES[k % 4], count))
    assert gallery.count(1) == min(size, sum(batches))


def test_what_stays_is_diverse() -> None:
    """A hundred images of the front, and one each of the back and the side: all sides stay."""
    rng, gallery = np.random.default_rng(1), Gallery(size=5, neighbours=1)
    gallery.add(1, AXES[1:3])
    for _ in range(20):
        gallery.add(1, around(rng, AXES[0], 5))
    for side in range(3):
        assert gallery.distance(1, AXES[side : side + 1]) < 0.05


def test_of_two_alike_the_better_stays() -> None:
    gallery = Gallery(size=2, neighbours=1)
    better, worse = unit([1, 0.01, 0, 0]), unit([1, 0, 0.02, 0])
    gallery.add(1, np.concatenate([worse, better, AXES[3:]]), np.array([0.4, 0.9, 0.5]))
    assert gallery.distance(1, better) == pytest.approx(0, abs=1e-6)
    assert gallery.distance(1, worse) > 1e-5
    assert gallery.distance(1, AXES[3:]) == pytest.approx(0, abs=1e-6)


def test_distance_is_the_mean_over_the_nearest_images() -> None:
    gallery = Gallery(neighbours=2)
    gallery.add(1, unit([1, 0], [0.6, 0.8], [-1, 0]))
    query = unit([1, 0])
    assert gallery.distance(1, query) == pytest.approx((0 + 0.4) / 2, abs=1e-6)
    assert gallery.distance(1, unit([1, 0], [-1, 0])) == pytest.approx((0.2 + 0.8) / 2, abs=1e-6)


def test_distances_of_every_query_to_every_identity() -> None:
    rng, gallery = np.random.default_rng(2), Gallery()
    for identity in (4, 2, 9):
        gallery.add(identity, around(rng, rng.normal(size=8).astype(np.float32), 5, 0.5))
    queries = [around(rng, rng.normal(size=8).astype(np.float32), k, 0.5) for k in (1, 4)]
    table = gallery.distances(queries, [9, 4])
    expected = [[gallery.distance(i, query) for i in (9, 4)] for query in queries]
    np.testing.assert_allclose(table, np.array(expected), rtol=1e-5)
    assert gallery.distances([], [9]).shape == (0, 1)


def test_only_images_from_before() -> None:
    gallery = Gallery()
    gallery.add(1, unit([1, 0]), time=1.0)
    gallery.add(1, unit([0, 1]), time=5.0)
    assert gallery.distance(1, unit([0, 1]), before=5.0) == pytest.approx(1, abs=1e-6)
    assert np.isnan(gallery.distance(1, unit([0, 1]), before=1.0))


def test_vectors_of_another_length_are_refused() -> None:
    gallery = Gallery()
    gallery.add(1, AXES[:1])
    with pytest.raises(ValueError, match="length 3 in a gallery of length 4"):
        gallery.add(1, np.eye(3, dtype=np.float32))


@pytest.mark.parametrize("bad", [np.full((1, 4), np.nan), np.full((1, 4), np.inf), np.ones(4)])
def test_what_is_no_vector_is_refused(bad: Floats) -> None:
    gallery = Gallery()
    with pytest.raises(ValueError, match="finite"):
        gallery.add(1, bad.astype(np.float32))
    assert gallery.identities == ()


@pytest.mark.parametrize(("size", "neighbours"), [(0, 1), (1, 0)])
def test_a_gallery_needs_room(size: int, neighbours: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Gallery(size, neighbours)


def test_galleries_share_nothing() -> None:
    one, other = Gallery(), Gallery()
    one.add(1, AXES[:1])
    assert 1 not in other


# The decision


def test_the_nearest_within_the_threshold() -> None:
    distances = np.array([[0.1, 0.2], [0.9, 0.8]])
    assert recognise(distances, 0.3).tolist() == [0, -1]


def test_of_two_numbers_of_one_person_the_first_has_all_images() -> None:
    gallery = Gallery(size=3)
    looks = np.eye(4, dtype=np.float32)
    gallery.add(1, looks[:1], time=1.0)
    gallery.add(2, looks[1:2], time=2.0)
    assert gallery.join(1, 2)
    assert gallery.identities == (1,)
    assert gallery.count(1) == 2
    assert [len(gallery.each(1, looks[:1], before)) for before in (0.5, 1.5)] == [0, 1]
    assert gallery.distance(1, looks[1:2], before=1.5) == 1.0
    assert gallery.distance(1, looks[1:2], before=2.5) == pytest.approx(0.5)
    gallery.add(3, looks[2:], time=3.0)
    gallery.join(1, 3)
    assert gallery.count(1) == 3  # as many as fit
    assert gallery.join(1, 9)
    assert gallery.count(1) == 3


def test_two_entrants_are_decided_jointly() -> None:
    """Both resemble the first person most; the one who could be nobody else gets the identity."""
    assert recognise(np.array([[0.10, 0.15], [0.12, 0.90]]), 0.3).tolist() == [1, 0]


def test_the_second_best_of_two_who_resemble_one_person_is_new() -> None:
    assert recognise(np.array([[0.20], [0.10]]), 0.3).tolist() == [-1, 0]


def test_nobody_is_recognised_by_nothing() -> None:
    assert recognise(np.array([[np.nan, np.nan]]), 0.3).tolist() == [-1]
    assert recognise(np.empty((2, 0)), 0.3).tolist() == [-1, -1]
    assert recognise(np.empty((0, 2)), 0.3).tolist() == []


cosine = st.one_of(st.floats(0, 2), st.just(float("nan")))


@given(st.data(), st.integers(0, 4), st.integers(0, 4), st.floats(0.05, 1.5))
def test_joint_decisions_are_the_best_of_all(
    data: st.DataObject, n: int, m: int, threshold: float
) -> None:
    drawn = data.draw(st.lists(cosine, min_size=n * m, max_size=n * m))
    distances = np.array(drawn, dtype=np.float64).reshape(n, m)
    column = recognise(distances, threshold)
    given_away = column[column >= 0]
    assert len(set(given_away.tolist())) == len(given_away)
    gained = sum(threshold - distances[k, c] for k, c in enumerate(column) if c >= 0)
    assert all(distances[k, c] < threshold for k, c in enumerate(column) if c >= 0)
    short = np.nan_to_num(np.maximum(threshold - distances, 0.0))
    wide = np.hstack([short, np.zeros((n, n))])  # everybody may be new
    choices = permutations(range(n + m), n)
    best = max(sum(wide[k, c] for k, c in enumerate(choice)) for choice in choices)
    assert gained == pytest.approx(best)


# Statistics of distances


def learned(
    same: tuple[float, float], different: tuple[float, float], n: int = 4000
) -> DistanceStatistics:
    """Statistics of normal distances of these means and deviations."""
    rng, statistics = np.random.default_rng(3), DistanceStatistics()
    for distance in rng.normal(*same, n):
        statistics.add_same(float(distance))
    for distance in rng.normal(*different, n):
        statistics.add_different(float(distance))
    return statistics


def test_the_default_holds_until_enough_was_seen() -> None:
    statistics = DistanceStatistics(default=0.25, enough=3)
    for distance in (0.1, 0.12):
        statistics.add_same(distance)
        assert statistics.threshold(1) == 0.25
    statistics.add_same(0.11)
    assert statistics.threshold(1) != 0.25


def test_without_strangers_the_threshold_lies_above_the_same_person() -> None:
    statistics = DistanceStatistics(enough=4)
    for distance in (0.1, 0.2, 0.1, 0.2):
        statistics.add_same(distance)
    assert statistics.threshold(1) == pytest.approx(0.15 + 3 * 0.05)


def test_of_equal_spreads_the_threshold_lies_half_way() -> None:
    assert learned((0.2, 0.05), (0.6, 0.05)).threshold(1) == pytest.approx(0.4, abs=0.01)


@pytest.mark.parametrize("known", [0.5, 0.8])
@pytest.mark.parametrize("candidates", [1, 5, 50])
@pytest.mark.parametrize(
    ("same", "different"), [((0.15, 0.05), (0.5, 0.12)), ((0.2, 0.1), (0.6, 0.1))]
)
def test_the_threshold_makes_fewest_errors(
    same: tuple[float, float], different: tuple[float, float], candidates: int, known: float
) -> None:
    def errors(threshold: float) -> float:
        none_near = norm.sf(threshold, *different) ** candidates
        return float(2 * (known * norm.sf(threshold, *same) + (1 - known) * (1 - none_near)))

    statistics = learned(same, different)
    statistics.known = known
    found = statistics.threshold(candidates)
    best = minimize_scalar(errors, bounds=(same[0], different[0]), method="bounded")
    assert errors(found) == pytest.approx(float(best.fun), abs=0.004)


def test_more_candidates_make_the_threshold_stricter() -> None:
    statistics = learned((0.2, 0.08), (0.6, 0.1))
    assert statistics.threshold(50) < statistics.threshold(5) < statistics.threshold(1)
    assert statistics.threshold(0) == statistics.threshold(1)


def test_vectors_that_tell_nothing_leave_the_default() -> None:
    statistics = learned((0.5, 0.05), (0.3, 0.05))
    assert statistics.threshold(1) == statistics.default


def test_the_log_ratio_equals_the_difference_of_log_densities() -> None:
    statistics = learned((0.2, 0.05), (0.6, 0.1))
    distances = np.array([0.25, 0.3, 0.4, 0.6, 0.9])
    expected = norm.logpdf(distances, 0.2, 0.05) - norm.logpdf(distances, 0.6, 0.1)
    np.testing.assert_allclose(statistics.log_ratio(distances), expected, rtol=0.1, atol=0.3)


def test_the_log_ratio_speaks_for_near_and_against_far() -> None:
    ratios = learned((0.2, 0.05), (0.6, 0.1)).log_ratio(np.array([0.0, 0.1, 0.2, 0.6, 0.9]))
    assert (ratios[:3] > 0).all()
    assert (ratios[3:] < 0).all()
    assert (np.diff(ratios[:3]) <= 0).all()


@given(st.lists(st.floats(0, 2), min_size=1, max_size=30))
def test_a_single_value_of_distance_gives_finite_statistics(distances: list[float]) -> None:
    statistics = DistanceStatistics(enough=1)
    for distance in distances:
        statistics.add_same(distance)
    expected = np.mean(distances) + 3 * max(float(np.std(distances)), 1e-3)
    assert statistics.threshold(1) == pytest.approx(expected, abs=1e-9)


def test_a_table_holds_every_image_against_every_identity() -> None:
    rng, gallery = np.random.default_rng(5), Gallery(neighbours=3)
    for identity, count in ((4, 1), (7, 2), (9, 6)):  # fewer images than neighbours, and more
        gallery.add(identity, _unit_rows(rng, count))
    queries = _unit_rows(rng, 5)
    table = gallery.table(queries, [9, 4, 7])
    for column, identity in enumerate((9, 4, 7)):
        np.testing.assert_allclose(table[:, column], gallery.each(identity, queries), atol=1e-6)
    assert gallery.table(queries, []).shape == (5, 0)
    assert gallery.table(queries[:0], [4]).shape == (0, 1)


def test_batches_of_distances_count_like_single_ones() -> None:
    values = np.random.default_rng(6).normal(0.3, 0.1, 50)
    one, many = DistanceStatistics(), DistanceStatistics()
    for value in values:
        one.add_same(float(value))
    many.add_same(values[:20])
    many.add_same(values[20:])
    many.add_same(np.empty(0))
    np.testing.assert_allclose(many.same, one.same, rtol=1e-12)
    np.testing.assert_allclose(many.same[2] / 50, values.var(), rtol=1e-12)


def test_distances_are_relied_on_only_where_they_lie_apart() -> None:
    rng = np.random.default_rng(7)
    apart, mixed, few = DistanceStatistics(), DistanceStatistics(), DistanceStatistics()
    apart.add_same(rng.normal(0.1, 0.03, 40))
    apart.add_different(rng.normal(0.4, 0.05, 40))
    mixed.add_same(rng.normal(0.1, 0.1, 40))
    mixed.add_different(rng.normal(0.2, 0.1, 40))
    few.add_same(rng.normal(0.1, 0.03, 40))
    few.add_different(rng.normal(0.4, 0.05, 3))
    assert (apart.reliable, mixed.reliable, few.reliable) == (True, False, False)
    assert (apart.learned, few.learned, DistanceStatistics().learned) == (True, True, False)


def _unit_rows(rng: np.random.Generator, count: int) -> NDArray[np.float32]:
    rows = rng.normal(size=(count, 8)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def dropped_one_by_one(vectors: Vectors, qualities: Floats, size: int) -> set[int]:
    """Of the two nearest images the worse one goes, and the distances are computed anew."""
    left = list(range(len(vectors)))
    while len(left) > size:
        _, i, j = min((1 - vectors[i] @ vectors[j], i, j) for i in left for j in left if i != j)
        left.remove(i if qualities[i] < qualities[j] else j)
    return set(left)


@pytest.mark.parametrize("seed", range(5))
def test_what_stays_is_what_dropping_one_by_one_leaves(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(12, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    qualities = rng.random(12)
    kept = _diverse(_Images(vectors, qualities, np.arange(12.0)), 5)
    assert set(kept.times.astype(int).tolist()) == dropped_one_by_one(vectors, qualities, 5)

"""Who is who, against brute force, SciPy and worlds whose answer is known."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from scipy.spatial.distance import mahalanobis as scipy_mahalanobis
from scipy.stats import multivariate_normal

from reid_mot.trackers.association import (
    Candidates,
    assign,
    associate,
    cosine_distances,
    group_across_cameras,
    mahalanobis,
    position_evidence,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

seeds = st.integers(0, 2**32 - 1)


def covariances(rng: np.random.Generator, n: int, scale: float = 1.0) -> Floats:
    root = rng.normal(size=(n, 2, 2))
    return np.asarray(scale * (root @ root.transpose(0, 2, 1) + 0.1 * np.eye(2)))


def open_candidates(tracks: int, detections: int, chance: float = 0.9) -> Candidates:
    full = np.full((tracks, detections), chance)
    return Candidates(full, np.zeros((tracks, detections)), clutter=0.004, gate=16.0)


# Distances and evidence


def test_mahalanobis_equals_scipy() -> None:
    rng = np.random.default_rng(0)
    means, positions = rng.normal(size=(3, 2)), rng.normal(size=(4, 2))
    covs, noise = covariances(rng, 3), covariances(rng, 4)
    squared, determinant = mahalanobis(means, covs, positions, noise)
    for i in range(3):
        for j in range(4):
            total = covs[i] + noise[j]
            distance = scipy_mahalanobis(means[i], positions[j], np.linalg.inv(total))
            assert squared[i, j] == pytest.approx(distance**2)
            assert determinant[i, j] == pytest.approx(np.linalg.det(total))


def test_position_evidence_equals_the_likelihood_ratio() -> None:
    rng = np.random.default_rng(1)
    means, positions = rng.normal(size=(3, 2)), rng.normal(size=(4, 2))
    covs, noise = covariances(rng, 3), covariances(rng, 4)
    chance, clutter = rng.uniform(0.1, 0.9, (3, 4)), 0.02
    evidence = position_evidence(*mahalanobis(means, covs, positions, noise), chance, clutter)
    for i in range(3):
        for j in range(4):
            density = multivariate_normal(means[i], covs[i] + noise[j]).logpdf(positions[j])
            expected = density + np.log(chance[i, j] / ((1 - chance[i, j]) * clutter))
            assert evidence[i, j] == pytest.approx(expected)


def test_who_cannot_be_detected_has_no_evidence() -> None:
    evidence = position_evidence(np.ones((1, 1)), np.ones((1, 1)), np.zeros((1, 1)), 0.01)
    assert evidence[0, 0] == -np.inf


def test_cosine_distances_equal_scipy_and_stay_in_range() -> None:
    vectors = np.random.default_rng(2).normal(size=(7, 16))
    unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    distances = cosine_distances(unit[:3], unit)
    np.testing.assert_allclose(distances, cdist(unit[:3], unit, "cosine"), atol=1e-6)
    assert distances.min() >= 0
    assert cosine_distances(unit[:1], -unit[:1])[0, 0] == pytest.approx(2, abs=1e-6)


# Assignment


def best_sum(values: Floats) -> float:
    """The greatest sum of one-to-one pairs with positive values, by trying all."""
    gains = np.where(values > 0, values, 0.0)
    if gains.shape[0] > gains.shape[1]:
        gains = gains.T
    rows = np.arange(gains.shape[0])
    sums = (gains[rows, list(p)].sum() for p in permutations(range(gains.shape[1]), len(rows)))
    return float(max(sums, default=0.0))


values_of_pairs = st.one_of(
    st.floats(-5, 5), st.sampled_from([0.0, -np.inf, np.nan]), st.integers(-3, 3).map(float)
)


@given(st.data(), st.integers(0, 4), st.integers(0, 4))
def test_assign_finds_the_best_of_all_permutations(data: st.DataObject, n: int, m: int) -> None:
    drawn = data.draw(st.lists(values_of_pairs, min_size=n * m, max_size=n * m))
    values = np.array(drawn, dtype=np.float64).reshape(n, m)
    rows, columns = assign(values)
    assert len(set(rows.tolist())) == len(rows)
    assert len(set(columns.tolist())) == len(columns)
    assert np.all(np.diff(rows) > 0)
    assert np.all(values[rows, columns] > 0)
    assert values[rows, columns].sum() == pytest.approx(best_sum(values))


def test_assign_gives_up_a_good_pair_for_a_better_sum() -> None:
    rows, columns = assign(np.array([[10.0, 9.0], [9.0, 1.0]]))
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == [(0, 1), (1, 0)]


def test_assign_joins_nothing_without_a_positive_value() -> None:
    rows, columns = assign(np.array([[0.0, -1.0], [np.nan, -np.inf]]))
    assert len(rows) == len(columns) == 0


# Association


def scattered(seed: int, people: int, cameras: int) -> tuple[Floats, Floats, Ints, Ints]:
    """Places at least 3 m apart, noisy detections of them, their cameras, and whose they are."""
    rng = np.random.default_rng(seed)
    cells = rng.permutation(36)[:people]
    places = np.column_stack(np.divmod(cells, 6)) * 3.0
    person, camera = np.divmod(np.arange(people * cameras), max(cameras, 1))
    seen = np.flatnonzero(rng.random(len(person)) < 0.8)
    seen = rng.permutation(seen)
    found = places[person[seen]] + rng.normal(size=(len(seen), 2)) * 0.1
    return places, found, camera[seen], person[seen]


@given(seeds, st.integers(1, 5), st.integers(1, 12))
def test_a_camera_gives_a_track_at_most_one_detection(seed: int, tracks: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    camera = rng.integers(3, size=m)
    owner = associate(
        rng.normal(size=(tracks, 2)),
        covariances(rng, tracks, 0.1),
        rng.normal(size=(m, 2)),
        covariances(rng, m, 0.1),
        camera,
        open_candidates(tracks, m),
    )
    assert owner.shape == (m,)
    assert owner.min() >= -1
    assert owner.max() < tracks
    held = [(int(o), int(c)) for o, c in zip(owner, camera, strict=True) if o >= 0]
    assert len(held) == len(set(held))


@given(seeds, st.integers(1, 8), st.integers(1, 5))
def test_people_far_apart_get_exactly_their_detections(
    seed: int, people: int, cameras: int
) -> None:
    places, found, camera, person = scattered(seed, people, cameras)
    noise = np.tile(0.01 * np.eye(2), (len(found), 1, 1))
    covs = np.tile(0.02 * np.eye(2), (people, 1, 1))
    owner = associate(places, covs, found, noise, camera, open_candidates(people, len(found)))
    np.testing.assert_array_equal(owner, person)


@given(seeds)
def test_the_order_of_detections_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    means, covs = rng.normal(size=(4, 2)), covariances(rng, 4, 0.1)
    positions, noise = rng.normal(size=(9, 2)), covariances(rng, 9, 0.1)
    camera, order = rng.integers(3, size=9), rng.permutation(9)
    pairs = open_candidates(4, 9)
    owner = associate(means, covs, positions, noise, camera, pairs)
    again = associate(means, covs, positions[order], noise[order], camera[order], pairs)
    np.testing.assert_array_equal(again, owner[order])


def test_what_one_camera_knows_helps_the_others() -> None:
    """A sure camera says both people moved 1 m to the right; the unsure one has to follow."""
    means = np.array([[0.0, 0.0], [1.0, 0.0]])
    covs = np.tile(np.diag([0.6, 0.01]), (2, 1, 1))
    positions = np.array([[1.0, 0.0], [2.0, 0.0], [1.0, 0.0], [2.1, 0.0]])
    noise = np.repeat([np.diag([0.001, 0.001]), np.diag([0.2, 0.2])], 2, axis=0)
    camera = np.array([0, 0, 1, 1])
    owner = associate(means, covs, positions, noise, camera, open_candidates(2, 4))
    assert owner.tolist() == [0, 1, 0, 1]


def test_a_sure_camera_leaves_the_others_little_choice() -> None:
    """1.2 m from where a sure camera sees the person is somebody else, however vague the track."""
    positions, camera = np.array([[0.0, 0.0], [1.2, 0.0]]), np.array([0, 1])
    noise = np.array([np.eye(2) * 0.001, np.eye(2) * 0.04])
    vague, start = np.eye(2)[None], np.zeros((1, 2))
    pairs = open_candidates(1, 2)
    assert associate(start, vague, positions, noise, camera, pairs).tolist() == [0, -1]
    alone = associate(start, vague, positions[1:], noise[1:], camera[1:], open_candidates(1, 1))
    assert alone.tolist() == [0]


def test_no_other_evidence_reaches_beyond_the_gate() -> None:
    pairs = Candidates(np.full((1, 1), 0.9), np.full((1, 1), 50.0), clutter=0.004, gate=16.0)
    covs, camera = 0.5 * np.eye(2)[None], np.zeros(1, dtype=np.int64)
    for distance, expected in ((3.9, [0]), (4.5, [-1])):
        found = np.array([[distance, 0.0]])
        owner = associate(np.zeros((1, 2)), covs, found, covs, camera, pairs, slack=0.0)
        assert owner.tolist() == expected


def test_nothing_far_away_is_joined() -> None:
    covs = noise = 0.01 * np.eye(2)[None]
    for distance, expected in ((0.3, [0]), (3.0, [-1])):
        owner = associate(
            np.zeros((1, 2)),
            covs,
            np.array([[distance, 0.0]]),
            noise,
            np.zeros(1, dtype=np.int64),
            open_candidates(1, 1),
        )
        assert owner.tolist() == expected


def test_other_evidence_decides_between_people_at_one_place() -> None:
    bonus = np.array([[0.0, 2.0], [2.0, 0.0]])
    covs = noise = np.tile(0.05 * np.eye(2), (2, 1, 1))
    means = np.array([[0.0, 0.0], [0.1, 0.0]])
    for turn, expected in ((bonus, [1, 0]), (-bonus, [0, 1])):
        pairs = Candidates(np.full((2, 2), 0.9), turn, clutter=0.004, gate=16.0)
        owner = associate(means, covs, means, noise, np.zeros(2, dtype=np.int64), pairs)
        assert owner.tolist() == expected


def test_no_tracks_or_no_detections_are_no_error() -> None:
    noise = np.tile(np.eye(2), (2, 1, 1))
    none, nothing = np.empty((0, 2)), np.empty((0, 2, 2))
    camera = np.zeros(2, dtype=np.int64)
    nobody = associate(none, nothing, np.zeros((2, 2)), noise, camera, open_candidates(0, 2))
    assert nobody.tolist() == [-1, -1]
    pairs = open_candidates(2, 0)
    assert len(associate(np.zeros((2, 2)), noise, none, nothing, camera[:0], pairs)) == 0


# Groups


def as_sets(groups: list[Ints]) -> set[frozenset[int]]:
    return {frozenset(group.tolist()) for group in groups}


@given(seeds, st.integers(0, 12))
def test_every_detection_is_in_one_group_with_at_most_one_of_each_camera(seed: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    camera = rng.integers(4, size=m)
    groups = group_across_cameras(rng.normal(size=(m, 2)), covariances(rng, m), camera, 9.0)
    members = [int(k) for group in groups for k in group]
    assert sorted(members) == list(range(m))
    assert all(len(set(camera[group].tolist())) == len(group) for group in groups)


def joined_anew(positions: Floats, noise: Floats, camera: Ints, gate: float) -> list[set[int]]:
    """The nearest two groups without a camera in common, found anew after each joining."""
    groups = [{k} for k in range(len(positions))]
    while True:
        pairs = []
        fused = []
        for group in groups:
            information = np.linalg.inv(noise[sorted(group)])
            cov = np.linalg.inv(information.sum(axis=0))
            fused.append((cov @ (information @ positions[sorted(group), :, None]).sum(0), cov))
        for i, (first, cov) in enumerate(fused):
            for j, (second, other) in enumerate(fused[:i]):
                apart = first - second
                squared = (apart.T @ np.linalg.inv(cov + other) @ apart).item()
                cameras = [{int(camera[k]) for k in groups[place]} for place in (i, j)]
                if squared <= gate and not cameras[0] & cameras[1]:
                    pairs.append((squared, i, j))
        if not pairs:
            return groups
        _, i, j = min(pairs)
        groups[j] |= groups.pop(i)


@given(seeds, st.integers(0, 10), st.floats(0.5, 20))
def test_groups_equal_those_joined_anew(seed: int, m: int, gate: float) -> None:
    rng = np.random.default_rng(seed)
    positions, noise, camera = rng.normal(size=(m, 2)), covariances(rng, m), rng.integers(4, size=m)
    found = as_sets(group_across_cameras(positions, noise, camera, gate))
    assert found == {frozenset(group) for group in joined_anew(positions, noise, camera, gate)}


@given(seeds, st.integers(1, 10))
def test_groups_do_not_depend_on_the_order(seed: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    positions, noise, camera = rng.normal(size=(m, 2)), covariances(rng, m), rng.integers(4, size=m)
    order = rng.permutation(m)
    groups = as_sets(group_across_cameras(positions, noise, camera, 4.0))
    again = group_across_cameras(positions[order], noise[order], camera[order], 4.0)
    assert {frozenset(order[list(group)].tolist()) for group in as_sets(again)} == groups


@settings(max_examples=50)
@given(seeds, st.integers(1, 8), st.integers(1, 5))
def test_people_far_apart_are_recovered(seed: int, people: int, cameras: int) -> None:
    _, found, camera, person = scattered(seed, people, cameras)
    noise = np.tile(0.01 * np.eye(2), (len(found), 1, 1))
    groups = as_sets(group_across_cameras(found, noise, camera, 30.0))
    expected = {frozenset(np.flatnonzero(person == k).tolist()) for k in set(person.tolist())}
    assert groups == expected


def test_the_nearest_are_joined_first() -> None:
    """The middle detection could join either side; it joins the nearer."""
    positions = np.array([[0.0, 0.0], [0.4, 0.0], [1.0, 0.0]])
    noise = np.tile(0.05 * np.eye(2), (3, 1, 1))
    groups = group_across_cameras(positions, noise, np.array([0, 1, 0]), 9.0)
    assert as_sets(groups) == {frozenset({0, 1}), frozenset({2})}


def test_groups_farther_apart_than_the_gate_stay_apart() -> None:
    noise = np.tile(0.5 * np.eye(2), (2, 1, 1))  # so squared distances are metres squared
    positions, camera = np.array([[0.0, 0.0], [2.0, 0.0]]), np.array([0, 1])
    assert len(group_across_cameras(positions, noise, camera, 3.9)) == 2
    assert len(group_across_cameras(positions, noise, camera, 4.1)) == 1


def test_three_cameras_that_agree_are_one_person() -> None:
    positions = np.array([[1.0, 1.0], [1.1, 0.9], [0.9, 1.1], [4.0, 4.0]])
    noise = np.tile(0.02 * np.eye(2), (4, 1, 1))
    groups = group_across_cameras(positions, noise, np.array([0, 1, 2, 0]), 9.0)
    assert as_sets(groups) == {frozenset({0, 1, 2}), frozenset({3})}


@pytest.mark.parametrize(("rows", "columns", "length"), [(30, 700, 256), (1, 5, 3), (0, 4, 8)])
def test_distances_in_blocks_are_those_of_one_product(rows: int, columns: int, length: int) -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=(n, length)).astype(np.float32) for n in (rows, columns))
    a /= np.maximum(np.linalg.norm(a, axis=1, keepdims=True), 1e-9)
    b /= np.linalg.norm(b, axis=1, keepdims=True)
    wanted = 1 - a.astype(np.float64) @ b.T.astype(np.float64)
    np.testing.assert_allclose(cosine_distances(a, b), np.clip(wanted, 0, 2), atol=1e-6)

from __future__ import annotations

import numpy as np
import pytest

from reid_mot.trackers import Gallery, IdentitySettings, distance_pairs
from reid_mot.trackers.distance_pairs import (
    Distances,
    Images,
    image_distances,
    labelled_set_distances,
    set_distances,
)

SETTINGS = IdentitySettings(neighbours=1, settled=3.0)


@pytest.fixture(autouse=True)
def _two_images_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that examples stay small enough to be worked by hand."""
    monkeypatch.setattr(distance_pairs, "COMPARED", 2)


def unit(*angles: float) -> np.ndarray:
    """Vectors at these angles in the plane: their distance is 1 - cos of the difference."""
    return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


def table(vectors: np.ndarray, tracklet: list[int], time: list[float], camera: list[int]) -> Images:
    number = np.array(tracklet)
    return Images(
        vectors, number, number, np.array(time, float), np.array(camera), np.ones(len(number))
    )


def rows(distances: Distances) -> set[tuple[int, int]]:
    return set(zip(distances.first.tolist(), distances.second.tolist(), strict=True))


def test_images_of_one_person_count_if_they_are_not_nearly_the_same() -> None:
    images = table(unit(0.0, 0.1, 0.2, 0.3), [7] * 4, [0, 0, 1, 4], [0, 1, 0, 0])

    same, different = image_distances(images, set(), np.random.default_rng(0))

    # Camera 0 at 0, 1 and 4 s: only pairs 3 s apart; camera 1 goes with all of them.
    assert rows(same) == {(0, 1), (1, 2), (1, 3), (0, 3), (2, 3)}
    assert len(different) == 0
    by_pair = dict(zip(zip(same.first, same.second, strict=True), same.values, strict=True))
    assert by_pair[0, 3] == pytest.approx(1 - np.cos(0.3), abs=1e-6)


def test_images_of_two_people_are_those_seen_apart() -> None:
    images = table(unit(0.0, 1.0, 2.0), [0, 1, 2], [0, 0, 0], [0, 0, 0])

    _, different = image_distances(images, {(0, 2)}, np.random.default_rng(0))

    assert rows(different) == {(0, 2)}
    assert different.values == pytest.approx([1 - np.cos(2.0)], abs=1e-6)


def test_no_more_pairs_than_asked_for() -> None:
    images = table(unit(*np.linspace(0, 1, 40)), [0] * 20 + [1] * 20, [0] * 40, list(range(40)))

    same, different = image_distances(images, {(0, 1)}, np.random.default_rng(0), most=7)

    assert (len(same), len(different)) == (14, 7)
    assert len(rows(different)) == 7


def test_sets_of_one_person_are_apart_in_time_or_of_other_cameras() -> None:
    angles = [0.0, 0.1, 0.4, 0.5]
    images = table(unit(*angles), [3] * 4, [0, 1, 4.5, 5], [0, 0, 0, 0])

    same, different = set_distances(images, set(), SETTINGS, most=2)

    # Entry (0, 1) against (2, 3), by the nearest: 0.4 and 0.3 away; the other entry alike.
    expected = np.mean([1 - np.cos(0.4), 1 - np.cos(0.3)])
    assert same.values == pytest.approx([expected], abs=1e-6)
    assert len(different) == 0


def test_sets_are_compared_as_the_gallery_does() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(60, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    time = [float(k) for k in range(30)] * 2
    images = table(vectors, [0] * 30 + [1] * 30, time, [0] * 60)
    settings = IdentitySettings(gallery=24)

    _, different = set_distances(images, {(0, 1)}, settings, most=1)

    assert rows(different) == {(0, 30), (30, 0)}
    gallery = Gallery(24, 3)
    gallery.add(1, vectors[30:])
    assert different.values[0] == pytest.approx(gallery.distance(1, vectors[:2]), abs=1e-6)


def test_other_cameras_serve_at_the_same_instant() -> None:
    images = table(unit(0.0, 0.1, 0.7, 0.8), [0] * 4, [0, 0.5, 0, 0.5], [0, 0, 1, 1])

    same, _ = set_distances(images, set(), SETTINGS, most=1)

    # The first instant, camera 0's image, against camera 1's images: the nearest is 0.7 away.
    assert same.values == pytest.approx([1 - np.cos(0.7)], abs=1e-6)


def test_truth_joins_visits() -> None:
    images = table(unit(0, 0, 0.5, 0.5, 2, 2), [0, 0, 1, 1, 2, 2], [0, 1, 9, 10, 0, 1], [0] * 6)

    same, different = labelled_set_distances(images, np.array([5, 5, 5, 5, 6, 6]), SETTINGS, most=1)

    assert rows(same) == {(0, 2), (2, 0)}
    assert same.values == pytest.approx([1 - np.cos(0.5)] * 2, abs=1e-6)
    assert rows(different) == {(0, 4), (2, 4), (4, 0), (4, 2)}


def test_columns_must_fit() -> None:
    with pytest.raises(ValueError, match="3 vectors but camera of shape"):
        Images(unit(0, 1, 2), *(np.zeros(3, int),) * 2, np.zeros(3), np.zeros(2, int), np.ones(3))
    with pytest.raises(ValueError, match="expected a finite"):
        table(np.full((1, 2), np.nan), [0], [0], [0])

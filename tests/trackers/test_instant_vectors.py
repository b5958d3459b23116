"""Which detections are worth looking at, and their vectors, each computed once."""

import numpy as np
from numpy.typing import NDArray

from reid_mot.models.embedder import CallableEmbedder
from reid_mot.sequences import Camera, Detections, View
from reid_mot.trackers.instant_vectors import InstantVectors, presentable, shot
from reid_mot.trackers.sightings import Sightings

from .sighted import sighted

BOXES = np.array([[0.0, 0, 40, 100], [20, 5, 60, 105], [200, 0, 210, 20], [-30, 0, 10, 100]])


def seen(vectors: NDArray[np.float32] | None = None) -> tuple[Sightings, tuple[View, ...]]:
    image = np.full((200, 400, 3), 9, np.uint8)
    view = View(Camera("c", (400, 200)), 4, 0.4, Detections(BOXES, None, vectors), image)
    return sighted(BOXES), (view,)


def test_hidden_small_and_cut_off_people_are_not_presentable() -> None:
    rows, shown = presentable(np.arange(4), *seen(), quality=0.7, height=40.0)
    assert rows.tolist() == [1]
    assert shown.tolist() == [1.0]
    rows, shown = presentable(np.arange(4), *seen(), quality=0.2, height=10.0)
    assert rows.tolist() == [0, 1, 2, 3]
    # The first is hidden by half of its width up to 5 from above, the last cut off by three
    # quarters.
    np.testing.assert_allclose(shown, [0.525, 1.0, 1.0, 0.25])


def test_given_vectors_get_unit_length_and_none_are_left_out() -> None:
    given = np.array([[3, 4], [0, 0], [np.nan, 1], [0, 2]], dtype=np.float32)
    rows, vectors = InstantVectors(None).of(np.arange(4), *seen(given))
    assert rows.tolist() == [0, 3]
    assert np.abs(vectors - np.array([[0.6, 0.8], [0, 1]])).max() < 1e-6


def test_a_crop_is_embedded_once_an_instant() -> None:
    batches: list[int] = []

    def embed(crops: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        batches.append(len(crops))
        return np.ones((len(crops), 2), dtype=np.float32)

    cache, (sightings, views) = InstantVectors(CallableEmbedder(embed, 2)), seen()
    cache.of(np.array([0, 1]), sightings, views)
    cache.of(np.array([1, 2]), sightings, views)
    assert batches == [2, 1]
    assert cache.embedded == 3
    cache.of(np.array([1]), *seen())
    assert batches == [2, 1, 1]


def test_where_an_image_was_taken() -> None:
    taken = shot(1, *seen())
    assert (taken.frame, taken.camera, taken.box) == (4, "c", (20.0, 5.0, 60.0, 105.0))

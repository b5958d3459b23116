"""All cameras' detections in one table."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from reid_mot.sequences import Camera, Detections, View
from reid_mot.trackers.localisation import BoxNoise, locate
from reid_mot.trackers.sightings import crop_qualities, gather, iou, overlap

Floats = NDArray[np.float64]


def people(camera: Camera, ground: list[tuple[float, float]], margin: float = 20.0) -> View:
    """A view with a box for each of these places."""
    places = np.array(ground, dtype=np.float64).reshape(-1, 2)
    feet, head = camera.to_pixels(places), camera.to_pixels(places, 1.7)
    boxes = np.column_stack([feet[:, 0] - margin, head[:, 1], feet[:, 0] + margin, feet[:, 1]])
    return View(camera, 1, 0.0, Detections(boxes, np.linspace(0.5, 1, len(boxes))))


def test_rows_say_where_they_come_from(cameras: tuple[Camera, ...]) -> None:
    views = [
        people(cameras[2], [(3, 3), (2, 2)]),
        people(cameras[0], []),
        people(cameras[1], [(3, 3)]),
    ]
    seen = gather(views, {"c1": 0, "c2": 1, "c3": 2}, BoxNoise())
    assert len(seen) == 3
    assert seen.camera.tolist() == [2, 2, 1]
    assert seen.view.tolist() == [0, 0, 2]
    assert seen.row.tolist() == [0, 1, 0]
    expected = np.vstack([views[0].detections.boxes, views[2].detections.boxes])
    np.testing.assert_array_equal(seen.boxes, expected)
    np.testing.assert_array_equal(seen.scores, [0.5, 1.0, 0.5])
    positions, noise, misfits = locate(cameras[2], views[0].detections.boxes, BoxNoise())
    np.testing.assert_array_equal(seen.positions[:2], positions)
    np.testing.assert_array_equal(seen.noise[:2], noise)
    np.testing.assert_array_equal(seen.misfits[:2], misfits)


def test_who_stands_outside_the_region_is_left_out(cameras: tuple[Camera, ...]) -> None:
    view = people(cameras[0], [(4.5, 4.5), (3, 3), (3.9, 3.9)])
    region = np.array([[2.0, 2], [4, 2], [4, 4], [2, 4]])
    strict = gather([view], {"c1": 0}, BoxNoise(), region)
    assert strict.row.tolist() == [1, 2]
    assert gather([view], {"c1": 0}, BoxNoise(), region, margin=1.0).row.tolist() == [0, 1, 2]


def test_who_stands_nowhere_is_left_out(cameras: tuple[Camera, ...]) -> None:
    camera = cameras[0]
    assert camera.projection is not None
    plane = Camera("c1", camera.size, homography=camera.projection[:, [0, 1, 3]])
    sky = View(plane, 1, 0.0, Detections([[300, -400, 320, -300], [300, 100, 340, 300]]))
    assert gather([sky], {"c1": 0}, BoxNoise()).row.tolist() == [1]


def test_an_instant_without_detections(cameras: tuple[Camera, ...]) -> None:
    seen = gather([people(cameras[0], [])], {"c1": 0}, BoxNoise())
    assert len(seen) == 0
    assert seen.positions.shape == (0, 2)
    assert seen.noise.shape == (0, 2, 2)


whole_boxes = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 9), st.integers(1, 9)),
    min_size=1,
    max_size=5,
)


def pixels(box: Floats) -> set[tuple[int, int]]:
    left, top, right, bottom = box.astype(int)
    return {(x, y) for x in range(left, right) for y in range(top, bottom)}


@given(whole_boxes, whole_boxes)
def test_overlap_and_iou_equal_counted_pixels(
    first: list[tuple[int, int, int, int]], second: list[tuple[int, int, int, int]]
) -> None:
    a, b = (
        np.array([(x, y, x + w, y + h) for x, y, w, h in boxes], dtype=np.float64)
        for boxes in (first, second)
    )
    shared, ratio = overlap(a, b), iou(a, b)
    for i in range(len(a)):
        for j in range(len(b)):
            both = len(pixels(a[i]) & pixels(b[j]))
            assert shared[i, j] == both
            assert ratio[i, j] == pytest.approx(both / len(pixels(a[i]) | pixels(b[j])))


SIZES = np.full((2, 2), 100.0)


def test_a_box_alone_shows_all_of_its_person() -> None:
    quality = crop_qualities(np.array([[10.0, 10, 30, 60]]), np.zeros(1, np.int64), SIZES[:1])
    assert quality.tolist() == [1.0]


def test_the_border_cuts_quality() -> None:
    quality = crop_qualities(np.array([[-10.0, 0, 30, 50]]), np.zeros(1, np.int64), SIZES[:1])
    assert quality[0] == pytest.approx(0.75)


def test_the_nearer_of_two_hides_the_farther() -> None:
    boxes = np.array([[10.0, 10, 30, 60], [20.0, 10, 40, 80]])
    quality = crop_qualities(boxes, np.zeros(2, np.int64), SIZES)
    np.testing.assert_allclose(quality, [0.5, 1.0])


def test_other_cameras_hide_nobody() -> None:
    boxes = np.array([[10.0, 10, 30, 60], [20.0, 10, 40, 80]])
    assert crop_qualities(boxes, np.array([0, 1]), SIZES).tolist() == [1.0, 1.0]


def test_of_some_boxes_the_others_hide_as_of_all() -> None:
    rng = np.random.default_rng(3)
    corner = rng.uniform(0, 80, (20, 2))
    boxes = np.hstack([corner, corner + rng.uniform(5, 40, (20, 2))])
    camera, rows = rng.integers(0, 2, 20), np.array([7, 2, 11])
    every = crop_qualities(boxes, camera, SIZES[camera])
    assert every.min() < 0.5 < every.max()
    np.testing.assert_array_equal(crop_qualities(boxes, camera, SIZES[camera], rows), every[rows])


def test_no_boxes_have_no_qualities() -> None:
    assert crop_qualities(np.empty((0, 4)), np.empty(0, np.int64), np.empty((0, 2))).shape == (0,)

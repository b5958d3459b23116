"""Cameras side by side."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid_mot.drawing import PANEL
from reid_mot.mosaic import mosaic, picture, tiling
from reid_mot.palette import colour_of
from reid_mot.sequences import Camera, Detections, Tracks, View

CAMERAS = tuple(Camera(name, (64, 48)) for name in "abcd")


def view(camera: Camera, value: int) -> View:
    """A view whose image has one grey."""
    image = np.full((camera.size[1], camera.size[0], 3), value, np.uint8)
    return View(camera, 1, 0.0, Detections.empty(), image)


@given(st.integers(1, 30), st.integers(100, 2000), st.sampled_from([(640, 480), (1920, 1080)]))
def test_every_camera_has_a_place_of_its_own(count: int, width: int, size: tuple[int, int]) -> None:
    plan = tiling([Camera(str(n), size) for n in range(count)], width)

    used = np.zeros(plan.size[::-1], int)
    for index in range(count):
        left, top = plan.corner(index)
        used[top : top + plan.tile[1], left : left + plan.tile[0]] += 1

    assert used.max() == 1
    assert used.sum() == count * plan.tile[0] * plan.tile[1]
    assert plan.size[0] % 2 == plan.size[1] % 2 == 0


def test_pictures_stand_in_the_order_of_the_cameras() -> None:
    views = [view(camera, 40 * n + 40) for n, camera in enumerate(CAMERAS)]

    canvas = mosaic(views[::-1], CAMERAS, Tracks.empty(), 1, width=644)

    assert canvas.shape == (484, 644, 3)
    assert [canvas[y, x, 0] for y, x in ((120, 160), (120, 480), (360, 160), (360, 480))] == [
        40,
        80,
        120,
        160,
    ]


def test_a_box_is_drawn_where_it_belongs() -> None:
    tracks = Tracks([1, 2], ["a", "a"], [5, 6], [[16, 12, 32, 36], [0, 0, 9, 9]])

    canvas = mosaic([view(CAMERAS[0], 0)], CAMERAS[:1], tracks, 1, width=640)

    assert (canvas[240, 160] == colour_of(5)).all()
    assert not (canvas == colour_of(6)).all(axis=2).any()


def test_trails_show_the_past_and_not_the_future() -> None:
    boxes = [[4.0 * n, 10, 4.0 * n + 4, 20] for n in range(10)]
    tracks = Tracks(range(1, 11), "a", [3] * 10, boxes)

    canvas = picture(view(CAMERAS[0], 0), CAMERAS[0], tracks[:6], 6, (640, 480))
    later = mosaic([view(CAMERAS[0], 0)], CAMERAS[:1], tracks, 6, width=640)

    assert np.array_equal(canvas, later)
    assert canvas[200, 100].any()
    assert not canvas[200, 300:].any()


def test_positions_on_the_floor_are_trails_in_every_calibrated_view() -> None:
    camera = Camera("a", (64, 48), homography=np.diag([8.0, 8.0, 1.0]))
    boxes = [[np.nan] * 4, [40.0, 20.0, 44.0, 40.0]]
    tracks = Tracks([1, 2], ["", "a"], [2, 2], boxes, [[1.0, 5.0], [5.25, 5.0]])

    canvas = picture(view(camera, 0), camera, tracks, 2, (640, 480))

    assert canvas[400, 250].any()


def test_without_an_image_the_picture_is_dark() -> None:
    bare = View(CAMERAS[0], 1, 0.0, Detections.empty())

    canvas = picture(bare, CAMERAS[0], Tracks.empty(), 1, (640, 480))

    assert (canvas[200, 300] == PANEL).all()


def test_the_region_is_outlined_where_there_is_no_image() -> None:
    camera = Camera("a", (64, 48), homography=np.diag([8.0, 8.0, 1.0]))
    region = np.array([[1.0, 1], [6, 1], [6, 5], [1, 5]])

    canvas = picture(None, camera, Tracks.empty(), 1, (640, 480), region)

    assert (canvas[240, 80] != PANEL).any()
    assert (canvas[240, 300] == PANEL).all()


def test_a_picture_of_another_shape_is_centred() -> None:
    tall = Camera("t", (24, 48))

    canvas = picture(view(tall, 200), tall, Tracks.empty(), 1, (640, 480))

    assert canvas.shape == (480, 640, 3)
    assert (canvas[240, 320] == 200).all()
    assert (canvas[240, 100] < 100).all()


def test_without_a_camera_there_is_nothing_to_draw() -> None:
    with pytest.raises(ValueError, match="no camera"):
        tiling([])

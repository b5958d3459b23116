"""Predicted boxes, against boxes worked out by hand and against what a camera would detect."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from reid_mot.sequences import Camera
from reid_mot.trackers.framing import RENEWAL, learn_framing, placed, predict_boxes, relative
from reid_mot.trackers.ground_tracks import GroundTracks
from reid_mot.trackers.visibility import body_boxes

Floats = NDArray[np.float64]
sides = st.floats(2, 400)
places = st.floats(-200, 800)


def standing(ground: list[tuple[float, float]], cameras: int = 1) -> GroundTracks:
    """Tracks of people who stand there, whom no camera has detected yet."""
    n = len(ground)
    mean = np.hstack([np.array(ground, dtype=np.float64).reshape(n, 2), np.zeros((n, 2))])
    none = np.zeros((n, cameras), dtype=bool)
    return GroundTracks.new(mean, np.tile(np.eye(4), (n, 1, 1)), np.ones(n), 0.0, 0, none, none)


def test_a_box_relative_to_a_figure() -> None:
    figure, box = np.array([[100.0, 100, 150, 200]]), np.array([[120.0, 60, 180, 220]])
    # Middles of lower edges (125, 200) and (150, 220); the figure is 100 high.
    found = relative(box, figure)
    np.testing.assert_allclose(found, [[0.25, 0.2, np.log(0.6), np.log(1.6)]])


def test_a_figure_of_no_height_is_measured_in_pixels() -> None:
    foot, box = np.array([[100.0, 200, 100, 200]]), np.array([[90.0, 150, 114, 205]])
    found = relative(box, foot)
    np.testing.assert_allclose(found, [[2, 5, np.log(24), np.log(55)]])
    np.testing.assert_allclose(placed(found, foot + 10), box + 10)


@given(places, places, sides, sides, places, places, sides, sides)
def test_placed_undoes_relative(
    x: float, y: float, w: float, h: float, left: float, top: float, width: float, height: float
) -> None:
    figure, box = (
        np.array([[x, y, x + w, y + h]]),
        np.array([[left, top, left + width, top + height]]),
    )
    np.testing.assert_allclose(placed(relative(box, figure), figure), box, atol=1e-6)


def test_the_box_follows_who_walks(cameras: tuple[Camera, ...]) -> None:
    """Learned at one place with the detector's habits; predicted at another."""
    camera, habit = cameras[1], np.array([[0.05, -0.02, np.log(0.4), np.log(1.08)]])
    tracks = standing([(2, 3), (4, 4)], cameras=2)
    figures, _ = body_boxes(camera, tracks.positions, 1.7)
    learn_framing(camera, 1, tracks, np.array([1]), placed(habit, figures[1:]), 5.0)
    np.testing.assert_array_equal(tracks.framed, [[-np.inf, -np.inf], [-np.inf, 5.0]])
    tracks.mean[1, :2] = 3, 3.5
    rows, boxes = predict_boxes(camera, 1, tracks, np.array([1]))
    assert rows.tolist() == [1]
    moved, _ = body_boxes(camera, np.array([[3.0, 3.5]]), 1.7)
    np.testing.assert_allclose(boxes, placed(habit, moved))


def test_what_is_known_is_renewed_by_a_share(cameras: tuple[Camera, ...]) -> None:
    tracks = standing([(3, 3)])
    figure, _ = body_boxes(cameras[0], tracks.positions, 1.7)
    first, second = np.array([[0.0, 0, -1, 0]]), np.array([[0.1, 0, -1, 0.2]])
    for time, framing in enumerate([first, second]):
        box = placed(framing, figure)
        learn_framing(cameras[0], 0, tracks, np.array([0]), box, float(time))
    expected = first + RENEWAL * (second - first)
    np.testing.assert_allclose(tracks.framing[0], expected, atol=1e-9)
    assert tracks.framed[0, 0] == 1.0


def test_who_has_left_the_image_has_no_box(cameras: tuple[Camera, ...]) -> None:
    camera, tracks = cameras[0], standing([(3, 3), (3, 3.2), (-5, -5)])
    figures, _ = body_boxes(camera, tracks.positions, 1.7)
    learn_framing(camera, 0, tracks, np.array([0, 1]), figures[:2], 0.0)
    # The first walks on behind the camera, the third was never in front of it.
    tracks.mean[0, :2] = -3, -3
    rows, boxes = predict_boxes(camera, 0, tracks, np.array([0, 1, 2]))
    assert rows.tolist() == [1]
    np.testing.assert_allclose(boxes, figures[1:2])


def test_boxes_end_at_the_border(cameras: tuple[Camera, ...]) -> None:
    camera, tracks = cameras[0], standing([(3, 3)])
    learn_framing(camera, 0, tracks, np.array([0]), np.array([[-40.0, 100, 60, 400]]), 0.0)
    _, boxes = predict_boxes(camera, 0, tracks, np.array([0]))
    np.testing.assert_allclose(boxes, [[0, 100, 60, 400]])


@pytest.mark.parametrize("rows", [[], [0]])
def test_a_place_behind_the_camera_teaches_nothing(
    cameras: tuple[Camera, ...], rows: list[int]
) -> None:
    tracks = standing([(-5, -5)])
    boxes = np.tile([10.0, 10, 50, 90], (len(rows), 1))
    learn_framing(cameras[0], 0, tracks, np.array(rows, dtype=np.int64), boxes, 0.0)
    assert np.isinf(tracks.framed).all()
    assert (tracks.framing == 0).all()

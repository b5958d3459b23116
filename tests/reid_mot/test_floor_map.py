"""The map of the floor."""

from __future__ import annotations

import numpy as np
import pytest

from reid_mot.floor_map import (
    FloorPlan,
    bar_length,
    empty_map,
    floor_plan,
    people_on_map,
    viewing_directions,
    walks_on_map,
)
from reid_mot.palette import colour_of
from reid_mot.sequences import GROUND, Camera, Tracks
from reid_mot.sequences.simulated import SimulatedRoom

REGION = np.array([[0.0, 0], [4, 0], [4, 3], [0, 3]])


@pytest.fixture(scope="module")
def cameras() -> tuple[Camera, ...]:
    """Four in the corners of 5 x 6 metres."""
    return SimulatedRoom(duration=1, rate=1).cameras


def has(canvas: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """(height, width) which pixels have exactly this colour."""
    return np.asarray((canvas == colour).all(axis=2))


def test_up_is_up_and_right_is_right() -> None:
    plan = FloorPlan(np.array([0.0, 0]), np.array([4.0, 3]), (400, 400))

    middle, right, up = plan.pixels(np.array([[2, 1.5], [3, 1.5], [2, 2.5]]))

    assert middle.tolist() == [200, 200]
    assert (right - middle).tolist() == pytest.approx([plan.scale, 0])
    assert (up - middle).tolist() == pytest.approx([0, -plan.scale])


def test_the_plan_holds_region_positions_and_near_cameras(cameras: tuple[Camera, ...]) -> None:
    tracks = Tracks([1, 2], GROUND, [1, 1], None, [[-1.0, 2.0], [2.0, 2.0]])

    plan = floor_plan(cameras, REGION, tracks, (300, 300))

    assert plan is not None
    for points in (
        REGION,
        tracks.ground[1:],
        np.array([c.centre[:2] for c in cameras if c.centre is not None]),
    ):
        pixels = plan.pixels(points)
        assert (pixels > 0).all()
        assert (pixels < 300).all()


def test_a_camera_far_off_does_not_shrink_the_floor(cameras: tuple[Camera, ...]) -> None:
    assert cameras[0].projection is not None
    shift = np.eye(4)
    shift[:2, 3] = -500
    far = Camera("far", (640, 480), projection=cameras[0].projection @ shift)

    near, both = (floor_plan(c, REGION, None, (300, 300)) for c in ((), (far,)))

    assert near is not None
    assert both is not None
    assert both.scale == near.scale


def test_without_a_region_the_floor_in_view_is_shown(cameras: tuple[Camera, ...]) -> None:
    plan = floor_plan(cameras, None, None, (300, 300))

    assert plan is not None
    assert (plan.low < [1, 1]).all()
    assert (plan.high > [4, 5]).all()


def test_nothing_known_gives_no_plan() -> None:
    boxes = Tracks([1], "a", [1], [[0, 0, 5, 5]])

    assert floor_plan([Camera("a", (64, 48))], None, None, (300, 300)) is None
    assert floor_plan([Camera("a", (64, 48))], None, boxes, (300, 300)) is None


def test_cameras_look_into_the_room(cameras: tuple[Camera, ...]) -> None:
    for camera in cameras:
        directions = viewing_directions(camera)

        assert camera.centre is not None
        assert directions is not None
        inward = np.array([2.5, 3.0]) - camera.centre[:2]
        assert directions[1] @ inward / np.hypot(*inward) > 0.9
        assert np.hypot(*directions.T) == pytest.approx(1)


def test_a_camera_of_a_plane_has_no_direction() -> None:
    assert viewing_directions(Camera("a", (64, 48), homography=np.eye(3))) is None


def test_people_are_dots_of_their_colour(cameras: tuple[Camera, ...]) -> None:
    plan = floor_plan(cameras, REGION, None, (400, 400))
    assert plan is not None
    bare = empty_map(plan, cameras, REGION)
    tracks = Tracks([1, 1, 9], GROUND, [1, 2, 3], None, [[1.0, 1.0], [3.0, 2.0], [2.0, 2.0]])

    canvas = people_on_map(bare, plan, tracks, 1)

    for identity, place in ((1, [1.0, 1.0]), (2, [3.0, 2.0])):
        x, y = plan.pixels(np.array([place]))[0].round().astype(int)
        assert (canvas[y, x] == colour_of(identity)).all()
    assert not has(canvas, colour_of(3)).any()
    assert not has(bare, colour_of(1)).any()


def test_walks_are_not_joined_over_an_absence(cameras: tuple[Camera, ...]) -> None:
    plan = floor_plan(cameras, REGION, None, (400, 400))
    assert plan is not None
    bare = empty_map(plan, cameras, REGION)
    frames, places = [1, 2, 90, 91], [[0.5, 1.5], [1.0, 1.5], [3.0, 1.5], [3.5, 1.5]]
    tracks = Tracks(frames, GROUND, [1] * 4, None, places)

    apart = walks_on_map(bare, plan, tracks, apart=10)
    joined = walks_on_map(bare, plan, tracks, apart=100)

    x, y = plan.pixels(np.array([[2.0, 1.5]]))[0].round().astype(int)
    assert np.array_equal(apart[y, x], bare[y, x])
    assert not np.array_equal(joined[y, x], bare[y, x])


@pytest.mark.parametrize("scale", [0.3, 4.0, 37.0, 160.0, 999.0])
def test_the_scale_bar_is_a_round_number_of_fitting_length(scale: float) -> None:
    metres = bar_length(scale)

    assert 60 * (1 - 1e-6) <= metres * scale <= 150 * (1 + 1e-6)
    assert f"{metres:e}"[0] in "125"

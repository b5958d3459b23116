import numpy as np
import pytest

from reid_mot.sequences import in_region
from reid_mot.sequences.layout import (
    CEILING,
    DEPTH,
    DOORS,
    SEATS,
    WIDTH,
    corner_cameras,
    furniture,
    obstacles,
    region,
)


def test_cameras_hang_in_the_corners_inside_the_room() -> None:
    for camera in corner_cameras():
        assert camera.centre is not None
        x, y, z = camera.centre
        assert min(x, WIDTH - x) == pytest.approx(0.08)
        assert min(y, DEPTH - y) == pytest.approx(0.08)
        assert 2.3 < z < 2.5 < CEILING


def test_cameras_are_upright_and_see_their_targets_in_the_middle() -> None:
    for camera in corner_cameras():
        low, high = camera.to_pixels(np.array([[2.5, 3.0, 0.0], [2.5, 3.0, 1.7]]))
        assert high[1] < low[1]
        assert abs(low[0] - high[0]) < 10
        np.testing.assert_allclose(
            camera.to_pixels(np.array([[2.5, 3.0, 0.78]])), [[320, 240]], atol=25
        )


def test_pixels_are_not_mirrored() -> None:
    """From the corner at the origin, the wall x = 0 is on the left."""
    left, right = corner_cameras()[0].to_pixels(np.array([[1.0, 5.0, 1.0], [4.5, 1.5, 1.0]]))
    assert left[0] < 320 < right[0]


def test_middle_of_the_room_is_seen_by_all() -> None:
    floor = np.stack(np.meshgrid(np.linspace(1.7, 3.3, 9), np.linspace(2, 4, 9)), -1).reshape(-1, 2)
    for camera in corner_cameras():
        assert camera.in_view(floor).all()


def test_doors_lie_in_walls_and_seats_on_the_floor() -> None:
    for door in DOORS:
        assert 0.0 in door.centre
        inside = np.array([door.centre]) + 0.1 * np.array(door.inward)
        assert in_region(inside, region()).all()
    assert in_region(np.array([seat.place for seat in SEATS]), region(), margin=-0.3).all()


def test_furniture_stands_in_the_room_with_positive_sizes() -> None:
    for piece in furniture():
        for block in piece:
            low, high = np.array(block.low), np.array(block.high)
            assert (high > low).all()
            assert (low >= 0).all()
            assert (high <= [WIDTH, DEPTH, CEILING]).all()


def test_people_can_stand_before_every_seat() -> None:
    discs = obstacles()
    for seat in SEATS:
        gaps = np.linalg.norm(discs[:, :2] - seat.approach, axis=1) - discs[:, 2]
        assert gaps.min() > 0.3

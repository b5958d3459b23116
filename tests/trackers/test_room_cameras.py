"""What cameras of a room see, with cameras in its corners."""

from __future__ import annotations

import numpy as np
import pytest

from reid_mot.sequences import Camera, Detections, View
from reid_mot.trackers.detection_rates import DetectionRates
from reid_mot.trackers.room_cameras import RoomCameras, check_views

MIDDLE = np.array([[3.0, 3.0]])
NOBODY, ONE = np.empty((0, 2)), np.ones(1, dtype=bool)


def views(cameras: tuple[Camera, ...], *which: int, frame: int = 0) -> list[View]:
    return [View(cameras[k], frame, 0.0, Detections.empty()) for k in which]


def room() -> RoomCameras:
    return RoomCameras(DetectionRates(0.85), 1.7)


def test_cameras_are_numbered_as_they_appear(cameras: tuple[Camera, ...]) -> None:
    known = room()
    assert known.admit(views(cameras, 2, 0)) == 2
    assert known.admit(views(cameras, 0, 3, 2)) == 1
    assert known.index == {"c3": 0, "c1": 1, "c4": 2}
    assert len(known) == 3
    assert known.columns(views(cameras, 3, 2)) == [2, 0]
    assert known.active(views(cameras, 3, 2)).tolist() == [True, False, True]


def test_who_stands_in_front_hides_if_certainly_there(cameras: tuple[Camera, ...]) -> None:
    known = room()
    known.admit(views(cameras, 0, 1))
    far, near = [3.0, 3.0], [2.2, 2.2]  # one behind the other for the first camera alone
    both = np.array([far, near])
    inside, hidden = known.shares(views(cameras, 0), both, np.array([False, True]))
    assert inside[0, 0] > 0.9
    assert hidden[0, 0] > 0.3
    assert hidden[1, 0] == 0
    assert not inside[:, 1].any()  # it delivered nothing
    _, clear = known.shares(views(cameras, 0), both, np.array([False, False]))
    assert clear[0, 0] == 0


def test_chances_of_places_count_other_people_and_not_each_other(
    cameras: tuple[Camera, ...],
) -> None:
    known, every = room(), views(cameras, 0, 1)
    known.admit(every)
    near = np.array([[2.2, 2.2]])
    alone = known.chances(every, MIDDLE, NOBODY, ONE[:0])
    assert alone == pytest.approx(np.array([[0.85, 0.85]]), abs=0.05)
    assert np.array_equal(
        known.chances(every, np.vstack([MIDDLE, near]), NOBODY, ONE[:0])[:1], alone
    )
    behind = known.chances(every, MIDDLE, near, ONE)
    assert behind[0, 0] < alone[0, 0] - 0.1
    assert behind[0, 1] == alone[0, 1]


def test_rates_are_learned_from_whom_another_camera_detects(cameras: tuple[Camera, ...]) -> None:
    known, every = room(), views(cameras, 0, 1)
    known.admit(every)
    shares = np.ones((3, 2)), np.zeros((3, 2))
    before = known.rates.chances(*shares)
    # Two whom one camera alone detects, each known to be there by its detection: the other failed.
    nobody, tentative = np.zeros((3, 2), bool), np.zeros(3, bool)
    known.learn(shares, nobody, ~tentative)
    known.learn(shares, ~nobody, tentative)
    assert np.array_equal(known.rates.chances(*shares), before)
    hits = np.array([[True, False], [False, True], [False, False]])
    known.learn(shares, hits, ~tentative)
    expected = (20 * before + 0) / (20 + 2)
    assert known.rates.chances(*shares) == pytest.approx(expected)


def test_what_is_no_instant(cameras: tuple[Camera, ...]) -> None:
    check_views(views(cameras, 0, 1))
    with pytest.raises(ValueError, match="at least one view"):
        check_views([])
    with pytest.raises(ValueError, match=r"different frames: \[0, 1\]"):
        check_views(views(cameras, 0) + views(cameras, 1, frame=1))
    with pytest.raises(ValueError, match="frame 0: a camera has two views"):
        check_views(views(cameras, 0, 0))
    with pytest.raises(ValueError, match="'x' is not calibrated"):
        check_views(views((Camera("x", (640, 480)),), 0))

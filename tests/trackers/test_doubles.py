"""Pairs of tracks that are one person."""

import numpy as np

from reid_mot.sequences import Camera, Detections, View
from reid_mot.trackers.doubles import Doubles
from reid_mot.trackers.ground_tracks import GroundTracks
from reid_mot.trackers.room_settings import RoomSettings

from .sighted import sighted

INSTANTS = 40


def pair(apart: float, confirmed: tuple[bool, bool] = (True, True)) -> GroundTracks:
    """Two tracks about the middle of the room, so many metres apart."""
    mean = np.array([[3 - apart / 2, 3, 0, 0], [3 + apart / 2, 3, 0, 0]])
    none = np.zeros((2, 4), dtype=bool)
    tracks = GroundTracks.new(mean, np.tile(np.eye(4), (2, 1, 1)), np.ones(2), 0.0, 0, none, none)
    tracks.confirmed = np.array(confirmed)
    return tracks


def watched(
    cameras: tuple[Camera, ...], tracks: GroundTracks, boxes: dict[tuple[int, int], list[float]]
) -> list[int] | None:
    """Who is given up first, if all instants show these boxes by (track, camera)."""
    owner, camera = np.array(list(boxes)).reshape(-1, 2).T
    seen = sighted(list(boxes.values()), camera.tolist())
    hits = np.zeros((2, 4), dtype=bool)
    hits[owner, camera] = True
    doubles = Doubles(RoomSettings())
    for k in range(INSTANTS):
        views = [View(c, k, k / 10, Detections.empty()) for c in cameras]
        if found := doubles.younger(views, range(4), tracks, seen, owner, hits, 0.1):
            return found
    return None


LEFT, RIGHT = [100.0, 100, 150, 250], [200.0, 100, 250, 250]


def test_each_camera_sees_only_one_of_them(cameras: tuple[Camera, ...]) -> None:
    boxes = {(0, 0): LEFT, (0, 1): LEFT, (1, 2): LEFT, (1, 3): LEFT}
    assert watched(cameras, pair(0.6), boxes) == [1]


def test_a_camera_sees_both_apart(cameras: tuple[Camera, ...]) -> None:
    boxes = {(k, c): box for c in range(4) for k, box in enumerate([LEFT, RIGHT])}
    assert watched(cameras, pair(0.3), boxes) is None


def test_far_from_each_other_they_are_two(cameras: tuple[Camera, ...]) -> None:
    assert watched(cameras, pair(1.0), {(0, 0): LEFT, (1, 1): LEFT}) is None


def test_the_confirmed_one_stays(cameras: tuple[Camera, ...]) -> None:
    boxes = {(0, 0): LEFT, (1, 1): LEFT}
    assert watched(cameras, pair(0.3, (False, True)), boxes) == [0]
    assert watched(cameras, pair(0.3, (False, False)), boxes) == [1]

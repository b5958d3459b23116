"""Visits of tracks to the cameras of a network, told instant by instant."""

from collections.abc import Sequence

import numpy as np

from reid_mot.sequences import Camera, Detections, View
from reid_mot.trackers.attendance import Attendance
from reid_mot.trackers.known_people import KnownPeople
from reid_mot.trackers.network_chances import Chances
from reid_mot.trackers.network_settings import NetworkSettings
from reid_mot.trackers.network_visits import Report, Visit

from .sighted import sighted

LOOK = np.array([[1.0, 0.0]], np.float32)


def new(settings: NetworkSettings | None = None) -> Attendance:
    settings = settings or NetworkSettings()
    return Attendance(settings, KnownPeople(), Chances(settings, None))


def report(
    camera: str, tracks: Sequence[int], detected: Sequence[int], crowded: bool = False
) -> Report:
    """Confirmed tracks, some of which are detected."""
    boxes = np.tile([10.0, 10, 50, 110], (len(detected), 1))
    owner = np.array([list(tracks).index(k) for k in detected], np.int64)
    view = View(Camera(camera, (640, 480)), 0, 0.0, Detections(boxes))
    flags = np.ones(len(tracks), bool), np.full(len(tracks), crowded)
    return Report(view, np.array(tracks, np.int64), *flags, sighted(boxes), owner)


def settle(attendance: Attendance, key: tuple[str, int]) -> Visit:
    visit = attendance.visits[key]
    attendance.gallery.add(visit.identity, LOOK)
    visit.settled = True
    return visit


def told(attendance: Attendance) -> list[tuple[str, str | None, int]]:
    return [(event.kind, event.camera, event.identity) for event in attendance.events]


def test_tracks_of_all_cameras_are_numbered_and_their_ends_found() -> None:
    attendance = new()
    attendance.begin(1.0, 10)
    attendance.follow(report("b", [4, 2], [2]))
    attendance.follow(report("a", [2], []))
    assert told(attendance) == [("entered", "b", 1), ("entered", "b", 2), ("entered", "a", 3)]
    assert [event.frame for event in attendance.events] == [10, 10, 10]
    assert attendance.ended(report("b", [2], [])) == [("b", 4)]
    assert attendance.ended(report("c", [], [])) == []
    assert attendance.gallery.absent == ()


def test_who_is_settled_detected_and_lost() -> None:
    attendance = new(NetworkSettings(lost=2.0))
    attendance.follow(report("a", [0, 1, 2], [0, 1]))
    for k in (0, 1):
        settle(attendance, ("a", k))
    assert attendance.settled() == {("a", 0): 1, ("a", 1): 2}
    attendance.begin(2.0, 20)
    attendance.follow(report("a", [0, 1, 2], [1]))
    assert attendance.in_sight() == {("a", 1): 2}
    assert attendance.absent() == [1]
    attendance.end(("a", 1))
    assert attendance.absent() == [2, 1]


def test_whoever_is_recognised_is_handed_over() -> None:
    attendance = new()
    attendance.follow(report("a", [0], [0]))
    first = settle(attendance, ("a", 0))
    attendance.begin(5.0, 50)
    attendance.follow(report("b", [0], [0]))
    second = attendance.visits["b", 0]
    attendance.recognise(second, 1)
    assert (first.handed, second.handed, second.identity) == (True, False, 1)
    assert 2 not in attendance.chances.where
    attendance.begin(6.0, 60)
    attendance.follow(report("a", [0], [0]))  # the first track is detected: somebody else's
    assert attendance.visits["a", 0].identity == 3
    assert told(attendance)[-1] == ("swapped", "a", 3)
    assert attendance.events[-1].previous == 1


def test_doubtful_images_go_to_the_other_person() -> None:
    attendance = new()
    attendance.follow(report("a", [0], [0]))
    visit = settle(attendance, ("a", 0))
    visit.sure, visit.doubted, visit.alert = 1.0, 2.0, 9.0
    visit.take(LOOK, 0.8)
    attendance.begin(3.0, 30)
    attendance.swap(("a", 0))
    other = attendance.visits["a", 0]
    assert visit.stay.end == 1.0
    assert (other.identity, other.stay.begin, other.alert, other.qualities) == (2, 2.0, 9.0, [0.8])
    assert attendance.gallery.absent == (1,)


def test_a_crowd_makes_watchful() -> None:
    attendance = new(NetworkSettings(alert=4.0, interval=0.5))
    attendance.follow(report("a", [0], [0]))
    attendance.visits["a", 0].due = 99.0
    attendance.begin(10.0, 100)
    attendance.follow(report("a", [0], [0], crowded=True))
    visit = attendance.visits["a", 0]
    assert (visit.alert, visit.due) == (14.0, 10.5)


def test_where_strangers_were_is_forgotten() -> None:
    attendance = new()
    attendance.follow(report("a", [0, 1], [0, 1]))
    settle(attendance, ("a", 0))
    for key, identity in ((("a", 0), 1), (("a", 1), 2)):
        attendance.end(key)
        attendance.forget(identity)
    assert 1 in attendance.chances.where
    assert len(attendance.chances.where) == 1

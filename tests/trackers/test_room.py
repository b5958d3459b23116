"""Tiny worlds told in words: who walks where, and what the tracker must say about it."""

from collections.abc import Callable, Iterable

import numpy as np
import pytest

from reid_mot.sequences import GROUND, Camera, Detections, Tracks, View
from reid_mot.trackers import IdentitySettings, RoomSettings, RoomTracker
from reid_mot.trackers.sightings import iou

Film = list[tuple[View, ...]]
Studio = Callable[..., Film]
Place = tuple[float, float]


def run(film: Film, tracker: RoomTracker | None = None) -> list[Tracks]:
    asked = tracker or RoomTracker()
    return [asked.step(views) for views in film]


def away(frame: int, time: float) -> View:
    """What a camera sees that looks along -X, past the room."""
    rotation = np.array([[0.0, 1, 0], [0, 0, -1], [-1, 0, 0]])
    k = np.diag([400.0, 400, 1])
    camera = Camera.from_pose("away", (640, 480), k, rotation, [9.0, 2, -99])
    return View(camera, frame, time, Detections.empty())


def doubled(film: Film, again: Film, start: int = 0) -> Film:
    """Two boxes around everybody in every camera, from one instant on."""
    return [
        tuple(
            View(v.camera, v.frame, v.time, Detections(np.vstack([v.detections.boxes, w.boxes])))
            for v, w in zip(views, (u.detections for u in others), strict=True)
        )
        if k >= start
        else views
        for k, (views, others) in enumerate(zip(film, again, strict=True))
    ]


def identities(tables: Iterable[Tracks]) -> set[int]:
    return {int(k) for table in tables for k in table.identity}


def where(table: Tracks) -> dict[int, Place]:
    """The ground position of each identity; all its rows must agree."""
    found: dict[int, Place] = {}
    for k, (x, y) in zip(table.identity.tolist(), table.ground.tolist(), strict=True):
        assert found.setdefault(k, (x, y)) == (x, y)
    return found


def standing_at(table: Tracks, place: Place) -> int:
    """The identity that stands nearest to a place, within half a metre."""
    places = where(table)
    distance = {k: float(np.hypot(*np.subtract(p, place))) for k, p in places.items()}
    best = min(distance, key=lambda k: distance[k])
    assert distance[best] < 0.5
    return best


# One person


def test_one_person_in_four_cameras_is_one_identity(film: Studio) -> None:
    instants = film([(0, 2, 2), (4, 4, 4)])
    tables = run(instants)
    assert identities(tables) == {1}
    for views, table in zip(instants[10:], tables[10:], strict=True):
        seeing = {view.camera.name: view.detections.boxes[0] for view in views if view.detections}
        assert sorted(table.camera.tolist()) == sorted(seeing)
        for camera, box in zip(table.camera.tolist(), table.box, strict=True):
            np.testing.assert_array_equal(box, seeing[camera])
        assert set(table.frame.tolist()) == {views[0].frame}
        truth = 2 + views[0].time / 2
        assert where(table)[1] == pytest.approx((truth, truth), abs=0.15)


def test_the_tracker_says_who_entered_and_who_left(film: Studio) -> None:
    tracker = RoomTracker()
    rows = [tracker.step(views) for views in film([(0, 1, 3), (4, 5, 3)])]
    (entered,) = tracker.events
    assert (entered.kind, entered.identity) == ("entered", 1)
    assert entered.frame == next(r.frame[0] for r in rows if len(r))


def test_a_single_camera_is_enough(film: Studio, cameras: tuple[Camera, ...]) -> None:
    tables = run(film([(0, 3, 3), (2, 4, 3), (4, 4, 3)], cameras=cameras[:1]))
    assert identities(tables) == {1}
    assert where(tables[-1])[1] == pytest.approx((4, 3), abs=0.3)


def test_ground_homographies_are_enough(film: Studio, cameras: tuple[Camera, ...]) -> None:
    planes = {}
    for c in cameras:
        assert c.projection is not None
        planes[c.name] = Camera(c.name, c.size, homography=c.projection[:, [0, 1, 3]])
    instants = film([(0, 2.5, 3), (2, 4, 3), (3, 4, 3)], [(0, 3.5, 4.5), (2, 2, 4.5), (3, 2, 4.5)])
    flat = [
        tuple(View(planes[v.camera.name], v.frame, v.time, v.detections) for v in views)
        for views in instants
    ]
    first, second = sorted(where(run(flat)[-1]).values())
    assert first == pytest.approx((2, 4.5), abs=0.3)
    assert second == pytest.approx((4, 3), abs=0.3)


def test_silent_cameras_take_nobody_away(film: Studio) -> None:
    """Of every three instants, one camera alone delivers at one, and two at the next."""
    instants = film([(0, 2.5, 2.5), (2, 2.5, 2.5), (3, 3.5, 3.5), (5, 3.5, 3.5)])
    tables = run([[v[2:3], v[:2], v][k % 3] for k, v in enumerate(instants)])
    assert identities(tables) == {1}
    assert all(len(table) for table in tables[10:])


def test_a_camera_that_joins_later_sees_the_same_person(film: Studio) -> None:
    instants = film([(0, 3, 3), (4, 4, 3)])
    tables = run([views[: 1 + k // 10] for k, views in enumerate(instants)])
    assert identities(tables) == {1}
    assert tables[-1].cameras == ("c1", "c2", "c3", "c4")


def test_who_no_camera_sees_for_a_moment_stays_on_the_ground(film: Studio) -> None:
    tracker = RoomTracker()
    run(film([(0, 3, 3), (2, 3, 3)]), tracker)
    table = tracker.step([away(20, 2.0)])
    assert table.camera.tolist() == [GROUND]
    assert np.isnan(table.box).all()
    assert where(table)[1] == pytest.approx((3, 3), abs=0.2)


def test_who_no_camera_sees_for_long_is_given_up(film: Studio) -> None:
    tracker, times = RoomTracker(), np.arange(300) / 10
    run(film([(0, 3, 3), (2, 3, 3)]), tracker)
    tables = [tracker.step([away(20 + k, 2.0 + time)]) for k, time in enumerate(times)]
    assert sum(map(len, tables[100:])) == 0
    back = run(film([(0, 3, 3), (99, 3, 3)], times=32 + times[:20]), tracker)
    assert identities(back[-5:]) == {2}


def test_empty_instants(film: Studio) -> None:
    """Nobody before, nobody long after, and the person in between."""
    tables = run(film([(1, 3, 3), (3, 4, 4)], times=np.arange(55) / 10))
    assert sum(map(len, tables[:10])) == 0
    assert all(len(table) for table in tables[18:30])
    assert sum(map(len, tables[45:])) == 0


@pytest.mark.parametrize("steps", [[0.05, 0.4, 0.1, 0.25], [1 / 15], [0.0, 0.2], [0.5]])
def test_irregular_and_repeated_times(film: Studio, steps: list[float]) -> None:
    times = np.cumsum(np.tile(steps, 60))
    times = times[times < 5]
    tables = run(film([(0, 1.5, 3), (1, 1.5, 3), (4, 4.5, 3.5), (6, 4.5, 3.5)], times=times))
    assert identities(tables) == {1}
    assert where(tables[-1])[1] == pytest.approx((4.5, 3.5), abs=0.25)


# Coming, going, and who is who


@pytest.mark.parametrize(
    ("looks", "expected"), [([3, 3], {1}), ([3, 4], {2}), (None, {2})]
)  # the same person, another person, and nobody knows
def test_who_comes_back_is_recognised_by_appearance_alone(
    film: Studio, looks: list[int] | None, expected: set[int]
) -> None:
    tables = run(film([(0, 3, 3), (3, 3, 3)], [(6, 3, 3), (9.5, 3.3, 3)], looks=looks))
    assert identities(tables[20:30]) == {1}
    assert identities(tables[-5:]) == expected


def test_two_who_enter_together_are_two(film: Studio) -> None:
    """Even if they look the same, and like somebody who left."""
    first, others = [(0, 3, 3), (3, 3, 3)], [[(6, x, 3), (10, x, 3)] for x in (2, 4)]
    last = identities(run(film(first, *others, looks=[0, 0, 0]))[-5:])
    assert len(last) == 2
    assert 1 in last


@pytest.mark.parametrize(("looks", "aside"), [(None, 0.9), ([0, 1], 0.9), ([0, 1], 0.5)])
def test_people_who_pass_each_other_keep_their_identities(
    film: Studio, looks: list[int] | None, aside: float
) -> None:
    """From standing apart, past each other, to standing apart again."""
    ahead = [(0, 1.5, 3), (2, 1.5, 3), (5, 4.5, 3), (7, 4.5, 3)]
    back = [(0, 4.5, 3 + aside), (2, 4.5, 3 + aside), (5, 1.5, 3 + aside), (7, 1.5, 3 + aside)]
    tables = run(film(ahead, back, looks=looks))
    before, after = tables[19], tables[-1]
    assert standing_at(after, (4.5, 3)) == standing_at(before, (1.5, 3))
    assert standing_at(after, (1.5, 3 + aside)) == standing_at(before, (4.5, 3 + aside))


@pytest.mark.parametrize("missed", [0.0, 0.2])
def test_people_with_room_between_them_are_told_apart(film: Studio, missed: float) -> None:
    places = [(1.5, 1.5), (4.5, 1.5), (3.0, 3.0), (1.5, 4.5), (4.5, 4.5)]
    tables = run(film(*([(0, *p), (5, *p)] for p in places), missed=missed))
    steady = tables[20:]
    assert len(identities(steady)) == 5
    assert len({standing_at(steady[-1], p) for p in places}) == 5
    for p in places:
        assert len({standing_at(table, p) for table in steady}) == 1


@pytest.mark.parametrize("turn", [False, True])
def test_appearance_tells_who_is_who_after_a_meeting(film: Studio, turn: bool) -> None:
    """Two people meet, stand 0.1 m apart, and go on or turn back: motion alone cannot tell.

    No second thoughts about identities: the detections themselves have to be told apart.
    """
    ends = (1.2, 4.8) if turn else (4.8, 1.2)
    walks = [
        [(0, start, y), (6, start, y), (7.6, 3, y), (9, 3, y), (10.8, end, y), (12, end, y)]
        for start, end, y in ((1.2, ends[0], 2.95), (4.8, ends[1], 3.05))
    ]
    tracker = RoomTracker(identities=IdentitySettings(doubts=1000))
    tables = run(film(*walks, looks=[0, 1]), tracker)
    for (_, x, y), (_, last, _) in ((walk[0], walk[-1]) for walk in walks):
        assert standing_at(tables[-1], (last, y)) == standing_at(tables[50], (x, y))


# Detectors that err


def test_a_ghost_in_one_camera_is_never_reported(film: Studio) -> None:
    instants = film([(0, 2, 2), (4, 2, 2)])
    ghosts = film([(0, 4.2, 4), (4, 4.2, 4)])
    for k in range(7, 40, 9):
        views, false = list(instants[k]), ghosts[k][k % 4]
        boxes = np.vstack([views[k % 4].detections.boxes, false.detections.boxes])
        views[k % 4] = View(false.camera, false.frame, false.time, Detections(boxes))
        instants[k] = tuple(views)
    tables = run(instants)
    assert identities(tables) == {1}
    assert all(
        place == pytest.approx((2, 2), abs=0.3) for t in tables for place in where(t).values()
    )


@pytest.mark.parametrize("camera", range(4))
def test_two_boxes_of_one_camera_around_a_person_are_one_person(film: Studio, camera: int) -> None:
    walk = [(0.0, 2.0, 2.0), (1, 2, 2), (3, 4, 4)]
    instants = film(walk)
    twice = doubled(instants, film(walk, seed=1))
    mixed = [
        (*a[:camera], b[camera], *a[camera + 1 :]) for a, b in zip(instants, twice, strict=True)
    ]
    tables = run(mixed)
    assert identities(tables) == {1}
    for table in tables:
        assert len(set(table.camera.tolist())) == len(table)


@pytest.mark.parametrize("seed", range(1, 5))
def test_two_boxes_of_every_camera_around_a_person_are_one_person(film: Studio, seed: int) -> None:
    walk = [(0.0, 2.0, 2.0), (1, 2, 2), (4, 4, 4)]
    assert identities(run(doubled(film(walk), film(walk, seed=seed)))) == {1}


def test_a_second_box_around_somebody_known_is_nobody_new(
    film: Studio, cameras: tuple[Camera, ...]
) -> None:
    """Even if no other camera can say that there is nobody else."""
    walk = [(0.0, 3.0, 3.0), (2, 3, 3), (5, 4, 3)]
    one, again = (film(walk, cameras=cameras[:1], seed=seed) for seed in (0, 1))
    assert identities(run(doubled(one, again, start=15))) == {1}


def test_half_a_body_seen_by_one_camera_is_nobody_new(film: Studio) -> None:
    """The legs are behind a desk: the box ends at the hips, and so stands elsewhere."""
    instants = film([(0, 3, 3), (5, 3, 3.5)])
    for k, views in enumerate(instants):
        boxes = views[0].detections.boxes.copy()
        boxes[:, 3] = boxes[:, [1, 3]].mean(axis=1)
        half = View(views[0].camera, views[0].frame, views[0].time, Detections(boxes))
        instants[k] = (half, *views[1:])
    assert identities(run(instants)) == {1}


# Boxes where a camera misses somebody


def blinded(film: Film, camera: str, start: int, end: int) -> Film:
    """The film in which one camera detects nobody from one instant to another."""
    return [
        tuple(
            View(v.camera, v.frame, v.time, Detections.empty())
            if v.camera.name == camera and start <= k < end
            else v
            for v in views
        )
        for k, views in enumerate(film)
    ]


def test_a_camera_that_misses_somebody_says_where_the_box_is(film: Studio) -> None:
    whole = film([(0, 2, 3), (4, 4, 3)])
    tables = run(blinded(whole, "c2", 20, 25))
    for views, table in zip(whole[20:25], tables[20:25], strict=True):
        (view,) = [v for v in views if v.camera.name == "c2"]
        (row,) = np.flatnonzero(table.camera == "c2")
        assert iou(table.box[row : row + 1], view.detections.boxes)[0, 0] > 0.85
        assert 0 < table.confidence[row] < 1
    assert len(tables[22]) == len(set(tables[22].camera.tolist()))


def test_boxes_are_predicted_for_a_while(film: Studio) -> None:
    settings = RoomSettings(recall=0.5)
    tables = run(
        blinded(film([(0, 2, 3), (4, 4, 3)]), "c2", 20, 40), RoomTracker(settings=settings)
    )
    assert ["c2" in table.cameras for table in tables[18:28]] == [True] * 7 + [False] * 3


def test_boxes_are_detections_alone_on_request(film: Studio) -> None:
    tracker = RoomTracker(settings=RoomSettings(recall=0))
    tables = run(blinded(film([(0, 2, 3), (4, 4, 3)]), "c2", 20, 25), tracker)
    assert ["c2" in table.cameras for table in tables[19:26]] == [True] + [False] * 5 + [True]


def test_a_camera_that_delivers_nothing_says_nothing(film: Studio) -> None:
    instants = film([(0, 2, 3), (4, 4, 3)])
    tables = run([views[:3] if 20 <= k < 25 else views for k, views in enumerate(instants)])
    assert all(table.cameras == ("c1", "c2", "c3") for table in tables[20:25])


def test_a_negative_time_is_refused() -> None:
    with pytest.raises(ValueError, match="recall -1"):
        RoomSettings(recall=-1)

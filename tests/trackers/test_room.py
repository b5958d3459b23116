"""Tiny worlds told in words: who walks where, and what the tracker must say about it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from reid_mot.sequences import GROUND, Camera, Detections, Tracks, View
from reid_mot.trackers import IdentitySettings, RoomTracker

Floats = NDArray[np.float64]
Place = tuple[float, float]
Walk = Callable[[float], Place | None]
Views = tuple[View, ...]

SQUARE = [(0.0, 0.0), (6.0, 0.0), (6.0, 6.0), (0.0, 6.0)]


def line(start: Place, end: Place, begin: float = 0.0, speed: float = 1.0) -> Walk:
    """Stand, walk straight from `begin` seconds on, and stand again."""
    a, b = np.array(start), np.array(end)
    length = max(float(np.linalg.norm(b - a)), 1e-9)

    def at(time: float) -> Place:
        share = np.clip((time - begin) * speed / length, 0, 1)
        x, y = a + (b - a) * share
        return float(x), float(y)

    return at


def during(walk: Walk, *spans: tuple[float, float]) -> Walk:
    """In the room at these times only."""
    return lambda time: walk(time) if any(a <= time < b for a, b in spans) else None


def look(k: int, rng: np.random.Generator) -> Floats:
    vector = np.eye(8)[k] + rng.normal(0, 0.05, 8)
    return np.asarray(vector / np.linalg.norm(vector))


@dataclass
class World:
    """People who walk, and cameras whose detectors err by two pixels.

    Args:
        cameras: of the room.
        walks: where each person is at a time, or None.
        looks: the appearance of each person; None: no embeddings.
        missed: share of the boxes that are not detected.
    """

    cameras: Sequence[Camera]
    walks: Sequence[Walk]
    looks: Sequence[int] | None = None
    missed: float = 0.0
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def people(self, time: float) -> dict[int, Place]:
        """Where everybody is."""
        places = {k: walk(time) for k, walk in enumerate(self.walks)}
        return {k: place for k, place in places.items() if place is not None}

    def view(self, camera: Camera, frame: int, time: float) -> View:
        """What one camera sees: nobody hides anybody."""
        boxes, vectors = [np.empty((0, 4))], [np.empty((0, 8))]
        for k, place in self.people(time).items():
            box = body(camera, place) + self.rng.normal(0, 2, 4)
            shown = np.clip(box, 0, [*camera.size, *camera.size])
            share = np.prod(shown[2:] - shown[:2]) / np.prod(box[2:] - box[:2])
            if share > 0.4 and self.rng.random() >= self.missed:
                boxes.append(shown[None])
                vectors.append(look(0 if self.looks is None else self.looks[k], self.rng)[None])
        given = None if self.looks is None else np.vstack(vectors)
        return View(camera, frame, time, Detections(np.vstack(boxes), None, given))

    def film(self, seconds: float, rate: float = 10.0) -> list[Views]:
        """What all cameras see."""
        count = round(seconds * rate)
        return [self.at(frame, frame / rate) for frame in range(count)]

    def at(self, frame: int, time: float) -> Views:
        """What all cameras see at one instant."""
        return tuple(self.view(camera, frame, time) for camera in self.cameras)


def body(camera: Camera, place: Place, height: float = 1.7) -> Floats:
    points = np.array([[*place, 0.0], [*place, height]])
    (u, v), (x, y) = camera.to_pixels(points)
    if not np.isfinite([u, v, x, y]).all():
        return np.array([-9e3, -9e3, -8e3, -8e3])
    half = 0.175 * (v - y)
    return np.array([(u + x) / 2 - half, y, (u + x) / 2 + half, v])


def run(tracker: RoomTracker, film: Iterable[Views]) -> list[Tracks]:
    return [tracker.step(views) for views in film]


def identities(tables: Iterable[Tracks]) -> set[int]:
    return {int(k) for table in tables for k in table.identity}


def where(table: Tracks) -> dict[int, Place]:
    """The ground position of each identity; all its rows must agree."""
    found: dict[int, Place] = {}
    for k, (x, y) in zip(table.identity.tolist(), table.ground.tolist(), strict=True):
        assert found.setdefault(k, (x, y)) == (x, y)
    return found


def nearest(table: Tracks, place: Place) -> int:
    """The identity that stands there, within half a metre."""
    places = where(table)
    distance = {k: float(np.hypot(*np.subtract(p, place))) for k, p in places.items()}
    best = min(distance, key=lambda k: distance[k])
    assert distance[best] < 0.5
    return best


def assert_same(tables: Iterable[Tracks], others: Iterable[Tracks]) -> None:
    a, b = Tracks.concatenate(tables), Tracks.concatenate(others)
    for column in ("frame", "camera", "identity", "box", "ground", "confidence"):
        np.testing.assert_array_equal(getattr(a, column), getattr(b, column))


# One person


def test_one_person_in_four_cameras_is_one_identity(cameras: tuple[Camera, ...]) -> None:
    world = World(cameras, [line((2, 2), (4, 4))])
    film = world.film(5)
    tables = run(RoomTracker(), film)
    assert identities(tables) == {1}
    for views, table in zip(film[15:], tables[15:], strict=True):
        seeing = {view.camera.name: view.detections.boxes[0] for view in views if view.detections}
        assert sorted(table.camera.tolist()) == sorted(seeing)
        for camera, box in zip(table.camera.tolist(), table.box, strict=True):
            np.testing.assert_array_equal(box, seeing[camera])
        assert set(table.frame.tolist()) == {views[0].frame}
        (place,) = where(table).values()
        truth = world.people(views[0].time)[0]
        assert np.hypot(*np.subtract(place, truth)) < 0.2


def test_a_single_camera_is_enough(cameras: tuple[Camera, ...]) -> None:
    tables = run(RoomTracker(), World(cameras[:1], [line((3, 3), (4, 3))]).film(5))
    assert identities(tables) == {1}
    assert where(tables[-1])[1] == pytest.approx((4, 3), abs=0.3)


def test_a_ground_homography_is_enough(cameras: tuple[Camera, ...]) -> None:
    film = World(cameras, [line((2.5, 3), (4, 3)), line((3.5, 4.5), (2, 4.5))]).film(4)
    planes = {
        c.name: Camera(c.name, c.size, homography=c.projection[:, [0, 1, 3]])
        for c in cameras
        if c.projection is not None
    }
    flat = [
        tuple(View(planes[v.camera.name], v.frame, v.time, v.detections) for v in views)
        for views in film
    ]
    last = where(run(RoomTracker(), flat)[-1])
    assert sorted(last.values()) == [
        pytest.approx((2, 4.5), abs=0.3),
        pytest.approx((4, 3), abs=0.3),
    ]


def test_silent_cameras_take_nobody_away(cameras: tuple[Camera, ...]) -> None:
    """Of every three instants, one camera alone delivers at one, and two at the next."""
    world, tracker = World(cameras, [line((2.5, 2.5), (3.5, 3.5), 2)]), RoomTracker()
    tables = []
    for frame in range(60):
        views = world.at(frame, frame / 10)
        tables.append(tracker.step([views[2:3], views[:2], views][frame % 3]))
    assert identities(tables) == {1}
    assert all(len(table) for table in tables[10:])


def test_who_no_camera_can_see_for_a_moment_stays_on_the_ground(
    cameras: tuple[Camera, ...],
) -> None:
    world, tracker = World(cameras, [line((3, 3), (3, 3))]), RoomTracker()
    run(tracker, world.film(3))
    rotation = np.array([[0.0, 1, 0], [0, 0, -1], [-1, 0, 0]])  # it looks along -X
    away = Camera.from_pose("away", (640, 480), np.diag([400.0, 400, 1]), rotation, [9.0, 2, -99])
    table = tracker.step([View(away, 30, 3.0, Detections.empty())])
    assert table.camera.tolist() == [GROUND]
    assert np.isnan(table.box).all()
    assert where(table)[1] == pytest.approx((3, 3), abs=0.2)


def test_empty_instants(cameras: tuple[Camera, ...]) -> None:
    """Nobody before, nobody long after, and the person in between."""
    world = World(cameras, [during(line((3, 3), (4, 4)), (1, 3))])
    tables = run(RoomTracker(), world.film(6))
    assert sum(map(len, tables[:10])) == 0
    assert all(len(table) for table in tables[18:30])
    assert sum(map(len, tables[45:])) == 0


@pytest.mark.parametrize("steps", [[0.05, 0.4, 0.1, 0.25], [1 / 30], [0.0, 0.1], [0.5]])
def test_irregular_and_repeated_times(cameras: tuple[Camera, ...], steps: list[float]) -> None:
    world, tracker = World(cameras, [line((1.5, 3), (4.5, 3.5), 1.0)]), RoomTracker()
    times = np.cumsum(np.tile(steps, 60))
    times = times[times < 6]
    tables = run(tracker, (world.at(frame, float(time)) for frame, time in enumerate(times)))
    assert identities(tables) == {1}
    assert where(tables[-1])[1] == pytest.approx(world.people(float(times[-1]))[0], abs=0.25)


# Coming, going, and who is who


def back_after_a_while(cameras: Sequence[Camera], looks: Sequence[int] | None) -> list[set[int]]:
    """Identities of the first and of the second visit of one person."""
    walk = during(line((3, 3), (3.5, 3), 0.0, 0.1), (0, 4), (9, 13))
    tables = run(RoomTracker(), World(cameras, [walk], looks).film(13))
    return [identities(tables[30:40]), identities(tables[-5:])]


def test_who_comes_back_is_recognised_by_appearance(cameras: tuple[Camera, ...]) -> None:
    assert back_after_a_while(cameras, [3]) == [{1}, {1}]


def test_without_appearance_who_comes_back_is_new(cameras: tuple[Camera, ...]) -> None:
    assert back_after_a_while(cameras, None) == [{1}, {2}]


def test_somebody_else_who_enters_is_new(cameras: tuple[Camera, ...]) -> None:
    stand = line((3, 3), (3, 3))
    world = World(cameras, [during(stand, (0, 4)), during(stand, (8, 13))], [0, 1])
    assert identities(run(RoomTracker(), world.film(13))[-5:]) == {2}


def test_two_who_enter_together_are_two(cameras: tuple[Camera, ...]) -> None:
    """Even if they look the same, and like somebody who left."""
    spans = [(0.0, 4.0)], [(8.0, 14.0)], [(8.0, 14.0)]
    places = (3.0, 3.0), (2.0, 3.0), (4.0, 3.0)
    walks = [during(line(p, p), *span) for p, span in zip(places, spans, strict=True)]
    tables = run(RoomTracker(), World(cameras, walks, [0, 0, 0]).film(14))
    last = identities(tables[-5:])
    assert len(last) == 2
    assert 1 in last


@pytest.mark.parametrize(("looks", "aside"), [(None, 0.9), ([0, 1], 0.9), ([0, 1], 0.5)])
def test_people_who_pass_each_other_keep_their_identities(
    cameras: tuple[Camera, ...], looks: list[int] | None, aside: float
) -> None:
    """From standing apart, past each other, to standing apart again."""
    walks = [line((1.5, 3), (4.5, 3), 2), line((4.5, 3 + aside), (1.5, 3 + aside), 2)]
    world = World(cameras, walks, looks)
    tables = run(RoomTracker(), world.film(9))
    before, after = world.people(1.9), world.people(8.9)
    for k in range(2):
        assert nearest(tables[-1], after[k]) == nearest(tables[19], before[k])


def test_people_with_room_between_them_are_told_apart(cameras: tuple[Camera, ...]) -> None:
    places = [(1.5, 1.5), (4.5, 1.5), (3.0, 3.0), (1.5, 4.5), (4.5, 4.5)]
    world = World(cameras, [line(p, p) for p in places], missed=0.2)
    tables = run(RoomTracker(), world.film(6))
    steady = tables[20:]
    assert len(identities(steady)) == 5
    assert len({nearest(steady[-1], p) for p in places}) == 5
    for p in places:
        assert len({nearest(table, p) for table in steady}) == 1


# Detectors that err


def test_a_ghost_in_one_camera_is_never_reported(cameras: tuple[Camera, ...]) -> None:
    world, tracker = World(cameras, [line((2, 2), (2, 2))]), RoomTracker()
    tables = []
    for frame, views in enumerate(world.film(5)):
        if frame % 13 == 7:
            camera = cameras[frame % 4]
            ghost = np.vstack([views[frame % 4].detections.boxes, body(camera, (4.2, 4.0))])
            wrong = View(camera, frame, frame / 10, Detections(ghost))
            views = tuple(wrong if v.camera is camera else v for v in views)
        tables.append(tracker.step(views))
    assert identities(tables) == {1}
    assert all(abs(x - 2) < 0.5 for table in tables for x, _ in where(table).values())


@pytest.mark.parametrize("doubled", range(4))
def test_two_boxes_of_one_camera_around_a_person_are_one_person(
    cameras: tuple[Camera, ...], doubled: int
) -> None:
    world, tables, tracker = World(cameras, [line((2, 2), (4, 4), 1)]), [], RoomTracker()
    for views in world.film(5):
        boxes = views[doubled].detections.boxes
        both = Detections(np.vstack([boxes, boxes + world.rng.normal(0, 2, boxes.shape)]))
        twice = View(cameras[doubled], views[0].frame, views[0].time, both)
        tables.append(tracker.step([*views[:doubled], twice, *views[doubled + 1 :]]))
    assert identities(tables) == {1}
    for table in tables:
        assert len(set(table.camera.tolist())) == len(table)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_boxes_anywhere_break_nothing(cameras: tuple[Camera, ...], seed: int) -> None:
    """Whatever detectors say: no identity twice in a camera, one place for each, none repeated."""
    rng, tracker = np.random.default_rng(seed), RoomTracker(region=SQUARE)
    for frame in range(12):
        views = []
        for camera in cameras[: rng.integers(1, 5)]:
            corner = rng.uniform(-50, 600, (rng.integers(0, 9), 2))
            boxes = np.hstack([corner, corner + rng.uniform(1, 300, corner.shape)])
            views.append(View(camera, frame, frame / 10, Detections(boxes)))
        table = tracker.step(views)
        assert table.first_duplicate() is None
        where(table)


# What a tracker must not do


def test_nobody_outside_the_region_is_reported(cameras: tuple[Camera, ...]) -> None:
    region = [(0.0, 0.0), (3.0, 0.0), (3.0, 6.0), (0.0, 6.0)]
    walks = [line((2, 2), (4.5, 2), 2, 0.8), line((4.5, 4), (2, 4), 2, 0.8), line((5, 5), (5, 5))]
    world = World(cameras, walks)
    tables = run(RoomTracker(region=region), world.film(7))
    assert all((table.ground[:, 0] <= 3).all() for table in tables)
    assert len(where(tables[19])) == len(where(tables[-1])) == 1
    assert where(tables[19])[nearest(tables[19], (2, 2))] == pytest.approx((2, 2), abs=0.3)
    assert where(tables[-1])[nearest(tables[-1], (2, 4))] == pytest.approx((2, 4), abs=0.3)


def test_what_was_reported_does_not_change_later(cameras: tuple[Camera, ...]) -> None:
    world = World(cameras, [line((2, 2), (4, 4), 1), line((4, 2), (2, 4), 2)], [0, 1])
    tracker, tables, copies = RoomTracker(), [], []
    for views in world.film(5):
        tables.append(tracker.step(views))
        copies.append(tables[-1][np.arange(len(tables[-1]))])
    assert_same(tables, copies)


def test_the_past_does_not_depend_on_the_future(cameras: tuple[Camera, ...]) -> None:
    world = World(cameras, [line((2, 2), (4, 4), 1), line((4, 2), (2, 4), 2)], [0, 1])
    film = world.film(5)
    whole = run(RoomTracker(), film)
    for end in (7, 23, 41):
        part = run(RoomTracker(), film[:end])
        assert_same(part, whole[:end])


def test_trackers_share_nothing(cameras: tuple[Camera, ...]) -> None:
    films = [
        World(cameras, [line((2, 2), (4, 4))], [0]).film(3),
        World(cameras, [line((4, 2), (2, 4)), line((2, 2), (2, 2))], [1, 2]).film(3),
    ]
    alone = [run(RoomTracker(), film) for film in films]
    pair = RoomTracker(), RoomTracker()
    turns = [(pair[0].step(a), pair[1].step(b)) for a, b in zip(*films, strict=True)]
    for k in range(2):
        assert_same([turn[k] for turn in turns], alone[k])
        assert min(identities(alone[k])) == 1


def test_the_same_again(cameras: tuple[Camera, ...]) -> None:
    film = World(cameras, [line((2, 2), (4, 4)), line((4, 2), (2, 4))], [0, 1], 0.2).film(4)
    assert_same(run(RoomTracker(), film), run(RoomTracker(), film))


@pytest.mark.parametrize("angle", [0.5, np.pi / 2, 4.0])
def test_the_world_may_be_turned_and_moved(cameras: tuple[Camera, ...], angle: float) -> None:
    c, s = np.cos(angle), np.sin(angle)
    moved = np.array([[c, -s, 0, 12.0], [s, c, 0, -7], [0, 0, 1, 0], [0, 0, 0, 1]])
    turned = {}
    for camera in cameras:
        assert camera.projection is not None
        turned[camera.name] = Camera(
            camera.name, camera.size, projection=camera.projection @ np.linalg.inv(moved)
        )

    def carried(points: Floats) -> Floats:
        return np.asarray(points @ moved[:2, :2].T + moved[:2, 3])

    walks = [line((1, 2), (5, 4), 1), line((4, 2), (2, 4), 2), line((3, 5), (3, 0.5), 2)]
    film = World(cameras, walks, [0, 1, 2], 0.1).film(6)
    other = [
        [View(turned[v.camera.name], v.frame, v.time, v.detections) for v in views]
        for views in film
    ]
    region = np.array([[0.5, 0.5], [5.5, 0.5], [5.5, 5.5], [0.5, 5.5]])
    here = Tracks.concatenate(run(RoomTracker(region=region), film))
    tracker = RoomTracker(region=carried(region))
    there = Tracks.concatenate(tracker.step(views) for views in other)
    np.testing.assert_array_equal(there.identity, here.identity)
    np.testing.assert_array_equal(there.camera, here.camera)
    np.testing.assert_allclose(there.ground, carried(here.ground), atol=1e-5)


def test_the_order_of_cameras_and_detections_does_not_matter(cameras: tuple[Camera, ...]) -> None:
    rng = np.random.default_rng(5)
    world = World(cameras, [line((2, 2), (4, 4), 1), line((4, 2), (2, 4), 1.5)], [0, 1])
    film, mixed = world.film(5), []
    for views in film:
        shuffled = [views[k] for k in rng.permutation(4)]
        mixed.append(
            [
                View(v.camera, v.frame, v.time, v.detections[rng.permutation(len(v.detections))])
                for v in shuffled
            ]
        )
    last, tracker = run(RoomTracker(), film)[-1], RoomTracker()
    others = [tracker.step(views) for views in mixed]
    found, again = sorted(where(last).values()), sorted(where(others[-1]).values())
    np.testing.assert_allclose(np.array(again), np.array(found), atol=1e-3)


class Counter:
    """An embedder that counts crops and says that all people look the same."""

    dim = 4

    def __init__(self) -> None:
        self.crops = 0

    def __call__(self, crops: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Equal vectors."""
        self.crops += len(crops)
        return np.full((len(crops), 4), 0.5, dtype=np.float32)


def test_the_embedder_rests_when_nobody_enters_and_nobody_is_close(
    cameras: tuple[Camera, ...],
) -> None:
    embedder, image = Counter(), np.zeros((480, 640, 3), np.uint8)
    tracker = RoomTracker(embedder, identities=IdentitySettings(refresh=1e9))
    world = World(cameras, [line((1.5, 3), (2, 3)), during(line((4, 3), (4, 4)), (4, 20))])
    spent = []
    for views in world.film(9):
        tracker.step([View(v.camera, v.frame, v.time, v.detections, image) for v in views])
        spent.append(embedder.crops)
    assert spent[-1] == tracker.identities.embedded
    assert 0 < spent[30] == spent[39]  # the first person was looked at, and then left alone
    assert spent[39] < spent[70] == spent[-1]  # so was the second


# What it refuses


def refused(tracker: RoomTracker, views: Sequence[View], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tracker.step(views)


def test_instants_that_make_no_sense_are_refused(cameras: tuple[Camera, ...]) -> None:
    film = World(cameras, [line((2, 2), (2, 2))]).film(1)
    tracker = RoomTracker()
    before = run(tracker, film)
    blind = View(Camera("blind", (640, 480)), 10, 1.0, Detections.empty())
    again = View(cameras[0], 10, 1.0, Detections.empty())
    late = View(cameras[1], 11, 1.0, Detections.empty())
    refused(tracker, [], "at least one view")
    refused(tracker, [blind], "'blind' is not calibrated")
    refused(tracker, [again, again], "two views.*c1")
    refused(tracker, [again, late], r"different frames: \[10, 11\]")
    refused(tracker, [View(cameras[0], 10, 0.85, Detections.empty())], "0.85 s is before 0.9 s")
    refused(tracker, [again, blind], "'blind' is not calibrated")
    # And leave the tracker as it was.
    world = World(cameras, [line((2, 2), (2, 2))])
    more = [world.at(10, 1.0)]
    fresh = RoomTracker()
    run(fresh, film)
    assert len(before[-1]) > 0
    assert_same(run(tracker, more), run(fresh, more))


@pytest.mark.parametrize("region", [[(0, 0), (1, 1)], [(0.0, 0.0), (1, 0), (np.nan, 1)]])
def test_what_is_no_region_is_refused(region: list[Place]) -> None:
    with pytest.raises(ValueError, match="region"):
        RoomTracker(region=region)

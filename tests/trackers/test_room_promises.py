"""What holds for the room tracker whatever people and detectors do, and what it refuses."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from reid_mot.sequences import Camera, Detections, Tracks, View
from reid_mot.trackers import IdentitySettings, RoomTracker

Floats = NDArray[np.float64]
Film = list[tuple[View, ...]]
Studio = Callable[..., Film]

SQUARE = np.array([[0.0, 0], [6, 0], [6, 6], [0, 6]])

CROSSING = (
    [(0.0, 1.0, 2.0), (1, 1, 2), (4, 5, 4)],
    [(0.5, 4.0, 2.0), (1, 4, 2), (4, 2, 4)],
    [(1.0, 3.0, 5.0), (4, 3, 0.5)],
)
"""Three people whose ways cross."""


def run(tracker: RoomTracker, film: Iterable[Sequence[View]]) -> list[Tracks]:
    return [tracker.step(views) for views in film]


def assert_same(tables: Iterable[Tracks], others: Iterable[Tracks]) -> None:
    a, b = Tracks.concatenate(tables), Tracks.concatenate(others)
    assert len(a) > 0
    for column in ("frame", "camera", "identity", "box", "ground", "confidence"):
        np.testing.assert_array_equal(getattr(a, column), getattr(b, column))


def test_nobody_outside_the_region_is_reported(film: Studio) -> None:
    region = np.array([[0.0, 0], [3, 0], [3, 6], [0, 6]])
    leaves = [(0.0, 2.0, 2.0), (1, 2, 2), (4, 4.5, 2), (5, 4.5, 2)]
    enters = [(0.0, 4.5, 4.0), (1, 4.5, 4), (4, 2, 4), (5, 2, 4)]
    stays = [(0.0, 5.0, 5.0), (5, 5, 5)]
    tables = run(RoomTracker(region=region), film(leaves, enters, stays))
    assert all((table.ground[:, 0] <= 3).all() for table in tables)
    np.testing.assert_allclose(tables[9].on_ground().ground, [[2, 2]], atol=0.3)
    np.testing.assert_allclose(tables[-1].on_ground().ground, [[2, 4]], atol=0.3)


def test_what_was_reported_does_not_change_later(film: Studio) -> None:
    tracker, tables, copies = RoomTracker(), [], []
    for views in film(*CROSSING, looks=[0, 1, 2]):
        tables.append(tracker.step(views))
        copies.append(tables[-1][np.arange(len(tables[-1]))])
    assert_same(tables, copies)


def test_the_past_does_not_depend_on_the_future(film: Studio) -> None:
    instants = film(*CROSSING, looks=[0, 1, 2])
    whole = run(RoomTracker(), instants)
    for end in (7, 31):
        assert_same(run(RoomTracker(), instants[:end]), whole[:end])


def test_trackers_share_nothing(film: Studio) -> None:
    films = film(CROSSING[0], looks=[0]), film(*CROSSING[1:], looks=[1, 2])
    alone = [run(RoomTracker(), instants) for instants in films]
    pair = RoomTracker(), RoomTracker()
    turns = [(pair[0].step(a), pair[1].step(b)) for a, b in zip(*films, strict=True)]
    for k in range(2):
        assert_same([turn[k] for turn in turns], alone[k])
        assert Tracks.concatenate(alone[k]).identity.min() == 1


def test_the_same_film_gives_the_same_tracks(film: Studio) -> None:
    instants = film(*CROSSING, looks=[0, 1, 2], missed=0.2)
    assert_same(run(RoomTracker(), instants), run(RoomTracker(), instants))


@pytest.mark.parametrize("angle", [0.5, np.pi / 2, 4.0])
def test_the_world_may_be_turned_and_moved(
    film: Studio, cameras: tuple[Camera, ...], angle: float
) -> None:
    c, s = np.cos(angle), np.sin(angle)
    motion = np.array([[c, -s, 0, 12.0], [s, c, 0, -7], [0, 0, 1, 0], [0, 0, 0, 1]])

    def carried(points: Floats) -> Floats:
        return np.asarray(points @ motion[:2, :2].T + motion[:2, 3])

    turned = {}
    for camera in cameras:
        assert camera.projection is not None
        projection = camera.projection @ np.linalg.inv(motion)
        turned[camera.name] = Camera(camera.name, camera.size, projection=projection)
    instants = film(*CROSSING, looks=[0, 1, 2], missed=0.1)
    elsewhere = [
        [View(turned[v.camera.name], v.frame, v.time, v.detections) for v in views]
        for views in instants
    ]
    region = 0.5 + SQUARE * 5 / 6
    here = Tracks.concatenate(run(RoomTracker(region=region), instants))
    there = Tracks.concatenate(run(RoomTracker(region=carried(region)), elsewhere))
    np.testing.assert_array_equal(there.identity, here.identity)
    np.testing.assert_array_equal(there.camera, here.camera)
    np.testing.assert_allclose(there.ground, carried(here.ground), atol=1e-5)


def test_the_order_of_cameras_and_detections_does_not_matter(film: Studio) -> None:
    rng = np.random.default_rng(5)
    instants = film(*CROSSING, looks=[0, 1, 2])
    mixed = [
        [
            View(v.camera, v.frame, v.time, v.detections[rng.permutation(len(v.detections))])
            for v in (views[k] for k in rng.permutation(4))
        ]
        for views in instants
    ]
    for table, other in zip(run(RoomTracker(), instants), run(RoomTracker(), mixed), strict=True):
        found, again = (np.unique(t.ground.round(6), axis=0) for t in (table, other))
        np.testing.assert_allclose(again, found, atol=1e-3)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_boxes_anywhere_break_nothing(cameras: tuple[Camera, ...], seed: int) -> None:
    """No identity twice in a camera, and one place for each at an instant, inside the region."""
    rng, tracker = np.random.default_rng(seed), RoomTracker(region=SQUARE)
    for frame in range(12):
        views = []
        for camera in cameras[: rng.integers(1, 5)]:
            corner = rng.uniform(-50, 600, (rng.integers(0, 9), 2))
            boxes = np.hstack([corner, corner + rng.uniform(1, 300, corner.shape)])
            views.append(View(camera, frame, frame / 10, Detections(boxes)))
        table = tracker.step(views)
        assert table.first_duplicate() is None
        places = {(k, *p) for k, p in zip(table.identity, table.ground.tolist(), strict=True)}
        assert len(places) == len(set(table.identity.tolist()))
        assert ((table.ground >= 0) & (table.ground <= 6)).all()


class Counter:
    """An embedder that counts crops and says that all people look the same."""

    dim = 4

    def __init__(self) -> None:
        self.crops = 0

    def __call__(self, crops: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Equal vectors."""
        self.crops += len(crops)
        return np.full((len(crops), 4), 0.5, dtype=np.float32)


def test_the_embedder_rests_when_nobody_enters_and_nobody_is_close(film: Studio) -> None:
    embedder, image = Counter(), np.zeros((480, 640, 3), np.uint8)
    tracker = RoomTracker(embedder, identities=IdentitySettings(refresh=1e9))
    spent = []
    for views in film([(0, 1.5, 3), (9, 2, 3)], [(4, 4, 3), (9, 4, 4)]):
        tracker.step([View(v.camera, v.frame, v.time, v.detections, image) for v in views])
        spent.append(embedder.crops)
    assert spent[-1] == tracker.identities.embedded
    assert 0 < spent[30] == spent[39]  # the first person was looked at, and then left alone
    assert spent[39] < spent[70] == spent[-1]  # so was the second


# What it refuses


def test_instants_that_make_no_sense_are_refused(film: Studio, cameras: tuple[Camera, ...]) -> None:
    tracker, instants = RoomTracker(), film([(0, 2, 2), (1.1, 2, 2)])
    run(tracker, instants[:10])
    blind = View(Camera("blind", (640, 480)), 10, 1.0, Detections.empty())
    one = View(cameras[0], 10, 1.0, Detections.empty())
    late = View(cameras[1], 11, 1.0, Detections.empty())
    early = View(cameras[0], 10, 0.85, Detections.empty())
    senseless: list[tuple[list[View], str]] = [
        ([], "at least one view"),
        ([one, blind], "'blind' is not calibrated"),
        ([one, one], "two views.*c1"),
        ([one, late], r"different frames: \[10, 11\]"),
        ([early], r"0\.85 s is before 0\.9 s"),
    ]
    for views, message in senseless:
        with pytest.raises(ValueError, match=message):
            tracker.step(views)
    # The tracker goes on as if it had never been asked.
    fresh = RoomTracker()
    run(fresh, instants[:10])
    assert_same([tracker.step(instants[10])], [fresh.step(instants[10])])


@pytest.mark.parametrize("region", [[(0, 0), (1, 1)], [(0.0, 0.0), (1, 0), (np.nan, 1)]])
def test_what_is_no_region_is_refused(region: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="region"):
        RoomTracker(region=region)

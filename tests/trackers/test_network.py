"""Cameras that do not overlap."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reid_mot.plugins import make_tracker
from reid_mot.scores import score
from reid_mot.sequences import (
    Camera,
    Detections,
    NoiseModel,
    Tracks,
    View,
    WithNoisyTruth,
    open_sequence,
)
from reid_mot.trackers import CameraTracker, Tracker, track
from reid_mot.trackers.gallery_store import GalleryStore
from reid_mot.trackers.known_people import KnownPeople
from reid_mot.trackers.network import NetworkTracker
from reid_mot.trackers.network_settings import NetworkSettings

from .corridors import Corridors, drawn_looks, in_one_place

CLEAR = drawn_looks(noise=0.3, shift=0.3)
FIXED = NetworkSettings(threshold=0.5)


def corridors(duration: float = 60, people: int = 5, seed: int = 0, **more: object) -> Corridors:
    return Corridors(CLEAR, seed, people, duration, **more)  # type: ignore[arg-type]


def passing(*visits: tuple[int, str, float], until: float) -> list[tuple[View, ...]]:
    """People (number, camera, second) who cross a camera's image in four seconds, five a second."""
    rng = np.random.default_rng(0)
    cameras = [Camera(name, (640, 480)) for name in sorted({c for _, c, _ in visits})]
    film = []
    for frame in range(round(5 * until)):
        views = []
        for camera in cameras:
            here = [
                (who, frame / 5 - begin)
                for who, name, begin in visits
                if name == camera.name and begin <= frame / 5 < begin + 4
            ]
            boxes = [[140 * t, 100 + 40 * who, 140 * t + 70, 280 + 40 * who] for who, t in here]
            looks = [CLEAR(who, camera.name, rng) for who, _ in here]
            views.append(View(camera, frame, frame / 5, Detections(boxes, None, looks or None)))
        film.append(tuple(views))
    return film


def run(film: list[tuple[View, ...]], tracker: NetworkTracker) -> Tracks:
    return Tracks.concatenate([tracker.step(views) for views in film])


def last(rows: Tracks, camera: str, frame: int) -> int:
    """The identity in a camera at a frame."""
    (identity,) = rows.identity[(rows.camera == camera) & (rows.frame == frame)].tolist()
    return int(identity)


def pooled(corridors: Corridors, tracker: Tracker) -> float:
    table = score(corridors.truth, track(corridors, tracker))
    (row,) = (row for row in table.rows if row.kind == "pooled")
    return row.idf1


def test_a_person_has_one_identity_in_all_cameras() -> None:
    film = passing((0, "a", 0), (0, "b", 8), (0, "a", 16), until=20)
    rows = run(film, NetworkTracker(settings=FIXED))
    assert last(rows, "a", 15) == last(rows, "b", 55) == last(rows, "a", 95) == 1
    assert isinstance(NetworkTracker(), Tracker)


def test_other_people_have_others() -> None:
    rows = run(passing((0, "a", 0), (1, "b", 8), until=12), NetworkTracker(settings=FIXED))
    assert last(rows, "a", 15) != last(rows, "b", 55)


def test_two_who_look_alike_in_two_places_are_two() -> None:
    film = passing((0, "a", 0), (0, "b", 2), until=8)
    rows = run(film, NetworkTracker(settings=FIXED))
    assert last(rows, "a", 18) != last(rows, "b", 28)


@pytest.mark.parametrize("least", [3.0, 5.0])
def test_nobody_is_faster_than_the_way(least: float) -> None:
    chosen = NetworkSettings(threshold=0.5, ways=(("a", "b", least, 60.0),))
    rows = run(passing((0, "a", 0), (0, "b", 8), until=12), NetworkTracker(settings=chosen))
    # Out of a's sight at 4 seconds, in b's at 8.
    assert (last(rows, "a", 15) == last(rows, "b", 55)) == (least < 4)


def test_without_looks_every_track_is_somebody() -> None:
    film = [
        tuple(View(v.camera, v.frame, v.time, Detections(v.detections.boxes)) for v in views)
        for views in passing((0, "a", 0), (0, "b", 8), until=12)
    ]
    rows = run(film, NetworkTracker())
    assert sorted(set(rows.identity.tolist())) == [1, 2]


def test_what_happened_is_told() -> None:
    tracker = NetworkTracker(settings=FIXED)
    run(passing((0, "a", 0), (0, "b", 8), until=16), tracker)
    told = [(event.camera, event.kind, event.identity) for event in tracker.events]
    assert told == [
        ("a", "entered", 1),
        ("a", "new", 1),
        ("a", "left", 1),
        ("b", "entered", 2),
        ("b", "re-identified", 1),
        ("b", "left", 1),
    ]
    event = tracker.events[4]
    assert event.previous == 2
    assert event.threshold == 0.5
    assert event.distance is not None
    assert event.distance < 0.5
    assert event.frame is not None


def test_people_are_joined_without_a_threshold() -> None:
    sequence = corridors(180, 8)
    joined, alone = pooled(sequence, NetworkTracker()), pooled(sequence, CameraTracker())
    assert joined > 0.8
    assert joined > alone + 0.3


def test_the_same_again_and_later_instants_change_nothing() -> None:
    sequence = corridors()
    whole, again = (track(sequence, NetworkTracker()) for _ in range(2))
    first = Tracks.concatenate(
        [
            tracker.step(v)
            for tracker in [NetworkTracker()]
            for k, v in enumerate(sequence)
            if k < 150
        ]
    )
    assert np.array_equal(whole.identity, again.identity)
    before = whole[whole.frame < 150]
    assert np.array_equal(before.identity, first.identity)
    assert np.array_equal(before.box, first.box)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000), noise=st.floats(0.2, 2.0))
def test_nobody_is_ever_in_two_boxes_at_once(seed: int, noise: float) -> None:
    sequence = Corridors(drawn_looks(noise, 0.5, seed), seed, people=6, duration=30)
    rows = track(sequence, NetworkTracker(settings=NetworkSettings(threshold=0.6)))
    assert in_one_place(rows)


def test_a_track_that_comes_to_follow_somebody_else_is_found_out() -> None:
    rng = np.random.default_rng(0)
    camera = Camera("a", (640, 480))
    film: list[tuple[View, ...]] = []
    for frame in range(100):
        # Two people side by side, who exchange places unseen at 10 seconds; then one alone.
        who = [0, 1] if frame < 50 else [1, 0]
        boxes = [[100, 100, 170, 280], [250, 100, 320, 280]]
        looks = [CLEAR(k, "a", rng) for k in who]
        film.append((View(camera, frame, frame / 5, Detections(boxes, None, looks)),))
    tracker = NetworkTracker(settings=NetworkSettings(threshold=0.5, refresh=0.4))
    rows = run(film, tracker)
    left = rows.identity[rows.box[:, 0] < 200]
    right = rows.identity[rows.box[:, 0] >= 200]
    assert left[40] == right[-1]
    assert right[40] == left[-1]
    assert [event.kind for event in tracker.events].count("swapped") == 2


def test_people_are_bounded() -> None:
    gallery = KnownPeople(most=3)
    tracker = NetworkTracker(settings=FIXED, gallery=gallery)
    run(passing(*[(k % 6, "a", 6.0 * k) for k in range(10)], until=62), tracker)
    assert len(gallery.identities) <= 3
    assert len(tracker.identities.chances.where) <= 4


def test_people_are_known_in_the_next_run_and_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "people.sqlite"
    with GalleryStore(path) as store:
        first = run(passing((0, "a", 0), until=4), NetworkTracker(settings=FIXED, gallery=store))
        store.flush()
        assert [person.holder for person in store.people] == [store.holder]
    with GalleryStore(path) as store, GalleryStore(path) as other:
        assert [person.holder for person in store.people] == [None]
        film = passing((1, "a", 0), (0, "a", 5), until=9)
        rows = run(film, NetworkTracker(settings=FIXED, gallery=store))
        assert last(rows, "a", 42) == last(first, "a", 18)
        assert last(rows, "a", 18) not in first.identity
        # Who is present here is nobody else anywhere else.
        elsewhere = run(
            passing((0, "b", 0), until=4), NetworkTracker(settings=FIXED, gallery=other)
        )
        assert last(elsewhere, "b", 18) not in rows.identity


def test_views_that_cannot_be() -> None:
    tracker = NetworkTracker()
    camera = Camera("a", (640, 480))
    one = View(camera, 1, 1.0, Detections.empty())
    assert len(tracker.step([])) == 0
    tracker.step([one])
    with pytest.raises(ValueError, match="two views"):
        tracker.step([one, one])
    with pytest.raises(ValueError, match="different frames"):
        tracker.step([one, View(Camera("b", (9, 9)), 2, 1.0, Detections.empty())])
    with pytest.raises(ValueError, match="before"):
        tracker.step([View(camera, 0, 0.5, Detections.empty())])


def test_settings_are_checked_and_can_be_named() -> None:
    for wrong in ({"threshold": 3.0}, {"sure": 0.2}, {"images": 0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            NetworkSettings(**wrong)
    changes = {"travel": 0, "ways": [("a", "b", 3, 9)], "camera.patience": 1.0}
    chosen = make_tracker(NetworkTracker, changes=changes).tracker
    assert isinstance(chosen, NetworkTracker)
    assert chosen.settings.ways == (("a", "b", 3, 9),)
    assert chosen.camera.patience == 1.0


@pytest.mark.data
@pytest.mark.slow
def test_one_real_camera_is_followed_as_well_as_by_itself(data: Callable[[str], Path]) -> None:
    street = open_sequence(data("pets09-s2l1"))
    noisy = WithNoisyTruth(street, NoiseModel(miss=0.15, false=0.10, jitter=8.0), 1)
    alone, network = (
        score(noisy.truth, track(noisy, tracker)).rows[0]  # type: ignore[arg-type]
        for tracker in (CameraTracker(), NetworkTracker())
    )
    assert network.mota >= 0.85
    assert network.idf1 > alone.idf1 - 0.02

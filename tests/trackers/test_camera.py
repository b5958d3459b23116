from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

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
from reid_mot.sequences.simulated import SimulatedRoom
from reid_mot.trackers import CameraSettings, CameraTracker, Tracker, track

from .conftest import Studio

Film = list[tuple[View, ...]]


def run(film: Film, tracker: CameraTracker | None = None) -> Tracks:
    follower = tracker or CameraTracker()
    return Tracks.concatenate([follower.step(views) for views in film])


def uncalibrated(film: Film) -> Film:
    """The same without any knowledge of the floor."""
    return [
        tuple(
            View(Camera(v.camera.name, v.camera.size), v.frame, v.time, v.detections) for v in views
        )
        for views in film
    ]


def people(rows: Tracks) -> list[int]:
    return sorted(set(rows.identity.tolist()))


def test_it_is_a_tracker_that_needs_no_calibration(film: Studio) -> None:
    tracker = CameraTracker()
    assert isinstance(tracker, Tracker)
    rows = run(uncalibrated(film([(0, 1, 3), (4, 5, 3)])), tracker)
    assert rows.cameras == ("c1", "c2", "c3", "c4")
    assert not rows.has_ground.any()


def test_events_speak_of_the_reported_identities(film: Studio) -> None:
    tracker = CameraTracker()
    rows = run(film([(0, 1, 3), (4, 5, 3)], [(0, 3, 1), (4, 3, 5)]), tracker)
    entered = [event for event in tracker.events if event.kind == "entered"]
    assert sorted(event.identity for event in entered) == people(rows)
    for event in entered:
        first = rows[rows.identity == event.identity]
        assert (first.camera[0], first.frame[0]) == (event.camera, event.frame)


def test_no_two_cameras_share_an_identity(film: Studio) -> None:
    rows = run(film([(0, 1, 3), (4, 5, 3)], [(0, 3, 1), (4, 3, 5)]))
    each = [set(people(rows.in_boxes(name))) for name in rows.cameras]
    assert sum(map(len, each)) == len(people(rows)) == 8
    assert people(rows) == list(range(1, 9))


def test_two_people_who_cross_keep_their_identities(film: Studio) -> None:
    walks: list[list[tuple[float, float, float]]] = [
        [(0, 1.5, 3.2), (4, 4.5, 3.2)],
        [(0, 4.5, 2.4), (4, 1.5, 2.4)],
    ]
    scene = film(*walks, missed=0.1)
    rows = run(scene).in_boxes("c1")
    assert len(people(rows)) == 2
    # The one who begins at the left in the image ends at the right.
    middle = (rows.box[:, 0] + rows.box[:, 2]) / 2
    first, last = (rows.frame == frame for frame in (8, 38))
    order = [rows.identity[part][np.argsort(middle[part])].tolist() for part in (first, last)]
    assert order[0] == order[1][::-1]


def without(film: Film, first: float, last: float) -> Film:
    """The film with nothing detected from one time to another."""
    return [
        tuple(View(v.camera, v.frame, v.time, Detections.empty()) for v in views)
        if first <= views[0].time <= last
        else views
        for views in film
    ]


def test_a_person_missed_for_a_moment_is_still_reported_where_the_walk_leads(film: Studio) -> None:
    scene = film([(0, 1.5, 3), (5, 4.5, 3)])
    full, gap = run(scene).in_boxes("c1"), run(without(scene, 2.0, 2.4)).in_boxes("c1")
    assert people(gap) == [1]
    seen, guessed = full.box[full.frame == 24], gap.box[gap.frame == 24]
    assert guessed[0] == pytest.approx(seen[0], abs=8)
    moved = np.abs(seen - full.box[full.frame == 19])
    assert moved.max() > 16  # twice what the guess may be off


def test_a_person_missed_for_long_is_not_reported_but_found_again(film: Studio) -> None:
    scene = without(film([(0, 3, 3), (5, 3, 3)]), 2.0, 3.2)
    rows = run(scene).in_boxes("c1")
    frames = rows.frame.tolist()
    assert 24 in frames
    assert not set(range(28, 33)) & set(frames)
    assert people(rows) == [1]


def test_later_instants_change_nothing(film: Studio) -> None:
    scene = film([(0, 1, 3), (4, 5, 3)], [(1, 3, 1), (4, 3, 5)], missed=0.2)
    whole, part = run(scene), run(scene[:25])
    before = whole[whole.frame < 25]
    assert np.array_equal(before.box, part.box)
    assert np.array_equal(before.identity, part.identity)


@pytest.mark.parametrize("rate", [2.0, 5.0, 15.0, 30.0])
def test_the_frame_rate_does_not_matter(film: Studio, rate: float) -> None:
    times = np.arange(round(8 * rate)) / rate
    walks: list[list[tuple[float, float, float]]] = [
        [(0, 1, 3.5), (8, 5, 3.5)],
        [(0, 3.5, 5), (8, 3.5, 1)],
    ]
    rows = run(film(*walks, missed=0.1, times=times)).in_boxes("c1")
    assert len(people(rows)) == 2
    assert len(rows) > 0.85 * 2 * len(times)


def test_the_resolution_does_not_matter(film: Studio) -> None:
    scene = film([(0, 1, 3), (4, 5, 3)], [(0, 3, 1), (4, 3, 5)], missed=0.1)
    large = [
        tuple(
            View(
                Camera(v.camera.name, (1920, 1440)),
                v.frame,
                v.time,
                Detections(v.detections.boxes * 3),
            )
            for v in views
        )
        for views in scene
    ]
    rows, others = run(scene), run(large)
    assert np.array_equal(rows.identity, others.identity)
    assert others.box / 3 == pytest.approx(rows.box, abs=1.5)


def test_a_camera_may_be_silent(film: Studio) -> None:
    scene = film([(0, 3, 3), (4, 3, 3)])
    some = [views[1:] if 10 <= k < 15 else views for k, views in enumerate(scene)]
    rows = run(some)
    assert len(people(rows)) == 4
    assert not set(range(10, 15)) & set(rows.in_boxes("c1").frame.tolist())
    assert CameraTracker().step([]).cameras == ()


RETURN: list[list[tuple[float, float, float]]] = [
    [(0, 1, 3), (5, 5, 3)],
    [(5, 3, 1), (10, 3, 5)],
    [(10, 5, 3), (15, 1, 3)],
]


def test_who_comes_back_is_recognised(film: Studio) -> None:
    rows = run(film(*RETURN, looks=[0, 1, 0])).in_boxes("c1")
    first, second, third = (rows.identity[rows.frame == frame].tolist() for frame in (40, 90, 149))
    assert first == third
    assert first != second


OUT_AND_BACK: list[tuple[float, float, float]] = [
    (0, 3, 3),
    (4, 5.9, 0.1),
    (7, 5.9, 0.1),
    (11, 3, 3),
    (13, 3, 3),
]
"""Out of the image of camera c1 at its right border, and in again."""


@pytest.mark.parametrize("returning", [False, True])
def test_who_walks_out_of_the_image_comes_back_as_the_settings_say(
    film: Studio, returning: bool
) -> None:
    scene = film(OUT_AND_BACK, looks=[0])
    tracker = CameraTracker(settings=CameraSettings(returning=returning))
    rows = run(scene, tracker).in_boxes("c1")
    assert not (rows.frame == 55).any()
    first, last = (rows.identity[rows.frame == frame].tolist() for frame in (20, 129))
    assert (first == last) == returning


def test_who_was_lost_inside_the_image_is_recognised_at_its_place(film: Studio) -> None:
    scene = without(film([(0, 3, 3), (9, 3, 3)], looks=[0]), 2.0, 6.0)
    rows = run(scene).in_boxes("c1")
    assert not (rows.frame == 55).any()
    assert rows.identity[rows.frame == 20].tolist() == rows.identity[rows.frame == 89].tolist()


def test_without_appearance_who_comes_back_is_somebody_new(film: Studio) -> None:
    rows = run(film(*RETURN)).in_boxes("c1")
    assert len(people(rows)) == 3


class Painted:
    """An embedder that sees colours, and counts what it is asked for."""

    dim = 3
    asked = 0

    def __call__(self, crops: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        self.asked += len(crops)
        means = np.array([crop.mean(axis=(0, 1)) for crop in crops], dtype=np.float32)
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)


def test_an_embedder_is_asked_for_few_images() -> None:
    embedder, camera = Painted(), Camera("a", (320, 240))
    tracker, image = CameraTracker(embedder), np.full((240, 320, 3), 90, dtype=np.uint8)
    image[:, :160, 0] = 250
    boxes = np.array([[40.0, 60, 80, 180], [220, 60, 260, 180]])
    for frame in range(100):
        tracker.step([View(camera, frame, frame / 10, Detections(boxes), image)])
    assert 6 <= embedder.asked <= 60  # of 200 detections


def test_instants_that_are_none_are_refused_before_anything_changes(film: Studio) -> None:
    scene = film([(0, 3, 3), (4, 3, 3)])
    tracker = CameraTracker()
    for views in scene[:10]:
        tracker.step(views)
    late, early = scene[10], scene[3]
    with pytest.raises(ValueError, match="a camera has two views"):
        tracker.step([late[0], late[0]])
    with pytest.raises(ValueError, match="views of different frames"):
        tracker.step([late[0], early[1]])
    wrong = View(late[1].camera, late[1].frame, 0.1, late[1].detections)
    with pytest.raises(ValueError, match=r"camera 'c2', frame 10: time 0\.1 s is before 0\.9 s"):
        tracker.step([late[0], wrong])
    rows, whole = tracker.step(late), run(scene[:11])
    assert np.array_equal(rows.box, whole.box[whole.frame == 10])


def test_cameras_of_the_simulated_room_alone() -> None:
    room = SimulatedRoom(duration=20, images=False)
    row = score(room.truth, track(room, CameraTracker()))["sum over cameras"]
    assert row.mota > 0.9
    assert row.predicted_identities <= 1.6 * row.identities


@pytest.mark.data
@pytest.mark.parametrize("seed", [1, 2])
def test_people_in_the_open_with_a_bad_detector(data: Callable[[str], Path], seed: int) -> None:
    street = open_sequence(data("pets09-s2l1"))
    noisy = WithNoisyTruth(street, NoiseModel(miss=0.15, false=0.10, jitter=8.0), seed)
    [row] = score(noisy.truth, track(noisy, CameraTracker())).rows  # type: ignore[arg-type]
    assert row.mota >= 0.87
    assert row.idf1 >= 0.82


@pytest.mark.data
def test_people_in_the_open_with_a_perfect_detector(data: Callable[[str], Path]) -> None:
    street = open_sequence(data("pets09-s2l1"))
    exact = WithNoisyTruth(street, replace(NoiseModel(), miss=0.0, false=0.0, jitter=0.0))
    [row] = score(exact.truth, track(exact, CameraTracker())).rows  # type: ignore[arg-type]
    assert row.mota >= 0.97
    assert row.switches <= 3
    assert row.idf1 >= 0.97

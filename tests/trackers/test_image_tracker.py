from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from reid_mot.sequences import Camera, Detections, View
from reid_mot.trackers import CameraSettings
from reid_mot.trackers.identities import Identities
from reid_mot.trackers.image_tracker import ImageTracker
from reid_mot.trackers.sightings import iou

Floats = NDArray[np.float64]
CAMERA = Camera("a", (640, 480))
STANDING = np.array([300.0, 200, 340, 300])


def new() -> ImageTracker:
    return ImageTracker(CameraSettings(), Identities(None))


def view(frame: int, boxes: ArrayLike, scores: ArrayLike | None = None, rate: float = 10.0) -> View:
    return View(CAMERA, frame, frame / rate, Detections(boxes, scores))


def follow(tracker: ImageTracker, films: list[Floats], rate: float = 10.0) -> list[Floats]:
    """The boxes reported at each instant, given those detected."""
    return [tracker.step(view(k, boxes, rate=rate)).box for k, boxes in enumerate(films)]


def test_noise_is_smoothed() -> None:
    rng = np.random.default_rng(0)
    walk = STANDING + np.arange(150)[:, None] * [1.5, 0, 1.5, 0]
    noisy = walk + rng.normal(0, 6, walk.shape)
    found = follow(new(), [box[None] for box in noisy])
    error = np.concatenate([box - true for box, true in zip(found[50:], walk[50:], strict=True)])
    assert len(error) == 100
    assert np.sqrt((error**2).mean()) < 3.5  # of 6


def test_exact_boxes_are_reported_as_they_are() -> None:
    times = np.arange(100) / 10
    stride = 8 * np.sin(2 * np.pi * times)  # arms and legs swing once a second
    boxes = STANDING + np.column_stack(
        [12 * times - stride, 0 * times, 12 * times + stride, 0 * times]
    )
    found = follow(new(), [box[None] for box in boxes])
    overlaps = [
        iou(box, true[None])[0, 0] for box, true in zip(found[40:], boxes[40:], strict=True)
    ]
    assert min(overlaps) > 0.93


def test_a_swing_of_arms_and_legs_opens_no_second_track() -> None:
    rng = np.random.default_rng(1)
    width = np.where(np.arange(120) % 8 < 4, 20.0, 36.0)
    middle = 200 + 3.0 * np.arange(120)
    boxes = np.column_stack([middle - width, 0 * width + 200, middle + width, 0 * width + 320])
    boxes += rng.normal(0, 1, boxes.shape)
    assert max(len(box) for box in follow(new(), [box[None] for box in boxes], rate=15)) == 1


def test_a_box_that_the_border_cuts_off_keeps_its_size_and_is_reported_inside() -> None:
    true = STANDING - np.arange(60)[:, None] * [6.0, 0, 6, 0]
    seen = np.clip(true, 0, None)
    there = seen[:, 2] > 8
    tracker = new()
    found = follow(tracker, [box[None] for box in seen[there]])
    last = found[int(there.sum()) - 1]
    assert last[0] == pytest.approx(seen[there][-1], abs=3)
    assert tracker._tracks.boxes[0] == pytest.approx(true[there][-1], abs=6)


def test_boxes_of_a_detector_that_guesses_beyond_the_border_are_not_clipped() -> None:
    box = np.array([[-15.0, 200, 25, 300]])
    assert follow(new(), [box] * 10)[-1][0] == pytest.approx(box[0], abs=2)


def seconds_kept(boxes: Floats) -> float:
    """For how long a person who was detected in these boxes is still looked for."""
    tracker = new()
    follow(tracker, [box[None] for box in boxes])
    kept = 0
    for k in range(len(boxes), len(boxes) + 50):
        tracker.step(view(k, []))
        kept += len(tracker._tracks)
    return kept / 10


def test_who_walks_out_of_the_image_is_given_up_sooner() -> None:
    walk = np.arange(29, -1, -1)[:, None] * [5.0, 0, 5, 0]
    border = np.array([0.0, 200, 40, 300])
    out, amid, stays = walk + border, walk + STANDING, np.tile(border, (30, 1))
    assert 0.2 < seconds_kept(out) < 0.9
    assert seconds_kept(amid) > 1.2
    assert seconds_kept(stays) > 1.2


def test_isolated_false_boxes_are_never_reported() -> None:
    rng = np.random.default_rng(2)
    tracker, reported = new(), 0
    for k in range(400):
        corner = rng.uniform(0, [600, 380], (1, 2))
        boxes = np.hstack([corner, corner + np.array([40, 100])])
        reported += len(tracker.step(view(k, boxes, [0.5])))
    assert reported == 0


def test_a_weak_detection_keeps_a_track_but_opens_none() -> None:
    boxes = [STANDING[None]] * 60
    tracker = new()
    strong = [0.9] * 10 + [0.05] * 50
    rows = [
        tracker.step(view(k, box, [score]))
        for k, (box, score) in enumerate(zip(boxes, strong, strict=True))
    ]
    assert len(rows[-1]) == 1
    weak = new()
    assert sum(len(weak.step(view(k, box, [0.05]))) for k, box in enumerate(boxes)) == 0


def test_a_second_box_around_one_person_is_nobody() -> None:
    double = np.array([STANDING, STANDING + np.array([2, 3, 4, 5])])
    assert max(len(box) for box in follow(new(), [double] * 50)) == 1


def test_a_view_from_before_is_refused() -> None:
    tracker = new()
    tracker.step(view(5, STANDING[None]))
    with pytest.raises(ValueError, match=r"camera 'a', frame 4: time 0\.4 s is before 0\.5 s"):
        tracker.step(view(4, STANDING[None]))


def test_the_detectors_jitter_is_learned() -> None:
    rng = np.random.default_rng(3)
    tracker = new()
    people = STANDING + np.arange(-2, 3)[:, None] * [100.0, 0, 100, 0]
    follow(tracker, [people + rng.normal(0, 5, people.shape) for _ in range(300)])
    learned = tracker.scatter.jitter.deviations(np.array([100.0]))[0]
    assert learned == pytest.approx(5 * np.sqrt([0.5, 0.5, 2, 2]), rel=0.2)

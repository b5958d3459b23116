"""Things that are no people: learned from those who walk."""

import numpy as np
import pytest
from numpy.typing import NDArray

from reid_mot.sequences import Camera, Detections, View
from reid_mot.trackers import CameraTracker
from reid_mot.trackers.scenery import Scenery

Floats = NDArray[np.float64]
SIGN = (500.0, 100.0, 540.0, 200.0)


def test_the_bound_is_the_quantile_of_those_who_walk() -> None:
    scenery, rng = Scenery(share=0.1), np.random.default_rng(0)
    worths = rng.normal(1.0, 0.5, 20_000)
    for part in np.array_split(worths, 5000):
        scenery.learn(part)
    below = (worths < _bound(scenery)).mean()
    assert below == pytest.approx(0.1, abs=0.04)


def _bound(scenery: Scenery) -> float:
    """Found by asking."""
    asked = np.linspace(-3, 3, 6001)
    return float(asked[scenery.unconvincing(asked)].max()) + scenery.margin


def test_nothing_is_a_thing_before_people_were_seen_to_walk() -> None:
    scenery = Scenery(least=100)
    assert not scenery.unconvincing(np.array([-5.0])).any()
    scenery.learn(np.ones(99))
    assert not scenery.unconvincing(np.array([-5.0])).any()
    scenery.learn(np.ones(1))
    assert scenery.unconvincing(np.array([-5.0, 5.0])).tolist() == [True, False]


def test_places_are_remembered_once() -> None:
    scenery = Scenery()
    assert not scenery.known(np.array([SIGN])).any()
    for shift in range(200):
        scenery.remember(np.array([SIGN]) + (shift % 3))
    near, far = np.array(SIGN) + 2, np.array(SIGN) - 30
    assert scenery.known(np.array([near, far])).tolist() == [True, False]


def film(sign: float, stander: float = 0.9, seconds: float = 30.0) -> list[View]:
    """Walkers cross the image, a sign stands there, and one walker stops for good at x = 300.

    Args:
        sign: the detector's score of the sign.
        stander: and of the person who stands.
        seconds: length.
    """
    camera, rng = Camera("c", (640, 480)), np.random.default_rng(0)
    views = []
    for frame in range(round(seconds * 10)):
        time = frame / 10
        walker, stop = (time * 60) % 600, min(40 + time * 60, 300)
        boxes = [(walker, 300, walker + 40, 400), (stop, 60, stop + 40, 160), SIGN]
        scores = np.array([0.85, stander, sign]) + rng.normal(0, 0.03, 3)
        noisy = np.array(boxes) + rng.normal(0, 1.0, (3, 4))
        views.append(View(camera, frame, time, Detections(noisy, scores)))
    return views


def reported(views: list[View]) -> Floats:
    """(instants, 3) whether walker, stander and sign are reported."""
    tracker, rows = CameraTracker(), []
    for view in views:
        boxes = tracker.step([view]).box
        near = np.abs(boxes[:, None, :2] - view.detections.boxes[None, :, :2]).max(axis=2) < 30
        rows.append(near.any(axis=0) if len(boxes) else np.zeros(3, dtype=bool))
    return np.array(rows, dtype=np.float64)


def test_a_sign_is_no_person_and_who_stands_still_is() -> None:
    late = reported(film(sign=0.4))[150:].mean(axis=0)
    assert late[0] > 0.9
    assert late[1] == 1
    assert late[2] == 0


def test_who_stands_still_stays_though_the_detector_is_in_doubt() -> None:
    """Whoever walked in is a person, whatever a detector makes of him afterwards."""
    assert reported(film(sign=0.4, stander=0.6))[150:, 1].mean() == 1


def test_who_stands_there_from_the_beginning_and_looks_like_people_is_one() -> None:
    assert reported(film(sign=0.85))[150:, 2].mean() == 1

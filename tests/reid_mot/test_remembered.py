from __future__ import annotations

import numpy as np

from reid_mot.detecting import WithDetector
from reid_mot.models.detector import Found
from reid_mot.remembered import Remembered, without_embeddings
from reid_mot.sequences import Camera, Detections, View
from reid_mot.sequences.simulated import SimulatedRoom


class Counting:
    """A detector that counts how often it looked."""

    def __init__(self) -> None:
        self.looked = 0

    def __call__(self, image: np.ndarray) -> Found:
        self.looked += 1
        return Found(np.array([[0.0, 0, 10 + self.looked, 20]]), np.array([0.9]))


def test_a_detector_looks_once() -> None:
    detector = Counting()
    room = SimulatedRoom(duration=2, rate=1, people=7)
    sequence = Remembered(WithDetector(room, detector))

    first = [view.detections.boxes for views in sequence for view in views]
    again = [view.detections.boxes for views in sequence for view in views]

    assert detector.looked == len(first) == 8
    np.testing.assert_array_equal(first, again)
    (views, _) = tuple(sequence)
    np.testing.assert_array_equal(views[1].image, room.render(1, 0))
    assert (len(sequence), sequence.rate, sequence.truth) == (2, 1, room.truth)


def test_what_was_broken_off_begins_anew() -> None:
    sequence = Remembered(SimulatedRoom(duration=1, rate=5, images=False))
    next(iter(sequence))
    assert len(list(sequence)) == len(list(sequence)) == 5


def test_embeddings_can_be_left_out() -> None:
    camera = Camera("c", (100, 100))
    bare = View(camera, 1, 0.0, Detections([[0, 0, 5, 5]], [0.5]))
    given = View(camera, 1, 0.0, Detections([[0, 0, 5, 5]], [0.5], [[1.0, 0.0]]))

    one, two = without_embeddings([bare, given])

    assert one is bare
    assert (two.detections.embeddings, two.has_image) == (None, False)
    assert two.detections.scores.tolist() == [0.5]

"""The loop over a sequence, and whole sequences with known truth."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from reid_mot.scores import Scores, score
from reid_mot.sequences import (
    Camera,
    Detections,
    NoiseModel,
    Tracks,
    View,
    Wildtrack,
    WithNoisyTruth,
    open_sequence,
)
from reid_mot.sequences.simulated import SimulatedRoom
from reid_mot.trackers import RoomTracker, Tracker, track


class Instants:
    """Four instants of one camera, the third without any view."""

    name = "instants"
    cameras = (Camera("c", (10, 10)),)
    truth = None

    def __iter__(self) -> Iterator[tuple[View, ...]]:
        for frame in range(4):
            view = View(self.cameras[0], frame, float(frame), Detections([[0, 0, 1, 1]]))
            yield (view,) if frame != 2 else ()


class Counting:
    """Says that the only box is person 1, and notes how many views it was given."""

    def __init__(self) -> None:
        self.views: list[int] = []

    def step(self, views: Sequence[View]) -> Tracks:
        """One row a view."""
        self.views.append(len(views))
        return Tracks.concatenate(
            Tracks([v.frame], v.camera.name, [1], v.detections.boxes) for v in views
        )


def test_every_instant_is_tracked_in_order() -> None:
    tracker = Counting()
    tracks = track(Instants(), tracker)
    assert tracker.views == [1, 1, 0, 1]
    assert tracks.frame.tolist() == [0, 1, 3]


def test_progress_counts_instants() -> None:
    done: list[int] = []
    track(Instants(), Counting(), done.append)
    assert done == [1, 2, 3, 4]


def test_a_sequence_without_instants_has_no_tracks() -> None:
    class Nothing(Instants):
        def __iter__(self) -> Iterator[tuple[View, ...]]:
            return iter(())

    assert len(track(Nothing(), Counting())) == 0


def test_what_a_tracker_is() -> None:
    assert isinstance(RoomTracker(), Tracker)
    assert isinstance(Counting(), Tracker)
    assert not isinstance(Instants(), Tracker)


# Whole sequences


def on_ground(truth: Tracks | None, predicted: Tracks, region: object) -> Scores:
    assert truth is not None
    row = score(truth, predicted, region=np.asarray(region, dtype=np.float64)).rows[0]
    assert row.label == "ground, 1 m"
    return row


@pytest.mark.parametrize("seed", [0, 1])
def test_the_simulated_room_is_tracked(seed: int) -> None:
    room = SimulatedRoom(seed, duration=12, images=False)
    row = on_ground(room.truth, track(room, RoomTracker(region=room.region)), room.region)
    assert row.mota >= 0.95
    assert row.idf1 >= 0.95
    assert row.motp < 0.15


@pytest.mark.data
def test_cmc1_with_the_embeddings_of_its_file(data: Callable[[str], Path]) -> None:
    sequence = open_sequence(data("cmc1"))
    region = [(2.03, 0.0), (6.3, 0.0), (6.3, 3.41), (2.03, 3.41)]  # where the truth is complete
    row = on_ground(sequence.truth, track(sequence, RoomTracker(region=region)), region)
    assert row.mota >= 0.99
    assert row.idf1 >= 0.995
    assert row.switches == 0


@pytest.mark.data
def test_wildtrack_with_noisy_boxes_and_no_appearance(data: Callable[[str], Path]) -> None:
    """15% of the true boxes missed, 10% false ones, edges 8 pixels off."""
    hall = Wildtrack(data("wildtrack"))
    noisy = WithNoisyTruth(hall, NoiseModel(), seed=0)
    row = on_ground(hall.truth, track(noisy, RoomTracker(region=hall.region)), hall.region)
    assert row.frames == 360
    assert row.mota >= 0.90
    assert row.idf1 >= 0.85

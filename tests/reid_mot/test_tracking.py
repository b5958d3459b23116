"""Running a tracker with a stop, and over a part of a sequence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from reid_mot.sequences import MotChallenge, Tracks, View, WithNoisyTruth
from reid_mot.tracking import FrameRange, instants_of, run, truth_until


class OneEach:
    """Everybody in the first camera is somebody new."""

    def step(self, views: Sequence[View]) -> Tracks:
        """One row for each detection of the first view."""
        view = views[0]
        count = len(view.detections)
        return Tracks([view.frame] * count, view.camera.name, range(count), view.detections.boxes)


def test_a_whole_run(sequence: MotChallenge) -> None:
    seen: list[int] = []

    done = run(sequence, OneEach(), progress=seen.append)

    expected = sum(len(views[0].detections) for views in sequence)
    assert len(done.tracks) == expected > 0
    assert seen == list(range(1, 31))
    assert (done.instants, done.last_frame, done.interrupted) == (30, 30, False)


def test_it_stops_between_two_instants(sequence: MotChallenge) -> None:
    asked = iter([False] * 7 + [True])

    done = run(sequence, OneEach(), stop=lambda: next(asked))

    assert (done.instants, done.last_frame, done.interrupted) == (7, 7, True)
    assert done.tracks.frame.max(initial=0) <= 7


def test_the_showpiece_has_most_rows(sequence: MotChallenge) -> None:
    done = run(sequence, OneEach())

    counts = np.bincount(done.tracks.frame)
    assert counts[done.showpiece[0].frame] == counts.max()


def test_a_watcher_sees_the_latest_rows(sequence: MotChallenge) -> None:
    spans: list[int] = []

    def watch(views: tuple[View, ...], rows: Tracks) -> None:
        spans.append(views[0].frame - int(rows.frame.min(initial=views[0].frame)))

    run(sequence, OneEach(), watch=watch, recent=4)

    assert max(spans) == 3


def test_a_part_of_a_sequence(sequence: MotChallenge) -> None:
    part = FrameRange(sequence, 11, 20)

    assert [views[0].frame for views in part] == list(range(11, 21))
    assert part.truth is not None
    assert set(part.truth.frame.tolist()) == set(range(11, 21))
    assert part.rate == 5
    assert len(part) == 10


def test_a_part_without_frames_is_refused(sequence: MotChallenge) -> None:
    with pytest.raises(ValueError, match="has none of them, but 1 to 30"):
        FrameRange(sequence, 500, 600)


def test_the_number_of_instants_where_it_is_known(sequence: MotChallenge) -> None:
    assert instants_of(sequence) == 30
    assert instants_of(iter([])) is None


def test_a_part_of_what_does_not_know_its_frames(sequence: MotChallenge) -> None:
    noisy = WithNoisyTruth(sequence)

    assert instants_of(FrameRange(noisy, 11, 20)) is None
    assert instants_of(FrameRange(noisy, 11, 20, sequence.frames)) == 10


def test_truth_until_a_frame() -> None:
    truth = Tracks([1, 2, 3], "a", [1, 1, 1], None, np.zeros((3, 2)))

    cut = truth_until(truth, 2)

    assert cut is not None
    assert cut.frame.tolist() == [1, 2]
    assert truth_until(truth, None) is None
    assert truth_until(None, 2) is None

"""What boxes differ from their tracks by, told with boxes made at random."""

from __future__ import annotations

import numpy as np
import pytest

from reid_mot.trackers import CameraSettings
from reid_mot.trackers.box_scatter import BoxScatter
from reid_mot.trackers.image_tracks import ImageTracks
from reid_mot.trackers.scatter import Scatter

HEIGHT = np.array([100.0])
BOX = np.array([100.0, 100, 140, 200])
SETTINGS = CameraSettings(acceleration=0.0, growth=0.0)


def person(confirmed: bool = True) -> ImageTracks:
    mean = np.zeros((1, 2, 4))
    tracks = ImageTracks.new(mean, np.zeros((1, 2, 4, 4)), np.zeros(1), 0.0, 0, np.zeros(1))
    tracks.confirmed[:] = confirmed
    return tracks


def test_assumed_at_first_is_the_greater_of_jitter_and_posture() -> None:
    scatter = BoxScatter(CameraSettings(jitter=0.06, posture=(0.2, 0.01, 0.2, 0.01)))
    jitter = Scatter(0.06).deviations(HEIGHT)[0]
    expected = [20.0, jitter[1], 20.0, jitter[3]]
    assert scatter.deviations(HEIGHT)[0] == pytest.approx(expected)
    share = 1 - (jitter / expected) ** 2
    assert scatter.swing(HEIGHT)[0, 0] == pytest.approx(share.mean())


def test_what_is_beyond_the_prediction_is_learned() -> None:
    rng = np.random.default_rng(0)
    scatter = BoxScatter(CameraSettings(jitter=0.02, posture=(0.01, 0.01, 0.01, 0.01)))
    size = np.array([1, 1, 40.0, 100.0])
    true = np.array([6.0, 6, 9, 9])
    for _ in range(4000):
        # Sizes count in units of the predicted ones; the prediction itself is exact.
        variance = (scatter.whole.deviations(HEIGHT) / size) ** 2
        scatter.learn(rng.normal(0, true / size)[None], variance, HEIGHT)
    assert scatter.deviations(HEIGHT)[0] == pytest.approx(true, rel=0.15)
    assert scatter.swing(HEIGHT)[0, 0] > 0.8  # nothing was said of the jitter


def test_three_boxes_running_teach_the_jitter() -> None:
    rng, scatter, tracks = np.random.default_rng(0), BoxScatter(SETTINGS), person()
    rows = np.array([0])
    for frame in range(4000):
        box = BOX + rng.normal(0, 4, (1, 4))
        scatter.compare_three(tracks, rows, box, frame / 10)
        assert np.array_equal(tracks.past[0, 1], box[0])
        assert tracks.past_times[0, 1] == frame / 10
    expected = 4 * np.sqrt([0.5, 0.5, 2, 2])
    assert scatter.jitter.deviations(HEIGHT)[0] == pytest.approx(expected, rel=0.2)


@pytest.mark.parametrize("case", ["missed", "cut off", "the same instant", "not confirmed"])
def test_what_is_not_three_full_views_running_teaches_nothing(case: str) -> None:
    rng, scatter = np.random.default_rng(0), BoxScatter(SETTINGS)
    tracks, before = person(case != "not confirmed"), scatter.deviations(HEIGHT)
    for k in range(30):
        box, rows = BOX + rng.normal(0, 9, (1, 4)), np.array([0])
        if case == "missed" and k % 3 == 2:
            box, rows = box[:0], rows[:0]
        if case == "cut off" and k % 3 == 2:
            box[:] = np.nan
        time = k // 2 if case == "the same instant" else k
        scatter.compare_three(tracks, rows, box, float(time))
    assert np.array_equal(scatter.deviations(HEIGHT), before)
    assert np.array_equal(
        scatter.jitter.deviations(HEIGHT), Scatter(SETTINGS.jitter).deviations(HEIGHT)
    )

"""Who is somebody new, by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from reid_mot.trackers.births import clear_of_people, evidence_of_births, unexplained
from reid_mot.trackers.ground_tracks import GroundTracks
from reid_mot.trackers.room_settings import RoomSettings
from reid_mot.trackers.sightings import Sightings

from .sighted import sighted

Floats = NDArray[np.float64]
SETTINGS = RoomSettings()


def seen(
    boxes: list[list[float]], cameras: list[int], scores: list[float] | None = None
) -> Sightings:
    """Detections that are even chances unless scores are given."""
    return sighted(boxes, cameras, [0.5] * len(boxes) if scores is None else scores)


def track_at(x: float, y: float, cov: float = 0.01) -> GroundTracks:
    none = np.zeros((1, 2), dtype=bool)
    mean = np.array([[x, y, 0.0, 0.0]])
    return GroundTracks.new(mean, np.eye(4)[None] * cov, np.ones(1), 0.0, 0, none, none)


def test_a_second_box_of_one_camera_is_nobody() -> None:
    box, shifted, far = [0.0, 0, 10, 30], [1.0, 0, 11, 30], [50.0, 0, 60, 30]
    found = seen([box, shifted, far, shifted], [0, 0, 0, 1])
    # The first has a track: the second is a double of it; the fourth is another camera's.
    assert unexplained(found, np.array([0, -1, -1, -1])).tolist() == [2, 3]


def test_of_two_free_boxes_the_better_one_stays() -> None:
    found = seen([[0.0, 0, 10, 30], [1.0, 0, 11, 30]], [0, 0], [0.4, 0.6])
    assert unexplained(found, np.array([-1, -1])).tolist() == [1]


@pytest.mark.parametrize(("x", "clear"), [(0.5, False), (3.0, True)])
def test_nobody_new_stands_where_somebody_is(x: float, clear: bool) -> None:
    found = seen([[0.0, 0, 10, 30]], [0])
    place, cov = np.array([[x, 0.0]]), np.eye(2)[None] * 0.01
    groups = [np.array([0])]
    answer = clear_of_people(track_at(0, 0), found, np.array([-1]), groups, place, cov, SETTINGS)
    assert answer.tolist() == [clear]


def test_two_whom_one_camera_sees_side_by_side_are_two() -> None:
    found = seen([[0.0, 0, 10, 30], [12.0, 0, 22, 30]], [0, 0])
    place, cov = np.array([[0.5, 0.0]]), np.eye(2)[None] * 0.01
    groups = [np.array([1])]
    answer = clear_of_people(track_at(0, 0), found, np.array([0, -1]), groups, place, cov, SETTINGS)
    assert answer.tolist() == [True]


def test_in_an_empty_room_everybody_is_new() -> None:
    found = seen([[0.0, 0, 10, 30]], [0])
    answer = clear_of_people(
        GroundTracks.empty(),
        found,
        np.array([-1]),
        [np.array([0])],
        np.zeros((1, 2)),
        np.eye(2)[None],
        SETTINGS,
    )
    assert answer.tolist() == [True]


def test_evidence_by_hand() -> None:
    """Two cameras agree with scores of one half; the third should have seen it, or is silent."""
    found = seen([[0.0, 0, 10, 30], [0.0, 0, 10, 30]], [0, 1])
    chance, groups = np.array([[0.8, 0.8, 0.6]]), [np.array([0, 1])]
    agreed = SETTINGS.prior + SETTINGS.agreement
    for third, expected in ((True, agreed + np.log(0.4)), (False, agreed)):
        active = np.array([True, True, third])
        evidence, hits = evidence_of_births(found, groups, chance, active, SETTINGS)
        assert evidence[0] == pytest.approx(expected)
        assert hits.tolist() == [[True, True, False]]


def test_scores_count_within_limits() -> None:
    found = seen([[0.0, 0, 10, 30], [90.0, 0, 99, 30]], [0, 0], [0.6, 1.0])
    groups = [np.array([0]), np.array([1])]
    evidence, _ = evidence_of_births(found, groups, np.zeros((2, 1)), np.array([True]), SETTINGS)
    np.testing.assert_allclose(evidence, SETTINGS.prior + np.array([np.log(1.5), 2.0]))

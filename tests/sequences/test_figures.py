import numpy as np
import pytest

from reid_mot.sequences.figures import (
    CROWN,
    L_ANKLE,
    L_ELBOW,
    L_HAND,
    L_HIP,
    L_KNEE,
    L_SHOULDER,
    PELVIS,
    R_ANKLE,
    R_HIP,
    R_KNEE,
    Builds,
    Poses,
    bend,
    draw_builds,
    pose,
)
from reid_mot.sequences.walks import Walks


def walk(n: int, speed: float = 0.0, seated: float = 0.0, heading: float = 0.0) -> Walks:
    zero = np.zeros(n, dtype=np.int64)
    travelled = np.arange(n) * max(speed, 1e-9) / 15
    position = np.column_stack([travelled * np.cos(heading), travelled * np.sin(heading)])
    fill = np.full(n, 1.0)
    return Walks(
        np.arange(n), zero, position, fill * heading, fill * speed, travelled, fill * seated, zero
    )


def average(n: int) -> Builds:
    return Builds(
        np.full(n, 1.8),
        np.ones(n),
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=bool),
        np.zeros(n),
        np.zeros(n, dtype=bool),
    )


def posed(n: int, speed: float = 0.0, seated: float = 0.0, heading: float = 0.0) -> Poses:
    return pose(walk(n, speed, seated, heading), average(n))


def lengths(poses: Poses, a: int, b: int) -> np.ndarray:
    return np.asarray(np.linalg.norm(poses.joints[:, a] - poses.joints[:, b], axis=1))


def test_standing_figure_is_as_tall_as_its_build() -> None:
    assert posed(1).joints[0, CROWN, 2] == pytest.approx(1.8, abs=0.01)


def test_sitting_lowers_the_head_and_brings_the_knees_forward() -> None:
    joints = posed(1, seated=1.0).joints[0]
    assert 1.2 < joints[CROWN, 2] < 1.5
    assert joints[L_KNEE, 0] - joints[L_HIP, 0] > 0.25
    assert 0.45 < joints[L_KNEE, 2] < 0.65


def test_feet_stay_on_or_above_the_floor_and_bones_keep_their_length() -> None:
    poses = posed(60, speed=1.2)
    assert poses.joints[:, :, 2].min() > 0.0
    thigh = lengths(poses, L_HIP, L_KNEE)
    assert np.ptp(thigh) < 0.05
    assert np.ptp(lengths(poses, L_SHOULDER, L_ELBOW)) < 1e-9
    assert np.ptp(lengths(poses, L_ELBOW, L_HAND)) < 1e-9


def test_legs_swing_against_each_other_and_arms_against_legs() -> None:
    poses = posed(60, speed=1.2)
    left = poses.joints[:, L_ANKLE, 0] - poses.joints[:, PELVIS, 0]
    right = poses.joints[:, R_ANKLE, 0] - poses.joints[:, PELVIS, 0]
    hand = poses.joints[:, L_HAND, 0] - poses.joints[:, L_SHOULDER, 0]
    assert np.corrcoef(left, right)[0, 1] < -0.99
    assert np.corrcoef(left, hand)[0, 1] < -0.9
    assert np.ptp(left) > 0.4


def test_heading_turns_the_whole_figure() -> None:
    along, across = posed(5, speed=1.0).joints, posed(5, speed=1.0, heading=np.pi / 2).joints
    turned = np.stack([-along[..., 1], along[..., 0], along[..., 2]], axis=-1)
    np.testing.assert_allclose(across, turned, atol=1e-9)


def test_left_is_left() -> None:
    joints = posed(1).joints[0]
    assert joints[L_HIP, 1] > 0 > joints[R_HIP, 1]


def test_knee_is_as_far_from_hip_as_from_ankle_and_in_front() -> None:
    forward = np.array([[1.0, 0.0, 0.0]])
    knee = bend(np.array([[0.0, 0.0, 0.9]]), np.array([[0.1, 0.0, 0.1]]), np.array([0.45]), forward)
    assert np.linalg.norm(knee - [[0.0, 0.0, 0.9]]) == pytest.approx(0.45)
    assert np.linalg.norm(knee - [[0.1, 0.0, 0.1]]) == pytest.approx(0.45)
    assert knee[0, 0] > 0.05


def test_knees_bend_to_the_front_in_every_pose() -> None:
    for seated in (0.0, 0.3, 0.7, 1.0):
        joints = posed(30, speed=1.0, seated=seated).joints
        middle = (joints[:, R_HIP] + joints[:, R_ANKLE]) / 2
        assert (joints[:, R_KNEE, 0] >= middle[:, 0] - 1e-9).all()


def test_builds_lie_in_their_ranges() -> None:
    builds = draw_builds(np.random.default_rng(0), 500)
    assert builds.height.min() >= 1.55
    assert builds.height.max() <= 1.95
    assert 0 < builds.pack.mean() < 0.5
    assert set(builds.style.tolist()) == {0, 1, 2}


def test_rows_of_poses() -> None:
    poses = posed(6, speed=1.0)
    np.testing.assert_array_equal(poses[2:4].joints, poses.joints[2:4])
    assert len(poses[2:4].build.height) == 2

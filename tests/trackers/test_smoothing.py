"""Positions smoothed with the past and the future known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from reid_mot.trackers.smoothing import fill, smooth

Floats = NDArray[np.float64]


def rauch_tung_striebel(times: Floats, points: Floats, acceleration: float, noise: float) -> Floats:
    """The same model by a Kalman filter forward and a smoother backward, one coordinate.

    State: position and the velocity over the next step. The velocity changes at each instant by
    white acceleration seen through a triangle over the two steps around it.
    """
    n, step = len(times), np.diff(times)
    mean, cov = np.zeros((n, 2)), np.zeros((n, 2, 2))
    ahead, ahead_cov, move = np.zeros((n, 2)), np.zeros((n, 2, 2)), np.zeros((n, 2, 2))
    see = np.array([[1.0, 0.0]])
    for k in range(n):
        if k == 0:
            ahead[k], ahead_cov[k] = [points[0], 0], np.diag([1e8, 1e8])
        else:
            move[k] = [[1, step[k - 1]], [0, 1]]
            width = (step[k - 1] + step[k]) / 3 if k < n - 1 else 0.0
            ahead[k] = move[k] @ mean[k - 1]
            ahead_cov[k] = move[k] @ cov[k - 1] @ move[k].T + np.diag([0, acceleration * width])
        gain = ahead_cov[k] @ see.T / (see @ ahead_cov[k] @ see.T + noise**2)
        mean[k] = ahead[k] + (gain @ (points[k] - see @ ahead[k])[:, None])[:, 0]
        cov[k] = (np.eye(2) - gain @ see) @ ahead_cov[k]
    for k in range(n - 2, -1, -1):
        back = cov[k] @ move[k + 1].T @ np.linalg.inv(ahead_cov[k + 1])
        mean[k] += back @ (mean[k + 1] - ahead[k + 1])
    return mean[:, 0]


@given(seed=st.integers(0, 1000), n=st.integers(3, 12))
def test_it_is_what_a_filter_and_a_backward_pass_give(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.05, 1.0, n))
    points = rng.normal(0, 2, (n, 2))
    expected = [rauch_tung_striebel(times, column, 0.8, 0.3) for column in points.T]
    np.testing.assert_allclose(smooth(times, points, 0.8, 0.3), np.transpose(expected), atol=1e-3)


def test_noise_gets_less() -> None:
    rng = np.random.default_rng(0)
    times = np.arange(100) / 10
    way = np.column_stack([times, np.sin(times)])
    measured = way + rng.normal(0, 0.1, way.shape)
    before, after = (
        np.sqrt(((x - way) ** 2).mean()) for x in (measured, smooth(times, measured, 0.5, 0.1))
    )
    assert after < 0.6 * before


@pytest.mark.parametrize(("n", "acceleration", "noise"), [(2, 1, 1), (5, 0, 1), (5, 1, 0)])
def test_nothing_to_smooth(n: int, acceleration: float, noise: float) -> None:
    points = np.random.default_rng(0).normal(size=(n, 2))
    np.testing.assert_array_equal(smooth(np.arange(float(n)), points, acceleration, noise), points)


def test_gaps_are_crossed_straight() -> None:
    points = fill(np.array([1.0, 3.0]), np.array([[0.0, 5], [4, 1]]), np.array([1.5, 2.0]))
    np.testing.assert_allclose(points, [[1, 4], [2, 3]])

"""Positions smoothed with the past and the future known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

Floats = NDArray[np.float64]


def smooth(times: Floats, points: Floats, acceleration: float, noise: float) -> Floats:
    """The likeliest way of somebody whose velocity changes a little at each instant.

    The way x minimises sum |x_k - z_k|^2 / noise^2 + sum |second difference of x|^2 / variance,
    where the difference of the velocities over two steps has the variance that white acceleration
    of this spectral density gives it. A Kalman filter of that model with a backward pass (Rauch,
    Tung and Striebel 1965) gives the same; one banded system is solved instead, O(n).

    Args:
        times: (n,) seconds, strictly ascending.
        points: (n, d) measured.
        acceleration: spectral density, length^2 / s^3; 0 or less: nothing is smoothed.
        noise: standard deviation of a measurement, in the unit of the points.

    Returns:
        (n, d).

    >>> smooth(np.arange(4.0), np.array([[0.0], [1], [2], [3]]), 0.1, 0.2).round(6).ravel()
    array([0., 1., 2., 3.])
    """
    n = len(times)
    if n < 3 or acceleration <= 0 or noise <= 0:
        return np.array(points, dtype=np.float64)
    step = np.diff(times)
    a, b = step[:-1], step[1:]
    # The velocity over the second step less that over the first: white acceleration, weighted by
    # a triangle over both steps, has this variance.
    variance = acceleration * (a + b) / 3
    rows = np.stack([1 / a, -1 / a - 1 / b, 1 / b]) / np.sqrt(variance)
    band = np.zeros((3, n))
    for first in range(3):
        for last in range(first, 3):
            offset = last - first
            band[2 - offset, last : n - 2 + last] += rows[first] * rows[last]
    band[2] += 1 / noise**2
    return np.asarray(solveh_banded(band, points / noise**2))


def fill(times: Floats, points: Floats, wanted: Floats) -> Floats:
    """(m, d) points at other times (m,), by straight lines."""
    return np.column_stack([np.interp(wanted, times, column) for column in points.T])

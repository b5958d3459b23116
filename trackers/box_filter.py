"""Boxes in one camera's image as Kalman states.

A box is two states of `motion.py`: its centre (x, y, and their rates) in pixels, and the natural
logarithms of its width and height, and their rates. Arrays are stacked: means (n, 2, 4), the
centre first, covariances (n, 2, 4, 4). Axes stay independent of each other, so that a prediction
is compared with a detection by four numbers: centre x, centre y, width and height.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import motion

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def boxes_of(mean: Floats) -> Floats:
    """(n, 4) left, top, right, bottom pixels of states (n, 2, 4)."""
    half = np.exp(mean[:, 1, :2]) / 2
    return np.hstack([mean[:, 0, :2] - half, mean[:, 0, :2] + half])


def initial(
    boxes: Floats, deviations: Floats, speed: float, growth: float
) -> tuple[Floats, Floats]:
    """States at rest for new boxes.

    Args:
        boxes: (n, 4).
        deviations: (n, 4) standard deviations of centre x, y, width and height, pixels.
        speed: standard deviation of the velocity, box heights per second.
        growth: standard deviation of the rates of the logarithmic sizes, per second.

    Returns:
        means (n, 2, 4) and covariances (n, 2, 4, 4).
    """
    size = boxes[:, 2:] - boxes[:, :2]
    mean, cov = np.zeros((len(boxes), 2, 4)), np.zeros((len(boxes), 2, 4, 4))
    mean[:, 0, :2], mean[:, 1, :2] = (boxes[:, :2] + boxes[:, 2:]) / 2, np.log(size)
    variance = deviations**2
    variance[:, 2:] /= size**2
    for axis in range(2):
        cov[:, 0, axis, axis], cov[:, 1, axis, axis] = variance[:, axis], variance[:, 2 + axis]
        cov[:, 0, 2 + axis, 2 + axis] = (speed * size[:, 1]) ** 2
        cov[:, 1, 2 + axis, 2 + axis] = growth**2
    return mean, cov


def predict(
    mean: Floats, cov: Floats, dt: float, acceleration: float, growth: float, damping: float
) -> tuple[Floats, Floats]:
    """States `dt` seconds later.

    Args:
        mean: (n, 2, 4).
        cov: (n, 2, 4, 4).
        dt: seconds, not negative.
        acceleration: spectral density of the centre's acceleration, squared box heights per
            second cubed: what people do does not depend on the camera's resolution.
        growth: the same of the logarithmic sizes, 1/s^3.
        damping: decay of all rates, 1/s.

    Raises:
        ValueError: a negative time step.
    """
    n = len(mean)
    density = np.full((n, 2), growth)
    density[:, 0] = acceleration * np.exp(2 * mean[:, 1, 1])
    flat = mean.reshape(2 * n, 4), cov.reshape(2 * n, 4, 4)
    later, spread = motion.predict(*flat, dt, density.reshape(-1), damping)
    return later.reshape(n, 2, 4), spread.reshape(n, 2, 4, 4)


def compare(mean: Floats, boxes: Floats, cut: Flags) -> tuple[Floats, Flags]:
    """What detections say beyond the predictions; leading dimensions are broadcast.

    A box cut off by the image's border does not show its size; with the predicted size, the
    edge that is not cut off still shows where the centre is.

    Args:
        mean: (..., 2, 4) states.
        boxes: (..., 4).
        cut: (..., 4) edges that lie at the image's border, see `cut_edges`.

    Returns:
        (..., 4) centre x, centre y in pixels, and width and height in units of the predicted ones
        (the logarithm's first order, which is free of the bias that the logarithm of a noisy
        width has); and (..., 2) by axis where the size is not shown: 0 there.
    """
    size = np.exp(mean[..., 1, :2])
    low, high = boxes[..., :2], boxes[..., 2:]
    found = high - low
    first, last = cut[..., :2], cut[..., 2:]
    hidden = (first | last) & (found < size)
    centre = np.where(first, high - size / 2, low + size / 2)
    centre = np.where(hidden & (first ^ last), centre, (low + high) / 2)
    change = np.where(hidden, 0.0, found / size - 1)
    return np.concatenate([centre - mean[..., 0, :2], change], axis=-1), hidden


def variances(cov: Floats) -> Floats:
    """(n, 4) of centre x, centre y (square pixels), and logarithmic width and height."""
    diagonal = np.diagonal(cov, axis1=-2, axis2=-1)
    return np.asarray(diagonal[:, :, :2]).reshape(len(cov), 4)


def noise_variances(mean: Floats, cov: Floats, deviations: Floats) -> tuple[Floats, Floats]:
    """Variances of what `compare` gives, for a box in full view and for one cut off.

    Args:
        mean: (n, 2, 4), with cov (n, 2, 4, 4).
        cov: their covariances.
        deviations: (n, 4) standard deviations of centre x, y, width and height, pixels.

    Returns:
        (n, 4) and (n, 2) of the centre where the size is not shown: the error of one edge, and
        that of half the predicted size.
    """
    size = np.exp(mean[:, 1, :2])
    whole = deviations**2
    edge = whole[:, :2] + (whole[:, 2:] + cov[:, 1, [0, 1], [0, 1]] * size**2) / 4
    whole[:, 2:] /= size**2
    return whole, edge


def correct(
    mean: Floats, cov: Floats, residual: Floats, variance: Floats, measured: Flags
) -> tuple[Floats, Floats]:
    """States after detections.

    Args:
        mean: (n, 2, 4).
        cov: (n, 2, 4, 4).
        residual: (n, 4) as `compare` gives it.
        variance: (n, 4) of the measurements.
        measured: (n, 4) which of them count.
    """
    n = len(mean)
    variance = np.where(measured, variance, 1e9 * (1 + variance))
    noise = np.zeros((n, 2, 2, 2))
    noise[..., [0, 1], [0, 1]] = variance.reshape(n, 2, 2)
    target = mean[:, :, :2] + residual.reshape(n, 2, 2)
    after, spread = motion.update(
        mean.reshape(2 * n, 4),
        cov.reshape(2 * n, 4, 4),
        target.reshape(2 * n, 2),
        noise.reshape(2 * n, 2, 2),
    )
    return after.reshape(n, 2, 4), spread.reshape(n, 2, 4, 4)

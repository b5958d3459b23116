"""Kalman filters as pure functions over all tracks at once.

A state is (p1, p2, v1, v2): a position in two coordinates and its velocity per second. On the
ground plane the coordinates are metres; in the image they are pixels (see `camera.py`, which
filters a box's centre and its logarithmic size as two such states). Means are stacked (n, 4),
covariances (n, 4, 4). Time steps are seconds and may differ from call to call.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def initial_states(
    positions: Floats, covariances: Floats, velocity_deviation: float | ArrayLike
) -> tuple[Floats, Floats]:
    """States at rest for newly seen positions.

    Args:
        positions: (n, 2).
        covariances: (n, 2, 2) of the positions.
        velocity_deviation: standard deviation of the unknown velocity, per second, a number or
            one for each coordinate (2,) or state (n, 2).

    Returns:
        means (n, 4) and covariances (n, 4, 4).
    """
    n = len(positions)
    means = np.zeros((n, 4))
    means[:, :2] = positions
    covs = np.zeros((n, 4, 4))
    covs[:, :2, :2] = covariances
    variance = np.broadcast_to(np.square(velocity_deviation), (n, 2))
    covs[:, 2, 2], covs[:, 3, 3] = variance[:, 0], variance[:, 1]
    return means, covs


def transition(dt: float, damping: float = 0.0) -> Floats:
    """(4, 4) matrix that moves a state on by `dt` seconds.

    With `damping` (1/s) the velocity decays as exp(-damping dt): a person not seen for a while
    is expected to have stopped rather than to have walked on for ever. 0 is constant velocity.
    """
    decay = np.exp(-damping * dt)
    reach = dt if damping == 0 else (1 - decay) / damping
    matrix = np.diag([1.0, 1.0, decay, decay])
    matrix[0, 2] = matrix[1, 3] = reach
    return matrix


def process_noise(dt: float, acceleration: float | Floats, damping: float = 0.0) -> Floats:
    """Covariance added in `dt` seconds by white acceleration, exact for any `dt`.

    Args:
        dt: seconds.
        acceleration: spectral density q: the velocity's variance grows by q per second
            (units squared per second cubed); a number, or one for each state (n,).
        damping: as in `transition`.

    Returns:
        (4, 4), or (n, 4, 4) for n densities. Bar-Shalom et al. 2001, section 6.2.2 (and 8.2 for
        the damped form).
    """
    a = damping
    if a * dt < 1e-3:  # the damped expressions cancel to nothing here; they tend to these
        pp, pv, vv = dt**3 / 3, dt**2 / 2, dt
    else:
        e = np.exp(-a * dt)
        vv = (1 - e**2) / (2 * a)
        pv = (1 - e) ** 2 / (2 * a**2)
        pp = (dt - 2 * (1 - e) / a + (1 - e**2) / (2 * a)) / a**2
    unit = np.zeros((4, 4))
    unit[0, 0] = unit[1, 1] = pp
    unit[0, 2] = unit[2, 0] = unit[1, 3] = unit[3, 1] = pv
    unit[2, 2] = unit[3, 3] = vv
    return np.asarray(np.multiply.outer(np.asarray(acceleration, dtype=np.float64), unit))


def predict(
    means: Floats, covs: Floats, dt: float, acceleration: float | Floats, damping: float = 0.0
) -> tuple[Floats, Floats]:
    """States `dt` seconds later.

    Args:
        means: (n, 4).
        covs: (n, 4, 4).
        dt: seconds, not negative.
        acceleration: spectral density of the white acceleration, as in `process_noise`.
        damping: decay of the velocity, 1/s.

    Raises:
        ValueError: a negative time step.
    """
    if dt < 0:
        raise ValueError(f"time runs backwards by {-dt} s")
    matrix = transition(dt, damping)
    return means @ matrix.T, matrix @ covs @ matrix.T + process_noise(dt, acceleration, damping)


def update(means: Floats, covs: Floats, measured: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """States after measuring their positions, state i by measurement i.

    Args:
        means: (n, 4).
        covs: (n, 4, 4).
        measured: (n, 2) positions.
        noise: (n, 2, 2) covariances of the measurements.

    Returns:
        means and covariances; the covariances stay symmetric and positive definite (Joseph form).
    """
    innovation_cov = covs[:, :2, :2] + noise
    gain = covs[:, :, :2] @ inverse_2x2(innovation_cov)
    residual = measured - means[:, :2]
    new_means = means + (gain @ residual[:, :, None])[:, :, 0]
    keep = np.broadcast_to(np.eye(4), covs.shape).copy()
    keep[:, :, :2] -= gain
    new_covs = keep @ covs @ keep.transpose(0, 2, 1) + gain @ noise @ gain.transpose(0, 2, 1)
    return new_means, (new_covs + new_covs.transpose(0, 2, 1)) / 2


def fuse_groups(
    positions: Floats, covariances: Floats, group: NDArray[np.int64], groups: int
) -> tuple[Floats, Floats]:
    """One position for each group of independent measurements of it.

    Args:
        positions: (m, 2).
        covariances: (m, 2, 2).
        group: (m,) the group of each measurement, 0 to groups - 1; every group has a member.
        groups: number of groups.

    Returns:
        (groups, 2) means weighted by information, and their covariances (groups, 2, 2).
    """
    information = inverse_2x2(covariances)
    total, pulled = np.zeros((groups, 2, 2)), np.zeros((groups, 2))
    np.add.at(total, group, information)
    np.add.at(pulled, group, (information @ positions[:, :, None])[:, :, 0])
    covs = inverse_2x2(total)
    return (covs @ pulled[:, :, None])[:, :, 0], covs


def inverse_2x2(matrices: Floats) -> Floats:
    """Inverses of (..., 2, 2) matrices, many times faster than LAPACK for such small ones."""
    a, b = matrices[..., 0, 0], matrices[..., 0, 1]
    c, d = matrices[..., 1, 0], matrices[..., 1, 1]
    result = np.empty_like(matrices)
    result[..., 0, 0], result[..., 0, 1] = d, -b
    result[..., 1, 0], result[..., 1, 1] = -c, a
    return result / (a * d - b * c)[..., None, None]

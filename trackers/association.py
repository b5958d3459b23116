"""Which detection belongs to which track, and which detections are one person.

Costs are log-likelihood ratios, so that position, appearance and the chance of a miss add up in
one unit: a pair's value says by how much the data speak for "this detection is this track" as
against "the track was missed and the detection is something else". Only pairs with a positive
value are ever joined.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from .motion import inverse_2x2

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def mahalanobis(
    means: Floats, covs: Floats, positions: Floats, noise: Floats
) -> tuple[Floats, Floats]:
    """Squared Mahalanobis distances between predicted and measured positions.

    Args:
        means: (n, 2) predicted, with covs (n, 2, 2).
        covs: their covariances.
        positions: (m, 2) measured, with noise (m, 2, 2).
        noise: their covariances.

    Returns:
        (n, m) squared distances, and (n, m) determinants of the summed covariances.
    """
    total = covs[:, None] + noise[None]
    difference = positions[None] - means[:, None]
    a, b, d = total[..., 0, 0], total[..., 0, 1], total[..., 1, 1]
    determinant = a * d - b * b
    x, y = difference[..., 0], difference[..., 1]
    squared = (d * x * x - 2 * b * x * y + a * y * y) / determinant
    return squared, determinant


def position_evidence(
    squared: Floats, determinant: Floats, detection_probability: Floats, clutter: float
) -> Floats:
    """Log-likelihood ratio of each pair from positions alone.

    log [p_d N(z; predicted, S) / ((1 - p_d) clutter)]; Blackman and Popoli 1999, section 6.2.

    Args:
        squared: (n, m) squared Mahalanobis distances.
        determinant: (n, m) of S.
        detection_probability: (n, 1) or (n, m) chance that the track is detected there.
        clutter: density of detections that are no known track, per square metre.
    """
    with np.errstate(divide="ignore"):
        odds = np.log(detection_probability / (1 - detection_probability))
    return np.asarray(
        odds - np.log(2 * np.pi * clutter) - 0.5 * np.log(determinant) - 0.5 * squared
    )


def cosine_distances(a: NDArray[np.float32], b: NDArray[np.float32]) -> Floats:
    """1 - cosine between rows of unit length: a (n, d), b (m, d), result (n, m) in [0, 2]."""
    return to_distances(cosine_similarities(a, b))


def to_distances(cosines: NDArray[np.float32]) -> Floats:
    """1 - cosine, in [0, 2] in spite of rounding; of the same shape."""
    distances = 1.0 - np.asarray(cosines, dtype=np.float64)
    return np.asarray(np.clip(distances, 0.0, 2.0, out=distances))


SMALL = 1 << 18
"""Multiplications up to which common BLAS libraries compute in the calling thread."""

LARGE = 1 << 27
"""Multiplications from which several threads are worth waking."""


def cosine_similarities(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cosines (n, m) of rows of unit length, a (n, d) and b (m, d).

    In blocks so small that BLAS wakes no threads: they cost more than they do.

    The threads of OpenBLAS wait in a busy loop, so that on a busy machine a product of some
    hundred microseconds takes milliseconds, of every core.
    """
    width = SMALL // max(1, a.size)
    if width >= len(b) or width == 0 or a.size * len(b) >= LARGE:
        return np.asarray(a @ b.T)
    result = np.empty((len(a), len(b)), dtype=np.result_type(a, b))
    for start in range(0, len(b), width):
        result[:, start : start + width] = a @ b[start : start + width].T
    return result


def assign(values: Floats) -> tuple[Ints, Ints]:
    """The one-to-one pairs with the greatest sum of positive values.

    Args:
        values: (n, m); pairs of value <= 0 or NaN are never joined.

    Returns:
        indices of rows and of columns, one pair each, rows ascending.
    """
    gains = np.where(values > 0, values, 0.0)
    rows_used, columns_used = np.flatnonzero(gains.any(axis=1)), np.flatnonzero(gains.any(axis=0))
    if len(rows_used) == 0:
        none = np.empty(0, dtype=np.int64)
        return none, none
    rows, columns = linear_sum_assignment(gains[np.ix_(rows_used, columns_used)], maximize=True)
    rows, columns = rows_used[rows], columns_used[columns]
    joined = gains[rows, columns] > 0
    return rows[joined], columns[joined]


@dataclass(frozen=True)
class Candidates:
    """What is known of each pair of track and detection before their positions are compared.

    Args:
        chance: (n, m) chance that the track is detected by the detection's camera, inside (0, 1).
        bonus: (n, m) log-likelihood ratio from everything but the position (appearance, size).
        clutter: density of detections that are no known track, per square metre.
        gate: greatest squared Mahalanobis distance of a pair.
    """

    chance: Floats
    bonus: Floats
    clutter: float
    gate: float

    def values(
        self, means: Floats, covs: Floats, positions: Floats, noise: Floats, columns: Ints
    ) -> Floats:
        """Log-likelihood ratios (n, k) of the pairs with these k detections."""
        squared, determinant = mahalanobis(means, covs, positions[columns], noise[columns])
        values = position_evidence(squared, determinant, self.chance[:, columns], self.clutter)
        values += self.bonus[:, columns]
        values[squared > self.gate] = -np.inf
        return values


def associate(
    means: Floats,
    covs: Floats,
    positions: Floats,
    noise: Floats,
    camera: Ints,
    candidates: Candidates,
    sweeps: int = 3,
    slack: float = 0.1,
) -> Ints:
    """Each detection's track, all cameras together; a camera gives a track at most one.

    Each camera in turn, the surest first, is assigned given what the other cameras' detections
    already say about where the tracks are; this is repeated until nothing changes. So cameras
    agree on who is who where the prediction alone would leave them apart.

    Args:
        means: (n, 2) predicted positions, metres.
        covs: (n, 2, 2) their covariances.
        positions: (m, 2) detections on the ground.
        noise: (m, 2, 2) their covariances.
        camera: (m,) index of each detection's camera.
        candidates: chances and other evidence of the pairs.
        sweeps: at most this many rounds over the cameras.
        slack: metres, added to the tracks' uncertainty: cameras disagree by more than their
            noise (calibration, posture).

    Returns:
        (m,) index of the track, -1 for none.
    """
    owner = np.full(len(positions), -1, dtype=np.int64)
    if len(means) == 0 or len(positions) == 0:
        return owner
    weight = inverse_2x2(noise)
    pull = (weight @ positions[:, :, None])[:, :, 0]
    total = inverse_2x2(covs)
    pulled = (total @ means[:, :, None])[:, :, 0]
    present = np.unique(camera)
    spread = np.linalg.det(noise)
    order = sorted(present, key=lambda c: float(np.median(spread[camera == c])))
    for _ in range(sweeps):
        before = owner.copy()
        for c in order:
            columns = np.flatnonzero(camera == c)
            held = columns[owner[columns] >= 0]
            total[owner[held]] -= weight[held]
            pulled[owner[held]] -= pull[held]
            others = inverse_2x2(total)
            at = (others @ pulled[:, :, None])[:, :, 0]
            loose = others + np.eye(2) * slack**2
            rows, chosen = assign(candidates.values(at, loose, positions, noise, columns))
            owner[columns] = -1
            held = columns[chosen]
            owner[held] = rows
            total[rows] += weight[held]
            pulled[rows] += pull[held]
        if np.array_equal(before, owner):
            break
    return owner


def group_across_cameras(positions: Floats, noise: Floats, camera: Ints, gate: float) -> list[Ints]:
    """Detections that are one person seen by several cameras, at most one of each camera.

    Agglomerative: the two nearest compatible groups are joined first, by the distance between
    their members' fused positions, until none are within the gate.

    Args:
        positions: (m, 2) ground positions, with covariances `noise` (m, 2, 2).
        noise: their covariances.
        camera: (m,) index of each detection's camera.
        gate: greatest squared Mahalanobis distance of two groups that are joined.

    Returns:
        the groups' indices, every detection in exactly one group.
    """
    if len(positions) == 0:
        return []
    groups = {k: np.array([k], dtype=np.int64) for k in range(len(positions))}
    information = inverse_2x2(noise)
    weighted = (information @ positions[:, :, None])[:, :, 0]
    means, covs = positions.copy(), noise.copy()
    cameras = camera[:, None] == np.arange(camera.max() + 1)
    squared = mahalanobis(means, covs, means, covs)[0]
    squared[cameras @ cameras.T] = np.inf  # also the diagonal
    while True:
        i, j = (int(k) for k in np.unravel_index(np.argmin(squared), squared.shape))
        if not squared[i, j] <= gate:
            break
        i, j = min(i, j), max(i, j)
        groups[i] = np.concatenate([groups[i], groups.pop(j)])
        covs[i] = inverse_2x2(information[groups[i]].sum(axis=0))
        means[i] = covs[i] @ weighted[groups[i]].sum(axis=0)
        cameras[i] |= cameras[j]
        apart, _ = mahalanobis(means[i : i + 1], covs[i : i + 1], means, covs)
        # Nothing joins what has a camera in common with it, nor a group that is no more.
        apart[0, (cameras @ cameras[i]) | np.isinf(squared[i])] = np.inf
        squared[i], squared[:, i] = apart[0], apart[0]
        squared[j], squared[:, j] = np.inf, np.inf
    return list(groups.values())

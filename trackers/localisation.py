"""Where on the ground a detected person stands, and how sure that is.

A box's lower edge says where the feet are; its upper edge says it once more, through the
person's height. Both are fused by least squares, so that a person whose feet are outside the
image is still placed by the head.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..sequences import Camera

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BoxNoise:
    """How exactly detectors place boxes, and how tall people are.

    Args:
        pixels: standard deviation of a box's edge, pixels, for a box of no size.
        share: and that much more for each pixel of the box's height.
        height: mean height of people, metres.
        height_deviation: its standard deviation, metres.
        position: distance between what a perfect box would give and the body's axis (posture,
            stride, calibration), standard deviation, metres.
        cut: an edge this close to the image's border, pixels, says nothing: the box is cut off.
    """

    pixels: float = 6.0
    share: float = 0.02
    height: float = 1.70
    height_deviation: float = 0.12
    position: float = 0.10
    cut: float = 4.0


def locate(camera: Camera, boxes: Floats, noise: BoxNoise) -> tuple[Floats, Floats, Floats]:
    """Ground positions of people from their boxes.

    Args:
        camera: calibrated. With a plane homography only, the lower edge alone is used.
        boxes: (n, 4) left, top, right, bottom pixels.
        noise: the measurement model.

    Returns:
        positions (n, 2) metres, covariances (n, 2, 2), both NaN where the box fixes no position;
        and misfits (n,): how badly the box's size suits a standing person there, chi-squared with
        one degree of freedom (0 with a homography only).
    """
    if len(boxes) == 0:
        return np.empty((0, 2)), np.empty((0, 2, 2)), np.empty(0)
    deviations = edge_deviations(camera, boxes, noise)
    if camera.projection is None:
        positions, covs = _locate_by_feet(camera, boxes, deviations)
        misfits = np.zeros(len(boxes))
    else:
        positions, covs, misfits = _locate_by_body(camera, boxes, deviations, noise)
    return positions, covs + np.eye(2) * noise.position**2, misfits


def edge_deviations(camera: Camera, boxes: Floats, noise: BoxNoise) -> Floats:
    """Standard deviations (n, 3), pixels, of a box's middle, lower edge and upper edge.

    Edges at or beyond the image's border are cut off, or guessed by the detector: they say
    little.
    """
    width, height = camera.size
    base = noise.pixels + noise.share * (boxes[:, 3] - boxes[:, 1])
    below = boxes[:, 3] > height - noise.cut
    above = boxes[:, 1] < noise.cut
    beside = (boxes[:, 0] < noise.cut) | (boxes[:, 2] > width - noise.cut)
    size = boxes[:, 2:] - boxes[:, :2]
    middle = np.where(beside, base + 0.25 * size[:, 0], base)
    return np.column_stack(
        [
            middle,
            np.where(below, base + size[:, 1], base),
            np.where(above, base + size[:, 1], base),
        ]
    )


def _locate_by_feet(camera: Camera, boxes: Floats, deviations: Floats) -> tuple[Floats, Floats]:
    feet = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])
    return camera.to_ground(feet), camera.ground_covariance(feet, deviations[:, :2])


def _locate_by_body(
    camera: Camera, boxes: Floats, deviations: Floats, noise: BoxNoise
) -> tuple[Floats, Floats, Floats]:
    """Least squares for (X, Y, height) from the middle, lower and upper edge and the prior."""
    assert camera.projection is not None
    measured = _measured_edges(camera, boxes)
    weights = np.column_stack([1 / deviations**2, np.full(len(boxes), noise.height_deviation**-2)])
    state = _first_guess(camera, boxes, deviations, noise)
    step = np.zeros_like(state)
    for _ in range(4):
        residual, jacobian = _residuals(camera.projection, state, measured, noise)
        weighted = jacobian * weights[:, :, None]
        normal = jacobian.transpose(0, 2, 1) @ weighted
        # A box above the horizon drives its state so far away that nothing depends on it any
        # more; a part in 10^13 keeps its matrix regular, and means nothing for the others.
        normal += 1e-13 * np.trace(normal, axis1=1, axis2=2)[:, None, None] * np.eye(3)
        gradient = weighted.transpose(0, 2, 1) @ residual[:, :, None]
        step = np.linalg.solve(normal, gradient)[:, :, 0]
        state = state + step
    residual, _ = _residuals(camera.projection, state, measured, noise)
    covs = np.linalg.inv(normal)[:, :2, :2]
    lost = ~np.isfinite(state).all(axis=1) | (np.abs(step[:, :2]).max(axis=1) > 1.0)
    lost |= np.isnan(camera.to_pixels(state[:, :2])).any(axis=1)
    state[lost], covs[lost] = np.nan, np.nan
    return state[:, :2], covs, (weights * residual**2).sum(axis=1)


def _measured_edges(camera: Camera, boxes: Floats) -> Floats:
    """Middle u, lower v and upper v (n, 3) as an ideal lens would have given them."""
    middle = (boxes[:, 0] + boxes[:, 2]) / 2
    lower = camera.undistorted(np.column_stack([middle, boxes[:, 3]]))
    upper = camera.undistorted(np.column_stack([middle, boxes[:, 1]]))
    return np.column_stack([(lower[:, 0] + upper[:, 0]) / 2, lower[:, 1], upper[:, 1]])


def _residuals(
    projection: Floats, state: Floats, measured: Floats, noise: BoxNoise
) -> tuple[Floats, Floats]:
    predicted, jacobian = _project_body(projection, state)
    return np.column_stack([measured - predicted, noise.height - state[:, 2]]), jacobian


def _first_guess(camera: Camera, boxes: Floats, deviations: Floats, noise: BoxNoise) -> Floats:
    """States (n, 3) to start from: by the feet, or by the head where the feet are cut off."""
    middle = (boxes[:, 0] + boxes[:, 2]) / 2
    by_feet = camera.to_ground(np.column_stack([middle, boxes[:, 3]]))
    by_head = camera.to_ground(np.column_stack([middle, boxes[:, 1]]), noise.height)
    use_head = (deviations[:, 1] > deviations[:, 2]) | np.isnan(by_feet[:, 0])
    use_head &= np.isfinite(by_head[:, 0])
    ground = np.where(use_head[:, None], by_head, by_feet)
    return np.column_stack([ground, np.full(len(boxes), noise.height)])


def _project_body(projection: Floats, state: Floats) -> tuple[Floats, Floats]:
    """Middle u, lower v and upper v of bodies (X, Y, height), with the derivatives.

    Returns:
        (n, 3) pixels, and (n, 4, 3): the three rows' derivatives by (X, Y, height), and the
        prior's on the height.
    """
    n = len(state)
    predicted = np.empty((n, 3))
    jacobian = np.zeros((n, 4, 3))
    jacobian[:, 3, 2] = 1.0
    for row, (share, axis) in enumerate([(0.5, 0), (0.0, 1), (1.0, 1)]):
        world = np.column_stack([state[:, :2], share * state[:, 2], np.ones(n)])
        homogeneous = world @ projection.T
        depth = homogeneous[:, 2]
        pixel = homogeneous[:, axis] / depth
        predicted[:, row] = pixel
        slope = (projection[axis, :3] - pixel[:, None] * projection[2, :3]) / depth[:, None]
        jacobian[:, row, :2] = slope[:, :2]
        jacobian[:, row, 2] = share * slope[:, 2]
    return predicted, jacobian

"""Where on the ground a detected person stands, and how sure that is.

A box's lower edge says where the feet are; its upper edge says it once more, through the
person's height. Both are fused by least squares, so that a person whose feet are outside the
image is still placed by the head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..sequences import Camera
from ..sequences.cameras import HORIZON_MARGIN

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
    """Ground positions of people from one camera's boxes, see `locate_all`."""
    return locate_all([camera], boxes, np.zeros(len(boxes), dtype=np.int64), noise)


def locate_all(
    cameras: Sequence[Camera], boxes: Floats, camera: Ints, noise: BoxNoise
) -> tuple[Floats, Floats, Floats]:
    """Ground positions of people from the boxes of several cameras.

    Args:
        cameras: calibrated. With a plane homography only, the lower edge alone is used.
        boxes: (n, 4) left, top, right, bottom pixels.
        camera: (n,) index of each box's camera.
        noise: the measurement model.

    Returns:
        positions (n, 2) metres, covariances (n, 2, 2), both NaN where the box fixes no position;
        and misfits (n,): how badly the box's size suits a standing person there, chi-squared with
        one degree of freedom (0 with a homography only).
    """
    positions, covs = np.empty((len(boxes), 2)), np.empty((len(boxes), 2, 2))
    misfits = np.zeros(len(boxes))
    sizes = np.array([c.size for c in cameras], dtype=np.float64).reshape(-1, 2)[camera]
    deviations = edge_deviations(sizes, boxes, noise)
    full = np.array([c.projection is not None for c in cameras], dtype=bool)
    for index in np.flatnonzero(~full):
        rows = np.flatnonzero(camera == index)
        positions[rows], covs[rows] = _locate_by_feet(
            cameras[int(index)], boxes[rows], deviations[rows]
        )
    rows = np.flatnonzero(full[camera]) if len(boxes) else np.empty(0, dtype=np.int64)
    if len(rows):
        measured = _measured_edges(cameras, boxes[rows], camera[rows])
        used, column = np.unique(camera[rows], return_inverse=True)
        projections = np.array([cameras[int(k)].projection for k in used], dtype=np.float64)
        positions[rows], covs[rows], misfits[rows] = _locate_by_body(
            projections, column, measured, deviations[rows], noise
        )
    return positions, covs + np.eye(2) * noise.position**2, misfits


def edge_deviations(sizes: Floats, boxes: Floats, noise: BoxNoise) -> Floats:
    """Standard deviations (n, 3), pixels, of a box's middle, lower edge and upper edge.

    Edges at or beyond the image's border are cut off, or guessed by the detector: they say
    little.

    Args:
        sizes: width and height in pixels of the image, (2,) or (n, 2).
        boxes: (n, 4).
        noise: the measurement model.
    """
    width, height = sizes[..., 0], sizes[..., 1]
    base = noise.pixels + noise.share * (boxes[:, 3] - boxes[:, 1])
    below = boxes[:, 3] > height - noise.cut
    above = boxes[:, 1] < noise.cut
    beside = (boxes[:, 0] < noise.cut) | (boxes[:, 2] > width - noise.cut)
    size = boxes[:, 2:] - boxes[:, :2]
    deviations = np.repeat(base[:, None], 3, axis=1)
    deviations[:, 0] += np.where(beside, 0.25 * size[:, 0], 0.0)
    deviations[:, 1] += np.where(below, size[:, 1], 0.0)
    deviations[:, 2] += np.where(above, size[:, 1], 0.0)
    return deviations


def _locate_by_feet(camera: Camera, boxes: Floats, deviations: Floats) -> tuple[Floats, Floats]:
    feet = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])
    return camera.to_ground(feet), camera.ground_covariance(feet, deviations[:, :2])


def _locate_by_body(
    projections: Floats, camera: Ints, measured: Floats, deviations: Floats, noise: BoxNoise
) -> tuple[Floats, Floats, Floats]:
    """Least squares for (X, Y, height) from the middle, lower and upper edge and the prior."""
    projection = projections[camera]
    weights = np.empty((len(measured), 4))
    weights[:, :3], weights[:, 3] = 1 / deviations**2, noise.height_deviation**-2
    state = _first_guess(projections, camera, measured, deviations, noise)
    step = np.zeros_like(state)
    for _ in range(4):
        residual, jacobian, _ = _residuals(projection, state, measured, noise)
        weighted = jacobian * weights[:, :, None]
        normal = jacobian.transpose(0, 2, 1) @ weighted
        # A box above the horizon drives its state so far away that nothing depends on it any
        # more; a part in 10^13 keeps its matrix regular, and means nothing for the others.
        normal += 1e-13 * np.trace(normal, axis1=1, axis2=2)[:, None, None] * np.eye(3)
        gradient = weighted.transpose(0, 2, 1) @ residual[:, :, None]
        step = np.asarray(np.linalg.solve(normal, gradient)[:, :, 0], dtype=np.float64)
        state = state + step
        if np.abs(step).max() < 1e-3:  # metres: far below what boxes can tell
            break
    residual, _, depth = _residuals(projection, state, measured, noise)
    covs = np.array(np.linalg.inv(normal)[:, :2, :2], dtype=np.float64)
    lost = ~np.isfinite(state).all(axis=1) | (np.abs(step[:, :2]).max(axis=1) > 1.0)
    lost |= ~(depth > 0)
    state[lost], covs[lost] = np.nan, np.nan
    return state[:, :2], covs, np.asarray((weights * residual**2).sum(axis=1))


def _measured_edges(cameras: Sequence[Camera], boxes: Floats, camera: Ints) -> Floats:
    """Middle u, lower v and upper v (n, 3) as an ideal lens would have given them."""
    edges = np.empty((len(boxes), 3))
    edges[:, 0] = (boxes[:, 0] + boxes[:, 2]) / 2
    edges[:, 1:] = boxes[:, [3, 1]]
    for index, each in enumerate(cameras):
        rows = np.flatnonzero(camera == index)
        if each.distortion is not None and len(rows):
            lower = each.undistorted(edges[rows][:, [0, 1]])
            upper = each.undistorted(edges[rows][:, [0, 2]])
            edges[rows, 0] = (lower[:, 0] + upper[:, 0]) / 2
            edges[rows, 1], edges[rows, 2] = lower[:, 1], upper[:, 1]
    return edges


def _residuals(
    projection: Floats, state: Floats, measured: Floats, noise: BoxNoise
) -> tuple[Floats, Floats, Floats]:
    """Residuals (n, 4), their derivatives (n, 4, 3), and the feet's depth (n,)."""
    predicted, jacobian, depth = _project_body(projection, state)
    residual = np.empty((len(state), 4))
    residual[:, :3] = measured - predicted
    residual[:, 3] = noise.height - state[:, 2]
    return residual, jacobian, depth


def _first_guess(
    projections: Floats, camera: Ints, measured: Floats, deviations: Floats, noise: BoxNoise
) -> Floats:
    """States (n, 3) to start from: by the feet, or by the head where the feet are cut off."""
    by_feet = _on_plane(projections, camera, measured[:, [0, 1]], 0.0)
    by_head = _on_plane(projections, camera, measured[:, [0, 2]], noise.height)
    use_head = (deviations[:, 1] > deviations[:, 2]) | np.isnan(by_feet[:, 0])
    use_head &= np.isfinite(by_head[:, 0])
    guess = np.empty((len(measured), 3))
    guess[:, :2] = np.where(use_head[:, None], by_head, by_feet)
    guess[:, 2] = noise.height
    # A box wholly above the horizon: from anywhere, it will be found to be nowhere.
    return np.nan_to_num(guess, nan=0.0)


def _on_plane(projections: Floats, camera: Ints, pixels: Floats, height: float) -> Floats:
    """Where the rays of ideal pixels (n, 2) meet the plane Z = height; NaN above its horizon."""
    plane = projections[:, :, [0, 1, 3]]
    plane[:, :, 2] += height * projections[:, :, 2]
    inverse = np.linalg.inv(plane)[camera]
    ground = (inverse[:, :, :2] @ pixels[:, :, None])[:, :, 0] + inverse[:, :, 2]
    below = ground[:, 2] > HORIZON_MARGIN * np.hypot(inverse[:, 2, 0], inverse[:, 2, 1])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below[:, None], ground[:, :2] / ground[:, 2:], np.nan))


def _project_body(projection: Floats, state: Floats) -> tuple[Floats, Floats, Floats]:
    """Middle u, lower v and upper v of bodies (X, Y, height), with the derivatives.

    Returns:
        (n, 3) pixels; (n, 4, 3): the three rows' derivatives by (X, Y, height), and the prior's
        on the height; and (n,) the feet's depth, negative behind the camera.
    """
    n = len(state)
    predicted = np.empty((n, 3))
    jacobian = np.zeros((n, 4, 3))
    jacobian[:, 3, 2] = 1.0
    foot = (projection[:, :, :2] @ state[:, :2, None])[:, :, 0] + projection[:, :, 3]
    rise = projection[:, :, 2] * state[:, 2:]
    for row, (share, axis) in enumerate([(0.5, 0), (0.0, 1), (1.0, 1)]):
        depth = foot[:, 2] + share * rise[:, 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            pixel = (foot[:, axis] + share * rise[:, axis]) / depth
            slope = projection[:, axis, :3] - pixel[:, None] * projection[:, 2, :3]
            slope /= depth[:, None]
        predicted[:, row] = pixel
        jacobian[:, row, :2] = slope[:, :2]
        jacobian[:, row, 2] = share * slope[:, 2]
    return predicted, jacobian, foot[:, 2]

"""Where a camera sees a figure: its tight box, and the share of it that nothing hides.

Both follow from the joints alone, without rendering. The box bounds the exact projections of
spheres about the joints (Hartley and Zisserman, Multiple View Geometry, section 8.3: a quadric's
outline). The visible share is that of sample points spread over tapered limbs in the image.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .cameras import Camera, Floats
from .figures import (
    CHIN,
    CROWN,
    JOINTS,
    L_ANKLE,
    L_ELBOW,
    L_HAND,
    L_HEEL,
    L_HIP,
    L_KNEE,
    L_SHOULDER,
    L_TOE,
    NECK,
    PACK,
    PELVIS,
    R_ANKLE,
    R_ELBOW,
    R_HAND,
    R_HEEL,
    R_HIP,
    R_KNEE,
    R_SHOULDER,
    R_TOE,
    Poses,
)
from .layout import Block
from .views import Ints

Singles = NDArray[np.float32]
Bools = NDArray[np.bool_]

RADII = np.zeros(JOINTS)
"""(JOINTS,) radius of the body about each joint, as a share of its height."""
RADII[[PELVIS, NECK, CHIN, CROWN]] = 0.066, 0.034, 0.045, 0.0
RADII[[L_HIP, R_HIP, L_KNEE, R_KNEE]] = 0.052, 0.052, 0.036, 0.036
RADII[[L_ANKLE, R_ANKLE, L_TOE, R_TOE, L_HEEL, R_HEEL]] = 0.024, 0.024, 0.011, 0.011, 0.018, 0.018
RADII[[L_SHOULDER, R_SHOULDER, L_ELBOW, R_ELBOW]] = 0.030, 0.030, 0.025, 0.025
RADII[[L_HAND, R_HAND, PACK]] = 0.014, 0.014, 0.060

LIMBS = np.array(
    [
        (NECK, CROWN),
        (L_SHOULDER, L_HIP),
        (R_SHOULDER, R_HIP),
        (NECK, PELVIS),
        (L_HIP, L_KNEE),
        (R_HIP, R_KNEE),
        (L_KNEE, L_ANKLE),
        (R_KNEE, R_ANKLE),
        (L_HEEL, L_TOE),
        (R_HEEL, R_TOE),
        (L_SHOULDER, L_ELBOW),
        (R_SHOULDER, R_ELBOW),
        (L_ELBOW, L_HAND),
        (R_ELBOW, R_HAND),
    ]
)
"""(14, 2) joints that tapered limbs connect."""

LIMB_RADII = RADII[LIMBS]
LIMB_RADII[0] = 0.045
LIMB_RADII[1:3] = (0.045, 0.055)
LIMB_RADII[3] = 0.066

ALONG, ACROSS = np.array([0.25, 0.75]), np.array([-0.55, 0.55])
"""Where the sample points of a limb lie: shares of its length, and of its radius."""

PAIRS_AT_ONCE = 150


def outline_spheres(poses: Poses) -> tuple[Floats, Floats]:
    """Spheres whose silhouettes bound a figure's: centres (n, s, 3) and radii (n, s), metres."""
    joints, build = poses.joints, poses.build
    height = build.height[:, None]
    trunk = joints[:, NECK] - joints[:, PELVIS]
    chest = joints[:, PELVIS] + 0.70 * trunk
    head = joints[:, CROWN] - np.array([0.0, 0.0, 0.048]) * height
    pack = 0.20 * trunk * build.pack[:, None]
    hem = skirt_hem(poses)
    across = 0.105 * (height * build.width[:, None]) * (build.skirt[:, None] > 0)
    ring = [hem + across * s * axis for axis in (poses.forward, poses.side) for s in (-1, 1)]
    more = np.stack([chest, head, joints[:, PACK] + pack, joints[:, PACK] - pack, *ring], axis=1)
    shares = np.concatenate([RADII, [0.070, 0.049, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]])
    radii = shares * height * build.width[:, None]
    radii[:, PACK] *= build.pack
    radii[:, JOINTS + 1] /= build.width  # heads do not grow with the body's width
    radii[:, JOINTS + 2 : JOINTS + 4] = (0.045 * height) * build.pack[:, None]
    radii[:, CROWN] = 0.004 * build.height
    return np.concatenate([joints, more], axis=1), radii


def skirt_hem(poses: Poses) -> Floats:
    """(n, 3) the middle of each skirt's lower edge; the pelvis where there is none."""
    knees = (poses.joints[:, L_KNEE] + poses.joints[:, R_KNEE]) / 2
    pelvis = poses.joints[:, PELVIS]
    return np.asarray(pelvis + 1.4 * poses.build.skirt[:, None] * (knees - pelvis))


def sphere_bounds(projection: Floats, centres: Floats, radii: Floats) -> Floats:
    """(..., 4) left, top, right, bottom pixels of the exact projections of spheres.

    Args:
        projection: (3, 4).
        centres: (..., 3) metres.
        radii: (...) metres.

    A sphere that the camera's plane cuts or that lies behind it gives NaN.
    """
    turn = projection[:, :3]
    p = centres @ turn.T + projection[:, 3]
    gram = turn @ turn.T
    square = radii**2
    c22 = p[..., 2] ** 2 - square * gram[2, 2]
    bounds = np.empty((*radii.shape, 4))
    with np.errstate(invalid="ignore", divide="ignore"):
        for axis in range(2):
            c02 = p[..., axis] * p[..., 2] - square * gram[axis, 2]
            c00 = p[..., axis] ** 2 - square * gram[axis, axis]
            spread = np.sqrt(np.maximum(c02**2 - c00 * c22, 0.0))
            bounds[..., axis] = (c02 - spread) / c22
            bounds[..., axis + 2] = (c02 + spread) / c22
    bounds[(c22 <= 0) | (p[..., 2] <= 0)] = np.nan
    return bounds


def full_boxes(camera: Camera, poses: Poses) -> Floats:
    """(n, 4) tight boxes of whole figures in pixels, not clipped; NaN where not before the camera.

    Args:
        camera: with a full projection.
        poses: n rows.
    """
    assert camera.projection is not None
    bounds = sphere_bounds(camera.projection, *outline_spheres(poses))
    low, high = bounds[..., :2].min(axis=1), bounds[..., 2:].max(axis=1)
    return np.hstack([low, high])


def clip_boxes(boxes: Floats, size: tuple[int, int]) -> Floats:
    """(n, 4) the parts of the boxes inside the image; NaN where nothing is."""
    clipped = np.clip(boxes, 0.0, [*size, *size])
    empty = ~((clipped[:, 2:] - clipped[:, :2]) > 1.0).all(axis=1)
    clipped[empty] = np.nan
    return np.asarray(clipped)


def figure_depths(camera: Camera, poses: Poses) -> Floats:
    """(n,) metres from the camera's plane to each figure's pelvis: who stands before whom."""
    assert camera.projection is not None
    row = camera.projection[2] / np.linalg.norm(camera.projection[2, :3])
    return np.asarray(poses.joints[:, PELVIS] @ row[:3] + row[3])


def limbs_in_image(camera: Camera, poses: Poses) -> tuple[Singles, Singles]:
    """The figures' limbs as tapered capsules: ends (n, 14, 2, 2) and radii (n, 14, 2), pixels."""
    assert camera.projection is not None
    scale = np.linalg.norm(camera.projection[2, :3])
    points = poses.joints @ camera.projection[:, :3].T + camera.projection[:, 3]
    depth = np.maximum(points[..., 2] / scale, 0.05)
    pixels = points[..., :2] / scale / depth[..., None]
    focal = np.linalg.norm(camera.projection[0, :3]) / scale
    principal = camera.projection[0, :3] @ camera.projection[2, :3] / scale**2
    focal = np.sqrt(focal**2 - principal**2)
    size = (poses.build.height * poses.build.width)[:, None, None]
    radii = LIMB_RADII * size * focal / depth[:, LIMBS]
    return pixels[:, LIMBS].astype(np.float32), radii.astype(np.float32)


def inside_capsules(points: Singles, ends: Singles, radii: Singles) -> Bools:
    """Which points lie in any tapered capsule.

    Args:
        points: (m, s, 2).
        ends: (m, c, 2, 2).
        radii: (m, c, 2), interpolated along the axis.

    Returns:
        (m, s).
    """
    start = ends[:, :, 0]
    axis = ends[:, :, 1] - start
    axis_x, axis_y = axis[:, None, :, 0], axis[:, None, :, 1]
    square = np.maximum(axis_x * axis_x + axis_y * axis_y, np.float32(1e-6))
    # Coordinate by coordinate: several times as fast as sums over a last axis of two.
    x = points[:, :, None, 0] - start[:, None, :, 0]
    y = points[:, :, None, 1] - start[:, None, :, 1]
    share = np.clip((x * axis_x + y * axis_y) / square, 0, 1)
    x -= share * axis_x
    y -= share * axis_y
    slope = (radii[:, :, 1] - radii[:, :, 0])[:, None]
    radius = radii[:, None, :, 0] + share * slope
    return np.asarray((x * x + y * y <= radius * radius).any(axis=2))


def sample_points(ends: Singles, radii: Singles, joints: Floats) -> tuple[Singles, Floats, Singles]:
    """Points spread over the limbs: pixels (n, s, 2), metres (n, s, 3), and weights (n, s)."""
    n = len(ends)
    axis = ends[:, :, 1] - ends[:, :, 0]
    length = np.linalg.norm(axis, axis=-1, keepdims=True)
    across = np.stack([-axis[..., 1], axis[..., 0]], axis=-1) / np.maximum(length, 1e-6)
    share = ALONG.astype(np.float32)[:, None]
    middle = ends[:, :, 0, None] + share * axis[:, :, None]
    radius = radii[:, :, 0, None] * (1 - share[:, 0]) + radii[:, :, 1, None] * share[:, 0]
    side = (radius[..., None] * ACROSS.astype(np.float32))[..., None]
    pixels = middle[:, :, :, None] + side * across[:, :, None, None]
    a, b = joints[:, LIMBS[:, 0]], joints[:, LIMBS[:, 1]]
    world = a[:, :, None] + ALONG[:, None] * (b - a)[:, :, None]
    world = np.repeat(world[:, :, :, None], len(ACROSS), axis=3)
    area = radius * (length + radii.mean(axis=2, keepdims=True))
    area[:, 1:4] *= 0.6  # the three limbs of the trunk overlap
    weights = np.repeat(area[..., None], len(ACROSS), axis=3)
    points = area.shape[1] * area.shape[2] * len(ACROSS)  # -1 would not do for nobody
    return (
        pixels.reshape(n, points, 2),
        world.reshape(n, points, 3),
        weights.reshape(n, points),
    )


def behind_block(centre: Floats, points: Floats, block: Block) -> Bools:
    """(n, s) which points (n, s, 3) a box of furniture hides from a camera at `centre` (3,)."""
    ray = points - centre
    ray = np.where(np.abs(ray) < 1e-9, 1e-9, ray)
    first, second = (np.array(block.low) - centre) / ray, (np.array(block.high) - centre) / ray
    enter = np.minimum(first, second).max(axis=-1)
    leave = np.maximum(first, second).min(axis=-1)
    return np.asarray((enter < leave) & (leave > 0) & (enter < 0.985))


def visible_shares(
    camera: Camera, poses: Poses, instant: Ints, blocks: tuple[Block, ...], boxes: Floats
) -> Floats:
    """The share of each figure's silhouette that is in the image and hidden by nothing.

    Args:
        camera: with a full projection.
        poses: n rows.
        instant: (n,) ascending; rows of one instant hide each other, the nearer the farther.
        blocks: furniture.
        boxes: (n, 4) of `full_boxes`.

    Returns:
        (n,) 0 to 1.
    """
    assert camera.centre is not None
    ends, radii = limbs_in_image(camera, poses)
    pixels, world, weights = sample_points(ends, radii, poses.joints)
    seen = np.asarray(((pixels >= 0) & (pixels <= np.array(camera.size))).all(axis=-1))
    for block in blocks:
        if block.opaque:
            rows = _crossing(camera, block, boxes)
            seen[rows] &= ~behind_block(camera.centre, world[rows], block)
    depth = figure_depths(camera, poses)
    for near, far in _overlapping_pairs(instant, depth, boxes):
        for start in range(0, len(near), PAIRS_AT_ONCE):
            n, f = near[start : start + PAIRS_AT_ONCE], far[start : start + PAIRS_AT_ONCE]
            seen[f] &= ~inside_capsules(pixels[f], ends[n], radii[n])
    shares = (seen * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
    return np.asarray(np.where(np.isfinite(boxes).all(axis=1), shares, 0.0))


def block_bounds(camera: Camera, block: Block) -> Floats:
    """(4,) the box in pixels around a box of furniture."""
    sides = list(zip(block.low, block.high, strict=True))
    corners = np.array([(x, y, z) for x in sides[0] for y in sides[1] for z in sides[2]])
    pixels = camera.to_pixels(corners)
    return np.concatenate([np.nanmin(pixels, axis=0), np.nanmax(pixels, axis=0)])


def _crossing(camera: Camera, block: Block, boxes: Floats) -> Ints:
    bounds = block_bounds(camera, block)
    with np.errstate(invalid="ignore"):
        meets = (boxes[:, :2] < bounds[2:]).all(axis=1) & (boxes[:, 2:] > bounds[:2]).all(axis=1)
    return np.flatnonzero(meets)


def _overlapping_pairs(instant: Ints, depth: Floats, boxes: Floats) -> list[tuple[Ints, Ints]]:
    """Lists of (near, far) rows of one instant whose boxes meet; no far row twice in one list."""
    pairs = []
    for offset in range(1, len(instant)):
        rows = np.flatnonzero(instant[offset:] == instant[:-offset])
        if not len(rows):
            break
        a, b = boxes[rows], boxes[rows + offset]
        with np.errstate(invalid="ignore"):
            meets = ((a[:, :2] < b[:, 2:]) & (b[:, :2] < a[:, 2:])).all(axis=1)
        rows = rows[meets]
        first = depth[rows] < depth[rows + offset]
        pairs.append((rows[first], rows[first] + offset))
        pairs.append((rows[~first] + offset, rows[~first]))
    return pairs

"""A figure's surface: every part of the body is a stack of elliptic rings between two joints.

Each part has K rings of C vertices and (K - 1) x C quadrilaterals, numbered ring by ring. Column 0
begins at the front of the body and columns run to its left, so that a pattern on the chest, the
back or a side is a set of columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .cameras import Floats
from .figures import (
    CROWN,
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
from .outline import skirt_hem

Parts = tuple[Floats, Floats, Floats, Floats]
"""Lower and upper ends (n, parts, 3) and radii to the side and front (n, parts, K)."""


@dataclass(frozen=True)
class Grid:
    """Parts of equal resolution: how many, and where along the axis (0 to 1) their rings lie."""

    parts: int
    rings: Floats  # (parts, K)
    columns: int

    @property
    def rows(self) -> int:
        """Bands of quadrilaterals between rings."""
        return int(self.rings.shape[1]) - 1

    @property
    def faces(self) -> int:
        """Quadrilaterals of all parts."""
        return self.parts * self.rows * self.columns


TRUNK = Grid(1, np.array([[0.0, 0.10, 0.22, 0.36, 0.50, 0.64, 0.78, 0.92, 1.0]]), 16)
HEAD = Grid(1, np.array([[0.0, 0.20, 0.30, 0.45, 0.62, 0.80, 0.93, 1.0]]), 12)
_ARM, _FOREARM = [-0.13, -0.06, 0.3, 0.62, 1, 1.08], [-0.09, 0, 0.4, 0.74, 0.9, 1]
_THIGH, _SHIN = [-0.08, 0, 0.35, 0.75, 1, 1.06], [-0.06, 0, 0.25, 0.6, 0.85, 1]
LIMBS = Grid(8, np.repeat([_ARM, _FOREARM, _THIGH, _SHIN], 2, axis=0), 8)
FEET = Grid(2, np.array([[0.0, 0.35, 0.75, 1.0]] * 2), 8)
EXTRAS = Grid(
    3, np.array([[0, 0.10, 0.5, 0.88, 1], [0, 0.2, 0.5, 0.85, 1], [0, 0.2, 0.5, 0.8, 1]]), 10
)
GRIDS = {"trunk": TRUNK, "head": HEAD, "limbs": LIMBS, "feet": FEET, "extras": EXTRAS}
"""In the order of faces and vertices. Limbs: left and right upper arms, forearms, thighs, shins.
Extras: backpack, long hair, skirt."""

# Radii as shares of the height, to the side and to the front, ring by ring.
_TRUNK_SIDE = np.array([0.070, 0.094, 0.092, 0.085, 0.090, 0.100, 0.110, 0.085, 0.034])
_TRUNK_FRONT = np.array([0.045, 0.068, 0.066, 0.060, 0.064, 0.071, 0.070, 0.052, 0.033])
_HEAD_SIDE = np.array([0.034, 0.031, 0.038, 0.046, 0.049, 0.043, 0.027, 0.004])
_HEAD_FRONT = np.array([0.034, 0.033, 0.046, 0.052, 0.053, 0.048, 0.031, 0.004])
_LIMB = np.repeat(
    [
        [0.001, 0.024, 0.030, 0.027, 0.025, 0.012],
        [0.010, 0.024, 0.024, 0.018, 0.021, 0.009],
        [0.030, 0.053, 0.054, 0.046, 0.037, 0.018],
        [0.016, 0.035, 0.041, 0.036, 0.028, 0.024],
    ],
    2,
    axis=0,
)
_FOOT_SIDE = np.array([0.018, 0.025, 0.027, 0.012])
_FOOT_FRONT = np.array([0.016, 0.026, 0.018, 0.010])
_EXTRA_SIDE = np.array(
    [
        [0.03, 0.075, 0.078, 0.070, 0.03],
        [0.025, 0.047, 0.050, 0.045, 0.03],
        [0.094, 0.100, 0.108, 0.112, 0.112],
    ]
)
_EXTRA_FRONT = np.array(
    [
        [0.02, 0.042, 0.048, 0.038, 0.02],
        [0.012, 0.022, 0.024, 0.024, 0.015],
        [0.070, 0.085, 0.098, 0.104, 0.104],
    ]
)

_LIMB_ENDS = np.array(
    [
        (L_SHOULDER, L_ELBOW),
        (R_SHOULDER, R_ELBOW),
        (L_ELBOW, L_HAND),
        (R_ELBOW, R_HAND),
        (L_HIP, L_KNEE),
        (R_HIP, R_KNEE),
        (L_KNEE, L_ANKLE),
        (R_KNEE, R_ANKLE),
    ]
)
_FOOT_ENDS = np.array([(L_HEEL, L_TOE), (R_HEEL, R_TOE)])


def _face_table() -> NDArray[np.int64]:
    """(FACES, 4) vertices of every quadrilateral of one figure."""
    faces, start = [], 0
    for grid in GRIDS.values():
        for _ in range(grid.parts):
            k, c = np.meshgrid(np.arange(grid.rows), np.arange(grid.columns), indexing="ij")
            after = (c + 1) % grid.columns
            corners = [(k, c), (k, after), (k + 1, after), (k + 1, c)]
            quads = np.stack([row * grid.columns + column for row, column in corners], axis=-1)
            faces.append(quads.reshape(-1, 4) + start)
            start += (grid.rows + 1) * grid.columns
    return np.concatenate(faces)


FACE_VERTICES = _face_table()
FACES = len(FACE_VERTICES)


def _face_bias() -> Floats:
    """(FACES,) metres by which a face counts as farther: the tops of the legs end in the trunk."""
    start = face_slices()["limbs"].start + 4 * LIMBS.rows * LIMBS.columns
    bias = np.zeros(FACES)
    for thigh in range(2):
        first = start + thigh * LIMBS.rows * LIMBS.columns
        bias[first : first + 2 * LIMBS.columns] = 0.05
    return bias


def face_slices() -> dict[str, slice]:
    """Where each group of parts lies among the `FACES` quadrilaterals."""
    slices, start = {}, 0
    for name, grid in GRIDS.items():
        slices[name] = slice(start, start + grid.faces)
        start += grid.faces
    return slices


FACE_BIAS = _face_bias()


def figure_vertices(poses: Poses) -> Floats:
    """(n, vertices, 3) metres of the figures' surfaces."""
    joints, build = poses.joints, poses.build
    height, wide = build.height[:, None, None], (build.height * build.width)[:, None, None]
    axis = joints[:, NECK] - joints[:, PELVIS]
    axis = axis / np.linalg.norm(axis, axis=1, keepdims=True)
    trunk = (
        (joints[:, PELVIS] - 0.055 * height[:, 0] * axis)[:, None],
        joints[:, [NECK]],
        wide * _TRUNK_SIDE,
        wide * _TRUNK_FRONT,
    )
    head = (joints[:, [NECK]], joints[:, [CROWN]], height * _HEAD_SIDE, height * _HEAD_FRONT)
    limb = wide * _LIMB
    limbs = (joints[:, _LIMB_ENDS[:, 0]], joints[:, _LIMB_ENDS[:, 1]], limb, limb)
    feet = (
        joints[:, _FOOT_ENDS[:, 0]],
        joints[:, _FOOT_ENDS[:, 1]],
        np.repeat(height * _FOOT_SIDE, 2, axis=1),
        np.repeat(height * _FOOT_FRONT, 2, axis=1),
    )
    groups = [trunk, head, limbs, feet, _extras(poses, axis)]
    rings = [
        _rings(group, grid, poses.side) for group, grid in zip(groups, GRIDS.values(), strict=True)
    ]
    return np.concatenate(rings, axis=1)


def _extras(poses: Poses, axis: Floats) -> Parts:
    """Backpack, long hair and skirt; radius 0 where one has none."""
    joints, build = poses.joints, poses.build
    height = build.height[:, None]
    half = 0.098 * height * axis
    back = height * poses.forward
    up = height * np.array([0.0, 0.0, 1.0])
    start = [
        joints[:, PACK] - half,
        joints[:, NECK] - 0.052 * back - 0.01 * up,
        joints[:, PELVIS] + 0.02 * up,
    ]
    end = [
        joints[:, PACK] + half,
        joints[:, CROWN] - 0.028 * back - 0.035 * up,
        skirt_hem(poses) - [0, 0, 1e-3],
    ]
    worn = np.column_stack([build.pack, build.hair, build.skirt > 0])[:, :, None]
    scale = worn * height[:, :, None]
    scale[:, [0, 2]] *= build.width[:, None, None]
    return np.stack(start, 1), np.stack(end, 1), scale * _EXTRA_SIDE, scale * _EXTRA_FRONT


def _rings(parts: Parts, grid: Grid, side: Floats) -> Floats:
    """(n, parts * K * C, 3) vertices."""
    start, end, wide, deep = parts
    axis = end - start
    unit = axis / np.maximum(np.linalg.norm(axis, axis=2, keepdims=True), 1e-9)
    left = np.broadcast_to(side[:, None], unit.shape)
    left = left - (left * unit).sum(axis=2, keepdims=True) * unit
    left = left / np.maximum(np.linalg.norm(left, axis=2, keepdims=True), 1e-9)
    front = _cross(left, unit)
    angle = 2 * np.pi * np.arange(grid.columns) / grid.columns
    middle = start[:, :, None] + grid.rings[..., None] * axis[:, :, None]
    across = (wide[..., None] * np.sin(angle))[..., None] * left[:, :, None, None]
    along = (deep[..., None] * np.cos(angle))[..., None] * front[:, :, None, None]
    return np.asarray((middle[:, :, :, None] + across + along).reshape(len(start), -1, 3))


def _cross(a: Floats, b: Floats) -> Floats:
    """Cross products along the last axis; quicker than np.cross on small arrays."""
    product = a[..., [1, 2, 0]] * b[..., [2, 0, 1]]
    product -= a[..., [2, 0, 1]] * b[..., [1, 2, 0]]
    return np.asarray(product)


def face_normals(quads: Floats) -> Floats:
    """(..., 3) outward unit normals of quadrilaterals (..., 4, 3); zero where there is no area."""
    normal = _cross(quads[..., 2, :] - quads[..., 0, :], quads[..., 3, :] - quads[..., 1, :])
    length = np.sqrt((normal**2).sum(axis=-1, keepdims=True))
    return np.asarray(normal / np.maximum(length, 1e-12))

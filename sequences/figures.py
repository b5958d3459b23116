"""Articulated figures: a build and a pose for each person, as joints and tapered limbs.

All lengths are metres. A figure stands at a ground position, faces along its heading, swings its
legs and arms in step with the distance walked, and sits down by bending its knees: knees follow
from hips and ankles by two-bone inverse kinematics.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from .cameras import Floats
from .walks import Walks

(
    PELVIS,
    NECK,
    CHIN,
    CROWN,
    L_HIP,
    R_HIP,
    L_KNEE,
    R_KNEE,
    L_ANKLE,
    R_ANKLE,
    L_TOE,
    R_TOE,
    L_HEEL,
    R_HEEL,
    L_SHOULDER,
    R_SHOULDER,
    L_ELBOW,
    R_ELBOW,
    L_HAND,
    R_HAND,
    PACK,
) = range(21)
JOINTS = 21

STRIDE = 0.70
"""Length of a double step, as a share of the body's height."""

SEAT_HEIGHT = 0.46
"""Metres: the upper side of a chair's cushion."""


@dataclass(frozen=True)
class Builds:
    """The bodies of some people.

    Args:
        height: (p,) metres.
        width: (p,) of the trunk and limbs; 1 is average.
        style: (p,) what the hands do while standing: 0 hang, 1 hold a phone, 2 are folded.
        pack: (p,) whether a backpack is worn.
        skirt: (p,) length of a skirt as a share of the thigh, 0 none.
        hair: (p,) whether the hair is long.
    """

    height: Floats
    width: Floats
    style: NDArray[np.int64]
    pack: NDArray[np.bool_]
    skirt: Floats
    hair: NDArray[np.bool_]

    def of(self, person: NDArray[np.int64] | slice) -> Builds:
        """The builds of these people, (n,)."""
        return Builds(*(getattr(self, column.name)[person] for column in fields(self)))


@dataclass(frozen=True)
class Poses:
    """Where the bodies' parts are.

    Args:
        joints: (n, JOINTS, 3) metres.
        forward, side: (n, 3) unit vectors of where each body faces and of its left.
        build: of the n bodies.
    """

    joints: Floats
    forward: Floats
    side: Floats
    build: Builds

    def __getitem__(self, rows: slice) -> Poses:
        """The poses of these rows."""
        return Poses(self.joints[rows], self.forward[rows], self.side[rows], self.build.of(rows))


def draw_builds(rng: np.random.Generator, people: int) -> Builds:
    """Bodies between 1.55 and 1.95 m."""
    height = np.clip(rng.normal(1.74, 0.09, people), 1.55, 1.95)
    width = np.clip(rng.normal(1.0, 0.10, people), 0.85, 1.25)
    style = rng.integers(0, 3, people)
    pack = rng.random(people) < 0.25
    skirt = np.where(rng.random(people) < 0.15, rng.uniform(0.45, 0.75, people), 0.0)
    hair = rng.random(people) < 0.35
    return Builds(height, width, style, pack, skirt, hair)


def pose(walks: Walks, build: Builds) -> Poses:
    """The poses of these rows.

    Args:
        walks: n rows.
        build: of the n rows' people.
    """
    n, height = len(walks.instant), build.height
    forward = np.column_stack([np.cos(walks.heading), np.sin(walks.heading), np.zeros(n)])
    side = np.column_stack([-forward[:, 1], forward[:, 0], np.zeros(n)])
    seated = walks.seated * walks.seated * (3 - 2 * walks.seated)
    swing = np.clip(walks.speed / 1.0, 0.0, 1.0) * (1 - seated)
    phase = 2 * np.pi * walks.travelled / (STRIDE * height)
    joints = np.zeros((n, JOINTS, 3))
    joints[:, PELVIS, :2] = walks.position - 0.03 * seated[:, None] * forward[:, :2]
    standing = height * (0.515 - 0.0115 * swing * (1 - np.cos(2 * phase)))
    joints[:, PELVIS, 2] = (1 - seated) * standing + seated * (SEAT_HEIGHT + 0.09)
    _place_trunk(joints, forward, side, build, 0.06 * swing - 0.05 * seated)
    _place_legs(joints, walks, forward, side, build, swing, seated, phase)
    _place_arms(joints, forward, side, build, swing, seated, phase)
    return Poses(joints, forward, side, build)


def _place_trunk(
    joints: Floats, forward: Floats, side: Floats, build: Builds, lean: Floats
) -> None:
    height = build.height[:, None]
    up = np.array([0.0, 0.0, 1.0])
    axis = np.cos(lean)[:, None] * up + np.sin(lean)[:, None] * forward
    pelvis = joints[:, PELVIS]
    joints[:, NECK] = pelvis + 0.325 * height * axis
    joints[:, CHIN] = joints[:, NECK] + 0.035 * height * axis + 0.012 * height * forward
    joints[:, CROWN] = joints[:, NECK] + 0.160 * height * up + 0.010 * height * forward
    wide = build.width[:, None] * height
    for hip, shoulder, sign in ((L_HIP, L_SHOULDER, 1.0), (R_HIP, R_SHOULDER, -1.0)):
        joints[:, hip] = pelvis - 0.005 * height * up + sign * 0.047 * wide * side
        joints[:, shoulder] = pelvis + 0.293 * height * axis + sign * 0.102 * wide * side
    back = 0.125 * wide * forward * build.pack[:, None]
    joints[:, PACK] = pelvis + 0.19 * height * axis - back


def _place_legs(
    joints: Floats,
    walks: Walks,
    forward: Floats,
    side: Floats,
    build: Builds,
    swing: Floats,
    seated: Floats,
    phase: Floats,
) -> None:
    height = build.height
    length = 0.2335 * height
    ground = np.column_stack([walks.position, np.zeros(len(height))])
    for sign, hip, knee, ankle, toe, heel in (
        (1.0, L_HIP, L_KNEE, L_ANKLE, L_TOE, L_HEEL),
        (-1.0, R_HIP, R_KNEE, R_ANKLE, R_TOE, R_HEEL),
    ):
        own = phase + (0.0 if sign > 0 else np.pi)
        along = height * 0.15 * swing * np.sin(own) + 0.40 * seated
        lift = height * (0.045 + 0.05 * swing * np.maximum(np.cos(own), 0.0))
        foot = ground + (along[:, None] - 0.02) * forward
        foot += (sign * 0.045 * height * build.width)[:, None] * side
        foot[:, 2] = lift
        joints[:, ankle] = foot
        joints[:, knee] = bend(joints[:, hip], foot, length, forward)
        # The heel leaves the floor at the end of a step and leads at its beginning.
        tilt = 0.45 * swing * np.sin(own)
        for joint, reach in ((toe, 0.095 * height), (heel, -0.035 * height)):
            joints[:, joint] = foot + (reach * np.cos(tilt))[:, None] * forward
            joints[:, joint, 2] = np.maximum(
                foot[:, 2] - 0.024 * height + reach * np.sin(tilt), 0.021 * height
            )


def bend(hip: Floats, ankle: Floats, length: Floats, forward: Floats) -> Floats:
    """(n, 3) the knees of legs with thigh and shin of equal `length`, bent to the front.

    Args:
        hip, ankle: (n, 3).
        length: (n,) of the thigh; a leg too short for the distance is stretched straight.
        forward: (n, 3) unit vectors.
    """
    gap = ankle - hip
    distance = np.linalg.norm(gap, axis=1)
    unit = gap / np.maximum(distance, 1e-9)[:, None]
    out = forward - (forward * unit).sum(axis=1, keepdims=True) * unit
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
    rise = np.sqrt(np.maximum(length**2 - (distance / 2) ** 2, 0.0))
    return np.asarray((hip + ankle) / 2 + rise[:, None] * out)


def _place_arms(
    joints: Floats,
    forward: Floats,
    side: Floats,
    build: Builds,
    swing: Floats,
    seated: Floats,
    phase: Floats,
) -> None:
    height = build.height[:, None]
    up = np.array([0.0, 0.0, 1.0])
    idle = np.clip(1 - 2 * swing, 0.0, 1.0) * (1 - seated)
    for sign, shoulder, elbow, hand in (
        (1.0, L_SHOULDER, L_ELBOW, L_HAND),
        (-1.0, R_SHOULDER, R_ELBOW, R_HAND),
    ):
        own = phase + (np.pi if sign > 0 else 0.0)
        holds = (build.style == 2) | ((build.style == 1) & (sign < 0))
        raised = np.where(build.style == 1, 1.9, 1.35) * holds * idle
        upper = 0.5 * swing * np.sin(own) + 0.35 * seated + 0.25 * holds * idle
        lower = upper + 0.2 + 0.3 * swing + 0.9 * seated + raised
        inward = 0.55 * idle * holds + 0.25 * seated
        down = np.sin(upper)[:, None] * forward - np.cos(upper)[:, None] * up
        joints[:, elbow] = joints[:, shoulder] + height * (0.168 * down + sign * 0.018 * side)
        reach = np.sin(lower)[:, None] * forward - np.cos(lower)[:, None] * up
        reach = reach - sign * inward[:, None] * side
        reach /= np.linalg.norm(reach, axis=1, keepdims=True)
        joints[:, hand] = joints[:, elbow] + 0.205 * height * reach

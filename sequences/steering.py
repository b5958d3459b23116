"""How a walker picks his next velocity: towards his goal, around people, furniture and walls.

Sampled velocity obstacles: of a fixed fan of candidate velocities the cheapest is taken, where a
candidate costs what it departs from the wish, plus a penalty for a collision it would soon cause.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .cameras import Floats
from .layout import DEPTH, WIDTH

ACCELERATION = 3.0
"""Metres a second squared that a walker does not exceed, but to avoid touching someone."""

HORIZON = 2.5
"""Seconds ahead that a walker looks for collisions."""

WALL_MARGIN = 0.32
"""Metres that walkers keep from the walls, but at doors and on chairs."""

_ANGLES = np.deg2rad([0, 18, -18, 38, -38, 60, -60, 88, -88, 125, -125])
_PACES = np.array([1.0, 0.62, 0.28])
_FAN = np.array([(p * np.cos(a), p * np.sin(a)) for a in _ANGLES for p in _PACES] + [(0.0, 0.0)])


def candidates(desired: Floats, pace: Floats) -> Floats:
    """The fan of velocities about the wish.

    Args:
        desired: (m, 2) metres a second.
        pace: (m,) speed of each walker's free walk, which scales the fan.

    Returns:
        (m, c, 2), the wish itself first, standing still last.
    """
    length = np.linalg.norm(desired, axis=1, keepdims=True)
    unit = np.where(length > 1e-9, desired / np.maximum(length, 1e-9), [1.0, 0.0])
    across = np.column_stack([-unit[:, 1], unit[:, 0]])
    fan: Floats = _FAN[None, :, :1] * unit[:, None] + _FAN[None, :, 1:] * across[:, None]
    fan *= np.minimum(np.maximum(length, 0.5), pace[:, None])[:, None]
    fan[:, 0] = desired
    return fan


def time_to_collision(relative: Floats, velocity: Floats, radius: Floats) -> Floats:
    """Seconds until a point that moves at `velocity` enters a disc.

    Args:
        relative: (..., 2) the disc's centre minus the point, metres.
        velocity: (..., 2) the point's velocity minus the disc's, metres a second.
        radius: (...) of the disc.

    Returns:
        (...) seconds; 0 for a point inside that goes deeper, infinity where they never meet.
        Exact for velocities of 0.04 mm/s or more; below that it may be too early.

    >>> time_to_collision(np.array([3.0, 0.0]), np.array([1.0, 0.0]), np.array(1.0)).item()
    2.0
    """
    a = (velocity**2).sum(axis=-1)
    b = (relative * velocity).sum(axis=-1)
    c = (relative**2).sum(axis=-1) - radius**2
    root = b * b - a * c
    meets = (root > 0) & (b > 0)
    time = (b - np.sqrt(np.where(meets, root, 0.0))) / np.maximum(a, 1e-9)
    return np.asarray(np.where(meets, np.where(c < 0, 0.0, time), np.inf))


def choose_velocities(
    position: Floats,
    velocity: Floats,
    desired: Floats,
    pace: Floats,
    discs: Floats,
    drift: Floats,
    ignored: NDArray[np.bool_],
    free: NDArray[np.bool_],
) -> Floats:
    """The next velocity of each walker, before the limit on his acceleration.

    Args:
        position, velocity, desired: (m, 2) metres and metres a second.
        pace: (m,) metres a second.
        discs: (k, 3) x, y and radius of what to walk around; the radius includes the walker's.
        drift: (k, 2) velocities of the discs.
        ignored: (m, k) discs that a walker need not avoid, such as himself.
        free: (m,) walkers on their way through a door, whom no wall stops.

    Returns:
        (m, 2).
    """
    fan = candidates(desired, pace)
    relative = discs[None, None, :, :2] - position[:, None, None]
    meet = time_to_collision(relative, fan[:, :, None] - drift, discs[:, 2])
    meet = np.where(ignored[:, None], np.inf, meet).min(axis=2, initial=np.inf)
    cost = np.linalg.norm(fan - desired[:, None], axis=2)
    cost += 0.25 * np.linalg.norm(fan - velocity[:, None], axis=2)
    cost += np.where(meet < HORIZON, 0.9 / np.maximum(meet, 0.05), 0.0)
    ahead = position[:, None] + 0.35 * fan
    room = np.array([WIDTH, DEPTH])
    outside = ((ahead < WALL_MARGIN) | (ahead > room - WALL_MARGIN)).any(axis=2)
    cost += np.where(outside & ~free[:, None], 4.0, 0.0)
    return np.asarray(fan[np.arange(len(fan)), cost.argmin(axis=1)])


def limit_change(velocity: Floats, wanted: Floats, step: float) -> Floats:
    """(m, 2) the wanted velocities, or as near as `ACCELERATION` allows within `step` seconds."""
    change = wanted - velocity
    length = np.linalg.norm(change, axis=1, keepdims=True)
    return np.asarray(velocity + change * np.minimum(1.0, ACCELERATION * step / (length + 1e-12)))

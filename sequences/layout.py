"""The simulated room: its walls, doors, seats, furniture and cameras, all in metres.

The size, the four corner cameras of 640 x 480 pixels and the two doors follow the LAB sequence as
described by Lawen et al., "Compact Network Training for Person ReID", section 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .cameras import Camera, Floats

WIDTH, DEPTH, CEILING = 5.0, 6.0, 2.8
"""The room spans [0, WIDTH] x [0, DEPTH] x [0, CEILING] metres."""

IMAGE_SIZE = (640, 480)
FOCAL_LENGTH = 420.0
"""Pixels: 75 degrees of horizontal view."""


@dataclass(frozen=True)
class Door:
    """An opening in a wall.

    Args:
        centre: (x, y) on the wall's line.
        inward: (x, y) unit vector into the room.
        width, height: metres.
    """

    centre: tuple[float, float]
    inward: tuple[float, float]
    width: float = 0.95
    height: float = 2.08


@dataclass(frozen=True)
class Seat:
    """A chair.

    Args:
        place: (x, y) of a person who sits on it.
        facing: (x, y) unit vector the sitter looks along.
        approach: (x, y) where one stands before sitting down.
    """

    place: tuple[float, float]
    facing: tuple[float, float]
    approach: tuple[float, float]


@dataclass(frozen=True)
class Block:
    """An axis-aligned box of furniture: opposite corners in metres and an RGB colour in [0, 1]."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]
    colour: tuple[float, float, float]
    opaque: bool = True
    """Whether it counts as hiding people behind it: thin legs do not."""


DOORS = (Door((3.4, 0.0), (0.0, 1.0)), Door((0.0, 4.3), (1.0, 0.0)))

SEATS = (
    Seat((4.5, 1.95), (0.0, 1.0), (3.8, 1.95)),
    Seat((4.5, 4.05), (0.0, -1.0), (3.8, 4.05)),
    Seat((1.1, 5.45), (0.0, -1.0), (1.1, 4.85)),
    Seat((2.1, 5.45), (0.0, -1.0), (2.1, 4.85)),
)

WOOD, STEEL = (0.55, 0.38, 0.22), (0.30, 0.31, 0.33)
CUSHIONS = ((0.20, 0.33, 0.45), (0.20, 0.33, 0.45), (0.45, 0.22, 0.20), (0.45, 0.22, 0.20))


def _legs(
    low: tuple[float, float], high: tuple[float, float], top: float, side: float
) -> list[Block]:
    return [
        Block((x, y, 0.0), (x + side, y + side, top), STEEL, opaque=False)
        for x in (low[0], high[0] - side)
        for y in (low[1], high[1] - side)
    ]


def _table() -> list[Block]:
    top = Block((4.2, 2.4, 0.70), (4.95, 3.6, 0.74), WOOD)
    return [top, *_legs((4.25, 2.45), (4.9, 3.55), 0.70, 0.05)]


def _chair(seat: Seat, colour: tuple[float, float, float]) -> list[Block]:
    """A seat, a back behind it, and four legs."""
    (x, y), (fx, fy) = seat.place, seat.facing
    cushion = Block((x - 0.21, y - 0.21, 0.42), (x + 0.21, y + 0.21, 0.46), colour)
    middle = (x - 0.22 * fx, y - 0.22 * fy)
    half = (0.21 * abs(fy) + 0.02 * abs(fx), 0.21 * abs(fx) + 0.02 * abs(fy))
    back = Block(
        (middle[0] - half[0], middle[1] - half[1], 0.56),
        (middle[0] + half[0], middle[1] + half[1], 0.88),
        colour,
    )
    posts = [
        Block((px - 0.015, py - 0.015, 0.46), (px + 0.015, py + 0.015, 0.88), STEEL, opaque=False)
        for px, py in (
            (middle[0] - 0.17 * abs(fy), middle[1] - 0.17 * abs(fx)),
            (middle[0] + 0.17 * abs(fy), middle[1] + 0.17 * abs(fx)),
        )
    ]
    return [cushion, back, *posts, *_legs((x - 0.2, y - 0.2), (x + 0.2, y + 0.2), 0.42, 0.03)]


def furniture() -> tuple[tuple[Block, ...], ...]:
    """The pieces of furniture: a table, the chairs of `SEATS` in order, and a cabinet."""
    cabinet = (Block((0.6, 0.02, 0.0), (1.6, 0.42, 0.85), (0.62, 0.60, 0.55)),)
    chairs = [tuple(_chair(seat, colour)) for seat, colour in zip(SEATS, CUSHIONS, strict=True)]
    return (tuple(_table()), *chairs, cabinet)


def obstacles() -> Floats:
    """(k, 3) discs x, y, radius in metres that people walk around."""
    table = [(4.6, y, 0.38) for y in (2.6, 3.0, 3.4)]
    chairs = [(*seat.place, 0.24) for seat in SEATS]
    cabinet = [(x, 0.2, 0.24) for x in (0.75, 1.1, 1.45)]
    return np.array([*table, *chairs, *cabinet])


def region() -> Floats:
    """(4, 2) corners of the floor."""
    return np.array([[0.0, 0.0], [WIDTH, 0.0], [WIDTH, DEPTH], [0.0, DEPTH]])


def corner_cameras() -> tuple[Camera, ...]:
    """Four cameras c01 to c04 in the corners, 2.4 m up, that look into the room."""
    inset = 0.08
    corners = [
        (inset, inset, 2.42),
        (WIDTH - inset, inset, 2.38),
        (WIDTH - inset, DEPTH - inset, 2.40),
        (inset, DEPTH - inset, 2.36),
    ]
    targets = [(2.6, 3.0, 0.80), (2.4, 3.1, 0.75), (2.5, 2.9, 0.78), (2.6, 2.9, 0.82)]
    return tuple(
        _look(f"c{number:02}", np.array(corner), np.array(target))
        for number, (corner, target) in enumerate(zip(corners, targets, strict=True), start=1)
    )


def _look(name: str, centre: Floats, target: Floats) -> Camera:
    """A level camera at `centre` that looks at `target`."""
    forward = (target - centre) / np.linalg.norm(target - centre)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    width, height = IMAGE_SIZE
    intrinsics = np.array(
        [[FOCAL_LENGTH, 0.0, width / 2], [0.0, FOCAL_LENGTH, height / 2], [0.0, 0.0, 1.0]]
    )
    projection = intrinsics @ np.column_stack([rotation, -rotation @ centre])
    return Camera(name, IMAGE_SIZE, projection=projection)

"""The floor from above: the region, the cameras, and where everybody walked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .drawing import (
    BACKGROUND,
    FAINT,
    INK,
    PANEL,
    blank,
    dot,
    label,
    line,
    polygon,
    text_size,
    trail,
    write,
)
from .palette import colour_of, faded
from .sequences.cameras import Camera, Floats
from .sequences.views import Image, Tracks

MARGIN = 28
"""Pixels between the map's border and the floor that it shows."""
REACH = 12.0
"""Metres beyond the nearest floor in view that are shown where nothing says how large it is."""
FEW = 0.002
"""Share of positions, on each side, that may lie outside the map."""


@dataclass(frozen=True, eq=False)
class FloorPlan:
    """How metres become pixels of the map: X to the right and Y up.

    Args:
        low, high: (2,) corners of what is shown, in metres.
        size: (width, height) of the map in pixels.
    """

    low: Floats
    high: Floats
    size: tuple[int, int]

    @property
    def scale(self) -> float:
        """Pixels per metre."""
        room = np.array(self.size) - 2 * MARGIN
        return float((room / np.maximum(self.high - self.low, 1e-6)).min())

    def pixels(self, ground: Floats) -> Floats:
        """(n, 2) pixels of (n, 2) metres."""
        middle = (self.low + self.high) / 2
        offset = (np.asarray(ground, dtype=np.float64) - middle) * [self.scale, -self.scale]
        return np.asarray(offset + np.array(self.size) / 2)


def floor_plan(
    cameras: Sequence[Camera],
    region: Floats | None,
    tracks: Tracks | None,
    size: tuple[int, int],
) -> FloorPlan | None:
    """A plan that holds the region, nearly all positions, and the cameras that are not far off.

    Args:
        cameras: calibrated or not.
        region: (k, 2) corners in metres, or None.
        tracks: what will be drawn, or None where that is not yet known: then the floor that the
            cameras see near them counts.
        size: (width, height) of the map in pixels.

    Returns:
        None where nothing is known about the floor.
    """
    known = [] if region is None else [region]
    if tracks is not None and tracks.has_ground.any():
        ground = tracks.ground[tracks.has_ground]
        known.append(np.quantile(ground, [FEW, 1 - FEW], axis=0))
    if not known and tracks is None:
        known = [seen for camera in cameras if len(seen := _floor_in_view(camera))]
    if not known:
        return None
    points = np.vstack(known)
    low, high = points.min(axis=0), points.max(axis=0)
    reach = 0.6 * float(np.hypot(*(high - low)))
    centres = [c.centre[:2] for c in cameras if c.centre is not None]
    near = [c for c in centres if ((c > low - reach) & (c < high + reach)).all()]
    points = np.vstack([points, *near])
    low, high = points.min(axis=0), points.max(axis=0)
    border = 0.03 * (high - low) + 0.1
    return FloorPlan(low - border, high + border, size)


def _floor_in_view(camera: Camera) -> Floats:
    """(n, 2) ground positions in view, up to `REACH` metres further off than the nearest."""
    if not camera.calibrated:
        return np.empty((0, 2))
    across, down = np.meshgrid(np.linspace(0, camera.size[0], 9), np.linspace(0, camera.size[1], 9))
    ground = camera.to_ground(np.column_stack([across.ravel(), down.ravel()]))
    ground = ground[np.isfinite(ground).all(axis=1)]
    if len(ground) == 0:
        return ground
    # Without a known place of the camera, the lowest row of the image shows what is near.
    origin = ground[-1] if camera.centre is None else camera.centre[:2]
    distance = np.hypot(*(ground - origin).T)
    kept: Floats = ground[distance <= distance.min() + REACH]
    return kept


def empty_map(plan: FloorPlan, cameras: Sequence[Camera], region: Floats | None) -> Image:
    """The map without people: the region, a grid of metres, the cameras, a scale bar."""
    canvas = blank(*plan.size, BACKGROUND)
    if region is not None:
        polygon(canvas, plan.pixels(region), PANEL, cv2.FILLED)
    _draw_grid(canvas, plan)
    if region is not None:
        polygon(canvas, plan.pixels(region), FAINT, 2)
    for camera in cameras:
        _draw_camera(canvas, plan, camera)
    _draw_scale(canvas, plan)
    return canvas


def people_on_map(
    canvas: Image, plan: FloorPlan, tracks: Tracks, frame: int, trail_frames: int = 75
) -> Image:
    """A copy of an empty map with everybody at an instant and where they came from.

    Args:
        canvas: see `empty_map`; is not changed.
        plan: the one it was drawn with.
        tracks: rows with ground positions; those after `frame` are not drawn.
        frame: the number of the instant.
        trail_frames: how far back trails reach.
    """
    canvas = canvas.copy()
    recent = (tracks.frame <= frame) & (tracks.frame >= frame - trail_frames)
    rows = tracks[recent].on_ground()
    now = rows[rows.frame == frame]
    places = plan.pixels(now.ground)
    for identity in now.identity.tolist():
        own = rows[rows.identity == identity]
        fresh = np.asarray(1 - (frame - own.frame) / (trail_frames + 1))
        trail(canvas, plan.pixels(own.ground), fresh, colour_of(identity), BACKGROUND, 3)
    for identity, place in zip(now.identity.tolist(), places, strict=True):
        dot(canvas, place, 6, colour_of(identity))
        label(canvas, str(identity), (place[0] + 8, place[1] - 4), colour_of(identity), 0.45)
    return canvas


def walks_on_map(canvas: Image, plan: FloorPlan, tracks: Tracks, apart: int) -> Image:
    """A copy of an empty map with everybody's whole way.

    Args:
        canvas: see `empty_map`; is not changed.
        plan: the one it was drawn with.
        tracks: rows with ground positions.
        apart: rows of an identity more than this many frames apart are not joined by a line.
    """
    canvas = canvas.copy()
    rows = tracks.on_ground()
    ends = []
    for identity in np.unique(rows.identity).tolist():
        own = rows[rows.identity == identity]
        breaks = np.flatnonzero(np.diff(own.frame) > apart) + 1
        tint = faded(colour_of(identity), PANEL, 0.75)
        for piece in np.split(plan.pixels(own.ground), breaks):
            line(canvas, piece, tint, 1)
            ends.append((identity, piece[-1]))
    named: set[int] = set()
    for identity, place in reversed(ends):
        dot(canvas, place, 4, colour_of(identity))
        if identity not in named:
            label(canvas, str(identity), (place[0] + 6, place[1] - 3), colour_of(identity), 0.4)
            named.add(identity)
    return canvas


def _draw_grid(canvas: Image, plan: FloorPlan) -> None:
    """Faint lines every metre, or every 2, 5, 10 ... where those would be dense."""
    step = bar_length(plan.scale, 40)
    tint = faded(FAINT, BACKGROUND, 0.25)
    low, high = _shown(plan)
    for axis in range(2):
        for value in np.arange(np.ceil(low[axis] / step) * step, high[axis], step):
            ends = np.array([low, high])
            ends[:, axis] = value
            line(canvas, plan.pixels(ends), tint, 1)


def _shown(plan: FloorPlan) -> tuple[Floats, Floats]:
    """Lower and upper corner in metres of all that the canvas holds."""
    half = np.array(plan.size) / 2 / plan.scale
    middle = (plan.low + plan.high) / 2
    return middle - half, middle + half


def viewing_directions(camera: Camera) -> NDArray[np.float64] | None:
    """(3, 2) unit vectors on the ground: a camera's left edge, middle and right edge.

    None without a full projection, or for a camera that looks straight down.
    """
    if camera.projection is None:
        return None
    width, height = camera.size
    pixels = np.array([[0.0, height / 2], [width / 2, height / 2], [width, height / 2]])
    # Rays at the middle row; the projection's third coordinate is positive in front.
    ideal = camera.undistorted(pixels)
    rays = np.linalg.solve(camera.projection[:, :3], np.column_stack([ideal, np.ones(3)]).T).T
    flat = rays[:, :2]
    length = np.hypot(flat[:, 0], flat[:, 1])
    if (length < 1e-9 * np.abs(rays).max()).any():
        return None
    return np.asarray(flat / length[:, None])


def _draw_camera(canvas: Image, plan: FloorPlan, camera: Camera) -> None:
    """A dot where the camera hangs, a wedge for what it sees, its name; nothing if unknown."""
    if camera.centre is None:
        return
    place = plan.pixels(camera.centre[None, :2])[0]
    inside = ((place > 0) & (place < np.array(plan.size))).all()
    if not inside:
        return
    directions = viewing_directions(camera)
    if directions is not None:
        wedge = place + 34 * directions * [1, -1]
        polygon(canvas, np.vstack([place[None], wedge]), faded(INK, BACKGROUND, 0.35), cv2.FILLED)
        line(canvas, np.array([place, place + 42 * directions[1] * [1, -1]]), FAINT, 1)
    dot(canvas, place, 4, INK)
    width, height = text_size(camera.name, 0.42)
    # The name stands behind the camera, where it hides nothing.
    back = np.zeros(2) if directions is None else -22 * directions[1] * [1, -1]
    corner = place + back - [width / 2, height / 2] + [0, 14 if directions is None else 0]
    corner = np.clip(corner, 2, np.array(plan.size) - [width + 2, height + 4])
    # On a patch of its own, since cameras often hang on the region's border.
    x, y = (round(float(value)) for value in corner)
    cv2.rectangle(canvas, (x - 3, y - 3), (x + width + 2, y + height + 3), BACKGROUND, cv2.FILLED)
    write(canvas, camera.name, (x, y), 0.42, INK)


def bar_length(scale: float, least: int = 60) -> float:
    """Metres of a scale bar at least `least` pixels long: 1, 2 or 5 times a power of ten.

    >>> bar_length(100.0), bar_length(25.0), bar_length(8.0)
    (1.0, 5.0, 10.0)
    """
    metres = least / scale
    power = 10.0 ** np.floor(np.log10(metres))
    return float(next(m * power for m in (1, 2, 5, 10) if m * power >= metres * (1 - 1e-9)))


def _draw_scale(canvas: Image, plan: FloorPlan) -> None:
    metres = bar_length(plan.scale)
    width, height = plan.size
    right, bottom = width - 16, height - 10
    left = right - metres * plan.scale
    bar = np.array([[left, bottom - 5], [left, bottom], [right, bottom], [right, bottom - 5]])
    line(canvas, bar, INK, 1)
    text = f"{metres:g} m"
    across, up = text_size(text, 0.42)
    write(canvas, text, ((left + right - across) / 2, bottom - up - 6), 0.42, INK)

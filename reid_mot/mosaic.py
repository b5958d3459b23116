"""All cameras side by side, people in boxes coloured by who they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np

from .drawing import (
    BACKGROUND,
    FAINT,
    INK,
    PANEL,
    blank,
    box,
    dot,
    line,
    text_size,
    trail,
    write,
)
from .palette import colour_of
from .sequences.cameras import Camera, Floats
from .sequences.views import Image, Tracks, View

GAP = 4
"""Pixels between two pictures."""


@dataclass(frozen=True)
class Tiling:
    """Where each camera's picture goes.

    Args:
        columns, rows: of pictures.
        tile: (width, height) of each in pixels.
    """

    columns: int
    rows: int
    tile: tuple[int, int]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the whole in pixels, both even, as video encoders want."""
        width = self.columns * (self.tile[0] + GAP) - GAP
        height = self.rows * (self.tile[1] + GAP) - GAP
        return width + width % 2, height + height % 2

    def corner(self, index: int) -> tuple[int, int]:
        """(x, y) in pixels of the upper left corner of a camera's picture, by index."""
        row, column = divmod(index, self.columns)
        return column * (self.tile[0] + GAP), row * (self.tile[1] + GAP)


def tiling(cameras: Sequence[Camera], width: int = 1280) -> Tiling:
    """An arrangement of the cameras' pictures that is about half as high again as wide or wider.

    Args:
        cameras: one or more; pictures of another shape than the first one's get a margin.
        width: of the whole, in pixels.

    Raises:
        ValueError: no camera.

    >>> tiling([Camera("a", (640, 480))] * 4).columns
    2
    """
    if not cameras:
        raise ValueError("there is no camera to draw")
    count = len(cameras)
    shape = cameras[0].size[0] / cameras[0].size[1]

    def misfit(columns: int) -> tuple[float, int]:
        whole = shape * columns / ceil(count / columns)
        return abs(np.log(whole / 1.5)), columns

    columns = min(range(1, count + 1), key=misfit)
    across = (width - (columns - 1) * GAP) // columns
    return Tiling(columns, ceil(count / columns), (across, max(1, round(across / shape))))


def mosaic(
    views: Sequence[View],
    cameras: Sequence[Camera],
    tracks: Tracks,
    frame: int,
    *,
    trail_frames: int = 30,
    region: Floats | None = None,
    width: int = 1280,
) -> Image:
    """The pictures of one instant with who is where.

    Args:
        views: of this instant; a camera without one gets an empty picture.
        cameras: all of them, in the order of the pictures.
        tracks: rows of this instant, and of earlier ones for the trails; later ones are not drawn.
        frame: the number of this instant.
        trail_frames: how far back trails reach; 0: none.
        region: (k, 2) corners in metres, outlined on the floor of views without images.
        width: of the result, in pixels.

    Returns:
        uint8 (height, width, 3) RGB, both sides even.
    """
    plan = tiling(cameras, width)
    across, down = plan.size
    canvas = blank(across, down)
    seen = {view.camera.name: view for view in views}
    rows = tracks[(tracks.frame <= frame) & (tracks.frame >= frame - trail_frames)]
    for index, camera in enumerate(cameras):
        left, top = plan.corner(index)
        tile = picture(seen.get(camera.name), camera, rows, frame, plan.tile, region)
        canvas[top : top + plan.tile[1], left : left + plan.tile[0]] = tile
    return canvas


def picture(
    view: View | None,
    camera: Camera,
    tracks: Tracks,
    frame: int,
    size: tuple[int, int],
    region: Floats | None = None,
) -> Image:
    """One camera's picture, scaled to fit `size` (width, height), with the rows of `tracks`."""
    scale = min(size[0] / camera.size[0], size[1] / camera.size[1])
    inner = max(1, round(camera.size[0] * scale)), max(1, round(camera.size[1] * scale))
    image = None if view is None else view.image
    if image is None:
        canvas = blank(*inner, PANEL)
        _draw_floor(canvas, camera, region, scale)
    else:
        # Averaging whole areas costs much more and shows only where pictures shrink a lot.
        way = cv2.INTER_AREA if scale < 0.7 else cv2.INTER_LINEAR
        canvas = np.ascontiguousarray(cv2.resize(image, inner, interpolation=way), dtype=np.uint8)
    _draw_trails(canvas, camera, tracks, frame, scale)
    here = tracks.in_boxes(camera.name)
    here = here[here.frame == frame]
    for identity, corners in zip(here.identity.tolist(), here.box, strict=True):
        box(canvas, corners * scale, identity, 0.5 if size[0] > 400 else 0.4)
    name = camera.name if view is not None else f"{camera.name}: nothing at this instant"
    _draw_name(canvas, name)
    return _centred(canvas, size)


def _centred(canvas: Image, size: tuple[int, int]) -> Image:
    """The canvas in the middle of a dark one of another size."""
    height, width = canvas.shape[:2]
    if (width, height) == size:
        return canvas
    whole = blank(*size, BACKGROUND)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    whole[top : top + height, left : left + width] = canvas
    return whole


def _draw_name(canvas: Image, name: str) -> None:
    width, height = text_size(name, 0.5)
    patch = canvas[: height + 10, : width + 14]
    patch[:] = (patch * 0.35).astype(np.uint8)
    write(canvas, name, (7, 5), 0.5, INK)


def _draw_floor(canvas: Image, camera: Camera, region: Floats | None, scale: float) -> None:
    """The region's outline, where there is no image to show the place."""
    if region is None or not camera.calibrated:
        return
    closed = np.vstack([region, region[:1]])
    steps = np.linspace(0, len(region), 40 * len(region) + 1)
    corner = np.minimum(steps.astype(int), len(region) - 1)
    share = (steps - corner)[:, None]
    outline = (1 - share) * closed[corner] + share * closed[corner + 1]
    line(canvas, camera.to_pixels(outline) * scale, FAINT, 1)


def _draw_trails(canvas: Image, camera: Camera, tracks: Tracks, frame: int, scale: float) -> None:
    """Where people have walked: ground positions where the camera is calibrated, else footpoints.

    Only the people whom the camera shows now have a trail.
    """
    boxes = tracks.in_boxes(camera.name)
    for identity in np.unique(boxes.identity[boxes.frame == frame]).tolist():
        rows, points = _path(camera, tracks[tracks.identity == identity])
        if len(rows) == 0:
            continue
        oldest = int(rows.frame[0])
        fresh = (rows.frame - oldest + 1) / (frame - oldest + 1)
        trail(canvas, points * scale, np.asarray(fresh), colour_of(identity), None, 3)
        dot(canvas, points[-1] * scale, 3, colour_of(identity))


def _path(camera: Camera, rows: Tracks) -> tuple[Tracks, Floats]:
    """The rows of one identity in order of time, and where its feet are in pixels."""
    if camera.calibrated and rows.has_ground.any():
        floor = rows.on_ground()
        return floor, camera.to_pixels(floor.ground)
    own = rows.in_boxes(camera.name).sorted()
    return own, np.column_stack([(own.box[:, 0] + own.box[:, 2]) / 2, own.box[:, 3]])

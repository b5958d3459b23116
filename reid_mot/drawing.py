"""Marks on a canvas: text, boxes and trails. A canvas is uint8 (height, width, 3) RGB."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import ArrayLike

from .palette import Colour, colour_of, faded, ink_on
from .sequences.cameras import Floats
from .sequences.views import Image

BACKGROUND: Colour = (24, 27, 33)
PANEL: Colour = (36, 40, 48)
FAINT: Colour = (96, 104, 118)
INK: Colour = (232, 235, 240)
FONT = cv2.FONT_HERSHEY_SIMPLEX
FRACTION = 4
"""Bits after the point of coordinates given to OpenCV: lines lie on sixteenths of a pixel."""
SHADES = 12
"""Steps in which a trail fades."""
FAR = 1e5
"""Pixels: what is further away is not drawn (OpenCV's coordinates would overflow)."""


def blank(width: int, height: int, colour: Colour = BACKGROUND) -> Image:
    """A canvas of one colour."""
    canvas = np.empty((height, width, 3), np.uint8)
    # Several times as fast as NumPy's filling with three values.
    cv2.rectangle(canvas, (0, 0), (width, height), colour, cv2.FILLED)
    return canvas


def text_size(text: str, scale: float) -> tuple[int, int]:
    """Width and height in pixels of a line of text, without what hangs below the line."""
    (width, height), _ = cv2.getTextSize(text, FONT, scale, 1)
    return width, height


def write(
    canvas: Image, text: str, corner: tuple[float, float], scale: float, colour: Colour = INK
) -> None:
    """Write text whose upper left corner is at (x, y) pixels."""
    _, height = text_size(text, scale)
    place = (round(corner[0]), round(corner[1] + height))
    cv2.putText(canvas, text, place, FONT, scale, colour, 1, cv2.LINE_AA)


def label(
    canvas: Image, text: str, corner: tuple[float, float], colour: Colour, scale: float = 0.5
) -> None:
    """A filled tag whose lower left corner is at (x, y) pixels, moved to lie on the canvas."""
    width, height = text_size(text, scale)
    width, height = width + 6, height + 6
    left = int(np.clip(corner[0], 0, max(0, canvas.shape[1] - width)))
    top = int(np.clip(corner[1] - height, 0, max(0, canvas.shape[0] - height)))
    cv2.rectangle(canvas, (left, top), (left + width, top + height), colour, cv2.FILLED)
    write(canvas, text, (left + 3, top + 3), scale, ink_on(colour))


def line(canvas: Image, points: ArrayLike, colour: Colour, width: int = 1) -> None:
    """A line through (n, 2) pixels; it is interrupted where a point is NaN or far away."""
    path = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    with np.errstate(invalid="ignore"):
        good = np.asarray((np.abs(path) < FAR).all(axis=1))
    for piece in np.split(np.arange(len(path)), np.flatnonzero(np.diff(good)) + 1):
        if len(piece) > 1 and good[piece[0]]:
            fixed = np.round(path[piece] * (1 << FRACTION)).astype(np.int32)
            cv2.polylines(canvas, [fixed], False, colour, width, cv2.LINE_AA, FRACTION)


def polygon(canvas: Image, points: ArrayLike, colour: Colour, width: int = 1) -> None:
    """The outline through (n, 2) pixels, closed; filled if `width` is `cv2.FILLED`."""
    path = np.asarray(points, dtype=np.float64)
    fixed = np.round(path * (1 << FRACTION)).astype(np.int32)
    if width == cv2.FILLED:
        cv2.fillPoly(canvas, [fixed], colour, cv2.LINE_AA, FRACTION)
    else:
        cv2.polylines(canvas, [fixed], True, colour, width, cv2.LINE_AA, FRACTION)


def dot(canvas: Image, point: ArrayLike, radius: float, colour: Colour, rim: bool = True) -> None:
    """A filled circle at (x, y) pixels, with a dark rim; nothing where the point is NaN."""
    x, y = np.asarray(point, dtype=np.float64)
    if not (abs(x) < FAR and abs(y) < FAR):
        return
    unit = 1 << FRACTION
    centre = (round(x * unit), round(y * unit))
    if rim:
        outer = round((radius + 1.5) * unit)
        cv2.circle(canvas, centre, outer, BACKGROUND, cv2.FILLED, cv2.LINE_AA, FRACTION)
    cv2.circle(canvas, centre, round(radius * unit), colour, cv2.FILLED, cv2.LINE_AA, FRACTION)


def box(canvas: Image, corners: ArrayLike, identity: int, scale: float = 0.5) -> None:
    """The box (left, top, right, bottom) in pixels of an identity, in its colour, with its number.

    A dark line around it keeps it visible on any picture.
    """
    left, top, right, bottom = np.asarray(corners, dtype=np.float64).clip(-FAR, FAR)
    colour = colour_of(identity)
    frame = [[left, top], [right, top], [right, bottom], [left, bottom]]
    polygon(canvas, frame, BACKGROUND, 4)
    polygon(canvas, frame, colour, 2)
    label(canvas, str(identity), (left - 1, top), colour, scale)


def trail(
    canvas: Image,
    points: Floats,
    freshness: Floats,
    colour: Colour,
    background: Colour | None = None,
    width: int = 2,
) -> None:
    """A path (n, 2) in pixels that thins out towards its old end.

    Args:
        canvas: drawn on.
        points: (n, 2), oldest first; NaN interrupts.
        freshness: (n,) 0 for the old end to 1 for now.
        colour: of the new end.
        background: what the old end fades to; None: the path is drawn in one colour.
        width: of the new end in pixels.
    """
    ends = np.unique(np.linspace(0, len(points) - 1, SHADES + 1).round().astype(int))
    for first, last in pairwise(ends.tolist()):
        share = float(freshness[last])
        tint = colour if background is None else faded(colour, background, 0.25 + 0.75 * share)
        line(canvas, points[first : last + 1], tint, max(1, round(width * share)))

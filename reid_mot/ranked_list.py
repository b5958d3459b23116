"""A picture of what a network finds: queries, and what comes first in the gallery for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .drawing import FAINT, INK, blank, text_size, write
from .palette import Colour
from .sequences.views import Image

RIGHT: Colour = (111, 220, 111)
WRONG: Colour = (255, 90, 80)
SCALE = 0.36
"""Of captions: 11 tiles of 96 pixels hold two short lines each."""
LINE = 14
FRAME = 3
GAP = 6


@dataclass(frozen=True, eq=False)
class Tile:
    """A picture with what is said about it.

    Args:
        image: uint8 (height, width, 3) RGB of any size.
        caption: lines below the picture; what is too long is cut off.
        right: whether it shows who is looked for; None for the query itself.
    """

    image: Image
    caption: Sequence[str]
    right: bool | None = None

    @property
    def colour(self) -> Colour:
        """Of the frame and the caption."""
        if self.right is None:
            return INK
        return RIGHT if self.right else WRONG


def draw_ranked_list(rows: Sequence[Sequence[Tile]], size: tuple[int, int] = (96, 176)) -> Image:
    """Rows of tiles; the first of each, the query, stands apart.

    What is right has a whole green frame, what is wrong a red line above and below: the two can be
    told apart without their colours.

    Args:
        rows: at least one, with at least one tile each.
        size: (width, height) in pixels that pictures are fitted into.

    Returns:
        uint8 (height, width, 3) RGB.

    Raises:
        ValueError: no row, or a row without tiles.
    """
    if not rows or not all(rows):
        raise ValueError("a ranked list needs at least one row, and a query in each")
    lines = max(len(tile.caption) for row in rows for tile in row)
    wide, high = size[0] + 2 * FRAME, size[1] + 2 * FRAME + LINE * lines
    columns = max(map(len, rows))
    width = GAP + columns * (wide + GAP) + 2 * GAP
    canvas = blank(width, GAP + len(rows) * (high + 2 * GAP))
    for number, row in enumerate(rows):
        top = GAP + number * (high + 2 * GAP)
        for place, tile in enumerate(row):
            left = GAP + place * (wide + GAP) + (2 * GAP if place else 0)
            canvas[top : top + high, left : left + wide] = _tile(tile, size, lines)
        apart = GAP + wide + GAP + GAP // 2
        cv2.line(canvas, (apart, top), (apart, top + high), FAINT, 1)
    return canvas


def _tile(tile: Tile, size: tuple[int, int], lines: int) -> Image:
    width, height = size[0] + 2 * FRAME, size[1] + 2 * FRAME
    canvas = blank(width, height + LINE * lines)
    fitted = _fitted(tile.image, size)
    top, left = ((a - b) // 2 for a, b in zip((height, width), fitted.shape[:2], strict=True))
    canvas[top : top + fitted.shape[0], left : left + fitted.shape[1]] = fitted
    canvas[:FRAME] = canvas[height - FRAME : height] = tile.colour
    if tile.right is not False:
        canvas[:height, :FRAME] = canvas[:height, width - FRAME :] = tile.colour
    for number, text in enumerate(tile.caption):
        line = _cut(text, width)
        write(canvas, line, (1, height + 4 + LINE * number), SCALE, tile.colour)
    return canvas


def _fitted(image: Image, size: tuple[int, int]) -> Image:
    """The image as large as it fits into (width, height), its shape kept."""
    factor = min(size[0] / image.shape[1], size[1] / image.shape[0])
    fitted = [max(1, round(side * factor)) for side in (image.shape[1], image.shape[0])]
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, fitted, interpolation=how), dtype=np.uint8)


def _cut(text: str, width: int) -> str:
    while text and text_size(text, SCALE)[0] > width:
        text = text[:-1]
    return text

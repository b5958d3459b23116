"""A picture of distances: of one person's pictures, of two people's, and a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .curves import Axis, linear_axis
from .drawing import FAINT, INK, PANEL, blank, line, polygon, text_size, write
from .palette import Colour, faded
from .sequences.cameras import Floats
from .sequences.views import Image
from .trackers.calibrating import Bell

__all__ = ["Panel", "draw_distances"]

SAME: Colour = (111, 220, 111)
DIFFERENT: Colour = (255, 133, 122)
THRESHOLD: Colour = (255, 214, 64)
SMALL = 0.45
LEFT, RIGHT, TOP, BOTTOM = 24, 24, 62, 44
"""Pixels between a panel's border and the frame that the histograms lie in."""
BINS = 80


@dataclass(frozen=True, eq=False)
class Panel:
    """Distances of one kind of comparison.

    Args:
        title: what was compared.
        same, different: (n,) cosine distances of one person and of two people.
        fits: the distributions fitted to them.
        threshold: a distance to mark, and the two that it lies between with 95%; None: none.
    """

    title: str
    same: Floats
    different: Floats
    fits: tuple[Bell, Bell]
    threshold: tuple[float, float, float] | None = None


def draw_distances(panels: Sequence[Panel], size: tuple[int, int] = (900, 330)) -> Image:
    """Histograms of both kinds with their fits, a panel below the other, on one axis.

    Two people's histogram is an outline, so that the kinds can be told apart without colours.

    Args:
        panels: at least one.
        size: (width, height) in pixels of each.

    Returns:
        uint8 (height, width, 3) RGB.

    Raises:
        ValueError: no panel, or one without distances.
    """
    if not panels or not all(len(panel.same) and len(panel.different) for panel in panels):
        raise ValueError("a picture of distances needs distances of both kinds")
    values = np.concatenate([v for panel in panels for v in (panel.same, panel.different)])
    axis = linear_axis(0.0, float(np.quantile(values, 0.999)), 10)
    canvas = blank(size[0], size[1] * len(panels))
    for number, panel in enumerate(panels):
        _draw_panel(canvas[number * size[1] : (number + 1) * size[1]], panel, axis)
    return canvas


def _draw_panel(canvas: Image, panel: Panel, axis: Axis) -> None:
    left, top = LEFT, TOP
    right, bottom = canvas.shape[1] - RIGHT, canvas.shape[0] - BOTTOM
    cv2.rectangle(canvas, (left, top), (right, bottom), PANEL, cv2.FILLED)
    _draw_axis(canvas, axis, (left, right, bottom))
    edges = np.linspace(axis.ticks[0], axis.ticks[-1], BINS + 1)
    kinds = [(panel.same, panel.fits[0], SAME), (panel.different, panel.fits[1], DIFFERENT)]
    heights = [np.histogram(v, edges)[0] / len(v) / (edges[1] - edges[0]) for v, _, _ in kinds]
    highest = 1.08 * max(float(h.max()) for h in heights)
    x = left + axis.share(edges) * (right - left)
    for (_, bell, colour), height in zip(kinds, heights, strict=True):
        y = bottom - np.repeat(height, 2) / highest * (bottom - top)
        steps = np.column_stack([np.repeat(x, 2)[1:-1], y])
        if colour is SAME:
            closed = np.vstack([[x[0], bottom], steps, [x[-1], bottom]])
            polygon(canvas, closed, faded(colour, PANEL, 0.35), cv2.FILLED)
        line(canvas, steps, faded(colour, PANEL, 0.7))
        fine = np.linspace(edges[0], edges[-1], 400)
        curve = np.minimum(bell.density(fine) / highest, 1.0)
        places = left + axis.share(fine) * (right - left)
        line(canvas, np.column_stack([places, bottom - curve * (bottom - top)]), colour, 2)
    if panel.threshold is not None:
        _draw_threshold(canvas, panel.threshold, axis, (left, right, top, bottom))
    _draw_words(canvas, panel)


def _draw_axis(canvas: Image, axis: Axis, frame: tuple[int, int, int]) -> None:
    left, right, bottom = frame
    line(canvas, [[left, bottom], [right, bottom]], FAINT)
    for tick, share in zip(axis.ticks, axis.share(np.array(axis.ticks)), strict=True):
        x = left + share * (right - left)
        line(canvas, [[x, bottom], [x, bottom + 5]], FAINT)
        width, _ = text_size(f"{tick:g}", SMALL)
        write(canvas, f"{tick:g}", (x - width / 2, bottom + 10), SMALL)
    name = "cosine distance"
    write(canvas, name, (right - text_size(name, SMALL)[0], bottom + 27), SMALL, FAINT)


def _draw_threshold(
    canvas: Image, threshold: tuple[float, float, float], axis: Axis, frame: tuple[int, ...]
) -> None:
    """A line, with the band that it lies in."""
    left, right, top, bottom = frame
    middle, low, high = left + axis.share(np.array(threshold)) * (right - left)
    if np.isfinite([low, high]).all():
        band = canvas[top:bottom, round(low) : max(round(high), round(low) + 1)]
        band[:] = (0.8 * band + 0.2 * np.array(THRESHOLD)).astype(np.uint8)
    line(canvas, [[middle, top - 4], [middle, bottom]], THRESHOLD, 2)
    text = f"threshold {threshold[0]:.3f}"
    at = min(middle - 4, right - text_size(text, SMALL)[0])
    write(canvas, text, (at, top - 18), SMALL, THRESHOLD)


def _draw_words(canvas: Image, panel: Panel) -> None:
    """The title, and how many of each kind there are."""
    write(canvas, panel.title, (LEFT, 12), 0.55)
    x = float(canvas.shape[1] - RIGHT)
    two = f"two people ({len(panel.different)})", DIFFERENT
    for text, colour in (two, (f"one person ({len(panel.same)})", SAME)):
        width, height = text_size(text, SMALL)
        write(canvas, text, (x - width, 13), SMALL, INK)
        mark = round(x - width - 22), round(13 + height / 2) - 1
        cv2.rectangle(canvas, mark, (mark[0] + 15, mark[1] + 2), colour, cv2.FILLED)
        x -= width + 44

"""How a training went: losses, learning rate and validation over the epochs, as a picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from .drawing import FAINT, INK, PANEL, blank, dot, line, text_size, write
from .palette import Colour, colour_of, faded
from .sequences.cameras import Floats
from .sequences.views import Image

NO_LOSS = {"epoch", "batches", "rate", "gradient", "seconds", "images_per_second"}
"""What rows of epochs hold besides losses."""
RATE: Colour = (150, 158, 172)
SMALL = 0.42
"""Scale of the letters."""
LEFT, RIGHT, TOP, BOTTOM = 62, 62, 44, 40
"""Pixels between a panel's border and the frame that the curves lie in."""
DECADES = 4
"""Rates smaller than the largest by more powers of ten lie on the frame's lower edge."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Values over epochs.

    Args:
        name: as the legend has it.
        colour: of the line.
        epochs: (n,) not descending.
        values: (n,); NaN interrupts the line.
    """

    name: str
    colour: Colour
    epochs: Floats
    values: Floats

    @property
    def last(self) -> float:
        """The last value that is a number; NaN if none is."""
        known = self.values[np.isfinite(self.values)]
        return float(known[-1]) if len(known) else np.nan


@dataclass(frozen=True)
class Axis:
    """Which values lie between the two ends of a frame.

    Args:
        ticks: at least two, ascending; the first and the last are the ends.
        logarithmic: equal ratios have equal lengths; ticks are above 0.
    """

    ticks: tuple[float, ...]
    logarithmic: bool = False

    def share(self, values: Floats) -> Floats:
        """Where values lie: 0 at the lower end, 1 at the upper; outside of it at the ends."""
        ends = np.array([self.ticks[0], self.ticks[-1]])
        inside = np.clip(values, *ends)
        if self.logarithmic:
            inside, ends = np.log10(inside), np.log10(ends)
        return np.asarray((inside - ends[0]) / (ends[1] - ends[0]))


def linear_axis(low: float, high: float, count: int = 5, least: float = 0.0) -> Axis:
    """An axis whose ticks are 1, 2 or 5 times a power of ten apart, and hold two values.

    Args:
        low, high: the values; if they are equal or nearly so, the axis reaches beyond.
        count: about how many ticks there are.
        least: the ticks' smallest distance.

    >>> linear_axis(0, 6.9).ticks
    (0.0, 2.0, 4.0, 6.0, 8.0)
    >>> linear_axis(31.5, 94.2).ticks
    (20.0, 40.0, 60.0, 80.0, 100.0)
    """
    step = max(high - low, 1e-3 * max(abs(low), abs(high), 1.0)) / count
    power = 10.0 ** np.floor(np.log10(step))
    step = max(least, next(m * power for m in (1, 2, 5, 10) if m * power >= step * (1 - 1e-9)))
    first = np.floor(low / step + 1e-9)
    last = max(np.ceil(high / step - 1e-9), first + 1)
    return Axis(tuple(round(float(n * step), 12) for n in np.arange(first, last + 1)))


def decades_axis(values: Floats) -> Axis:
    """A logarithmic axis of whole powers of ten, at most `DECADES`, up to the largest value.

    >>> decades_axis(np.array([3.5e-5, 3.5e-4])).ticks
    (1e-05, 0.0001, 0.001)
    """
    above = values[np.isfinite(values) & (values > 0)]
    if len(above) == 0:
        return Axis((0.1, 1.0), logarithmic=True)
    high = int(np.ceil(np.log10(above.max()) - 1e-9))
    low = int(np.floor(np.log10(above.min()) + 1e-9))
    low = min(max(low, high - DECADES), high - 1)
    return Axis(tuple(float(f"1e{power}") for power in range(low, high + 1)), logarithmic=True)


def learning_curves(
    rows: Sequence[Mapping[str, Any]], title: str = "", size: tuple[int, int] = (1000, 720)
) -> Image:
    """Losses and learning rate in one panel; below it the scores of validations, if there are any.

    Args:
        rows: of a training's log. Rows with a learning rate (`rate`) are of an epoch; their other
            numbers are losses, apart from `NO_LOSS`. Other rows hold scores in percent.
        title: a line above it all.
        size: (width, height) in pixels.

    Returns:
        uint8 (height, width, 3) RGB.

    Raises:
        ValueError: no row of an epoch.
    """
    epochs = [row for row in rows if "rate" in row]
    if not epochs:
        raise ValueError("there is no epoch in the log, so nothing can be drawn")
    scores = _curves([row for row in rows if "rate" not in row], {"epoch"}, len(_names(epochs)))
    rate = _curve(epochs, "rate", RATE)
    canvas = blank(*size)
    top = 34 if title else 0
    write(canvas, title, (16, 14), 0.6)
    time = linear_axis(0, float(max(row["epoch"] for row in rows)), 10, least=1)
    parts = np.linspace(top, size[1], 3 if scores else 2).astype(int)
    loss_panel = canvas[parts[0] : parts[1]]
    _draw_losses(loss_panel, _curves(epochs, NO_LOSS, 0), rate, time)
    if scores:
        _draw_scores(canvas[parts[1] :], scores, time)
    return canvas


def _names(rows: Iterable[Mapping[str, Any]], without: Iterable[str] = NO_LOSS) -> list[str]:
    """Names of numbers, in the order in which they first appear."""
    found = set(without)
    names = []
    for row in rows:
        for name, value in row.items():
            if name not in found and isinstance(value, int | float):
                found.add(name)
                names.append(name)
    return names


def _curves(rows: Sequence[Mapping[str, Any]], without: Iterable[str], first: int) -> list[Curve]:
    """One of each number in rows, in the palette's colours from number `first` on."""
    names = _names(rows, without)
    return [_curve(rows, name, colour_of(first + i)) for i, name in enumerate(names)]


def _curve(rows: Sequence[Mapping[str, Any]], name: str, colour: Colour) -> Curve:
    own = [row for row in rows if name in row]
    values = [row[name] if isinstance(row[name], int | float) else np.nan for row in own]
    epochs = np.array([row["epoch"] for row in own], dtype=np.float64)
    return Curve(name, colour, epochs, np.array(values, dtype=np.float64))


def _draw_losses(canvas: Image, losses: list[Curve], rate: Curve, time: Axis) -> None:
    low, high = _range(losses, 1.0)
    axis, rates = linear_axis(min(0.0, low), high), decades_axis(rate.values)
    _draw_frame(canvas, time, axis)
    _draw_rates(canvas, rates)
    _draw_curve(canvas, rate, time, rates, 1)
    for curve in losses:
        _draw_curve(canvas, curve, time, axis)
    _draw_legend(canvas, "loss", losses, "{:.3g}")
    width, _ = text_size("learning rate", SMALL)
    write(canvas, "learning rate", (canvas.shape[1] - RIGHT - width, TOP - 22), SMALL, RATE)


def _draw_scores(canvas: Image, scores: list[Curve], time: Axis) -> None:
    axis = linear_axis(*_range(scores, 100.0))
    _draw_frame(canvas, time, axis)
    for curve in scores:
        _draw_curve(canvas, curve, time, axis)
        for place in _places(canvas, curve, time, axis):
            dot(canvas, place, 3, curve.colour)
    _draw_legend(canvas, "validation, percent", scores, "{:.1f}")


def _range(curves: list[Curve], otherwise: float) -> tuple[float, float]:
    """The least and the largest value; 0 and `otherwise` where there is none."""
    values = np.concatenate([np.empty(0), *(curve.values for curve in curves)])
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if len(known) else (0.0, otherwise)


def _frame(canvas: Image) -> tuple[int, int, int, int]:
    """Left, top, right and bottom in pixels of what the curves lie in."""
    height, width = canvas.shape[:2]
    return LEFT, TOP, width - RIGHT, height - BOTTOM


def _draw_frame(canvas: Image, time: Axis, axis: Axis) -> None:
    """The ground of a panel with a grid, and ticks below and to the left."""
    left, top, right, bottom = _frame(canvas)
    cv2.rectangle(canvas, (left, top), (right, bottom), PANEL, cv2.FILLED)
    grid = faded(FAINT, PANEL, 0.35)
    for tick, share in zip(axis.ticks, axis.share(np.array(axis.ticks)), strict=True):
        y = bottom - share * (bottom - top)
        line(canvas, [[left, y], [right, y]], grid)
        width, height = text_size(f"{tick:g}", SMALL)
        write(canvas, f"{tick:g}", (left - width - 8, y - height / 2), SMALL, INK)
    for tick, share in zip(time.ticks, time.share(np.array(time.ticks)), strict=True):
        x = left + share * (right - left)
        line(canvas, [[x, bottom], [x, bottom + 4]], FAINT)
        width, _ = text_size(f"{tick:g}", SMALL)
        write(canvas, f"{tick:g}", (x - width / 2, bottom + 9), SMALL, INK)
    line(canvas, [[left, bottom], [right, bottom]], FAINT)
    write(canvas, "epoch", (right + 20, bottom + 9), SMALL, INK)


def _draw_rates(canvas: Image, axis: Axis) -> None:
    """Ticks of the learning rate, to the right."""
    _, top, right, bottom = _frame(canvas)
    for tick, share in zip(axis.ticks, axis.share(np.array(axis.ticks)), strict=True):
        y = bottom - share * (bottom - top)
        line(canvas, [[right, y], [right + 4, y]], RATE)
        _, height = text_size("1", SMALL)
        write(canvas, _scientific(tick), (right + 9, y - height / 2), SMALL, RATE)


def _draw_curve(canvas: Image, curve: Curve, time: Axis, axis: Axis, width: int = 2) -> None:
    """The line, and dots for values that no line reaches."""
    places = _places(canvas, curve, time, axis)
    line(canvas, places, curve.colour, width)
    known = np.isfinite(curve.values)
    beside = np.append(known[1:], False) | np.append(False, known[:-1])
    for place in places[known & ~beside]:
        dot(canvas, place, 3, curve.colour)


def _places(canvas: Image, curve: Curve, time: Axis, axis: Axis) -> Floats:
    """(n, 2) pixels."""
    left, top, right, bottom = _frame(canvas)
    x = left + time.share(curve.epochs) * (right - left)
    y = bottom - axis.share(curve.values) * (bottom - top)
    return np.column_stack([x, y])


def _draw_legend(canvas: Image, heading: str, curves: list[Curve], form: str) -> None:
    """What the panel shows, and each curve's name and last value, above the frame."""
    x, y = float(LEFT), TOP - 22
    width, height = text_size(heading, SMALL)
    write(canvas, heading, (x, y), SMALL, INK)
    x += width + 24
    for curve in curves:
        start = round(x), round(y + height / 2) - 1
        cv2.rectangle(canvas, start, (start[0] + 17, start[1] + 2), curve.colour, cv2.FILLED)
        name = f"{curve.name} {form.format(curve.last)}"
        write(canvas, name, (x + 25, y), SMALL, INK)
        x += 25 + text_size(name, SMALL)[0] + 22


def _scientific(value: float) -> str:
    """A short form without leading zeros: 3.5e-4.

    >>> _scientific(0.00035), _scientific(0.1)
    ('3.5e-4', '1e-1')
    """
    digits, _, power = f"{value:.1e}".partition("e")
    return f"{digits.removesuffix('.0')}e{int(power)}" if power else digits

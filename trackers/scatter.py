"""How exactly a detector places boxes, learned while tracking."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

HALF_NORMAL_MEDIAN = 0.6745
"""Median of |x| for a standard normal x."""


@dataclass
class Scatter:
    """Standard deviations of a box's centre x, y, width and height, learned from differences.

    Half of the differences should be within the median that the assumed deviation implies; where
    more or fewer are, the assumption moves (Robbins and Monro 1951, for a quantile): robust, in
    constant memory. Deviations follow a power of the box's height, learned along: 0 for errors of
    some pixels, 1 for errors in proportion.

    Args:
        share: deviation of a box's edge before anything was learned, as a share of its height.
        trust: number of differences that the first assumption is worth.
        memory: number of differences after which old ones begin to be forgotten.
        least: smallest deviations of centre x, y, width and height, shares of the height.
        most: largest deviation, share of the height.
    """

    share: float = 0.06
    trust: float = 20.0
    memory: float = 2000.0
    least: tuple[float, float, float, float] = (0.004, 0.004, 0.004, 0.004)
    most: float = 0.3
    _level: Floats = field(init=False, repr=False)
    _power: float = field(default=1.0, init=False, repr=False)
    _middle: float = field(default=0.0, init=False, repr=False)
    _spread: float = field(default=0.1, init=False, repr=False)
    _count: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Four edges that err independently: centres by less, sizes by more.
        factors = np.array([0.5, 0.5, 2.0, 2.0]) ** 0.5
        self._level = np.log(self.share * factors)
        self._count = self.trust

    def deviations(self, heights: Floats) -> Floats:
        """(n, 4) standard deviations of centre x, y, width and height, pixels.

        Args:
            heights: (n,) of the boxes, pixels.
        """
        away = np.log(heights) - self._middle
        learned = np.exp(self._level[None] + self._power * away[:, None])
        least = np.array(self.least) * heights[:, None]
        return np.clip(learned, least, self.most * heights[:, None])

    def learn(self, beyond: Flags, heights: Floats) -> None:
        """Take in which differences (n, 4) were beyond their medians, at boxes' heights (n,)."""
        n = len(beyond)
        if n == 0:
            return
        if self._count == self.trust:  # the first: nothing depends on the unit of the heights
            self._shift(float(np.log(heights).mean()))
        sign, away = beyond - 0.5, np.log(heights) - self._middle
        # 2.33 is the inverse density of log |x| at its median: the best step for normal x.
        step = 2.33 / (self._count + n)
        self._level += step * sign.sum(axis=0)
        self._power += step * float((sign.mean(axis=1) * away).sum()) / (self._spread + 0.05)
        self._power = float(np.clip(self._power, 0.0, 1.0))
        self._shift(float(away.sum()) / (self._count + n))
        self._spread += float((away**2 - self._spread).sum()) / (self._count + n)
        self._count = min(self._count + n, self.memory)

    def _shift(self, by: float) -> None:
        """Move the height at which the levels stand: at the mean the power does not move them."""
        self._middle += by
        self._level += self._power * by
        # Not farther than the bounds, from where it would take long to come back.
        middle = float(np.exp(self._middle))
        self._level = np.clip(
            self._level, np.log(np.array(self.least) * middle), np.log(self.most * middle)
        )


def learn_jitter(
    jitter: Scatter, boxes: Floats, times: Floats, acceleration: float, growth: float
) -> None:
    """Learn how much of a detector's boxes changes from one instant to the next at random.

    A box is compared with the straight line between its predecessor and its successor.

    Args:
        jitter: learns.
        boxes: (n, 3, 4) of people detected three times, none of them cut off.
        times: (n, 3) seconds, ascending.
        acceleration: spectral density of people's acceleration, squared heights per second
            cubed; what it explains of the differences is not jitter.
        growth: the same of the logarithmic sizes, 1/s^3.
    """
    if len(boxes) == 0:
        return
    size = boxes[..., 2:] - boxes[..., :2]
    values = np.concatenate([(boxes[..., :2] + boxes[..., 2:]) / 2, size], axis=2)
    before, after = times[:, 1] - times[:, 0], times[:, 2] - times[:, 1]
    part = (before / (before + after))[:, None]
    off = np.abs(values[:, 1] - values[:, 0] - part * (values[:, 2] - values[:, 0]))
    height = size[..., 1].mean(axis=1)
    bridge = before**2 * after**2 / (before + after) / 3
    density = np.hstack(
        [np.repeat(acceleration * height[:, None] ** 2, 2, axis=1), growth * size.mean(axis=1) ** 2]
    )
    variance = jitter.deviations(height) ** 2 * (1 + part**2 + (1 - part) ** 2)
    variance += density * bridge[:, None]
    jitter.learn(off > HALF_NORMAL_MEDIAN * np.sqrt(variance), height)

"""Colours in stripes: an embedder with no weights, the floor that every network must beat.

In the spirit of the colour histograms over horizontal stripes with which re-identification began
(Gray and Tao, Viewpoint Invariant Pedestrian Recognition, ECCV 2008, section 3), made smooth in
colour and in position so that a camera's exposure or a loose box changes a vector little.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .embedder import Image, Vectors, embed_in_batches

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class HistogramEmbedder:
    """Soft histograms of chromaticity and of brightness in overlapping horizontal stripes.

    A vector is the square root of histograms that sum to one, so that the cosine of two vectors
    is the Bhattacharyya coefficient: cosine distance acts like the squared Hellinger distance.
    Each crop's mean colour is first moved towards grey of one brightness, since cameras differ in
    tint and exposure more than whole crops of people do. Colours that are frequent along the
    left and right border, where there is mostly background, count less inside too.

    Args:
        size: (height, width) in pixels to which every crop is resized.
        stripes: number of horizontal stripes; neighbours overlap by half.
        chroma_bins: bins on each of the two chromaticity axes.
        brightness_bins: bins of brightness over `stops` stops below white.
        stops: range of brightness in stops (factors of two).
        brightness_share: part of the histogram's mass that brightness has, 0 to 1.
        balance: how far the crop's mean colour is moved to grey, 0 (off) to 1.
        exposure: how far its mean brightness is moved to `GREY`, 0 (off) to 1, in stops.
        background: how much pixels count less that look like the border: one of a colour that
            has the share f of the border has the weight 1 / (1 + background f). 0: all count.
        spread: standard deviation, in parts of the crop's width, of the weight of columns about
            the middle; the border shows background.
        batch: crops worked on at once; bounds the memory.

    Raises:
        ValueError: a count below 1 (2 for bins), or a share outside 0 to 1.

    >>> crop = np.zeros((80, 30, 3), np.uint8)
    >>> HistogramEmbedder()([crop]).shape
    (1, 448)
    """

    size: tuple[int, int] = (48, 16)
    stripes: int = 8
    chroma_bins: int = 7
    brightness_bins: int = 7
    stops: float = 6.0
    brightness_share: float = 0.4
    balance: float = 0.7
    exposure: float = 0.7
    background: float = 100.0
    spread: float = 0.25
    batch: int = 128

    def __post_init__(self) -> None:
        for name in ("stripes", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: expected at least 1")
        for name in ("chroma_bins", "brightness_bins"):
            if getattr(self, name) < 2:
                raise ValueError(f"{name} is {getattr(self, name)}: expected at least 2")
        if min(self.size) < 1 or not self.spread > 0 or not self.stops > 0:
            raise ValueError(f"size {self.size}, spread and stops must be positive")
        if not self.background >= 0:
            raise ValueError(f"background is {self.background}: expected 0 or more")
        for name in ("brightness_share", "balance", "exposure"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}: expected 0 to 1")

    @property
    def dim(self) -> int:
        """Length of a vector: stripes x (chroma_bins^2 + brightness_bins)."""
        return self.stripes * (self.chroma_bins**2 + self.brightness_bins)

    def __call__(self, crops: list[Image]) -> Vectors:
        """Vectors (n, dim) float32 of length 1.

        Raises:
            ValueError: a crop of zero area or of a wrong shape; the message says which.
            TypeError: a crop that is not uint8.
        """
        return embed_in_batches(crops, self._histograms, self.dim, self.batch)

    def _histograms(self, crops: list[Image]) -> Floats:
        height, width = self.size
        small = np.empty((len(crops), height, width, 3), np.float32)
        for index, crop in enumerate(crops):
            small[index] = cv2.resize(crop, (width, height), interpolation=cv2.INTER_AREA)
        small = grey_world(small, self.balance, self.exposure)
        red_green, yellow_blue, brightness = opponent_colours(small, self.stops)
        memberships = (
            soft_bins(red_green, self.chroma_bins),
            soft_bins(yellow_blue, self.chroma_bins),
            soft_bins(brightness, self.brightness_bins),
        )
        windows = self._windows() * self._foreground(*memberships)[:, None]
        windows /= windows.sum(axis=2, keepdims=True)
        chroma = joint_histogram(memberships[0], memberships[1], windows)
        bright = windows @ memberships[2]
        chroma *= 1 - self.brightness_share
        bright *= self.brightness_share
        joined = np.concatenate([chroma.reshape(*bright.shape[:2], -1), bright], axis=2)
        return np.asarray(np.sqrt(joined).reshape(len(crops), -1), dtype=np.float32)

    def _windows(self) -> Floats:
        """(stripes, p): weights of the pixels in each stripe."""
        height, width = self.size
        windows = _stripe_windows(height, self.stripes)[:, :, None] * _columns(width, self.spread)
        return np.asarray(windows.reshape(self.stripes, -1), dtype=np.float32)

    def _foreground(self, red_green: Floats, yellow_blue: Floats, brightness: Floats) -> Floats:
        """(n, p): weights of the pixels, from their memberships (n, p, bins)."""
        height, width = self.size
        edge = max(1, width // 8)
        border = np.zeros((height, width), np.float32)
        border[:, :edge] = border[:, -edge:] = 1
        window = (border / border.sum()).reshape(1, 1, -1)
        chroma = joint_histogram(red_green, yellow_blue, window)[:, 0]
        bright = (window @ brightness)[:, 0]
        share = ((red_green @ chroma) * yellow_blue).sum(axis=2)
        share *= (brightness @ bright[:, :, None])[:, :, 0]
        return np.asarray(1 / (1 + self.background * share), dtype=np.float32)


DARK = 24.0
"""Sum of a pixel's channels (0 to 765) at which its colour counts half."""

CONTRAST = 2.0
"""Chromaticities of clothes lie close to grey: they are stretched by this and cut at the ends."""

GREY = 110.0
"""The mean of channels (0 to 255) that crops are brought to."""


def grey_world(rgb: Floats, balance: float, exposure: float) -> Floats:
    """Pictures with their mean colour moved towards one grey: a von Kries correction.

    Buchsbaum, A spatial processor model for object colour perception, 1980: the mean of a scene
    is taken to be grey, so that its deviation from grey is the light's and the camera's.

    Args:
        rgb: (n, height, width, 3), 0 to 255.
        balance: 0 leaves the ratios of the channels' means, 1 makes the means equal.
        exposure: 0 leaves the mean brightness, 1 makes it `GREY`.

    Returns:
        (n, height, width, 3), 0 and more.
    """
    means = rgb.mean(axis=(1, 2), keepdims=True) + 2  # 2: a black crop stays black
    level = means.mean(axis=3, keepdims=True)
    gain = (level / means) ** balance * (GREY / level) ** exposure
    return np.asarray(rgb * gain, dtype=np.float32)


def opponent_colours(rgb: Floats, stops: float) -> tuple[Floats, Floats, Floats]:
    """Red against green, yellow against blue, and brightness, each from 0 to 1.

    Args:
        rgb: (..., 3), 0 to 255.
        stops: range of brightness in factors of two below white.

    Returns:
        three arrays (...): the first two do not change when all channels are multiplied by the
        same number, as exposure does, except in pixels so dark that their colour is noise.
    """
    r, g, b = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    total = r + g + b + np.float32(DARK)
    red_green = 0.5 + CONTRAST * (r - g) / total
    yellow_blue = 0.5 + CONTRAST * (0.5 * (r + g) - b) / total
    brightness = 1 + np.log2(total / (3 * 255 + DARK)) / stops
    clip = np.clip
    return clip(red_green, 0, 1), clip(yellow_blue, 0, 1), clip(brightness, 0, 1)


def soft_bins(values: Floats, bins: int) -> Floats:
    """How much each value belongs to each bin; one between two bins' centres belongs to both.

    Args:
        values: (n, ...) with p values each, 0 to 1.
        bins: how many, their centres evenly from 0 to 1.

    Returns:
        (n, p, bins), at most two of the bins not 0; sums to one over bins.

    >>> soft_bins(np.array([[0.0, 0.7, 1.0]], np.float32), 3).round(2).tolist()
    [[[1.0, 0.0, 0.0], [0.0, 0.6000000238418579, 0.4000000059604645], [0.0, 0.0, 1.0]]]
    """
    flat = values.reshape(len(values), -1, 1) * np.float32(bins - 1)
    distance = np.abs(flat - np.arange(bins, dtype=np.float32))
    return np.asarray(np.maximum(0, 1 - distance), dtype=np.float32)


def joint_histogram(rows: Floats, columns: Floats, windows: Floats) -> Floats:
    """Weighted histograms of pairs of values.

    Args:
        rows: (n, p, bins), how much the first of each pair belongs to each bin.
        columns: (n, p, bins), likewise the second.
        windows: (n, k, p) weights, or (1, k, p) for all alike.

    Returns:
        (n, k, bins, bins); each sums to the sum of the window's weights.
    """
    weighted = windows[:, :, :, None] * rows[:, None]
    return np.asarray(weighted.swapaxes(2, 3) @ columns[:, None], dtype=np.float32)


def _stripe_windows(height: int, stripes: int) -> Floats:
    """(stripes, height): each row of pixels belongs to the two stripes whose centres are near."""
    centre = (np.arange(height) + 0.5) / height * stripes - 0.5
    distance = np.abs(np.clip(centre, 0, stripes - 1) - np.arange(stripes)[:, None])
    return np.asarray(np.maximum(0, 1 - distance), dtype=np.float32)


def _columns(width: int, spread: float) -> Floats:
    """(width,): weight of each column of pixels, a bell about the middle."""
    x = (np.arange(width) + 0.5) / width - 0.5
    return np.asarray(np.exp(-0.5 * (x / spread) ** 2), dtype=np.float32)

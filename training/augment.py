"""Pictures changed at random before each step: mirrored, moved, coloured, with parts erased."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..models.preprocessing import IMAGENET_MEAN, IMAGENET_STD, Triple
from ..sequences.views import Ints
from .batches import batch_generator

__all__ = ["Augmentation", "Draws", "batch_generator", "normalise"]

Fill = Literal["imagenet-constant", "image-mean", "zero", "random"]

TRIES = 100
"""How often a rectangle is drawn until one fits into the picture."""

GREY = 127.5
"""What contrast leaves as it is."""


@dataclass(frozen=True)
class Draws:
    """The random numbers of n pictures.

    Args:
        flip: (n,) whether the picture is mirrored.
        offset: (n, 2) row and column of the crop's corner in the padded picture.
        erase: (n, 4) top, left, height and width of what is erased; of height 0 where nothing is.
        noise: (n,) seeds of the noise that fills it.
        colour: (n, 4) contrast, and factors of red, green and blue; None: colours stay.
    """

    flip: NDArray[np.bool_]
    offset: Ints
    erase: Ints
    noise: Ints
    colour: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.flip)

    def __getitem__(self, rows: slice) -> Draws:
        """The random numbers of these pictures."""
        colour = None if self.colour is None else self.colour[rows]
        return Draws(self.flip[rows], self.offset[rows], self.erase[rows], self.noise[rows], colour)


@dataclass(frozen=True)
class Augmentation:
    """What recipes do to a resized picture: mirror, pad and crop, colour, normalise, erase.

    Luo et al. 2019, sections 2 and 3.2, with the details of their code
    (data/transforms/build.py and transforms.py); random erasing is Zhong et al., Random Erasing
    Data Augmentation, algorithm 1. Other colours are not of the papers: with pictures of few
    cameras a network would learn those cameras' colours.

    Args:
        flip: probability of mirroring, left to right.
        pad: pixels of black put around the picture, out of which one of the old size is cut.
        erase: probability of erasing a rectangle.
        erase_area: range of the rectangle's area as a share of the picture's; uniform.
        erase_aspect: range of its height over its width; uniform.
        fill: what the rectangle holds. "imagenet-constant": ImageNet's mean colour
            (0.485, 0.456, 0.406) put in after normalisation, as the published code does;
            "image-mean": the mean colour of the picture after mirroring and cropping, as the
            paper says; "zero": 0 after normalisation, which is the colour `mean`; "random": noise,
            uniform over all colours, another at every pixel.
        colour: how far the picture's contrast (about mid-grey), its brightness and each of red,
            green and blue are changed: factors uniform in 1 - colour to 1 + colour. 0: not at all.
        mean, std: of the normalisation, (pixel / 255 - mean) / std.

    Raises:
        ValueError: a probability or range out of bounds, or an unknown fill.

    >>> nothing = Augmentation(flip=0, pad=0, erase=0)
    >>> draws = nothing.draw(1, (2, 1), np.random.default_rng(0))
    >>> white = torch.full((1, 3, 2, 1), 255, dtype=torch.uint8)
    >>> nothing.apply(white, draws)[0, :, 0, 0].round(decimals=2).tolist()
    [2.25, 2.430000066757202, 2.640000104904175]
    """

    flip: float = 0.5
    pad: int = 10
    erase: float = 0.5
    erase_area: tuple[float, float] = (0.02, 0.4)
    erase_aspect: tuple[float, float] = (0.3, 3.33)
    fill: Fill = "imagenet-constant"
    colour: float = 0.0
    mean: Triple = IMAGENET_MEAN
    std: Triple = IMAGENET_STD

    def __post_init__(self) -> None:
        for name in ("flip", "erase"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}: expected 0 to 1")
        if self.pad < 0:
            raise ValueError(f"pad is {self.pad}: expected 0 or more pixels")
        low, high = self.erase_area
        if not 0 < low <= high <= 1:
            raise ValueError(f"erase_area is {self.erase_area}: expected two shares, ascending")
        low, high = self.erase_aspect
        if not 0 < low <= high < np.inf:
            raise ValueError(f"erase_aspect is {self.erase_aspect}: expected two ratios, ascending")
        if self.fill not in get_args(Fill):
            raise ValueError(f"fill is {self.fill!r}: expected one of {', '.join(get_args(Fill))}")
        if not 0 <= self.colour < 1:
            raise ValueError(f"colour is {self.colour}: expected 0 to below 1")
        if not min(self.std) > 0:
            raise ValueError(f"std is {self.std}: expected positive numbers")

    def draw(self, count: int, size: tuple[int, int], generator: np.random.Generator) -> Draws:
        """The random numbers of a batch.

        Args:
            count: pictures.
            size: (height, width) of each.
            generator: all are drawn from it.
        """
        flip = generator.random(count) < self.flip
        offset = generator.integers(0, 2 * self.pad + 1, (count, 2))
        chosen = np.flatnonzero(generator.random(count) < self.erase)
        erase = np.zeros((count, 4), dtype=np.int64)
        erase[chosen] = self._rectangles(len(chosen), size, generator)
        noise = generator.integers(0, 2**62, count)
        return Draws(flip, offset, erase, noise, self._colours(count, generator))

    def _colours(self, count: int, generator: np.random.Generator) -> NDArray[np.float32] | None:
        """(count, 4) contrast and gains."""
        if not self.colour:
            return None
        low, high = 1 - self.colour, 1 + self.colour
        contrast, brightness = generator.uniform(low, high, (2, count, 1))
        gains = brightness * generator.uniform(low, high, (count, 3))
        return np.concatenate([contrast, gains], axis=1).astype(np.float32)

    def _rectangles(
        self, count: int, size: tuple[int, int], generator: np.random.Generator
    ) -> Ints:
        """(count, 4) top, left, height, width; zeros where no try gave one that fits."""
        found = np.zeros((count, 4), dtype=np.int64)
        waiting = np.arange(count)
        for _ in range(TRIES):
            if not len(waiting):
                break
            area = generator.uniform(*self.erase_area, len(waiting)) * (size[0] * size[1])
            aspect = generator.uniform(*self.erase_aspect, len(waiting))
            extent = np.rint(np.sqrt([area * aspect, area / aspect])).astype(np.int64).T
            fits = (extent < size).all(axis=1)
            chosen, extent = waiting[fits], extent[fits]
            found[chosen, 2:] = extent
            found[chosen, :2] = generator.integers(0, np.array(size) - extent + 1)
            waiting = waiting[~fits]
        return found

    def apply(self, images: Tensor, draws: Draws) -> Tensor:
        """The changed pictures, the same on every device.

        Args:
            images: (n, 3, height, width) uint8 RGB.
            draws: of `draw` for n pictures of this size.

        Returns:
            (n, 3, height, width) float32, normalised, on the device of the pictures.

        Raises:
            ValueError: pictures of another kind, or another number of them than of draws.
        """
        if images.ndim != 4 or images.shape[1] != 3 or images.dtype != torch.uint8:
            raise ValueError(
                f"pictures are {images.dtype} of shape {tuple(images.shape)}: expected torch.uint8"
                " (n, 3, height, width)"
            )
        if len(images) != len(draws):
            raise ValueError(f"{len(images)} pictures but draws for {len(draws)}")
        moved = _coloured(_moved(images, draws, self.pad), draws.colour)
        result = normalise(moved, self.mean, self.std)
        chosen = np.flatnonzero(draws.erase[:, 2])
        if len(chosen):
            rows = torch.from_numpy(chosen).to(images.device)
            inside = _inside(draws.erase[chosen], moved)
            filling = self._filling(moved[rows], draws.noise[chosen])
            result[rows] = torch.where(inside, filling, result[rows])
        return result

    def _filling(self, moved: Tensor, noise: Ints) -> Tensor:
        """What erased parts of pictures hold: something that broadcasts to their shape."""
        if self.fill == "zero":
            return torch.zeros((), device=moved.device)
        if self.fill == "imagenet-constant":
            return torch.tensor(IMAGENET_MEAN, device=moved.device)[:, None, None]
        if self.fill == "random":
            return normalise(_noise(moved, noise), self.mean, self.std)
        pixels = moved.shape[2] * moved.shape[3]
        # Whole numbers are summed, so that no device rounds otherwise.
        kind = None if moved.is_floating_point() else torch.int64
        mean = moved.sum(dim=(2, 3), keepdim=True, dtype=kind).float() / pixels
        return normalise(mean, self.mean, self.std)


def normalise(images: Tensor, mean: Triple = IMAGENET_MEAN, std: Triple = IMAGENET_STD) -> Tensor:
    """(pixel / 255 - mean) / std, with the roundings of `models.Preprocessing`.

    Args:
        images: (n, 3, height, width) of 0 to 255, uint8 or floating.
        mean, std: of red, green and blue.

    Returns:
        (n, 3, height, width) float32.
    """
    deviation = np.asarray(std, np.float32)
    factor = torch.from_numpy(np.float32(1 / 255) / deviation).to(images.device)
    shift = torch.from_numpy(-np.asarray(mean, np.float32) / deviation).to(images.device)
    own = images.to(torch.float32, copy=True)
    return own.mul_(factor[:, None, None]).add_(shift[:, None, None])


def _moved(images: Tensor, draws: Draws, pad: int) -> Tensor:
    """(n, 3, h, w) uint8: mirrored, padded with black and cropped.

    The rows are fetched first, whole, then the columns; an index one past the end finds black.
    """
    n, channels, height, width = images.shape
    if not pad and not draws.flip.any():
        return images
    rows = np.arange(height) + draws.offset[:, :1] - pad
    columns = np.arange(width) + draws.offset[:, 1:] - pad
    columns = np.where(draws.flip[:, None], width - 1 - columns, columns)
    outside = [(k < 0) | (k >= e) for k, e in ((rows, height), (columns, width))]
    rows, columns = np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)
    device = images.device
    across = torch.from_numpy(columns).to(device)[:, None, None].expand(n, channels, height, width)
    down = torch.from_numpy(rows).to(device)[:, None, :, None].expand(n, channels, height, width)
    moved = images.gather(2, down).gather(3, across)
    black_rows, black_columns = (torch.from_numpy(k).to(device) for k in outside)
    black = black_rows[:, None, :, None] | black_columns[:, None, None, :]
    return moved.masked_fill_(black, 0)


def _coloured(images: Tensor, colour: NDArray[np.float32] | None) -> Tensor:
    """(n, 3, h, w) of other contrast and colours, 0 to 255 in float32; as it was without any."""
    if colour is None:
        return images
    factors = torch.from_numpy(colour).to(images.device)[:, :, None, None]
    result = images.float().sub_(GREY).mul_(factors[:, :1]).add_(GREY).mul_(factors[:, 1:])
    return result.clamp_(0, 255)


def _inside(erase: Ints, images: Tensor) -> Tensor:
    """(n, 1, h, w) which pixels are erased."""
    top, left, height, width = torch.from_numpy(erase.T.copy()).to(images.device)[:, :, None]
    row = torch.arange(images.shape[2], device=images.device)
    column = torch.arange(images.shape[3], device=images.device)
    down = (row >= top) & (row < top + height)
    across = (column >= left) & (column < left + width)
    inside: Tensor = down[:, None, :, None] & across[:, None, None, :]
    return inside


def _noise(images: Tensor, seeds: Ints) -> Tensor:
    """(n, 3, h, w) uint8, uniform: a hash of the picture's seed and the pixel's place.

    Devices have different random generators; whole-number arithmetic is the same on all. The
    rounds of multiplying and shifting are the finaliser of splitmix64 (Steele et al., Fast
    Splittable Pseudorandom Number Generators, OOPSLA 2014).
    """
    place = torch.arange(images[0, :1].numel(), device=images.device)
    mixed = place.reshape(1, 1, *images.shape[2:]) * _signed(0x9E3779B97F4A7C15)
    mixed = mixed + torch.from_numpy(seeds).to(images.device)[:, None, None, None]
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ _shifted(mixed, shift)) * _signed(factor)
    mixed = _shifted(mixed, 31) ^ mixed
    values = [(mixed >> places) & 255 for places in (0, 8, 16)]
    return torch.cat(values, dim=1).to(torch.uint8)


def _signed(number: int) -> int:
    """The 64-bit number with the same bits that is negative from 2^63 on."""
    return number - 2**64 if number >= 2**63 else number


def _shifted(numbers: Tensor, places: int) -> Tensor:
    """Bits moved right, with zeros from the left."""
    moved: Tensor = (numbers >> places) & (2 ** (64 - places) - 1)
    return moved

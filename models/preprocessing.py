"""What a network wants to be fed: size, channel order, layout and normalisation, declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from .embedder import Image

Triple = tuple[float, float, float]

IMAGENET_MEAN: Triple = (0.485, 0.456, 0.406)
IMAGENET_STD: Triple = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preprocessing:
    """From uint8 RGB crops of any size to a network's input: (pixel * scale - mean) / std.

    The defaults are those of networks trained on ImageNet, apart from the size.

    Args:
        size: (height, width) in pixels. Crops are resized bilinearly whatever their shape;
            one that shrinks more than twofold in a direction is averaged over areas instead,
            since bilinear sampling would skip pixels.
        channels: the order that the network wants.
        layout: "NCHW" (n, 3, height, width) or "NHWC" (n, height, width, 3).
        scale: factor for pixels of 0 to 255.
        mean: subtracted after scaling, in the order of `channels`.
        std: divided by after that, in the order of `channels`.

    Raises:
        ValueError: a size below 1, an unknown order or layout, a std of 0, or not three numbers.

    >>> plain = Preprocessing((2, 1), scale=1.0, mean=(0, 0, 0), std=(1, 1, 1), layout="NHWC")
    >>> plain([np.full((4, 2, 3), (10, 20, 30), np.uint8)]).tolist()
    [[[[10.0, 20.0, 30.0]], [[10.0, 20.0, 30.0]]]]
    """

    size: tuple[int, int]
    channels: Literal["RGB", "BGR"] = "RGB"
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    scale: float = 1 / 255
    mean: Triple = IMAGENET_MEAN
    std: Triple = IMAGENET_STD

    def __post_init__(self) -> None:
        if len(self.size) != 2 or min(self.size) < 1:
            raise ValueError(f"size is {self.size}: expected (height, width) of at least 1")
        if self.channels not in ("RGB", "BGR"):
            raise ValueError(f"channels is {self.channels!r}: expected 'RGB' or 'BGR'")
        if self.layout not in ("NCHW", "NHWC"):
            raise ValueError(f"layout is {self.layout!r}: expected 'NCHW' or 'NHWC'")
        for name in ("mean", "std"):
            values = getattr(self, name)
            if len(values) != 3 or not np.isfinite(values).all():
                raise ValueError(f"{name} is {values}: expected three numbers")
        if 0 in self.std or not np.isfinite(self.scale) or self.scale == 0:
            raise ValueError(f"std {self.std} and scale {self.scale}: expected other than 0")

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of one picture at the network's input."""
        return (3, *self.size) if self.layout == "NCHW" else (*self.size, 3)

    def __call__(self, crops: list[Image]) -> NDArray[np.float32]:
        """(n, *shape) float32 for n uint8 (height, width, 3) RGB images of any area but 0."""
        pixels = np.empty((len(crops), *self.size, 3), np.uint8)
        for index, crop in enumerate(crops):
            pixels[index] = resize(crop, self.size)
        factor = np.float32(self.scale) / np.asarray(self.std, np.float32)
        offset = -np.asarray(self.mean, np.float32) / np.asarray(self.std, np.float32)
        inputs = np.empty((len(crops), *self.shape), np.float32)
        for channel in range(3):
            source = pixels[..., channel if self.channels == "RGB" else 2 - channel]
            plane = inputs[:, channel] if self.layout == "NCHW" else inputs[..., channel]
            np.multiply(source, factor[channel], out=plane)
            plane += offset[channel]
        return inputs

    def to_json(self) -> dict[str, object]:
        """Plain lists, numbers and strings; `from_json` reads them."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_json(cls, found: object, source: str) -> Preprocessing:
        """What `to_json` gave; every field must be there, so that nothing is guessed.

        Args:
            found: the value read from JSON.
            source: what the messages call it.

        Raises:
            ValueError: a field that is missing, unknown or wrong.
        """
        names = [field.name for field in fields(cls)]
        if not isinstance(found, Mapping):
            raise ValueError(f"{source}: expected an object with {', '.join(names)}")
        for name in names:
            if name not in found:
                raise ValueError(f"{source}: the preprocessing lacks {name!r}")
        for name in found:
            if name not in names:
                raise ValueError(f"{source}: the preprocessing has an unknown field {name!r}")
        try:
            size, mean, std = (tuple(found[name]) for name in ("size", "mean", "std"))
            scale = float(found["scale"])
            return cls(size, found["channels"], found["layout"], scale, mean, std)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{source}: the preprocessing is wrong: {error}") from error


def resize(crop: Image, size: tuple[int, int]) -> Image:
    """A picture at another size: bilinear; by areas where it shrinks more than twofold.

    Args:
        crop: uint8 (height, width, 3).
        size: (height, width) in pixels.
    """
    down, across = crop.shape[0] / size[0], crop.shape[1] / size[1]
    area = min(down, across) >= 1 and max(down, across) > 2
    how = cv2.INTER_AREA if area else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(crop, (size[1], size[0]), interpolation=how), dtype=np.uint8)

"""HA-CNN: a light network that attends to channels, to positions and to four regions.

Li, Zhu and Gong, Harmonious Attention Network for Person Re-Identification, CVPR 2018. A global
branch sees the whole picture; a local branch sees four horizontal regions that move with the
picture, and reuses the global branch's maps.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from .heads import AveragePool, GeM, Output

Json = None | bool | int | float | str | list[int]
Stage = Callable[[int, int, int], nn.Sequential]
"""Makes a stage: (channels in, channels out, repeats) to a module that halves the map."""
Reduction = Callable[[int, int], nn.Module]
"""Makes a local block: (channels in, channels out) to a module that halves the map."""

REGIONS = 4
SCALE = 1 / REGIONS
"""A region is as wide as the map and a quarter as high (section 3.1, hard attention)."""


class ConvBlock(nn.Sequential):
    """Convolution with bias, batch normalisation, ReLU; `conv` and `bn` are its members."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2)
        self.bn = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()


class InceptionA(nn.Module):
    """Four streams of a quarter of the channels each; the map keeps its size (section 3, Arch)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        c = outputs // 4
        self.stream1 = nn.Sequential(ConvBlock(inputs, c), ConvBlock(c, c, 3))
        self.stream2 = nn.Sequential(ConvBlock(inputs, c), ConvBlock(c, c, 3))
        self.stream3 = nn.Sequential(ConvBlock(inputs, c), ConvBlock(c, c, 3))
        self.stream4 = nn.Sequential(nn.AvgPool2d(3, stride=1, padding=1), ConvBlock(inputs, c))

    def forward(self, x: Tensor) -> Tensor:
        """(b, inputs, h, w) to (b, outputs, h, w)."""
        streams = (self.stream1, self.stream2, self.stream3, self.stream4)
        return torch.cat([stream(x) for stream in streams], dim=1)


class InceptionB(nn.Module):
    """Three streams that halve the map."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        c = outputs // 4
        self.stream1 = nn.Sequential(ConvBlock(inputs, c), ConvBlock(c, c, 3, stride=2))
        self.stream2 = nn.Sequential(
            ConvBlock(inputs, c), ConvBlock(c, c, 3), ConvBlock(c, c, 3, stride=2)
        )
        self.stream3 = nn.Sequential(nn.MaxPool2d(3, stride=2, padding=1), ConvBlock(inputs, 2 * c))

    def forward(self, x: Tensor) -> Tensor:
        """(b, inputs, h, w) to (b, outputs, ceil(h / 2), ceil(w / 2))."""
        return torch.cat([self.stream1(x), self.stream2(x), self.stream3(x)], dim=1)


def inception_stage(inputs: int, outputs: int, repeats: int) -> nn.Sequential:
    """Inception-A `repeats` times, then Inception-B."""
    blocks = [InceptionA(inputs if k == 0 else outputs, outputs) for k in range(repeats)]
    return nn.Sequential(*blocks, InceptionB(outputs, outputs))


INCEPTION: tuple[Stage, Reduction] = (inception_stage, InceptionB)


class SpatialAttention(nn.Module):
    """One weight a position (section 3.1, soft spatial attention)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = ConvBlock(1, 1, 3, stride=2)
        self.conv2 = ConvBlock(1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(b, c, h, w) to (b, 1, h, w)."""
        small = self.conv1(x.mean(dim=1, keepdim=True))
        large = functional.interpolate(small, size=x.shape[2:], mode="bilinear", align_corners=True)
        weights: Tensor = self.conv2(large)
        return weights


class ChannelAttention(nn.Sequential):
    """One weight a channel, by squeeze and excitation (section 3.1, soft channel attention)."""

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.conv1 = ConvBlock(channels, channels // reduction)
        self.conv2 = ConvBlock(channels // reduction, channels)


class HarmoniousAttention(nn.Module):
    """Soft weights for every value of a map, and where the four regions lie (section 3.1).

    As in the code in common use, the sigmoid follows a ReLU, so that a weight is at least 1/2,
    and shifts start at tanh(0.75) and tanh(0.25), a little nearer to the middle than quarters.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.spatial = SpatialAttention()
        self.channel = ChannelAttention(channels)
        self.joint = ConvBlock(channels, channels)
        self.shift = nn.Linear(channels, 2 * REGIONS)
        nn.init.zeros_(self.shift.weight)
        rows = torch.tensor([-0.75, -0.25, 0.25, 0.75])
        with torch.no_grad():
            self.shift.bias.copy_(torch.stack([torch.zeros(REGIONS), rows], dim=1).flatten())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(b, c, h, w) to weights of the same shape and shifts (b, 4, 2) in x and y, -1 to 1."""
        weights = torch.sigmoid(self.joint(self.spatial(x) * self.channel(x)))
        shifts = torch.tanh(self.shift(x.mean(dim=(2, 3))))
        return weights, shifts.reshape(-1, REGIONS, 2)


def sample_regions(maps: Tensor, shifts: Tensor, size: tuple[int, int]) -> Tensor:
    """Four regions of each map, sampled bilinearly straight at their target size.

    Args:
        maps: (b, c, h, w).
        shifts: (b, 4, 2) centres in x and y, where -1 and 1 are the map's borders.
        size: (height, width) of a region's samples.

    Returns:
        (4 b, c, height, width), the regions of one picture together; 0 outside the map.
    """
    height, width = size
    rows = (2 * torch.arange(height, device=maps.device) + 1) / height - 1
    columns = (2 * torch.arange(width, device=maps.device) + 1) / width - 1
    x = shifts[:, :, None, None, 0] + columns.to(maps.dtype)[None, None, None, :]
    y = shifts[:, :, None, None, 1] + SCALE * rows.to(maps.dtype)[None, None, :, None]
    shape = (shifts.shape[0], REGIONS, height, width)
    grid = torch.stack([x.expand(shape), y.expand(shape)], dim=-1)
    # One sampling with the regions below one another spares four copies of the maps.
    tall = functional.grid_sample(maps, grid.flatten(1, 2), align_corners=False)
    parts = tall.unflatten(2, (REGIONS, height)).transpose(1, 2)
    samples: Tensor = parts.flatten(0, 1)
    return samples


class HACNN(nn.Module):
    """The Harmonious Attention network, and the parts of which Compact-ReID is made.

    The defaults are HA-CNN as it is commonly run: 2,929,112 parameters without classifiers and
    0.544 billion multiply-accumulates a picture of 160 x 64.

    Args:
        identities: outputs of each branch's classifier; 0: none.
        stem: channels of the first convolution.
        widths: channels of the three stages.
        repeats: how often each stage repeats its first block.
        vectors: lengths of the global and of the local vector.
        gem: pool by the generalised mean instead of the mean.
        normalise: bring each branch's vector to length 1 before the losses, not only for the
            embedding (Lawen et al. 2019, section 3.1).
        classifier_bias: whether the classifiers have a bias.
        logit_scale: what logits are multiplied by. With `normalise` none is greater than the length
            of the classifier's weights, 0.6 at first, and short trainings need more, such as 16;
            the paper names none. For training alone, and not among `arguments`.
        input_size: (height, width) in pixels, multiples of 16.
        blocks: what makes the blocks of a stage, and the blocks of the local branch, each of
            which is shared by the four regions.

    Raises:
        ValueError: an input size that is not a multiple of 16, or a scale that is not above 0.
    """

    def __init__(
        self,
        identities: int = 0,
        *,
        stem: int = 32,
        widths: tuple[int, int, int] = (128, 256, 384),
        repeats: tuple[int, int, int] = (1, 1, 1),
        vectors: tuple[int, int] = (512, 512),
        gem: bool = False,
        normalise: bool = False,
        classifier_bias: bool = True,
        logit_scale: float = 1.0,
        input_size: tuple[int, int] = (160, 64),
        blocks: tuple[Stage, Reduction] = INCEPTION,
    ) -> None:
        super().__init__()
        if input_size[0] % 16 or input_size[1] % 16 or min(input_size) < 16:
            raise ValueError(f"input size {tuple(input_size)}: expected multiples of 16")
        if not 0 < logit_scale < math.inf:
            raise ValueError(f"logit_scale {logit_scale}: expected a finite number above 0")
        self.input_size = (input_size[0], input_size[1])
        self.normalise, self.logit_scale = normalise, logit_scale
        self.dim = sum(vectors)
        self._arguments: dict[str, Json] | None = {
            "identities": identities,
            "stem": stem,
            "widths": list(widths),
            "repeats": list(repeats),
            "vectors": list(vectors),
            "gem": gem,
            "normalise": normalise,
            "classifier_bias": classifier_bias,
            "input_size": list(input_size),
        }
        if blocks != INCEPTION:
            self._arguments = None
        before = (stem, *widths[:2])
        self.stem = ConvBlock(3, stem, 3, stride=2)
        self.stages = nn.ModuleList(map(blocks[0], before, widths, repeats))
        self.attentions = nn.ModuleList(map(HarmoniousAttention, widths))
        self.local_blocks = nn.ModuleList(map(blocks[1], before, widths))
        self.global_pool = GeM() if gem else AveragePool()
        self.local_pool = GeM() if gem else AveragePool()
        self.global_vector = _vector(widths[2], vectors[0])
        self.local_vector = _vector(REGIONS * widths[2], vectors[1])
        if identities:
            self.global_classifier = nn.Linear(vectors[0], identities, bias=classifier_bias)
            self.local_classifier = nn.Linear(vectors[1], identities, bias=classifier_bias)
        self.identities = identities

    @property
    def arguments(self) -> dict[str, Json] | None:
        """What makes the same network again; None if blocks were given."""
        return self._arguments

    @property
    def region_sizes(self) -> list[tuple[int, int]]:
        """(height, width) of the local branch's samples at each stage: 24 x 28 at 160 x 64."""
        height, width = -(-self.input_size[0] * 24 // 160), -(-self.input_size[1] * 28 // 64)
        sizes = [(height, width)]
        for _ in range(2):
            height, width = -(-height // 2), -(-width // 2)
            sizes.append((height, width))
        return sizes

    def forward(self, images: Tensor) -> Output:
        """(b, 3, *input_size) normalised images to the vectors of both branches.

        The embedding (b, dim) is both vectors, each of length 1, one after the other.
        """
        if images.shape[2:] != self.input_size:
            raise ValueError(
                f"images are {tuple(images.shape[2:])}: expected {self.input_size} (height, width)"
            )
        if images.device.type == "cpu":  # oneDNN works so, and need not reorder
            images = images.contiguous(memory_format=torch.channels_last)
        seen: Tensor = self.stem(images)
        regions: Tensor | None = None
        levels = zip(
            self.stages, self.attentions, self.local_blocks, self.region_sizes, strict=True
        )
        for stage, attention, local_block, size in levels:
            maps = stage(seen)
            weights, shifts = attention(maps)
            crops = sample_regions(seen, shifts, size)
            regions = local_block(crops if regions is None else crops + regions)
            seen = maps * weights
        assert regions is not None
        pooled = self.local_pool(regions).unflatten(0, (-1, REGIONS)).flatten(1)
        return self._output(self.global_vector(self.global_pool(seen)), self.local_vector(pooled))

    def _output(self, whole: Tensor, parts: Tensor) -> Output:
        units = (functional.normalize(whole), functional.normalize(parts))
        features = units if self.normalise else (whole, parts)
        logits: tuple[Tensor, ...] = ()
        if self.identities:
            heads = self.global_classifier(features[0]), self.local_classifier(features[1])
            logits = tuple(self.logit_scale * head for head in heads)
        return Output(torch.cat(units, dim=1), features, logits)


def _vector(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU())

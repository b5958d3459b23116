"""Compact-ReID: HA-CNN with shuffle blocks, generalised-mean pooling and unit vectors.

Lawen, Ben-Cohen, Protter, Friedman and Zelnik-Manor, Compact Network Training for Person ReID,
2019 (ICMR 2020), sections 3.1 and 3.2, table 1.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .hacnn import HACNN, INCEPTION


def interleave(first: Tensor, second: Tensor) -> Tensor:
    """Concatenate and shuffle channels (Ma et al., ShuffleNet V2, 2018, section 3.3) in one copy.

    Args:
        first: (b, c, h, w).
        second: of the same shape.

    Returns:
        (b, 2 c, h, w), the channels of both in turn; in the format channels_last if both are.

    >>> a, b = torch.arange(6.0).reshape(2, 1, 3, 1, 1)
    >>> interleave(a, b).flatten().tolist()
    [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]
    """
    # A graph that is exported has no formats; its plain form is the simpler one.
    if _is_last(first) and _is_last(second) and not torch.compiler.is_exporting():
        shuffled: Tensor = _InterleaveLast.apply(first, second)
        return shuffled
    return torch.stack([first, second], dim=2).flatten(1, 2)


class _InterleaveLast(torch.autograd.Function):
    """`interleave` of the format channels_last, which `stack` would lose.

    Its gradients are dense: strided ones make every operator before it slow.
    """

    @staticmethod
    def forward(ctx: object, first: Tensor, second: Tensor) -> Tensor:
        b, c, h, w = first.shape
        pairs = first.new_empty(b, h, w, c, 2)
        pairs[..., 0] = first.permute(0, 2, 3, 1)
        pairs[..., 1] = second.permute(0, 2, 3, 1)
        return pairs.flatten(3).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: object, gradient: Tensor) -> tuple[Tensor, Tensor]:
        pairs = gradient.permute(0, 2, 3, 1).unflatten(3, (-1, 2))
        first, second = (pairs[..., k].contiguous().permute(0, 3, 1, 2) for k in (0, 1))
        return first, second


def _is_last(maps: Tensor) -> bool:
    """Whether the channels of one position lie side by side, maybe as a part of more."""
    return maps.stride(1) == 1 and maps.stride(3) >= maps.shape[1] > 1


class ShuffleA(nn.Module):
    """Half of the channels pass, half go through three convolutions; then they are shuffled.

    Section 3.2 and figure 5, left. The map keeps its size and channels.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.branch = _narrow_branch(channels // 2, channels // 2, stride=1)

    def forward(self, x: Tensor) -> Tensor:
        """(b, channels, h, w) to the same shape."""
        passed, worked = x.chunk(2, dim=1)
        return interleave(passed, self.branch(worked))


class ShuffleB(nn.Module):
    """Two branches of convolutions over all channels: changes their number, or halves the map.

    Section 3.2 and figure 5, right.
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 2) -> None:
        super().__init__()
        half = outputs // 2
        self.branch1 = nn.Sequential(
            nn.Conv2d(inputs, inputs, 3, stride, padding=1, groups=inputs),
            nn.BatchNorm2d(inputs),
            nn.Conv2d(inputs, half, 1),
            nn.BatchNorm2d(half),
            nn.ReLU(),
        )
        self.branch2 = _narrow_branch(inputs, half, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(b, inputs, h, w) to (b, outputs, ceil(h / stride), ceil(w / stride))."""
        return interleave(self.branch1(x), self.branch2(x))


def _narrow_branch(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 1),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
        nn.Conv2d(outputs, outputs, 3, stride, padding=1, groups=outputs),
        nn.BatchNorm2d(outputs),
        nn.Conv2d(outputs, outputs, 1),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


def shuffle_stage(inputs: int, outputs: int, repeats: int) -> nn.Sequential:
    """Shuffle-B that widens, Shuffle-A `repeats` times, Shuffle-B that halves the map."""
    return nn.Sequential(
        ShuffleB(inputs, outputs, stride=1),
        *(ShuffleA(outputs) for _ in range(repeats)),
        ShuffleB(outputs, outputs, stride=2),
    )


def start_near_linear(part: nn.Module, shift: float = 1.0) -> None:
    """Give a deep part first weights with which it learns at once.

    With PyTorch's own first weights the squared gradient grows by pi / (pi - 1) at each ReLU
    after a normalisation (Yang et al., A Mean Field Theory of Batch Normalization, ICLR 2019, who
    advise to start near the linear regime). Through the 30 blocks of 1x gradients grow by a
    factor of about 250, and at the end pictures of one person are hardly more alike than of two.
    So each normalisation before a ReLU starts with a shift of 1, where 84 % of the values pass as
    they are; convolutions of 1 x 1 start orthogonal, depthwise ones close to the identity.

    Args:
        part: changed in place; its random weights come from torch's generator.
        shift: of normalisations before a ReLU; 0: as PyTorch starts them.

    >>> block = ShuffleA(8)
    >>> start_near_linear(block)
    >>> [layer.bias[0].item() for layer in block.branch if isinstance(layer, nn.BatchNorm2d)]
    [1.0, 0.0, 1.0]
    """
    before: nn.Module | None = None
    for layer in part.modules():
        if isinstance(layer, nn.Conv2d) and layer.kernel_size == (1, 1):
            nn.init.orthogonal_(layer.weight)
        elif isinstance(layer, nn.Conv2d) and layer.groups == layer.in_channels > 1:
            with torch.no_grad():
                layer.weight.mul_(0.1)
                layer.weight[:, :, 1, 1] += 1
        elif isinstance(layer, nn.ReLU) and isinstance(before, nn.BatchNorm2d):
            nn.init.constant_(before.bias, shift)
        before = layer


class CompactReID(HACNN):
    """The proposed network at 1x, and every column of table 3 by its switches.

    The defaults have 2,927,642 parameters without classifiers and 0.683 billion
    multiply-accumulates a picture of 160 x 64 (the paper: 2.9 million and 0.72, which counts
    biases, normalisation and ReLU too). `compact_2x` gives the wide one.

    Table 1 is read so: the first Shuffle-B of a stage widens, the last has stride 2; the local
    branch's Shuffle-B has stride 2 and is shared by the four regions; convolutions have biases.

    Args:
        identities: outputs of each branch's classifier, which has no bias; 0: none.
        stem: channels of the first convolution.
        widths: channels of the three stages.
        repeats: how often each stage repeats its middle block.
        vectors: lengths of the global and of the local vector.
        shuffle: False puts the Inception blocks of HA-CNN in place of the shuffle blocks; they
            are several times as large, HA-CNN itself has repeats (1, 1, 1).
        gem: False pools by the mean.
        normalise: False leaves the vectors of the losses as they are.
        classifier_bias: whether the classifiers have a bias.
        logit_scale: see `HACNN`.
        input_size: (height, width) in pixels, multiples of 16.
        near_linear: first weights are those of `start_near_linear`, for short trainings;
            no matter once there are trained weights, and not among `arguments`.

    Raises:
        ValueError: an input size that is not a multiple of 16.

    >>> sum(p.numel() for p in CompactReID().parameters())
    2927642
    """

    def __init__(
        self,
        identities: int = 0,
        *,
        stem: int = 32,
        widths: tuple[int, int, int] = (128, 256, 384),
        repeats: tuple[int, int, int] = (7, 10, 7),
        vectors: tuple[int, int] = (512, 512),
        shuffle: bool = True,
        gem: bool = True,
        normalise: bool = True,
        classifier_bias: bool = False,
        logit_scale: float = 1.0,
        input_size: tuple[int, int] = (160, 64),
        near_linear: bool = False,
    ) -> None:
        super().__init__(
            identities,
            stem=stem,
            widths=widths,
            repeats=repeats,
            vectors=vectors,
            gem=gem,
            normalise=normalise,
            classifier_bias=classifier_bias,
            logit_scale=logit_scale,
            input_size=input_size,
            blocks=(shuffle_stage, ShuffleB) if shuffle else INCEPTION,
        )
        self._arguments = {
            "identities": identities,
            "stem": stem,
            "widths": list(widths),
            "repeats": list(repeats),
            "vectors": list(vectors),
            "shuffle": shuffle,
            "gem": gem,
            "normalise": normalise,
            "classifier_bias": classifier_bias,
            "input_size": list(input_size),
        }
        if near_linear:
            start_near_linear(self.stages)
            for part in (self.attentions, self.local_blocks):  # not deep
                start_near_linear(part, shift=0.0)


def compact_2x(identities: int = 0) -> CompactReID:
    """The deeper and wider network of table 1, as printed.

    It has 5,784,413 parameters without classifiers and 1.622 billion multiply-accumulates; the
    paper says 6.4 million and 1.68. The operations agree when biases, normalisation and ReLU
    are counted; the parameters do not: no reading of the printed table gives both 2.9 million
    at 1x and 6.4 million at 2x. A local vector of 1,280 instead of 960 would close the gap.
    """
    return CompactReID(
        identities,
        stem=36,
        widths=(240, 320, 480),
        repeats=(8, 11, 8),
        vectors=(960, 960),
    )

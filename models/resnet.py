"""The strong baseline: a ResNet, or any other backbone, with the BNNeck.

Luo, Gu, Liao, Lai and Jiang, Bag of Tricks and A Strong Baseline for Deep Person
Re-identification, CVPR workshops 2019.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from .backbones import feature_length, named_backbone
from .heads import AveragePool, BNNeck, GeM, Output, PlainNeck

Json = None | bool | int | float | str | list[int]


class StrongBaseline(nn.Module):
    """A backbone, global pooling, and a neck (sections 2, 3.4 and 3.5).

    The defaults are the published network: 25,050,176 parameters at 751 identities and 4.05
    billion multiply-accumulates a picture of 256 x 128.

    Args:
        identities: outputs of the classifier; 0: none.
        backbone: a name, see `backbones.named_backbone`; or a module that maps images
            (b, 3, h, w) to a feature map (b, c, h', w') or to vectors (b, c).
        last_stride: 1, the trick of section 3.4, or 2, the standard baseline's; for ResNets and
            MobileNets.
        bnneck: False is the standard baseline's neck.
        initial: the classifier's first weights, see `BNNeck`.
        gem: pool by the generalised mean instead of the mean (feature maps only).
        vector: length to which a linear layer brings the pooled features before the neck; 0: they
            stay as they are.
        weights: "imagenet" downloads those of the library the backbone is from; or the path of
            a state dict of the backbone; None: random.
        first_relu: False for the weights that the paper's authors published, see `ResNetMaps`.
        input_size: (height, width) in pixels.

    Raises:
        ValueError: no such backbone, or one whose output is neither map nor vector.

    >>> StrongBaseline(identities=10, backbone="resnet18").dim
    512
    """

    def __init__(
        self,
        identities: int = 0,
        *,
        backbone: str | nn.Module = "resnet50",
        last_stride: int = 1,
        bnneck: bool = True,
        initial: Literal["normal", "kaiming"] = "normal",
        gem: bool = False,
        vector: int = 0,
        weights: str | Path | None = None,
        first_relu: bool = True,
        input_size: tuple[int, int] = (256, 128),
    ) -> None:
        super().__init__()
        self.input_size = (input_size[0], input_size[1])
        self._arguments: dict[str, Json] | None = None
        if isinstance(backbone, str):
            self._arguments = {
                "identities": identities,
                "backbone": backbone,
                "last_stride": last_stride,
                "bnneck": bnneck,
                "initial": initial,
                "gem": gem,
                "vector": vector,
                "first_relu": first_relu,
                "input_size": list(input_size),
            }
            backbone = named_backbone(backbone, last_stride, weights, self.input_size, first_relu)
        self.backbone = backbone
        length = feature_length(backbone, self.input_size)
        self.dim = vector or length
        self.pool = GeM() if gem else AveragePool()
        self.vector = nn.Linear(length, vector) if vector else nn.Identity()
        self.neck: nn.Module = (
            BNNeck(self.dim, identities, initial) if bnneck else PlainNeck(self.dim, identities)
        )

    @property
    def arguments(self) -> dict[str, Json] | None:
        """What makes the same network again; None if the backbone was given as a module."""
        return self._arguments

    def forward(self, images: Tensor) -> Output:
        """(b, 3, h, w) normalised images to f_i (embedding), f_t (feature) and logits."""
        if images.device.type == "cpu":  # oneDNN works so, and need not reorder
            images = images.contiguous(memory_format=torch.channels_last)
        features = self.backbone(images)
        if features.dim() == 4:
            features = self.pool(features)
        output: Output = self.neck(self.vector(features))
        return output

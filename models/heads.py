"""From a feature map to what the losses and the retrieval see: pooling and necks."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn


class Output(NamedTuple):
    """What a network says about a batch of b pictures, in training and in use alike.

    Attributes:
        embedding: (b, dim) what retrieval compares; not of unit length in general.
        features: one (b, d) a branch: what triplet and centre losses see.
        logits: one (b, identities) a branch: what the classification loss sees; empty in a
            network without classifier (identities 0).
    """

    embedding: Tensor
    features: tuple[Tensor, ...]
    logits: tuple[Tensor, ...]


class GeM(nn.Module):
    """Generalised mean pooling with one trained exponent for all channels.

    Radenovic et al., Fine-tuning CNN Image Retrieval with No Human Annotation, section 3;
    Lawen et al. 2019, section 3.2, equation 6, which starts at exponent 3. Exponent 1 is the
    mean, a large one the maximum.

    Args:
        exponent: where training starts.
        floor: values below are raised to it, since powers need positive numbers.
    """

    def __init__(self, exponent: float = 3.0, floor: float = 1e-6) -> None:
        super().__init__()
        self.exponent = nn.Parameter(torch.tensor(exponent))
        self.floor = floor

    def forward(self, maps: Tensor) -> Tensor:
        """(b, c, h, w) to (b, c)."""
        powers = maps.clamp(min=self.floor).pow(self.exponent)
        return powers.mean(dim=(2, 3)).pow(1 / self.exponent)


class AveragePool(nn.Module):
    """The mean over all positions."""

    def forward(self, maps: Tensor) -> Tensor:
        """(b, c, h, w) to (b, c)."""
        return maps.mean(dim=(2, 3))


class BNNeck(nn.Module):
    """Batch normalisation between the features of the two losses.

    Luo et al. 2019, section 3.5: the triplet loss sees f_t, before; the classifier and retrieval
    see f_i, after. The normalisation's bias stays 0 and the classifier has none.

    Args:
        dim: length of a feature.
        identities: outputs of the classifier; 0: no classifier.
        initial: the classifier's first weights: "normal" with deviation 0.001, as the authors'
            code has it, or "kaiming", as the paper says.
    """

    def __init__(
        self, dim: int, identities: int, initial: Literal["normal", "kaiming"] = "normal"
    ) -> None:
        super().__init__()
        self.bn = nn.BatchNorm1d(dim)
        self.bn.bias.requires_grad_(False)
        self.classifier = nn.Linear(dim, identities, bias=False) if identities else None
        if self.classifier is not None and initial == "normal":
            nn.init.normal_(self.classifier.weight, std=0.001)
        elif self.classifier is not None:
            nn.init.kaiming_normal_(self.classifier.weight, mode="fan_out")

    def forward(self, f_t: Tensor) -> Output:
        """f_t (b, dim) to f_i as embedding, f_t as feature, logits of f_i."""
        f_i: Tensor = self.bn(f_t)
        logits = () if self.classifier is None else (self.classifier(f_i),)
        return Output(f_i, (f_t,), logits)


class PlainNeck(nn.Module):
    """The standard baseline's neck: one feature for both losses, a classifier with bias.

    Luo et al. 2019, section 2 and figure 5a.

    Args:
        dim: length of a feature.
        identities: outputs of the classifier; 0: no classifier.
    """

    def __init__(self, dim: int, identities: int) -> None:
        super().__init__()
        self.classifier = nn.Linear(dim, identities) if identities else None

    def forward(self, f: Tensor) -> Output:
        """The feature (b, dim) as embedding and feature, logits of it."""
        logits = () if self.classifier is None else (self.classifier(f),)
        return Output(f, (f,), logits)

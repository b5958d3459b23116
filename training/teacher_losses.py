"""What a network minimises that learns from another: to have the teacher's vectors, or cosines."""

from __future__ import annotations

import torch
from torch import Tensor

from .losses import unit_rows


def imitation_loss(vectors: Tensor, taught: Tensor) -> Tensor:
    """How far a network's vectors point from those that a teacher has for the same pictures.

    The mean cosine distance: regression of a teacher's unit vectors, as in the distillation of
    metrics (Yu et al., Learning Metrics from Teachers, CVPR 2019, "absolute" teacher).

    Args:
        vectors: (b, d), of any length.
        taught: (b, d) of length 1.

    Raises:
        ValueError: shapes that differ.

    >>> imitation_loss(torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 1.0]]))
    tensor(1.)
    """
    _check_same(vectors, taught)
    return (1 - (unit_rows(vectors) * taught).sum(dim=1)).mean()


def likeness_loss(vectors: Tensor, taught: Tensor) -> Tensor:
    """How far the cosines among a network's vectors are from those among a teacher's.

    The mean squared difference over all pairs of two pictures; the two may have vectors of
    different lengths (Yu et al. 2019, "relative" teacher; Park et al., Relational Knowledge
    Distillation, CVPR 2019).

    Args:
        vectors: (b, d), b at least 2.
        taught: (b, e) of length 1.

    Raises:
        ValueError: another number of rows, or fewer than two.

    >>> likeness_loss(torch.eye(2), torch.ones(2, 1))
    tensor(1.)
    """
    if len(vectors) != len(taught) or len(vectors) < 2:
        raise ValueError(f"{len(vectors)} and {len(taught)} vectors: expected as many, at least 2")
    unit = unit_rows(vectors)
    difference = unit @ unit.T - taught @ taught.T
    others = ~torch.eye(len(unit), dtype=torch.bool, device=unit.device)
    return difference[others].square().mean()


def _check_same(vectors: Tensor, taught: Tensor) -> None:
    if vectors.shape != taught.shape:
        raise ValueError(
            f"the network's vectors are {tuple(vectors.shape)}, the teacher's"
            f" {tuple(taught.shape)}: expected the same length, or the likeness form"
        )

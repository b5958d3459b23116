"""The centre loss, and the centres that it trains, one an identity."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from .losses import check_batch


def center_loss(
    features: Tensor,
    labels: Tensor,
    centers: Tensor,
    form: Literal["mean", "sum"] = "mean",
) -> Tensor:
    """Squared distances of features to the centres of their identities.

    Wen et al. 2016; Luo et al. 2019, section 3.6, equation 5.

    Args:
        features: (b, d) of any float type.
        labels: (b,) int64, 0 to N - 1.
        centers: (N, d).
        form: "mean" over the batch, as the authors' code has it; "sum": half the sum over the
            batch, as equation 5 says, which is b / 2 times as large.

    Returns:
        () float32.

    Raises:
        ValueError: shapes that do not fit, or an unknown form.
    """
    check_batch(features, labels)
    if form not in ("mean", "sum"):
        raise ValueError(f"form is {form!r}: expected 'mean' or 'sum'")
    if features.shape[1:] != centers.shape[1:]:
        raise ValueError(
            f"features {tuple(features.shape)} and centers {tuple(centers.shape)}: expected rows"
            " of one length"
        )
    squares = (features.float() - centers[labels].float()).square().sum(dim=1)
    return squares.mean() if form == "mean" else squares.sum() / 2


class Centers(nn.Module):
    """The centres of the centre loss, one trained vector an identity.

    They have an optimiser of their own, and do not feel the weight that the centre loss has in the
    total (0.0005), as in the authors' code. One step of training::

        total = other_losses + weight * centers(features, labels)
        total.backward()
        centers.undo_weight(weight)
        centers_optimiser.step()  # of centers.optimiser()

    In the form "mean" at rate 0.5 a step moves a centre by the sum of (feature - centre) over its
    pictures, divided by the batch. Momentum and decay are 0, so centres of identities that are not
    in the batch stay.

    Args:
        identities: number N of centres.
        dim: length of a feature.
        form: see `center_loss`.
        generator: draws the first centres, from a standard normal distribution; None: PyTorch's.

    Raises:
        ValueError: fewer than one identity or dimension.
    """

    def __init__(
        self,
        identities: int,
        dim: int,
        form: Literal["mean", "sum"] = "mean",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if identities < 1 or dim < 1:
            raise ValueError(f"identities {identities} and dim {dim} must be at least 1")
        self.form: Literal["mean", "sum"] = form
        self.centers = nn.Parameter(torch.randn(identities, dim, generator=generator))

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """`center_loss` of features (b, dim) with labels (b,)."""
        return center_loss(features, labels, self.centers, self.form)

    def optimiser(self, rate: float = 0.5) -> torch.optim.SGD:
        """Stochastic gradient descent of the centres alone."""
        return torch.optim.SGD(self.parameters(), lr=rate)

    def undo_weight(self, weight: float) -> None:
        """Divide the centres' gradient by the weight that their loss had in the total.

        Raises:
            ValueError: a weight that is not above 0.
        """
        if not weight > 0:
            raise ValueError(f"the centre loss has weight {weight}: expected one above 0")
        if self.centers.grad is not None:
            self.centers.grad.div_(weight)

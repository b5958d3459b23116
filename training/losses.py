"""What training minimises: pure functions of a batch, and the centres of the centre loss.

All of it is computed in float32 (outside of autocast), whatever precision the network runs in. The
triplet losses accept any batch: identities with different numbers of pictures, identical pictures,
and pictures without partner. An anchor counts where the batch has another picture of its identity
and a picture of another identity; the loss is the mean over the anchors that count. Where none
does, it is 0 and so is its gradient.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

Others = tuple[Tensor, Tensor]


def cross_entropy(logits: Tensor, labels: Tensor, smoothing: float = 0.0) -> Tensor:
    """Mean classification loss, with smoothed labels: the right one has 1 - e + e/N, others e/N.

    Szegedy et al. 2016, section 7; Luo et al. 2019, section 3.3, equation 3, with e = 0.1.

    Args:
        logits: (b, N).
        labels: (b,) int64, 0 to N - 1.
        smoothing: e, 0 to 1; 0: none.

    Returns:
        () float32.

    Raises:
        ValueError: shapes that do not fit.
    """
    _check(logits, labels)
    return functional.cross_entropy(logits.float(), labels, label_smoothing=smoothing)


def distances(a: Tensor, b: Tensor) -> Tensor:
    """Euclidean distances in float32.

    Differences are summed rather than products, so that equal rows have distance 0 exactly; its
    gradient is 0 too.

    Args:
        a: (n, d) of any float type.
        b: (m, d) of any float type.

    Returns:
        (n, m) float32.

    >>> distances(torch.tensor([[0.0, 0.0], [3.0, 4.0]]), torch.tensor([[3.0, 4.0]])).tolist()
    [[5.0], [0.0]]
    """
    return torch.cdist(a.float(), b.float(), compute_mode="donot_use_mm_for_euclid_dist")


def triplet_all(
    features: Tensor,
    labels: Tensor,
    margin: float | None = 0.3,
    normalise: bool = False,
    others: Others | None = None,
) -> Tensor:
    """Triplet loss of every triplet for itself: the mean over each anchor's.

    Equation 1 of Lawen et al. 2019; Hermans et al. 2017, section 2, "batch all". Where identities
    have equally many pictures, it is the mean over all triplets of the batch.

    Args, returns, raises: see `triplet_hard`.
    """
    d, positive, negative = _pairs(features, labels, normalise, others)
    gaps = d[:, :, None] - d[:, None, :]  # (anchor, positive, negative)
    triplet = positive[:, :, None] & negative[:, None, :]
    losses = torch.where(triplet, _violation(gaps, margin), 0.0)
    counts = triplet.sum(dim=(1, 2))
    return (losses.sum(dim=(1, 2)) / counts.clamp(min=1)).sum() / (counts > 0).sum().clamp(min=1)


def triplet_hard(
    features: Tensor,
    labels: Tensor,
    margin: float | None = 0.3,
    normalise: bool = False,
    others: Others | None = None,
) -> Tensor:
    """Triplet loss with each anchor's farthest positive and nearest negative.

    Hermans et al. 2017, section 2; Luo et al. 2019, section 2, with margin 0.3 on raw features;
    equation 2 of Lawen et al. 2019.

    Args:
        features: (b, d) of the anchors, any float type.
        labels: (b,) int64 identities of the anchors.
        margin: of [margin + positive - negative]_+; None: Softplus(positive - negative).
        normalise: features are brought to length 1 first.
        others: features (m, d) and labels (m,) of the other processes' pictures, which serve as
            positives and negatives too. Gathered with gradients, the mean of all processes' losses
            has the gradient of one large batch, if all have as many anchors.

    Returns:
        () float32; anchors that count are described at the head of this module.

    Raises:
        ValueError: shapes that do not fit.

    Anchors at 0 and 1 have 0.3 + 1 - 1.1 and 0.3 + 1 - 0.1; the one at 1.1 has no positive:

    >>> loss = triplet_hard(torch.tensor([[0.0], [1.0], [1.1]]), torch.tensor([0, 0, 1]))
    >>> round(loss.item(), 6)
    0.7
    """
    d, positive, negative = _pairs(features, labels, normalise, others)
    farthest = d.masked_fill(~positive, -torch.inf).amax(dim=1)
    nearest = d.masked_fill(~negative, torch.inf).amin(dim=1)
    return _mean_violation(farthest, nearest, positive, negative, margin)


def triplet_weighted(
    features: Tensor,
    labels: Tensor,
    margin: float | None = None,
    normalise: bool = True,
    others: Others | None = None,
    detached: bool = False,
) -> Tensor:
    """Triplet loss of weighted means of an anchor's distances: the harder a pair, the heavier.

    Lawen et al. 2019, section 3.1: equation 4 (Softplus; no margin), equation 3 with a margin
    (Ristani and Tomasi 2018, section 3.2). The weights are softmax(d) over the anchor's positives
    and softmax(-d) over its negatives; the anchor is not among its own positives.

    Args:
        features: (b, d) of the anchors, any float type.
        labels: (b,) int64 identities of the anchors.
        margin: of [margin + positive - negative]_+; None: Softplus(positive - negative).
        normalise: features are brought to length 1 first, as in the paper.
        others: see `triplet_hard`.
        detached: no gradient flows through the weights. The paper does not speak of it; its
            equations read literally have that gradient.

    Returns:
        () float32; anchors that count are described at the head of this module.

    Raises:
        ValueError: shapes that do not fit.
    """
    d, positive, negative = _pairs(features, labels, normalise, others)
    hard = d.detach() if detached else d
    lowest = torch.finfo(d.dtype).min
    w_p = torch.softmax(hard.masked_fill(~positive, lowest), dim=1)
    w_n = torch.softmax((-hard).masked_fill(~negative, lowest), dim=1)
    return _mean_violation((w_p * d).sum(1), (w_n * d).sum(1), positive, negative, margin)


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
    _check(features, labels)
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
    return (1 - (_unit(vectors) * taught).sum(dim=1)).mean()


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
    unit = _unit(vectors)
    difference = unit @ unit.T - taught @ taught.T
    others = ~torch.eye(len(unit), dtype=torch.bool, device=unit.device)
    return difference[others].square().mean()


def _check_same(vectors: Tensor, taught: Tensor) -> None:
    if vectors.shape != taught.shape:
        raise ValueError(
            f"the network's vectors are {tuple(vectors.shape)}, the teacher's"
            f" {tuple(taught.shape)}: expected the same length, or the likeness form"
        )


def _check(rows: Tensor, labels: Tensor) -> None:
    if rows.ndim != 2 or labels.shape != rows.shape[:1] or len(rows) == 0:
        raise ValueError(
            f"rows {tuple(rows.shape)} with labels {tuple(labels.shape)}: expected (b, d) with"
            " (b,), b at least 1"
        )


def _pairs(
    features: Tensor, labels: Tensor, normalise: bool, others: Others | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Distances (b, b + m) of anchors to all; which are positives, which negatives."""
    _check(features, labels)
    every, names = features, labels
    if others is not None and len(others[0]):
        _check(*others)
        every, names = torch.cat([features, others[0]]), torch.cat([labels, others[1]])
    if normalise:
        features, every = _unit(features), _unit(every)
    same = labels[:, None] == names
    itself = torch.eye(*same.shape, dtype=torch.bool, device=same.device)
    return distances(features, every), same & ~itself, ~same


def _unit(features: Tensor) -> Tensor:
    """Rows (n, d) float32 of length 1; rows of zeros stay, with a finite gradient."""
    features = features.float()
    length = torch.linalg.vector_norm(features, dim=1, keepdim=True)
    return features / torch.where(length > 0, length, 1.0)


def _mean_violation(
    near: Tensor, far: Tensor, positive: Tensor, negative: Tensor, margin: float | None
) -> Tensor:
    """Mean loss of distances that should be small (b,) and large (b,), over valid anchors."""
    valid = positive.any(dim=1) & negative.any(dim=1)
    gap = torch.where(valid, near - far, 0.0)
    losses = torch.where(valid, _violation(gap, margin), 0.0)
    return losses.sum() / valid.sum().clamp(min=1)


def _violation(gap: Tensor, margin: float | None) -> Tensor:
    return functional.softplus(gap) if margin is None else (margin + gap).relu()

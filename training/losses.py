"""What training minimises: pure functions of a batch of features or logits with labels.

All of it is computed in float32 (outside of autocast), whatever precision the network runs in. The
triplet losses accept any batch: identities with different numbers of pictures, identical pictures,
and pictures without partner. An anchor counts where the batch has another picture of its identity
and a picture of another identity; the loss is the mean over the anchors that count. Where none
does, it is 0 and so is its gradient.
"""

from __future__ import annotations

import torch
from torch import Tensor
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
    check_batch(logits, labels)
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


def check_batch(rows: Tensor, labels: Tensor) -> None:
    """Refuse a batch that is none.

    Args:
        rows: (b, d) features or logits, b at least 1.
        labels: (b,) of the rows.

    Raises:
        ValueError: shapes that do not fit.
    """
    if rows.ndim != 2 or labels.shape != rows.shape[:1] or len(rows) == 0:
        raise ValueError(
            f"rows {tuple(rows.shape)} with labels {tuple(labels.shape)}: expected (b, d) with"
            " (b,), b at least 1"
        )


def unit_rows(features: Tensor) -> Tensor:
    """Rows (n, d) float32 of length 1; rows of zeros stay, with a finite gradient.

    >>> unit_rows(torch.tensor([[3.0, 4.0], [0.0, 0.0]]))
    tensor([[0.6000, 0.8000],
            [0.0000, 0.0000]])
    """
    features = features.float()
    length = torch.linalg.vector_norm(features, dim=1, keepdim=True)
    return features / torch.where(length > 0, length, 1.0)


def _pairs(
    features: Tensor, labels: Tensor, normalise: bool, others: Others | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Distances (b, b + m) of anchors to all; which are positives, which negatives."""
    check_batch(features, labels)
    every, names = features, labels
    if others is not None and len(others[0]):
        check_batch(*others)
        every, names = torch.cat([features, others[0]]), torch.cat([labels, others[1]])
    if normalise:
        features, every = unit_rows(features), unit_rows(every)
    same = labels[:, None] == names
    itself = torch.eye(*same.shape, dtype=torch.bool, device=same.device)
    return distances(features, every), same & ~itself, ~same


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

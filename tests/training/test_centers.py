"""The centre loss, by hand, slowly and against reference values; steps of the centres."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from reid_mot.training.centers import Centers, center_loss


def seeded(*shape: int, seed: int = 1234) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_reference_value() -> None:
    features, centers = seeded(64, 2048), seeded(751, 2048, seed=7)
    labels = torch.arange(16).repeat_interleave(4)
    assert center_loss(features, labels, centers).item() == pytest.approx(4095.257812, rel=1e-6)


def test_centre_loss_by_hand() -> None:
    features, labels = torch.tensor([[1.0, 2.0], [0.0, 0.0], [5.0, 5.0]]), torch.tensor([1, 0, 1])
    centers = torch.tensor([[3.0, 4.0], [1.0, 1.0], [9.0, 9.0]])
    assert center_loss(features, labels, centers).item() == pytest.approx((1 + 25 + 32) / 3)
    assert center_loss(features, labels, centers, "sum").item() == pytest.approx((1 + 25 + 32) / 2)


@settings(deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=8), st.integers(0, 1000))
def test_centre_loss_equals_the_slow_one(names: list[int], seed: int) -> None:
    f, centers = seeded(len(names), 3, seed=seed), seeded(5, 3, seed=seed + 1)
    squares = [((x - centers[name]) ** 2).sum().item() for x, name in zip(f, names, strict=True)]
    labels = torch.tensor(names)
    mean, half_sum = center_loss(f, labels, centers), center_loss(f, labels, centers, "sum")
    assert mean.item() == pytest.approx(sum(squares) / len(names), rel=1e-5)
    assert half_sum.item() == pytest.approx(sum(squares) / 2, rel=1e-5)


def test_a_step_of_the_centres_does_not_feel_their_weight() -> None:
    features, labels = seeded(4, 3), torch.tensor([0, 0, 2, 0])
    for weight in (5e-4, 1.0):
        centers = Centers(3, 3, generator=torch.Generator().manual_seed(7))
        before = centers.centers.detach().clone()
        optimiser = centers.optimiser()
        (weight * centers(features, labels)).backward()
        centers.undo_weight(weight)
        optimiser.step()
        pulls = torch.zeros(3, 3).index_add_(0, labels, features - before[labels])
        torch.testing.assert_close(centers.centers.detach(), before + pulls / 4)


def test_features_feel_the_weight_of_the_centre_loss() -> None:
    centers = Centers(3, 3)
    gradients = []
    for weight in (1.0, 0.5):
        features = seeded(4, 3).requires_grad_()
        (weight * centers(features, torch.tensor([0, 0, 2, 0]))).backward()
        centers.undo_weight(weight)
        assert features.grad is not None
        gradients.append(features.grad)
    torch.testing.assert_close(gradients[0], 2 * gradients[1])


def test_the_first_centres_are_drawn_from_the_generator() -> None:
    centers = Centers(751, 2048, generator=torch.Generator().manual_seed(7))
    torch.testing.assert_close(centers.centers.detach(), seeded(751, 2048, seed=7))


def test_before_a_gradient_there_is_no_weight_to_undo() -> None:
    centers = Centers(2, 2)
    centers.undo_weight(0.5)
    assert centers.centers.grad is None


@pytest.mark.parametrize("weight", [0.0, -1.0, math.nan])
def test_a_weight_that_cannot_be_undone(weight: float) -> None:
    with pytest.raises(ValueError, match="expected one above 0"):
        Centers(2, 2).undo_weight(weight)


def test_shapes_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"expected \(b, d\) with \(b,\)"):
        center_loss(torch.zeros(3, 2), torch.zeros(2), torch.zeros(4, 2))


def test_centres_of_another_length_and_form() -> None:
    f, labels = torch.zeros(3, 2), torch.zeros(3, dtype=torch.int64)
    with pytest.raises(ValueError, match=r"centers \(4, 5\): expected rows of one length"):
        center_loss(f, labels, torch.zeros(4, 5))
    with pytest.raises(ValueError, match="form is 'max'"):
        center_loss(f, labels, torch.zeros(4, 2), "max")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="identities 0"):
        Centers(0, 2)

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from reid_mot.training.losses import (
    check_batch,
    cross_entropy,
    distances,
    triplet_all,
    triplet_hard,
    triplet_weighted,
    unit_rows,
)

Loss = Callable[..., Tensor]
EACH = pytest.mark.parametrize("loss", [triplet_all, triplet_hard, triplet_weighted])
MARGINS = pytest.mark.parametrize("margin", [0.3, None])


def seeded(*shape: int, seed: int = 1234) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def groups(identities: int, images: int) -> Tensor:
    return torch.arange(identities).repeat_interleave(images)


def slow_triplet(
    loss: Loss, features: list[list[float]], labels: Sequence[int], margin: float | None
) -> float:
    """One anchor and one pair after the other, in Python's floats."""
    losses = []
    for i, name in enumerate(labels):
        d = [math.dist(features[i], other) for other in features]
        near = [d[j] for j, other in enumerate(labels) if other == name and j != i]
        far = [d[j] for j, other in enumerate(labels) if other != name]
        if not near or not far:
            continue
        gaps = [p - n for p in near for n in far]
        if loss is triplet_hard:
            gaps = [max(near) - min(far)]
        elif loss is triplet_weighted:
            w_p, w_n = [math.exp(x) for x in near], [math.exp(-x) for x in far]
            positive = sum(w * x for w, x in zip(w_p, near, strict=True)) / sum(w_p)
            gaps = [positive - sum(w * x for w, x in zip(w_n, far, strict=True)) / sum(w_n)]
        each = [math.log1p(math.exp(g)) if margin is None else max(0.0, margin + g) for g in gaps]
        losses.append(sum(each) / len(each))
    return sum(losses) / len(losses) if losses else 0.0


@st.composite
def batches(draw: st.DrawFn) -> tuple[list[list[float]], list[int]]:
    """Unequal identity counts, identities with one picture, batches of one, duplicates."""
    count, dim = draw(st.integers(1, 9)), draw(st.integers(1, 4))
    value = st.sampled_from([-2.0, -0.5, 0.0, 0.25, 1.0, 3.0])
    rows = st.lists(st.lists(value, min_size=dim, max_size=dim), min_size=count, max_size=count)
    names = st.lists(st.integers(0, 3), min_size=count, max_size=count)
    return draw(rows), draw(names)


@MARGINS
@EACH
@settings(deadline=None)
@given(batch=batches())
def test_triplet_losses_equal_the_slow_ones(
    loss: Loss, margin: float | None, batch: tuple[list[list[float]], list[int]]
) -> None:
    rows, names = batch
    features = torch.tensor(rows, requires_grad=True)
    value = loss(features, torch.tensor(names), margin, normalise=False)
    value.backward()
    expected = slow_triplet(loss, rows, names, margin)
    assert value.item() == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert features.grad is not None
    assert torch.isfinite(features.grad).all()


@EACH
@settings(deadline=None)
@given(batch=batches(), seed=st.integers(0, 100))
def test_the_order_of_a_batch_does_not_matter(
    loss: Loss, batch: tuple[list[list[float]], list[int]], seed: int
) -> None:
    order = torch.randperm(len(batch[1]), generator=torch.Generator().manual_seed(seed))
    gradients = []
    for rows in (torch.arange(len(order)), order):
        features = torch.tensor(batch[0], requires_grad=True)
        loss(features[rows], torch.tensor(batch[1])[rows]).backward()
        assert features.grad is not None
        gradients.append(features.grad)
    torch.testing.assert_close(*gradients)


def test_reference_values_of_the_hard_triplet_loss() -> None:
    f, labels = seeded(64, 2048), groups(16, 4)
    assert triplet_hard(f, labels).item() == pytest.approx(2.942946196, rel=3e-6)
    assert triplet_hard(f, labels, normalise=True).item() == pytest.approx(0.346862733, rel=3e-6)
    assert triplet_hard(f, labels, None).item() == pytest.approx(2.727465868, rel=3e-6)


def test_reference_values_of_the_weighted_triplet_loss() -> None:
    f, labels = seeded(32, 512), groups(8, 4)
    assert triplet_weighted(f, labels, normalise=False).item() == pytest.approx(1.8928015, rel=3e-6)
    assert triplet_weighted(f, labels).item() == pytest.approx(0.6974664, rel=3e-6)


def test_reference_value_of_cross_entropy() -> None:
    generator = torch.Generator().manual_seed(1234)
    _, logits = (torch.randn(64, n, generator=generator) for n in (2048, 751))
    labels = groups(16, 4)
    assert cross_entropy(logits, labels, 0.1).item() == pytest.approx(7.158744812, rel=1e-6)


def test_triplets_by_hand() -> None:
    features, labels = torch.tensor([[0.0], [1.0], [3.0], [1.5]]), torch.tensor([5, 5, 5, 2])
    # anchors at 0, 1, 3: farthest positives 3, 2, 3; the negative at 1.5, 0.5, 1.5
    expected = (0.3 + 3 - 1.5 + 0.3 + 2 - 0.5 + 0.3 + 3 - 1.5) / 3
    assert triplet_hard(features, labels).item() == pytest.approx(expected)
    e = math.exp
    first = (1 * e(1) + 3 * e(3)) / (e(1) + e(3)) - 1.5
    second = (1 * e(1) + 2 * e(2)) / (e(1) + e(2)) - 0.5
    third = (3 * e(3) + 2 * e(2)) / (e(3) + e(2)) - 1.5
    expected = sum(math.log(1 + e(gap)) for gap in (first, second, third)) / 3
    found = triplet_weighted(features, labels, normalise=False)
    assert found.item() == pytest.approx(expected)
    # each positive by itself: the gaps are -0.5 1.5, 0.5 1.5, 1.5 0.5
    expected = (0 + 1.8 + 0.8 + 1.8 + 1.8 + 0.8) / 6
    assert triplet_all(features, labels).item() == pytest.approx(expected)


@EACH
@pytest.mark.parametrize("labels", [[4], [3, 3, 3], [0, 1, 2]])
def test_without_a_pair_of_each_kind_loss_and_gradient_are_0(loss: Loss, labels: list[int]) -> None:
    features = seeded(len(labels), 5).requires_grad_()
    value = loss(features, torch.tensor(labels))
    value.backward()
    assert value.item() == 0
    torch.testing.assert_close(features.grad, torch.zeros_like(features))


@EACH
def test_who_has_no_positive_is_a_negative_for_the_others(loss: Loss) -> None:
    features = seeded(4, 5)
    for far, other in ((True, 1000.0), (False, 0.0)):
        features[3] = features[0] + other
        value = loss(features, torch.tensor([0, 0, 0, 1]), normalise=False)
        assert (value.item() < 1e-6) == far


@MARGINS
@EACH
@pytest.mark.parametrize("normalise", [False, True])
def test_gradients_are_those_of_small_differences(
    loss: Loss, margin: float | None, normalise: bool
) -> None:
    features, labels = seeded(7, 3), torch.tensor([0, 0, 0, 1, 1, 2, 0])
    features.requires_grad_()
    loss(features, labels, margin, normalise).backward()
    step, found = 1e-3, features.grad
    assert found is not None
    for place in np.ndindex(7, 3):
        change = torch.zeros(7, 3)
        change[place] = step
        up, down = (
            loss(features.detach() + s * change, labels, margin, normalise) for s in (1, -1)
        )
        slope = (up - down).item() / (2 * step)
        assert found[place].item() == pytest.approx(slope, abs=2e-3)


@EACH
@pytest.mark.parametrize("normalise", [False, True])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_identical_features_have_a_finite_gradient(
    loss: Loss, normalise: bool, value: float
) -> None:
    features = torch.full((8, 16), value, requires_grad=True)
    loss(features, groups(4, 2), None, normalise).backward()
    assert features.grad is not None
    assert torch.isfinite(features.grad).all()


@EACH
def test_a_feature_that_is_not_finite_is_seen_in_the_loss(loss: Loss) -> None:
    features = seeded(8, 4)
    features[2, 1] = math.nan
    assert math.isnan(loss(features, groups(4, 2)).item())


@EACH
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_features_are_compared_in_float32(loss: Loss, dtype: torch.dtype) -> None:
    features, labels = (300 * seeded(16, 512)).to(dtype), groups(4, 4)
    with torch.autocast("cpu", torch.bfloat16):
        value = loss(features, labels, None, normalise=False)
    assert value.dtype == torch.float32
    assert value.item() == loss(features.float(), labels, None, normalise=False).item()


@EACH
def test_two_processes_have_the_loss_and_gradient_of_one(loss: Loss) -> None:
    labels = torch.tensor([0, 0, 1, 1, 0, 2, 2, 1])
    one = seeded(8, 6).requires_grad_()
    whole = loss(one, labels)
    whole.backward()
    two = seeded(8, 6).requires_grad_()
    halves = [slice(0, 4), slice(4, 8)]
    parts = [
        loss(two[mine], labels[mine], others=(two[theirs], labels[theirs]))
        for mine, theirs in (halves, halves[::-1])
    ]
    mean = sum(parts, torch.zeros(())) / 2
    mean.backward()
    assert mean.item() == pytest.approx(whole.item(), rel=1e-6)
    torch.testing.assert_close(two.grad, one.grad)


@EACH
def test_no_others_is_like_none(loss: Loss) -> None:
    f, labels = seeded(6, 4), groups(3, 2)
    nobody = (torch.empty(0, 4), torch.empty(0, dtype=torch.int64))
    assert loss(f, labels, others=nobody).item() == loss(f, labels).item()


def test_detached_weights_change_the_gradient_alone() -> None:
    gradients, values = [], []
    for detached in (False, True):
        features = seeded(32, 512).requires_grad_()
        value = triplet_weighted(features, groups(8, 4), detached=detached)
        value.backward()
        assert features.grad is not None
        values.append(value.item())
        gradients.append(features.grad)
    assert values[0] == values[1]
    ratio = (gradients[0].norm() / gradients[1].norm()).item()
    assert ratio != 1
    assert ratio == pytest.approx(1, abs=0.01)


def test_distances_are_those_of_numpy() -> None:
    a, b = seeded(5, 7), seeded(4, 7, seed=2)
    expected = np.linalg.norm(a.numpy()[:, None] - b.numpy(), axis=2)
    np.testing.assert_allclose(distances(a, b), expected, rtol=1e-6)


def test_distances_keep_small_differences_between_long_vectors() -> None:
    a = torch.full((1, 2048), 1000.0)
    b = a.clone()
    b[0, 0] += 0.125
    assert distances(torch.cat([a, b]), a).tolist() == [[0.0], [0.125]]


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=6),
    st.floats(0, 1),
    st.integers(0, 1000),
)
def test_cross_entropy_equals_the_slow_one(names: list[int], smoothing: float, seed: int) -> None:
    logits = seeded(len(names), 5, seed=seed)
    total = 0.0
    for row, name in zip(logits.tolist(), names, strict=True):
        log_sum = math.log(sum(math.exp(x) for x in row))
        for j, x in enumerate(row):
            total -= ((1 - smoothing) * (j == name) + smoothing / 5) * (x - log_sum)
    found = cross_entropy(logits, torch.tensor(names), smoothing)
    assert found.item() == pytest.approx(total / len(names), rel=1e-5)


def test_half_precision_logits_are_summed_in_float32() -> None:
    logits, labels = (10 * seeded(8, 751)).half(), torch.arange(8)
    with torch.autocast("cpu", torch.bfloat16):
        found = cross_entropy(logits, labels, 0.1)
    expected = functional.cross_entropy(logits.double(), labels, label_smoothing=0.1)
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(expected.item(), rel=1e-6)


@settings(deadline=None)
@given(st.lists(st.floats(-100, 100, width=32), min_size=3, max_size=3))
def test_unit_rows_have_length_1_or_are_zero(values: list[float]) -> None:
    length = math.sqrt(sum(x * x for x in values))
    expected = [x / length for x in values] if length > 1e-3 else None
    (found,) = unit_rows(torch.tensor([values])).tolist()
    if expected is not None:
        assert found == pytest.approx(expected, abs=1e-6)
    elif length == 0:
        assert found == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "call",
    [
        lambda: triplet_hard(torch.zeros(3, 2), torch.zeros(2)),
        lambda: triplet_weighted(torch.zeros(3), torch.zeros(3)),
        lambda: triplet_hard(torch.zeros(0, 2), torch.zeros(0)),
        lambda: triplet_hard(torch.zeros(3, 2), torch.zeros(3), others=(torch.ones(2, 2),) * 2),
        lambda: cross_entropy(torch.zeros(3, 2), torch.zeros(2)),
        lambda: check_batch(torch.zeros(3, 2), torch.zeros(2)),
    ],
)
def test_shapes_that_do_not_fit(call: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match=r"expected \(b, d\) with \(b,\)"):
        call()

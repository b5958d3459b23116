from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, update_bn

from reid_mot.models import Embedder, Preprocessing, TorchEmbedder
from reid_mot.training.swag import (
    Moments,
    SampledEmbedder,
    sample_networks,
    update_normalisation,
)

PLAIN = Preprocessing((4, 2), scale=1.0, mean=(0, 0, 0), std=(1, 1, 1))


def network(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, 4, 1),
        nn.BatchNorm2d(4),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(4, 3),
    )


def images(*sizes: int, seed: int = 0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(size, 3, 4, 2, generator=generator) for size in sizes]


def vector(values: list[float]) -> nn.Module:
    module = nn.Module()
    module.weight = nn.Parameter(torch.tensor(values))
    return module


def collected(rows: np.ndarray) -> Moments:
    moments = Moments()
    for row in rows:
        moments.add(vector(row.tolist()))
    return moments


@settings(deadline=None)
@given(st.lists(st.lists(st.floats(-10, 10, width=32), min_size=3, max_size=3), min_size=1))
def test_moments_are_those_of_numpy(rows: list[list[float]]) -> None:
    moments = collected(np.array(rows))
    assert moments.count == len(rows)
    np.testing.assert_allclose(moments.mean()["weight"], np.mean(rows, axis=0), atol=1e-12)
    np.testing.assert_allclose(moments.variance()["weight"], np.var(rows, axis=0), atol=1e-11)


def test_a_tiny_variance_far_from_0_keeps_its_digits() -> None:
    step = 2.0**-23
    moments = collected(np.array([[1.0], [1 + step], [1 + 2 * step]]))
    assert moments.variance()["weight"].item() == pytest.approx(step**2 * 2 / 3, rel=1e-9)


def test_the_mean_is_pytorchs_stochastic_weight_average() -> None:
    member = network()
    theirs, moments = AveragedModel(member), Moments()
    for seed in range(5):
        member.load_state_dict(network(seed).state_dict())
        theirs.update_parameters(member)
        moments.add(member)
    moments.load_mean(member)
    for ours, other in zip(member.parameters(), theirs.module.parameters(), strict=True):
        torch.testing.assert_close(ours, other)


def test_only_parameters_are_averaged() -> None:
    moments, member = Moments(), network()
    moments.add(member)
    assert set(moments.mean()) == {name for name, _ in member.named_parameters()}


def test_what_was_added_does_not_follow_the_network() -> None:
    moments, member = Moments(), vector([1.0, 2.0])
    moments.add(member)
    nn.init.zeros_(member.get_parameter("weight"))
    moments.mean()["weight"].zero_()
    assert moments.mean()["weight"].tolist() == [1, 2]


@pytest.mark.parametrize("scale", [1.0, 0.25])
def test_samples_have_the_mean_and_deviation(scale: float) -> None:
    rows = np.random.default_rng(0).normal(5, (0.1, 1, 30), (15, 3))
    moments, member = collected(rows), vector([0.0, 0.0, 0.0])
    generator = torch.Generator().manual_seed(0)
    draws = []
    for _ in range(4000):
        moments.sample(member, generator, scale)
        draws.append(member.get_parameter("weight").detach().clone())
    drawn = torch.stack(draws).double().numpy()
    deviation = np.sqrt(scale) * rows.std(axis=0)
    np.testing.assert_allclose(drawn.std(axis=0) / deviation, 1, atol=0.04)  # 3.5 sigma
    np.testing.assert_allclose((drawn.mean(axis=0) - rows.mean(axis=0)) / deviation, 0, atol=0.06)


def test_samples_of_different_weights_are_independent() -> None:
    rows = np.array([[0.0, 0.0], [1.0, 1.0]])  # move together, but the covariance is diagonal
    moments, member = collected(rows), vector([0.0, 0.0])
    generator = torch.Generator().manual_seed(0)
    draws = []
    for _ in range(2000):
        moments.sample(member, generator)
        draws.append(member.get_parameter("weight").tolist())
    assert abs(np.corrcoef(np.array(draws).T)[0, 1]) < 0.08


def test_scale_0_is_the_mean_and_a_seed_gives_one_network() -> None:
    moments, member = collected(np.array([[0.0, 1.0], [2.0, 5.0]])), vector([9.0, 9.0])
    moments.sample(member, torch.Generator().manual_seed(3), scale=0)
    assert member.get_parameter("weight").tolist() == [1, 3]
    found = []
    for _ in range(2):
        moments.sample(member, torch.Generator().manual_seed(3))
        found.append(member.get_parameter("weight").tolist())
    assert found[0] == found[1] != [1, 3]


def test_moments_go_on_from_a_file(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(6, 4))
    half, whole = collected(rows[:3]), collected(rows)
    torch.save(half.state_dict(), tmp_path / "moments.pt")
    resumed = Moments()
    resumed.load_state_dict(torch.load(tmp_path / "moments.pt", weights_only=True))
    for row in rows[3:]:
        resumed.add(vector(row.tolist()))
    for key, value in whole.state_dict().items():
        assert torch.equal(resumed.state_dict()[key], value)


def test_a_state_of_nothing_can_be_loaded() -> None:
    moments = collected(np.array([[1.0]]))
    moments.load_state_dict(Moments().state_dict())
    assert moments.count == 0
    moments.add(vector([1.0, 2.0]))


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({}, "without 'count'"),
        ({"count": torch.tensor(1), "weight": torch.zeros(1)}, "no 'weight'"),
        ({"count": torch.tensor(1), "mean.w": torch.zeros(1)}, "parameter w is none"),
        (
            {"count": torch.tensor(1), "mean.w": torch.zeros(1), "squares.w": torch.zeros(2)},
            r"parameter w is \(2,\): expected \(1,\)",
        ),
    ],
)
def test_a_state_of_something_else(state: dict[str, Tensor], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Moments().load_state_dict(state)


def test_parameters_that_do_not_fit() -> None:
    moments = collected(np.array([[1.0, 2.0]]))
    with pytest.raises(ValueError, match=r"parameter weight is \(3,\): expected \(2,\)"):
        moments.add(vector([1.0, 2.0, 3.0]))
    with pytest.raises(ValueError, match=r"parameter weight is \(1,\): expected \(2,\)"):
        moments.load_mean(vector([1.0]))
    with pytest.raises(ValueError, match=r"the parameter 0\.bias is"):
        moments.sample(network(), torch.Generator())
    with pytest.raises(ValueError, match="parameter weight is not finite"):
        moments.add(vector([1.0, math.inf]))
    assert moments.count == 1
    assert moments.mean()["weight"].tolist() == [1, 2]


def test_of_nothing_there_is_no_mean_and_no_negative_scale() -> None:
    with pytest.raises(ValueError, match="no weights were added"):
        Moments().load_mean(vector([1.0]))
    with pytest.raises(ValueError, match=r"scale is -1\.0"):
        collected(np.ones((1, 1))).sample(vector([1.0]), torch.Generator(), -1.0)


def test_normalisation_of_equal_batches_is_pytorchs() -> None:
    ours, theirs = network(), network()
    update_normalisation(ours, images(4, 4, 4))
    update_bn(images(4, 4, 4), theirs)
    for name in ("1.running_mean", "1.running_var"):
        torch.testing.assert_close(ours.state_dict()[name], theirs.state_dict()[name])


def test_pictures_weigh_the_same_in_unequal_batches() -> None:
    layer = nn.BatchNorm2d(3)
    batches = images(5, 2, 9)
    update_normalisation(layer, batches)
    each = [batch.transpose(0, 1).flatten(1).double().numpy() for batch in batches]
    weights = np.array([5, 2, 9]) / 16
    means = sum(w * x.mean(axis=1) for w, x in zip(weights, each, strict=True))
    variances = sum(w * x.var(axis=1, ddof=1) for w, x in zip(weights, each, strict=True))
    np.testing.assert_allclose(layer.state_dict()["running_mean"], means, atol=1e-6)
    np.testing.assert_allclose(layer.state_dict()["running_var"], variances, atol=1e-6)


def test_old_statistics_are_forgotten_and_settings_stay() -> None:
    first, second = network(), network()
    for _ in range(3):
        second(100 * images(4)[0])
    second.train()
    second[1].eval()
    settings = [(m, m.training, getattr(m, "momentum", None)) for m in second.modules()]
    weights = [p.detach().clone() for p in second.parameters()]
    for member in (first, second):
        update_normalisation(member, images(4, 6))
    assert torch.equal(first.state_dict()["1.running_var"], second.state_dict()["1.running_var"])
    assert settings == [(m, m.training, getattr(m, "momentum", None)) for m in second.modules()]
    for before, after in zip(weights, second.parameters(), strict=True):
        assert torch.equal(before, after)


def test_dropout_is_off_while_measuring() -> None:
    member = nn.Sequential(nn.Dropout(0.5), nn.BatchNorm2d(3)).train()
    alone = nn.BatchNorm2d(3)
    member.append(nn.Linear(2, 2))  # for the device
    for module in (member, alone):
        update_normalisation(module, images(4))
    assert torch.equal(member.state_dict()["1.running_var"], alone.state_dict()["running_var"])


def test_a_network_without_normalisation_reads_nothing() -> None:
    def none() -> Iterator[Tensor]:
        raise AssertionError("read")
        yield

    update_normalisation(nn.Linear(1, 1), none())
    update_normalisation(nn.BatchNorm2d(3, track_running_stats=False), none())


def test_too_few_pictures_to_measure() -> None:
    member = network()
    with pytest.raises(ValueError, match="no batches"):
        update_normalisation(member, [])
    with pytest.raises(ValueError, match="a batch has 1 pictures"):
        update_normalisation(member, images(4, 1))
    assert member[1].momentum == 0.1


def members(count: int, scale: float = 1.0) -> list[nn.Module]:
    moments = Moments()
    for seed in range(3):
        moments.add(network(seed))
    generator = torch.Generator().manual_seed(1)
    return list(sample_networks(network(), moments, lambda: images(8, 8), count, generator, scale))


def test_samples_differ_and_each_has_its_own_normalisation() -> None:
    first, second = members(2)
    assert not torch.equal(*(m.get_parameter("0.weight") for m in (first, second)))
    for member in (first, second):
        found = member.state_dict()["1.running_mean"].clone()
        update_normalisation(member, images(8, 8))
        torch.testing.assert_close(member.state_dict()["1.running_mean"], found)
        assert not member.training


def test_no_samples() -> None:
    with pytest.raises(ValueError, match="samples is 0"):
        members(0)


def crops(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (6, 3, 3)).astype(np.uint8) for _ in range(count)]


def test_vectors_are_averages_of_directions() -> None:
    networks = members(4)
    embedder = SampledEmbedder(networks, PLAIN, device="cpu", batch=2)
    each = [TorchEmbedder(member, PLAIN, device="cpu")(crops(5)) for member in networks]
    expected = np.mean(each, axis=0)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(embedder(crops(5)), expected, atol=1e-6)
    assert isinstance(embedder, Embedder)
    assert embedder.dim == 3


def test_one_sample_is_that_network() -> None:
    [member] = members(1)
    found = SampledEmbedder([member], PLAIN, device="cpu")(crops(3))
    np.testing.assert_allclose(
        found, TorchEmbedder(member, PLAIN, device="cpu")(crops(3)), atol=1e-6
    )


def test_a_sample_without_direction_is_named() -> None:
    good, bad = members(2)
    nn.init.zeros_(bad.get_parameter("4.weight"))
    nn.init.zeros_(bad.get_parameter("4.bias"))
    embedder = SampledEmbedder([good, bad], PLAIN, device="cpu", batch=2)
    with pytest.raises(ValueError, match="vector of crop 0 is not finite"):
        embedder(crops(3))


def test_networks_must_be_there_and_agree() -> None:
    with pytest.raises(ValueError, match=r"lengths \[\]: expected one"):
        SampledEmbedder([], PLAIN, device="cpu")
    longer = nn.Sequential(network(), nn.Linear(3, 5))
    with pytest.raises(ValueError, match=r"lengths \[3, 5\]: expected one"):
        SampledEmbedder([network(), longer], PLAIN, device="cpu")

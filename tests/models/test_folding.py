"""Networks whose normalisations are folded compute the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from reid_mot.models import (
    HACNN,
    CompactReID,
    StrongBaseline,
    TorchEmbedder,
    load_embedder,
    save_embedder,
)
from reid_mot.models.folding import folded

SIZE = (64, 32)


def lived(network: nn.Module) -> nn.Module:
    """With statistics and weights of normalisation as after a training."""
    torch.manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
    return network.eval()


def small_compact() -> nn.Module:
    return CompactReID(stem=8, widths=(16, 16, 16), vectors=(8, 8), input_size=SIZE)


def small_hacnn() -> nn.Module:
    return HACNN(stem=8, widths=(16, 16, 16), vectors=(8, 8), input_size=SIZE)


def mobilenet() -> nn.Module:
    return StrongBaseline(backbone="mobilenet_v2", vector=16, bnneck=False, input_size=SIZE)


def resnet() -> nn.Module:
    return StrongBaseline(backbone="resnet18", input_size=SIZE)


def normalisations(network: nn.Module) -> int:
    return sum(isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d) for m in network.modules())


@torch.no_grad()
@pytest.mark.parametrize("make", [small_compact, small_hacnn, mobilenet, resnet])
def test_the_result_is_the_same_but_for_rounding(make: Callable[[], nn.Module]) -> None:
    network, images = lived(make()), torch.randn(2, 3, *SIZE)
    before = normalisations(network)
    shorter = folded(network)
    wanted = network(images).embedding
    torch.testing.assert_close(shorter(images).embedding, wanted, atol=2e-4, rtol=2e-3)
    assert normalisations(shorter) < before == normalisations(network)


def test_nothing_is_left_of_the_normalisations_of_a_mobilenet() -> None:
    assert normalisations(folded(mobilenet())) == 0


@torch.no_grad()
@pytest.mark.parametrize(
    "network",
    [
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, track_running_stats=False)),
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.BatchNorm2d(4)),
        nn.Sequential(nn.ConvTranspose2d(3, 4, 3), nn.BatchNorm2d(4)),
    ],
)
def test_what_cannot_be_folded_stays(network: nn.Sequential) -> None:
    images = torch.randn(2, 3, 8, 8)
    shorter = folded(network)
    assert normalisations(shorter) == 1
    torch.testing.assert_close(shorter(images), network.eval()(images))


def test_what_somebody_listens_to_stays() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    heard: list[Tensor] = []
    network[0].register_forward_hook(lambda module, inputs, output: heard.append(output))
    folded(network)(torch.randn(2, 3, 8, 8))
    assert len(heard) == 1


def test_a_saved_embedder_computes_folded(tmp_path: Path) -> None:
    network = lived(mobilenet())
    plain = TorchEmbedder(network, device="cpu")
    save_embedder(plain, tmp_path / "e")
    saved = load_embedder(tmp_path / "e.safetensors", "cpu")
    assert isinstance(saved, TorchEmbedder)
    assert normalisations(saved.computes) == 0
    crops = [np.random.default_rng(k).integers(0, 256, (50, 20, 3), np.uint8) for k in range(3)]
    np.testing.assert_allclose(saved(crops), plain(crops), atol=1e-4)
    save_embedder(saved, tmp_path / "again")  # its network is whole
    assert (tmp_path / "again.safetensors").stat().st_size == (
        (tmp_path / "e.safetensors").stat().st_size
    )

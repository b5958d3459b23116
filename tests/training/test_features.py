from __future__ import annotations

import numpy as np
import pytest
import torch

from reid_mot.models import HistogramEmbedder, StrongBaseline, TorchEmbedder
from reid_mot.models.compact import CompactReID
from reid_mot.models.flips import WithFlips
from reid_mot.training.features import feature_vectors

CROPS = [np.random.default_rng(k).integers(0, 256, (64, 30, 3)).astype(np.uint8) for k in range(3)]


@pytest.fixture(scope="module")
def embedder() -> TorchEmbedder:
    torch.manual_seed(0)
    network = StrongBaseline(backbone="resnet18", input_size=(64, 32))
    bn = network.neck.bn
    assert isinstance(bn, torch.nn.BatchNorm1d)
    torch.nn.init.uniform_(bn.weight, 0.2, 2)
    return TorchEmbedder(network, device="cpu", batch=2)


def unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def test_both_features_of_one_pass(embedder: TorchEmbedder) -> None:
    passes = 0

    def count(*_: object) -> None:
        nonlocal passes
        passes += 1

    handle = embedder.network.register_forward_hook(count)
    found = feature_vectors(embedder, CROPS)
    handle.remove()

    assert passes == 2  # batches of 2 and 1
    assert set(found) == {"f_i", "f_t"}
    np.testing.assert_allclose(unit(found["f_i"]), embedder(CROPS), atol=1e-6)
    with torch.inference_mode():
        network = embedder.network.eval()
        output = network(torch.from_numpy(embedder.preprocessing(CROPS)))
    np.testing.assert_allclose(found["f_t"], output.features[0].numpy(), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found["f_i"], output.embedding.numpy(), rtol=1e-4, atol=1e-5)
    assert np.abs(unit(found["f_t"]) - unit(found["f_i"])).max() > 0.01


def test_the_mode_and_the_hooks_stay(embedder: TorchEmbedder) -> None:
    embedder.network.train()
    feature_vectors(embedder, CROPS)
    assert embedder.network.training
    assert not embedder.network._forward_hooks


def test_flips_are_added(embedder: TorchEmbedder) -> None:
    both = feature_vectors(embedder, CROPS, flip=True)
    plain = feature_vectors(embedder, CROPS)
    mirror = feature_vectors(embedder, [np.ascontiguousarray(c[:, ::-1]) for c in CROPS])
    for name in ("f_i", "f_t"):
        np.testing.assert_allclose(both[name], plain[name] + mirror[name], rtol=1e-5)


def test_branches_come_one_after_the_other() -> None:
    torch.manual_seed(0)
    compact = TorchEmbedder(CompactReID(), device="cpu")
    found = feature_vectors(compact, CROPS[:1])
    with torch.inference_mode():
        output = compact.network.eval()(torch.from_numpy(compact.preprocessing(CROPS[:1])))
    assert found["f_t"].shape == (1, sum(f.shape[1] for f in output.features))


def test_other_embedders_have_one_feature() -> None:
    histogram = HistogramEmbedder()
    found = feature_vectors(histogram, CROPS)
    assert set(found) == {"f_i"}
    np.testing.assert_array_equal(found["f_i"], histogram(CROPS))
    flipped = feature_vectors(histogram, CROPS, flip=True)["f_i"]
    np.testing.assert_array_equal(flipped, WithFlips(histogram)(CROPS))


def test_networks_that_give_a_tensor_have_one_feature() -> None:
    network = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
    network.input_size = (8, 4)  # type: ignore[assignment]
    assert set(feature_vectors(TorchEmbedder(network, device="cpu"), CROPS)) == {"f_i"}


def test_crops_are_checked(embedder: TorchEmbedder) -> None:
    with pytest.raises(ValueError, match="crop 1 has zero area"):
        feature_vectors(embedder, [CROPS[0], CROPS[1][:0]])

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from reid_mot.models import (
    CallableEmbedder,
    CompactReID,
    OnnxEmbedder,
    Preprocessing,
    TorchEmbedder,
    export_onnx,
)
from reid_mot.models.export import Embedding, agreement

for needed in ("onnx", "onnxscript", "onnxruntime"):
    pytest.importorskip(needed)

ODD = Preprocessing((16, 8), "BGR", "NCHW", 1 / 100, (0.1, 0.2, 0.3), (0.5, 0.6, 0.7))


def small() -> TorchEmbedder:
    torch.manual_seed(1)
    network = nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(168, 6)
    )
    return TorchEmbedder(network, ODD, device="cpu")


@pytest.mark.parametrize("preprocessing", ["declared", "inside"])
def test_the_file_alone_gives_the_same_vectors(tmp_path: Path, preprocessing: str) -> None:
    embedder = small()
    found = export_onnx(embedder, tmp_path / "e.onnx", preprocessing=preprocessing)  # type: ignore[arg-type]
    exported = OnnxEmbedder(tmp_path / "e.onnx")
    rng = np.random.default_rng(7)
    crops = [rng.integers(0, 256, (40, 30, 3)).astype(np.uint8) for _ in range(5)]
    np.testing.assert_allclose(exported(crops), embedder(crops), atol=1e-5)
    assert found.cosine > 0.9999
    assert found.deviation < 0.001
    inside = exported.preprocessing.layout == "NHWC"
    assert inside == (preprocessing == "inside")
    assert [p.name for p in tmp_path.iterdir()] == ["e.onnx"]


def test_half_is_half_as_large(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(384, 100))
    embedder = TorchEmbedder(network, ODD, device="cpu")
    export_onnx(embedder, tmp_path / "full.onnx")
    assert export_onnx(embedder, tmp_path / "half.onnx", half=True).cosine > 0.999
    sizes = [(tmp_path / name).stat().st_size for name in ("half.onnx", "full.onnx")]
    assert sizes[0] < 0.6 * sizes[1]


def test_the_mode_of_the_network_is_as_before(tmp_path: Path) -> None:
    embedder = small()
    embedder.network.train()
    export_onnx(embedder, tmp_path / "e.onnx")
    assert embedder.network.training


def test_a_file_that_differs_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"e\.onnx is not written: .* expected more than 1\.1"):
        export_onnx(small(), tmp_path / "e.onnx", least_cosine=1.1)
    assert list(tmp_path.iterdir()) == []


def test_agreement_by_hand() -> None:
    rng = np.random.default_rng(0)
    known = rng.normal(size=(48, 5))
    first = CallableEmbedder(lambda crops: known, 5, batch=100)
    turned = CallableEmbedder(lambda crops: known + np.array([0, 0, 0, 0, 0.5]), 5, batch=100)
    assert agreement(first, first, []) == pytest.approx((1, 0), abs=1e-6)
    cosine, deviation = agreement(first, turned, [])
    assert cosine < 0.99
    assert deviation > 0.1


def test_agreement_sees_a_difference_that_cosines_hide() -> None:
    same = CallableEmbedder(lambda c: np.tile([1.0, 0], (len(c), 1)) + 1e-3 * np.eye(48, 2), 2, 99)
    other = CallableEmbedder(lambda c: np.tile([1.0, 0], (len(c), 1)), 2, 99)
    cosine, deviation = agreement(same, other, [])
    assert cosine > 0.9999
    assert deviation > 0.5


def test_preprocessing_inside_equals_preprocessing_outside() -> None:
    class Same(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images

    pixels = np.random.default_rng(0).integers(0, 256, (2, 16, 8, 3)).astype(np.uint8)
    inside = Embedding(Same(), ODD)(torch.from_numpy(pixels))
    expected = ODD(list(pixels)).reshape(2, -1)
    np.testing.assert_allclose(inside.numpy(), expected, atol=1e-5)


@pytest.mark.slow
def test_compact_reid_is_exported(tmp_path: Path) -> None:
    network = CompactReID(2, repeats=(1, 1, 1), widths=(32, 32, 64), vectors=(8, 4))
    network.to(memory_format=torch.channels_last)
    embedder = TorchEmbedder(network, device="cpu")
    assert export_onnx(embedder, tmp_path / "compact.onnx").deviation < 0.001

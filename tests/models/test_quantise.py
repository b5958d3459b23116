from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from reid_mot.models import (
    OnnxEmbedder,
    Preprocessing,
    TorchEmbedder,
    export_onnx,
    quantise_onnx,
)

for needed in ("onnx", "onnxscript", "onnxruntime"):
    pytest.importorskip(needed)

CROPS = [np.random.default_rng(k).integers(0, 256, (30, 20, 3)).astype(np.uint8) for k in range(20)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 16, 3), nn.ReLU(), nn.Flatten(), nn.Linear(1344, 64))
    path = tmp_path_factory.mktemp("source") / "full.onnx"
    export_onnx(TorchEmbedder(network, Preprocessing((16, 8)), device="cpu"), path)
    return path


def test_the_file_is_smaller_and_its_vectors_are_near(source: Path, tmp_path: Path) -> None:
    found = quantise_onnx(source, tmp_path / "int8.onnx", CROPS)
    assert (tmp_path / "int8.onnx").stat().st_size < 0.5 * source.stat().st_size
    full, small = OnnxEmbedder(source), OnnxEmbedder(tmp_path / "int8.onnx")
    assert small.preprocessing == full.preprocessing
    cosines = (full(CROPS) * small(CROPS)).sum(axis=1)
    assert found.cosine <= cosines.min() + 1e-6
    assert cosines.min() > 0.98
    assert [p.name for p in tmp_path.iterdir()] == ["int8.onnx"]


def test_too_great_a_loss_is_not_kept(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected 1\.0 or more"):
        quantise_onnx(source, tmp_path / "int8.onnx", CROPS, least_cosine=1.0)
    assert list(tmp_path.iterdir()) == []


def test_too_few_crops_are_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="3 crops: expected 16"):
        quantise_onnx(source, tmp_path / "int8.onnx", CROPS[:3])


def test_the_loss_is_that_of_unseen_crops(source: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    unseen = [rng.integers(0, 256, (12, 9, 3)).astype(np.uint8) for _ in range(7)]
    found = quantise_onnx(source, tmp_path / "int8.onnx", CROPS, unseen=unseen)
    full, small = OnnxEmbedder(source)(unseen), OnnxEmbedder(tmp_path / "int8.onnx")(unseen)
    assert found.cosine == pytest.approx((full * small).sum(axis=1).min(), abs=1e-6)
    spread = np.linalg.norm(full - full.mean(axis=0))
    assert found.deviation == pytest.approx(np.linalg.norm(full - small) / spread, rel=1e-4)


def test_one_unseen_crop_is_too_few(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="1 unseen crops: expected 2"):
        quantise_onnx(source, tmp_path / "int8.onnx", CROPS, unseen=CROPS[:1])

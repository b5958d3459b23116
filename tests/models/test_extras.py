"""What is said when an extra is not installed."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from torch import nn

from reid_mot.models import (
    OnnxEmbedder,
    OpenVinoEmbedder,
    Preprocessing,
    TorchEmbedder,
    backbones,
    export,
    onnx_embedder,
    openvino_embedder,
)

SIZE = Preprocessing((4, 2))


def without(missing: str) -> Callable[[str], ModuleType]:
    def import_or_fail(name: str) -> ModuleType:
        if name == missing:
            raise ImportError(name)
        return import_module(name)

    return import_or_fail


def test_onnxruntime(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(onnx_embedder, "import_module", without("onnxruntime"))
    (tmp_path / "m.onnx").touch()
    with pytest.raises(ImportError, match=r"pip install 'reid-mot\[onnx\]'"):
        OnnxEmbedder(tmp_path / "m.onnx", SIZE)


def test_openvino(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(openvino_embedder, "import_module", without("openvino"))
    (tmp_path / "m.xml").touch()
    (tmp_path / "m.bin").touch()
    with pytest.raises(ImportError, match=r"pip install 'reid-mot\[openvino\]'"):
        OpenVinoEmbedder(tmp_path / "m.xml", SIZE)


def test_timm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backbones, "import_module", without("timm"))
    with pytest.raises(ImportError, match=r"pip install 'reid-mot\[timm\]'"):
        backbones.named_backbone("timm:resnet18")


def test_export(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(export, "import_module", without("onnxscript"))
    embedder = TorchEmbedder(nn.Flatten(), SIZE, device="cpu")
    with pytest.raises(ImportError, match="export needs onnx"):
        export.export_onnx(embedder, tmp_path / "x.onnx")

"""Networks and other things that find people in pictures, and turn pictures of them into vectors.

The names that need PyTorch are loaded at their first use, so that importing this package is
quick, and works with embedders that do without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from .detector import CallableDetector, Detector, Found, load_detector
from .detector_card import DetectorCard
from .embedder import CallableEmbedder, Embedder, embed_stream
from .flips import WithFlips
from .histogram import HistogramEmbedder
from .loading import load_embedder
from .onnx_detector import OnnxDetector
from .onnx_embedder import OnnxEmbedder
from .openvino_embedder import OpenVinoEmbedder
from .preprocessing import Preprocessing

if TYPE_CHECKING:
    from .card import Card, load_saved, read_card, save_embedder
    from .catalogue import NETWORKS, Description, describe_network
    from .checkpoints import load_checkpoint
    from .compact import CompactReID, compact_2x
    from .cost import Complexity, complexity
    from .export import Agreement, export_onnx
    from .hacnn import HACNN
    from .heads import BNNeck, GeM, Output, PlainNeck
    from .network_embedder import TorchEmbedder
    from .quantise import quantise_onnx
    from .resnet import StrongBaseline
    from .torchvision_detector import TorchvisionDetector

__all__ = [
    "HACNN",
    "NETWORKS",
    "Agreement",
    "BNNeck",
    "CallableDetector",
    "CallableEmbedder",
    "Card",
    "CompactReID",
    "Complexity",
    "Description",
    "Detector",
    "DetectorCard",
    "Embedder",
    "Found",
    "GeM",
    "HistogramEmbedder",
    "OnnxDetector",
    "OnnxEmbedder",
    "OpenVinoEmbedder",
    "Output",
    "PlainNeck",
    "Preprocessing",
    "StrongBaseline",
    "TorchEmbedder",
    "TorchvisionDetector",
    "WithFlips",
    "compact_2x",
    "complexity",
    "describe_network",
    "embed_stream",
    "export_onnx",
    "load_checkpoint",
    "load_detector",
    "load_embedder",
    "load_saved",
    "quantise_onnx",
    "read_card",
    "save_embedder",
]

_LATER = {
    "Agreement": "export",
    "BNNeck": "heads",
    "Card": "card",
    "CompactReID": "compact",
    "Complexity": "cost",
    "Description": "catalogue",
    "GeM": "heads",
    "HACNN": "hacnn",
    "NETWORKS": "catalogue",
    "Output": "heads",
    "PlainNeck": "heads",
    "StrongBaseline": "resnet",
    "TorchEmbedder": "network_embedder",
    "TorchvisionDetector": "torchvision_detector",
    "compact_2x": "compact",
    "complexity": "cost",
    "describe_network": "catalogue",
    "export_onnx": "export",
    "load_checkpoint": "checkpoints",
    "load_saved": "card",
    "quantise_onnx": "quantise",
    "read_card": "card",
    "save_embedder": "card",
}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f".{_LATER[name]}", __name__), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

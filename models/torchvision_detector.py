"""torchvision's detectors of objects, of which the people are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import torchvision  # type: ignore[import-untyped]
from torch import nn

from .checkpoints import load_exactly, read_tensors
from .detector import Found, check_chance, check_found, check_image
from .embedder import Image

COCO = "coco"
"""The name for the weights that torchvision publishes; they are downloaded at their first use."""


class TorchvisionDetector:
    """One of torchvision's detectors of objects, of which the people are kept.

    Args:
        name: as in `torchvision.models.list_models(module=torchvision.models.detection)`.
        weights: `COCO` for those that torchvision publishes, kept where `torch.hub` keeps
            downloads; or the path of a state dict in torchvision's naming; or None for random
            ones.
        device: "cpu", "cuda", "cuda:1" ...; None: CUDA where there is one, else the CPU.
        least_score: boxes with a lower score are left out.
        least_height: pixels; boxes that are lower are left out.
        classes: how many the network tells apart, the background included; 91 in COCO. Published
            weights know it themselves.
        person: the number of the class of people; 1 in COCO.

    Raises:
        ValueError: no such detector, a file that does not fit it, or a number out of range.
        OSError: the weights cannot be downloaded; the message says from where.
        FileNotFoundError: there is no such file.
    """

    def __init__(
        self,
        name: str,
        weights: str | Path | None = COCO,
        device: str | torch.device | None = None,
        least_score: float = 0.5,
        least_height: float = 0.0,
        classes: int = 91,
        person: int = 1,
    ) -> None:
        check_chance("least_score", least_score)
        if least_height < 0:
            raise ValueError(f"least_height is {least_height}: expected 0 or more pixels")
        if not 0 < person < classes:
            raise ValueError(f"person is {person}: expected 1 to {classes - 1}, 0 is background")
        if device is None:
            device = "cuda" if torch.cuda.is_available() else "cpu"
        self.name, self.weights, self.device = name, weights, torch.device(device)
        self.least_score, self.least_height, self.person = least_score, least_height, person
        self.network = detection_network(name, weights, classes).to(self.device).eval()

    @property
    def settings(self) -> dict[str, object]:
        """What it depends on, as JSON values."""
        return {
            "name": self.name,
            "weights": None if self.weights is None else str(self.weights),
            "least_score": self.least_score,
            "least_height": self.least_height,
            "person": self.person,
        }

    @torch.inference_mode()
    def __call__(self, image: Image) -> Found:
        """The people in an image.

        Args:
            image: uint8 (height, width, 3) RGB.

        Returns:
            boxes in pixels of the image.

        Raises:
            ValueError: an image of another shape.
            TypeError: an image that is not uint8.
        """
        check_image(image)
        pixels = torch.tensor(image, device=self.device).permute(2, 0, 1).float() / 255
        found: dict[str, torch.Tensor] = self.network([pixels])[0]
        boxes, scores = found["boxes"], found["scores"]
        keep = (found["labels"] == self.person) & (scores >= self.least_score)
        keep &= boxes[:, 3] - boxes[:, 1] >= self.least_height
        return check_found(
            (boxes[keep].double().cpu().numpy(), scores[keep].double().cpu().numpy())
        )


def detection_network(name: str, weights: str | Path | None, classes: int = 91) -> nn.Module:
    """A detection network of torchvision.

    Args:
        name: see `TorchvisionDetector`, as for the others.
        weights: `COCO`, a path, or None.
        classes: the background included.

    Raises:
        ValueError, OSError, FileNotFoundError: see `TorchvisionDetector`.
    """
    known = torchvision.models.list_models(module=torchvision.models.detection)
    if name not in known:
        raise ValueError(f"torchvision has no detector {name!r}. Names: {', '.join(known)}")
    if weights == COCO:
        return _published(name)
    # None for the backbone as well, or its weights would be downloaded to be overwritten.
    network: nn.Module = torchvision.models.get_model(
        name, weights=None, weights_backbone=None, num_classes=classes
    )
    if weights is not None:
        load_exactly(network, read_tensors(weights), str(weights))
    return network


def _published(name: str) -> nn.Module:
    weights: Any = torchvision.models.get_model_weights(name)["DEFAULT"]
    try:
        network: nn.Module = torchvision.models.get_model(name, weights=weights, progress=False)
    except (OSError, RuntimeError) as error:  # no network, or a file of another hash
        raise OSError(f"{name} cannot be downloaded from {weights.url}: {error}") from error
    return network


def ssdlite320_mobilenet_v3_large(
    device: str | None = None, least_score: float = 0.5
) -> TorchvisionDetector:
    """SSDlite on MobileNetV3, 3.4 million parameters, with torchvision's weights."""
    return TorchvisionDetector("ssdlite320_mobilenet_v3_large", COCO, device, least_score)


def fasterrcnn_mobilenet_v3_large_fpn(
    device: str | None = None, least_score: float = 0.5
) -> TorchvisionDetector:
    """Faster R-CNN on MobileNetV3, 19.4 million parameters, with torchvision's weights."""
    return TorchvisionDetector("fasterrcnn_mobilenet_v3_large_fpn", COCO, device, least_score)


def retinanet_resnet50_fpn_v2(
    device: str | None = None, least_score: float = 0.5
) -> TorchvisionDetector:
    """RetinaNet on ResNet-50, 38.2 million parameters, with torchvision's weights."""
    return TorchvisionDetector("retinanet_resnet50_fpn_v2", COCO, device, least_score)


def fasterrcnn_resnet50_fpn_v2(
    device: str | None = None, least_score: float = 0.5
) -> TorchvisionDetector:
    """Faster R-CNN on ResNet-50, 43.7 million parameters, with torchvision's weights."""
    return TorchvisionDetector("fasterrcnn_resnet50_fpn_v2", COCO, device, least_score)

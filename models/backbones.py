"""Networks for classifying objects, without their classifiers: the front part of an embedder."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
import torchvision  # type: ignore[import-untyped]
from torch import Tensor, nn

from .checkpoints import load_exactly, read_tensors, renamed

IMAGENET = "imagenet"
"""The name for the weights that torchvision or timm publish; they are downloaded at need."""

CLASSIFIERS = ("fc", "classifier", "heads", "head")
"""What torchvision calls the part that is cut off, in order of search."""

FIRST_BLOCK = ((0, "0.0"), (1, "0.1"), (3, "1"), (4, "2"))
BLOCK = ((0, "0.0"), (1, "0.1"), (3, "1.0"), (4, "1.1"), (6, "2"), (7, "3"))
"""Layers of MobileNetV2's first block and of the others: their number of old, and the new name."""


class ResNetMaps(nn.Module):
    """torchvision's ResNet up to its last feature map, with a choice of the last stride.

    He et al. 2016; the last stride of 1 is Luo et al. 2019, section 3.4. Tensors are called as
    in torchvision (`conv1.weight`, `layer4.0.conv2.weight` ...).

    Args:
        depth: 18, 34, 50, 101 or 152.
        last_stride: of the last stage: 2 as for ImageNet, or 1, which doubles the sides of the
            map at the same number of parameters.
        weights: `IMAGENET`, or the path of a state dict in torchvision's naming, or None for
            random ones; with these each block begins as the identity (Goyal et al. 2017, section
            5.1), without which gradients are many times as long and little is learned at first.
        first_relu: False leaves out the ReLU after the first normalisation, as the code did
            with which Luo et al. trained their published weights.

    Raises:
        ValueError: another depth or stride, or a file that does not fit.
    """

    def __init__(
        self,
        depth: int = 50,
        last_stride: int = 1,
        weights: str | Path | None = None,
        first_relu: bool = True,
    ) -> None:
        super().__init__()
        if depth not in (18, 34, 50, 101, 152):
            raise ValueError(f"depth {depth}: there are ResNets of 18, 34, 50, 101 and 152")
        if last_stride not in (1, 2):
            raise ValueError(f"last_stride {last_stride}: expected 1 or 2")
        whole: Any = torchvision_model(f"resnet{depth}", weights, zero_init_residual=True)
        self.conv1: nn.Conv2d = whole.conv1
        self.bn1: nn.BatchNorm2d = whole.bn1
        self.maxpool: nn.Module = whole.maxpool
        self.layer1: nn.Sequential = whole.layer1
        self.layer2: nn.Sequential = whole.layer2
        self.layer3: nn.Sequential = whole.layer3
        self.layer4: nn.Sequential = whole.layer4
        self.first_relu = first_relu
        if last_stride == 1:
            for module in self.layer4[0].modules():
                if isinstance(module, nn.Conv2d):
                    module.stride = (1, 1)

    def forward(self, images: Tensor) -> Tensor:
        """(b, 3, h, w) to (b, c, h / 16, w / 16); / 32 at last stride 2."""
        x = self.bn1(self.conv1(images))
        if self.first_relu:
            x = x.relu()
        x = self.layer3(self.layer2(self.layer1(self.maxpool(x))))
        maps: Tensor = self.layer4(x)
        return maps


def torchvision_model(name: str, weights: str | Path | None, **settings: Any) -> nn.Module:
    """A classification network of torchvision.

    Args:
        name: as in `torchvision.models.list_models()`.
        weights: `IMAGENET` for torchvision's own best; or the path of a state dict, with or
            without a classifier, see `weights_file`; or None.
        settings: of the network, when it begins from random weights.

    Raises:
        ValueError: no such network, or a file that does not fit it.
    """
    if name not in torchvision.models.list_models(module=torchvision.models):
        raise ValueError(f"torchvision has no classification network {name!r}")
    if weights == IMAGENET:
        best = torchvision.models.get_model_weights(name)["DEFAULT"]
        ready: nn.Module = torchvision.models.get_model(name, weights=best)
        return ready
    model: nn.Module = torchvision.models.get_model(name, weights=None, **settings)
    if weights is not None:
        state = read_tensors(weights_file(weights))
        if name == "mobilenet_v2":
            state = _nested(state)
        load_exactly(model, _with_classifier(state, model), str(weights))
    return model


def weights_file(weights: str | Path) -> Path:
    """The file that is meant: a path, or "package:path" of a file within an installed package.

    The package is found, not imported.

    Raises:
        ValueError: no such package.

    >>> weights_file("reid_mot:models/resnet.py").name
    'resnet.py'
    """
    path = Path(weights)
    package, colon, inner = str(weights).partition(":")
    if path.exists() or not colon or not package.isidentifier():
        return path
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ValueError(
            f"weights {str(weights)!r}: no package {package} is installed. Install it, or give"
            f" a file, {IMAGENET!r} (downloaded), or None (random)"
        )
    return Path(spec.submodule_search_locations[0]) / inner


def _nested(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """MobileNetV2's tensors under the names of today, from those of its first years.

    A block's layers were numbered one after the other; now convolution, normalisation and
    activation are a member together.
    """
    if "features.2.conv.6.weight" not in state:
        return state
    rules = [(f"features.1.conv.{old}.", f"features.1.conv.{new}.") for old, new in FIRST_BLOCK]
    for k in range(2, 18):
        rules += [(f"features.{k}.conv.{old}.", f"features.{k}.conv.{new}.") for old, new in BLOCK]
    return renamed(state, rules)


def _with_classifier(state: dict[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
    """A state dict without any classifier, with the model's own: it is cut off anyway."""
    parts = tuple(f"{name}." for name in CLASSIFIERS)
    if any(name.startswith(parts) for name in state):
        return state
    own = {name: value for name, value in model.state_dict().items() if name.startswith(parts)}
    return {**state, **own}


def headless(model: nn.Module, name: str) -> nn.Module:
    """A classification network without its classifier, giving a feature map or a vector.

    Args:
        model: with a member `features`, which is then all that is kept, or with its classifier
            under one of `CLASSIFIERS`.
        name: what the message calls it.

    Raises:
        ValueError: it has neither.
    """
    features = getattr(model, "features", None)
    if isinstance(features, nn.Module):
        return features
    for member in CLASSIFIERS:
        if isinstance(getattr(model, member, None), nn.Module):
            setattr(model, member, nn.Identity())
            return model
    raise ValueError(f"{name}: no member 'features', {', '.join(map(repr, CLASSIFIERS))}")


def named_backbone(
    name: str,
    last_stride: int = 1,
    weights: str | Path | None = None,
    input_size: tuple[int, int] = (256, 128),
    first_relu: bool = True,
) -> nn.Module:
    """A backbone by name.

    Args:
        name: "resnet18" to "resnet152"; any other classification network of torchvision; or
            "timm:" and the name of a network of timm, which must be installed.
        last_stride: for ResNets, and torchvision's MobileNets; others keep their own.
        weights: `IMAGENET`, the path of a state dict in the library's own naming, or None.
        input_size: (height, width) in pixels, for transformers of timm; torchvision's take
            224 x 224 only.
        first_relu: for ResNets; see `ResNetMaps`.

    Raises:
        ValueError: no such network.
        ImportError: timm is needed and not installed.
    """
    if name.startswith("timm:"):
        return _timm_backbone(name.removeprefix("timm:"), weights, input_size)
    if name.startswith("resnet") and name[6:].isdigit():
        return ResNetMaps(int(name[6:]), last_stride, weights, first_relu)
    backbone = headless(torchvision_model(name, weights), name)
    if name.startswith("mobilenet") and last_stride == 1:
        _keep_size(backbone)
    return backbone


def _keep_size(backbone: nn.Module) -> None:
    """Give the last convolution that halves the map the stride 1 (Luo et al. 2019, section 3.4)."""
    halving = [m for m in backbone.modules() if isinstance(m, nn.Conv2d) and m.stride == (2, 2)]
    halving[-1].stride = (1, 1)


def _timm_backbone(name: str, weights: str | Path | None, input_size: tuple[int, int]) -> nn.Module:
    try:
        timm = import_module("timm")
    except ImportError as error:
        raise ImportError(f"timm:{name} needs timm: pip install 'reid-mot[timm]'") from error
    if not timm.is_model(name):
        raise ValueError(f"timm has no network {name!r}")
    model: Any = timm.create_model(name, pretrained=weights == IMAGENET, num_classes=0)
    if hasattr(model, "set_input_size"):
        model.set_input_size(img_size=input_size)
    if weights is not None and weights != IMAGENET:
        state = read_tensors(weights)
        kept: Mapping[str, Tensor] = {k: v for k, v in state.items() if k in model.state_dict()}
        load_exactly(model, kept, str(weights))
    backbone: nn.Module = model
    return backbone


def feature_length(backbone: nn.Module, input_size: tuple[int, int]) -> int:
    """Channels of a backbone's feature map or vector, found by running one black picture.

    Raises:
        ValueError: its output is neither (b, c, h, w) nor (b, c).
    """
    training = backbone.training
    backbone.eval()
    with torch.no_grad():
        like = next(backbone.parameters(), torch.empty(0))
        output = backbone(torch.zeros(1, 3, *input_size, device=like.device, dtype=like.dtype))
    backbone.train(training)
    if not isinstance(output, Tensor) or output.dim() not in (2, 4):
        shape = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
        raise ValueError(f"a backbone gives (b, c, h, w) or (b, c), this one {shape}")
    return int(output.shape[1])

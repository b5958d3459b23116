from pathlib import Path

import pytest
import torch
import torchvision  # type: ignore[import-untyped]
from torch import nn

from reid_mot.models.backbones import ResNetMaps, feature_length, headless, named_backbone
from reid_mot.models.resnet import StrongBaseline


@torch.no_grad()
@pytest.mark.parametrize(("last_stride", "height"), [(1, 8), (2, 4)])
def test_last_stride_sets_the_size_of_the_map(last_stride: int, height: int) -> None:
    maps = ResNetMaps(18, last_stride)(torch.zeros(1, 3, 128, 64))
    assert maps.shape == (1, 512, height, height // 2)


@torch.no_grad()
def test_stride_two_is_torchvisions_own_network() -> None:
    torch.manual_seed(0)
    whole = torchvision.models.resnet18(weights=None).eval()
    ours = ResNetMaps(18, last_stride=2).eval()
    ours.load_state_dict({k: v for k, v in whole.state_dict().items() if not k.startswith("fc")})
    images = torch.randn(2, 3, 96, 64)
    pooled = ours(images).mean((2, 3))
    torch.testing.assert_close(whole.fc(pooled), whole(images), atol=1e-5, rtol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize(("depth", "channels"), [(18, 64), (50, 256)])
def test_blocks_of_random_weights_begin_as_the_identity(depth: int, channels: int) -> None:
    maps = ResNetMaps(depth, last_stride=2).eval()
    x = torch.rand(2, channels, 4, 4)
    assert torch.equal(maps.layer1[1](x), x)


def test_weights_of_a_local_file_are_loaded(tmp_path: Path) -> None:
    whole = torchvision.models.resnet18(weights=None)
    torch.save(whole.state_dict(), tmp_path / "imagenet.pth")
    ours, name = ResNetMaps(18, weights=tmp_path / "imagenet.pth"), "layer3.1.conv2.weight"
    assert torch.equal(ours.state_dict()[name], whole.state_dict()[name])


OLD_NAMES = {"0.0": "0", "0.1": "1", "1.0": "3", "1.1": "4", "2": "6", "3": "7"}
OLD_NAMES_FIRST = {"0.0": "0", "0.1": "1", "1": "3", "2": "4"}


def of_old(name: str) -> str:
    """What a tensor of MobileNetV2 was called when layers were numbered one after the other."""
    parts = name.split(".")
    if len(parts) < 5 or parts[2] != "conv":
        return name
    table = OLD_NAMES_FIRST if parts[1] == "1" else OLD_NAMES
    return ".".join([*parts[:3], table[".".join(parts[3:-1])], parts[-1]])


@pytest.mark.parametrize("old", [False, True])
def test_features_without_a_classifier_are_enough(old: bool, tmp_path: Path) -> None:
    features = {
        name: torch.rand_like(value) if value.is_floating_point() else value
        for name, value in torchvision.models.mobilenet_v2(weights=None).state_dict().items()
        if name.startswith("features.")
    }
    stored = {of_old(name) if old else name: value for name, value in features.items()}
    assert len(stored) == len(features)
    torch.save(stored, tmp_path / "features.pth")
    found = named_backbone("mobilenet_v2", weights=tmp_path / "features.pth").state_dict()
    assert found.keys() == {name.removeprefix("features.") for name in features}
    for name, value in features.items():
        assert torch.equal(found[name.removeprefix("features.")], value)


def test_weights_may_lie_in_an_installed_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "a_package_with_weights"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('it need not be imported')")
    whole = torchvision.models.resnet18(weights=None)
    torch.save(whole.state_dict(), package / "w.pth")
    monkeypatch.syspath_prepend(tmp_path)
    ours = ResNetMaps(18, weights="a_package_with_weights:w.pth")
    assert torch.equal(ours.conv1.weight, whole.conv1.weight)


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(ValueError, match="no package nobodys_package is installed"):
        ResNetMaps(18, weights="nobodys_package:w.pth")


def test_weights_that_do_not_fit_are_named(tmp_path: Path) -> None:
    torch.save({"conv1.weight": torch.zeros(3)}, tmp_path / "odd.pth")
    with pytest.raises(ValueError, match=r"odd\.pth does not fit ResNet; missing: bn1\.bias"):
        ResNetMaps(18, weights=tmp_path / "odd.pth")


@pytest.mark.parametrize(("depth", "last_stride"), [(20, 1), (18, 3)])
def test_no_such_resnet(depth: int, last_stride: int) -> None:
    with pytest.raises(ValueError, match=r"depth 20|stride 3: expected 1 or 2"):
        ResNetMaps(depth, last_stride)


@torch.no_grad()
@pytest.mark.parametrize("name", ["mobilenet_v2", "mobilenet_v3_small"])
def test_the_last_stride_of_a_mobilenet(name: str) -> None:
    images = torch.randn(1, 3, 128, 64)
    small = named_backbone(name, last_stride=2).eval()
    large = named_backbone(name, last_stride=1).eval()
    large.load_state_dict(small.state_dict())
    assert small(images).shape[2:] == (4, 2)
    assert large(images).shape[2:] == (8, 4)
    assert small(images).shape[1] == large(images).shape[1]


@torch.no_grad()
@pytest.mark.parametrize(
    ("name", "dim", "size"),
    [
        ("mobilenet_v2", 1280, (128, 64)),
        ("mobilenet_v3_small", 576, (128, 64)),
        ("shufflenet_v2_x0_5", 1024, (128, 64)),
        ("convnext_tiny", 768, (64, 32)),
        ("vit_b_16", 768, (224, 224)),
    ],
)
def test_torchvision_backbones_take_the_same_head(
    name: str, dim: int, size: tuple[int, int]
) -> None:
    network = StrongBaseline(5, backbone=name, input_size=size).eval()
    output = network(torch.zeros(1, 3, *size))
    assert output.embedding.shape == (1, dim)
    assert output.logits[0].shape == (1, 5)


@torch.no_grad()
@pytest.mark.parametrize("name", ["timm:mobilenetv3_small_050", "timm:vit_tiny_patch16_224"])
def test_timm_backbones_take_any_size(name: str) -> None:
    pytest.importorskip("timm")
    network = StrongBaseline(backbone=name, input_size=(128, 64)).eval()
    assert network(torch.zeros(1, 3, 128, 64)).embedding.shape == (1, network.dim)


@pytest.mark.parametrize("name", ["resnet51x", "mobilnet", "timm:no_such_network"])
def test_unknown_names(name: str) -> None:
    if name.startswith("timm"):
        pytest.importorskip("timm")
    with pytest.raises(ValueError, match="has no"):
        named_backbone(name)


def test_a_module_without_a_known_classifier_is_refused() -> None:
    with pytest.raises(ValueError, match="odd: no member 'features'"):
        headless(nn.Conv2d(3, 3, 1), "odd")


def test_an_output_that_is_no_map_is_refused() -> None:
    with pytest.raises(ValueError, match=r"this one \(1, 3, 32\)"):
        feature_length(nn.Sequential(nn.Flatten(2)), (8, 4))

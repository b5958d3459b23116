"""The strong baseline against a slow computation of the same weights."""

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from reid_mot.models.cost import complexity
from reid_mot.models.resnet import StrongBaseline

State = Mapping[str, Tensor]


def norm(state: State, name: str, x: Tensor) -> Tensor:
    shape = (-1, *[1] * (x.dim() - 2))
    mean, var, weight, bias = (
        state[f"{name}.{part}"].view(shape)
        for part in ("running_mean", "running_var", "weight", "bias")
    )
    return (x - mean) / torch.sqrt(var + 1e-5) * weight + bias


def conv(state: State, name: str, x: Tensor, stride: int = 1) -> Tensor:
    weight = state[f"{name}.weight"]
    return functional.conv2d(x, weight, None, stride, weight.shape[-1] // 2)


def residual(state: State, name: str, x: Tensor, stride: int) -> Tensor:
    """A basic block has two convolutions, a bottleneck three with the stride at the second."""
    deep = f"{name}.conv3.weight" in state
    y = conv(state, f"{name}.conv1", x, 1 if deep else stride)
    y = norm(state, f"{name}.bn1", y).relu()
    y = norm(state, f"{name}.bn2", conv(state, f"{name}.conv2", y, stride if deep else 1))
    if deep:
        y = norm(state, f"{name}.bn3", conv(state, f"{name}.conv3", y.relu()))
    if f"{name}.downsample.0.weight" in state:
        x = norm(state, f"{name}.downsample.1", conv(state, f"{name}.downsample.0", x, stride))
    return (x + y).relu()


def slow_baseline(state: State, images: Tensor, last_stride: int, relu: bool) -> Tensor:
    x = norm(state, "backbone.bn1", conv(state, "backbone.conv1", images, 2))
    x = functional.max_pool2d(x.relu() if relu else x, 3, 2, 1)
    for stage in (1, 2, 3, 4):
        block = 0
        while f"backbone.layer{stage}.{block}.conv1.weight" in state:
            stride = {1: 1, 4: last_stride}.get(stage, 2) if block == 0 else 1
            x = residual(state, f"backbone.layer{stage}.{block}", x, stride)
            block += 1
    f = x.mean((2, 3))
    return norm(state, "neck.bn", f) if "neck.bn.weight" in state else f


@torch.no_grad()
@pytest.mark.parametrize(
    ("depth", "last_stride", "bnneck", "first_relu"),
    [(50, 1, True, True), (50, 2, False, True), (18, 1, True, False), (34, 2, True, True)],
)
def test_forward_equals_the_slow_one(
    depth: int, last_stride: int, bnneck: bool, first_relu: bool
) -> None:
    torch.manual_seed(0)
    network = StrongBaseline(
        backbone=f"resnet{depth}", last_stride=last_stride, bnneck=bnneck, first_relu=first_relu
    ).eval()
    for name, tensor in network.state_dict().items():
        if name.endswith(("running_var", "bn3.weight", "bn2.weight")):
            tensor.copy_(0.3 + torch.rand(tensor.shape) / 2)
        elif name.endswith(("running_mean", "bias")):
            tensor.copy_(torch.rand(tensor.shape) / 5)
    images = torch.randn(2, 3, 64, 32)
    expected = slow_baseline(network.state_dict(), images, last_stride, first_relu)
    scale = expected.abs().max()
    found = network(images).embedding
    torch.testing.assert_close(found / scale, expected / scale, atol=1e-5, rtol=0)


def test_size_and_cost_of_the_published_network() -> None:
    assert complexity(StrongBaseline(751), (256, 128)) == (25_050_176, 4_054_808_576)


def test_size_and_cost_of_the_standard_baseline() -> None:
    network = StrongBaseline(751, last_stride=2, bnneck=False)
    bias, bn = 751, 2 * 2048
    assert complexity(network, (256, 128)) == (25_050_176 + bias - bn, 2_670_688_256)


def test_features_are_taken_before_and_the_embedding_after_the_normalisation() -> None:
    network = StrongBaseline(4, backbone="resnet18")
    network.state_dict()["neck.bn.weight"].fill_(3.0)
    output = network(torch.randn(8, 3, 64, 32))
    f_t = output.features[0].detach()
    expected = 3 * (f_t - f_t.mean(0)) / torch.sqrt(f_t.var(0, unbiased=False) + 1e-5)
    torch.testing.assert_close(output.embedding.detach(), expected, atol=1e-4, rtol=1e-4)
    assert output.logits[0].shape == (8, 4)


def test_a_module_as_backbone_giving_vectors() -> None:
    backbone = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten())
    network = StrongBaseline(3, backbone=backbone, input_size=(20, 10)).eval()
    assert network.dim == 12
    assert network.arguments is None
    assert network(torch.zeros(2, 3, 20, 10)).embedding.shape == (2, 12)


def test_generalised_mean_pooling_is_one_switch() -> None:
    names = StrongBaseline(backbone="resnet18", gem=True).state_dict().keys()
    assert "pool.exponent" in names


def test_arguments_make_the_same_network_again() -> None:
    network = StrongBaseline(3, backbone="resnet18", last_stride=2, bnneck=False)
    again = StrongBaseline(**network.arguments)  # type: ignore[arg-type]
    again.load_state_dict(network.state_dict())
    images = torch.randn(1, 3, 64, 32)
    torch.testing.assert_close(network.eval()(images)[0], again.eval()(images)[0])


@torch.no_grad()
def test_a_linear_layer_shortens_the_vector() -> None:
    torch.manual_seed(0)
    network = StrongBaseline(backbone="resnet18", vector=24, input_size=(64, 32), bnneck=False)
    images = torch.randn(2, 3, 64, 32)
    pooled = network.eval().backbone(images).mean((2, 3))
    wanted = pooled @ network.vector.weight.T + network.vector.bias
    torch.testing.assert_close(network(images).embedding, wanted, atol=1e-5, rtol=1e-4)
    assert network.dim == 24
    assert network.arguments is not None
    assert StrongBaseline(**network.arguments).dim == 24  # type: ignore[arg-type]

"""HA-CNN against a slow computation of the same weights, one region at a time."""

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from reid_mot.models.hacnn import HACNN, HarmoniousAttention, sample_regions

State = Mapping[str, Tensor]


def randomised(network: torch.nn.Module, seed: int = 0) -> torch.nn.Module:
    """Weights and statistics that leave no part of a network idle."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in network.state_dict().items():
        noise = torch.rand(tensor.shape, generator=generator)
        if name.endswith("running_var"):
            tensor.copy_(0.5 + noise)
        elif name.endswith(("running_mean", "bias")):
            tensor.add_(0.2 * noise - 0.1)
        elif name.endswith("shift.weight"):
            tensor.copy_(noise - 0.5)
    return network.eval()


def block(state: State, name: str, x: Tensor, stride: int = 1, relu: bool = True) -> Tensor:
    weight = state[f"{name}.conv.weight"]
    x = functional.conv2d(
        x, weight, state[f"{name}.conv.bias"], stride, padding=weight.shape[-1] // 2
    )
    mean, var = state[f"{name}.bn.running_mean"], state[f"{name}.bn.running_var"]
    x = (x - mean[:, None, None]) / torch.sqrt(var + 1e-5)[:, None, None]
    x = x * state[f"{name}.bn.weight"][:, None, None] + state[f"{name}.bn.bias"][:, None, None]
    return x.clamp(min=0)


def inception_a(state: State, name: str, x: Tensor) -> Tensor:
    streams = [
        block(state, f"{name}.stream{k}.1", block(state, f"{name}.stream{k}.0", x))
        for k in (1, 2, 3)
    ]
    mean = functional.avg_pool2d(x, 3, 1, 1)
    return torch.cat([*streams, block(state, f"{name}.stream4.1", mean)], 1)


def inception_b(state: State, name: str, x: Tensor) -> Tensor:
    one = block(state, f"{name}.stream1.1", block(state, f"{name}.stream1.0", x), 2)
    two = block(state, f"{name}.stream2.1", block(state, f"{name}.stream2.0", x))
    two = block(state, f"{name}.stream2.2", two, 2)
    three = block(state, f"{name}.stream3.1", functional.max_pool2d(x, 3, 2, 1))
    return torch.cat([one, two, three], 1)


def attention(state: State, name: str, x: Tensor) -> tuple[Tensor, Tensor]:
    spatial = block(state, f"{name}.spatial.conv1", x.mean(1, keepdim=True), 2)
    spatial = functional.interpolate(spatial, x.shape[2:], mode="bilinear", align_corners=True)
    spatial = block(state, f"{name}.spatial.conv2", spatial)
    channel = block(state, f"{name}.channel.conv1", x.mean((2, 3), keepdim=True))
    channel = block(state, f"{name}.channel.conv2", channel)
    soft = 1 / (1 + torch.exp(-block(state, f"{name}.joint", spatial * channel)))
    shift = x.mean((2, 3)) @ state[f"{name}.shift.weight"].T + state[f"{name}.shift.bias"]
    return soft, torch.tanh(shift).view(-1, 4, 2)


def region(maps: Tensor, shift: Tensor, size: tuple[int, int]) -> Tensor:
    """One region by PyTorch's own affine grid."""
    theta = torch.zeros(len(maps), 2, 3)
    theta[:, 0, 0], theta[:, 1, 1], theta[:, :, 2] = 1, 0.25, shift
    grid = functional.affine_grid(theta, [len(maps), maps.shape[1], *size], align_corners=False)
    return functional.grid_sample(maps, grid, align_corners=False)


def vector(state: State, name: str, x: Tensor) -> Tensor:
    x = x @ state[f"{name}.0.weight"].T + state[f"{name}.0.bias"]
    x = (x - state[f"{name}.1.running_mean"]) / torch.sqrt(state[f"{name}.1.running_var"] + 1e-5)
    return (x * state[f"{name}.1.weight"] + state[f"{name}.1.bias"]).clamp(min=0)


def slow_hacnn(state: State, images: Tensor) -> Tensor:
    seen = block(state, "stem", images, 2)
    regions: list[Tensor] = []
    for k, size in enumerate([(24, 28), (12, 14), (6, 7)]):
        maps = inception_b(state, f"stages.{k}.1", inception_a(state, f"stages.{k}.0", seen))
        soft, shifts = attention(state, f"attentions.{k}", maps)
        crops = [region(seen, shifts[:, r], size) for r in range(4)]
        if regions:
            crops = [crop + before for crop, before in zip(crops, regions, strict=True)]
        regions = [inception_b(state, f"local_blocks.{k}", crop) for crop in crops]
        seen = maps * soft
    whole = vector(state, "global_vector", seen.mean((2, 3)))
    parts = vector(state, "local_vector", torch.cat([r.mean((2, 3)) for r in regions], 1))
    return torch.cat([v / v.norm(dim=1, keepdim=True) for v in (whole, parts)], 1)


@torch.no_grad()
def test_forward_equals_the_slow_one() -> None:
    network = randomised(HACNN())
    images = torch.randn(2, 3, 160, 64, generator=torch.Generator().manual_seed(1))
    expected = slow_hacnn(network.state_dict(), images)
    torch.testing.assert_close(network(images).embedding, expected, atol=1e-5, rtol=0)


@torch.no_grad()
def test_regions_equal_those_of_affine_grids() -> None:
    generator = torch.Generator().manual_seed(2)
    maps = torch.randn(2, 5, 20, 8, generator=generator)
    shifts = torch.rand(2, 4, 2, generator=generator) * 2 - 1
    found = sample_regions(maps, shifts, (6, 7)).view(2, 4, 5, 6, 7)
    for r in range(4):
        torch.testing.assert_close(found[:, r], region(maps, shifts[:, r], (6, 7)))


@torch.no_grad()
def test_regions_start_as_four_bands_from_top_to_bottom() -> None:
    maps = torch.arange(16.0).reshape(1, 1, 16, 1).expand(1, 1, 16, 8)
    _, shifts = HarmoniousAttention(16).eval()(torch.zeros(1, 16, 4, 4))
    found = sample_regions(maps, shifts, (4, 8)).mean((1, 2, 3))
    rows = torch.tanh(torch.tensor([-0.75, -0.25, 0.25, 0.75]))  # of -1 to 1
    torch.testing.assert_close(found, 7.5 + 8 * rows)


def test_training_output_has_a_vector_and_logits_for_each_branch() -> None:
    output = HACNN(11)(torch.randn(3, 3, 160, 64))
    assert [f.shape for f in output.features] == [(3, 512), (3, 512)]
    assert [y.shape for y in output.logits] == [(3, 11), (3, 11)]
    assert output.embedding.shape == (3, 1024)


def test_every_parameter_gets_a_gradient() -> None:
    network = HACNN(5)
    output = network(torch.randn(4, 3, 160, 64))
    sum(y.logsumexp(1).sum() + y[:, 0].sum() for y in output.logits).backward()
    without = [n for n, p in network.named_parameters() if p.grad is None]
    assert without == []


@torch.no_grad()
@pytest.mark.parametrize("size", [(160, 64), (192, 96), (256, 128), (48, 16)])
def test_other_sizes_that_divide(size: tuple[int, int]) -> None:
    network = HACNN(input_size=size).eval()
    assert network(torch.zeros(1, 3, *size)).embedding.shape == (1, 1024)


def test_a_size_that_does_not_divide_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(160, 60\).*multiples of 16"):
        HACNN(input_size=(160, 60))


def test_images_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(128, 64\): expected \(160, 64\)"):
        HACNN()(torch.zeros(2, 3, 128, 64))


def test_arguments_make_the_same_network_again() -> None:
    network = HACNN(7, stem=16, widths=(32, 64, 128), vectors=(64, 32), gem=True)
    arguments = network.arguments
    assert arguments is not None
    again = HACNN(**arguments)  # type: ignore[arg-type]
    shapes = {n: t.shape for n, t in network.state_dict().items()}
    assert shapes == {n: t.shape for n, t in again.state_dict().items()}


@torch.no_grad()
def test_logits_are_scaled_and_vectors_are_not() -> None:
    one, other = (HACNN(5, normalise=True, logit_scale=scale).eval() for scale in (1.0, 16.0))
    other.load_state_dict(one.state_dict())
    images = torch.rand(2, 3, 160, 64)
    plain, scaled = one(images), other(images)
    assert torch.equal(scaled.embedding, plain.embedding)
    for found, before in zip(scaled.logits, plain.logits, strict=True):
        torch.testing.assert_close(found, 16 * before)
    assert one.arguments == other.arguments


@pytest.mark.parametrize("scale", [0.0, -1.0, float("inf"), float("nan")])
def test_a_scale_that_is_not_above_zero_is_refused(scale: float) -> None:
    with pytest.raises(ValueError, match="logit_scale"):
        HACNN(5, logit_scale=scale)

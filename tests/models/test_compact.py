"""Compact-ReID against a slow computation of the same weights, and its switches."""

import math
from collections.abc import Mapping

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from reid_mot.models import compact
from reid_mot.models.compact import (
    CompactReID,
    ShuffleA,
    ShuffleB,
    compact_2x,
    start_near_linear,
)
from reid_mot.models.cost import complexity

State = Mapping[str, Tensor]


def conv_bn(
    state: State, conv: str, bn: str, x: Tensor, stride: int = 1, groups: int = 1
) -> Tensor:
    weight = state[f"{conv}.weight"]
    x = functional.conv2d(
        x, weight, state[f"{conv}.bias"], stride, weight.shape[-1] // 2, groups=groups
    )
    scale = state[f"{bn}.weight"] / torch.sqrt(state[f"{bn}.running_var"] + 1e-5)
    shift = state[f"{bn}.bias"] - state[f"{bn}.running_mean"] * scale
    return x * scale[:, None, None] + shift[:, None, None]


def narrow(state: State, name: str, x: Tensor, stride: int) -> Tensor:
    x = conv_bn(state, f"{name}.0", f"{name}.1", x).relu()
    x = conv_bn(state, f"{name}.3", f"{name}.4", x, stride, groups=x.shape[1])
    return conv_bn(state, f"{name}.5", f"{name}.6", x).relu()


def interleave(a: Tensor, b: Tensor) -> Tensor:
    """Channels a0 b0 a1 b1 ..."""
    pairs = [c for k in range(a.shape[1]) for c in (a[:, k], b[:, k])]
    return torch.stack(pairs, 1)


def slow_a(state: State, name: str, x: Tensor) -> Tensor:
    half = x.shape[1] // 2
    return interleave(x[:, :half], narrow(state, f"{name}branch", x[:, half:], 1))


def slow_b(state: State, name: str, x: Tensor, stride: int) -> Tensor:
    one = conv_bn(state, f"{name}branch1.0", f"{name}branch1.1", x, stride, groups=x.shape[1])
    one = conv_bn(state, f"{name}branch1.2", f"{name}branch1.3", one).relu()
    return interleave(one, narrow(state, f"{name}branch2", x, stride))


def stirred(network: torch.nn.Module) -> torch.nn.Module:
    generator = torch.Generator().manual_seed(3)
    for name, tensor in network.state_dict().items():
        if name.endswith("running_var"):
            tensor.copy_(0.5 + torch.rand(tensor.shape, generator=generator))
        elif name.endswith(("bias", "running_mean", "shift.weight")):
            tensor.add_(0.4 * torch.rand(tensor.shape, generator=generator) - 0.2)
    return network.eval()


@torch.no_grad()
def test_shuffle_blocks_equal_slow_ones() -> None:
    x = torch.randn(2, 8, 6, 4, generator=torch.Generator().manual_seed(0))
    a, b = stirred(ShuffleA(8)), stirred(ShuffleB(8, 12, stride=2))
    torch.testing.assert_close(a(x), slow_a(a.state_dict(), "", x), atol=1e-5, rtol=0)
    torch.testing.assert_close(b(x), slow_b(b.state_dict(), "", x, 2), atol=1e-5, rtol=0)
    assert b(x).shape == (2, 12, 3, 2)


def channels_last(maps: Tensor) -> Tensor:
    return maps.contiguous(memory_format=torch.channels_last)


def test_channels_are_interleaved_alike_in_both_formats() -> None:
    generator = torch.Generator().manual_seed(5)
    a, b = (torch.randn(2, 6, 5, 3, generator=generator).requires_grad_() for _ in range(2))
    weights = torch.randn(2, 12, 5, 3, generator=generator)
    last = compact.interleave(channels_last(a), channels_last(b))
    assert last.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(last, interleave(a, b), atol=0, rtol=0)
    found = torch.autograd.grad((last * channels_last(weights)).sum(), (a, b))
    assert torch.equal(found[0], weights[:, 0::2])
    assert torch.equal(found[1], weights[:, 1::2])


@pytest.mark.parametrize("shape", [(2, 1, 4, 3), (2, 4, 1, 1), (1, 2, 3, 1), (0, 2, 3, 3)])
def test_maps_of_one_channel_or_position_are_interleaved_too(shape: tuple[int, ...]) -> None:
    a, b = torch.randn(2, *shape)
    expected = torch.stack([a, b], 2).flatten(1, 2)
    for form in (torch.contiguous_format, torch.channels_last):
        pair = (t.contiguous(memory_format=form) for t in (a, b))
        assert torch.equal(compact.interleave(*pair), expected)


def test_halves_of_a_map_are_interleaved_in_its_format() -> None:
    maps = channels_last(torch.randn(2, 8, 4, 3))
    found = compact.interleave(*maps.chunk(2, dim=1))
    assert found.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(found, interleave(*maps.chunk(2, dim=1)))


def test_gradients_of_a_block_are_alike_in_both_formats() -> None:
    block = ShuffleA(8).double()
    x = torch.randn(3, 8, 4, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    gradients = []
    for images in (x.clone(), channels_last(x)):
        block.zero_grad()
        images.requires_grad_()
        (block(images) ** 2).sum().backward()
        assert images.grad is not None
        gradients.append([images.grad, *(p.grad for p in block.parameters())])
    torch.testing.assert_close(*gradients)


def slow_attention(state: State, name: str, x: Tensor) -> tuple[Tensor, Tensor]:
    def block(part: str, y: Tensor, stride: int = 1) -> Tensor:
        return conv_bn(state, f"{name}.{part}.conv", f"{name}.{part}.bn", y, stride).relu()

    small = block("spatial.conv1", x.mean(1, keepdim=True), 2)
    large = functional.interpolate(small, x.shape[2:], mode="bilinear", align_corners=True)
    channel = block("channel.conv2", block("channel.conv1", x.mean((2, 3), keepdim=True)))
    soft = torch.sigmoid(block("joint", block("spatial.conv2", large) * channel))
    shift = functional.linear(
        x.mean((2, 3)), state[f"{name}.shift.weight"], state[f"{name}.shift.bias"]
    )
    return soft, torch.tanh(shift).view(-1, 4, 2)


def slow_gem(x: Tensor, p: Tensor) -> Tensor:
    return torch.pow((x.clamp(min=1e-6) ** p).flatten(2).mean(2), 1 / p)


def slow_vector(state: State, name: str, x: Tensor) -> Tensor:
    x = functional.linear(x, state[f"{name}.0.weight"], state[f"{name}.0.bias"])
    x = functional.batch_norm(
        x,
        state[f"{name}.1.running_mean"],
        state[f"{name}.1.running_var"],
        state[f"{name}.1.weight"],
        state[f"{name}.1.bias"],
    ).relu()
    return functional.normalize(x)


def slow_compact(state: State, images: Tensor, repeats: tuple[int, int, int]) -> Tensor:
    seen = conv_bn(state, "stem.conv", "stem.bn", images, 2).relu()
    regions: list[Tensor] = []
    for k, size in enumerate([(24, 28), (12, 14), (6, 7)]):
        maps = slow_b(state, f"stages.{k}.0.", seen, 1)
        for r in range(repeats[k]):
            maps = slow_a(state, f"stages.{k}.{r + 1}.", maps)
        maps = slow_b(state, f"stages.{k}.{repeats[k] + 1}.", maps, 2)
        soft, shifts = slow_attention(state, f"attentions.{k}", maps)
        theta = torch.zeros(4, len(images), 2, 3)
        theta[:, :, 0, 0], theta[:, :, 1, 1] = 1, 0.25
        theta[:, :, :, 2] = shifts.transpose(0, 1)
        grids = [
            functional.affine_grid(t, [len(images), 1, *size], align_corners=False) for t in theta
        ]
        crops = [functional.grid_sample(seen, g, align_corners=False) for g in grids]
        if regions:
            crops = [crop + before for crop, before in zip(crops, regions, strict=True)]
        regions = [slow_b(state, f"local_blocks.{k}.", crop, 2) for crop in crops]
        seen = maps * soft
    whole = slow_vector(state, "global_vector", slow_gem(seen, state["global_pool.exponent"]))
    pooled = [slow_gem(r, state["local_pool.exponent"]) for r in regions]
    return torch.cat([whole, slow_vector(state, "local_vector", torch.cat(pooled, 1))], 1)


@torch.no_grad()
def test_forward_equals_the_slow_one() -> None:
    network = stirred(CompactReID())
    images = torch.randn(2, 3, 160, 64, generator=torch.Generator().manual_seed(1))
    expected = slow_compact(network.state_dict(), images, (7, 10, 7))
    torch.testing.assert_close(network(images).embedding, expected, atol=1e-5, rtol=0)


LAYERS = {  # parameters of the layers of table 1 at 1x and 2x
    "stem": (960, 1_080),
    "stages.0": (9_920 + 65_408 + 23_360, 25_992 + 247_680 + 77_400),
    "attentions.0": (20_272, 68_229),
    "local_blocks.0": (9_920, 25_992),
    "stages.1": (53_376 + 350_720 + 87_680, 108_640 + 594_880 + 135_200),
    "attentions.1": (77_384, 119_764),
    "local_blocks.1": (53_376, 108_640),
    "stages.2": (142_272 + 540_288 + 192_960, 220_080 + 956_160 + 298_800),
    "attentions.2": (171_360, 266_034),
    "local_blocks.2": (142_272, 220_080),
    "global_pool": (1, 1),
    "local_pool": (1, 1),
    "global_vector": (198_144, 463_680),
    "local_vector": (787_968, 1_846_080),
}


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_have_the_parameters_of_the_table(layer: str) -> None:
    found = [
        sum(p.numel() for p in network.get_submodule(layer).parameters())
        for network in (CompactReID(), compact_2x())
    ]
    assert tuple(found) == LAYERS[layer]


def test_size_and_cost_at_1x_and_2x() -> None:
    assert complexity(CompactReID(), (160, 64)) == (2_927_642, 682_665_130)
    assert complexity(compact_2x(), (160, 64)) == (5_784_413, 1_621_772_618)


def test_two_classifiers_without_bias_add_their_weights_only() -> None:
    with_classifiers = sum(p.numel() for p in CompactReID(751).parameters())
    assert with_classifiers == 2_927_642 + 2 * 512 * 751


def test_features_of_the_losses_have_length_one_unless_switched_off() -> None:
    images = torch.randn(4, 3, 160, 64)
    for feature in CompactReID(3)(images).features:
        torch.testing.assert_close(feature.norm(dim=1), torch.ones(4))
    norms = CompactReID(3, normalise=False)(images).features[0].norm(dim=1)
    assert (norms > 2).all()


@torch.no_grad()
def test_inception_blocks_with_single_repeats_are_hacnn() -> None:
    plain = CompactReID(shuffle=False, gem=False, normalise=False, repeats=(1, 1, 1))
    assert sum(p.numel() for p in plain.parameters()) == 2_929_112


def test_arguments_make_the_same_network_again() -> None:
    network = compact_2x(5)
    arguments = network.arguments
    assert arguments is not None
    again = CompactReID(**arguments)  # type: ignore[arg-type]
    shapes = {n: t.shape for n, t in network.state_dict().items()}
    assert shapes == {n: t.shape for n, t in again.state_dict().items()}
    assert again.input_size == (160, 64)


def growth(near_linear: bool) -> float:
    """By how much a block multiplies the squared gradient on its way back, deep in a stage."""
    torch.manual_seed(0)
    stage = nn.Sequential(*(ShuffleA(64) for _ in range(24)))
    if near_linear:
        start_near_linear(stage)
    maps = stage[:12](torch.randn(16, 64, 8, 8)).detach().requires_grad_()
    found = stage[12:](maps)
    gradient = torch.randn_like(found)
    (before,) = torch.autograd.grad(found, maps, gradient)
    return math.pow(before.square().sum() / gradient.square().sum(), 1 / 12)


def expected_growth(shift: float) -> float:
    """The same by hand: half of the channels meet two ReLUs of values from N(shift, 1).

    Each ReLU lets the share P of gradients pass, and the next normalisation divides by the
    variance of what is left.
    """
    passing = (1 + math.erf(shift / math.sqrt(2))) / 2
    density = math.exp(-(shift**2) / 2) / math.sqrt(2 * math.pi)
    mean = shift * passing + density
    variance = (shift**2 + 1) * passing + shift * density - mean**2
    return (1 + (passing / variance) ** 2) / 2


def test_gradients_grow_with_depth_unless_blocks_start_near_linear() -> None:
    assert (2 * expected_growth(0) - 1) ** 0.5 == pytest.approx(math.pi / (math.pi - 1))
    assert growth(near_linear=False) == pytest.approx(expected_growth(0), rel=0.06)
    assert growth(near_linear=True) == pytest.approx(expected_growth(1), rel=0.03)


def small(near_linear: bool) -> CompactReID:
    torch.manual_seed(0)
    return CompactReID(
        4,
        stem=8,
        widths=(16, 32, 32),
        vectors=(8, 8),
        repeats=(2, 3, 2),
        near_linear=near_linear,
    )


def test_a_near_linear_start_changes_blocks_and_attention_only() -> None:
    plain, near = small(near_linear=False), small(near_linear=True)
    changed = {
        name for name, p in near.state_dict().items() if not p.equal(plain.state_dict()[name])
    }
    assert changed
    assert {name.split(".")[0] for name in changed} == {"stages", "attentions", "local_blocks"}
    # Gradients do not grow through what is not deep.
    assert not any(".bn" in name for name in changed)
    assert near.arguments == plain.arguments


def test_a_near_linear_start_is_orthogonal_and_keeps_positions() -> None:
    network = small(near_linear=True)
    for layer in [*network.stages.modules(), *network.local_blocks.modules()]:
        if not isinstance(layer, nn.Conv2d):
            continue
        weight = layer.weight.detach().flatten(1)
        if layer.kernel_size == (1, 1):
            gram = weight @ weight.T if len(weight) <= weight.shape[1] else weight.T @ weight
            torch.testing.assert_close(gram, torch.eye(len(gram)), atol=1e-5, rtol=0)
        else:
            centre = torch.zeros(9).index_fill(0, torch.tensor([4]), 1.0)
            assert (weight - centre).abs().max() < 0.1 / 3 + 1e-6


def fitted(near_linear: bool) -> float:
    """The cross entropy of the global branch after ten steps on eight pictures in four classes."""
    torch.manual_seed(0)
    network = CompactReID(
        4,
        stem=8,
        widths=(16, 32, 48),
        vectors=(64, 8),
        normalise=False,
        input_size=(32, 16),
        near_linear=near_linear,
    )
    images, labels = torch.randn(8, 3, 32, 16), torch.arange(4).repeat_interleave(2)
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(10):
        loss = functional.cross_entropy(network(images).logits[0], labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return loss.item()


def test_the_deep_branch_learns_at_once_from_a_near_linear_start() -> None:
    assert fitted(near_linear=True) < 0.5 < 1 < fitted(near_linear=False)

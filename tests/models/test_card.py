import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from reid_mot.models import (
    HACNN,
    CompactReID,
    Preprocessing,
    StrongBaseline,
    TorchEmbedder,
    load_embedder,
    load_saved,
    read_card,
    save_embedder,
)

CROPS = [
    np.random.default_rng(k).integers(0, 256, (40 + k, 20, 3)).astype(np.uint8) for k in range(3)
]


@pytest.fixture
def embedder() -> TorchEmbedder:
    torch.manual_seed(0)
    network = StrongBaseline(3, backbone="resnet18", input_size=(64, 32))
    return TorchEmbedder(network, Preprocessing((64, 32), "BGR", std=(1, 2, 3)), device="cpu")


@pytest.fixture
def saved(embedder: TorchEmbedder, tmp_path: Path) -> Path:
    save_embedder(embedder, tmp_path / "embedder", data="made up", licence="CC0")
    return tmp_path


def test_saved_and_loaded_it_gives_the_same_vectors(embedder: TorchEmbedder, saved: Path) -> None:
    again = load_saved(saved / "embedder", "cpu")
    np.testing.assert_allclose(again(CROPS), embedder(CROPS), atol=1e-6)
    assert again.preprocessing == embedder.preprocessing


@pytest.mark.parametrize("name", ["", "embedder.json", "embedder.safetensors"])
def test_loaded_by_folder_card_or_weights(saved: Path, name: str) -> None:
    assert load_embedder(saved / name, device="cpu").dim == 512


@pytest.mark.parametrize(
    "network",
    [
        CompactReID(2, repeats=(0, 1, 0), widths=(32, 32, 64), vectors=(8, 4)),
        HACNN(widths=(32, 32, 64), vectors=(8, 4)),
    ],
)
def test_every_network_can_be_made_again(network: nn.Module, tmp_path: Path) -> None:
    first = TorchEmbedder(network, device="cpu")
    save_embedder(first, tmp_path / "small")
    small = load_saved(tmp_path / "small", "cpu")
    np.testing.assert_allclose(small(CROPS), first(CROPS), atol=1e-6)


def test_the_card_keeps_what_is_said(embedder: TorchEmbedder, tmp_path: Path) -> None:
    card = save_embedder(
        embedder,
        tmp_path / "deep" / "e.v1",
        recipe={"epochs": 3},
        data="Market-1501",
        licence="MIT",
        scores={"rank-1": 0.5},
        threshold=0.3,
    )
    assert read_card(tmp_path / "deep" / "e.v1.json") == card
    assert card.network == "reid_mot.models.resnet:StrongBaseline"
    assert (card.recipe, card.scores, card.threshold) == ({"epochs": 3}, {"rank-1": 0.5}, 0.3)
    assert sorted(p.name for p in (tmp_path / "deep").iterdir()) == [
        "e.v1.json",
        "e.v1.safetensors",
    ]


def test_changed_weights_are_refused(saved: Path) -> None:
    file = saved / "embedder.safetensors"
    tensors = load_file(file)
    tensors["backbone.conv1.weight"][0, 0, 0, 0] += 1
    save_file(tensors, file)
    with pytest.raises(ValueError, match="other weights than those"):
        load_saved(saved)


def test_missing_and_unexpected_tensors_are_named(saved: Path) -> None:
    file = saved / "embedder.safetensors"
    tensors = load_file(file)
    tensors["intruder"] = tensors.pop("neck.bn.weight")
    save_file(tensors, file)
    with pytest.raises(ValueError, match=r"missing: neck\.bn\.weight; unexpected: intruder"):
        load_saved(saved)


def edit(folder: Path, **changes: object) -> None:
    card = json.loads((folder / "embedder.json").read_text())
    (folder / "embedder.json").write_text(json.dumps({**card, **changes}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "other"}, "field 'format'"),
        ({"dim": "512"}, "field 'dim': expected int"),
        ({"dim": 7}, "field 'dim': 7; the network has 512"),
        ({"colour": 1}, "unknown field 'colour'"),
        ({"network": "os:system", "arguments": {"command": "true"}}, "is no class of networks"),
        ({"network": "pathlib:Path"}, "is no class of networks"),
        ({"arguments": {"identites": 3}}, "field 'arguments': .*identites"),
        ({"preprocessing": {"size": [64, 32]}}, "lacks 'channels'"),
        ({"threshold": "low"}, "field 'threshold': expected int or float or NoneType"),
    ],
)
def test_wrong_cards_are_refused(saved: Path, changes: dict[str, object], message: str) -> None:
    edit(saved, **changes)
    with pytest.raises(ValueError, match=f"embedder.json.*{message}"):
        load_saved(saved)


def test_a_missing_class_or_file_is_named(saved: Path) -> None:
    edit(saved, network="reid_mot.models.resnet:Stronger")
    with pytest.raises(ImportError, match="Stronger"):
        load_saved(saved)
    with pytest.raises(FileNotFoundError, match="nothing"):
        load_saved(saved / "nothing")


def test_broken_json_is_named(saved: Path) -> None:
    (saved / "embedder.json").write_text('{"format": ')
    with pytest.raises(ValueError, match=r"embedder\.json: expected JSON"):
        load_saved(saved)


def test_a_network_that_cannot_be_made_again_is_not_saved(tmp_path: Path) -> None:
    network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    embedder = TorchEmbedder(network, Preprocessing((4, 4)), device="cpu")
    with pytest.raises(ValueError, match="Sequential cannot be saved"):
        save_embedder(embedder, tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def test_half_the_size_gives_nearly_the_same_vectors(
    embedder: TorchEmbedder, saved: Path, tmp_path: Path
) -> None:
    save_embedder(embedder, tmp_path / "half" / "embedder", half=True, threshold=0.25)

    whole, half = (p / "embedder.safetensors" for p in (saved, tmp_path / "half"))
    assert half.stat().st_size < 0.52 * whole.stat().st_size
    again = load_saved(half, "cpu")
    assert (again(CROPS) * embedder(CROPS)).sum(axis=1).min() > 0.9999
    assert again.threshold == 0.25
    assert {p.dtype for p in again.network.parameters()} == {torch.float32}


def test_weights_too_large_for_16_bits_are_named(embedder: TorchEmbedder, tmp_path: Path) -> None:
    with torch.no_grad():
        embedder.network.backbone.conv1.weight[0] = 1e6  # type: ignore[union-attr, operator]

    with pytest.raises(ValueError, match=r"backbone\.conv1\.weight is too large for 16 bits"):
        save_embedder(embedder, tmp_path / "half", half=True)
    assert list(tmp_path.iterdir()) == []

"""`reid-mot export`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from reid_mot import cli
from reid_mot.models import (
    NETWORKS,
    OnnxEmbedder,
    Preprocessing,
    TorchEmbedder,
    load_saved,
    save_embedder,
)
from reid_mot.sequences.images import read_image, write_image

for needed in ("onnx", "onnxscript", "onnxruntime"):
    pytest.importorskip(needed)


class Small(nn.Module):
    """A convolution and a linear layer."""

    input_size = (16, 8)
    dim = 48

    def __init__(self, identities: int = 0, width: int = 8) -> None:
        super().__init__()
        self.arguments = {"width": width}
        layers = [nn.Conv2d(3, width, 3, stride=2), nn.ReLU(), nn.Flatten()]
        self.layers = nn.Sequential(*layers, nn.Linear(21 * width, self.dim))

    def forward(self, images: Tensor) -> Tensor:
        vectors: Tensor = self.layers(images)
        return vectors


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """`Small` without training, saved."""
    torch.manual_seed(0)
    save_embedder(TorchEmbedder(Small(), device="cpu"), tmp_path / "small")
    return tmp_path / "small.safetensors"


@pytest.fixture
def crops(tmp_path: Path) -> Path:
    """Forty pictures in folders below one folder."""
    rng = np.random.default_rng(0)
    for number in range(40):
        place = tmp_path / "crops" / f"{number % 4}"
        place.mkdir(parents=True, exist_ok=True)
        write_image(place / f"{number}.png", rng.integers(0, 256, (24, 12, 3)).astype(np.uint8))
    return tmp_path / "crops"


def export(*arguments: object) -> int:
    """The status of `reid-mot export`."""
    return cli.main(["export", *map(str, arguments), "--quiet"])


@pytest.mark.parametrize("preprocessing", ["declared", "inside"])
def test_the_file_gives_the_same_vectors(
    saved: Path, crops: Path, preprocessing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = saved.with_name("out.onnx")

    assert export(saved, out, "--preprocessing", preprocessing, "--crops", crops, "--json") == 0

    said = json.loads(capsys.readouterr().out)
    images = [read_image(path) for path in sorted(crops.rglob("*.png"))]
    np.testing.assert_allclose(
        OnnxEmbedder(out)(images), load_saved(saved, "cpu")(images), atol=1e-5
    )
    assert said["least_cosine"] > 0.9999
    assert (said["crops"], said["random"], said["precision"]) == (40, True, "float32")
    assert (said["bytes"], said["source_bytes"]) == (out.stat().st_size, saved.stat().st_size)


def test_it_is_said_how_well_it_agrees(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = saved.with_name("out.onnx")

    assert export(saved, out, "--half") == 0

    said = capsys.readouterr().out
    sizes = "".join(f"{path.stat().st_size / 1e6:.3g} MB{{}}" for path in (out, saved))
    assert said.startswith(
        f"{out}: {sizes.format(' (', ' before), ')}float16, preprocessing declared\n"
    )
    assert "compared on random pictures: its vectors have cosines of 1.0000" in said


def test_a_network_by_name_takes_a_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(NETWORKS, "small", Small)
    wide = Small(width=4)
    torch.save(wide.state_dict(), tmp_path / "wide.pth")
    given = ("--checkpoint", tmp_path / "wide.pth", "--set", "width=4")

    assert export("small", tmp_path / "out.onnx", *given) == 0

    images = [np.full((9, 9, 3), grey, np.uint8) for grey in (0, 90, 200)]
    expected = TorchEmbedder(wide, Preprocessing((16, 8)), device="cpu")(images)
    np.testing.assert_allclose(OnnxEmbedder(tmp_path / "out.onnx")(images), expected, atol=1e-5)


def test_8_bits_are_measured_on_other_crops(
    saved: Path, crops: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    floats, small = saved.with_name("floats.onnx"), saved.with_name("small.onnx")
    export(saved, floats)
    direct = saved.with_name("direct.onnx")
    capsys.readouterr()

    assert export(floats, small, "--int8", "--crops", crops, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert export(saved, direct, "--int8", "--crops", crops, "--json") == 0

    images = [read_image(path) for path in sorted(crops.rglob("*.png"))]
    cosines = (OnnxEmbedder(floats)(images) * OnnxEmbedder(small)(images)).sum(axis=1)
    assert (said["crops"], said["unseen"], said["random"]) == (20, True, False)
    assert said["least_cosine"] == pytest.approx(cosines[1::2].min(), abs=1e-6)
    np.testing.assert_allclose(OnnxEmbedder(small)(images), OnnxEmbedder(direct)(images), atol=1e-6)


def test_few_crops_set_the_scales_and_measure(
    saved: Path, crops: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = saved.with_name("out.onnx")

    assert export(saved, out, "--int8", "--crops", crops, "--most-crops", "31") == 0

    assert "on 31 real pictures, which set the scales too" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("hacnn", "out.onnx"), "hacnn is a network without weights: --checkpoint"),
        (("hacnn", "out.onnx", "--checkpoint", "no.pth"), "there are no weights at no.pth"),
        (("histogram", "out.onnx"), "only networks in PyTorch"),
        (("math:pi", "out.onnx"), "expected an embedder"),
        (("small.safetensors", "out.pt"), "out.pt: expected a name that ends in .onnx"),
        (("small.safetensors", "out.onnx", "--int8"), "--int8 needs --crops"),
        (("small.safetensors", "out.onnx", "--int8", "--crops", "few"), "3 crops: expected 16"),
        (("small.safetensors", "out.onnx", "--set", "width=3"), "--set goes with a network by"),
        (("small.safetensors", "out.onnx", "--crops", "none"), "no such file or folder: none"),
        (("small.safetensors", "out.onnx", "--crops", "empty"), "empty: expected images"),
        (("small.safetensors", "out.onnx", "--crops", "few", "--most-crops", "0"), "1 or more"),
        (("small.safetensors", "out.onnx", "--least-cosine", "1.1"), "expected more than 1.1"),
        (("small.safetensors", "there.onnx"), "there.onnx exists already"),
        (("there.onnx", "out.onnx"), "is an ONNX file already"),
        (("no.onnx", "out.onnx", "--int8", "--crops", "few"), "3 crops"),
        (("standard-baseline", "out.onnx", "--checkpoint", "a", "--set", "hue=1"), "'hue'"),
        (
            ("best.onnx", "out.onnx", "--int8", "--crops", "few", "--preprocessing", "inside"),
            "--preprocessing declared only",
        ),
        (
            ("there.onnx", "there.onnx", "--int8", "--crops", "few", "--overwrite"),
            "another name than that of the float file",
        ),
    ],
)
def test_mistakes_are_one_line_and_nothing_is_written(
    saved: Path,
    arguments: tuple[str, ...],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(saved.parent)
    Path("there.onnx").write_bytes(b"mine")
    Path("empty").mkdir()
    Path("few").mkdir()
    for number in range(3):
        write_image(f"few/{number}.png", np.full((4, 4, 3), number, np.uint8))

    assert export(*arguments) == 2

    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not Path("out.onnx").exists()
    assert Path("there.onnx").read_bytes() == b"mine"

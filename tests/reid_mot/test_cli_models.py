"""`reid-mot models`."""

from __future__ import annotations

import json
import re
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from reid_mot import cli
from reid_mot.commands import models as command
from reid_mot.models import HACNN, NETWORKS, TorchEmbedder, save_embedder, shipped

CARD: dict[str, Any] = {
    "data": "Market-1501",
    "licence": "CC0",
    "scores": {"rank-1": 94.5},
    "threshold": 0.25,
    "recipe": {"epochs": 3},
}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A small network without training, saved with a full card."""
    network = HACNN(widths=(32, 32, 64), vectors=(8, 4))
    save_embedder(TorchEmbedder(network, device="cpu"), tmp_path / "small", **CARD)
    return tmp_path / "small.safetensors"


def test_networks_and_names_are_listed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    points = [EntryPoint("colours", "reid_mot.models:HistogramEmbedder", "g")]
    monkeypatch.setattr(command, "entry_points", lambda group: points)

    assert cli.main(["models"]) == 0

    said = capsys.readouterr().out
    for name in NETWORKS:
        assert f"\n{name} " in f"\n{said}"
    assert "2,927,642    683 M   160 x 64  1024  Lawen et al. 2019" in said
    assert "any classification network of torchvision or timm" in said
    assert re.search(r"\ncolours +reid_mot\.models:HistogramEmbedder\n", said)
    assert max(map(len, said.splitlines())) <= 100


def test_the_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "--json"]) == 0

    networks = {one["name"]: one for one in json.loads(capsys.readouterr().out)["networks"]}
    assert networks.keys() == NETWORKS.keys()
    assert networks["strong-baseline"]["macs"] == 4_053_270_528
    assert networks["strong-baseline"]["input_size"] == [256, 128]


def test_weights_that_come_with_the_package_are_listed(
    saved: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "FOLDER", saved.parent)

    cli.main(["models"])
    assert "small      Market-1501; CC0; rank-1 94.5" in capsys.readouterr().out
    assert cli.main(["models", "small", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["weights"] == str(saved)


@pytest.mark.parametrize("ending", [".safetensors", ".json"])
def test_a_card_says_what_weights_are(
    saved: Path, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["models", str(saved.with_suffix(ending))]) == 0

    lines = dict(
        line.split("  ", 1) for line in capsys.readouterr().out.splitlines() if line[0] > " "
    )
    said = {key: value.strip() for key, value in lines.items()}
    assert said["network"] == "reid_mot.models.hacnn:HACNN"
    assert said["scores"] == "rank-1=94.5"
    assert said["threshold"] == "0.25"
    assert said["recipe"] == "epochs=3"
    assert said["bytes"] == f"{saved.stat().st_size:,}"
    assert len(said["sha256"]) == 64


def test_weights_of_another_card_are_found_out(
    saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with saved.open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"?")

    cli.main(["models", str(saved)])
    assert "of other weights" in capsys.readouterr().out
    cli.main(["models", str(saved), "--json"])
    assert json.loads(capsys.readouterr().out)[0]["unchanged"] is False


def test_other_embedders_say_what_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "reid_mot.models:HistogramEmbedder", "--json"]) == 0

    (found,) = json.loads(capsys.readouterr().out)
    assert (found["class"], found["dim"]) == ("HistogramEmbedder", 448)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("no-such-name", "no embedder is called 'no-such-name'"),
        ("missing.safetensors", "there is no card at missing.json"),
        ("math:pi", "math:pi is float: expected an embedder"),
    ],
)
def test_mistakes_are_one_line(
    what: str, message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert cli.main(["models", what]) == 2

    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_a_card_without_weights(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved.unlink()

    assert cli.main(["models", str(saved)]) == 2
    assert f"there are no weights at {saved}" in capsys.readouterr().err

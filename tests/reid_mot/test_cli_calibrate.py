"""`reid-mot calibrate` from beginning to end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reid_mot import cli
from reid_mot.sequences.images import read_image
from reid_mot.sequences.simulated import SimulatedRoom, write_simulated


@pytest.fixture(scope="module")
def pictured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some seconds of a room with pictures, and few enough people to be apart."""
    folder = tmp_path_factory.mktemp("calibrate") / "room"
    write_simulated(SimulatedRoom(seed=1, duration=14, rate=5, people=5), folder)
    return folder


def calibrate(*arguments: object) -> int:
    return cli.main(["calibrate", *map(str, arguments)])


def test_a_threshold_for_an_embedder(
    pictured: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"

    assert calibrate(pictured, "--embedder", "histogram", "--interval", 0.2, "--out", out) == 0

    said = capsys.readouterr()
    content = json.loads((out / "threshold.json").read_text(encoding="utf-8"))
    assert {path.name for path in out.iterdir()} == {
        "threshold.json",
        "distances.png",
        "settings.json",
    }
    assert content["embedder"] == "histogram"
    assert 0.02 < content["threshold"] < 0.5
    assert content["low"] < content["threshold"] < content["high"]
    assert content["truth"]["wrong_of_two_sets"] < 0.05
    assert f"threshold {content['threshold']:.3f}" in said.out
    assert read_image(out / "distances.png").shape == (660, 900, 3)
    tracked = ["track", pictured, "--embedder", "histogram", "--threshold", out]
    assert cli.main([*map(str, tracked), "--out", str(tmp_path / "tracked"), "--quiet"]) == 0
    made = json.loads((tmp_path / "tracked" / "settings.json").read_text(encoding="utf-8"))
    assert made["tracker"]["identities"]["threshold"] == content["threshold"]


def test_one_camera_has_too_little(
    pictured: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert calibrate(pictured / "c01", "--embedder", "histogram", "--quiet", "--out", out) == 2
    assert "at least 20 are needed: a longer recording" in capsys.readouterr().err
    assert not out.exists()


def test_nothing_to_compare(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert calibrate(room, "--quiet") == 2
    assert "no embeddings came with its detections" in capsys.readouterr().err
    assert calibrate(room, "--most", 0, "--quiet") == 2
    assert "--interval and --most" in capsys.readouterr().err

"""`reid-mot track --detector` from pictures to identities."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reid_mot import cli
from reid_mot.models import Found
from reid_mot.scores import score
from reid_mot.sequences import MotChallenge, Tracks, read_tracks, write_simulated
from reid_mot.sequences.simulated import SimulatedRoom

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
YOLOX = DATA / "weights" / "yolox_nano_416x416.onnx"

Replay = dict[bytes, NDArray[np.float64]]


def track(*arguments: object) -> int:
    """The status of `reid-mot track`."""
    return cli.main(["track", *map(str, arguments), "--quiet"])


def said_by(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The error message of a command that fails."""
    assert track(*arguments) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of the simulated room, a video a camera."""
    folder = tmp_path_factory.mktemp("filmed")
    write_simulated(SimulatedRoom(duration=3, rate=5, people=3), folder)
    return folder


@pytest.fixture(scope="module")
def truth(filmed: Path) -> Tracks:
    found = MotChallenge(filmed).truth
    assert found is not None
    return found


@pytest.fixture
def replayed(filmed: Path, truth: Tracks, monkeypatch: pytest.MonkeyPatch) -> str:
    """A detector that knows every picture of the films, and what is to be seen in it."""
    known: Replay = {}
    for views in MotChallenge(filmed):
        for view in views:
            assert view.image is not None
            rows = (truth.frame == view.frame) & (truth.camera == view.camera.name)
            known[view.image.tobytes()] = truth.box[rows & truth.has_box]

    module = ModuleType("replayed")

    def detect(image: NDArray[np.uint8]) -> Found:
        boxes = known[image.tobytes()]
        return Found(boxes, np.full(len(boxes), 0.75))

    module.__dict__["detect"] = detect
    monkeypatch.setitem(sys.modules, "replayed", module)
    return "replayed:detect"


def test_plain_videos_with_a_calibration_are_tracked_on_the_floor(
    filmed: Path, truth: Tracks, replayed: str, tmp_path: Path
) -> None:
    videos = sorted(filmed.glob("c0*/*.mp4"))
    calibration = filmed / "calibration.json"
    looks = ("--embedder", "reid_mot.models:HistogramEmbedder")
    out = tmp_path / "out"

    assert (
        track(*videos, "--calibration", calibration, "--detector", replayed, *looks, "--out", out)
        == 0
    )

    rows = read_tracks(out)
    # Frames of plain videos count from 0, those of the truth from 1.
    shifted = Tracks(rows.frame + 1, rows.camera, rows.identity, rows.box, rows.ground)
    assert score(truth, shifted).primary.label == "ground, 1 m"
    assert score(truth, shifted).primary.mota > 0.8
    made = json.loads((out / "settings.json").read_text(encoding="utf-8"))
    assert made["detector"]["name"] == replayed
    assert made["detector"]["seconds"] > 0
    assert made["detections"] == len(truth.in_boxes())


def test_plain_videos_are_tracked_camera_by_camera(
    filmed: Path, replayed: str, tmp_path: Path
) -> None:
    videos = sorted(filmed.glob("c0*/*.mp4"))[:2]

    assert track(*videos, "--detector", replayed, "--video", "--out", tmp_path / "out") == 0

    rows = read_tracks(tmp_path / "out")
    assert rows.cameras == ("c01", "c02")
    assert not rows.has_ground.any()
    assert (tmp_path / "out" / "poster.jpg").is_file()
    assert (tmp_path / "out" / "mosaic.mp4").is_file()


def test_motchallenge_folders_with_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_simulated(SimulatedRoom(duration=2, rate=5, people=3), tmp_path / "room", video=False)
    folder = tmp_path / "room" / "c01"
    assert (folder / "img1" / "000001.jpg").is_file()
    monkeypatch.setitem(sys.modules, "whole", ModuleType("whole"))
    sys.modules["whole"].__dict__["detect"] = lambda image: ([[9, 9, 99, 199]], [0.8])

    assert track(folder, "--detector", "whole:detect", "--out", tmp_path / "out") == 0

    made = json.loads((tmp_path / "out" / "settings.json").read_text(encoding="utf-8"))
    assert made["detections"] == 10  # those in det.txt are not used
    assert (tmp_path / "out" / "scores.json").is_file()


def test_folders_of_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hall").mkdir()
    for number in range(1, 9):
        image = np.zeros((120, 160, 3), np.uint8)
        image[30:90, 10 * number : 10 * number + 25] = (0, 0, 255)  # BGR
        cv2.imwrite(str(tmp_path / "hall" / f"{number:06}.png"), image)
    monkeypatch.setitem(sys.modules, "red", ModuleType("red"))

    def detect(image: NDArray[np.uint8]) -> tuple[list[list[int]], list[float]]:
        rows, columns = np.nonzero(image[..., 0] > 128)
        return [[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], [0.9]

    sys.modules["red"].__dict__["detect"] = detect

    assert (
        track(
            tmp_path / "hall", "--rate", 10, "--detector", "red:detect", "--out", tmp_path / "out"
        )
        == 0
    )

    rows = read_tracks(tmp_path / "out")
    assert set(rows.identity.tolist()) == {1}
    assert rows.box[-1] == pytest.approx([80, 30, 105, 90], abs=4)


def test_a_least_score_is_seen_to(filmed: Path, replayed: str, tmp_path: Path) -> None:
    counts = []
    for least in (0.7, 0.8):
        out = tmp_path / str(least)
        track(filmed / "c01", "--detector", replayed, "--least-score", least, "--out", out)
        made = json.loads((out / "settings.json").read_text(encoding="utf-8"))
        counts.append(made["detections"])
        assert made["detector"]["least_score"] == least
    assert counts[0] > 0
    assert counts[1] == 0


def test_contradictions_are_refused(
    room: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ("--out", tmp_path / "out")
    said = said_by(capsys, room, "--detector", "math:fabs", *out)
    assert "camera 'c01', frame 1: there is no image for the detector" in said
    said = said_by(capsys, room, "--detector", "math:pi", *out)
    assert "math:pi is float: expected a detector" in said
    said = said_by(capsys, room, "--least-score", 0.5, *out)
    assert "--least-score is for a --detector" in said
    said = said_by(capsys, room, "--detector", "math:sqrt", "--noisy-truth", *out)
    assert "give one of them" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.data
def test_pets_with_yolox(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("onnxruntime")
    if not YOLOX.exists():
        pytest.skip(f"no development data: {YOLOX} is absent")
    pets, out = DATA / "pets09-s2l1", tmp_path / "out"
    frames = ("--frames", "1:100", "--out", out)
    said = said_by(capsys, pets, "--detector", YOLOX, *frames)
    assert "add --decoding yolox" in said
    assert not out.exists()

    assert track(pets, "--detector", YOLOX, "--decoding", "yolox", *frames) == 0

    table = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    made = json.loads((out / "settings.json").read_text(encoding="utf-8"))
    assert table["rows"][0]["mota"] > 0.5
    assert made["detector"]["settings"]["strides"] == [8, 16, 32]

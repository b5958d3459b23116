"""`reid-mot simulate`."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from reid_mot import cli
from reid_mot.sequences import open_sequence

SHORT = ("--seconds", "0.8", "--rate", "5", "--quiet")


def test_it_can_be_opened(tmp_path: Path) -> None:
    status = cli.main(["simulate", str(tmp_path / "room"), *SHORT, "--no-video"])

    sequence = open_sequence(tmp_path / "room")
    assert status == 0
    assert len(sequence) == 4
    assert [camera.name for camera in sequence.cameras] == ["c01", "c02", "c03", "c04"]
    assert not next(iter(sequence))[0].has_image


def test_videos_are_written(tmp_path: Path) -> None:
    cli.main(["simulate", str(tmp_path / "room"), *SHORT])

    for name in ("c01", "c02", "c03", "c04"):
        video = cv2.VideoCapture(str(tmp_path / "room" / name / f"{name}.mp4"))
        assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 4


def test_jpeg_files_are_written(tmp_path: Path) -> None:
    cli.main(["simulate", str(tmp_path / "room"), *SHORT, "--jpeg"])

    names = sorted(path.name for path in (tmp_path / "room" / "c02" / "img1").iterdir())
    assert names == [f"{number:06}.jpg" for number in range(1, 5)]


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "notes").write_text("mine", encoding="utf-8")

    assert cli.main(["simulate", str(tmp_path / "room"), *SHORT]) == 2
    assert "exists already" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "room").iterdir()] == ["notes"]


def test_wrong_numbers_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["simulate", str(tmp_path / "room"), "--people", "0"]) == 2
    assert "people 0" in capsys.readouterr().err
    assert not (tmp_path / "room").exists()

"""`reid-mot track` from beginning to end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_mot import cli
from reid_mot.commands.default_embedder import NONE
from reid_mot.models.shipped import DEFAULT
from reid_mot.plugins import load_named
from reid_mot.scores import ScoreTable
from reid_mot.sequences import SimulatedRoom, read_tracks, write_simulated
from reid_mot.sequences.images import read_image

FILES = {
    "c01.txt",
    "c02.txt",
    "c03.txt",
    "c04.txt",
    "index.html",
    "map.png",
    "poster.jpg",
    "scores.json",
    "settings.json",
    "tracks.csv",
}


def track(*arguments: object) -> int:
    """The status of `reid-mot track`."""
    return cli.main(["track", *map(str, arguments)])


def test_a_result_has_all_files(room: Path, nearest: str, tmp_path: Path) -> None:
    out = tmp_path / "out"

    assert track(room, "--tracker", nearest, "--out", out, "--quiet") == 0

    assert {path.name for path in out.iterdir()} - {"tracks.parquet"} == FILES
    assert read_image(out / "poster.jpg").shape[1] > 1000
    table = ScoreTable.from_json((out / "scores.json").read_text(encoding="utf-8"))
    assert table.primary.mota > 0.5
    assert table.primary.label == "ground, 1 m"


def test_the_settings_say_what_made_it(room: Path, nearest: str, tmp_path: Path) -> None:
    out = tmp_path / "out"

    track(room, "--tracker", nearest, "--set", "reach=0.9", "--frames", "5:24", "--out", out)

    made = json.loads((out / "settings.json").read_text(encoding="utf-8"))
    assert made["tracker"] == {"name": nearest, "settings": {"reach": 0.9, "least_score": 0.5}}
    assert (made["finished"], made["instants"], made["last_frame"]) == (True, 20, 24)
    assert made["region"] == [[0, 0], [5, 0], [5, 6], [0, 6]]
    assert set(made["files"]) == {path.name for path in out.iterdir()}


@pytest.mark.parametrize(("tracker", "embedder"), [("room", DEFAULT), (None, NONE)])
def test_without_a_name_the_packages_network_looks_at_people(
    nearest: str,
    tmp_path: Path,
    tracker: str | None,
    embedder: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    room, out = tmp_path / "room", tmp_path / "out"
    write_simulated(SimulatedRoom(duration=1, rate=5), room)

    # The nearest tracker takes no embedder.
    assert track(room, "--tracker", tracker or nearest, "--out", out) == 0

    assert json.loads((out / "settings.json").read_text("utf-8"))["embedder"] == embedder
    said = "embedder: market-mobilenet (research use only; --embedder names another)"
    assert (said in capsys.readouterr().err) == (embedder == DEFAULT)


def test_frames_limit_tracks_and_scores(room: Path, nearest: str, tmp_path: Path) -> None:
    track(room, "--tracker", nearest, "--frames", "10:19", "--out", tmp_path / "out", "--quiet")

    frames = read_tracks(tmp_path / "out").frame
    table = json.loads((tmp_path / "out" / "scores.json").read_text(encoding="utf-8"))
    assert (frames.min(), frames.max()) == (10, 19)
    assert (table["first_frame"], table["last_frame"]) == (10, 19)


def test_json_is_all_that_is_printed(
    room: Path, nearest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    track(room, "--tracker", nearest, "--out", tmp_path / "out", "--json", "--quiet")

    said = capsys.readouterr()
    printed = json.loads(said.out)
    assert said.err == ""
    assert printed["instants"] == 30
    assert printed["scores"] == json.loads(
        (tmp_path / "out" / "scores.json").read_text(encoding="utf-8")
    )


def test_progress_goes_to_standard_error(
    room: Path, nearest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    track(room, "--tracker", nearest, "--out", tmp_path / "out")

    said = capsys.readouterr()
    assert "tracking: 30/30 instants" in said.err
    assert said.out.startswith("MOTA")


def test_a_result_is_not_overwritten_unasked(
    room: Path, nearest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = (room, "--tracker", nearest, "--out", tmp_path / "out", "--quiet")
    track(*arguments)
    before = (tmp_path / "out" / "tracks.csv").stat().st_mtime_ns
    capsys.readouterr()

    assert track(*arguments) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert (tmp_path / "out" / "tracks.csv").stat().st_mtime_ns == before

    assert track(*arguments, "--overwrite") == 0
    assert (tmp_path / "out" / "tracks.csv").stat().st_mtime_ns > before


def test_noisy_truth_follows_from_its_seed(room: Path, nearest: str, tmp_path: Path) -> None:
    noise = ("--noisy-truth", "miss=0.3,false=0,jitter=0", "--tracker", nearest, "--quiet")
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        track(room, *noise, "--seed", seed, "--out", tmp_path / name)

    a, b, c = (read_tracks(tmp_path / name) for name in "abc")
    assert np.array_equal(a.box, b.box)
    assert not np.array_equal(a.box, c.box)


def test_a_region_limits_what_is_scored(room: Path, nearest: str, tmp_path: Path) -> None:
    rows = []
    for name, region in (("all", "none"), ("part", "1,1,4,5")):
        out = tmp_path / name
        track(room, "--tracker", nearest, "--region", region, "--out", out, "--quiet")
        rows.append(json.loads((out / "scores.json").read_text(encoding="utf-8"))["rows"][0])

    assert rows[1]["truth"] < rows[0]["truth"]


def test_a_video_shows_every_instant(room: Path, nearest: str, tmp_path: Path) -> None:
    arguments = ("--frames", "20:26", "--tracker", nearest, "--video", "--quiet")

    track(room, *arguments, "--out", tmp_path / "out")

    video = cv2.VideoCapture(str(tmp_path / "out" / "mosaic.mp4"))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 7
    assert video.get(cv2.CAP_PROP_FPS) == 5


def test_unknown_settings_are_listed(
    room: Path, nearest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = track(room, "--tracker", nearest, "--set", "rech=1", "--out", tmp_path / "out")

    assert status == 2
    assert "Fields: reach=0.7, least_score=0.5" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_pictures_without_detections_say_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in (1, 2):
        cv2.imwrite(str(folder / f"{number:06}.png"), np.zeros((40, 60, 3), np.uint8))

    assert track(folder, "--rate", 10, "--out", tmp_path / "out") == 2
    assert "there are no detections to track" in capsys.readouterr().err


def test_a_broken_file_is_named_with_line_and_field(
    room: Path, nearest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    camera = tmp_path / "c01"
    (camera / "det").mkdir(parents=True)
    ini = (room / "c01" / "seqinfo.ini").read_text(encoding="utf-8")
    (camera / "seqinfo.ini").write_text(ini, encoding="utf-8")
    (camera / "det" / "det.txt").write_text("1,-1,5,5,20,50,1\n2,-1,5,5,x,50,1\n", encoding="utf-8")

    status = track(camera, "--tracker", nearest, "--out", tmp_path / "out")

    said = capsys.readouterr().err
    assert status == 2
    assert "det.txt, line 2, field 'width'" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("folder", "expected"),
    [("room", "reid_mot.trackers:RoomTracker"), ("room/c01", "reid_mot.trackers:CameraTracker")],
)
def test_several_calibrated_cameras_get_the_room_tracker(
    room: Path,
    nearest: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    folder: str,
    expected: str,
) -> None:
    asked: list[str] = []

    def load(what: str, group: str) -> object:
        asked.append(what)
        return load_named(nearest, group)

    monkeypatch.setattr("reid_mot.commands.tracker_options.load_named", load)

    calibration = ("--calibration", room / "calibration.json", "--quiet")

    assert track(room.parent / folder, *calibration, "--out", tmp_path / "out") == 0
    assert set(asked) == {expected}


def test_an_embedder_that_is_none_is_refused(
    room: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = track(room, "--embedder", "math:pi", "--out", tmp_path / "out")

    assert status == 2
    assert "math:pi is float: expected an embedder" in capsys.readouterr().err


SLOW = """
import time
from nearest_tracker import NearestTracker

class Slow(NearestTracker):
    def step(self, views):
        time.sleep(0.1)
        return super().step(views)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_complete_files(
    room: Path, root: Path, tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "slow_tracker.py").write_text(SLOW, encoding="utf-8")
    out = tmp_path / "out"
    # The user's modules come last on the path, so that this process finds our package first.
    paths = os.pathsep.join([str(root), str(root / "examples"), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "reid_mot.cli", "track", str(room), "--out", str(out)]
    process = subprocess.Popen(
        [*command, "--tracker", "slow_tracker:Slow", "--video"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    _wait_for_video(tmp_path, process)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)

    made = json.loads((out / "settings.json").read_text(encoding="utf-8"))
    assert process.returncode == 130
    assert made["finished"] is False
    assert 1 <= made["instants"] < 30
    assert f"stopped after {made['instants']} instants" in said
    assert read_tracks(out).frame.max(initial=0) <= made["last_frame"]
    video = cv2.VideoCapture(str(out / "mosaic.mp4"))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == made["instants"]


def _wait_for_video(folder: Path, process: subprocess.Popen[str]) -> None:
    """Until the first instant is done: the video is begun then."""
    deadline = time.monotonic() + 60
    while not list(folder.glob(".writing-*/out/.writing-*/mosaic.mp4")):
        assert process.poll() is None, "it ended before it could be interrupted"
        assert time.monotonic() < deadline, "it did not begin"
        time.sleep(0.02)
    time.sleep(0.5)

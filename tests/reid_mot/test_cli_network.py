"""`reid-mot track --tracker network`: videos of cameras that do not overlap, one identity."""

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
from reid_mot.sequences import Tracks, read_tracks

RATE = 5
SIZE = (320, 240)
CLOTHES = [((200, 30, 30), (30, 30, 160)), ((30, 160, 40), (230, 230, 60)), ((20, 200, 200),) * 2]
PASSES = [
    (0, "door", 0.0),
    (1, "door", 5.0),
    (0, "hall", 7.0),
    (1, "hall", 12.0),
    (2, "hall", 18.0),
    (1, "door", 19.0),
    (0, "door", 25.0),
]
"""Person, camera, and the second from which she crosses the image in four seconds."""


def box(time: float) -> tuple[int, int, int, int]:
    """Where somebody is who has been in the image for so long."""
    left = round(60 * time)
    return left, 70, left + 50, 200


def picture(camera: str, time: float, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A grey place with people, BGR."""
    image = np.full((SIZE[1], SIZE[0], 3), 100 if camera == "door" else 120, np.int64)
    for who, where, begin in PASSES:
        if where == camera and begin <= time < begin + 4:
            left, top, right, bottom = box(time - begin)
            above, below = CLOTHES[who]
            image[top:130, left:right], image[130:bottom, left:right] = above[::-1], below[::-1]
    return (image + rng.normal(0, 3, image.shape)).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A video of 30 seconds for each camera."""
    folder = tmp_path_factory.mktemp("corridor")
    rng = np.random.default_rng(0)
    paths = []
    for camera in ("door", "hall"):
        paths.append(folder / f"{camera}.mp4")
        writer = cv2.VideoWriter(str(paths[-1]), cv2.VideoWriter.fourcc(*"mp4v"), RATE, SIZE)
        for frame in range(30 * RATE):
            writer.write(picture(camera, frame / RATE, rng))
        writer.release()
    return paths


def colourful(image: NDArray[np.uint8]) -> Found:
    """People are what is not grey."""
    coloured = (np.ptp(image.astype(np.int64), axis=2) > 60).astype(np.uint8)
    coloured = cv2.morphologyEx(coloured, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(coloured)
    boxes = [(x, y, x + w, y + h) for x, y, w, h, area in stats[1:].tolist() if area > 2000]
    return Found(np.array(boxes, float).reshape(-1, 4), np.full(len(boxes), 0.9))


@pytest.fixture
def detector(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a detector that finds what is not grey."""
    module = ModuleType("colourful")
    module.__dict__["detect"] = colourful
    monkeypatch.setitem(sys.modules, "colourful", module)
    return "colourful:detect"


def track(*arguments: object) -> int:
    """The status of `reid-mot track --tracker network` with the colours of clothes."""
    looks = ("--embedder", "reid_mot.models:HistogramEmbedder")
    tracker = ("--tracker", "reid_mot.trackers:NetworkTracker")
    return cli.main(["track", *map(str, arguments), *tracker, *looks, "--quiet"])


def identities(rows: Tracks) -> list[int]:
    """Of each pass, the identity in its last second."""
    found = []
    for _, camera, begin in PASSES:
        time = rows.frame / RATE
        late = (rows.camera == camera) & (time >= begin + 3) & (time < begin + 4)
        (identity,) = set(rows.identity[late].tolist())
        found.append(identity)
    return found


def test_a_person_has_one_identity_in_all_videos(
    videos: list[Path], detector: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    # Nobody is ever beside anybody here, from which the tracker would learn the threshold.
    assert track(*videos, "--detector", detector, "--threshold", "0.3", "--out", out) == 0

    people = [who for who, _, _ in PASSES]
    found = identities(read_tracks(out))
    assert len(set(zip(people, found, strict=True))) == len(set(people)) == len(set(found))
    events = [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]
    kinds = [event["kind"] for event in events]
    assert kinds.count("re-identified") == 4
    assert {event["camera"] for event in events} == {"door", "hall"}


def calibration(folder: Path, least: float) -> Path:
    """A file that says nothing but how far the cameras are apart."""
    path = folder / "calibration.json"
    cameras = {name: {"image_size": SIZE} for name in ("door", "hall")}
    ways = [["door", "hall", least, 20]]
    path.write_text(json.dumps({"cameras": cameras, "ways": ways}), encoding="utf-8")
    return path


@pytest.mark.parametrize("least", [2.0, 6.0])
def test_ways_come_from_the_calibration(
    videos: list[Path], detector: str, tmp_path: Path, least: float
) -> None:
    out, given = tmp_path / "out", calibration(tmp_path, least)

    more = ("--calibration", given, "--frames", ":60", "--threshold", "0.2")
    assert track(*videos, "--detector", detector, *more, "--out", out) == 0

    made = json.loads((out / "settings.json").read_text(encoding="utf-8"))
    assert made["tracker"]["settings"]["ways"] == [["door", "hall", least, 20.0]]
    assert made["tracker"]["settings"]["threshold"] == 0.2
    rows = read_tracks(out)
    door, hall = (rows.identity[rows.camera == camera] for camera in ("door", "hall"))
    # The first person leaves one camera three seconds before she is in the other.
    assert (hall[-1] == door[0]) == (least < 3)


def test_settings_go_before_the_calibration(
    videos: list[Path], detector: str, tmp_path: Path
) -> None:
    out, given = tmp_path / "out", calibration(tmp_path, 6.0)

    more = ("--calibration", given, "--frames", ":10", "--set", "ways=()")
    assert track(*videos, "--detector", detector, *more, "--out", out) == 0

    made = json.loads((out / "settings.json").read_text(encoding="utf-8"))
    assert made["tracker"]["settings"]["ways"] == []

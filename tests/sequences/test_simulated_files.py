import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_mot.sequences.motchallenge import MotChallenge
from reid_mot.sequences.simulated import SimulatedRoom, write_simulated


@pytest.fixture(scope="module")
def room() -> SimulatedRoom:
    return SimulatedRoom(seed=3, duration=6.0, rate=5.0)


@pytest.fixture(scope="module")
def folder(room: SimulatedRoom, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("room")
    calls: list[int] = []
    write_simulated(room, root, video=False, progress=calls.append)
    assert calls == list(range(1, 31))
    return root


def test_what_is_written_is_read_back(room: SimulatedRoom, folder: Path) -> None:
    read = MotChallenge(folder)
    assert len(read.cameras) == 4
    for camera, twin in zip(room.cameras, read.cameras, strict=True):
        assert camera.name == twin.name
        assert camera.projection is not None
        assert twin.projection is not None
        np.testing.assert_allclose(twin.projection, camera.projection)
    for ours, theirs in zip(room, read, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            assert (a.frame, a.camera.name) == (b.frame, b.camera.name)
            np.testing.assert_allclose(a.detections.boxes, b.detections.boxes, atol=0.02)
            np.testing.assert_allclose(a.detections.scores, b.detections.scores, atol=1e-4)


def test_truth_is_read_back(room: SimulatedRoom, folder: Path) -> None:
    truth, ours = MotChallenge(folder).truth, room.truth
    assert truth is not None
    a, b = truth.in_boxes().sorted(), ours.in_boxes().sorted()
    np.testing.assert_array_equal(a.identity, b.identity)
    np.testing.assert_allclose(a.box, b.box, atol=0.02)
    a, b = truth.on_ground(), ours.on_ground()
    np.testing.assert_array_equal(a.frame, b.frame)
    np.testing.assert_allclose(a.ground, b.ground, atol=1e-3)


def test_pictures_are_the_rendered_ones(room: SimulatedRoom, folder: Path) -> None:
    image = cv2.imread(str(folder / "c02" / "img1" / "000030.jpg"))
    assert image is not None
    gap = np.abs(image[..., ::-1].astype(int) - room.render(1, 29)).mean()
    assert gap < 6


def test_calibration_and_truth_files(room: SimulatedRoom, folder: Path) -> None:
    content = json.loads((folder / "calibration.json").read_text())
    assert content["units"] == "metres"
    assert content["fps"] == 5.0
    assert content["image_size"] == [640, 480]
    assert content["region"] == room.region.tolist()
    assert np.array(content["cameras"]["c04"]["P"]).shape == (3, 4)
    world = np.loadtxt(folder / "gt" / "world.txt", delimiter=",", ndmin=2)
    assert world.shape == (len(room.walks.instant), 5)
    lines = (folder / "c01" / "gt" / "gt.txt").read_text().splitlines()
    assert all(len(line.split(",")) == 9 for line in lines)
    assert "seqLength=30" in (folder / "c01" / "seqinfo.ini").read_text()


def test_nothing_unfinished_is_left(folder: Path) -> None:
    assert not [path for path in folder.rglob("*") if path.name.startswith(".")]


def test_video_has_every_frame(room: SimulatedRoom, tmp_path: Path) -> None:
    write_simulated(room, tmp_path)
    video = cv2.VideoCapture(str(tmp_path / "c03" / "c03.mp4"))
    assert video.get(cv2.CAP_PROP_FPS) == pytest.approx(5.0)
    frames = []
    while True:
        more, frame = video.read()
        if not more:
            break
        frames.append(frame)
    assert len(frames) == 30
    assert np.abs(frames[20][..., ::-1].astype(int) - room.render(2, 20)).mean() < 8
    assert not (tmp_path / "c03" / "img1").exists()


def test_breaking_off_leaves_no_half_written_file(room: SimulatedRoom, tmp_path: Path) -> None:
    def stop(done: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_simulated(room, tmp_path, progress=stop)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_room_without_images_is_written_without_pictures(tmp_path: Path) -> None:
    write_simulated(SimulatedRoom(duration=2.0, rate=5.0, images=False), tmp_path)
    assert (tmp_path / "c01" / "det" / "det.txt").exists()
    assert not list(tmp_path.rglob("*.mp4"))

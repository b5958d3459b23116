import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from reid_mot.sequences import Camera, FormatError, read_calibration, write_calibration

K: list[list[float]] = [[600, 0, 320], [0, 600, 240], [0, 0, 1]]
TURN = [1.9, 0.3, -0.2]
R = cv2.Rodrigues(np.array(TURN))[0]
T = [0.1, 0.4, 6.0]
P = (np.array(K) @ np.column_stack([R, T])).tolist()
SIZE = [640, 480]


def read(tmp_path: Path, camera: dict[str, Any], **top: Any) -> Camera:
    content = {"image_size": SIZE, "cameras": {"cam1": camera}} | top
    (tmp_path / "calibration.json").write_text(json.dumps(content))
    return read_calibration(tmp_path / "calibration.json").cameras[0]


@pytest.mark.parametrize("turn", [TURN, R.tolist()], ids=["rodrigues", "matrix"])
def test_pose_equals_projection(tmp_path: Path, turn: list[Any]) -> None:
    pose = read(tmp_path, {"K": K, "R": turn, "t": T})
    matrix = read(tmp_path, {"P": P})
    points = [[0.5, 0.2, 0.0], [1.0, -0.3, 1.7]]
    np.testing.assert_allclose(pose.to_pixels(points), matrix.to_pixels(points), rtol=1e-9)


def test_homography_equals_projection_on_the_floor(tmp_path: Path) -> None:
    plane = read(tmp_path, {"homography": np.array(P)[:, [0, 1, 3]].tolist()})
    points = [[0.5, 0.2], [1.0, -0.3]]
    matrix = read(tmp_path, {"P": P})
    np.testing.assert_allclose(plane.to_pixels(points), matrix.to_pixels(points), rtol=1e-9)


@pytest.mark.parametrize(
    ("units", "metres"),
    [("metres", 1), ("centimetres", 0.01), ("millimetres", 0.001), ("feet", 0.3048)],
)
def test_units_become_metres(tmp_path: Path, units: str, metres: float) -> None:
    """The same camera described in any unit sees metres at the same pixels."""
    expected = read(tmp_path, {"P": P}).to_pixels([[0.5, 0.2, 1.7]])
    scaled = np.array(P) * [metres, metres, metres, 1]
    cameras: list[dict[str, Any]] = [
        {"P": scaled.tolist()},
        {"K": K, "R": TURN, "t": (np.array(T) / metres).tolist()},
    ]
    for camera in cameras:
        seen = read(tmp_path, camera, units=units).to_pixels([[0.5, 0.2, 1.7]])
        np.testing.assert_allclose(seen, expected, rtol=1e-9)
    plane = read(tmp_path, {"homography": scaled[:, [0, 1, 3]].tolist()}, units=units)
    floor = read(tmp_path, {"P": P}).to_pixels([[0.5, 0.2]])
    np.testing.assert_allclose(plane.to_pixels([[0.5, 0.2]]), floor, rtol=1e-9)
    read(tmp_path, {"P": P}, units=units, room_size=[4 / metres, 3 / metres, 2.5 / metres])
    region = read_calibration(tmp_path / "calibration.json").region
    np.testing.assert_allclose(region, [[0, 0], [4, 0], [4, 3], [0, 3]])  # type: ignore[arg-type]


def test_region_is_read(tmp_path: Path) -> None:
    read(tmp_path, {"P": P}, region=[[0, 0], [100, 0], [0, 50]], units="centimetres")
    region = read_calibration(tmp_path / "calibration.json").region
    assert region is not None
    assert region.tolist() == [[0, 0], [1, 0], [0, 0.5]]


def test_cameras_keep_their_order_and_may_be_uncalibrated(tmp_path: Path) -> None:
    content = {"cameras": {"z": {"image_size": [4, 3]}, "a": {"P": P, "image_size": SIZE}}}
    (tmp_path / "c.json").write_text(json.dumps(content))
    room = read_calibration(tmp_path / "c.json")
    assert [c.name for c in room.cameras] == ["z", "a"]
    assert [c.calibrated for c in room.cameras] == [False, True]
    assert room.cameras[0].size == (4, 3)
    assert (room.rate, room.region) == (None, None)
    assert room.camera("a") is room.cameras[1]
    assert room.camera("b") is None


def test_bom_and_crlf_are_accepted(tmp_path: Path) -> None:
    text = json.dumps({"image_size": SIZE, "cameras": {"a": {"P": P}}}, indent=1)
    (tmp_path / "c.json").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert read_calibration(tmp_path / "c.json").cameras[0].name == "a"


@pytest.mark.parametrize(
    ("camera", "top", "field", "message"),
    [
        ({"P": P, "lens": 1}, {}, "cameras.cam1.lens", "one of the keys"),
        ({"P": P}, {"fpss": 4}, "fpss", "one of the keys"),
        ({"P": K}, {}, "cameras.cam1.P", r"shape \(3, 4\)"),
        ({"P": [["a"] * 4] * 3}, {}, "cameras.cam1.P", "numbers"),
        ({"P": [[None] * 4] * 3}, {}, "cameras.cam1.P", "numbers"),
        ({"P": [[float("nan")] * 4] * 3}, {}, "cameras.cam1.P", "finite"),
        ({"P": [[1, 2], [3]]}, {}, "cameras.cam1.P", "numbers"),
        ({"P": np.ones((3, 4)).tolist()}, {}, "cameras.cam1", "usable camera"),
        ({"P": P, "homography": K}, {}, "cameras.cam1", "one of P"),
        ({"R": TURN, "K": K}, {}, "cameras.cam1", "one of P"),
        ({"R": TURN, "t": T}, {}, "cameras.cam1.K", "camera matrix"),
        ({"R": K, "t": T, "K": K}, {}, "cameras.cam1.R", "rotation matrix"),
        ({"P": P, "distortion": [1, 2, 3, 4, 5]}, {}, "cameras.cam1", "needs the intrinsics"),
        ({"P": P, "K": K, "distortion": [1, 2]}, {}, "cameras.cam1.distortion", "shape"),
        ({"P": P, "image_size": [640]}, {}, "cameras.cam1.image_size", "shape"),
        ({"P": P, "image_size": [640, 0]}, {}, "cameras.cam1.image_size", "whole pixels"),
        ({"P": P, "image_size": [640, 4.5]}, {}, "cameras.cam1.image_size", "whole pixels"),
        ({"P": P}, {"image_size": None}, "cameras.cam1.image_size", "here or at the top"),
        ({"P": P}, {"units": "yards"}, "units", "metres or centimetres"),
        ({"P": P}, {"fps": 0}, "fps", "positive"),
        ({"P": P}, {"fps": "4"}, "fps", "a number"),
        ({"P": P}, {"name": 3}, "name", "a string"),
        ({"P": P}, {"room_size": [3]}, "room_size", "shape"),
        ({"P": P}, {"room_size": [3, -1]}, "room_size", "positive"),
        ({"P": P}, {"region": [[0, 0], [1, 1]]}, "region", "polygon"),
        ({"P": P}, {"cameras": {}}, "cameras", "at least one"),
        ({"P": P}, {"cameras": [1]}, "cameras", "an object"),
        ({"P": P}, {"cameras": {"a": 3}}, "cameras.a", "an object"),
    ],
)
def test_mistakes_are_named(
    tmp_path: Path, camera: dict[str, Any], top: dict[str, Any], field: str, message: str
) -> None:
    with pytest.raises(FormatError, match=message) as caught:
        read(tmp_path, camera, **top)
    assert caught.value.field == field


def test_a_note_may_stand_anywhere(tmp_path: Path) -> None:
    assert read(tmp_path, {"P": P, "note": "north"}, note={"by": "me"}).calibrated


def test_round_trip_is_exact(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    lens = np.array([-0.2, 0.1, 0.001, 0.002, 1 / 3])
    cameras = [
        Camera.from_pose("pose", (640, 480), K, TURN, rng.normal([0.0, 0.0, 5.0]), lens),
        Camera("matrix", (1920, 1080), projection=np.array(P) / 3),
        Camera("plane", (320, 240), homography=np.array(P)[:, [0, 1, 3]] / 7),
        Camera("bare", (10, 20)),
    ]
    region = np.array([[0, 0], [1 / 3, 0], [0.1, 0.7]])
    path = tmp_path / "deep" / "c.json"
    write_calibration(path, cameras, name="hall", rate=29.97, region=region)
    room = read_calibration(path)
    assert (room.name, room.rate) == ("hall", 29.97)
    assert room.region is not None
    np.testing.assert_array_equal(room.region, region)
    for camera, again in zip(cameras, room.cameras, strict=True):
        assert (camera.name, camera.size) == (again.name, again.size)
        for field in ("projection", "homography", "intrinsics", "distortion"):
            expected, found = getattr(camera, field), getattr(again, field)
            assert (expected is None) == (found is None)
            if expected is not None:
                np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("cameras", [[], [Camera("a", (1, 1))] * 2])
def test_writing_refuses_missing_and_double_names(tmp_path: Path, cameras: list[Camera]) -> None:
    with pytest.raises(ValueError, match="no name twice"):
        write_calibration(tmp_path / "c.json", cameras)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.data
def test_cmc1(data: Callable[[str], Path]) -> None:
    source = data("cmc1") / "calibration.json"
    raw = json.loads(source.read_text())
    room = read_calibration(source)
    assert (room.name, room.rate) == ("CMC1", 4)
    assert [c.name for c in room.cameras] == list(raw["cameras"])
    for camera in room.cameras:
        matrix = np.array(raw["cameras"][camera.name]["P"])
        u, v, w = matrix @ [3.0, 1.5, 0.0, 1.0]
        np.testing.assert_allclose(camera.to_pixels([[3.0, 1.5]]), [[u / w, v / w]])
        # All four hang in the room, above people's heads and below the ceiling.
        assert camera.centre is not None
        assert 1.8 < camera.centre[2] < 3.0


def test_ways_are_read_and_written(tmp_path: Path) -> None:
    cameras = {name: {"image_size": SIZE} for name in ("hall", "door")}
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps({"cameras": cameras, "ways": [["door", "hall", 5, 12.5]]}))
    room = read_calibration(path)
    assert room.ways == (("door", "hall", 5.0, 12.5),)
    write_calibration(path, room.cameras, ways=room.ways)
    assert read_calibration(path).ways == room.ways


@pytest.mark.parametrize(
    "way",
    [["door", "hall", 5], ["door", "door", 5, 9], ["door", "yard", 5, 9], ["door", "hall", 9, 5]],
)
def test_ways_that_cannot_be(tmp_path: Path, way: list[Any]) -> None:
    cameras = {name: {"image_size": SIZE} for name in ("hall", "door")}
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps({"cameras": cameras, "ways": [["door", "hall", 1, 2], way]}))
    with pytest.raises(FormatError, match=r"ways\[1\].*two cameras of this file"):
        read_calibration(path)

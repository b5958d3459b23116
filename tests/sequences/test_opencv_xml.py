from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_mot.sequences import FormatError
from reid_mot.sequences.opencv_xml import read_opencv_camera

K = np.array([[600.0, 0, 320], [0, 620, 240], [0, 0, 1]])
LENS = np.array([-0.2, 0.05, 0.001, 0.002, 0.0])
TURN, SHIFT = np.array([1.9, 0.3, -0.2]), np.array([10.0, 40.0, 600.0])
PLAIN = """<?xml version="1.0"?>
<opencv_storage>
 <rvec>
  {} {} {}
 </rvec> <tvec>{} {} {} </tvec></opencv_storage>"""


def store(path: Path, **nodes: np.ndarray) -> None:
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    for name, value in nodes.items():
        storage.write(name, value)
    storage.release()


@pytest.mark.parametrize("plain", [True, False], ids=["bare numbers", "opencv-matrix"])
def test_both_ways_of_writing(tmp_path: Path, plain: bool) -> None:
    inner, outer = tmp_path / "intr.xml", tmp_path / "extr.xml"
    store(inner, camera_matrix=K, distortion_coefficients=LENS)
    if plain:
        outer.write_text(PLAIN.format(*TURN, *SHIFT))
    else:
        store(outer, rvec=TURN, tvec=SHIFT)
    camera = read_opencv_camera("c", (640, 480), inner, outer, 0.01)
    points = np.array([[0.5, 0.2, 0.0], [1.0, -0.3, 1.7]])
    seen = cv2.projectPoints(points * 100, TURN, SHIFT, K, LENS)[0][:, 0]
    np.testing.assert_allclose(camera.to_pixels(points), seen, atol=1e-6)


def test_distortion_may_be_absent(tmp_path: Path) -> None:
    store(tmp_path / "i.xml", camera_matrix=K)
    store(tmp_path / "e.xml", rvec=TURN, tvec=SHIFT)
    camera = read_opencv_camera("c", (640, 480), tmp_path / "i.xml", tmp_path / "e.xml", 0.01)
    assert camera.distortion is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<a><rvec>1 2 3</rvec></a>", "field 'tvec': expected a node tvec"),
        ("<a><rvec>1 2</rvec><tvec>1 2 3</tvec></a>", "field 'rvec': expected 3 numbers"),
        ("<a><rvec>1 2 x</rvec><tvec>1 2 3</tvec></a>", "field 'rvec': expected numbers"),
        ("<a><rvec>1 2 nan</rvec><tvec>1 2 3</tvec></a>", "field 'rvec': expected finite"),
        ("<a><rvec>1 2 3</rvec>", "line 1: expected XML"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, message: str) -> None:
    store(tmp_path / "i.xml", camera_matrix=K)
    (tmp_path / "e.xml").write_text(text)
    with pytest.raises(FormatError, match=r"e\.xml.*" + message):
        read_opencv_camera("c", (640, 480), tmp_path / "i.xml", tmp_path / "e.xml", 0.01)


@pytest.mark.data
@pytest.mark.parametrize(
    "name", ["CVLab1", "CVLab2", "CVLab3", "CVLab4", "IDIAP1", "IDIAP2", "IDIAP3"]
)
def test_wildtrack_cameras_hang_above_heads(data: Callable[[str], Path], name: str) -> None:
    folder = data("wildtrack") / "calibrations"
    camera = read_opencv_camera(
        name,
        (1920, 1080),
        folder / "intrinsic_original" / f"intr_{name}.xml",
        folder / "extrinsic" / f"extr_{name}.xml",
        0.01,
    )
    assert camera.distortion is not None
    assert camera.centre is not None
    assert 1.5 < camera.centre[2] < 4.0

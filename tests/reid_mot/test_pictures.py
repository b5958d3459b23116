"""Which paths are pictures, and which a sequence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reid_mot.commands.pictures import are_pictures, picture_files, spread
from reid_mot.sequences.images import write_image


@pytest.fixture
def image(tmp_path: Path) -> Path:
    (tmp_path / "plain").mkdir()
    write_image(tmp_path / "plain" / "0002_c1s1_000451_03.jpg", np.zeros((4, 4, 3), np.uint8))
    return tmp_path / "plain" / "0002_c1s1_000451_03.jpg"


def test_images_and_folders_of_them_are_pictures(image: Path) -> None:
    assert are_pictures([str(image), str(image.parent), str(image.parents[1])])


@pytest.mark.parametrize(
    "mark", ["calibration.json", "annotations_positions", "seqinfo.ini", "c01/det/det.txt"]
)
def test_folders_of_a_known_layout_are_none(image: Path, mark: str) -> None:
    (image.parent / mark).parent.mkdir(parents=True, exist_ok=True)
    (image.parent / mark).touch()

    assert not are_pictures([str(image), str(image.parent)])


def test_videos_empty_folders_and_nothing_are_none(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    assert not are_pictures([str(tmp_path / "a.mp4")])
    assert not are_pictures([str(tmp_path)])
    assert not are_pictures([str(tmp_path / "missing")])


def test_files_are_in_the_order_given_and_folders_sorted(tmp_path: Path) -> None:
    for name in ("b/2.jpg", "b/1.PNG", "a/3.jpeg", "b/.hidden.jpg", "b/x.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    found = picture_files([str(tmp_path / "b"), str(tmp_path / "a" / "3.jpeg")])

    assert [path.name for path in found] == ["1.PNG", "2.jpg", "3.jpeg"]


def test_a_spread_is_even_and_whole_where_there_are_few() -> None:
    files = [Path(f"{number}") for number in range(10)]

    assert [int(path.name) for path in spread(files, 5)] == [0, 2, 4, 6, 8]
    assert spread(files, 10) == spread(files, 99) == files

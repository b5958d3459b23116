from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_mot.sequences import FormatError
from reid_mot.sequences.images import (
    ImageFolder,
    VideoFile,
    image_files,
    image_size,
    read_image,
    video_files,
    write_image,
)


def picture(level: int, size: tuple[int, int] = (64, 48)) -> np.ndarray:
    image = np.full((size[1], size[0], 3), 20, np.uint8)
    image[..., 0] = level
    return image


def film(path: Path, levels: list[int], rate: float = 10.0) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate, (64, 48))
    for level in levels:
        writer.write(cv2.cvtColor(picture(level), cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def red(image: np.ndarray) -> float:
    return float(image[..., 0].mean())


def test_images_are_rgb_and_round_trip(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    write_image(tmp_path / "ä.png", image)
    np.testing.assert_array_equal(read_image(tmp_path / "ä.png"), image)
    assert image_size(tmp_path / "ä.png") == (7, 5)
    stored = cv2.imdecode(np.frombuffer((tmp_path / "ä.png").read_bytes(), np.uint8), 1)
    np.testing.assert_array_equal(stored, image[..., ::-1])


@pytest.mark.parametrize("raw", [b"", b"not an image"])
def test_unreadable_images_are_named(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(raw)
    with pytest.raises(FormatError, match=r"a\.jpg: expected a readable image"):
        read_image(tmp_path / "a.jpg")


def test_unknown_image_ending(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no image format"):
        write_image(tmp_path / "a.nothing", picture(1))


def test_numbers_are_taken_from_names(tmp_path: Path) -> None:
    for name in ("img_10.png", "img_9.JPG", "000011.png", "notes.txt", ".hidden12.png"):
        (tmp_path / name).touch()
    assert list(image_files(tmp_path)) == [9, 10, 11]


@pytest.mark.parametrize("names", [["cover.png"], ["1.png", "01.jpg"]])
def test_images_without_a_number_of_their_own_are_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(FormatError, match="frame"):
        image_files(tmp_path)


def test_folder_refuses_an_image_of_another_size(tmp_path: Path) -> None:
    write_image(tmp_path / "1.png", picture(5))
    folder = ImageFolder({1: tmp_path / "1.png"}, (64, 48))
    assert red(folder(1)) == 5
    with pytest.raises(FormatError, match="expected an image of 32 x 48, found '64 x 48'"):
        ImageFolder({1: tmp_path / "1.png"}, (32, 48))(1)


def test_video_frames_in_any_order(tmp_path: Path) -> None:
    levels = list(range(0, 250, 10))
    video = VideoFile(film(tmp_path / "v.avi", levels, 12.5))
    assert (video.count, video.size, video.rate) == (25, (64, 48), 12.5)
    for index in [0, 1, 2, 2, 7, 24, 24, 3, 0, 23]:
        assert red(video(index)) == pytest.approx(levels[index], abs=4)
    for index in (-1, 25):
        with pytest.raises(IndexError, match="of 25"):
            video(index)


def test_broken_videos_are_named(tmp_path: Path) -> None:
    (tmp_path / "v.avi").write_bytes(b"nothing at all")
    with pytest.raises(FormatError, match=r"v\.avi: expected a readable video"):
        VideoFile(tmp_path / "v.avi")
    with pytest.raises(FileNotFoundError, match=r"w\.avi"):
        VideoFile(tmp_path / "w.avi")


def test_truncated_video_has_the_frames_that_are_left(tmp_path: Path) -> None:
    levels = list(range(0, 250, 10))
    path = film(tmp_path / "v.avi", levels)
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    video = VideoFile(path)
    assert 0 < video.count < 25
    assert red(video(video.count - 1)) == pytest.approx(levels[video.count - 1], abs=4)


def test_video_files_are_sorted(tmp_path: Path) -> None:
    for name in ("b.mp4", "a.AVI", "c.txt", ".d.mp4"):
        (tmp_path / name).touch()
    assert [p.name for p in video_files(tmp_path)] == ["a.AVI", "b.mp4"]


@pytest.mark.data
def test_pets_video_has_as_many_frames_as_its_truth(data: Callable[[str], Path]) -> None:
    video = VideoFile(data("pets09-s2l1") / "vtest.avi")
    assert (video.count, video.size, video.rate) == (795, (768, 576), 10)

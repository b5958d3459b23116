"""Posters, films and pages."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_mot.report import Drawing, bird_view, filming, poster, shrunk, write_image_atomically
from reid_mot.sequences import Camera, Detections, MotChallenge, Tracks, View
from reid_mot.sequences.images import read_image


def test_a_poster_has_cameras_and_map(sequence: MotChallenge) -> None:
    views = list(sequence)[20]
    truth = sequence.truth
    assert truth is not None

    picture = poster(views, sequence.cameras, truth, region=sequence.region, width=800)

    drawing = Drawing(sequence.cameras, sequence.region, truth, width=800)
    assert picture.shape[1::-1] == drawing.size
    assert drawing.size[0] > 800


def test_without_positions_there_is_no_map() -> None:
    camera = Camera("a", (64, 48))
    tracks = Tracks([1], "a", [1], [[5, 5, 20, 40]])

    picture = poster([View(camera, 1, 0.0, Detections.empty())], [camera], tracks, width=640)

    assert picture.shape == (480, 640, 3)
    assert bird_view([camera], tracks) is None


def test_a_map_has_the_shape_of_the_floor(sequence: MotChallenge) -> None:
    truth = sequence.truth
    assert truth is not None

    floor = bird_view(sequence.cameras, truth, region=sequence.region, width=300)

    assert floor is not None
    assert floor.shape[1] == 300
    assert 300 < floor.shape[0] < 400


def test_a_poster_needs_a_view() -> None:
    with pytest.raises(ValueError, match="no view"):
        poster([], [Camera("a", (64, 48))], Tracks.empty())


def test_a_film_has_its_pictures(tmp_path: Path) -> None:
    with filming(tmp_path / "film.mp4", 10) as film:
        for value in (0, 120, 240):
            film.add(np.full((48, 64, 3), value, np.uint8))

        assert not (tmp_path / "film.mp4").exists()

    video = cv2.VideoCapture(str(tmp_path / "film.mp4"))
    frames = [video.read()[1] for _ in range(3)]
    assert not video.read()[0]
    assert [int(np.asarray(frame).mean()) for frame in frames] == pytest.approx(
        [0, 120, 240], abs=8
    )


def test_a_film_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with filming(tmp_path / "film.mp4", 10) as film:
            film.add(np.zeros((48, 64, 3), np.uint8))
            film.add(np.zeros((48, 66, 3), np.uint8))

    with pytest.raises(ValueError, match="a picture of"):
        fail()

    assert list(tmp_path.iterdir()) == []


def test_a_film_without_pictures_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no picture"), filming(tmp_path / "film.mp4", 10):
        pass


def test_a_picture_is_written_whole(tmp_path: Path) -> None:
    image = np.arange(48 * 64 * 3, dtype=np.uint8).reshape(48, 64, 3)

    write_image_atomically(tmp_path / "a.png", image)

    assert np.array_equal(read_image(tmp_path / "a.png"), image)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_picture_is_shrunk_and_never_stretched() -> None:
    image = np.full((40, 80, 3), 7, np.uint8)

    assert shrunk(image, 60).shape == (30, 60, 3)
    assert shrunk(image, 90) is image

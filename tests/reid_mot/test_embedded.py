"""A sequence with the vectors of its detections, as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from reid_mot.commands.embedded import BATCH, Embedded, numbering, write_embedded
from reid_mot.models import CallableEmbedder
from reid_mot.models.embedder import Image
from reid_mot.sequences import (
    GROUND,
    Camera,
    DetectionFolder,
    DetectionTable,
    Recording,
    Stream,
    Tracks,
)

SIZE = (40, 30)


def mean_colour(crops: list[Image]) -> list[np.ndarray]:
    """A vector of which the test can say what it must be."""
    return [crop.mean(axis=(0, 1)) + 1 for crop in crops]


MEAN = CallableEmbedder(mean_colour, 3)


def picture(camera: int, frame: int) -> Image:
    """An image of one colour, which says who took it and when."""
    return np.full((SIZE[1], SIZE[0], 3), (40 * camera, frame, 10), np.uint8)


def recorded(frames: Sequence[int], per_frame: int = 2) -> Recording:
    """Two cameras, and people of a quarter of the image."""
    streams = []
    for number in (1, 2):
        boxes = [(k, 2.5, k + 10.25, 20) for _ in frames for k in range(per_frame)]
        scores = np.linspace(0.25, 1, len(boxes))
        table = DetectionTable(np.repeat(frames, per_frame), boxes, scores)
        streams.append(
            Stream(
                Camera(f"c{number}", SIZE),
                np.array(frames),
                table,
                lambda frame, number=number: picture(number, frame),  # type: ignore[misc]
            )
        )
    truth = Tracks(frames, GROUND, np.zeros(len(frames)), None, [(f, 1.0) for f in frames])
    region = np.array([(0.0, 0.0), (9, 0), (9, 9)])
    return Recording("two", streams, frames, 5, None, truth, region)


def write(folder: Path, sequence: Recording) -> Embedded:
    """Write it without a word."""
    folder.mkdir()
    return write_embedded(
        folder, sequence, MEAN, sequence.rate, progress=lambda done: None, stop=lambda: False
    )


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    sequence = recorded(range(3, 60))

    done = write(tmp_path / "out", sequence)
    found = DetectionFolder(tmp_path / "out")

    assert (done.instants, done.detections, done.outside, done.first) == (57, 228, 0, None)
    assert (found.name, found.rate, len(found)) == ("two", 5, 57)
    np.testing.assert_array_equal(found.region, sequence.region)
    for before, after in zip(sequence, found, strict=True):
        for old, new in zip(before, after, strict=True):
            assert (old.camera.name, old.frame) == (new.camera.name, new.frame)
            np.testing.assert_allclose(new.detections.boxes, old.detections.boxes, rtol=1e-6)
            np.testing.assert_allclose(new.detections.scores, old.detections.scores, rtol=1e-6)
            np.testing.assert_array_equal(new.detections.embeddings, MEAN(old.crops()))
    assert found.truth is not None
    np.testing.assert_array_equal(found.truth.ground, sequence.truth.ground)  # type: ignore[union-attr]


@pytest.mark.parametrize("frames", [(0, 1, 2), (0, 5, 15), (10, 12, 14)])
def test_frames_are_numbered_one_by_one(tmp_path: Path, frames: tuple[int, ...]) -> None:
    sequence = recorded(frames)
    step = frames[1] - frames[0]

    done = write(tmp_path / "out", sequence)
    found = DetectionFolder(tmp_path / "out")

    expected = [(frame - frames[0]) // step + 1 for frame in frames]
    assert (done.first, done.step) == (frames[0], step)
    seen = [views[0].frame for views in found if len(views[0].detections)]
    assert seen == expected
    assert found.truth is not None
    assert found.truth.frame.tolist() == expected
    assert found.truth.ground[:, 0].tolist() == list(frames)


def test_numbers_that_can_stay_do() -> None:
    assert numbering([4]) == (None, 1)
    assert numbering([4, 5, 9]) == (None, 1)
    assert numbering([0]) == (0, 1)


def test_a_box_outside_the_image_has_no_vector(tmp_path: Path) -> None:
    table = DetectionTable([1, 1, 1], [(0, 0, 5, 5), (50, 0, 60, 9), (9, 9, 12, 12)])
    stream = Stream(Camera("c", SIZE), np.array([1]), table, lambda frame: picture(1, frame))

    done = write(tmp_path / "out", Recording("one", [stream], [1], 5))

    rows = np.load(tmp_path / "out" / "detections" / "c.npy")
    assert done.outside == 1
    assert np.isnan(rows[:, 10:]).tolist() == [[False] * 3, [True] * 3, [False] * 3]
    assert rows[:, :10].tolist()[1] == [1, -1, 50, 0, 10, 9, 1, -1, -1, -1]


def test_no_more_than_a_batch_of_crops_is_held(tmp_path: Path) -> None:
    held: list[tuple[int, bool]] = []

    def note(crops: list[Image]) -> list[np.ndarray]:
        held.append((len(crops), any(crop.base is not None for crop in crops)))
        return mean_colour(crops)

    (tmp_path / "out").mkdir()
    write_embedded(
        tmp_path / "out",
        recorded(range(1, 50)),
        CallableEmbedder(note, 3),
        5,
        progress=lambda done: None,
        stop=lambda: False,
    )

    assert max(count for count, _ in held) == BATCH
    assert not any(part_of_an_image for _, part_of_an_image in held)


def test_a_camera_that_saw_nobody_has_a_file(tmp_path: Path) -> None:
    silent = Stream(Camera("empty", SIZE), np.array([1, 2]), None, lambda frame: picture(3, frame))
    whole = recorded([1, 2])

    write(tmp_path / "out", Recording("three", [*whole.streams, silent], [1, 2], 5))

    assert np.load(tmp_path / "out" / "detections" / "empty.npy").shape == (0, 13)
    assert len(DetectionFolder(tmp_path / "out").cameras) == 3


def test_without_detections_there_is_nothing_to_do(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'two' has no detection to embed"):
        write(tmp_path / "out", recorded([1, 2], per_frame=0))

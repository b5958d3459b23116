from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from reid_mot.sequences import (
    GROUND,
    Camera,
    DetectionFolder,
    DetectionTable,
    MotChallenge,
    Recording,
    Stream,
    Tracks,
    Wildtrack,
    write_motchallenge,
)

P = np.array([[500.0, 0, 300, 100], [0, 300, -500, 900], [0, 0.5, 0.1, 5]])


def picture(number: int) -> np.ndarray:
    return np.full((48, 64, 3), 10 * number, np.uint8)


def room(embeddings: bool = True, silent: bool = False, gap: bool = False) -> Recording:
    rng = np.random.default_rng(0)
    streams = []
    for name in ("north", "south"):
        low = rng.uniform(0, 40, (12, 2))
        table = DetectionTable(
            rng.integers(1, 6, 12),
            np.hstack([low, low + rng.uniform(1, 20, (12, 2))]),
            rng.normal(size=12),
            rng.normal(size=(12, 4)) if embeddings else None,
        )
        frames = np.array([1, 2, 4, 5]) if silent and name == "south" else np.arange(1, 6)
        streams.append(Stream(Camera(name, (64, 48), P), frames, table, picture))
    box = [[0.5, 1, 2, 3], [1, 1, 5, 5], [np.nan] * 4]
    place = [[1 / 3, 2.0], [1 / 3, 2.0], [1.0, 1.0]]
    truth = Tracks([2, 2, 3], ["north", "south", GROUND], [7, 7, 0], np.array(box), place)
    region = np.array([[0.0, 0], [4, 0], [4, 3]])
    numbers = [1, 2, 3, 4, 5] if not gap else [1, 3, 5]
    return Recording("room", streams, numbers, 12.5, None, truth, region)


def rows(sequence: Recording) -> list[tuple[object, ...]]:
    return [
        (v.frame, v.time, v.camera.name, v.detections.scores.tolist())
        for views in sequence
        for v in views
    ]


@pytest.mark.parametrize("images", [None, ".png", ".avi"])
@pytest.mark.parametrize("embeddings", [False, True])
def test_what_is_written_reads_the_same(
    tmp_path: Path, images: str | None, embeddings: bool
) -> None:
    sequence = room(embeddings)
    done: list[int] = []
    write_motchallenge(tmp_path / "out", sequence, images=images, progress=done.append)
    assert done == [1, 2, 3, 4, 5]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    again = MotChallenge(tmp_path / "out")
    assert (again.name, again.rate) == ("room", 12.5)
    assert rows(again) == rows(sequence)
    assert again.truth is not None
    assert sequence.truth is not None
    for column in ("frame", "camera", "identity", "box", "ground"):
        expected = getattr(sequence.truth.sorted(), column)
        np.testing.assert_array_equal(getattr(again.truth.sorted(), column), expected)
    np.testing.assert_array_equal(again.region, sequence.region)
    for views, others in zip(sequence, again, strict=True):
        for view, other in zip(views, others, strict=True):
            np.testing.assert_array_equal(view.camera.projection, other.camera.projection)
            np.testing.assert_allclose(view.detections.boxes, other.detections.boxes, rtol=1e-15)
            assert (other.detections.embeddings is not None) == embeddings
            if embeddings:
                np.testing.assert_array_equal(
                    view.detections.embeddings, other.detections.embeddings
                )
            assert other.has_image == (images is not None)
            if images is not None:
                assert other.image is not None
                assert view.image is not None
                tolerance = 0 if images == ".png" else 4
                np.testing.assert_allclose(other.image, view.image, atol=tolerance)


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError, match="exists already"):
        write_motchallenge(tmp_path, room())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("sequence", "images", "message"),
    [
        (room(gap=True), None, "one by one"),
        (room(silent=True), ".avi", "'south' was silent"),
        (room(), ".nothing", "no image format"),
    ],
)
def test_failure_leaves_nothing_behind(
    tmp_path: Path, sequence: Recording, images: str | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        write_motchallenge(tmp_path / "out", sequence, images=images)
    assert list(tmp_path.iterdir()) == []


def test_silent_cameras_stay_silent_with_images(tmp_path: Path) -> None:
    sequence = room(silent=True)
    write_motchallenge(tmp_path / "out", sequence, images=".png")
    (tmp_path / "out" / "south" / "det" / "det.txt").write_text("")
    (tmp_path / "out" / "south" / "det" / "emb.npy").unlink()
    seen = [len(views) for views in MotChallenge(tmp_path / "out")]
    assert seen == [2, 2, 1, 2, 2]


@pytest.mark.data
def test_cmc1_as_motchallenge_folders(data: Callable[[str], Path], tmp_path: Path) -> None:
    sequence = DetectionFolder(data("cmc1"))
    write_motchallenge(tmp_path / "out", sequence)
    again = MotChallenge(tmp_path / "out")
    assert rows(again) == rows(sequence)
    assert again.truth is not None
    assert sequence.truth is not None
    np.testing.assert_array_equal(again.truth.on_ground().ground, sequence.truth.on_ground().ground)


@pytest.mark.data
def test_frames_in_steps_cannot_be_motchallenge(
    data: Callable[[str], Path], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="one by one"):
        write_motchallenge(tmp_path / "out", Wildtrack(data("wildtrack")))

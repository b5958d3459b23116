from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reid_mot.metering import Metered, PictureClock
from reid_mot.sequences.simulated import SimulatedRoom


class Mean:
    """The mean colour, and how many crops were looked at."""

    dim, threshold = 3, 0.123

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, crops: list[np.ndarray]) -> np.ndarray:
        self.seen += len(crops)
        vectors = np.array([crop.mean(axis=(0, 1)) for crop in crops], np.float32)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def crops(*values: int) -> list[np.ndarray]:
    return [np.full((4, 2, 3), (value, 10, 20), np.uint8) for value in values]


def test_crops_are_counted() -> None:
    embedder = Mean()
    metered = Metered(embedder)

    metered(crops(1, 2))
    vectors = metered(crops(2))

    assert (metered.crops, metered.computed, embedder.seen) == (3, 3, 3)
    np.testing.assert_array_equal(vectors, Mean()(crops(2)))
    assert metered([]).shape == (0, 3)
    assert metered.seconds_per_crop >= 0
    assert metered.threshold == 0.123
    with pytest.raises(AttributeError, match="colour"):
        _ = metered.colour


def test_kept_vectors_are_not_computed_again(tmp_path: Path) -> None:
    path = tmp_path / "kept.npz"
    first = Metered(Mean(), path)
    first(crops(1, 2, 1))
    assert first.computed == 2
    first.save()

    embedder = Mean()
    again = Metered(embedder, path)
    vectors = again(crops(2, 3))

    assert (again.crops, again.computed, embedder.seen) == (2, 1, 1)
    np.testing.assert_array_equal(vectors, Mean()(crops(2, 3)))
    only_kept = Metered(Mean(), path)
    only_kept(crops(1))
    assert only_kept.seconds_per_crop == first.seconds_per_crop
    only_kept.save()  # nothing new: the file stays


def test_shapes_matter(tmp_path: Path) -> None:
    metered = Metered(Mean(), tmp_path / "kept.npz")
    metered([np.zeros((2, 6, 3), np.uint8) + 1, np.zeros((6, 2, 3), np.uint8) + 1])
    assert metered.computed == 2


def test_files_that_are_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "kept.npz"
    path.write_text("no vectors")
    with pytest.raises(ValueError, match=r"kept\.npz: expected vectors"):
        Metered(Mean(), path)
    np.savez(path, keys=np.zeros((1, 20), np.uint8), vectors=np.zeros((1, 5)), pace=np.array(0.1))
    with pytest.raises(ValueError, match="of another embedder, whose vectors have 3 numbers"):
        Metered(Mean(), path)


def test_pictures_take_time_when_looked_at() -> None:
    clock = PictureClock(SimulatedRoom(duration=2, rate=1, people=7))
    (first, _), views = next(iter(clock))[:2], next(iter(clock))
    assert clock.seconds == 0
    picture = first.image
    np.testing.assert_array_equal(picture, clock.sequence.render(0, 0))  # type: ignore[attr-defined]
    assert clock.seconds > 0
    assert views[0].has_image

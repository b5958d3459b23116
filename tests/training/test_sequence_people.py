from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from reid_mot.sequences import Camera, Detections, SimulatedRoom, Tracks, View
from reid_mot.training.sequence_people import from_sequence, usable

SIZE = (200, 300)
COLOURS = {0: (250, 20, 20), 1: (20, 250, 20), 2: (20, 20, 250), 3: (240, 240, 30)}


class Film:
    """Four people side by side before two cameras, each a rectangle of one colour."""

    name = "film"
    cameras = (Camera("left", SIZE), Camera("right", SIZE))

    def __init__(self, frames: int = 4, images: bool = True) -> None:
        self.frames, self.images = frames, images
        rows = [
            (frame, camera.name, person, (10 + 45 * person, 50 + frame, 50 + 45 * person, 150))
            for frame in range(frames) for camera in self.cameras for person in COLOURS
        ]  # fmt: skip
        columns = [list(column) for column in zip(*rows, strict=True)]
        self.truth: Tracks | None = Tracks(*columns)

    def __iter__(self) -> Iterator[tuple[View, ...]]:
        for frame in range(self.frames):
            image = np.full((300, 200, 3), 128, np.uint8)
            for person, colour in COLOURS.items():
                image[50 + frame : 150, 10 + 45 * person : 50 + 45 * person] = colour
            yield tuple(
                View(c, frame, frame / 5, Detections.empty(), image if self.images else None)
                for c in self.cameras
            )


def test_crops_show_who_they_say() -> None:
    data = from_sequence(Film(), every=1, test=0.5)
    for part in (data.train, data.query, data.gallery):
        for row in range(len(part)):
            image = part.image(row)
            colour = COLOURS[int(part.identity[row]) - 1]
            assert np.abs(image.mean(axis=(0, 1)) - colour).max() < 4
            assert image.shape[1] == 40
            assert 97 <= image.shape[0] <= 100
    assert data.train.identities == data.query.identities == 2
    assert not set(data.train.people.tolist()) & set(data.gallery.people.tolist())
    assert len(data.train) == 2 * 2 * 4
    assert (len(data.query), len(data.gallery)) == (4, 12)
    assert str(data.train.names[0]).startswith("left frame 0 identity ")


def test_every_so_many_instants() -> None:
    assert len(from_sequence(Film(5), every=2, test=0).train) == 3 * 2 * 4


def test_cameras_may_be_kept_for_the_test() -> None:
    data = from_sequence(Film(), every=1, test=0.5, test_cameras=["right"])
    assert set(data.train.camera.tolist()) == {1}
    assert set(data.gallery.camera.tolist()) == {2}
    assert len(data.query) == 0  # one camera alone has nothing to answer


def test_which_people_are_seen_well_enough() -> None:
    boxes = np.array(
        [
            [10, 10, 50, 110],
            [20, 60, 60, 130],  # nearer, covers 30 x 50 of the first
            [100, 0, 130, 60],
            [-30, 150, 20, 250],  # 60% outside
            [150, 250, 190, 330],  # 62.5% inside
        ],
        dtype=float,
    )
    assert usable(boxes, SIZE, 50, 0.4, 0.5).tolist() == [True, True, True, False, True]
    assert usable(boxes, SIZE, 50, 0.3, 0.5).tolist() == [False, True, True, False, True]
    assert usable(boxes, SIZE, 61, 0.4, 0.5).tolist() == [True, True, False, False, False]
    assert usable(boxes, SIZE, 50, 0.4, 0.7).tolist() == [True, True, True, False, False]
    assert usable(boxes[:0], SIZE, 50, 0.4, 0.7).shape == (0,)


def test_who_stands_behind_covers_nobody() -> None:
    boxes = np.array([[10, 10, 50, 110], [10, 5, 50, 105]], dtype=float)
    assert usable(boxes, SIZE, 50, 0.4, 0.5).tolist() == [True, False]


def test_what_a_sequence_lacks_is_said() -> None:
    film = Film()
    with pytest.raises(ValueError, match="no camera 'up': expected one of left, right"):
        from_sequence(film, test_cameras=["up"])
    with pytest.raises(ValueError, match="every is 0"):
        from_sequence(film, every=0)
    with pytest.raises(ValueError, match="has no box of at least 200 pixels, 80% in the image"):
        from_sequence(film, height=200)
    with pytest.raises(ValueError, match="camera 'left', frame 0: there is no image"):
        from_sequence(Film(images=False))
    film.truth = None
    with pytest.raises(ValueError, match="'film' has no true boxes"):
        from_sequence(film)


def test_the_simulated_room() -> None:
    room = SimulatedRoom(duration=8, rate=2, people=4)
    data = from_sequence(room, every=4, test=0.5)
    assert data.name == room.name
    assert set(data.train.cameras.tolist()) <= {1, 2, 3, 4}
    assert min(data.train.image(row).shape[0] for row in range(len(data.train))) >= 64


@pytest.mark.data
def test_multiviewx() -> None:
    folder = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "multiviewx-sample"
    if not folder.is_dir():
        pytest.skip(f"no development data: {folder} is absent")
    from reid_mot.sequences import Wildtrack

    data = from_sequence(Wildtrack(folder), every=3)
    assert data.train.identities + data.gallery.identities <= 26
    assert len(data.query) > 0

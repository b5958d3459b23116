from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from reid_mot.followed import embed, follow
from reid_mot.sequences import Camera, Detections, Tracks, View

CAMERA = Camera("c", (200, 100))


class Corridor:
    """Two people in one camera, who come with an embedding and a picture of one colour."""

    name, truth, cameras = "corridor", None, (CAMERA,)

    def __iter__(self) -> Iterator[tuple[View, ...]]:
        for frame in range(3):
            boxes = [[100, 0, 140, 80], [0, 0, 40, 80]]
            found = Detections(boxes, None, [[0.0, 2.0], [np.nan, np.nan]])
            image = np.full((100, 200, 3), 10 * frame, np.uint8)
            yield (View(CAMERA, frame, frame / 10, found, image),)


class Shaky:
    """A tracker that sees no embeddings, numbers people from 7 and reports boxes a bit off."""

    def step(self, views: Sequence[View]) -> Tracks:
        (view,) = views
        assert view.detections.embeddings is None
        boxes = view.detections.boxes[::-1] + 3
        return Tracks([view.frame] * 2, "c", [7, 8], boxes)


def test_rows_are_the_detections_that_were_followed() -> None:
    seen = follow(Corridor(), Shaky())

    assert seen.frame.tolist() == [0, 0, 1, 1, 2, 2]
    assert dict(zip(seen.person.tolist(), seen.row.tolist(), strict=True)) == {7: 1, 8: 0}
    assert set(seen.box[:, 0].tolist()) == {0.0, 100.0}
    assert seen.quality.tolist() == [1.0] * 6


def test_vectors_of_pictures() -> None:
    seen = follow(Corridor(), Shaky())

    rows, vectors = embed(Corridor(), seen, lambda crops: np.array([c[0, 0, :2] for c in crops]))  # type: ignore[arg-type]

    assert rows.tolist() == list(range(6))
    assert vectors[:, 0].tolist() == [0, 0, 10, 10, 20, 20]


def test_vectors_that_came_along_get_unit_length() -> None:
    seen = follow(Corridor(), Shaky())

    rows, vectors = embed(Corridor(), seen, None)

    assert seen.person[rows].tolist() == [8, 8, 8]
    assert vectors.tolist() == [[0, 1]] * 3


def test_stopping_and_nobody() -> None:
    with pytest.raises(KeyboardInterrupt):
        follow(Corridor(), Shaky(), stop=lambda: True)
    seen = follow(Corridor(), Shaky())
    with pytest.raises(ValueError, match="no embeddings came with its detections"):
        embed(Corridor(), seen[seen.person == 7], None)

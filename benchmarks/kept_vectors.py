"""Vectors of a simulated room's crops, kept in files: a room is drawn and embedded once.

To draw and embed a room of 12.5 minutes takes half an hour, to track it again with the vectors that
were kept a minute. A crop that no run has asked for yet is drawn and embedded when one does.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reid_mot.models import Embedder
from reid_mot.sequences import SimulatedRoom, View

Vectors = NDArray[np.float32]
Key = tuple[int, int, int]


class Ticket(View):
    """A view whose crops say only which they are: camera, frame, row."""

    __slots__ = ("index",)

    def __init__(self, view: View, index: int) -> None:
        super().__init__(view.camera, view.frame, view.time, view.detections)
        self.index = index

    @property
    def has_image(self) -> bool:
        """As if there were one."""
        return True

    def crops(self, rows: Iterable[int] | None = None) -> list[NDArray[np.uint8]]:
        """What stands for a crop, int64 (3,) as bytes (24,); empty for a box outside the image."""
        found = range(len(self.detections)) if rows is None else rows
        size = np.array(self.camera.size, dtype=np.float64)
        boxes = self.detections.boxes
        low, high = np.floor(boxes[:, :2] + 1e-6), np.ceil(boxes[:, 2:] - 1e-6)
        shown = (high > 0).all(axis=1) & (low < size).all(axis=1)
        return [
            np.array([self.index, self.frame, k][: 3 * shown[k]], dtype=np.int64).view(np.uint8)
            for k in found
        ]


class KeptVectors:
    """An embedder of tickets, with a file of the vectors that it has given.

    Args:
        embedder: of crops.
        room: which is drawn.
        path: .npz; need not exist.
    """

    def __init__(self, embedder: Embedder, room: SimulatedRoom, path: Path) -> None:
        self.embedder, self.room, self.path = embedder, room, path
        self.dim = embedder.dim
        self.threshold = getattr(embedder, "threshold", None)
        self._frame, self._views = 0, tuple[View, ...]()
        self._vectors: dict[Key, Vectors] = {}
        if path.exists():
            with np.load(path) as file:
                keys = map(tuple, file["keys"].tolist())
                self._vectors = dict(zip(keys, file["vectors"], strict=True))

    def __call__(self, tickets: Sequence[NDArray[np.uint8]]) -> Vectors:
        """(k, d) vectors of these crops."""
        keys: list[Key] = [tuple(ticket.view(np.int64).tolist()) for ticket in tickets]
        new = [key for key in keys if key not in self._vectors]
        if new:
            crops = [self._drawn(camera, frame).crops([row])[0] for camera, frame, row in new]
            self._vectors.update(zip(new, self.embedder(crops), strict=True))
        return np.array([self._vectors[key] for key in keys], dtype=np.float32)

    def _drawn(self, camera: int, frame: int) -> View:
        if self._frame != frame:
            self._frame, self._views = frame, self.room.at(frame - 1)
        return self._views[camera]

    def save(self) -> None:
        """Write the file."""
        keys = np.array(list(self._vectors), dtype=np.int32).reshape(-1, 3)
        vectors = np.array(list(self._vectors.values()), dtype=np.float32)
        unfinished = self.path.with_suffix(".unfinished.npz")
        np.savez(unfinished, keys=keys, vectors=vectors)
        os.replace(unfinished, self.path)

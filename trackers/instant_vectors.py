"""Appearance vectors of an instant's detections, each computed at most once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..models.embedder import Embedder
from ..sequences import View
from .events import Shot
from .sightings import Sightings, crop_qualities

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Vectors = NDArray[np.float32]


class InstantVectors:
    """The vectors of the detections of the latest instant.

    Args:
        embedder: crops to vectors of unit length; None: embeddings given with the detections.
    """

    def __init__(self, embedder: Embedder | None) -> None:
        self.embedder = embedder
        self.embedded = 0
        """Number of crops embedded so far."""
        self._seen: Sightings | None = None
        self._cache: dict[int, Vectors | None] = {}

    def of(self, rows: Ints, seen: Sightings, views: Sequence[View]) -> tuple[Ints, Vectors]:
        """Vectors of these detections, all cameras' crops in one batch.

        Args:
            rows: (k,) of `seen`.
            seen: the instant's detections; another object is another instant.
            views: the views that `seen` refers to.

        Returns:
            (j,) those rows that have a vector, and (j, d) their vectors of unit length.
        """
        if seen is not self._seen:
            self._seen, self._cache = seen, {}
        missing = [int(k) for k in rows if int(k) not in self._cache]
        if self.embedder is None:
            self._take_given(missing, seen, views)
        else:
            self._embed(self.embedder, missing, seen, views)
        found = [int(k) for k in rows if self._cache[int(k)] is not None]
        if not found:
            return np.empty(0, dtype=np.int64), np.empty((0, 0), dtype=np.float32)
        return np.array(found), np.array([self._cache[k] for k in found], dtype=np.float32)

    def _take_given(self, missing: list[int], seen: Sightings, views: Sequence[View]) -> None:
        rows = np.array(missing, dtype=np.int64)
        for number in np.unique(seen.view[rows]):
            mine, given = rows[seen.view[rows] == number], views[number].detections.embeddings
            found = [None] * len(mine) if given is None else _units(given[seen.row[mine]])
            self._cache.update(zip(mine.tolist(), found, strict=True))

    def _embed(
        self, embedder: Embedder, missing: list[int], seen: Sightings, views: Sequence[View]
    ) -> None:
        self._cache.update(dict.fromkeys(missing))
        crops = {}
        for k in missing:
            if views[seen.view[k]].has_image:
                crop = views[seen.view[k]].crops([int(seen.row[k])])[0]
                if crop.size:
                    crops[k] = crop
        if crops:
            self.embedded += len(crops)
            self._cache.update(zip(crops, embedder(list(crops.values())), strict=True))


def _units(vectors: Vectors) -> list[Vectors | None]:
    """The rows (k, d) at unit length; None for those that have no direction."""
    lengths = np.linalg.norm(vectors, axis=1)
    known = np.isfinite(lengths) & (lengths > 0)
    scaled = vectors / np.where(known, lengths, 1.0)[:, None]
    return [row if sure else None for row, sure in zip(scaled, known.tolist(), strict=True)]


def presentable(
    rows: Ints, seen: Sightings, views: Sequence[View], quality: float, height: float
) -> tuple[Ints, Floats]:
    """Those detections that show enough of their person, and how much (k,) of it, 0 to 1.

    Args:
        rows: of `seen`.
        seen: the instant's detections.
        views: the views that `seen` refers to.
        quality: least share of a person that is neither hidden nor cut off.
        height: least height of a box, pixels.
    """
    sizes = np.array([view.camera.size for view in views], dtype=np.float64)[seen.view]
    shown = crop_qualities(seen.boxes, seen.camera, sizes, rows)
    tall = seen.boxes[rows, 3] - seen.boxes[rows, 1] >= height
    good = (shown >= quality) & tall
    return rows[good], shown[good]


def shot(row: int, seen: Sightings, views: Sequence[View]) -> Shot:
    """Where a detection's image was taken."""
    view, (left, top, right, bottom) = views[seen.view[row]], seen.boxes[row].tolist()
    return Shot(view.frame, view.camera.name, (left, top, right, bottom))

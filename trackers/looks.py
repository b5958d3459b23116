"""Vectors of detections: those that came with them, or an embedder's, asked for once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..models.embedder import Embedder
from ..sequences import View

Vectors = NDArray[np.float32]
Place = tuple[str, int]
"""Of a detection at one instant: the camera's name, and the row among its view's detections."""


class Looks:
    """Vectors of one instant's detections, all cameras' in one batch, none computed twice.

    Args:
        embedder: crops to vectors of unit length; None: embeddings given with the detections.
    """

    def __init__(self, embedder: Embedder | None) -> None:
        self.embedder = embedder
        self.embedded = 0
        """Number of crops embedded so far."""
        self._views: dict[str, View] = {}
        self._known: dict[Place, Vectors | None] = {}

    def begin(self, views: Sequence[View]) -> None:
        """Another instant: these are its views."""
        self._views = {view.camera.name: view for view in views}
        self._known = {}

    def of(self, places: Iterable[Place]) -> dict[Place, Vectors]:
        """The vectors (d,) of detections; those that have none are left out."""
        wanted = list(places)
        missing = [place for place in wanted if place not in self._known]
        if self.embedder is None:
            self._known.update({place: self._given(place) for place in missing})
        else:
            self._known.update(dict.fromkeys(missing))
            self._embed(self.embedder, missing)
        found = ((place, self._known[place]) for place in wanted)
        return {place: vector for place, vector in found if vector is not None}

    def _given(self, place: Place) -> Vectors | None:
        embeddings = self._views[place[0]].detections.embeddings
        if embeddings is None:
            return None
        vector = embeddings[place[1]]
        length = float(np.linalg.norm(vector))
        return vector / length if np.isfinite(length) and length > 0 else None

    def _embed(self, embedder: Embedder, places: list[Place]) -> None:
        crops = {}
        for camera, row in places:
            view = self._views[camera]
            if view.has_image:
                crop = view.crops([row])[0]
                if crop.size:
                    crops[camera, row] = crop
        if crops:
            self.embedded += len(crops)
            vectors = embedder(list(crops.values()))
            self._known.update(zip(crops, vectors, strict=True))

"""Vectors of a picture and its mirror image together."""

from __future__ import annotations

import numpy as np

from .embedder import Embedder, Image, Vectors, unit_rows


class WithFlips:
    """An embedder that also looks at each crop's mirror image, and adds the two vectors.

    It takes twice the time. People look much the same mirrored, and what differs averages out.

    Args:
        embedder: gives both vectors.

    >>> from reid_mot.models import CallableEmbedder
    >>> corner = CallableEmbedder(lambda crops: [c[0, 0] for c in crops], dim=3)
    >>> crop = np.array([[[3, 0, 0], [0, 4, 0]]], np.uint8)
    >>> WithFlips(corner)([crop]).round(4).tolist()
    [[0.707099974155426, 0.707099974155426, 0.0]]
    """

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self.embedder.dim

    def __call__(self, crops: list[Image]) -> Vectors:
        """Vectors (n, dim) of length 1.

        Raises:
            ValueError: what the embedder refuses; or two vectors that cancel each other out.
        """
        total = self.embedder(crops) + self.embedder([mirrored(crop) for crop in crops])
        return unit_rows(total, len(crops), self.dim)


def mirrored(crop: Image) -> Image:
    """The image (height, width, 3) with left and right exchanged, as an array of its own."""
    return np.ascontiguousarray(crop[:, ::-1])

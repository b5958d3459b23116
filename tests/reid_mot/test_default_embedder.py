"""Which embedder is taken where none is named."""

from __future__ import annotations

import numpy as np

from reid_mot.commands.default_embedder import NONE, default_embedder
from reid_mot.models import load_embedder
from reid_mot.models.shipped import DEFAULT
from reid_mot.sequences import Camera, Detections, View

BOX, SIZE = [[10, 10, 30, 50]], (64, 64)


def views(image: bool, embeddings: bool) -> tuple[View, ...]:
    vectors = np.eye(1, 4, dtype=np.float32) if embeddings else None
    detections = Detections(BOX, [0.9], embeddings=vectors)
    pixels = np.zeros((64, 64, 3), np.uint8) if image else None
    return (View(Camera("c1", SIZE), 1, 0.0, detections, pixels),)


def test_with_pictures_it_is_the_packages_own_network() -> None:
    assert default_embedder([views(image=True, embeddings=False)]) == DEFAULT


def test_the_default_comes_with_the_package() -> None:
    embedder = load_embedder(DEFAULT)
    assert embedder([np.zeros((64, 32, 3), np.uint8)]).shape == (1, embedder.dim)
    assert embedder.threshold is not None  # type: ignore[attr-defined]


def test_without_pictures_there_is_none() -> None:
    assert default_embedder([views(image=False, embeddings=False)]) == NONE
    assert default_embedder([]) == NONE


def test_embeddings_that_come_with_detections_are_enough() -> None:
    assert default_embedder([views(image=True, embeddings=True)]) == NONE


def test_what_can_be_gone_over_once_is_not_looked_at() -> None:
    once = iter([views(image=True, embeddings=False)])
    assert default_embedder(once) == NONE
    assert len(list(once)) == 1

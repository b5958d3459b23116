"""Vectors that are kept between runs of `reid-mot evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reid_mot.commands.vectors import BATCH, Stopped, VectorFile, collect_vectors, digest
from reid_mot.models import CallableEmbedder
from reid_mot.training.pictures import Pictures

COUNT = 2 * BATCH + 3


class Counting(CallableEmbedder):
    """The mean colour, and how many crops were seen."""

    def __init__(self, shift: float = 0) -> None:
        self.seen = 0

        def mean(crops: list[np.ndarray]) -> list[Any]:
            self.seen += len(crops)
            return [c.mean(axis=(0, 1)) + np.array([shift, 0, 0]) for c in crops]

        super().__init__(mean, dim=3)


@pytest.fixture
def pictures() -> Pictures:
    rng = np.random.default_rng(0)
    images = [rng.integers(1, 256, (4, 2, 3)).astype(np.uint8) for _ in range(COUNT)]
    return Pictures(images, np.ones(COUNT), np.zeros(COUNT))


@pytest.fixture
def kept(tmp_path: Path) -> VectorFile:
    return VectorFile(tmp_path / "kept.npz", {"embedder": "mean", "flip": False})


def test_all_vectors(pictures: Pictures) -> None:
    found = collect_vectors(Counting(), pictures, log=None)
    expected = Counting()([pictures.image(k) for k in range(COUNT)])
    np.testing.assert_array_equal(found["f_i"], expected)


def test_kept_vectors_are_not_computed_again(pictures: Pictures, kept: VectorFile) -> None:
    first = collect_vectors(Counting(), pictures, kept=kept, log=None)
    embedder = Counting()
    second = collect_vectors(embedder, pictures, kept=kept, log=None)
    np.testing.assert_array_equal(first["f_i"], second["f_i"])
    assert embedder.seen == 1  # to see whether it is the same embedder


def test_what_was_stopped_goes_on(pictures: Pictures, kept: VectorFile) -> None:
    asked = iter([False, True])
    with pytest.raises(Stopped, match=f"stopped after {BATCH} pictures"):
        collect_vectors(Counting(), pictures, kept=kept, log=None, stop=lambda: next(asked))
    embedder = Counting()

    found = collect_vectors(embedder, pictures, kept=kept, log=None)

    assert embedder.seen == 1 + COUNT - BATCH
    whole = collect_vectors(Counting(), pictures, log=None)
    np.testing.assert_array_equal(found["f_i"], whole["f_i"])


def test_stopped_without_a_file(pictures: Pictures, tmp_path: Path) -> None:
    with pytest.raises(Stopped) as stopped:
        collect_vectors(Counting(), pictures, log=None, stop=lambda: True)
    assert stopped.value.done == 0
    assert not list(tmp_path.iterdir())


def test_weights_that_changed_are_noticed(pictures: Pictures, kept: VectorFile) -> None:
    collect_vectors(Counting(), pictures, kept=kept, log=None)
    with pytest.raises(ValueError, match=r"kept\.npz: its vector of the first picture is not"):
        collect_vectors(Counting(shift=300), pictures, kept=kept, log=None)


def test_vectors_of_something_else_are_refused(pictures: Pictures, kept: VectorFile) -> None:
    collect_vectors(Counting(), pictures, kept=kept, log=None)
    other = VectorFile(kept.path, {"embedder": "mean", "flip": True})
    with pytest.raises(ValueError, match=r"of flip False, not True: remove it"):
        other.read()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"text"])
def test_other_files_are_refused(kept: VectorFile, content: bytes) -> None:
    kept.path.write_bytes(content)
    with pytest.raises(ValueError, match=r"kept\.npz: expected vectors that were kept"):
        kept.read()


def test_arrays_of_others_are_refused(kept: VectorFile) -> None:
    np.savez(kept.path, f_i=np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"kept\.npz: expected vectors that were kept"):
        kept.read()


def test_the_name_says_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"ends in \.npz"):
        VectorFile(tmp_path / "kept", {})


def test_features_that_there_are_not(pictures: Pictures) -> None:
    embedder = Counting()
    with pytest.raises(ValueError, match="feature f_t: the embedder gives f_i alone"):
        collect_vectors(embedder, pictures, wanted=["f_i", "f_t"], log=None)
    assert embedder.seen == 1


def test_lists_of_pictures_are_told_apart(pictures: Pictures) -> None:
    other = Pictures(pictures.sources, pictures.identity + 1, pictures.camera)
    assert digest(pictures) != digest(other)
    assert digest(pictures) != digest(pictures[1:])
    assert digest(pictures) == digest(pictures[:])

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from reid_mot.models import Preprocessing
from reid_mot.sequences import FormatError
from reid_mot.sequences.images import write_image
from reid_mot.training.augment import normalise
from reid_mot.training.memory import InMemory, OnDemand, bytes_needed, hold, resized
from reid_mot.training.pictures import Pictures

SIZE = (32, 16)


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    """150 pictures of different sizes: arrays, and every tenth a file."""
    rng = np.random.default_rng(0)
    sources = []
    for row in range(150):
        shape = (int(rng.integers(8, 80)), int(rng.integers(8, 80)), 3)
        image = rng.integers(0, 256, shape).astype(np.uint8)
        sources.append(image if row % 10 else tmp_path / f"{row}.png")
        if not row % 10:
            write_image(tmp_path / f"{row}.png", image)
    return Pictures(sources, np.arange(1, 151), np.zeros(150))


def test_what_networks_learn_from_is_what_embedders_see(pictures: Pictures) -> None:
    learned = normalise(resized(pictures, SIZE))
    seen = Preprocessing(SIZE)([pictures.image(row) for row in range(len(pictures))])
    np.testing.assert_array_equal(learned.numpy(), seen)


def test_memory_that_is_short_changes_nothing_but_when_pictures_are_decoded(
    pictures: Pictures,
) -> None:
    need = bytes_needed(150, SIZE)
    ready, late = hold(pictures, SIZE, need), hold(pictures, SIZE, need - 1, threads=3)
    assert isinstance(ready, InMemory)
    assert isinstance(late, OnDemand)
    rows = np.random.default_rng(1).integers(0, 150, (20, 8))
    for one, other in zip(ready.batches(rows), late.batches(rows), strict=True):
        assert torch.equal(one, other)
    assert torch.equal(ready.batch(rows[3]), late.batch(rows[3]))
    assert ready.batch(rows[3]).shape == (8, 3, *SIZE)


def test_progress_ends_at_the_number_of_pictures(pictures: Pictures) -> None:
    said: list[int] = []
    resized(pictures, SIZE, progress=said.append, threads=2)
    assert said == sorted(said)
    assert said[-1] == 150


def test_a_broken_file_is_named(pictures: Pictures, tmp_path: Path) -> None:
    (tmp_path / "70.png").write_bytes(b"no image")
    with pytest.raises(FormatError, match=r"70\.png: expected a readable image"):
        resized(pictures, SIZE)
    with pytest.raises(FormatError, match=r"70\.png"):
        OnDemand(pictures, SIZE).batch(np.array([69, 70, 71]))


def test_who_stops_in_the_middle_leaves_no_thread(pictures: Pictures) -> None:
    before = threading.active_count()
    batches = iter(OnDemand(pictures, SIZE, threads=2).batches(np.zeros((50, 4), np.int64)))
    next(batches)
    assert threading.active_count() > before
    del batches
    assert threading.active_count() == before


def test_no_pictures() -> None:
    assert resized(Pictures.empty(), SIZE).shape == (0, 3, *SIZE)

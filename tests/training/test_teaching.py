"""A teacher's vectors: asked for once, kept, and learned from."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from reid_mot.models import CallableEmbedder, HistogramEmbedder
from reid_mot.training.finish import vectors_of
from reid_mot.training.loop import train
from reid_mot.training.objective import Objective
from reid_mot.training.recipe import Recipe
from reid_mot.training.run import Files, described
from reid_mot.training.schedules import WarmupSteps
from reid_mot.training.teaching import taught_vectors

from .tiny import PLAIN, data, pictures

PEOPLE = pictures(range(1, 4), 2)
NAME = f"{__name__}:corners"


def _corner(crops: list[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
    return [crop[:4, 0].astype(np.float32).ravel() + 1 for crop in crops]


def corners() -> CallableEmbedder:
    """Tells pictures by their left edge, so that a mirrored one has another vector."""
    return CallableEmbedder(_corner, dim=12)


def taught(path: Path, teacher: str = NAME) -> torch.Tensor:
    return taught_vectors(teacher, PEOPLE, described(PEOPLE), path, None)


def test_a_vector_is_the_mean_of_the_picture_and_its_mirror(tmp_path: Path) -> None:
    found = taught(tmp_path / "teacher.safetensors").numpy()

    embedder = corners()
    for row in range(len(PEOPLE)):
        image = PEOPLE.image(row)
        both = embedder([image, np.ascontiguousarray(image[:, ::-1])]).sum(axis=0)
        np.testing.assert_allclose(found[row], both / np.linalg.norm(both), atol=1e-6)


def test_it_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "teacher.safetensors"
    first = taught(path)
    monkeypatch.setattr("reid_mot.training.teaching.load_embedder", None)  # not to be called
    assert torch.equal(taught(path), first)


def test_another_teacher_is_asked_anew(tmp_path: Path) -> None:
    path = tmp_path / "teacher.safetensors"
    taught(path)
    assert taught(path, "histogram").shape == (6, HistogramEmbedder().dim)


def test_a_broken_file_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "teacher.safetensors"
    first = taught(path)
    path.write_bytes(path.read_bytes()[:40])
    assert torch.equal(taught(path), first)
    assert torch.equal(taught(path), first)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_vectors_of_another_length_are_refused_before_any_is_computed(tmp_path: Path) -> None:
    log, path = io.StringIO(), tmp_path / "t.safetensors"
    with pytest.raises(ValueError, match="have 12 numbers, the network's 5"):
        taught_vectors(NAME, PEOPLE, described(PEOPLE), path, log, dim=5)
    assert not log.getvalue()
    assert not path.exists()


def test_progress_is_shown(tmp_path: Path) -> None:
    log = io.StringIO()
    taught_vectors(NAME, PEOPLE, described(PEOPLE), tmp_path / "t.safetensors", log)
    assert "teacher: 6/6 pictures" in log.getvalue()


ONLY_TEACHER = replace(
    PLAIN,
    objective=Objective(triplet=None, teacher=20.0, teacher_form="likeness"),
    teacher="histogram",
    epochs=15,
    schedule=WarmupSteps(0.01, warmup=1),
)


def test_a_network_learns_whom_its_teacher_finds_alike(tmp_path: Path) -> None:
    learned = data()
    wanted = vectors_of(HistogramEmbedder(), learned.query)

    def error(epochs: int) -> float:
        recipe = replace(ONLY_TEACHER, epochs=epochs)
        vectors = vectors_of(
            train(recipe, learned, tmp_path / str(epochs), log=None), learned.query
        )
        return float(np.square(vectors @ vectors.T - wanted @ wanted.T).mean())

    assert error(15) < 0.6 * error(1)


def test_the_log_has_the_teachers_loss(tmp_path: Path) -> None:
    train(replace(ONLY_TEACHER, epochs=1), data(), tmp_path, log=None)
    row = json.loads(Files(tmp_path).log.read_text().splitlines()[0])
    assert row["teacher"] > 0
    assert Files(tmp_path).teacher.exists()


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (replace(ONLY_TEACHER, teacher=None), "there is no teacher"),
        (
            replace(ONLY_TEACHER, objective=Objective(teacher=1.0)),
            "teacher's vectors have 448 numbers, the network's 16",
        ),
        (replace(ONLY_TEACHER, teacher="nobody"), "nobody"),
    ],
)
def test_what_cannot_teach_is_refused(recipe: Recipe, message: str, tmp_path: Path) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        train(recipe, data(), tmp_path, log=None)

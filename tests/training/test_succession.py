"""Trainings that go on from others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from reid_mot.training.loop import train
from reid_mot.training.recipe import Averaging, Recipe
from reid_mot.training.run import described
from reid_mot.training.schedules import CyclicCosine
from reid_mot.training.succession import begin_from_others

from .tiny import PLAIN, data

CYCLES = CyclicCosine(2e-3, cycles=2, length=1)
SWAG = replace(PLAIN, averaging=Averaging(CYCLES))
SCHEME = replace(PLAIN, averaging=Averaging(CYCLES, collect=False))


def begun(folder: Path, recipe: Recipe, *others: Path) -> Path | None:
    """Where the training of a recipe in a folder goes on from."""
    about = {"recipe": recipe.to_json(), "pictures": described(data().train)}
    return begin_from_others(folder, about, others)


def trained(folder: Path, recipe: Recipe) -> dict[str, torch.Tensor]:
    """The weights that come of it, going on from what is there."""
    train(recipe, data(), folder, resume=True, log=None)
    return load_file(folder / "embedder.safetensors")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base training, and those after it, each by itself from the beginning."""
    folder = tmp_path_factory.mktemp("runs")
    for name, recipe in {"base": PLAIN, "swag": SWAG, "scheme": SCHEME}.items():
        trained(folder / name, recipe)
    return folder


@pytest.mark.parametrize(
    ("recipe", "alone", "source"),
    [(SWAG, "swag", "base"), (SCHEME, "scheme", "base"), (SCHEME, "scheme", "swag")],
)
def test_the_result_is_that_of_a_training_from_the_beginning(
    runs: Path, tmp_path: Path, recipe: Recipe, alone: str, source: str
) -> None:
    assert begun(tmp_path / "on", recipe, runs / source) == runs / source

    found = trained(tmp_path / "on", recipe)

    expected = load_file(runs / alone / "embedder.safetensors")
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert (tmp_path / "on" / "log.jsonl").read_text().count("\n") == 4


def test_the_furthest_is_taken(runs: Path, tmp_path: Path) -> None:
    others = [runs / name for name in ("base", "swag", "none")]

    assert begun(tmp_path, SCHEME, *others) == runs / "swag"


def test_weights_that_were_not_collected_cannot_be_had(runs: Path, tmp_path: Path) -> None:
    assert begun(tmp_path, SWAG, runs / "scheme") is None


def test_another_training_is_no_beginning(runs: Path, tmp_path: Path) -> None:
    assert begun(tmp_path, replace(SWAG, seed=1), runs / "base") is None
    assert begun(tmp_path, replace(PLAIN, epochs=1), runs / "base") is None
    assert not any(tmp_path.iterdir())


def test_a_training_that_has_begun_is_left_alone(runs: Path) -> None:
    before = (runs / "scheme" / "checkpoint.pt").read_bytes()

    assert begun(runs / "scheme", SCHEME, runs / "swag") is None
    assert (runs / "scheme" / "checkpoint.pt").read_bytes() == before

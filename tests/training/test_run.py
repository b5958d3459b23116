"""Which training may go on from which checkpoint."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from reid_mot.training.distributed import Place
from reid_mot.training.execution import Execution
from reid_mot.training.recipe import Averaging, Recipe
from reid_mot.training.run import Files, Run, check_same
from reid_mot.training.schedules import CyclicCosine

from .tiny import PLAIN, RECIPE, data

CPU = Place(0, 1, torch.device("cpu"))


def about(recipe: Recipe, count: int = 3) -> dict[str, object]:
    """What a checkpoint says of its training."""
    return {"recipe": recipe.to_json(), "pictures": {"count": count}}


def test_the_same_training_goes_on() -> None:
    check_same(Path("c.pt"), about(RECIPE), about(RECIPE), done=1)


def test_before_the_last_epoch_what_comes_later_may_change() -> None:
    later = replace(RECIPE, epochs=9, averaging=Averaging(CyclicCosine(0.1, cycles=1, length=1)))

    check_same(Path("c.pt"), about(RECIPE), about(later), done=2)
    check_same(Path("c.pt"), about(later), about(RECIPE), done=1)


def test_epochs_that_are_done_cannot_be_left_out() -> None:
    longer = replace(RECIPE, epochs=9)

    with pytest.raises(ValueError, match=r"c\.pt is of another training: recipe\.epochs was 9"):
        check_same(Path("c.pt"), about(longer), about(RECIPE), done=5)


def test_averaging_that_has_begun_cannot_be_changed() -> None:
    one = replace(RECIPE, averaging=Averaging(CyclicCosine(0.1, cycles=1, length=4)))
    other = replace(RECIPE, averaging=Averaging(CyclicCosine(0.2, cycles=1, length=4)))

    with pytest.raises(ValueError, match=r"averaging\.schedule\.rate was 0\.1 there, now"):
        check_same(Path("c.pt"), about(one), about(other), done=3)


def test_the_folder_says_what_is_trained(tmp_path: Path) -> None:
    run = Run(RECIPE, data(), tmp_path, CPU, Execution(), resume=False)

    written = json.loads(Files(tmp_path).recipe.read_text())
    assert written["recipe"] == RECIPE.to_json()
    assert written["pictures"]["people"] == 8
    assert run.size == (32, 16)


def test_draws_are_shared_out_and_together_those_of_one_process(tmp_path: Path) -> None:
    one = Run(PLAIN, data(), tmp_path / "one", CPU, Execution(), resume=False)
    whole = one.draws(3, 1)
    parts = []
    for rank in range(2):
        one.place = Place(rank, 2, CPU.device)
        parts.append(one.draws(3, 1))

    offsets = np.concatenate([part.offset for part in parts])
    np.testing.assert_array_equal(offsets, whole.offset)
    assert len(parts[0]) == 4


def test_a_file_that_is_no_checkpoint_is_named(tmp_path: Path) -> None:
    Files(tmp_path).checkpoint.write_bytes(b"nothing of the kind")

    with pytest.raises(ValueError, match=r"checkpoint\.pt: expected a checkpoint of a training"):
        Run(RECIPE, data(), tmp_path, CPU, Execution(), resume=True)

"""Sums of losses as they come."""

from __future__ import annotations

import pytest
import torch

from reid_mot.training.distributed import Place
from reid_mot.training.state import State
from reid_mot.training.tally import CHECKED, Tally

from .tiny import PLAIN, RECIPE

CPU = Place(0, 1, torch.device("cpu"))


def counted(state: State, tally: Tally, *losses: float) -> None:
    """Batches with these losses, the gradient being ten times the loss."""
    for loss in losses:
        state.batch += 1
        tally.add({"id": torch.tensor(loss)}, torch.tensor(10 * loss))


def test_the_row_of_an_epoch_has_means() -> None:
    state = State(RECIPE, 8, CPU)
    tally = Tally(state, 3, 8)
    counted(state, tally, 1.0, 2.0, 6.0)

    assert tally.look() is None
    row = tally.row(0.1)
    assert (row["epoch"], row["batches"], row["rate"]) == (1, 3, 0.1)
    assert row["id"] == pytest.approx(3.0)
    assert row["gradient"] == pytest.approx(30.0)
    assert row["images_per_second"] > 0
    assert tally.note(whole=True) == "id 3.000"


def test_an_epoch_goes_on_with_the_sums_of_its_beginning() -> None:
    state = State(RECIPE, 8, CPU)
    first = Tally(state, 4, 8)
    counted(state, first, 1.0, 3.0)
    first.look()
    second = Tally(state, 4, 8)
    counted(state, second, 8.0, 8.0)
    second.look()

    assert second.row(0.1)["id"] == pytest.approx(5.0)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_the_first_batch_that_is_not_finite_is_named(bad: float) -> None:
    state = State(RECIPE, 8, CPU)
    tally = Tally(state, 9, 8)
    counted(state, tally, 1.0, 2.0)
    tally.look()
    counted(state, tally, 1.0, bad, 1.0, bad)

    assert tally.look() == 3


def test_on_the_cpu_every_batch_is_looked_at() -> None:
    state = State(RECIPE, 8, CPU)
    tally = Tally(state, 100, 8)
    counted(state, tally, 1.0)

    assert tally.due


def test_on_a_gpu_some_batches_pass_between_two_looks() -> None:
    state = State(PLAIN, 8, CPU)
    state.place = CPU._replace(device=torch.device("cuda"))
    tally = Tally(state, CHECKED + 1, 8)
    counted(state, tally, *[1.0] * (CHECKED - 1))

    assert not tally.due
    counted(state, tally, 1.0)
    assert tally.due


def test_an_infinite_gradient_in_half_precision_is_left_out_of_the_mean() -> None:
    state = State(RECIPE, 8, CPU)
    state.scaler = torch.amp.GradScaler("cpu", enabled=True)
    tally = Tally(state, 2, 8)
    state.batch += 1
    tally.add({"id": torch.tensor(1.0)}, torch.tensor(float("inf")))

    assert tally.look() is None
    assert tally.row(0.1)["gradient"] == 0.0

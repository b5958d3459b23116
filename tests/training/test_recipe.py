"""Recipes: what they refuse, what they say of themselves, and the rates they give."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import partial

import pytest
import torch

from reid_mot.models import CompactReID, StrongBaseline
from reid_mot.training.recipe import Averaging, BatchSize, Optimiser, Recipe
from reid_mot.training.recipes import compact_reid, luo_table6
from reid_mot.training.schedules import CyclicCosine, WarmupSteps

from .tiny import RECIPE


def test_the_network_is_named_with_the_arguments_it_is_given() -> None:
    recipe = replace(RECIPE, network=partial(partial(StrongBaseline, gem=True), last_stride=2))

    assert recipe.to_json()["network"] == {
        "class": "reid_mot.models.resnet:StrongBaseline",
        "arguments": {"gem": True, "last_stride": 2},
    }


def test_settings_survive_json() -> None:
    plain = RECIPE.to_json()

    assert json.loads(json.dumps(plain)) == plain
    assert plain["batch"] == {"identities": 4, "images": 2}


def test_the_first_weights_depend_on_the_seed_alone() -> None:
    torch.manual_seed(1)
    one = RECIPE.build(5)
    torch.manual_seed(2)
    same = RECIPE.build(5)
    other = replace(RECIPE, seed=1).build(5)

    weights = [net.stem.conv.weight for net in (one, same, other)]  # type: ignore[union-attr]
    assert torch.equal(weights[0], weights[1])  # type: ignore[arg-type]
    assert not torch.equal(weights[0], weights[2])  # type: ignore[arg-type]


def test_building_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    RECIPE.build(5)

    assert torch.equal(torch.get_rng_state(), before)


def test_a_network_without_size_is_refused() -> None:
    recipe = replace(RECIPE, network=lambda identities: torch.nn.Linear(3, identities))

    with pytest.raises(ValueError, match="Linear has no input_size"):
        recipe.build(4)


def test_rates_go_over_to_the_cycles_after_the_last_epoch() -> None:
    recipe = replace(
        RECIPE,
        schedule=WarmupSteps(0.1, warmup=0, steps=(1,)),
        epochs=2,
        averaging=Averaging(CyclicCosine(rate=0.5, cycles=2, length=3)),
    )

    assert recipe.all_epochs == 8
    assert recipe.rate(1, 0, 10) == 0.1
    assert recipe.rate(2, 9, 10) == pytest.approx(0.01)
    assert recipe.rate(3, 0, 10) == 0.5
    assert recipe.rate(6, 0, 10) == pytest.approx(0.5 * 0.7)
    assert [epoch for epoch in range(9) if recipe.collects(epoch)] == [5, 8]


def test_nothing_is_collected_where_only_the_cycles_are_wanted() -> None:
    cycles = CyclicCosine(rate=0.5, cycles=2, length=3)
    recipe = replace(RECIPE, averaging=Averaging(cycles, collect=False))

    assert not any(recipe.collects(epoch) for epoch in range(recipe.all_epochs + 1))


def test_the_weights_before_the_cycles_are_collected_if_wanted() -> None:
    cycles = CyclicCosine(rate=0.5, cycles=1, length=3, counts_start=True)
    recipe = replace(RECIPE, averaging=Averaging(cycles))

    assert [epoch for epoch in range(9) if recipe.collects(epoch)] == [2, 5]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BatchSize(1, 4), "2 identities or more"),
        (lambda: BatchSize(4, 0), "1 image or more"),
        (lambda: Optimiser("lamb"), "expected 'adam' or 'sgd'"),  # type: ignore[arg-type]
        (lambda: Optimiser(momentum=1.0), "out of range"),
        (lambda: Optimiser(clip=0), "clip is 0"),
        (lambda: Averaging(samples=-1), "samples is -1"),
        (lambda: Recipe(epochs=0), "epochs is 0"),
        (lambda: Recipe(precision="fp8"), "precision is 'fp8'"),  # type: ignore[arg-type]
    ],
)
def test_settings_out_of_range_are_refused(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]


def test_any_network_of_the_package_takes_its_place() -> None:
    recipe = replace(Recipe(), network=CompactReID)

    assert recipe.build(3).input_size == (160, 64)


def test_a_shortened_recipe_has_fewer_epochs_in_all_phases() -> None:
    found = compact_reid.published.shortened(10)
    assert found.epochs == 35
    assert found.schedule == WarmupSteps(0.03, warmup=1, steps=(15, 22.5), per="iteration")
    assert found.averaging is not None
    assert found.averaging.schedule.cycles == 15
    assert found.averaging.schedule.length == 4  # of 35 / 10
    assert compact_reid.published.shortened(1) == compact_reid.published
    assert compact_reid.published.shortened(1000).all_epochs == 1 + 15


@pytest.mark.parametrize("times", [0.5, 0, -1, math.nan, math.inf])
def test_a_recipe_does_not_get_longer(times: float) -> None:
    with pytest.raises(ValueError, match="expected 1 or more"):
        RECIPE.shortened(times)


@pytest.mark.parametrize(
    ("times", "height", "width", "pad"),
    [
        (0.5, 128, 64, 5),
        (0.375, 96, 48, 4),  # 3.75 pixels of padding
        (0.3, 80, 32, 3),  # 76.8 x 38.4
        (0.28125, 80, 32, 3),  # 72 x 36: a half upwards
        (0.01, 16, 16, 0),
        (2, 512, 256, 20),
    ],
)
def test_pictures_and_their_padding_get_smaller(
    times: float, height: int, width: int, pad: int
) -> None:
    found = Recipe().scaled(times)

    assert found.to_json()["network"]["arguments"] == {"input_size": [height, width]}
    assert found.augmentation == replace(Recipe().augmentation, pad=pad)
    assert replace(found, network=StrongBaseline, augmentation=Recipe().augmentation) == Recipe()


def test_each_row_keeps_its_proportions() -> None:
    rows = [row.recipe.scaled(0.5) for row in luo_table6.TABLE.rows]

    sizes = [row.to_json()["network"]["arguments"]["input_size"] for row in rows]
    assert sizes == [[128, 64], [112, 112], [192, 64], [192, 96]]


def test_smaller_pictures_are_what_the_network_is_built_for() -> None:
    recipe = replace(Recipe(), network=partial(CompactReID, input_size=(128, 48)))

    assert recipe.scaled(0.5).build(3).input_size == (64, 32)
    assert recipe.scaled(1) == recipe


@pytest.mark.parametrize("times", [0, -1, math.nan, math.inf])
def test_pictures_of_no_size_are_refused(times: float) -> None:
    with pytest.raises(ValueError, match="expected a finite number above 0"):
        Recipe().scaled(times)


def test_a_network_of_one_size_cannot_have_smaller_pictures() -> None:
    recipe = replace(Recipe(), network=lambda identities: torch.nn.Linear(3, identities))

    with pytest.raises(ValueError, match=r"takes no input_size=\(height, width\)"):
        recipe.scaled(0.5)

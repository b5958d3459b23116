"""Recipes, tables and networks by name."""

from __future__ import annotations

import pytest

from reid_mot.models import HACNN
from reid_mot.training.recipes import compact_reid, luo_table1, strong_baseline
from reid_mot.training.recipes.names import (
    find_network,
    find_recipe,
    find_table,
    recipe_names,
    table_names,
)


def test_a_module_alone_is_what_was_published() -> None:
    assert find_recipe("strong_baseline") is strong_baseline.published


def test_a_recipe_of_a_module() -> None:
    assert find_recipe("compact_reid:no_gem") is compact_reid.no_gem


def test_a_recipe_of_any_package() -> None:
    name = "reid_mot.training.recipes.strong_baseline:warmup"

    assert find_recipe(name) is strong_baseline.warmup


@pytest.mark.parametrize("name", ["strong", "strong_baseline:cold", "table", "luo_table1:TABLE"])
def test_an_unknown_recipe_lists_all(name: str) -> None:
    with pytest.raises(ValueError, match=r"no recipe .* compact_reid:base, .*hacnn:published"):
        find_recipe(name)


def test_what_is_no_recipe_is_refused() -> None:
    with pytest.raises(ValueError, match=r"math:tau is float: expected a Recipe"):
        find_recipe("math:tau")


def test_a_package_that_is_not_there() -> None:
    with pytest.raises(ImportError, match="no_such_package"):
        find_recipe("no_such_package:recipe")


def test_every_name_leads_to_its_recipe() -> None:
    names = recipe_names()

    assert "strong_baseline:center_loss" in names
    assert all(find_recipe(name) for name in names)


def test_every_table_has_the_name_of_its_module() -> None:
    names = table_names()

    assert names == [
        *("lawen_table2", "lawen_table3", "lawen_table4"),
        *(f"luo_table{number}" for number in range(1, 7)),
    ]
    assert [find_table(name).name for name in names] == names


def test_a_table_of_any_package() -> None:
    assert find_table("reid_mot.training.recipes.luo_table1:TABLE") is luo_table1.TABLE


@pytest.mark.parametrize("name", ["luo_table7", "strong_baseline"])
def test_an_unknown_table_lists_all(name: str) -> None:
    with pytest.raises(ValueError, match=r"no table .* lawen_table2, .*luo_table6\."):
        find_table(name)


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(ValueError, match="math:tau is float: expected a Table"):
        find_table("math:tau")


def test_networks_have_short_names() -> None:
    assert find_network("hacnn") is HACNN
    assert find_network("reid_mot.models:HACNN") is HACNN


def test_an_unknown_network_lists_all() -> None:
    with pytest.raises(ValueError, match=r"no network is called 'vgg'\. Names: compact-reid, "):
        find_network("vgg")


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match="math:tau is float"):
        find_network("math:tau")


def test_hyphens_stand_for_underscores() -> None:
    assert find_table("luo-table1") is find_table("luo_table1")
    assert find_recipe("strong-baseline:label-smoothing") == find_recipe(
        "strong_baseline:label_smoothing"
    )

"""The published tables: their numbers, and how their rows differ."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from reid_mot.models import compact_2x
from reid_mot.settings import changed
from reid_mot.training.recipe import Recipe
from reid_mot.training.recipes import (
    compact_reid,
    lawen_table4,
    luo_table1,
    luo_table3,
    luo_table5,
    luo_table6,
)
from reid_mot.training.recipes.names import find_table
from reid_mot.training.recipes.table import Table

PAPERS = Path(__file__).resolve().parents[4] / "shared" / "papers"

# Typed in from the papers, apart from the modules: rank-1 and mAP of each cell, row by row.
PRINTED = {
    "luo_table1": "87.7 74.0 79.7 63.7  88.7 75.2 80.6 65.1  91.3 79.3 81.5 68.3"
    "  91.4 80.3 82.4 69.3  92.0 81.7 82.6 70.6  94.1 85.7 86.2 75.9  94.5 85.9 86.4 76.4",
    "luo_table2": "92.0 81.7 82.6 70.6  94.2 85.5 85.7 74.4  94.2 85.7 85.5 74.6"
    "  93.8 83.7 86.6 73.0  94.1 85.7 86.2 75.9",
    "luo_table3": "24.4 12.9 34.2 14.5  26.3 14.1 39.7 17.4  21.5 10.2 32.5 13.5"
    "  23.2 11.3 36.5 14.9  23.1 11.8 37.1 15.4  26.7 15.2 47.7 21.6  27.5 15.0 47.4 21.4"
    "  41.4 25.7 54.3 25.5",
    "luo_table4": "91.2 75.7 80.5 63.8  94.5 85.9 86.4 76.4  95.4 94.2 90.3 89.1",
    "luo_table5": "92.6 79.2 84.4 68.1  92.9 80.0 84.7 69.4  93.5 81.6 85.1 70.7"
    "  93.9 82.0 85.8 71.5  93.8 83.1 86.8 72.1  93.8 83.7 86.6 73.0  94.0 82.8 85.1 69.9"
    "  93.1 81.6 86.7 72.1  94.5 84.1 86.0 71.4  93.2 82.8 86.5 73.1",
    "luo_table6": "93.8 83.7 86.6 73.0  94.2 83.3 86.1 72.2  94.0 82.7 86.4 73.2"
    "  93.8 83.1 87.1 72.9",
    "lawen_table2": "94.5 85.9 86.4 76.4  91.2 75.7 80.5 63.8  95.8 88.7 88.8 78.9"
    "  96.2 89.7 89.8 80.3",
    "lawen_table3": "91.2 75.7 93.2 82.0 94.1 85.3 94.5 85.7 94.9 86.6 95.1 87.1 95.3 87.9"
    " 95.4 87.3 95.8 88.7 95.7 88.1 96.2 89.7",
    "lawen_table4": "93.8 83.6 94.3 84.8 94.5 85.3  95.4 87.3 95.8 88.2 95.8 88.7"
    "  95.7 88.1 95.7 88.9 96.2 89.7",
}


def numbers(table: Table) -> list[float]:
    """Of all cells, in order."""
    return [x for row in table.rows for cell in row.cells for x in (cell.rank1, cell.mAP)]


@pytest.mark.parametrize("name", PRINTED)
def test_the_numbers_are_those_printed(name: str) -> None:
    assert numbers(find_table(name)) == [float(word) for word in PRINTED[name].split()]


@pytest.mark.parametrize("name", PRINTED)
def test_the_docstring_has_the_same_numbers(name: str) -> None:
    module = __import__(f"reid_mot.training.recipes.{name}", fromlist=["TABLE"])
    printed = re.findall(r"\d+\.\d / \d+\.\d", module.__doc__ or "")

    pairs = numbers(module.TABLE)
    expected = [f"{a:.1f} / {b:.1f}" for a, b in zip(pairs[::2], pairs[1::2], strict=True)]

    assert printed == expected


@pytest.mark.data
@pytest.mark.parametrize("name", [name for name in PRINTED if name != "lawen_table3"])
def test_the_papers_text_has_these_rows(name: str) -> None:
    paper = "luo-2019-bag-of-tricks.txt" if "luo" in name else "lawen-2019-compact-reid.txt"
    if not (PAPERS / paper).is_file():
        pytest.skip(f"no {PAPERS / paper}")
    lines = (PAPERS / paper).read_text("utf-8").splitlines()
    rows = [[float(x) for x in re.findall(r"\d+\.\d\b", line)] for line in lines]

    for row in find_table(name).rows:
        wanted = [x for cell in row.cells for x in (cell.rank1, cell.mAP)]

        assert any(found[-len(wanted) :] == wanted for found in rows if found), row.label


@pytest.mark.data
def test_the_papers_text_has_the_columns_of_the_ablation() -> None:
    path = PAPERS / "lawen-2019-compact-reid.txt"
    if not path.is_file():
        pytest.skip(f"no {path}")
    rows = [re.findall(r"\d+\.\d\b", line) for line in path.read_text("utf-8").splitlines()]
    pairs = numbers(find_table("lawen_table3"))

    for column in (pairs[::2], pairs[1::2]):
        assert [str(x) for x in column] in rows


def flat(value: Any, name: str = "") -> dict[str, Any]:
    """Settings by dotted names."""
    if not isinstance(value, Mapping):
        return {name: value}
    found: dict[str, Any] = {}
    for key, inner in value.items():
        found |= flat(inner, f"{name}.{key}" if name else key)
    return found


def differences(a: Recipe, b: Recipe) -> set[str]:
    """Names of the settings in which two recipes differ."""
    one, other = flat(a.to_json()), flat(b.to_json())
    return {name for name in one | other if one.get(name) != other.get(name)}


def steps(table: Table) -> list[set[str]]:
    """In what each row's recipe differs from the one above."""
    return [differences(a, b) for a, b in pairwise(row.recipe for row in table.rows)]


def test_each_row_of_the_first_table_adds_one_trick() -> None:
    assert steps(luo_table1.TABLE) == [
        {"schedule.warmup"},
        {"augmentation.erase"},
        {"objective.smoothing"},
        {"network.arguments.last_stride"},
        {"network.arguments.last_stride", "network.arguments.bnneck"},  # now left at its default
        {"objective.center"},
    ]


def test_the_cross_domain_table_has_the_same_networks_and_one_more() -> None:
    rows, more = luo_table3.TABLE.rows[:7], luo_table3.TABLE.rows[7]

    assert [row.recipe for row in rows] == [row.recipe for row in luo_table1.TABLE.rows]
    assert differences(rows[6].recipe, more.recipe) == {"augmentation.erase"}


def test_the_fifth_table_differs_in_the_batch_alone() -> None:
    sizes = [
        (row.recipe.batch.identities, row.recipe.batch.images) for row in luo_table5.TABLE.rows
    ]

    assert [f"{p}x{k}" for p, k in sizes] == [row.label for row in luo_table5.TABLE.rows]
    assert set().union(*steps(luo_table5.TABLE)) == {"batch.identities", "batch.images"}


def test_the_sixth_table_differs_in_the_size_alone() -> None:
    sizes = [built(row.recipe) for row in luo_table6.TABLE.rows]

    assert sizes == [(256, 128), (224, 224), (384, 128), (384, 192)]
    assert set().union(*steps(luo_table6.TABLE)) == {"network.arguments.input_size"}


def built(recipe: Recipe) -> tuple[int, int]:
    """The input size of a recipe's network, built small and without weights to download."""
    network = recipe.network(identities=0, backbone="resnet18", weights=None)
    size: tuple[int, int] = network.input_size  # type: ignore[assignment]
    return size


def test_arms_of_swag_differ_in_what_follows_the_base_training() -> None:
    for setup in range(3):
        base, scheme, swag = (row.recipe for row in lawen_table4.TABLE.rows[3 * setup :][:3])

        assert {name.partition(".")[0] for name in differences(base, swag)} == {"averaging"}
        assert differences(scheme, swag) == {"averaging.collect"}
        assert (base.all_epochs, scheme.all_epochs, swag.all_epochs) == (350, 875, 875)
        assert sum(map(swag.collects, range(876))) == 15


@pytest.mark.parametrize("name", ["lawen_table2", "lawen_table3", "lawen_table4", "luo_table1"])
def test_all_rows_can_be_trained_on_smaller_pictures(name: str) -> None:
    for row in find_table(name).rows:
        smaller = changed(row.recipe, {"network.input_size": [48, 16]})

        assert flat(smaller.to_json())["network.arguments.input_size"] == [48, 16]


def test_the_deeper_and_wider_network_is_the_model_of_that_name() -> None:
    assert compact_reid.wide.network(identities=5).arguments == compact_2x(5).arguments

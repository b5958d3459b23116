"""Published tables as data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reid_mot.training.recipe import Recipe
from reid_mot.training.recipes.table import Cell, Row, Table, crossed, published

TABLE = Table("t", "Three rows", "nobody", tuple(Row(x, Recipe(), ()) for x in "abc"))


def test_a_pair_that_is_not_printed_is_left_out() -> None:
    assert published(duke=(80.0, 60.0)) == (Cell("dukemtmc", "dukemtmc", 80.0, 60.0),)


def test_crossed_results_learn_from_one_and_ask_the_other() -> None:
    there, back = crossed((1.0, 2.0), (3.0, 4.0))

    assert there == Cell("market1501", "dukemtmc", 1.0, 2.0)
    assert back == Cell("dukemtmc", "market1501", 3.0, 4.0)


@pytest.mark.parametrize("pair", [(101.0, 50.0), (50.0, -1.0)])
def test_percentages_are_percentages(pair: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="percentages"):
        published(market=pair)


@pytest.mark.parametrize("wrong", [{"feature": "f"}, {"metric": "manhattan"}])
def test_unknown_ways_to_measure_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Row("a", Recipe(), (), **wrong)


def test_rows_are_chosen_by_their_numbers() -> None:
    assert [row.label for row in TABLE.with_rows([3, 1, 3]).rows] == ["a", "c"]


@pytest.mark.parametrize("number", [0, 4])
def test_a_row_that_is_not_there_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match=rf"no row {number}: expected 1 to 3"):
        TABLE.with_rows([number])


def test_recipes_are_changed_in_every_row() -> None:
    changed = TABLE.with_recipes(lambda recipe: replace(recipe, epochs=2))

    assert [row.recipe.epochs for row in changed.rows] == [2, 2, 2]
    assert TABLE.rows[0].recipe.epochs == 120


def test_results_are_chosen_by_what_was_learned_from() -> None:
    recipe = Recipe()
    table = replace(
        TABLE,
        rows=(
            Row("both", recipe, crossed((1.0, 2.0), (3.0, 4.0))),
            Row("one", recipe, published(market=(5.0, 6.0))),
        ),
    )

    there, back = table.learned_from("market1501"), table.learned_from("dukemtmc")

    assert [row.cells for row in there.rows] == [
        (Cell("market1501", "dukemtmc", 1.0, 2.0),),
        (Cell("market1501", "market1501", 5.0, 6.0),),
    ]
    assert [(row.label, row.cells) for row in back.rows] == [
        ("both", (Cell("dukemtmc", "market1501", 3.0, 4.0),))
    ]


def test_what_nothing_is_learned_from_is_refused() -> None:
    table = replace(TABLE, rows=(Row("a", Recipe(), published(market=(5.0, 6.0))),))
    with pytest.raises(ValueError, match=r"learns nothing from other: expected market1501$"):
        table.learned_from("other")

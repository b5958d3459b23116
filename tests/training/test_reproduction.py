"""A table made again, and what is written about it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from reid_mot.models import load_embedder
from reid_mot.training.comparison import to_json, to_markdown
from reid_mot.training.execution import Execution
from reid_mot.training.finish import validation
from reid_mot.training.pictures import ReidData
from reid_mot.training.recipe import Averaging
from reid_mot.training.recipes.table import Cell, Row, Table
from reid_mot.training.reproduction import Reproduction, facts, hardware, reproduce
from reid_mot.training.schedules import CyclicCosine

from .tiny import PLAIN, Plain, data

SWAG = replace(PLAIN, averaging=Averaging(CyclicCosine(2e-3, cycles=2, length=1)))
SCHEME = replace(PLAIN, averaging=Averaging(CyclicCosine(2e-3, cycles=2, length=1), collect=False))
POISONED = replace(PLAIN, network=partial(Plain, poison=True))
ONE = (Cell("one", "one", 90.0, 80.0),)
TWO = (Cell("one", "two", 70.0, 60.0), Cell("two", "one", 50.0, 40.0))

TABLE = Table(
    "little",
    "Five rows",
    "Nobody, table 1",
    (
        Row("scheme", SCHEME, ONE),
        Row("base", PLAIN, ONE, metric="euclidean"),
        Row("re-ranked", PLAIN, ONE, rerank=True),
        Row("swag", SWAG, ONE),
        Row("crossed", PLAIN, TWO),
    ),
    note="Made up.",
)


def run(
    work: Reproduction,
    log: io.StringIO | None = None,
    stop: Callable[[], bool] = lambda: False,
    command: str = "do it",
) -> None:
    """Do all of it on the CPU."""
    reproduce(work, execution=Execution("cpu"), command=command, log=log, stop=stop)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Reproduction:
    """The table, with one of its two data sets."""
    work = Reproduction(TABLE, {"one": data()}, tmp_path_factory.mktemp("out"))
    run(work)
    return work


def test_a_recipe_is_trained_once(done: Reproduction) -> None:
    trainings = done.trainings()

    assert [training.recipe for training in trainings] == [PLAIN, SWAG, SCHEME]
    assert {path.name for path in done.out.iterdir()} == {t.folder.name for t in trainings}


def test_scores_are_those_of_the_embedders(done: Reproduction) -> None:
    for row in (TABLE.rows[0], TABLE.rows[3]):
        training = done.training(row, row.cells[0])
        assert training is not None

        assert done.found(row, row.cells[0]) == validation(load_embedder(training.folder), data())


def test_rows_without_data_say_so(done: Reproduction) -> None:
    crossed = TABLE.rows[4]

    assert [done.found(crossed, cell) for cell in TWO] == [None, None]
    assert [done.reason(crossed, cell) for cell in TWO] == ["not run: no data two"] * 2


def test_later_trainings_go_on_from_earlier_ones(done: Reproduction) -> None:
    base, swag, scheme = done.trainings()

    assert facts(base)["began_as"] is None
    assert facts(swag)["began_as"] == base.folder.name
    assert facts(scheme)["began_as"] == swag.folder.name
    assert facts(scheme)["epochs"] == facts(scheme)["of"] == 4


def test_what_is_done_is_skipped(done: Reproduction) -> None:
    again, log = Reproduction(TABLE, done.data, done.out), io.StringIO()

    run(again, log, command="do it again")

    assert log.getvalue() == ""
    assert to_json(again, {}) == to_json(done, {})


def test_more_data_give_the_other_rows(done: Reproduction, tmp_path: Path) -> None:
    changed = replace(data(), name="other", train=data().train[4:])
    table = TABLE.with_rows([5])
    work = Reproduction(table, {"one": data(), "two": changed}, tmp_path)

    run(work)

    assert len(work.trainings()) == 2
    assert all(work.found(table.rows[0], cell) for cell in TWO)


def test_scores_of_other_pictures_do_not_count(done: Reproduction) -> None:
    fewer = replace(data(), gallery=data().gallery[1:])
    work = Reproduction(TABLE, {"one": fewer}, done.out)
    row = TABLE.rows[1]

    assert work.found(row, row.cells[0]) is None
    assert work.reason(row, row.cells[0]) == "not run yet"


def test_it_stops_and_goes_on(tmp_path: Path) -> None:
    asked = iter([False] * 6 + [True])
    work = Reproduction(TABLE.with_rows([2]), {"one": data()}, tmp_path)

    run(work, stop=lambda: next(asked))

    (row,) = work.table.rows
    assert work.stopped
    assert work.reason(row, row.cells[0]) == "not run: stopped before"
    again = Reproduction(work.table, work.data, tmp_path)
    run(again, command="go on")
    assert again.found(row, row.cells[0]) is not None
    (training,) = again.trainings()
    assert facts(training)["commands"] == ["do it", "go on"]


def test_a_training_that_diverges_does_not_stop_the_others(tmp_path: Path) -> None:
    poisoned = Row("poisoned", POISONED, ONE)
    table = replace(TABLE, rows=(poisoned, TABLE.rows[1]))
    work = Reproduction(table, {"one": data()}, tmp_path)

    run(work)

    assert "not finite" in work.reason(poisoned, ONE[0])
    assert work.found(TABLE.rows[1], ONE[0]) is not None
    assert "| failed: epoch 1, batch 2" in to_markdown(work, {})


def test_a_feature_that_a_network_does_not_give(done: Reproduction) -> None:
    (training,) = [t for t in done.trainings() if t.recipe == PLAIN]
    path = training.folder / "measured.json"
    whole = path.read_text()
    content = json.loads(whole)
    content["one"]["scores"] = {"f_i cosine": content["one"]["scores"]["f_i cosine"]}
    path.write_text(json.dumps(content))
    row = Row("f_t", PLAIN, ONE, feature="f_t")
    try:
        assert done.reason(row, ONE[0]) == "not measured: the network gives no f_t"
    finally:
        path.write_text(whole)


def test_published_and_found_stand_side_by_side(done: Reproduction) -> None:
    text = to_markdown(done, {})
    found = done.found(TABLE.rows[1], ONE[0])
    assert found is not None

    expected = f"| base | one | one | f_i euclidean | 90.0 / 80.0 | {found['rank-1']:.1f} /"
    assert expected in text
    assert "| crossed | two | one | f_i cosine | 50.0 / 40.0 | not run: no data two |" in text
    assert "reduced" not in text
    assert "32 train, 12 query, 12 gallery" in text
    assert hardware("cpu") in text
    assert "`do it`" in text


def test_reductions_are_said(done: Reproduction) -> None:
    assert "**Not as published** but reduced: epochs=2" in to_markdown(done, {"epochs": 2})
    assert json.loads(to_json(done, {"epochs": 2}))["reduced"] == {"epochs": "2"}


def test_the_json_has_all_ways_of_measuring(done: Reproduction) -> None:
    content = json.loads(to_json(done, {}))
    by_label = {row["label"]: row for row in content["rows"]}

    assert by_label["base"]["published"] == {"rank-1": 90.0, "mAP": 80.0}
    assert by_label["base"]["found"] == by_label["base"]["all"]["f_i euclidean"]
    assert by_label["re-ranked"]["found"] == by_label["base"]["all"]["f_i cosine re-ranked"]
    assert by_label["base"]["recipe"] == PLAIN.to_json()
    assert by_label["crossed"]["why"] == "not run: no data two"


def test_data_with_too_few_people_are_an_error(tmp_path: Path) -> None:
    few: ReidData = replace(data(), train=data().train[:8])

    with pytest.raises(ValueError, match="2 identities: batches need at least 4"):
        run(Reproduction(TABLE.with_rows([2]), {"one": few}, tmp_path))

from __future__ import annotations

import json
import math
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid_mot.sequences.errors import FormatError
from reid_mot.training import logs
from reid_mot.training.logs import TrainingLog, read_log

ROWS = [
    {"epoch": 1, "rate": 3.5e-5, "id": 6.625, "triplet": 1.5},
    {"epoch": 2, "rate": 7e-5, "id": 5.0, "triplet": 1.25},
    {"epoch": 2, "rank-1": 31.5, "mAP": 14.25},
    {"epoch": 3, "rate": 1e-4, "id": 4.5, "triplet": 1.0},
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of a log with `ROWS`."""
    with TrainingLog(tmp_path / "runs" / "log.jsonl") as log:
        for row in ROWS:
            log.add(row)
    return log.path


def test_each_row_is_a_line_of_json(path: Path) -> None:
    assert [json.loads(line) for line in path.read_text("utf-8").splitlines()] == ROWS
    assert read_log(path) == ROWS


def test_a_row_can_be_read_as_soon_as_it_is_added(tmp_path: Path) -> None:
    with TrainingLog(tmp_path / "log.jsonl") as log:
        for count, row in enumerate(ROWS):
            assert read_log(log.path) == ROWS[:count]
            log.add(row)
            assert read_log(log.path) == ROWS[: count + 1]


@pytest.mark.parametrize(("epochs", "kept"), [(0, 0), (1, 1), (2, 3), (3, 4), (9, 4)])
def test_going_on_cuts_what_lies_beyond(path: Path, epochs: int, kept: int) -> None:
    with TrainingLog(path, epochs) as log:
        log.add({"epoch": epochs + 1, "id": 0.5})
    assert read_log(path) == [*ROWS[:kept], {"epoch": epochs + 1, "id": 0.5}]


def test_going_on_without_a_log_begins_one(tmp_path: Path) -> None:
    with TrainingLog(tmp_path / "log.jsonl", 5) as log:
        log.add({"epoch": 6})
    assert read_log(log.path) == [{"epoch": 6}]


@pytest.mark.parametrize("torn", ['{"epoch": 4, "id', "{", '{"epoch"'])
def test_a_torn_last_line_does_not_count(path: Path, torn: str) -> None:
    with path.open("a") as file:
        file.write(torn)
    assert read_log(path) == ROWS
    with TrainingLog(path, 3) as log:
        log.add({"epoch": 4})
    assert read_log(path) == [*ROWS, {"epoch": 4}]


def _killed(path: Path) -> None:
    with TrainingLog(path, 3) as log:
        log.add({"epoch": 4})
        os._exit(0)  # nothing is closed


def test_what_was_added_outlives_a_process_that_is_killed(path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_killed, args=(path,))
    process.start()
    process.join()
    assert read_log(path) == [*ROWS, {"epoch": 4}]


def test_numbers_that_are_not_finite_become_null(tmp_path: Path) -> None:
    with TrainingLog(tmp_path / "log.jsonl") as log:
        log.add({"epoch": 1, "a": math.nan, "b": math.inf, "c": 1.0})
    assert read_log(log.path) == [{"epoch": 1, "a": None, "b": None, "c": 1.0}]


numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers()
rows = st.dictionaries(st.text(), numbers | st.text() | st.booleans() | st.none())


@given(rows=st.lists(rows))
def test_rows_come_back_as_they_were(
    rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    numbered = [{**row, "epoch": number} for number, row in enumerate(rows, 1)]
    with TrainingLog(tmp_path_factory.mktemp("logs") / "log.jsonl") as log:
        for row in numbered:
            log.add(row)
    assert read_log(log.path) == numbered


def test_other_processes_write_nothing(path: Path) -> None:
    with TrainingLog(path, 0, writing=False) as log:
        log.add({"epoch": 1})
    assert read_log(path) == ROWS


@pytest.mark.parametrize("row", [{}, {"epoch": 0}, {"epoch": 1.0}, {"epoch": True}])
def test_a_row_needs_its_epoch(path: Path, row: dict[str, Any]) -> None:
    with TrainingLog(path, 3) as log, pytest.raises(ValueError, match="has no epoch"):
        log.add(row)
    assert read_log(path) == ROWS


def test_a_log_that_is_not_open(path: Path) -> None:
    log = TrainingLog(path, 3)
    with pytest.raises(ValueError, match="not open"):
        log.add({"epoch": 4})
    with log:
        pass
    with pytest.raises(ValueError, match="not open"):
        log.add({"epoch": 4})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("epoch 2", "line 2: expected a JSON object, found 'epoch 2'"),
        ("[2]", "line 2: expected a JSON object"),
        ('{"id": 2}', "line 2, field 'epoch': expected an integer from 1"),
        ('{"epoch": "2"}', "line 2, field 'epoch': expected an integer from 1, found '2'"),
    ],
)
def test_a_file_that_is_no_log(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "log.jsonl"
    text = '{"epoch": 1}\n' + line + '\n{"epoch": 3}\n'
    path.write_text(text)
    with pytest.raises(FormatError, match=message):
        read_log(path)
    with pytest.raises(FormatError, match=message), TrainingLog(path, 1):
        pass
    assert path.read_text() == text


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_log(tmp_path / "log.jsonl")


def test_what_is_said_without_tensorboard(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(logs, "import_module", fail)
    log = TrainingLog(path, 0, tensorboard=path.parent)
    with pytest.raises(ImportError, match=r"pip install 'reid-mot\[tensorboard\]'"), log:
        pass
    assert read_log(path) == ROWS


def test_tensorboard_gets_the_numbers(tmp_path: Path) -> None:
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    folder = tmp_path / "board"
    with TrainingLog(tmp_path / "log.jsonl", tensorboard=folder) as log:
        for row in ROWS:
            log.add(row)
        log.add({"epoch": 4, "id": math.nan, "note": "text"})
    with TrainingLog(tmp_path / "log.jsonl", 2, tensorboard=folder) as log:
        log.add({"epoch": 3, "id": 0.5})
    found = events.EventAccumulator(str(folder)).Reload()
    assert [(e.step, e.value) for e in found.Scalars("id")] == [(1, 6.625), (2, 5.0), (3, 0.5)]
    assert [(e.step, e.value) for e in found.Scalars("mAP")] == [(2, 14.25)]
    assert set(found.Tags()["scalars"]) == {"rate", "id", "triplet", "rank-1", "mAP"}

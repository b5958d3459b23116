from __future__ import annotations

import json
from dataclasses import replace

import pytest

from reid_mot.comparing import Result, markdown_of, row_of, text_of

ONE = Result(
    embedder="a",
    sequence="room:0",
    label="ground, 1 m",
    mota=0.99,
    idf1=0.80,
    hota=0.7,
    switches=3,
    identities=9,
    people=8,
    entries=20,
    verdicts={"recognised": 10, "new": 8, "wrong person": 1, "missed": 1, "false": 0},
    instants=100,
    crops=30,
    seconds=1.0,
    embedding_seconds=0.3,
    seconds_per_crop=0.010,
)
TWO = replace(ONE, sequence="room:1", idf1=0.90, instants=300, seconds=2.0, crops=10)


def test_sequences_are_put_together() -> None:
    row = row_of([ONE, replace(TWO, seconds_per_crop=0.030)])

    assert row.idf1 == pytest.approx((0.85, 0.80, 0.90))
    assert (row.switches, row.entries, row.crops) == (6, 40, 40)
    assert row.verdicts["recognised"] == 20
    assert row.per_crop == pytest.approx((30 * 10 + 10 * 30) / 40)
    assert row.per_instant == pytest.approx(1000 * 3 / 400)


def test_nothing_was_embedded() -> None:
    row = row_of([replace(ONE, crops=0, seconds_per_crop=None)])
    assert row.per_crop is None
    assert text_of([row]).splitlines()[1].split()[-2:] == ["-", "10.00"]


def test_tables() -> None:
    rows = [row_of([ONE, TWO]), row_of([replace(ONE, embedder="b.onnx")])]

    head, first, second = text_of(rows).splitlines()
    assert head.split()[:4] == ["embedder", "MOTA", "IDF1", "HOTA"]
    assert "85.0% (80.0-90.0)" in first
    assert second.startswith("b.onnx")
    assert len({len(head), len(first), len(second)}) == 1
    lines = markdown_of(rows, ["a note"]).splitlines()
    assert {line.count("|") for line in lines[:4]} == {15}
    assert lines[-1] == "- a note"


def test_results_come_back_from_json() -> None:
    bad = replace(ONE, hota=float("nan"))
    assert json.loads(json.dumps(bad.to_json()))["hota"] is None
    again = Result.from_json(bad.to_json())
    assert again.hota != again.hota
    assert replace(again, hota=0.7) == ONE
    with pytest.raises(ValueError, match="has the fields"):
        Result.from_json({"embedder": "a"})


def test_rows_are_of_one_embedder() -> None:
    with pytest.raises(ValueError, match="one embedder"):
        row_of([ONE, replace(ONE, embedder="b")])

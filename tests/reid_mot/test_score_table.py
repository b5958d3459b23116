"""Scores as text and as JSON."""

import json
from dataclasses import replace

import numpy as np
import pytest

from reid_mot.score_table import NAN, Scores, ScoreTable, percent

ROW = Scores(
    label="ground, 1 m",
    kind="ground",
    matching="by where they stand.",
    unit="m",
    frames=10,
    truth=20,
    predicted=19,
    matches=18,
    identities=2,
    predicted_identities=3,
    mota=0.9612,
    motp=0.0694,
    misses=2,
    false_positives=1,
    switches=4,
    fragmentations=5,
    mostly_tracked=1,
    partly_tracked=1,
    mostly_lost=0,
    idf1=0.891,
    idp=0.9,
    idr=0.88,
    hota=0.777,
    deta=0.8,
    assa=0.75,
    detre=0.81,
    detpr=0.82,
    assre=0.76,
    asspr=0.77,
    loca=0.9,
)
CAMERA = replace(ROW, label="camera a", kind="camera", unit="IoU", matching="by overlap.")
POOLED = replace(ROW, label="all cameras as one", kind="pooled", matching="one space.")


def test_the_first_line_is_what_one_quotes() -> None:
    text = str(ScoreTable((ROW, CAMERA), 10, 1, 10))
    assert text.splitlines()[0] == "MOTA 96.1%  IDF1 89.1%  HOTA 77.7%  (ground, 1 m)"


def test_the_numbers_stand_under_their_names() -> None:
    lines = str(ScoreTable((ROW, CAMERA), 10, 1, 10)).splitlines()
    head = next(line for line in lines if "Frag" in line)
    row = next(line for line in lines if line.startswith("camera a"))
    assert len(head) == len(row)
    for name, value in (("MOTA", "96.1%"), ("IDSW", "4"), ("FP", "1"), ("MOTP", "0.069 IoU")):
        end = head.index(name) + len(name)
        assert row[:end].endswith(value)


def test_the_cameras_share_one_sentence_and_notes_are_printed() -> None:
    table = ScoreTable((CAMERA, replace(CAMERA, label="camera b")), 10, 1, 10, notes=("Careful.",))
    text = str(table)
    assert text.count("by overlap.") == 1
    assert "Note: Careful." in text


def test_the_extent_is_said() -> None:
    assert "10 frames scored, numbers 1 to 46, 5.0 s;" in str(ScoreTable((ROW,), 10, 1, 46, 5.0))
    assert "no frames scored" in str(ScoreTable((ROW,), 0))


def test_what_has_no_denominator_is_a_dash() -> None:
    text = str(ScoreTable((replace(ROW, mota=NAN, motp=NAN),), 10, 1, 10))
    assert text.startswith("MOTA -  IDF1 89.1%")
    assert "nan" not in text
    assert percent(1.0) == "100.0%"


def test_the_row_to_quote() -> None:
    near = replace(ROW, label="ground, 0.5 m")
    assert ScoreTable((CAMERA, POOLED, ROW, near), 1).primary is ROW
    assert ScoreTable((CAMERA, replace(CAMERA, kind="sum"), POOLED), 1).primary is POOLED
    assert ScoreTable((CAMERA,), 1).primary is CAMERA


def test_rows_by_label() -> None:
    table = ScoreTable((ROW, CAMERA), 1)
    assert table["camera a"] is CAMERA
    with pytest.raises(KeyError, match=r"camera z.*'ground, 1 m', 'camera a'"):
        table["camera z"]


def test_json_and_back() -> None:
    table = ScoreTable((ROW, POOLED), 10, 0, 45, 2.5, "motmetrics", ("A note.",))
    assert ScoreTable.from_json(table.to_json()) == table


def test_nan_is_null_in_json() -> None:
    text = ScoreTable((replace(ROW, idp=NAN),), 1).to_json()
    assert json.loads(text)["rows"][0]["idp"] is None
    assert np.isnan(ScoreTable.from_json(text).primary.idp)


def test_json_with_a_missing_or_an_unknown_field_is_refused() -> None:
    data = json.loads(ScoreTable((ROW,), 1).to_json())
    data["rows"][0]["motta"] = data["rows"][0].pop("mota")
    with pytest.raises(ValueError, match=r"missing fields \['mota'\], unknown fields \['motta'\]"):
        ScoreTable.from_json(json.dumps(data))
    with pytest.raises(ValueError, match="JSON object, not list"):
        ScoreTable.from_json("[]")

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reid_mot.models import DetectorCard, Preprocessing
from reid_mot.models.detector_card import KEY, declared_card, family_card, yolox

CARD = yolox((416, 640))
PATH = Path("m.onnx")


def test_yolox_is_what_its_demonstration_does() -> None:
    pixels = CARD.preprocessing
    assert (pixels.size, pixels.channels, pixels.layout) == ((416, 640), "BGR", "NCHW")
    assert (pixels.scale, pixels.mean, pixels.std) == (1, (0, 0, 0), (1, 1, 1))
    assert (CARD.pad, CARD.strides, CARD.person) == (114, (8, 16, 32), 0)
    assert (CARD.least_score, CARD.overlap) == (0.3, 0.45)


@pytest.mark.parametrize(
    "card",
    [
        CARD,
        DetectorCard(Preprocessing((3, 5)), None, "boxes", outputs=("b", "s"), overlap=None),
    ],
)
def test_a_card_survives_json(card: DetectorCard) -> None:
    assert DetectorCard.from_json(json.loads(json.dumps(card.to_json())), "x") == card


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("pad", 300, "pad is 300"),
        ("decoding", "yolo", "decoding is 'yolo'"),
        ("strides", (), "strides is empty"),
        ("strides", (8, 48), "stride 48 does not divide the input, 640 x 416"),
        ("strides", (0,), "stride 0"),
        ("person", -1, "person is -1"),
        ("least_score", 1.5, "least_score is 1.5"),
        ("overlap", -0.1, "overlap is -0.1"),
    ],
)
def test_fields_out_of_range(field: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(CARD, **{field: value})


def test_boxes_need_names() -> None:
    with pytest.raises(ValueError, match=r"outputs is \('boxes',\): expected names"):
        DetectorCard(Preprocessing((4, 4)), None, "boxes", outputs=("boxes",))


@pytest.mark.parametrize("field", ["pad", "preprocessing", "least_score"])
def test_a_missing_field_is_named(field: str) -> None:
    found = CARD.to_json()
    del found[field]
    with pytest.raises(ValueError, match=f"here: the detector's card lacks '{field}'"):
        DetectorCard.from_json(found, "here")


def test_unknown_and_wrong_fields_are_named() -> None:
    with pytest.raises(ValueError, match="unknown field 'threshold'"):
        DetectorCard.from_json({**CARD.to_json(), "threshold": 1}, "here")
    with pytest.raises(ValueError, match="here: the preprocessing lacks 'size'"):
        DetectorCard.from_json({**CARD.to_json(), "preprocessing": {}}, "here")
    with pytest.raises(ValueError, match="here: the detector's card is wrong: pad is 999"):
        DetectorCard.from_json({**CARD.to_json(), "pad": 999}, "here")
    with pytest.raises(ValueError, match="here: the detector's card is wrong"):
        DetectorCard.from_json({**CARD.to_json(), "strides": 8}, "here")
    with pytest.raises(ValueError, match="here: expected an object"):
        DetectorCard.from_json([], "here")


def test_families() -> None:
    assert family_card("yolox", (416, 640), "m.onnx") == CARD
    with pytest.raises(ValueError, match=r"m\.onnx: no decoding is called 'x'\. Names: yolox"):
        family_card("x", (416, 416), "m.onnx")
    with pytest.raises(ValueError, match="leaves the size of its input free"):
        family_card("yolox", None, "m.onnx")
    with pytest.raises(ValueError, match=r"'yolox' does not fit this model: stride 16"):
        family_card("yolox", (40, 40), "m.onnx")


def test_nothing_declared_is_nothing() -> None:
    assert declared_card(PATH, {}, (416, 640)) is None


def test_metadata() -> None:
    assert declared_card(PATH, {KEY: '"yolox"'}, (416, 640)) == CARD
    assert declared_card(PATH, {KEY: json.dumps(CARD.to_json())}, None) == CARD


def test_a_card_beside_the_file_goes_before_metadata(tmp_path: Path) -> None:
    card = replace(CARD, least_score=0.6)
    (tmp_path / "m.json").write_text(json.dumps({"detector": card.to_json()}))
    assert declared_card(tmp_path / "m.onnx", {KEY: '"yolox"'}, None) == card


def test_a_card_may_name_a_family(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text('{"detector": "yolox"}')
    assert declared_card(tmp_path / "m.onnx", {}, (416, 640)) == CARD


@pytest.mark.parametrize("text", ["{", "[]", '{"preprocessing": {}}'])
def test_broken_cards_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(ValueError, match=r"m\.json: expected"):
        declared_card(tmp_path / "m.onnx", {}, None)


def test_broken_metadata_are_named() -> None:
    with pytest.raises(ValueError, match=r"m\.onnx, metadata 'reid_mot\.detector': expected JSON"):
        declared_card(PATH, {KEY: "yolox"}, (416, 640))

"""Settings changed by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import pytest

from reid_mot.settings import bare_function, changed, listed, with_arguments


def draw(colour: str = "red", *, width: int = 1, dash: tuple[float, float] | None = None) -> str:
    """Something with arguments of several types."""
    return f"{colour} {width} {dash}"


@dataclass(frozen=True)
class Part:
    """Settings of a part."""

    size: int = 3
    kind: Literal["adam", "sgd"] = "adam"


@dataclass(frozen=True)
class Settings:
    """Fields of several types."""

    reach: float = 1.0
    patience: int = 3
    gallery: int | None = None
    gates: tuple[float, float] = (1.0, 2.0)
    steps: tuple[int, ...] = ()
    part: Part = Part()
    other: Part | None = None
    pen: Callable[..., str] = draw

    def __post_init__(self) -> None:
        if self.reach < 0:
            raise ValueError(f"reach is {self.reach}: expected at least 0")


def test_an_unknown_field_lists_all() -> None:
    with pytest.raises(ValueError, match=r"no field 'rech'\. Fields: reach=1\.0, patience=3"):
        changed(Settings(), {"rech": 2.0})


def test_what_can_be_changed_is_listed_with_its_parts() -> None:
    assert listed(Settings()) == (
        "reach=1.0, patience=3, gallery=None, gates=(1.0, 2.0), steps=(), part.size=3,"
        " part.kind='adam', other=None, pen=draw, pen.colour='red', pen.width=1, pen.dash=None"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reach", "far"),
        ("patience", 2.5),
        ("patience", True),
        ("gallery", "x"),
        ("gates", (1.0,)),
        ("part", 3),
        ("pen", "pencil"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"Settings.{name}: expected"):
        changed(Settings(), {name: value})


def test_values_of_the_right_type_pass() -> None:
    values = {"reach": 2, "patience": 4, "gallery": 7, "gates": (1, 3.5)}

    assert changed(Settings(), values) == Settings(2, 4, 7, (1, 3.5))


def test_lists_become_tuples() -> None:
    assert changed(Settings(), {"steps": [2, 3]}).steps == (2, 3)


def test_what_the_dataclass_refuses_is_refused() -> None:
    with pytest.raises(ValueError, match="reach is -1"):
        changed(Settings(), {"reach": -1})


def test_a_part_is_changed_in_place() -> None:
    settings = changed(Settings(reach=5.0), {"part.size": 4, "part.kind": "sgd"})

    assert settings == Settings(reach=5.0, part=Part(4, "sgd"))


def test_a_part_that_is_off_begins_with_its_defaults() -> None:
    assert changed(Settings(), {"other.size": 9}).other == Part(9)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("part.weight", r"Part has no field 'weight'\. Fields: size=3, kind='adam'"),
        ("part.kind", "Part.kind: expected Literal"),
        ("gallery.size", "Settings.gallery is None: it has no 'size' to set"),
        ("pen.length", r"draw takes no 'length'\. It takes: colour='red', width=1"),
        ("pen.width", r"draw: width: expected int \(such as 1\), found 'x'"),
    ],
)
def test_a_wrong_inner_name_or_value_is_refused(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        changed(Settings(), {name: "x"})


def test_arguments_are_given_to_a_function() -> None:
    settings = changed(Settings(), {"pen.width": 2, "pen.dash": [1, 2]})

    assert settings.pen() == "red 2 (1, 2)"


def test_arguments_are_added_to_those_given_before() -> None:
    pen = with_arguments(partial(draw, "blue", width=3), {"width": 4})

    assert pen() == "blue 4 None"
    assert bare_function(pen) == (draw, "draw")


def test_a_function_that_takes_anything_gets_anything() -> None:
    assert with_arguments(dict, {"a": 1})() == {"a": 1}

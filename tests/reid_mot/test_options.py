"""Typed values."""

from __future__ import annotations

import pytest

from reid_mot.options import parse_assignments, parse_frames, parse_noise, parse_region
from reid_mot.sequences import NoiseModel


def test_a_region_of_corners() -> None:
    region = parse_region("0,0;4,0;2,3.5")

    assert region is not None
    assert region.tolist() == [[0, 0], [4, 0], [2, 3.5]]


def test_no_region() -> None:
    assert parse_region("none") is None


@pytest.mark.parametrize(
    "text", ["", "1,2,3", "0,0;1,1", "a,b,c,d", "0,0,nan,1", "0,0,0;1,1,1;2,2,2"]
)
def test_a_wrong_region_says_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected X0,Y0,X1,Y1"):
        parse_region(text)


def test_a_rectangle_without_area_is_refused() -> None:
    with pytest.raises(ValueError, match="X0 < X1"):
        parse_region("5,0,0,6")


def test_frames_are_open_at_either_end() -> None:
    assert parse_frames("7:") == (7, None)
    assert parse_frames(":7") == (None, 7)


@pytest.mark.parametrize("text", ["7", "a:b", "1:2:3", "9:3"])
def test_wrong_frames_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"frames '{text}'"):
        parse_frames(text)


def test_noise_has_defaults() -> None:
    assert parse_noise("") == NoiseModel()
    assert parse_noise("jitter=3").jitter == 3


@pytest.mark.parametrize("text", ["miss", "score=1", "wind=3", "miss=nan", "miss=x"])
def test_wrong_noise_lists_the_names(text: str) -> None:
    with pytest.raises(ValueError, match="miss, false, jitter"):
        parse_noise(text)


def test_noise_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="miss must be from 0 to 1"):
        parse_noise("miss=1.5")


def test_assignments_are_python_values() -> None:
    values = parse_assignments(["a=1", "b = (1, 2)", "c='x'"])

    assert values == {"a": 1, "b": (1, 2), "c": "x"}


@pytest.mark.parametrize("word", ["sgd", "/home/x.pt", "../w", "package.module:name", "hacnn-2x"])
def test_words_and_paths_need_no_quotes(word: str) -> None:
    assert parse_assignments([f"a={word}"]) == {"a": word}


@pytest.mark.parametrize("text", ["1e-3", "-1", ".5", "None", "True"])
def test_numbers_are_no_words(text: str) -> None:
    assert not isinstance(parse_assignments([f"a={text}"])["a"], str)


@pytest.mark.parametrize("text", ["a", "a=", "a=open('x')", "=3", "a..b=3", "a-b=3"])
def test_wrong_assignments_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="--set"):
        parse_assignments([text])


def test_a_field_is_set_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        parse_assignments(["a=1", "a=2"])

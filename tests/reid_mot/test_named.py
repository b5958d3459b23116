"""Who of a result is known by name."""

from __future__ import annotations

from pathlib import Path

from reid_mot.named import listed_people, named_people, write_people
from reid_mot.sequences import GROUND, Tracks

ROWS = Tracks([3, 3, 7, 9], ["a", "b", GROUND, "a"], [2, 2, 2, 5], None, [[0.0, 1.0]] * 4)


def test_who_was_seen_when() -> None:
    people = named_people(ROWS, {5: "Bob", 2: "Ann", 9: "Cleo"})
    assert people == [(2, "Ann", 3, 7, 2), (5, "Bob", 9, 9, 1)]
    assert listed_people(people).splitlines()[1] == "     2  Ann  frames 3 to 7, 2 in all"


def test_names_with_commas_can_be_written(tmp_path: Path) -> None:
    write_people(tmp_path / "people.csv", named_people(ROWS, {5: "Doe, John"}))
    lines = (tmp_path / "people.csv").read_text(encoding="utf-8").splitlines()
    assert lines == ["identity,name,first,last,frames", '5,"Doe, John",9,9,1']

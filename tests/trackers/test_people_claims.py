"""Claims of two holders on the people of one file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from reid_mot.trackers import people_changes
from reid_mot.trackers.people_claims import PeopleClaims
from reid_mot.trackers.people_file import PeopleFile


@pytest.fixture
def file(tmp_path: Path) -> Iterator[PeopleFile]:
    """A file with Ann, 1, and Bob, 2."""
    opened = PeopleFile(tmp_path / "people.sqlite")
    for name, look in zip(("Ann", "Bob"), np.eye(2, dtype=np.float32), strict=True):
        people_changes.enrol(opened, name, look[None], 0.0)
    yield opened
    opened.close()


def holders(file: PeopleFile, now: float) -> list[str | None]:
    return [person.holder for person in file.people(now)]


def test_the_first_has_the_claim_until_it_runs_out(file: PeopleFile) -> None:
    first, second = PeopleClaims(file, "first", 30.0), PeopleClaims(file, "second", 10.0)
    assert first.take(1, 100.0)
    assert first.take(1, 100.0)
    assert not second.take(1, 129.9)
    assert holders(file, 129.9) == ["first", None]
    assert second.take(1, 130.0)
    assert holders(file, 130.0) == ["second", None]
    assert holders(file, 140.0) == [None, None]


def test_nobody_of_that_number_cannot_be_claimed(file: PeopleFile) -> None:
    assert not PeopleClaims(file, "first", 30.0).take(3, 100.0)


def test_renewing_concerns_ones_own(file: PeopleFile) -> None:
    first, second = PeopleClaims(file, "first", 30.0), PeopleClaims(file, "second", 30.0)
    first.take(1, 100.0)
    second.take(2, 100.0)
    first.renew(120.0)
    assert holders(file, 140.0) == ["first", None]
    assert first.elsewhere(129.0) == {2}
    assert first.elsewhere(140.0) == set()
    assert second.elsewhere(140.0) == {1}


def test_giving_back_concerns_ones_own(file: PeopleFile) -> None:
    first, second = PeopleClaims(file, "first", 30.0), PeopleClaims(file, "second", 30.0)
    first.take(1, 100.0)
    second.take(2, 100.0)
    first.give_back(2)
    second.give_all_back()
    assert holders(file, 101.0) == ["first", None]
    first.give_back(1)
    assert holders(file, 101.0) == [None, None]

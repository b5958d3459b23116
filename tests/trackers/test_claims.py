"""Numbers and claims that identities share with others."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reid_mot.trackers import Gallery
from reid_mot.trackers.claims import Claims
from reid_mot.trackers.gallery_store import GalleryStore
from reid_mot.trackers.known_people import KnownPeople

ONE = np.eye(4, dtype=np.float32)[:1]


def test_a_plain_gallery_belongs_to_one_tracker() -> None:
    gallery = Gallery()
    gallery.add(7, ONE)
    claims = Claims(gallery)
    numbers = claims.numbers
    assert [next(numbers), next(numbers)] == [8, 9]
    claims.hold({7, 8})
    assert claims.take(7)
    assert claims.elsewhere == frozenset()


def test_a_shared_one_numbers_people_and_knows_who_is_present() -> None:
    people = KnownPeople()
    claims = Claims(people)
    first = next(claims.numbers)
    people.add(first, ONE)
    assert people.number() == first + 1
    claims.hold({first})
    assert list(people.absent) == []
    claims.hold(())
    assert list(people.absent) == [first]


def test_nobody_is_present_twice(tmp_path: Path) -> None:
    with GalleryStore(tmp_path / "a.sqlite") as here, GalleryStore(tmp_path / "a.sqlite") as there:
        ann = here.enrol("Ann", ONE)
        there.refresh()
        claims, others = Claims(here), Claims(there)
        assert claims.take(None)
        assert claims.take(ann)
        assert not others.take(ann)
        assert others.elsewhere == {ann}
        claims.hold({ann})
        claims.hold(())
        others.hold(())
        assert others.take(ann)

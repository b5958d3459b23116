"""Numbers and claims that identities share with others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from reid_mot.sequences import View
from reid_mot.trackers import Gallery, IdentitySettings, RoomTracker
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


def test_who_is_deleted_while_present_is_followed_all_the_same(
    film: Callable[..., list[tuple[View, ...]]], tmp_path: Path
) -> None:
    path, now = tmp_path / "a.sqlite", [0.0]
    stays = [[(0.0, 1.0, 2.0), (12, 2, 2)], [(0.0, 4.0, 2.0), (12, 4, 4)]]
    with GalleryStore(path, clock=lambda: now[0]) as store:
        tracker = RoomTracker(identities=IdentitySettings(threshold=0.3), gallery=store)
        rows = []
        for views in film(*stays, looks=[0, 1]):
            now[0] = views[0].time
            if views[0].frame == 80:
                with GalleryStore(path, clock=lambda: now[0]) as other:
                    assert len(other.people) == 2
                    gone, kept = other.people[0].identity, other.people[1].identity
                    other.delete(gone)
            rows.append(tracker.step(views))
    assert {gone, kept} <= set(rows[-1].identity.tolist())
    with GalleryStore(path) as store:
        assert [person.identity for person in store.people] == [kept]

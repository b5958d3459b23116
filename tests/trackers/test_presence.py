"""Who is here and who may come back, told by hand."""

from __future__ import annotations

import numpy as np

from reid_mot.trackers.gallery import Gallery
from reid_mot.trackers.known_people import KnownPeople
from reid_mot.trackers.presence import Presence
from reid_mot.trackers.visits import Stage, Visit

LOOK = np.array([[1.0, 0.0]], np.float32)


def come(presence: Presence, track: int, identity: int | None = None) -> Visit:
    """A visit, settled if of a known identity."""
    visit = Visit.begin(presence.number() if identity is None else identity, presence.time)
    if identity is not None:
        visit.stage = Stage.SETTLED
    presence.visits[track] = visit
    return visit


def known(*identities: int, people: bool = False) -> Gallery:
    gallery = KnownPeople() if people else Gallery()
    for identity in identities:
        gallery.add(identity, LOOK)
    return gallery


def test_numbers_are_new() -> None:
    presence = Presence(known(3, 5), np.inf)
    assert [presence.number(), presence.number()] == [6, 7]


def test_tracks_that_began_and_ended() -> None:
    presence = Presence(known(), np.inf)
    come(presence, 4)
    come(presence, 2)
    assert presence.ended({4, 9, 1}) == [2]
    assert presence.begun({4, 9, 1}) == [1, 9]


def test_known_is_who_has_images_and_is_not_open() -> None:
    presence = Presence(known(1, 2), np.inf)
    come(presence, 10, 1)
    come(presence, 11)  # open
    come(presence, 12, 8)  # no images
    assert presence.known() == {10: 1}


def test_who_left_may_come_back_for_a_time() -> None:
    presence = Presence(known(1, 2, 3), absence=5.0)
    come(presence, 10, 1)
    come(presence, 11, 2)
    assert presence.absent() == [3]
    presence.hold()
    del presence.visits[10]
    presence.time = 4.0
    presence.hold()
    assert (presence.latest(1), presence.latest(2), presence.latest(3)) == (0.0, 4.0, -np.inf)
    assert presence.absent() == [1, 3]
    presence.time = 5.5
    assert presence.absent() == [3]  # never here, so known from before


def test_claims_follow_who_is_here() -> None:
    gallery = known(1, 2, people=True)
    assert isinstance(gallery, KnownPeople)
    presence = Presence(gallery, np.inf)
    assert presence.take(1)
    assert presence.take(None)
    assert gallery.absent == (2,)
    come(presence, 10, 2)
    presence.hold()
    assert gallery.absent == (1,)


def test_who_is_elsewhere_is_not_absent() -> None:
    class Taken(KnownPeople):
        def claim(self, identity: int) -> bool:
            return identity != 2

    gallery = Taken()
    for identity in (1, 2):
        gallery.add(identity, LOOK)
    presence = Presence(gallery, np.inf)
    assert not presence.take(2)
    assert presence.absent() == [1]


def test_somebody_new_may_be_who_was_never_here_with_her() -> None:
    presence = Presence(known(1, 2), np.inf)
    assert [presence.number() for _ in range(3)] == [3, 4, 5]
    first, second = come(presence, 10, 3), come(presence, 11, 4)
    for second_of_time in range(4):
        presence.time = float(second_of_time)
        presence.hold()
    assert presence.twins(second, [1, 2, 3, 5]).tolist() == [True, True, False, False]
    assert presence.twins(first, [4]).tolist() == [False]
    second.newcomer = 0.0
    presence.join(1, 3)  # last here after the second came
    assert presence.twins(second, [1, 2]).tolist() == [False, True]
    presence.forget(1)
    assert presence.twins(second, [1, 2]).tolist() == [True, True]


def test_who_was_known_before_is_nobody_else() -> None:
    presence = Presence(known(1, 2), np.inf)
    assert presence.twins(come(presence, 10, 2), [1]).tolist() == [False]


def test_who_was_here_when_somebody_came_had_not_left_before() -> None:
    presence = Presence(known(1, 2, 3), np.inf)
    come(presence, 10, 1)
    come(presence, 11, 2)
    presence.hold()
    del presence.visits[10]
    presence.time = 1.5
    presence.hold()
    assert presence.left_before(0.2, [1, 2, 3]).tolist() == [True, False, True]
    assert presence.left_before(0.5, [2]).tolist() == [True]  # two tracks for a second
    assert presence.left_before(0.5, []).tolist() == []

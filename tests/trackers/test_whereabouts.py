from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reid_mot.trackers.travel import Journey, TravelTimes
from reid_mot.trackers.whereabouts import KEPT, Stay, Whereabouts


def where(*stays: Stay, least: float = 0.0) -> Whereabouts:
    """Identity 1 had these stays."""
    found = Whereabouts(TravelTimes(least=least))
    for stay in stays:
        found.add(1, stay)
    return found


def test_nobody_is_in_two_places_at_once() -> None:
    known = where(Stay("a", 10, 20))
    assert known.possible(1, Stay("b", 21, 30))
    assert known.possible(1, Stay("b", 2, 9))
    assert not known.possible(1, Stay("b", 20, 30))
    assert not known.possible(1, Stay("a", 15, 16))
    assert not known.possible(1, Stay("b", 5, 25))
    assert known.possible(2, Stay("b", 15, 16))


def test_ways_take_time() -> None:
    known = where(Stay("a", 10, 20), least=5)
    assert not known.possible(1, Stay("b", 24, 30))
    assert known.possible(1, Stay("b", 25, 30))
    assert known.possible(1, Stay("a", 21, 30))
    assert not known.possible(1, Stay("b", 2, 6))


def test_a_stay_is_compatible_with_itself_and_moves_on() -> None:
    stay = Stay("a", 10, 20)
    known = where(stay)
    assert known.possible(1, stay)
    stay.end = 40
    assert not known.possible(1, Stay("b", 30, 35))


def test_the_last_journey_counts() -> None:
    known = where(Stay("a", 1, 2), Stay("b", 10, 20))
    assert known.journey(1, Stay("c", 26, 30)) == Journey("b", "c", 6)
    assert known.journey(1, Stay("c", 5, 8)) == Journey("a", "c", 3)
    assert known.journey(1, Stay("c", 0, 8)) is None
    assert known.journey(2, Stay("c", 26, 30)) is None


def test_two_identities_become_one() -> None:
    known = where(Stay("a", 1, 2), Stay("b", 10, 20))
    known.add(2, Stay("c", 5, 6))
    known.add(3, Stay("c", 12, 15))
    assert known.compatible(1, 2)
    assert not known.compatible(1, 3)
    known.join(1, 2)
    assert 2 not in known
    assert not known.possible(1, Stay("a", 5, 5.5))
    known.keep({3})
    assert len(known) == 1


def test_stays_are_taken_back() -> None:
    first, second = Stay("a", 1, 2), Stay("a", 1, 2)
    known = where(first, second)
    known.remove(1, first)
    assert 1 in known
    known.remove(1, second)
    known.remove(1, second)
    assert 1 not in known


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 50), st.floats(0, 5)), max_size=12))
def test_possible_stays_never_touch(drawn: list[tuple[str, float, float]]) -> None:
    known = where(least=1.0)
    taken: list[Stay] = []
    for camera, begin, length in drawn:
        stay = Stay(camera, begin, begin + length)
        free = all(
            max(one.begin - stay.end, stay.begin - one.end) >= (one.camera != camera)
            and (one.end < stay.begin or stay.end < one.begin)
            for one in taken
        )
        assert known.possible(1, stay) == free
        if free:
            known.add(1, stay)
            taken.append(stay)
    assert len(taken) <= KEPT

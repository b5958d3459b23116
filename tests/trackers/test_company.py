"""Who was here together with whom, against counting by hand."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import hypothesis.strategies as st
import numpy as np
from hypothesis import given

from reid_mot.trackers.company import ENOUGH, EVERY, Company

Stays = list[set[int]]

stays = st.lists(st.sets(st.integers(1, 5)), max_size=30)


def counted(times: Stays) -> Company:
    """Of who was here at each second."""
    company = Company()
    for second, present in enumerate(times):
        company.count(second * EVERY, present)
    return company


def expected(times: Stays, identity: int, others: list[int]) -> list[bool]:
    together = Counter(pair for present in times for pair in permutations(present, 2))
    return [k < identity and together[k, identity] * EVERY < ENOUGH for k in others]


@given(stays)
def test_twins_are_older_and_were_hardly_here_together(times: Stays) -> None:
    company = counted(times)
    for identity in range(1, 7):
        found = company.twins(identity, range(1, 7))
        assert found.tolist() == expected(times, identity, list(range(1, 7)))


@given(stays)
def test_two_numbers_of_one_person_were_here_when_either_was(times: Stays) -> None:
    """As if 5 had been 2 all the time, unless both were here at once."""
    apart = [present - {5} if 2 in present else present for present in times]
    company = counted(apart)
    company.join(2, 5)
    one = [{2 if k == 5 else k for k in present} for present in apart]
    for identity in (1, 2, 3, 4):
        found = company.twins(identity, [1, 2, 3, 4])
        assert found.tolist() == expected(one, identity, [1, 2, 3, 4])
    assert company.twins(5, [1, 2, 3]).all()


@given(stays)
def test_of_whom_nothing_is_known_any_more(times: Stays) -> None:
    company = counted(times)
    company.forget(1)
    company.forget(9)
    assert company.twins(5, [1]).all()
    without = [present - {1} for present in times]
    assert company.twins(5, [2, 3]).tolist() == expected(without, 5, [2, 3])


def test_seconds_are_counted_once() -> None:
    company = Company()
    for time in np.arange(0, ENOUGH - EVERY, 0.05):
        company.count(float(time), [1, 2])
    assert company.twins(2, [1]).all()

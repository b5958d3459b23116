from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid_mot.training.pictures import UNKNOWN_CAMERA, Pictures, ReidData
from reid_mot.training.splits import hold_out, join, people_apart, query_and_gallery

IMAGE = np.zeros((2, 2, 3), np.uint8)

sightings = st.lists(st.tuples(st.integers(-1, 6), st.integers(-1, 3)), max_size=40)
"""Identity and camera of each picture."""


def pictures(seen: list[tuple[int, int]]) -> Pictures:
    names = [f"{k}" for k in range(len(seen))]
    return Pictures([IMAGE] * len(seen), [s[0] for s in seen], [s[1] for s in seen], names)


@given(sightings, st.integers(0, 9))
def test_every_query_can_be_answered(seen: list[tuple[int, int]], seed: int) -> None:
    query, gallery = query_and_gallery(pictures(seen), seed)
    assert sorted([*query.names, *gallery.names], key=int) == [str(k) for k in range(len(seen))]
    assert (query.identity > 0).all()
    for person, camera in zip(query.identity.tolist(), query.camera.tolist(), strict=True):
        answers = gallery.camera[gallery.identity == person]
        assert len(answers)
        assert camera == UNKNOWN_CAMERA or (answers != camera).any()
    asked = Counter(zip(query.identity.tolist(), query.camera.tolist(), strict=True))
    assert set(asked.values()) <= {1}


@given(sightings)
def test_whoever_two_cameras_saw_is_asked_for(seen: list[tuple[int, int]]) -> None:
    query, _ = query_and_gallery(pictures(seen))
    for person in range(1, 7):
        if len({camera for identity, camera in seen if identity == person}) > 1:
            assert person in query.identity


def test_one_query_of_each_camera_with_two_pictures() -> None:
    query, gallery = query_and_gallery(pictures([(1, 1), (1, 1), (1, 2), (1, 2), (1, 3)]))
    assert query.camera.tolist() == [1, 2]
    assert gallery.camera.tolist() == [1, 2, 3]


def test_a_single_picture_by_each_of_two_cameras() -> None:
    query, gallery = query_and_gallery(pictures([(4, 1), (4, 2)]))
    assert (len(query), len(gallery)) == (1, 1)


def test_cameras_that_nobody_knows() -> None:
    query, gallery = query_and_gallery(pictures([(1, -1), (1, -1), (2, -1)]))
    assert query.identity.tolist() == [1]
    assert gallery.identity.tolist() == [1, 2]


def test_people_apart() -> None:
    seen = [(person, 1) for person in range(1, 11) for _ in range(3)]
    first, second = people_apart(pictures(seen), 0.3)
    assert (first.identities, second.identities) == (7, 3)
    assert not set(first.people.tolist()) & set(second.people.tolist())
    again = people_apart(pictures(seen), 0.3)[1]
    assert again.names.tolist() == second.names.tolist()
    assert {tuple(people_apart(pictures(seen), 0.3, s)[1].people.tolist()) for s in range(9)} != {
        tuple(second.people.tolist())
    }


@pytest.mark.parametrize(("share", "count"), [(0, 0), (0.01, 1), (0.99, 2), (1, 3)])
def test_neither_side_is_left_without_people(share: float, count: int) -> None:
    assert people_apart(pictures([(1, 1), (2, 1), (3, 1)]), share)[1].identities == count


def test_bad_shares_are_refused() -> None:
    with pytest.raises(ValueError, match=r"test on is 1\.5"):
        people_apart(pictures([(1, 1)]), 1.5)
    with pytest.raises(ValueError, match="1 people cannot be divided"):
        people_apart(pictures([(1, 1)]), 0.5)


def data(name: str = "x") -> ReidData:
    train = pictures([(p, c) for p in (3, 5, 8, 9) for c in (1, 1, 2)])
    return ReidData(name, train, pictures([(10, 1)]), pictures([(10, 2), (0, 2), (-1, -1)]))


def test_held_out_people_are_no_longer_learned_from() -> None:
    held = hold_out(data(), 2)
    assert held.train.identities == 2
    assert set(held.query.people.tolist()) == set(held.gallery.people.tolist())
    assert not set(held.train.people.tolist()) & set(held.query.people.tolist())
    assert len(held.train) + len(held.query) + len(held.gallery) == 12


@pytest.mark.parametrize("identities", [0, 4])
def test_somebody_must_be_left_on_either_side(identities: int) -> None:
    with pytest.raises(ValueError, match=f"{identities} of 4 people in x cannot be held out"):
        hold_out(data(), identities)


def test_joined_people_and_cameras_are_different() -> None:
    both = join(data("x"), data("y"))
    assert both.name == "x+y"
    assert both.train.people.tolist() == [3, 5, 8, 9, 13, 15, 18, 19]
    assert both.query.identity.tolist() == [10, 20]
    assert both.gallery.identity.tolist() == [10, 0, -1, 20, 0, -1]
    assert both.gallery.camera.tolist() == [2, 2, -1, 5, 5, -1]
    assert both.train.camera[:12].max() < both.train.camera[12:].min()
    assert join(data("x")).train.identity.tolist() == data().train.identity.tolist()


def test_nothing_to_join() -> None:
    with pytest.raises(ValueError, match="no data set"):
        join()

from __future__ import annotations

import numpy as np

from reid_mot.followed import Sighted
from reid_mot.free_labels import Certainty, cut, seen_apart, thinned
from reid_mot.trackers import IdentitySettings

NAN = float("nan")


def sighted(*rows: tuple[float, int, int, float]) -> Sighted:
    """Rows of (time, camera, person, x in metres); boxes lie where the places are."""
    time, camera, person, x = (np.array(column) for column in zip(*rows, strict=True))
    left = 100 * x
    n = len(rows)
    return Sighted(
        (10 * time).astype(np.int64),
        time.astype(np.float64),
        camera,
        np.arange(n),
        person,
        np.column_stack([left, np.zeros(n), left + 50, np.full(n, 100)]),
        np.column_stack([x, np.zeros(n)]).astype(np.float64),
        np.ones(n),
    )


def test_somebody_alone_is_one_tracklet_until_a_gap() -> None:
    seen = sighted((0, 0, 4, 1), (0, 1, 4, 1), (0.5, 0, 4, 1), (2.0, 0, 4, 1), (2.5, 0, 4, 1))
    assert cut(seen).tolist() == [0, 0, 0, 1, 1]


def test_long_tracklets_are_cut() -> None:
    seen = sighted(*((k, 0, 1, 0) for k in range(8)))
    assert cut(seen, Certainty(longest=3)).tolist() == [0] * 4 + [1] * 4


def test_who_comes_near_is_left_out_for_a_while() -> None:
    one = [(float(k), 0, 1, 0.0) for k in range(9)]
    other = [(float(k), 0, 2, 0.5 if k == 4 else 5.0) for k in range(9)]
    seen = sighted(*sorted(one + other))

    tracklet = cut(seen, Certainty(alert=1.0))

    for person in (1, 2):
        mine = tracklet[seen.person == person]
        assert (mine[[3, 4, 5]] == -1).all()
        assert len(set(mine[:3].tolist())) == len(set(mine[6:].tolist())) == 1
        assert mine[0] != mine[-1]
    assert len(set(tracklet[tracklet >= 0].tolist())) == 4


def test_without_places_boxes_decide_who_is_near() -> None:
    seen = sighted((0, 0, 1, 0.0), (0, 0, 2, 0.4), (0, 1, 3, 0.0), (0, 0, 4, 3.0))
    seen.ground[:] = NAN
    # 1 and 2 overlap in camera 0; 3 is where 1 is, but in another camera's image.
    assert (cut(seen) >= 0).tolist() == [False, False, True, True]


def test_two_people_are_those_of_one_image() -> None:
    seen = sighted((0, 0, 1, 0), (0, 0, 2, 4), (0, 1, 3, 8), (1, 0, 3, 8), (1, 0, 1, 0.1))
    tracklet = np.array([0, 1, 2, 3, 0])
    assert seen_apart(seen, tracklet) == {(0, 1), (0, 3)}
    assert seen_apart(seen, np.array([0, -1, 2, 3, 0])) == {(0, 3)}


def test_boxes_on_one_another_may_be_one_person() -> None:
    seen = sighted((0, 0, 1, 0), (0, 0, 2, 0.1))
    assert seen_apart(seen, np.array([0, 1])) == set()


def test_pictures_worth_looking_at() -> None:
    seen = sighted(*((k / 10, 0, 1, 0) for k in range(100)))
    seen.quality[::2] = 0.1
    settings = IdentitySettings()

    chosen = thinned(seen, np.zeros(100, np.int64), settings, 0.5, 1000)

    assert (chosen % 2 == 1).all()
    assert (np.diff(seen.time[chosen]) >= 0.5 - 1e-9).all()
    assert len(thinned(seen, np.zeros(100, np.int64), settings, 0.5, 4)) <= 4
    assert len(thinned(seen, np.full(100, -1), settings, 0.5, 4)) == 0

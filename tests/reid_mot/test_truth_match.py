from __future__ import annotations

import numpy as np
import pytest

from reid_mot.scores import score
from reid_mot.sequences import GROUND, Tracks
from reid_mot.truth_match import match_people


def on_floor(rows: list[tuple[int, int, float]]) -> Tracks:
    frame, identity, x = zip(*rows, strict=True)
    return Tracks(frame, GROUND, identity, None, [[value, 0.0] for value in x])


def test_people_on_the_floor() -> None:
    truth = on_floor([(3, 1, 0.0), (3, 2, 5.0), (5, 1, 0.0)])
    predicted = on_floor([(3, 8, 5.4), (3, 9, 0.2), (5, 9, 3.0)])

    found = match_people(truth, predicted)

    assert found.frame.tolist() == [3, 3]
    assert dict(zip(found.truth.tolist(), found.predicted.tolist(), strict=True)) == {1: 9, 2: 8}
    assert found.on_ground
    assert found.people_of(predicted).tolist() == [2, 1, -1]


def test_boxes_where_nobody_has_a_place() -> None:
    box = [[0, 0, 10, 10], [20, 0, 30, 10]]
    truth = Tracks([1, 1], ["a", "b"], [4, 4], box)
    predicted = Tracks([1, 1, 1], ["a", "b", "b"], [1, 2, 3], [box[0], [25, 0, 35, 10], box[1]])

    found = match_people(truth, predicted)

    assert sorted(zip(found.camera.tolist(), found.predicted.tolist(), strict=True)) == [
        ("a", 1),
        ("b", 3),
    ]
    assert found.people_of(predicted).tolist() == [4, -1, 4]


@pytest.mark.parametrize("seed", range(5))
def test_matches_are_those_that_are_scored(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frames = np.repeat(np.arange(40), 4)
    place = rng.uniform(0, 6, (160, 2))
    truth = Tracks(frames, GROUND, np.tile([1, 2, 3, 4], 40), None, place)
    noisy = place + rng.normal(0, 0.5, place.shape)
    predicted = Tracks(frames, GROUND, np.tile([5, 6, 7, 8], 40), None, noisy)

    found = match_people(truth, predicted)

    row = score(truth, predicted)["ground, 1 m"]
    assert len(found) == row.matches
    order = np.lexsort((found.frame, found.truth))
    who, given = found.truth[order], found.predicted[order]
    assert int(((np.diff(who) == 0) & (np.diff(given) != 0)).sum()) == row.switches

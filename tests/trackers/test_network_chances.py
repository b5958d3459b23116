"""How likely an entrant is each of the known people, by hand."""

import numpy as np
import pytest

from reid_mot.trackers.network_chances import Chances
from reid_mot.trackers.network_settings import NetworkSettings
from reid_mot.trackers.whereabouts import Stay


def known(settings: NetworkSettings, **stays: tuple[int, float, float]) -> Chances:
    """Chances with one stay (person, begin, end) in each camera."""
    chances = Chances(settings, default=0.4)
    for camera, (person, begin, end) in stays.items():
        chances.where.add(person, Stay(camera, begin, end))
    return chances


def test_who_is_elsewhere_or_would_have_to_run_is_no_candidate() -> None:
    chances = known(NetworkSettings(least=2.0), here=(1, 0, 5), far=(2, 0, 11), near=(3, 0, 9))
    choice = chances.weigh(Stay("entry", 10.0, 12.0), [1, 2, 3, 4], np.array([0.3, 0.1, 0.1, 0.2]))
    assert choice.candidates == [1, 4]  # 4 was nowhere before
    assert choice.distances.tolist() == [0.3, 0.2]
    assert len(choice.travel) == 2
    assert choice.chances.sum() == pytest.approx(1.0)
    assert choice.chances[1] > choice.chances[0]


@pytest.mark.parametrize(("distances", "certain"), [([0.3, 0.2], 1), ([0.6, 0.7], 2), ([], 0)])
def test_a_fixed_threshold_makes_the_nearest_or_nobody_certain(
    distances: list[float], certain: int
) -> None:
    chances = known(NetworkSettings(threshold=0.5))
    people = list(range(len(distances)))
    choice = chances.weigh(Stay("c", 0, 1), people, np.array(distances))
    assert choice.chances.tolist() == [float(k == certain) for k in range(len(distances) + 1)]


def test_the_threshold_is_the_given_one_or_the_learned_one() -> None:
    assert known(NetworkSettings(threshold=0.25)).threshold == 0.25
    learned = known(NetworkSettings())
    assert learned.threshold == learned.recognition.threshold


def test_a_twin_is_the_nearest_who_is_surely_no_stranger() -> None:
    chances = known(NetworkSettings())
    assert chances.twin([7, 8], np.array([0.9, 0.01])) == 8
    assert chances.twin([7, 8], np.array([0.4, 0.01])) == 8
    assert chances.twin([7, 8], np.array([0.9, 0.9])) is None
    assert chances.twin([], np.empty(0)) is None


def test_nobody_beyond_a_fixed_threshold_is_a_twin() -> None:
    chances = known(NetworkSettings(threshold=0.005))
    assert chances.twin([7, 8], np.array([0.9, 0.01])) is None


def test_a_way_is_learned_from_who_certainly_took_it() -> None:
    chances = known(NetworkSettings(threshold=0.5), first=(1, 0, 5))
    entry = Stay("second", 17.0, 18.0)
    choice = chances.weigh(entry, [1], np.array([0.01]))
    for _ in range(50):
        chances.learn(entry, choice)
    journey = chances.where.journey(1, entry)
    other = chances.where.journey(1, Stay("second", 300.0, 301.0))
    usual, rare = chances.travel.evidence([journey, other], "second")
    assert usual > rare

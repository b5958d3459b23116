from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid_mot.trackers.travel import CLASSES, Journey, TravelTimes, _smooth, shortest

WAYS = (("a", "b", 5.0, 10.0), ("b", "c", 4.0, 20.0))


def ratio(times: TravelTimes, first: str, last: str, seconds: float) -> float:
    return float(times.evidence([Journey(first, last, seconds)], last)[0])


@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 4), st.floats(0, 50)).filter(
            lambda way: way[0] != way[1]
        ),
        max_size=8,
    )
)
def test_the_fastest_way_is_that_of_trying_all(links: list[tuple[int, int, float]]) -> None:
    ways = [(str(a), str(b), least, least + 1) for a, b, least in links]
    places = sorted({name for way in ways for name in way[:2]})
    expected = {(a, b): 0.0 if a == b else np.inf for a in places for b in places}
    for a, b, least, _ in ways:
        expected[a, b] = expected[b, a] = min(expected[a, b], least)
    for k, i, j in itertools.product(places, repeat=3):  # Floyd 1962
        expected[i, j] = min(expected[i, j], expected[i, k] + expected[k, j])
    found = shortest(ways)
    for pair, least in expected.items():
        assert found.get(pair, np.inf) == pytest.approx(least)


def test_nobody_is_faster_than_the_ways() -> None:
    times = TravelTimes(WAYS, least=2.0)
    assert times.fastest("c", "a") == 9.0
    assert times.fastest("a", "a") == 0.0
    assert times.fastest("a", "elsewhere") == 2.0
    parted = TravelTimes((*WAYS, ("x", "y", 1.0, 2.0)))
    assert parted.fastest("a", "x") == np.inf


def test_nothing_learned_says_nothing() -> None:
    times = TravelTimes()
    assert ratio(times, "a", "b", 7.0) == pytest.approx(0.0)
    assert times.evidence([], "b").tolist() == []
    assert times.evidence([None, None], "b").tolist() == [0.0, 0.0]


def test_given_ways_speak_for_usual_times() -> None:
    times = TravelTimes(WAYS, strength=20)
    assert ratio(times, "a", "b", 7.0) > 0.5 > 0 > ratio(times, "a", "b", 300.0)
    assert ratio(times, "b", "a", 7.0) == pytest.approx(ratio(times, "a", "b", 7.0))


def test_usual_ways_and_times_are_learned() -> None:
    rng = np.random.default_rng(0)
    times = TravelTimes()
    for _ in range(60):
        times.learn(Journey("a", "b", float(rng.lognormal(np.log(8), 0.2))), 1.0)
        times.learn(Journey("c", "b", float(rng.uniform(0, 300))), 0.0)
        times.learn(Journey("a", "b", float(rng.uniform(0, 300))), 0.0)
    assert ratio(times, "a", "b", 8.0) > 1.5
    assert ratio(times, "a", "b", 100.0) < -1.0
    assert ratio(times, "c", "b", 8.0) < ratio(times, "a", "b", 8.0)
    # What is usual for one way is what is first assumed of another.
    assert ratio(times, "d", "b", 8.0) > ratio(times, "d", "b", 100.0)


@given(st.floats(0, 1e5), st.floats(0, 1))
def test_evidence_is_limited(seconds: float, probability: float) -> None:
    times = TravelTimes(weight=2.0)
    for _ in range(30):
        times.learn(Journey("a", "b", seconds), probability)
    for tried in (seconds, 0.0, 1e4):
        assert abs(ratio(times, "a", "b", tried)) <= 2.0
    assert ratio(TravelTimes(weight=0), "a", "b", seconds) == 0.0


def test_likelihoods_sum_to_one() -> None:
    times = TravelTimes(WAYS, weight=100)
    rng = np.random.default_rng(1)
    for _ in range(20):
        times.learn(Journey("a", "b", float(rng.uniform(0, 60))), 0.8)
        times.learn(Journey("c", "b", float(rng.uniform(0, 60))), 0.3)
    tables = times._tables("b", {"a", "c"})
    others = {first: times._not_taken[first, "b"] for first in tables}
    smooth = np.array([_smooth(others[first]) for first in tables])
    background = (smooth + 1 / smooth.size) / (smooth + 1 / smooth.size).sum()
    likely = np.exp(np.array(list(tables.values()))) * background
    assert likely.shape == (2, CLASSES)
    assert likely.sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    "way", [("a", "a", 1, 2), ("a", "b", 3, 2), ("a", "b", -1, 2), ("a", "b", 1, np.inf)]
)
def test_ways_that_cannot_be(way: tuple[str, str, float, float]) -> None:
    with pytest.raises(ValueError, match=r"way .* expected two different cameras"):
        TravelTimes((way,))
    with pytest.raises(ValueError, match="must"):
        TravelTimes(least=-1)

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from reid_mot.trackers.recognition import Recognition

PAIRS = [(1, 2), (1, 3), (2, 3), (3, 4)]


def learned(rng: np.random.Generator) -> Recognition:
    """One that has seen people apart (0.8 +- 0.1) and alike in one camera (0.2 +- 0.05)."""
    recognition = Recognition()
    recognition.add_different(rng.normal(0.8, 0.1, 500), PAIRS)
    recognition.within.add_same(rng.normal(0.2, 0.05, 500))
    return recognition


def test_nobody_is_recognised_before_anything_is_known() -> None:
    recognition = Recognition()
    assert recognition.probabilities(np.array([0.01]), np.zeros(1)).tolist() == [0.0, 1.0]
    recognition.add_different(np.full(100, 0.8), PAIRS[:1])
    assert not recognition.learned
    recognition.add_different(np.full(2, 0.8), PAIRS)
    assert recognition.learned
    assert recognition.probabilities(np.array([0.01]), np.zeros(1))[0] > 0.9


def test_an_embedders_own_threshold_serves_until_then() -> None:
    recognition = Recognition(default=0.5)
    assert recognition.threshold == pytest.approx(0.5, abs=0.01)
    near, far = (recognition.probabilities(np.array([d]), np.zeros(1))[0] for d in (0.3, 0.7))
    assert near > 0.95 > 0.05 > far


def test_chances_are_those_of_bayes() -> None:
    recognition = learned(np.random.default_rng(0))
    (mean, deviation), (other, spread) = recognition._moments()
    distances, travel = np.array([0.45, 0.6]), np.array([1.0, -0.5])
    likely = norm.pdf(distances, mean, deviation) / norm.pdf(distances, other, spread)
    odds = likely * np.exp(travel) * 0.8 / 0.2 / 2
    expected = np.append(odds, 1) / (odds.sum() + 1)
    assert recognition.probabilities(distances, travel) == pytest.approx(expected)


def test_how_far_cameras_change_people_is_learned_from_decisions() -> None:
    rng = np.random.default_rng(1)
    recognition = learned(rng)
    before = recognition.threshold
    for _ in range(200):
        known = rng.random() < 0.8
        distances = rng.normal(0.8, 0.1, 10)
        if known:
            distances[3] = rng.normal(0.42, 0.06)
        recognition.learn(distances, np.zeros(10))
    (mean, deviation), _ = recognition._moments()
    assert mean == pytest.approx(0.42, abs=0.02)
    assert deviation == pytest.approx(0.06, abs=0.02)
    # Where both normal densities are equal, by solving.
    grid = np.linspace(0.42, 0.8, 10_000)
    equal = grid[np.argmax(norm.pdf(grid, 0.42, 0.06) < norm.pdf(grid, 0.8, 0.1))]
    assert abs(recognition.threshold - equal) < min(0.03, abs(before - equal))


def test_strangers_alone_do_not_teach_that_everybody_is_alike() -> None:
    rng = np.random.default_rng(2)
    recognition = learned(rng)
    for _ in range(300):
        recognition.learn(rng.normal(0.8, 0.1, 10), np.zeros(10))
    assert recognition.threshold < 0.65
    assert recognition.probabilities(np.full(10, 0.8), np.zeros(10))[-1] > 0.5


@given(
    st.lists(st.floats(0, 2), min_size=1, max_size=6),
    st.lists(st.floats(0, 2), max_size=20),
)
def test_chances_sum_to_one_and_fall_with_the_distance(
    distances: list[float], decisions: list[float]
) -> None:
    recognition = learned(np.random.default_rng(3))
    for distance in decisions:
        recognition.learn(np.array([distance, 0.8]), np.zeros(2))
    chances = recognition.probabilities(np.array(distances), np.zeros(len(distances)))
    assert chances.sum() == pytest.approx(1)
    assert (chances >= 0).all()
    order = np.argsort(distances)
    assert (np.diff(chances[:-1][order]) <= 1e-12).all()


def test_nothing_to_compare() -> None:
    recognition = learned(np.random.default_rng(4))
    assert recognition.probabilities(np.empty(0), np.empty(0)).tolist() == [1.0]
    chances = recognition.probabilities(np.array([np.nan, 0.3]), np.zeros(2))
    assert chances[0] == 0
    recognition.learn(np.array([np.nan]), np.zeros(1))
    with pytest.raises(ValueError, match="known"):
        Recognition(known=1.0)

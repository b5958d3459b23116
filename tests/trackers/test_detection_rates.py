"""Detection rates: what is expected beforehand, and what counting makes of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid_mot.trackers.detection_rates import DetectionRates
from reid_mot.trackers.visibility import expected_chances


def test_nothing_seen_leaves_the_expectation() -> None:
    inside = np.linspace(0.01, 1, 30)
    hidden = np.linspace(0.9, 0, 30)
    expected = expected_chances(inside, hidden, 0.85)
    np.testing.assert_allclose(DetectionRates(0.85).chances(inside, hidden), expected)


def test_a_detector_that_finds_the_hidden_is_trusted_with_them() -> None:
    rates, rng = DetectionRates(0.85), np.random.default_rng(0)
    assert rates.chances(np.array([1.0]), np.array([0.9]))[0] == 0
    for _ in range(100):
        rates.learn(np.ones(10), np.full(10, 0.9), rng.random(10) < 0.7)
    assert rates.chances(np.array([1.0]), np.array([0.9]))[0] == pytest.approx(0.7, abs=0.05)
    # Nothing was learned of people in full view.
    assert rates.chances(np.array([1.0]), np.array([0.0]))[0] == pytest.approx(0.85)


def test_a_rate_is_the_mean_of_the_beta_distribution() -> None:
    """20 expected at 0.85, then 7 of 10: (17 + 7) / 30."""
    rates = DetectionRates(0.85, trust=20)
    rates.learn(np.ones(10), np.zeros(10), np.arange(10) < 7)
    assert rates.chances(np.array([1.0]), np.array([0.0]))[0] == pytest.approx(24 / 30)


def test_old_rates_are_forgotten() -> None:
    rates = DetectionRates(0.85, memory=100)
    for found in [True] * 50 + [False] * 50:
        rates.learn(np.ones(10), np.zeros(10), np.full(10, found))
    assert rates.chances(np.array([1.0]), np.array([0.0]))[0] < 0.2


def test_who_is_outside_the_image_is_neither_expected_nor_counted() -> None:
    rates = DetectionRates(0.85)
    rates.learn(np.zeros(100), np.zeros(100), np.ones(100, dtype=bool))
    assert rates.chances(np.zeros(1), np.zeros(1))[0] == 0
    inside, hidden = np.array([0.1]), np.zeros(1)
    assert rates.chances(inside, hidden) == expected_chances(inside, hidden, 0.85)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.booleans()), max_size=40),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_rates_are_chances(seen: list[tuple[float, float, bool]], a: float, b: float) -> None:
    rates = DetectionRates(0.85)
    table = np.array([row[:2] for row in seen]).reshape(-1, 2)
    rates.learn(table[:, 0], table[:, 1], np.array([row[2] for row in seen], dtype=bool))
    assert 0 <= rates.chances(np.array([a]), np.array([b]))[0] <= rates.most

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from reid_mot.trackers.calibrating import (
    Bell,
    calibrate,
    equal_error,
    weighted_quantiles,
)
from reid_mot.trackers.distance_pairs import Distances


def drawn(middle: float, deviation: float, people: int, pairs: int, seed: int) -> Distances:
    """Independent normal distances between people numbered from 0."""
    rng = np.random.default_rng(seed)
    first, second = rng.integers(people, size=(2, pairs))
    return Distances(rng.normal(middle, deviation, pairs), first, second)


def test_a_normal_distribution_is_found_again() -> None:
    values = np.random.default_rng(0).normal(0.4, 0.1, 50_000)

    bell = Bell.fitted(values)

    assert (bell.middle, bell.below, bell.above) == pytest.approx((0.4, 0.1, 0.1), abs=0.002)
    assert bell.quantile(0.01) == pytest.approx(norm.ppf(0.01, 0.4, 0.1), abs=0.005)
    assert bell.share_below(0.5) == pytest.approx(norm.cdf(0.5, 0.4, 0.1), abs=0.005)


def test_few_wrong_values_change_little() -> None:
    values = np.random.default_rng(0).normal(0.6, 0.1, 10_000)
    spoilt = np.concatenate([values, np.full(300, 0.05)])

    fitted = Bell.fitted(spoilt)

    assert fitted.quantile(0.01) == pytest.approx(Bell.fitted(values).quantile(0.01), abs=0.03)
    assert np.std(spoilt) > 1.3 * np.std(values)  # where moments would follow the wrong ones


@given(st.floats(0.1, 1.5), st.floats(0.01, 0.5), st.floats(0.01, 0.5), st.floats(0.001, 0.999))
def test_quantiles_undo_shares(middle: float, below: float, above: float, share: float) -> None:
    bell = Bell(middle, below, above, 1)
    assert bell.share_below(bell.quantile(share)) == pytest.approx(share, abs=1e-9)


def test_the_density_is_the_slope_of_the_share() -> None:
    bell, at, step = Bell(0.3, 0.05, 0.2, 1), np.array([0.2, 0.28, 0.31, 0.6]), 1e-6
    slope = [(bell.share_below(x + step) - bell.share_below(x - step)) / (2 * step) for x in at]
    np.testing.assert_allclose(bell.density(at), slope, rtol=1e-5)


@given(st.lists(st.tuples(st.floats(0, 2), st.integers(0, 4)), min_size=1, max_size=30))
def test_weights_are_repetitions(values: list[tuple[float, int]]) -> None:
    v, w = np.array([x for x, _ in values]), np.array([n for _, n in values])
    if not w.sum():
        return
    (weighted,) = weighted_quantiles(v, w.astype(float), [0.5])
    assert np.repeat(v, w).min() <= weighted <= np.repeat(v, w).max()
    if len(set(w[w > 0].tolist())) == 1:
        (plain,) = weighted_quantiles(v[w > 0], np.ones(int((w > 0).sum())), [0.5])
        assert weighted == pytest.approx(plain)


def test_equal_errors_of_two_bells_of_one_width_lie_in_the_middle() -> None:
    rate, where = equal_error(Bell(0.3, 0.1, 0.1, 9), Bell(0.6, 0.1, 0.1, 9))
    assert (rate, where) == pytest.approx((norm.sf(1.5), 0.45), abs=1e-6)


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1])
def test_the_threshold_accepts_what_was_asked_for(share: float) -> None:
    same, different = drawn(0.3, 0.05, 50, 20_000, 1), drawn(0.7, 0.1, 50, 200_000, 2)

    found = calibrate(same, different, np.arange(50), share, rounds=0)

    assert found.threshold == pytest.approx(norm.ppf(share, 0.7, 0.1), abs=0.005)
    assert found.accepted == pytest.approx(share, rel=0.1)
    assert found.refused == pytest.approx(norm.sf(found.threshold, 0.3, 0.05), abs=0.01)
    assert found.expected_refused == pytest.approx(found.refused, abs=0.01)
    assert found.people == 50


def test_bounds_hold_the_threshold_and_come_closer_with_more_people() -> None:
    few = calibrate(drawn(0.3, 0.05, 6, 50, 1), drawn(0.7, 0.1, 6, 60, 2), np.arange(6))
    many = calibrate(drawn(0.3, 0.05, 60, 500, 1), drawn(0.7, 0.1, 60, 6000, 2), np.arange(60))

    true = norm.ppf(0.01, 0.7, 0.1)
    assert few.low < true < few.high
    assert many.low < true < many.high
    assert many.high - many.low < (few.high - few.low) / 3


def test_three_people_are_too_few_for_bounds() -> None:
    found = calibrate(drawn(0.3, 0.05, 3, 50, 1), drawn(0.7, 0.1, 3, 60, 2), np.arange(3))
    assert np.isnan([found.low, found.high]).all()


def test_too_little_to_say_anything() -> None:
    enough, few = drawn(0.3, 0.1, 9, 40, 0), drawn(0.6, 0.1, 9, 19, 0)
    with pytest.raises(ValueError, match="19 comparisons of two people, and at least 20"):
        calibrate(enough, few, np.arange(9))
    with pytest.raises(ValueError, match="19 comparisons of one person"):
        calibrate(few, enough, np.arange(9))
    with pytest.raises(ValueError, match="between 0 and"):
        calibrate(enough, enough, np.arange(9), false_accepts=1)
    with pytest.raises(ValueError, match="at least one value"):
        Bell.fitted([])

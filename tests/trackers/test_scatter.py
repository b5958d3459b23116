import numpy as np
import pytest
from numpy.typing import NDArray

from reid_mot.trackers.scatter import HALF_NORMAL_MEDIAN, Scatter, learn_jitter

Floats = NDArray[np.float64]


def taught(deviation: Floats, heights: Floats, rng: np.random.Generator) -> Scatter:
    """A scatter that saw normal differences of these deviations (n, 4) at these heights (n,)."""
    scatter = Scatter()
    for batch in np.array_split(np.arange(len(heights)), len(heights) // 8):
        off = np.abs(rng.normal(0, deviation[batch]))
        beyond = off > HALF_NORMAL_MEDIAN * scatter.deviations(heights[batch])
        scatter.learn(beyond, heights[batch])
    return scatter


def test_four_edges_that_err_independently_are_assumed_at_first() -> None:
    found = Scatter(share=0.1).deviations(np.array([50.0, 200.0]))
    ratio = np.sqrt([0.5, 0.5, 2, 2])
    assert np.allclose(found, [5 * ratio, 20 * ratio])


def test_deviations_of_each_kind_are_learned() -> None:
    rng = np.random.default_rng(0)
    true = np.array([2.0, 5.0, 11.0, 8.0])
    scatter = taught(np.tile(true, (4000, 1)), np.full(4000, 100.0), rng)
    assert scatter.deviations(np.array([100.0]))[0] == pytest.approx(true, rel=0.15)


@pytest.mark.parametrize("power", [0.0, 1.0])
def test_the_growth_with_the_height_is_learned(power: float) -> None:
    rng = np.random.default_rng(1)
    heights = rng.uniform(50, 400, 20000)
    true = 6 * (heights / 150) ** power
    scatter = taught(np.repeat(true[:, None], 4, axis=1), heights, rng)
    small, large = scatter.deviations(np.array([75.0, 300.0])).mean(axis=1)
    assert small == pytest.approx(6 * 0.5**power, rel=0.2)
    assert large == pytest.approx(6 * 2**power, rel=0.2)


def test_a_few_gross_errors_do_little() -> None:
    rng = np.random.default_rng(2)
    true = np.where(rng.random((8000, 4)) < 0.05, 100.0, 5.0)
    scatter = taught(true, np.full(8000, 100.0), rng)
    assert scatter.deviations(np.array([100.0]))[0] == pytest.approx([5.0] * 4, rel=0.2)


def test_nothing_to_learn_changes_nothing() -> None:
    scatter = Scatter()
    before = scatter.deviations(np.array([80.0]))
    scatter.learn(np.empty((0, 4), dtype=bool), np.empty(0))
    assert np.array_equal(scatter.deviations(np.array([80.0])), before)


def test_deviations_stay_within_their_bounds_and_come_back_from_them() -> None:
    scatter = Scatter(least=(0.01, 0.02, 0.03, 0.04), most=0.2)
    height = np.full(10, 100.0)
    for _ in range(3000):
        scatter.learn(np.zeros((10, 4), dtype=bool), height)
    assert scatter.deviations(height)[0] == pytest.approx([1, 2, 3, 4])
    for _ in range(200):  # as many as the memory holds
        scatter.learn(np.ones((10, 4), dtype=bool), height)
    assert (scatter.deviations(height)[0] > [2, 4, 6, 8]).all()
    for _ in range(3000):
        scatter.learn(np.ones((10, 4), dtype=bool), height)
    assert scatter.deviations(height)[0] == pytest.approx([20] * 4)


def test_jitter_is_what_does_not_lie_on_a_straight_line() -> None:
    rng = np.random.default_rng(3)
    jitter = Scatter()
    start = np.array([100.0, 100, 140, 200])
    for _ in range(800):
        times = np.cumsum(rng.choice([0.1, 0.2], (5, 3)), axis=1)  # misses in between
        walk = rng.normal(0, 60, (5, 1, 1)) * times[..., None] * [1, 0, 1, 0]
        boxes = start + walk + rng.normal(0, 4, (5, 3, 4))
        learn_jitter(jitter, boxes, times, acceleration=0.0, growth=0.0)
    expected = 4 * np.sqrt([0.5, 0.5, 2, 2])
    assert jitter.deviations(np.array([100.0]))[0] == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize(("assumed", "low", "high"), [(0.5, 0, 4), (0.0, 7, 10)])
def test_what_acceleration_explains_is_no_jitter(assumed: float, low: float, high: float) -> None:
    rng = np.random.default_rng(4)
    jitter, height = Scatter(), 100.0
    times = np.tile([0.0, 0.5, 1.0], (5, 1))
    for _ in range(500):
        # How far white acceleration of density 0.5 bends a walk between three instants.
        bend = rng.normal(0, np.sqrt(0.5 * height**2 * 0.5**3 / 6), (5, 1))
        boxes = np.tile([100.0, 100, 140, 200], (5, 3, 1))
        boxes[:, 1] += bend * [1, 0, 1, 0]
        learn_jitter(jitter, boxes, times, assumed, 0.0)
    assert low < jitter.deviations(np.array([height]))[0, 0] < high

"""The filters over all tracks at once, against one state at a time and against integrals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import expm

from reid_mot.trackers.motion import (
    fuse_groups,
    initial_states,
    inverse_2x2,
    predict,
    process_noise,
    transition,
    update,
)

Floats = NDArray[np.float64]

dampings = st.sampled_from([0.0, 1e-4, 0.1, 0.7, 3.0])
seeds = st.integers(0, 2**32 - 1)


def covariances(rng: np.random.Generator, n: int, size: int) -> Floats:
    root = rng.normal(size=(n, size, size))
    return np.asarray(root @ root.transpose(0, 2, 1) + 0.05 * np.eye(size))


def states(seed: int, n: int = 4) -> tuple[Floats, Floats, Floats, Floats]:
    """Means, covariances, measurements and their noise."""
    rng = np.random.default_rng(seed)
    means, measured = rng.normal(size=(n, 4)), rng.normal(size=(n, 2))
    return means, covariances(rng, n, 4), measured, covariances(rng, n, 2)


def integrated(dt: float, acceleration: float, damping: float) -> tuple[Floats, Floats]:
    """Transition and process noise from one matrix exponential (Van Loan 1978)."""
    drift = np.zeros((4, 4))
    drift[0, 2] = drift[1, 3] = 1.0
    drift[2, 2] = drift[3, 3] = -damping
    diffusion = np.diag([0.0, 0.0, acceleration, acceleration])
    block = np.block([[-drift, diffusion], [np.zeros((4, 4)), drift.T]]) * dt
    exponential = expm(block)
    moved = exponential[4:, 4:].T
    return moved, moved @ exponential[:4, 4:]


def test_states_start_at_rest_with_the_given_uncertainty() -> None:
    means, covs = initial_states(np.array([[1.0, 2.0]]), np.array([[[3.0, 1.0], [1.0, 4.0]]]), 0.5)
    np.testing.assert_array_equal(means, [[1, 2, 0, 0]])
    expected = [[3, 1, 0, 0], [1, 4, 0, 0], [0, 0, 0.25, 0], [0, 0, 0, 0.25]]
    np.testing.assert_array_equal(covs[0], expected)


def test_velocity_deviation_of_each_coordinate_and_each_state() -> None:
    positions, noise = np.zeros((2, 2)), np.tile(np.eye(2), (2, 1, 1))
    each = initial_states(positions, noise, np.array([[1.0, 2.0], [3.0, 4.0]]))[1]
    np.testing.assert_array_equal(each[:, [2, 3], [2, 3]], [[1, 4], [9, 16]])
    both = initial_states(positions, noise, np.array([1.0, 2.0]))[1]
    np.testing.assert_array_equal(both[:, [2, 3], [2, 3]], [[1, 4], [1, 4]])


@pytest.mark.parametrize("damping", [0.0, 1e-4, 0.1, 2.0])
@pytest.mark.parametrize("dt", [0.04, 0.5, 3.0])
def test_transition_and_noise_are_the_integrals_of_the_equation_of_motion(
    dt: float, damping: float
) -> None:
    moved, noise = integrated(dt, 0.7, damping)
    np.testing.assert_allclose(transition(dt, damping), moved, atol=1e-12)
    # Below a thousandth the damping is left out of the noise.
    np.testing.assert_allclose(process_noise(dt, 0.7, damping), noise, rtol=1e-3, atol=1e-12)


def test_noise_of_several_densities() -> None:
    each = process_noise(0.3, np.array([0.1, 2.0]), 0.2)
    np.testing.assert_allclose(each[0], process_noise(0.3, 0.1, 0.2))
    np.testing.assert_allclose(each[1], process_noise(0.3, 2.0, 0.2))


@given(st.floats(1e-4, 10.0), dampings)
def test_noise_stays_positive_definite_however_short_the_step(dt: float, damping: float) -> None:
    noise = process_noise(dt, 1.0, damping)
    assert noise[0, 0] > 0
    assert 0 < noise[0, 2] < 0.87 * np.sqrt(noise[0, 0] * noise[2, 2])


@given(seeds, st.floats(0.01, 5.0), dampings)
def test_two_half_steps_are_one_whole_step(seed: int, dt: float, damping: float) -> None:
    means, covs, _, _ = states(seed)
    whole = predict(means, covs, dt, 0.3, damping)
    halves = predict(*predict(means, covs, dt / 2, 0.3, damping), dt / 2, 0.3, damping)
    np.testing.assert_allclose(halves[0], whole[0], rtol=1e-9, atol=1e-9)
    # Where the noise switches between its two forms, a thousandth of it may be missing.
    slack = 2e-3 * float(np.abs(process_noise(dt, 0.3, damping)).max())
    np.testing.assert_allclose(halves[1], whole[1], rtol=1e-9, atol=1e-9 + slack * (damping > 0))


@given(seeds, dampings)
def test_no_time_changes_nothing(seed: int, damping: float) -> None:
    means, covs, _, _ = states(seed)
    later = predict(means, covs, 0.0, 0.3, damping)
    np.testing.assert_allclose(later[0], means)
    np.testing.assert_allclose(later[1], covs)


def test_time_that_runs_backwards_is_refused() -> None:
    means, covs, _, _ = states(0)
    with pytest.raises(ValueError, match=r"backwards by 0\.5 s"):
        predict(means, covs, -0.5, 0.1)


@settings(max_examples=40)
@given(seeds, st.floats(0.0, 3.0), dampings)
def test_predict_and_update_equal_a_textbook_filter(seed: int, dt: float, damping: float) -> None:
    means, covs, measured, noise = states(seed)
    ahead = predict(means, covs, dt, 0.2, damping)
    after = update(*ahead, measured, noise)
    f, q = integrated(dt, 0.2, damping)
    h = np.eye(2, 4)
    for k in range(len(means)):
        x, p = f @ means[k], f @ covs[k] @ f.T + q
        gain = p @ h.T @ np.linalg.inv(h @ p @ h.T + noise[k])
        np.testing.assert_allclose(ahead[1][k], p, rtol=1e-3, atol=1e-6)
        expected = x + gain @ (measured[k] - h @ x)
        np.testing.assert_allclose(after[0][k], expected, rtol=1e-3, atol=2e-3)
        np.testing.assert_allclose(after[1][k], (np.eye(4) - gain @ h) @ p, rtol=2e-3, atol=2e-3)


@given(seeds)
def test_update_equals_a_textbook_filter_exactly(seed: int) -> None:
    means, covs, measured, noise = states(seed)
    new_means, new_covs = update(means, covs, measured, noise)
    h = np.eye(2, 4)
    for x, p, z, r, mean, cov in zip(
        means, covs, measured, noise, new_means, new_covs, strict=True
    ):
        gain = p @ h.T @ np.linalg.inv(h @ p @ h.T + r)
        np.testing.assert_allclose(mean, x + gain @ (z - h @ x), atol=1e-9)
        np.testing.assert_allclose(cov, (np.eye(4) - gain @ h) @ p, atol=1e-9)


@given(seeds, st.floats(1e-9, 1e9))
def test_covariances_stay_symmetric_and_positive_definite(seed: int, scale: float) -> None:
    means, covs, measured, noise = states(seed)
    noise = noise * scale
    for _ in range(20):
        means, covs = update(*predict(means, covs, 0.1, 0.1, 0.1), measured, noise)
    np.testing.assert_array_equal(covs, covs.transpose(0, 2, 1))
    assert np.linalg.eigvalsh(covs).min() > 0


def test_an_exact_measurement_is_believed_and_a_useless_one_is_not() -> None:
    means, covs, measured, _ = states(3)
    small, large = np.tile(1e-9 * np.eye(2), (4, 1, 1)), np.tile(1e12 * np.eye(2), (4, 1, 1))
    np.testing.assert_allclose(update(means, covs, measured, small)[0][:, :2], measured, atol=1e-6)
    np.testing.assert_allclose(update(means, covs, measured, large)[0], means, atol=1e-6)


def test_the_filter_finds_the_velocity_of_a_walker() -> None:
    means, covs = initial_states(np.zeros((1, 2)), 0.01 * np.eye(2)[None], 1.0)
    for k in range(1, 40):
        means, covs = predict(means, covs, 0.1, 0.1)
        means, covs = update(means, covs, np.array([[0.08 * k, -0.12 * k]]), 1e-4 * np.eye(2)[None])
    np.testing.assert_allclose(means[0, 2:], [0.8, -1.2], atol=0.01)


def test_no_tracks_are_no_error() -> None:
    none = np.empty((0, 4)), np.empty((0, 4, 4))
    means, covs = update(*predict(*none, 0.1, 0.1), np.empty((0, 2)), np.empty((0, 2, 2)))
    assert means.shape == (0, 4)
    assert covs.shape == (0, 4, 4)


@given(seeds, st.integers(1, 4), st.integers(0, 8))
def test_fused_groups_equal_one_group_at_a_time(seed: int, groups: int, more: int) -> None:
    rng = np.random.default_rng(seed)
    group = rng.permutation(np.concatenate([np.arange(groups), rng.integers(groups, size=more)]))
    positions, noise = rng.normal(size=(len(group), 2)), covariances(rng, len(group), 2)
    fused, covs = fuse_groups(positions, noise, group, groups)
    for k in range(groups):
        information = sum(np.linalg.inv(c) for c in noise[group == k])
        pulled = sum(
            np.linalg.inv(c) @ p
            for c, p in zip(noise[group == k], positions[group == k], strict=True)
        )
        np.testing.assert_allclose(covs[k], np.linalg.inv(information), atol=1e-9)
        np.testing.assert_allclose(fused[k], np.linalg.solve(information, pulled), atol=1e-9)


@given(seeds)
def test_small_inverses_equal_those_of_numpy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrices = covariances(rng, 6, 2).reshape(2, 3, 2, 2)
    matrices[0, 0, 0, 1] += 0.01  # need not be symmetric
    np.testing.assert_allclose(inverse_2x2(matrices), np.linalg.inv(matrices), rtol=1e-6)

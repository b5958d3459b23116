import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from reid_mot.sequences.steering import (
    ACCELERATION,
    candidates,
    choose_velocities,
    limit_change,
    time_to_collision,
)

small = st.floats(-3, 3)


def choose(position: list[float], desired: list[float], discs: list[list[float]]) -> np.ndarray:
    count = len(discs)
    chosen = choose_velocities(
        np.array([position]),
        np.array([desired]),
        np.array([desired]),
        np.ones(1),
        np.array(discs).reshape(-1, 3),
        np.zeros((count, 2)),
        np.zeros((1, count), dtype=bool),
        np.zeros(1, dtype=bool),
    )
    return np.asarray(chosen[0])


@given(small, small, small, small, st.floats(0.1, 1.0))
def test_time_to_collision_is_when_the_disc_is_reached(
    x: float, y: float, u: float, v: float, radius: float
) -> None:
    relative, velocity = np.array([x, y]), np.array([u, v])
    assume(np.hypot(u, v) > 4e-5)
    time = float(time_to_collision(relative, velocity, np.array(radius)))
    steps = np.linspace(0, min(time, 50.0), 200)[:-1]
    gaps = np.linalg.norm(relative - steps[:, None] * velocity, axis=1)
    if np.linalg.norm(relative) > radius + 1e-6:
        assert (gaps >= radius - 1e-6).all()
        if time < 50:
            assert abs(np.linalg.norm(relative - time * velocity) - radius) < 1e-3


def test_moving_apart_never_collides() -> None:
    assert time_to_collision(np.array([1.0, 0.0]), np.array([-1.0, 0.0]), np.array(0.5)) == np.inf


def test_wish_comes_first_and_rest_last() -> None:
    fan = candidates(np.array([[0.6, 0.8]]), np.ones(1))
    np.testing.assert_allclose(fan[0, 0], [0.6, 0.8])
    np.testing.assert_allclose(fan[0, -1], [0.0, 0.0])


def test_free_way_is_taken_straight() -> None:
    np.testing.assert_allclose(choose([2.5, 2.0], [0.0, 1.0], []), [0.0, 1.0])


def test_obstacle_ahead_is_avoided() -> None:
    chosen = choose([2.5, 2.0], [0.0, 1.0], [[2.5, 3.0, 0.5]])
    time = time_to_collision(np.array([0.0, 1.0]), chosen, np.array(0.5))
    assert time > 1.0
    assert not np.allclose(chosen, [0.0, 1.0])


def test_walls_are_not_walked_into() -> None:
    chosen = choose([0.4, 3.0], [-1.0, 0.0], [])
    assert 0.4 + 0.35 * chosen[0] >= 0.32


def test_change_of_velocity_is_limited() -> None:
    new = limit_change(np.zeros((1, 2)), np.array([[3.0, 4.0]]), 0.1)
    np.testing.assert_allclose(np.linalg.norm(new), ACCELERATION * 0.1)
    np.testing.assert_allclose(
        limit_change(np.zeros((1, 2)), np.array([[0.01, 0.0]]), 0.1)[0, 0], 0.01
    )

"""What speaks for the same person, and what casts doubt."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid_mot.trackers.gallery import Gallery
from reid_mot.trackers.identity_settings import IdentitySettings
from reid_mot.trackers.likeness import Likeness, nearest_people

NOBODY = np.empty((0, 2))


def likeness(threshold: float | None = 0.5, margin: float = 0.1) -> Likeness:
    return Likeness(Gallery(), IdentitySettings(threshold=threshold, margin=margin), 0.3)


@pytest.mark.parametrize(("own", "doubtful"), [(0.45, False), (0.55, True)])
def test_beyond_the_threshold_somebody_is_doubtful(own: float, doubtful: bool) -> None:
    assert likeness().doubtful(own, np.inf, np.inf, 0.5) is doubtful


def test_somebody_present_need_only_be_nearer() -> None:
    assert likeness().doubtful(0.3, 0.29, np.inf, 0.5)
    assert not likeness().doubtful(0.3, 0.31, np.inf, 0.5)


def test_somebody_away_must_be_clearly_nearer() -> None:
    assert not likeness().doubtful(0.3, np.inf, 0.29, 0.5)
    assert likeness().doubtful(0.3, np.inf, 0.24, 0.5)


def test_nothing_learned_casts_no_doubt() -> None:
    assert not likeness(threshold=None).doubtful(1.9, np.inf, np.inf, 0.5)


@given(st.integers(0, 1000), st.integers(1, 4), st.integers(0, 3), st.integers(1, 5))
def test_nearest_people_equal_a_loop(seed: int, present: int, absent: int, sets: int) -> None:
    rng = np.random.default_rng(seed)
    group = np.concatenate([np.arange(sets), rng.integers(0, sets, 6)])
    distances = rng.uniform(0, 2, (present + absent, len(group)))
    own = rng.integers(-1, present, sets).tolist()
    mine, here, away = nearest_people(distances, group, own, present)
    for k, row in enumerate(own):
        means = [float(row[group == k].mean()) for row in distances]
        assert np.isnan(mine[k]) if row < 0 else mine[k] == pytest.approx(means[row])
        others = [mean for i, mean in enumerate(means[:present]) if i != row]
        assert here[k] == pytest.approx(min(others, default=np.inf))
        assert away[k] == pytest.approx(min(means[present:], default=np.inf))


def test_only_older_images_of_the_same_person_are_learned_from() -> None:
    learned, one = likeness(threshold=None), np.eye(2, dtype=np.float32)[:1]
    learned.gallery.add(1, one, time=10.0)
    learned.measure(1, one, np.array([[0.8]]), time=12.0)
    assert (learned.several.same[0], learned.several.different[0]) == (0, 0)
    learned.measure(1, one, np.array([[0.8], [0.6]]), time=14.0)
    assert (learned.several.same[0], learned.several.different[:2]) == (1, [2, 0.7])


def test_a_stranger_is_as_far_as_most_other_people() -> None:
    """Distances 0.7 and 0.9: mean 0.8, deviation 0.1."""
    learned = likeness()
    assert learned.stranger(0.5) == 0.5
    learned.several.add_different(np.array([0.7, 0.9] * 20))
    assert learned.stranger(0.5) == pytest.approx(0.7)
    assert learned.stranger(0.75) == 0.75


def test_who_lasts_is_a_stranger_five_deviations_from_one_person() -> None:
    """One person 0.2 with deviation 0.05, two people 0.8 with deviation 0.1."""
    known = likeness()
    known.several.add_different(np.array([0.7, 0.9] * 20))
    assert known.stranger(0.3, lasting=True) == pytest.approx(0.7)
    known.several.add_same(np.array([0.15, 0.25] * 20))
    assert known.stranger(0.3) == pytest.approx(0.7)
    assert known.stranger(0.3, lasting=True) == pytest.approx(0.45)
    assert known.stranger(0.5, lasting=True) == 0.5
    known.several.add_same(np.array([0.0, 0.4] * 100))
    assert known.stranger(0.3, lasting=True) == pytest.approx(0.7)


@pytest.mark.parametrize(("distance", "returned"), [(0.34, True), (0.36, False)])
def test_who_returns_is_half_way_from_the_threshold_to_the_same_person(
    distance: float, returned: bool
) -> None:
    learned = likeness(threshold=0.5)
    learned.several.add_same(np.full(30, 0.2))
    away = np.array([[0.9, 0.9], [distance, distance]])
    assert learned.returned(away, 0.5) is returned
    assert not learned.returned(NOBODY, 0.5)


def test_nobody_returns_before_anything_was_learned() -> None:
    assert not likeness(threshold=None).returned(np.array([[0.0]]), 0.3)

"""Who can be seen, against boxes worked out by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from reid_mot.sequences import Camera
from reid_mot.trackers.visibility import body_boxes, expected_chances, visible_shares

BEST = 0.9


@pytest.fixture
def level() -> Camera:
    """100 x 100 pixels, focal length 100, at (0, 0), 1 m up, that looks level along +Y.

    A person of 1.7 m who stands y metres away spans 50 - 70 / y to 50 + 100 / y pixels.
    """
    k = np.array([[100.0, 0, 50], [0, 100, 50], [0, 0, 1]])
    rotation = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    return Camera.from_pose("level", (100, 100), k, rotation, -rotation @ [0, 0, 1.0])


def chances(
    camera: Camera, ground: list[tuple[float, float]], present: list[bool] | None = None
) -> NDArray[np.float64]:
    places = np.array(ground, dtype=np.float64).reshape(-1, 2)
    here = np.ones(len(places), dtype=bool) if present is None else np.array(present)
    return expected_chances(*visible_shares(camera, places, 1.7, here), BEST)


def test_boxes_of_bodies(level: Camera) -> None:
    boxes, distance = body_boxes(level, np.array([[0.0, 5.0], [3.0, 10.0]]), 1.7)
    expected = np.array([[44.05, 36, 55.95, 70], [77.025, 43, 82.975, 60]])
    np.testing.assert_allclose(boxes, expected)
    np.testing.assert_allclose(distance, [5, np.hypot(3, 10)])


def test_there_is_no_box_behind_the_camera(level: Camera) -> None:
    boxes, _ = body_boxes(level, np.array([[0.0, -5.0]]), 1.7)
    assert np.isnan(boxes).any()


def test_full_view_is_best(level: Camera) -> None:
    np.testing.assert_allclose(chances(level, [(0, 5), (2, 8), (-3, 9)]), BEST)


def test_nobody_outside_the_view_is_expected(level: Camera) -> None:
    np.testing.assert_array_equal(chances(level, [(20, 5), (0, -5), (0, 0.2), (-9, 6)]), 0)


def test_half_a_body_at_the_border(level: Camera) -> None:
    # u = 50 - 250 / 5 = 0: half of the box is outside. 0.3 / 0.5 of the best remain.
    assert chances(level, [(-2.5, 5)])[0] == pytest.approx(0.6 * BEST)


def test_who_is_behind_another_is_hidden(level: Camera) -> None:
    np.testing.assert_allclose(chances(level, [(0, 10), (0, 5)]), [0, BEST])


def test_part_of_a_body_behind_another(level: Camera) -> None:
    # The farther box spans 52.025 to 57.975, the nearer ends at 55.95.
    shown = 1 - (55.95 - 52.025) / 5.95
    expected = BEST * (shown - 0.2) / 0.5
    found = chances(level, [(0.5, 10), (0, 5)])
    np.testing.assert_allclose(found, np.array([expected, BEST]))


def test_side_by_side_nobody_is_hidden(level: Camera) -> None:
    np.testing.assert_allclose(chances(level, [(-1, 5), (1, 6)]), BEST)


def test_only_who_is_certain_hides_others(level: Camera) -> None:
    np.testing.assert_allclose(chances(level, [(0, 10), (0, 5)], [True, False]), BEST)


def test_the_one_who_hides_most_counts_and_is_not_counted_twice(level: Camera) -> None:
    once = chances(level, [(0.5, 10), (0, 5)])[0]
    twice = chances(level, [(0.5, 10), (0, 5), (0, 5.001)])[0]
    assert 0 < once < BEST
    assert twice == pytest.approx(once, abs=0.01)


def test_a_ground_homography_knows_the_view_only(level: Camera) -> None:
    assert level.projection is not None
    plane = Camera("plane", level.size, homography=level.projection[:, [0, 1, 3]])
    np.testing.assert_allclose(chances(plane, [(0, 10), (0, 5), (20, 5)]), [BEST, BEST, 0])


def test_nobody_is_no_error(level: Camera) -> None:
    assert chances(level, []).shape == (0,)


def test_of_the_first_few_the_others_hide_as_of_all(level: Camera) -> None:
    rng = np.random.default_rng(5)
    places = rng.uniform([-4, -1], [4, 12], (25, 2))
    present = rng.random(25) < 0.7
    inside, hidden = visible_shares(level, places, 1.7, present)
    assert (hidden[:6] > 0).any()
    first = visible_shares(level, places, 1.7, present, 6)
    np.testing.assert_array_equal(first, (inside[:6], hidden[:6]))
    bare = Camera("bare", level.size, None, np.eye(3))
    assert visible_shares(bare, places, 1.7, present, 6)[0].shape == (6,)

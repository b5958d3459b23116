"""One array a quantity, always of one length."""

from dataclasses import fields

import numpy as np
from numpy.typing import ArrayLike

from reid_mot.trackers.ground_tracks import GroundTracks


def some(numbers: ArrayLike, cameras: int = 2) -> GroundTracks:
    """Tracks whose every value follows from their number."""
    number = np.array(numbers, dtype=np.int64)
    n, value = len(number), number.astype(np.float64)
    return GroundTracks(
        number,
        value[:, None] + np.arange(4) / 10,
        np.tile(np.eye(4), (n, 1, 1)) * value[:, None, None],
        value * 2,
        number % 2 == 0,
        value * 3,
        np.tile(value[:, None] * 4, (1, cameras)),
        np.tile(value[:, None] * 5, (1, cameras)),
        np.tile(value[:, None, None] * 6, (1, cameras, 4)),
        np.tile(value[:, None] * 7, (1, cameras)),
    )


def assert_equal(tracks: GroundTracks, others: GroundTracks) -> None:
    for column in fields(GroundTracks):
        np.testing.assert_array_equal(getattr(tracks, column.name), getattr(others, column.name))


def test_nobody() -> None:
    tracks = GroundTracks.empty()
    assert len(tracks) == 0
    assert tracks.positions.shape == (0, 2)
    assert tracks.position_covs.shape == (0, 2, 2)


def test_empty_tables_share_nothing() -> None:
    one, other = GroundTracks.empty(), GroundTracks.empty()
    one.add_cameras(2)
    one.append(some([1]))
    assert len(other) == 0
    assert other.hit.shape == (0, 0)


def test_positions_are_a_window_on_the_states() -> None:
    tracks = some([1, 2])
    np.testing.assert_allclose(tracks.positions, [[1, 1.1], [2, 2.1]])
    np.testing.assert_array_equal(tracks.position_covs[1], 2 * np.eye(2))


def test_appended_tracks_stand_at_the_end() -> None:
    tracks = some([1, 2])
    tracks.append(some([7]))
    assert_equal(tracks, some([1, 2, 7]))


def test_the_first_tracks_of_an_empty_table() -> None:
    tracks = GroundTracks.empty()
    tracks.add_cameras(2)
    tracks.append(some([3, 4]))
    assert_equal(tracks, some([3, 4]))


def test_tracks_are_kept_by_mask_or_index() -> None:
    masked, indexed = some([1, 2, 3]), some([1, 2, 3])
    masked.keep(np.array([True, False, True]))
    indexed.keep([0, 2])
    assert_equal(masked, some([1, 3]))
    assert_equal(indexed, some([1, 3]))


def test_a_new_camera_has_seen_nobody() -> None:
    tracks = some([1, 2], cameras=1)
    tracks.add_cameras(2)
    np.testing.assert_array_equal(tracks.hit, [[4, -np.inf, -np.inf], [8, -np.inf, -np.inf]])
    np.testing.assert_array_equal(tracks.miss, [[5, -np.inf, -np.inf], [10, -np.inf, -np.inf]])

import numpy as np

from reid_mot.trackers.box_filter import initial
from reid_mot.trackers.image_tracks import ImageTracks


def two() -> ImageTracks:
    boxes = np.array([[10.0, 20, 30, 80], [50, 20, 70, 70]])
    mean, cov = initial(boxes, np.ones((2, 4)), 0.5, 0.1)
    return ImageTracks.new(mean, cov, np.array([-1.0, 2.0]), 3.0, 7, np.array([0.5, 1.0]))


def test_new_tracks_are_numbered_on_and_hit_now() -> None:
    tracks = two()
    assert tracks.number.tolist() == [7, 8]
    assert tracks.last_hit.tolist() == [3, 3]
    assert not tracks.confirmed.any()
    assert np.allclose(tracks.boxes, [[10, 20, 30, 80], [50, 20, 70, 70]])
    assert np.allclose(tracks.heights, [60, 50])


def test_times_are_not_shared_between_columns() -> None:
    tracks = two()
    tracks.hit[0] = -np.inf
    assert tracks.last_hit[0] == 3


def test_tracks_are_dropped_and_added_in_all_columns() -> None:
    tracks = ImageTracks.empty()
    tracks.append(two())
    tracks.keep([1])
    tracks.append(two())
    assert tracks.number.tolist() == [8, 7, 8]
    assert tracks.log_odds.tolist() == [2, -1, 2]
    assert tracks.mean.shape == (3, 2, 4)
    assert tracks.cov.shape == (3, 2, 4, 4)
    assert tracks.past.shape == (3, 2, 4)
    assert len(tracks) == 3

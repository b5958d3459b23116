"""Which rows are scored: frames, cameras, the region, and what is refused."""

import numpy as np
import pytest

from reid_mot.scored_rows import check_unique, inside, select
from reid_mot.sequences import Tracks

SQUARE = np.array([[0, 0], [4, 0], [4, 4], [0, 4]], dtype=float)
BOX = [[0.0, 0.0, 1.0, 1.0]]


def standing(frames: list[int], identity: int = 1, place: tuple[float, float] = (1, 1)) -> Tracks:
    n = len(frames)
    return Tracks(frames, "", [identity] * n, None, [place] * n)


def boxed(frames: list[int], camera: str = "a", identity: int = 1) -> Tracks:
    n = len(frames)
    return Tracks(frames, camera, [identity] * n, BOX * n)


def test_by_default_the_frames_that_the_truth_annotates() -> None:
    truth = standing([10, 15, 25])
    predicted = standing(list(range(0, 40)))
    chosen = select(truth, predicted, None, None)
    assert (chosen.frames, chosen.first_frame, chosen.last_frame) == (4, 10, 25)
    assert chosen.ground is not None
    # 10, 15, 20 and 25: at 20 nobody is there, and a prediction is false.
    assert [len(rows) for rows in chosen.ground] == [3, 4]
    assert chosen.notes[0].startswith("36 predicted rows at frames that are not scored")
    assert chosen.notes[1].startswith("the truth has nobody at 1 of the 4 frames")


def test_a_single_annotated_frame() -> None:
    chosen = select(standing([7]), standing([6, 7, 8]), None, None)
    assert (chosen.frames, chosen.first_frame, chosen.last_frame) == (1, 7, 7)
    assert chosen.ground is not None
    assert len(chosen.ground[1]) == 1


def test_frames_can_be_named() -> None:
    chosen = select(standing([1, 2, 3]), standing([2, 3, 4]), None, [3, 4, 5])
    assert (chosen.frames, chosen.first_frame, chosen.last_frame) == (3, 3, 5)
    assert chosen.ground is not None
    assert [len(rows) for rows in chosen.ground] == [1, 2]
    assert chosen.notes == ("1 predicted rows at frames that are not scored were left out.",)


def test_far_apart_frames_take_no_memory() -> None:
    chosen = select(standing([0, 1, 10**12]), standing([5]), None, None)
    assert chosen.frames == 10**12 + 1
    assert chosen.instants == 4


def test_without_truth_the_frames_of_the_prediction() -> None:
    chosen = select(Tracks.empty(), standing([3, 9]), None, None)
    assert (chosen.frames, chosen.first_frame, chosen.last_frame) == (2, 3, 9)
    assert chosen.ground is not None
    assert [len(rows) for rows in chosen.ground] == [0, 2]


def test_two_empty_tables() -> None:
    chosen = select(Tracks.empty(), Tracks.empty(), SQUARE, None)
    assert (chosen.frames, chosen.first_frame, chosen.cameras) == (0, None, {})
    assert chosen.ground is not None


def test_cameras_are_those_of_the_truth() -> None:
    truth = Tracks.concatenate([boxed([1], "a"), boxed([1], "b")])
    predicted = Tracks.concatenate([boxed([1], "a"), boxed([1], "z")])
    chosen = select(truth, predicted, None, None)
    assert {name: len(p) for name, (_, p) in chosen.cameras.items()} == {"a": 1, "b": 0}
    assert chosen.ground is None
    assert "no boxes of ['z']" in chosen.notes[0]


def test_no_camera_in_common_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no camera in common: .*\['a'\].*\['b'\]"):
        select(boxed([1], "a"), boxed([1], "b"), None, None)


def test_nothing_in_common_is_refused() -> None:
    with pytest.raises(ValueError, match="than boxes in cameras, predicted than ground positions"):
        select(boxed([1]), standing([1]), None, None)
    with pytest.raises(ValueError, match="nothing to compare"):
        select(boxed([1], camera=""), Tracks.empty(), None, None)


def test_an_identity_twice_in_an_image_is_refused() -> None:
    twice = Tracks.concatenate([boxed([4, 5], "a", 3), boxed([5], "a", 3)])
    with pytest.raises(ValueError, match=r"predicted: identity 3 .* at frame 5 in camera 'a'"):
        select(boxed([4, 5]), twice, None, None)
    with pytest.raises(ValueError, match=r"truth: identity 1 .* at frame 2 in the ground"):
        check_unique(standing([2, 2]), "truth")
    check_unique(Tracks.concatenate([boxed([5], "a", 3), boxed([5], "b", 3)]), "truth")


def test_a_row_counts_inside_the_region_and_on_its_border() -> None:
    places = [[1.0, 1.0], [4.0, 2.0], [4.001, 2.0], [-1.0, 1.0]]
    tracks = Tracks([1] * 4, "", [1, 2, 3, 4], None, places)
    assert inside(tracks, SQUARE, "truth").tolist() == [True, True, False, False]


def test_a_box_without_a_position_takes_that_of_its_identity_and_frame() -> None:
    nowhere = [np.nan, np.nan]
    tracks = Tracks(
        [1, 1, 1, 1, 2],
        ["a", "", "a", "", "a"],
        [1, 1, 2, 2, 1],
        [*BOX, [np.nan] * 4, *BOX, [np.nan] * 4, *BOX],
        [nowhere, [1.0, 1.0], nowhere, [9.0, 9.0], nowhere],
    )
    # The last row's position is not known: it counts.
    assert inside(tracks, SQUARE, "truth").tolist() == [True, True, False, False, True]


def test_both_tables_are_cut() -> None:
    truth = Tracks.concatenate([standing([1, 2]), standing([1, 2], 2, (9, 9))])
    predicted = Tracks.concatenate([standing([1], 5), standing([1, 2], 6, (5, 5))])
    chosen = select(truth, predicted, SQUARE, None)
    assert chosen.ground is not None
    assert [rows.identity.tolist() for rows in chosen.ground] == [[1, 1], [5]]
    assert chosen.frames == 2


def test_a_region_needs_ground_positions() -> None:
    both = Tracks([1], "a", [1], BOX, [[1.0, 1.0]])
    with pytest.raises(ValueError, match="the predicted table has none"):
        select(both, boxed([1]), SQUARE, None)


def test_one_identity_in_two_places_is_said() -> None:
    apart = Tracks([1, 1], ["a", "b"], [1, 1], BOX * 2, [[1.0, 1.0], [1.0, 2.0]])
    near = Tracks([1, 1], ["a", "b"], [1, 1], BOX * 2, [[1.0, 1.0], [1.0, 1.001]])
    assert "1 rows of the predicted table place" in select(near, apart, None, None).notes[0]
    assert select(near, near, None, None).notes == ()

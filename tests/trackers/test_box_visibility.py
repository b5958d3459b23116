import numpy as np
import pytest

from reid_mot.trackers.box_visibility import cut_edges, cut_shares, detection_chances, outward

SIZE = (200, 100)


def test_edges_within_reach_of_the_border_count_as_cut() -> None:
    boxes = np.array([[0.9, 50, 20, 70], [1.1, 50, 20, 70], [150, -5, 199, 99.5]])
    assert cut_edges(boxes, SIZE, 0.05).tolist() == [
        [True, False, False, False],  # within 5% of a height of 20
        [False, False, False, False],
        [False, True, True, True],
    ]


def test_shares_outside_the_image() -> None:
    boxes = np.array([[10.0, 10, 20, 30], [-5, 10, 5, 30], [195, 90, 205, 110], [300, 10, 310, 20]])
    assert cut_shares(boxes, SIZE) == pytest.approx([0, 0.5, 0.75, 1])


def test_the_nearer_person_hides_the_farther_one() -> None:
    # Half of the first box is covered by the second, whose feet are lower in the image.
    boxes = np.array([[10.0, 10, 30, 50], [20, 10, 40, 60]])
    present = np.ones(2, dtype=bool)
    assert detection_chances(boxes, present, SIZE, 0.9) == pytest.approx([0.9 * 0.6, 0.9])
    assert detection_chances(boxes, ~present, SIZE, 0.9) == pytest.approx([0.9, 0.9])


def test_who_is_outside_the_image_is_not_expected() -> None:
    boxes = np.array([[300.0, 10, 310, 50], [193, 10, 203, 50]])
    chances = detection_chances(boxes, np.ones(2, dtype=bool), SIZE, 0.9)
    assert chances == pytest.approx([0, 0.9])


def test_nobody_has_no_chances() -> None:
    assert detection_chances(np.empty((0, 4)), np.empty(0, dtype=bool), SIZE, 0.9).shape == (0,)


def test_only_movement_across_the_border_is_outward() -> None:
    mean = np.zeros((3, 2, 4))
    mean[:, 0, 2:] = [-30.0, 20]
    edges = np.zeros((3, 4), dtype=bool)
    edges[0, 0], edges[1, 3], edges[2, 2] = True, True, True
    assert outward(mean, edges).tolist() == [30, 20, 0]
    assert outward(mean[:0], edges[:0]).shape == (0,)

import numpy as np
import pytest

from reid_mot.trackers import box_filter, motion

BOXES = np.array([[100.0, 50, 140, 150], [300, 200, 330, 260]])
DEVIATIONS = np.array([[2.0, 3, 4, 5], [1, 1, 1, 1]])
NO_EDGE = np.zeros((2, 4), dtype=bool)


def test_a_new_state_is_the_box_at_rest() -> None:
    mean, cov = box_filter.initial(BOXES, DEVIATIONS, speed=0.5, growth=0.1)
    assert np.allclose(box_filter.boxes_of(mean), BOXES)
    assert (mean[:, :, 2:] == 0).all()
    # Width 40 and height 100: 4 and 5 pixels are 10% and 5%; velocities by the height.
    assert np.allclose(box_filter.variances(cov)[0], [4, 9, 0.1**2, 0.05**2])
    assert np.allclose(np.diag(cov[0, 0])[2:], 50**2)
    assert np.allclose(np.diag(cov[0, 1])[2:], 0.1**2)


def test_prediction_is_that_of_the_two_states() -> None:
    mean, cov = box_filter.initial(BOXES, DEVIATIONS, 0.5, 0.1)
    mean[:, 0, 2:], mean[:, 1, 2:] = [10.0, -4.0], [0.1, 0.2]
    later, spread = box_filter.predict(mean, cov, 0.5, 0.06, 0.005, 0.2)
    place = motion.predict(mean[:, 0], cov[:, 0], 0.5, np.array([600.0, 216.0]), 0.2)
    size = motion.predict(mean[:, 1], cov[:, 1], 0.5, 0.005, 0.2)
    assert np.allclose(later[:, 0], place[0])
    assert np.allclose(spread[:, 0], place[1])
    assert np.allclose(later[:, 1], size[0])
    assert np.allclose(spread[:, 1], size[1])


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="backwards"):
        box_filter.predict(*box_filter.initial(BOXES, DEVIATIONS, 0.5, 0.1), -0.1, 0.1, 0.1, 0.0)


def test_a_box_in_full_view_is_compared_by_centre_and_relative_size() -> None:
    mean, _ = box_filter.initial(BOXES, DEVIATIONS, 0.5, 0.1)
    moved = BOXES + np.array([3, -2, 7, 8])  # centres (5, 3), widths + 4, heights + 10
    residual, hidden = box_filter.compare(mean, moved, NO_EDGE)
    assert np.allclose(residual[0], [5, 3, 4 / 40, 10 / 100])
    assert np.allclose(residual[1], [5, 3, 4 / 30, 10 / 60])
    assert not hidden.any()


def test_a_box_cut_off_at_the_left_shows_by_its_right_edge_where_the_centre_is() -> None:
    mean, _ = box_filter.initial(np.array([[-10.0, 50, 30, 150]]), DEVIATIONS[:1], 0.5, 0.1)
    cut = np.array([[True, False, False, False]])
    residual, hidden = box_filter.compare(mean, np.array([[0.0, 50, 35, 150]]), cut)
    assert np.allclose(residual, [[5, 0, 0, 0]])  # the right edge moved by 5; 35 of 40 are shown
    assert hidden.tolist() == [[True, False]]


def test_a_box_cut_off_below_shows_by_its_upper_edge_where_the_centre_is() -> None:
    mean, _ = box_filter.initial(BOXES[:1], DEVIATIONS[:1], 0.5, 0.1)
    cut = np.array([[False, False, False, True]])
    residual, hidden = box_filter.compare(mean, np.array([[100.0, 56, 140, 120]]), cut)
    assert np.allclose(residual, [[0, 6, 0, 0]])
    assert hidden.tolist() == [[False, True]]


def test_a_cut_box_larger_than_predicted_shows_that_the_person_is_larger() -> None:
    mean, _ = box_filter.initial(BOXES[:1], DEVIATIONS[:1], 0.5, 0.1)
    cut = np.array([[True, False, False, False]])
    residual, hidden = box_filter.compare(mean, np.array([[90.0, 50, 140, 150]]), cut)
    assert np.allclose(residual, [[-5, 0, 10 / 40, 0]])
    assert not hidden.any()


def test_noise_is_relative_for_sizes_and_by_edge_where_the_size_is_hidden() -> None:
    mean, cov = box_filter.initial(BOXES[:1], DEVIATIONS[:1], 0.5, 0.1)
    whole, edge = box_filter.noise_variances(mean, cov, DEVIATIONS[:1])
    assert np.allclose(whole, [[4, 9, 0.01, 0.0025]])
    # Width: 4 pixels of the detection and 4 of the prediction, halved.
    assert np.allclose(edge, [[4 + (16 + 16) / 4, 9 + (25 + 25) / 4]])


def test_a_correction_weighs_prediction_and_detection_by_their_variances() -> None:
    mean, cov = box_filter.initial(BOXES[:1], DEVIATIONS[:1], 0.5, 0.1)
    residual = np.array([[8.0, 0, 0.2, 0]])
    variance = np.array([[12.0, 9, 0.03, 0.0025]])
    after, spread = box_filter.correct(mean, cov, residual, variance, np.ones((1, 4), dtype=bool))
    assert np.allclose(after[0, 0, :2], [120 + 8 * 4 / 16, 100])
    assert np.allclose(after[0, 1, :2], np.log([40 * np.exp(0.05), 100]))
    assert np.allclose(box_filter.variances(spread)[0], [3, 4.5, 0.0075, 0.00125])


def test_what_is_not_measured_does_not_change() -> None:
    mean, cov = box_filter.initial(BOXES[:1], DEVIATIONS[:1], 0.5, 0.1)
    measured = np.array([[True, True, False, True]])
    after, spread = box_filter.correct(mean, cov, np.full((1, 4), 0.5), np.ones((1, 4)), measured)
    assert after[0, 1, 0] == pytest.approx(np.log(40), abs=1e-9)
    assert spread[0, 1, 0, 0] == pytest.approx(cov[0, 1, 0, 0])
    assert after[0, 1, 1] > np.log(100)

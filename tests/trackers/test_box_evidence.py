"""Evidence from boxes against SciPy's densities."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from reid_mot.trackers import box_filter
from reid_mot.trackers.box_evidence import box_evidence
from reid_mot.trackers.image_tracks import ImageTracks

PERSON = np.array([100.0, 100, 140, 200])
OTHER = np.array([300.0, 90, 350, 210])
DEVIATIONS = np.array([[3.0, 4.0, 5.0, 6.0], [2.0, 2.0, 4.0, 4.0]])
NONE = np.zeros((1, 4), dtype=bool)


def tracks() -> ImageTracks:
    mean, cov = box_filter.initial(np.array([PERSON, OTHER]), DEVIATIONS, 0.5, 0.1)
    return ImageTracks.new(mean, cov, np.zeros(2), 0.0, 0, np.zeros(2))


def test_a_box_in_full_view_has_the_density_of_four_dimensions() -> None:
    people = tracks()
    box = PERSON + np.array([4.0, 6, 8, 2])
    found = box_evidence(people, box[None], NONE, DEVIATIONS, clutter=0.01, gate=20.0)
    # Predicted and measured with the same errors; sizes count in units of the predicted ones.
    size = np.array([40.0, 100.0])
    deviation = np.sqrt(2) * DEVIATIONS[0] / [1, 1, *size]
    residual = np.array([6.0, 4.0, 4 / 40, -4 / 100])
    density = multivariate_normal(np.zeros(4), np.diag(deviation**2)).logpdf(residual)
    assert found[0, 0] == pytest.approx(density - np.log(0.01 / 100**2), rel=1e-6)
    assert found[1, 0] == -np.inf


def test_a_hidden_size_does_not_count() -> None:
    people = tracks()
    box = np.array([110.0, 100, 140, 200])  # its left part is beyond the border
    cut = np.array([[True, False, False, False]])
    found = box_evidence(people, box[None], cut, DEVIATIONS, clutter=0.01, gate=20.0)[0, 0]
    _, edge = box_filter.noise_variances(people.mean, people.cov, DEVIATIONS)
    predicted = box_filter.variances(people.cov)[0]
    variances = [predicted[0] + edge[0, 0], 2 * 4.0**2, 2 * 0.06**2]
    density = multivariate_normal(np.zeros(3), np.diag(variances)).logpdf(np.zeros(3))
    assert found == pytest.approx(density - np.log(0.01 / 100**2), rel=1e-6)


def test_beyond_the_gate_nothing_is_possible() -> None:
    people = tracks()
    right = np.sqrt(2) * 3.0  # a deviation of the centre
    boxes = PERSON + right * np.array([[2.0, 0, 2, 0], [3.0, 0, 3, 0]])
    none = np.zeros((2, 4), dtype=bool)
    found = box_evidence(people, boxes, none, DEVIATIONS, clutter=0.01, gate=6.0)
    assert np.isfinite(found[0]).tolist() == [True, False]

"""The threshold with equal errors, against all pairs one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from reid_mot.training.deciding import BINS, equal_error
from reid_mot.training.relevance import Relevance

STEP = 2 / BINS


def circle(degrees: list[float]) -> NDArray[np.float64]:
    """(n, 2) vectors of length 1 in these directions."""
    turned = np.radians(degrees)
    return np.stack([np.cos(turned), np.sin(turned)], axis=1)


def test_a_gap_between_the_two_is_cut_in_the_middle() -> None:
    relevance = Relevance([1, 2], [0, 0], [1, 2], [1, 1])
    found = equal_error(circle([0, 90]), circle([60, 150]), relevance)
    assert found is not None
    other = (1 - np.cos(np.radians(150)) + 1 - np.cos(np.radians(30))) / 2
    assert found.same == pytest.approx(0.5, abs=STEP)
    assert found.different == pytest.approx(other, abs=STEP)


def test_distances_apart_have_no_error() -> None:
    relevance = Relevance([1, 2], [0, 0], [1, 2], [1, 1])
    found = equal_error(circle([0, 180]), circle([60, 240]), relevance)
    assert found is not None
    # One person 0.5; two people 1.5.
    assert found.error == 0
    assert found.threshold == pytest.approx(1.0, abs=2 * STEP)


def test_half_of_each_on_the_wrong_side() -> None:
    relevance = Relevance([1, 2], [0, 0], [1, 1, 2, 2], [1, 1, 1, 1])
    found = equal_error(circle([0, 180]), circle([20, 160, 200, 340]), relevance)
    assert found is not None
    assert found.error == pytest.approx(0.5)


def test_pictures_that_are_not_shown_do_not_count() -> None:
    relevance = Relevance([1], [0], [1, 1, -1, 2], [0, 1, 1, 1])
    found = equal_error(circle([0]), circle([180, 60, 180, 90]), relevance)
    assert found is not None
    assert found.same == pytest.approx(0.5, abs=STEP)
    assert found.different == pytest.approx(1.0, abs=STEP)


@pytest.mark.parametrize("identities", [[2], [1]])
def test_one_kind_of_pair_is_not_enough(identities: list[int]) -> None:
    relevance = Relevance([1], [0], identities, [1])
    assert equal_error(circle([0]), circle([60]), relevance) is None


def test_vectors_of_another_number_are_refused() -> None:
    with pytest.raises(ValueError, match="2 query and 1 gallery vectors"):
        equal_error(circle([0, 1]), circle([60]), Relevance([1], [0], [1], [1]))


@given(st.integers(0, 10_000))
def test_errors_are_those_of_all_pairs_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    query, gallery = rng.normal(size=(6, 3)), rng.normal(size=(15, 3))
    who, whom = np.arange(6) % 3 + 1, np.arange(15) % 4
    relevance = Relevance(who, np.zeros(6), whom, rng.integers(0, 2, 15))
    found = equal_error(query, gallery, relevance)
    assert found is not None

    missed: list[bool] = []
    accepted: list[bool] = []
    for q in range(6):
        for g in range(15):
            cosine = query[q] @ gallery[g] / np.linalg.norm(query[q]) / np.linalg.norm(gallery[g])
            beyond = 1 - cosine >= found.threshold
            if who[q] != whom[g]:
                accepted.append(not beyond)
            elif relevance.gallery_camera[g] == 1:
                missed.append(bool(beyond))
    assert found.error == pytest.approx((np.mean(missed) + np.mean(accepted)) / 2)
    # One pair more on the other side could not bring the two closer than this.
    assert abs(np.mean(missed) - np.mean(accepted)) <= 1 / len(missed) + 1 / len(accepted)

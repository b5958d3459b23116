from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from reid_mot.training.distances import prepared, rank, rows_at_once


@pytest.mark.parametrize(("metric", "theirs"), [("cosine", "cosine"), ("euclidean", "sqeuclidean")])
def test_as_scipy(metric: Any, theirs: Any) -> None:
    rng = np.random.default_rng(0)
    query, gallery = 3 * rng.normal(size=(7, 12)), 3 * rng.normal(size=(9, 12))

    found = rank(query, gallery, metric)

    assert found.dtype == np.float32
    np.testing.assert_allclose(found, cdist(query, gallery, theirs), rtol=1e-5, atol=1e-6)


def test_never_negative() -> None:
    vectors = np.random.default_rng(1).normal(size=(50, 64))
    for metric in ("cosine", "euclidean"):
        assert rank(vectors, vectors, metric).min() == 0


def test_on_unit_vectors_both_rank_alike() -> None:
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(20, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(
        rank(vectors, vectors, "euclidean"), 2 * rank(vectors, vectors), atol=1e-6
    )


def test_the_vectors_given_are_left_alone() -> None:
    given = np.full((2, 3), 7, np.float32)
    rank(given, given)
    rank(given, given, "euclidean")
    assert (given == 7).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_values_that_are_no_numbers(bad: float, metric: Any) -> None:
    vectors = np.ones((4, 3))
    vectors[2, 1] = bad
    with pytest.raises(ValueError, match="gallery vector 2 is not finite"):
        rank(np.ones((1, 3)), vectors, metric)


def test_zeros_have_no_direction() -> None:
    with pytest.raises(ValueError, match="query vector 1 is zero"):
        rank([[1, 0], [0, 0]], [[1, 1]])
    assert rank([[0, 0]], [[1, 1]], "euclidean").tolist() == [[2]]


def test_shapes_and_names() -> None:
    with pytest.raises(ValueError, match=r"query vectors have shape \(2,\)"):
        rank([1, 2], [[1, 2]])
    with pytest.raises(ValueError, match="query vectors have 1 numbers, gallery vectors 2"):
        rank([[1]], [[1, 2]])
    with pytest.raises(ValueError, match="metric 'manhattan': expected one of cosine, euclidean"):
        prepared(np.ones((1, 2)), "query", "manhattan")  # type: ignore[arg-type]


def test_pieces_are_bounded() -> None:
    assert rows_at_once(15_913) * 15_913 * 4 <= 1 << 26
    assert rows_at_once(0) >= 1
    assert rows_at_once(1 << 30) == 1

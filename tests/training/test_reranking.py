"""k-reciprocal re-ranking against a restatement of the paper with sets and dense matrices."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from reid_mot.training import neighbours
from reid_mot.training.distances import rank
from reid_mot.training.reranking import blend, encode, expanded_sets, indicator, k_reciprocal
from reid_mot.training.retrieval import evaluate

Floats = NDArray[np.float64]


def crowd(
    seed: int, people: int = 12, each: int = 8, noise: float = 0.6
) -> tuple[Floats, NDArray[np.int64]]:
    """Vectors (n, 16) of people and their identities from 1."""
    rng = np.random.default_rng(seed)
    identity = np.repeat(np.arange(people), each)
    vectors = rng.normal(size=(people, 16))[identity] + noise * rng.normal(size=(len(identity), 16))
    order = rng.permutation(len(identity))
    return vectors[order], identity[order] + 1


def plain(query: Floats, gallery: Floats, metric: str, k1: int, k2: int, weight: float) -> Floats:
    """The paper's sections 3.2 to 3.5 with Python's sets, in float64."""
    both = np.concatenate([query, gallery])
    distance = cdist(both, both, "cosine" if metric == "cosine" else "sqeuclidean")
    np.fill_diagonal(distance, -1)
    order = np.argsort(distance, axis=1, kind="stable")
    np.fill_diagonal(distance, 0)
    distance /= distance.max(axis=1, keepdims=True)
    n = len(both)

    @cache
    def mutual(i: int, k: int) -> set[int]:
        return {int(j) for j in order[i, : k + 1] if i in order[j, : k + 1]}

    codes = np.zeros((n, n))
    for i in range(n):
        core = mutual(i, k1)
        expanded = set(core)
        for j in core:
            friends = mutual(j, round(k1 / 2))
            if len(friends & core) > 2 / 3 * len(friends):
                expanded |= friends
        members = sorted(expanded)
        codes[i, members] = np.exp(-distance[i, members])
        codes[i] /= codes[i].sum()
    codes = np.array([codes[order[i, :k2]].mean(axis=0) for i in range(n)])
    q = len(query)
    jaccard = np.array(
        [
            [1 - np.minimum(a, b).sum() / np.maximum(a, b).sum() for b in codes[q:]]
            for a in codes[:q]
        ]
    )
    return np.asarray(weight * distance[:q, q:] + (1 - weight) * jaccard)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize(
    ("k1", "k2", "weight"), [(20, 6, 0.3), (7, 1, 0.3), (5, 9, 0.0), (1, 2, 0.7), (200, 6, 0.3)]
)
def test_equal_to_the_paper(metric: Any, k1: int, k2: int, weight: float) -> None:
    vectors, _ = crowd(0)
    query, gallery = vectors[:20], vectors[20:]

    found = k_reciprocal(query, gallery, metric=metric, k1=k1, k2=k2, weight=weight)

    assert found.dtype == np.float32
    np.testing.assert_allclose(found, plain(query, gallery, metric, k1, k2, weight), atol=1e-5)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 95), st.integers(1, 25), st.integers(1, 12))
def test_equal_to_the_paper_however_split(seed: int, split: int, k1: int, k2: int) -> None:
    vectors, _ = crowd(seed)
    query, gallery = vectors[:split], vectors[split:]
    np.testing.assert_allclose(
        k_reciprocal(query, gallery, k1=k1, k2=k2),
        plain(query, gallery, "cosine", k1, k2, 0.3),
        atol=1e-5,
    )


@pytest.mark.parametrize("block", [7, 20, 33])
@pytest.mark.parametrize("queries", [1, 20, 50])
def test_blocks_change_nothing(block: int, queries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, _ = crowd(1)
    whole = k_reciprocal(vectors[:queries], vectors[queries:])
    monkeypatch.setattr(neighbours, "BLOCK", block)
    done: list[int] = []

    parts = k_reciprocal(vectors[:queries], vectors[queries:], progress=done.append)

    np.testing.assert_allclose(parts, whole, atol=1e-6)
    assert done[-1] == len(vectors)
    assert len(done) == -(-len(vectors) // block)


def test_it_helps() -> None:
    vectors, identity = crowd(2, people=30, each=10, noise=1.0)
    labels = identity[:60], np.zeros(60), identity[60:], np.ones(240)

    before = evaluate(rank(vectors[:60], vectors[60:]), *labels)
    after = evaluate(k_reciprocal(vectors[:60], vectors[60:], k1=9, k2=3), *labels)

    assert after.mAP > before.mAP + 0.02


def test_weight_one_is_the_distance_itself() -> None:
    """In proportion: distances are squared once (elsewhere twice) and divided by the largest."""
    vectors, _ = crowd(3)
    whole = cdist(vectors, vectors, "sqeuclidean")
    found = k_reciprocal(vectors[:10], vectors[10:], metric="euclidean", weight=1)
    expected = whole[:10, 10:] / whole[:10].max(axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_order_of_pictures_changes_nothing() -> None:
    vectors, _ = crowd(4)
    order = np.random.default_rng(0).permutation(76)
    found = k_reciprocal(vectors[:20], vectors[20:])
    again = k_reciprocal(vectors[:20], vectors[20:][order])
    np.testing.assert_allclose(again, found[:, order], atol=1e-5)


def test_doubles_and_few_pictures() -> None:
    same = k_reciprocal(np.ones((2, 3)), np.ones((3, 3)), metric="euclidean")
    np.testing.assert_allclose(same, np.zeros((2, 3)), atol=1e-6)
    assert k_reciprocal([[1, 0]], [[0, 1]]).shape == (1, 1)
    assert k_reciprocal([[1, 0]], np.empty((0, 2))).shape == (1, 0)
    assert k_reciprocal(np.empty((0, 2)), [[1, 0]]).shape == (0, 1)


def test_a_picture_is_its_own_nearest_even_among_doubles() -> None:
    asked = np.empty((0, 5), np.float32)
    found = neighbours.nearest(np.ones((5, 2), np.float32), "euclidean", 2, asked)
    assert found.columns.tolist() == [[0, 1], [1, 0], [2, 0], [3, 0], [4, 0]]
    assert found.farthest.tolist() == [0] * 5


@settings(deadline=None)
@given(st.integers(0, 1000), st.integers(1, 30), st.integers(2, 40))
def test_nearest_is_a_sort(seed: int, count: int, block: int) -> None:
    vectors = np.random.default_rng(seed).integers(0, 4, (30, 2)).astype(np.float32)
    distances = cdist(vectors, vectors, "sqeuclidean")
    asked = np.empty((4, 26), np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "BLOCK", block)
        found = neighbours.nearest(vectors, "euclidean", count, asked)

    np.testing.assert_array_equal(asked, distances[:4, 4:])
    np.testing.assert_array_equal(found.farthest, distances.max(axis=1))
    np.fill_diagonal(distances, -1)
    order = np.argsort(distances, axis=1, kind="stable")[:, :count]
    np.testing.assert_array_equal(found.columns, order)


def test_sets_by_hand() -> None:
    """Three on a line have each other; the fourth has the third, who does not have him."""
    near = np.array([[0, 1], [1, 0], [2, 1], [3, 2]])
    sets = expanded_sets(near, 1).toarray() > 0
    assert sets.tolist() == [
        [True, True, False, False],
        [True, True, False, False],
        [False, False, True, False],
        [False, False, False, True],
    ]
    assert indicator(near).toarray()[3].tolist() == [0, 0, 1, 1]


def test_codes_sum_to_one() -> None:
    vectors, _ = crowd(5)
    found = neighbours.nearest(
        vectors.astype(np.float32), "euclidean", 21, np.empty((0, 96), np.float32)
    )
    sets = expanded_sets(found.columns, 20)
    codes = encode(sets, vectors.astype(np.float32), found.farthest, "euclidean")
    np.testing.assert_allclose(codes.sum(axis=1), 1, rtol=1e-5)
    assert codes.nnz == sets.nnz


def test_blending_by_hand() -> None:
    codes = indicator(np.array([[0, 1], [0, 1], [1, 2]])) / np.float32(2)
    distances = np.array([[0.4, 0.8]], np.float32)
    blend(distances, codes, 0.25)
    np.testing.assert_allclose(distances, [[0.1, 0.2 + 0.75 * (1 - 0.5 / 1.5)]], rtol=1e-6)


def test_wrong_input_is_refused() -> None:
    one = np.ones((1, 2))
    for settings_ in ({"k1": 0}, {"k2": 0}, {"weight": 1.1}, {"weight": np.nan}):
        with pytest.raises(ValueError, match="expected at least 1, at least 1, and 0 to 1"):
            k_reciprocal(one, one, **settings_)
    with pytest.raises(ValueError, match="gallery vector 0 is not finite"):
        k_reciprocal(one, [[np.nan, 1]])
    with pytest.raises(ValueError, match="query vectors have 2 numbers, gallery vectors 3"):
        k_reciprocal(one, np.ones((1, 3)))

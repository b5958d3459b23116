from __future__ import annotations

import numpy as np
import pytest

from reid_mot.models import CallableEmbedder, Embedder, HistogramEmbedder
from reid_mot.models.flips import WithFlips, mirrored

CROPS = [
    np.random.default_rng(k).integers(0, 256, (20 + k, 9, 3)).astype(np.uint8) for k in range(4)
]
LEFT = CallableEmbedder(lambda crops: [c[:, 0].mean(axis=0) for c in crops], dim=3)


def test_sum_of_both_with_length_one() -> None:
    embedder = WithFlips(LEFT)
    expected = LEFT(CROPS) + LEFT([c[:, ::-1] for c in CROPS])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(embedder(CROPS), expected, atol=1e-6)
    assert isinstance(embedder, Embedder)
    assert embedder.dim == 3
    assert embedder([]).shape == (0, 3)


def test_a_mirror_image_has_the_same_vector() -> None:
    embedder = WithFlips(LEFT)
    np.testing.assert_allclose(embedder([mirrored(c) for c in CROPS]), embedder(CROPS), atol=1e-6)
    assert np.abs(LEFT([mirrored(c) for c in CROPS]) - LEFT(CROPS)).max() > 0.01


def test_what_does_not_see_sides_stays_as_it_is() -> None:
    histogram = HistogramEmbedder()
    np.testing.assert_allclose(WithFlips(histogram)(CROPS), histogram(CROPS), atol=1e-3)


def test_vectors_that_cancel_out_are_refused() -> None:
    def side(crops: list[np.ndarray]) -> list[list[float]]:
        return [[float(c[0, 0, 0]) - float(c[0, -1, 0])] for c in crops]

    crop = np.array([[[3, 0, 0], [0, 0, 0]]], np.uint8)
    with pytest.raises(ValueError, match="the vector of crop 0 is zero"):
        WithFlips(CallableEmbedder(side, dim=1))([crop])


def test_mirrored_is_an_array_of_its_own() -> None:
    crop = CROPS[0].copy()
    other = mirrored(crop)
    assert other.flags.c_contiguous
    np.testing.assert_array_equal(other, crop[:, ::-1])

from collections.abc import Iterator

import numpy as np
import pytest

from reid_mot.models import CallableEmbedder, Embedder, embed_stream
from reid_mot.models.embedder import check_crops, unit_rows


def crop(height: int = 4, width: int = 2, value: int = 100) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def test_a_zero_area_crop_is_named() -> None:
    with pytest.raises(ValueError, match="crop 1 has zero area"):
        check_crops([crop(), crop(height=0)])


def test_a_crop_of_another_shape_is_named() -> None:
    with pytest.raises(ValueError, match=r"crop 2 has shape \(4, 2\)"):
        check_crops([crop(), crop(), np.zeros((4, 2), np.uint8)])


def test_a_crop_of_floats_is_named() -> None:
    with pytest.raises(TypeError, match="crop 0 is float64"):
        check_crops([np.zeros((4, 2, 3))])  # type: ignore[list-item]


def test_unit_rows_scales_to_length_one() -> None:
    assert unit_rows([[3.0, 4.0]], 1, 2).tolist() == [[np.float32(0.6), np.float32(0.8)]]


def test_unit_rows_keeps_tiny_and_huge_vectors() -> None:
    rows = unit_rows(np.array([[1e-30, 0], [0, 1e30]], np.float32), 2, 2)
    assert rows.tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        ([[1.0, 0.0], [0.0, 0.0]], "crop 1 is zero"),
        ([[np.nan, 0.0], [0.0, 1.0]], "crop 0 is not finite"),
        ([[1.0, 0.0]], r"expected \(2, 2\)"),
        ([[1.0], [1.0]], r"expected \(2, 2\)"),
    ],
)
def test_unit_rows_refuses_what_has_no_direction(vectors: list[list[float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        unit_rows(vectors, 2, 2)


def test_callable_embedder_works_in_batches_and_keeps_the_order() -> None:
    seen = []

    def function(crops: list[np.ndarray]) -> list[list[float]]:
        seen.append(len(crops))
        return [[float(c.mean()), 1.0] for c in crops]

    embedder = CallableEmbedder(function, 2, batch=2)
    vectors = embedder([crop(value=v) for v in (1, 0, 3, 0, 5)])
    assert seen == [2, 2, 1]
    np.testing.assert_allclose(vectors[:, 0] / vectors[:, 1], [1, 0, 3, 0, 5], rtol=1e-6)
    assert vectors.dtype == np.float32


def test_callable_embedder_is_an_embedder_and_is_not_called_for_nothing() -> None:
    def function(crops: list[np.ndarray]) -> np.ndarray:
        raise AssertionError("called without crops")

    embedder = CallableEmbedder(function, 7)
    assert isinstance(embedder, Embedder)
    assert embedder([]).shape == (0, 7)


def test_callable_embedder_checks_what_comes_back() -> None:
    with pytest.raises(ValueError, match=r"expected \(1, 3\)"):
        CallableEmbedder(lambda crops: np.ones((1, 2)), 3)([crop()])


@pytest.mark.parametrize(("dim", "batch"), [(0, 1), (1, 0)])
def test_callable_embedder_refuses_sizes_below_one(dim: int, batch: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        CallableEmbedder(lambda crops: [], dim, batch)


def test_a_stream_reads_no_further_than_it_must() -> None:
    taken = []

    def crops() -> Iterator[np.ndarray]:
        for value in range(1, 8):
            taken.append(value)
            yield crop(value=value)

    embedder = CallableEmbedder(lambda part: [[float(c.mean()), 1.0] for c in part], 2)
    stream = embed_stream(embedder, crops(), batch=3)
    first = next(stream)
    assert taken == [1, 2, 3]
    rest = list(stream)
    assert [len(part) for part in rest] == [3, 1]
    every = np.concatenate([first, *rest])
    np.testing.assert_allclose(every[:, 0] / every[:, 1], range(1, 8), rtol=1e-6)


def test_a_stream_of_nothing_gives_nothing() -> None:
    assert list(embed_stream(CallableEmbedder(lambda part: [], 2), iter([]))) == []


def test_messages_number_crops_through_all_batches() -> None:
    embedder = CallableEmbedder(lambda part: [[float(c.mean())] for c in part], 1, batch=2)
    with pytest.raises(ValueError, match="the vector of crop 3 is zero"):
        embedder([crop(), crop(), crop(), crop(value=0)])

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torchvision.ops import nms  # type: ignore[import-untyped]

from reid_mot.models.decoding import decode_yolox, grid_cells, letterbox, suppress


def test_a_letterbox_keeps_proportions_and_fills_the_rest() -> None:
    image = np.full((100, 50, 3), (10, 20, 30), np.uint8)
    canvas, factors = letterbox(image, (32, 64), 114)
    assert canvas.shape == (32, 64, 3)
    assert (canvas[:, :16] == (10, 20, 30)).all()
    assert (canvas[:, 16:] == 114).all()
    assert factors == (0.32, 0.32)


@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from([(32, 32), (32, 64), (416, 416)]))
def test_what_a_letterbox_scales_lands_inside(
    height: int, width: int, size: tuple[int, int]
) -> None:
    canvas, (across, down) = letterbox(np.zeros((height, width, 3), np.uint8), size, 255)
    shown = (canvas == 0).all(axis=2)
    corner = shown[: round(height * down), : round(width * across)]
    assert corner.all()
    assert shown.sum() == corner.size
    assert 0 < height * down <= size[0] + 1e-9
    assert 0 < width * across <= size[1] + 1e-9


def test_cells_are_as_many_as_yolox_has_at_416() -> None:
    corners, widths = grid_cells((416, 416), (8, 16, 32))
    assert len(corners) == len(widths) == 3549
    assert corners[52 * 52 + 27].tolist() == [1, 1]
    assert widths[[0, 52 * 52, 3548]].tolist() == [8, 16, 32]


def test_yolox_by_hand() -> None:
    corners, widths = grid_cells((32, 64), (8, 16, 32))
    rows = np.zeros((len(corners), 7), np.float32)
    # Column 3, row 2 of stride 8: centre (3.5, 2.25) cells, 2 cells wide, 4 high.
    rows[2 * 8 + 3] = (0.5, 0.25, math.log(2), math.log(4), 0.8, 0.1, 0.5)
    # The last cell, of stride 32 at (32, 0): one cell wide, a half high.
    rows[-1] = (0, 1, 0, math.log(0.5), 0.5, 0.9, 1.0)

    boxes, scores = decode_yolox(rows, corners, widths, person=1, least_score=0.3)

    np.testing.assert_allclose(boxes, [[20, 2, 36, 34], [16, 24, 48, 40]], atol=1e-5)
    np.testing.assert_allclose(scores, [0.4, 0.5], atol=1e-6)
    assert decode_yolox(rows, corners, widths, 0, 0.3)[1] == pytest.approx([0.45])


def test_rows_that_nobody_asked_for_may_overflow() -> None:
    corners, widths = grid_cells((32, 32), (32,))
    rows = np.array([[0, 0, 1e4, 1e4, 0, 1]], np.float32)
    assert decode_yolox(rows, corners, widths, 0, 0.1)[0].shape == (0, 4)


BOXES = st.integers(0, 12).flatmap(
    lambda n: st.tuples(
        arrays(np.float64, (n, 2), elements=st.floats(-20, 100, width=32)),
        arrays(np.float64, (n, 2), elements=st.floats(1, 60, width=32)),
        arrays(np.float64, n, elements=st.floats(0, 1, width=32), unique=True),
    )
)


@given(BOXES, st.sampled_from([0.25, 0.45, 0.6]))
def test_suppression_is_that_of_torchvision(
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray], overlap: float
) -> None:
    corner, extent, scores = drawn
    boxes = np.hstack([corner, corner + extent])
    expected = nms(torch.from_numpy(boxes), torch.from_numpy(scores), overlap)
    assert suppress(boxes, scores, overlap).tolist() == expected.tolist()


def test_of_equal_scores_the_first_stays() -> None:
    boxes = np.array([[0, 0, 10, 10], [0, 1, 10, 11], [50, 0, 60, 10]], float)
    assert suppress(boxes, np.array([0.0, 0.0, 0.0]), 0.5).tolist() == [0, 2]


def test_scores_closer_than_single_precision_are_told_apart() -> None:
    boxes = np.array([[0, 0, 10, 10], [0, 1, 10, 11]], float)
    assert suppress(boxes, np.array([0.5, 0.5 + 1e-12]), 0.5).tolist() == [1]

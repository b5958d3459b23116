"""The picture of a training."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid_mot.curves import (
    BOTTOM,
    LEFT,
    RATE,
    RIGHT,
    TOP,
    Axis,
    decades_axis,
    learning_curves,
    linear_axis,
)
from reid_mot.palette import Colour, colour_of
from reid_mot.sequences.views import Image

ID, TRIPLET, SCORE = (colour_of(index) for index in range(3))


def epoch(number: int, **losses: float | None) -> dict[str, Any]:
    return {"epoch": number, "rate": 1e-3, **losses, "gradient": 99.0, "seconds": 99.0}


def has(canvas: Image, colour: Colour) -> np.ndarray:
    """(height, width) which pixels have exactly this colour."""
    return np.asarray((canvas == colour).all(axis=2))


def middle(canvas: Image, colour: Colour, column: int) -> float:
    """The mean row of a colour in a column of pixels, below the legend."""
    rows = np.flatnonzero(has(canvas, colour)[TOP:, column])
    assert len(rows)
    return TOP + float(rows.mean())


reals = st.floats(-1e6, 1e6)


@given(reals, reals, st.integers(1, 12))
def test_ticks_hold_the_values_and_are_not_too_many(a: float, b: float, count: int) -> None:
    low, high = sorted((a, b))
    ticks = linear_axis(low, high, count).ticks
    slack = 1e-6 * max(1.0, abs(low), abs(high))
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    assert 2 <= len(ticks) <= count + 3
    assert all(x < y for x, y in pairwise(ticks))


def test_epochs_have_whole_ticks() -> None:
    assert linear_axis(0, 3, 10, least=1).ticks == (0, 1, 2, 3)
    assert linear_axis(0, 120, 10, least=1).ticks == tuple(range(0, 121, 20))


@pytest.mark.parametrize(
    ("rates", "ticks"),
    [
        ([3e-5, 2e-3], (1e-5, 1e-4, 1e-3, 1e-2)),
        ([1e-3, 1e-3], (1e-4, 1e-3)),
        ([0.0, math.nan, 3e-2, 1e-11], (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)),
        ([math.nan], (0.1, 1.0)),
    ],
)
def test_rates_have_powers_of_ten(rates: list[float], ticks: tuple[float, ...]) -> None:
    assert decades_axis(np.array(rates)).ticks == ticks


def test_where_values_lie() -> None:
    values = np.array([0.0, 1.0, 3.0, 4.0, 9.0])
    assert Axis((0.0, 2.0, 4.0)).share(values).tolist() == [0, 0.25, 0.75, 1, 1]
    rates = Axis((1e-4, 1e-3, 1e-2), logarithmic=True).share(np.array([0, 1e-4, 1e-3, 1e-2]))
    assert rates.tolist() == pytest.approx([0, 0, 0.5, 1])


def test_losses_lie_at_their_values() -> None:
    canvas = learning_curves(
        [epoch(n, id=4.0, triplet=float(n)) for n in range(1, 5)], "", (662, 340)
    )
    bottom, height = 340 - BOTTOM, 340 - BOTTOM - TOP
    halfway = LEFT + (662 - LEFT - RIGHT) // 2  # epoch 2 of 0 to 4; the axis ends at 4
    assert middle(canvas, ID, halfway) == pytest.approx(TOP, abs=1.5)
    assert middle(canvas, TRIPLET, halfway) == pytest.approx(bottom - height / 2, abs=1.5)


def test_there_is_nothing_left_of_the_first_epoch_and_right_of_the_frame() -> None:
    canvas = learning_curves([epoch(n, id=3.0) for n in range(2, 5)], "", (662, 340))
    columns = np.flatnonzero(has(canvas, ID)[TOP:].any(axis=0))
    assert columns.min() == pytest.approx(LEFT + (662 - LEFT - RIGHT) / 2, abs=2)
    assert columns.max() == pytest.approx(662 - RIGHT, abs=2)


def test_a_missing_loss_interrupts_the_line() -> None:
    rows = [epoch(n, id=None if n == 3 else 3.0) for n in range(1, 6)]
    canvas = learning_curves(rows, "", (662, 340))
    held = np.atleast_1d(has(canvas, ID)[TOP:].any(axis=0))
    scale = (662 - LEFT - RIGHT) / 5
    gap = held[round(LEFT + 2.1 * scale) : round(LEFT + 3.9 * scale)]
    assert not gap.any()
    assert held[round(LEFT + 1.1 * scale) : round(LEFT + 1.9 * scale)].all()
    assert held[round(LEFT + 4.1 * scale) : round(LEFT + 4.9 * scale)].all()


def test_a_single_epoch_is_a_dot() -> None:
    assert has(learning_curves([epoch(1, id=3.0)], "", (400, 300)), ID)[TOP:].sum() > 10


def test_the_learning_rate_falls() -> None:
    rows = [epoch(n, id=1.0) | {"rate": 10.0**-n} for n in range(1, 4)]
    canvas = learning_curves(rows, "", (662, 340))
    third = (662 - LEFT - RIGHT) / 3
    places = []
    for n in (1.2, 2.8):
        near = canvas[TOP + 2 : 340 - BOTTOM, round(LEFT + n * third)].astype(int)
        places.append(np.abs(near - np.array(RATE)).sum(axis=1).argmin())
    height = 340 - BOTTOM - TOP
    assert places == pytest.approx([0.1 * height, 0.9 * height], abs=3)


def test_scores_have_a_panel_of_their_own() -> None:
    rows = [epoch(n, id=1.0, triplet=0.5) for n in range(1, 5)]
    alone = learning_curves(rows, "", (662, 680))
    both = learning_curves(
        [*rows, {"epoch": 2, "mAP": 50.0}, {"epoch": 4, "mAP": 60.0}], "", (662, 680)
    )
    assert not has(alone, SCORE).any()
    assert not has(both, SCORE)[:340].any()
    lower = both[340:]
    assert middle(lower, SCORE, LEFT + (662 - LEFT - RIGHT) // 2 + 1) > 300 - 10
    assert middle(lower, SCORE, 662 - RIGHT) < TOP + 10


def test_what_is_no_loss_is_not_drawn() -> None:
    rows = [epoch(n, id=1.0) | {"batches": 181, "images_per_second": 200.0} for n in (1, 2)]
    assert not has(learning_curves(rows, "", (400, 300)), TRIPLET).any()


def test_a_title_is_written_above() -> None:
    rows = [epoch(1, id=1.0)]
    assert not has(learning_curves(rows, "", (400, 300)), (232, 235, 240))[:20].any()
    assert has(learning_curves(rows, "Market-1501", (400, 300)), (232, 235, 240))[:34].any()


@pytest.mark.parametrize("value", [None, 0.0, -2.0, 1e9])
def test_odd_losses_and_scores_can_be_drawn(value: float | None) -> None:
    rows = [epoch(1, id=value), {"epoch": 1, "mAP": value}]
    assert learning_curves(rows, "", (400, 400)).shape == (400, 400, 3)


@pytest.mark.parametrize("rows", [[], [{"epoch": 1, "mAP": 3.0}]])
def test_nothing_to_draw(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="no epoch in the log"):
        learning_curves(rows)

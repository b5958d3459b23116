"""Marks on a canvas."""

from __future__ import annotations

import numpy as np

from reid_mot.drawing import BACKGROUND, blank, box, dot, label, line, trail
from reid_mot.palette import colour_of


def painted(canvas: np.ndarray) -> np.ndarray:
    """(height, width) which pixels are not background."""
    return np.asarray((canvas != BACKGROUND).any(axis=2))


def test_a_canvas_has_one_colour() -> None:
    canvas = blank(30, 20, (1, 2, 3))

    assert canvas.shape == (20, 30, 3)
    assert (canvas == (1, 2, 3)).all()


def test_a_line_is_interrupted_where_nothing_is_known() -> None:
    canvas = blank(100, 20)

    line(
        canvas,
        [[5.0, 10.0], [30.0, 10.0], [np.nan, np.nan], [70.0, 10.0], [95.0, 10.0]],
        (255, 0, 0),
    )

    columns = np.asarray(painted(canvas).any(axis=0))
    assert columns[[10, 25, 75, 90]].all()
    assert not columns[35:65].any()


def test_points_far_away_do_no_harm() -> None:
    canvas = blank(40, 40)

    line(canvas, [[1e300, 3], [-1e9, 5]], (255, 0, 0))
    dot(canvas, [np.nan, 3], 4, (255, 0, 0))
    dot(canvas, [1e12, 3], 4, (255, 0, 0))
    box(canvas, [-1e9, -1e9, 1e9, 1e9], 3)

    assert not painted(canvas)[30:].any()


def test_a_box_has_the_colour_of_its_identity() -> None:
    canvas = blank(100, 100)

    box(canvas, [20, 30, 60, 90], 4)

    assert (canvas[60, 20] == colour_of(4)).all()
    assert (canvas[90, 40] == colour_of(4)).all()
    assert not painted(canvas)[40:80, 30:50].any()


def test_a_label_stays_on_the_canvas() -> None:
    canvas = blank(60, 40)

    label(canvas, "12", (58, 2), (255, 255, 0))

    assert (canvas[2, 57] == (255, 255, 0)).all()


def test_a_trail_is_thin_at_its_old_end() -> None:
    canvas = blank(220, 40)
    points = np.column_stack([np.linspace(10, 210, 50), np.full(50, 20.0)])

    trail(canvas, points, np.linspace(0, 1, 50), (255, 255, 255), None, 8)

    thickness = painted(canvas).sum(axis=0)
    assert thickness[190] > thickness[30] > 0


def test_a_trail_of_one_point_is_nothing() -> None:
    canvas = blank(20, 20)

    trail(canvas, np.array([[5.0, 5.0]]), np.ones(1), (255, 0, 0))

    assert not painted(canvas).any()

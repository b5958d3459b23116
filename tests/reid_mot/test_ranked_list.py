from __future__ import annotations

import numpy as np
import pytest

from reid_mot.drawing import BACKGROUND, INK
from reid_mot.ranked_list import FRAME, GAP, LINE, RIGHT, WRONG, Tile, draw_ranked_list

BLUE = np.full((40, 20, 3), (0, 0, 250), np.uint8)


def at(picture: np.ndarray, row: int, column: int) -> tuple[int, ...]:
    return tuple(picture[row, column].tolist())


def test_frames_say_what_is_right() -> None:
    tiles = [Tile(BLUE, ("id 3",)), Tile(BLUE, ("0.1",), True), Tile(BLUE, ("0.2",), False)]

    drawn = draw_ranked_list([tiles], size=(20, 40))

    wide, high = 20 + 2 * FRAME, 40 + 2 * FRAME
    assert drawn.shape == (GAP + high + LINE + 2 * GAP, 3 * GAP + 3 * (wide + GAP), 3)
    lefts = [GAP, GAP + wide + GAP + 2 * GAP, GAP + 2 * (wide + GAP) + 2 * GAP]
    for left, colour in zip(lefts, (INK, RIGHT, WRONG), strict=True):
        assert at(drawn, GAP + 1, left + wide // 2) == colour
        assert at(drawn, GAP + high - 2, left + wide // 2) == colour
        assert at(drawn, GAP + high // 2, left + wide // 2) == (0, 0, 250)
        beside = at(drawn, GAP + high // 2, left + 1)
        assert beside == (BACKGROUND if colour == WRONG else colour)
        caption = drawn[GAP + high : GAP + high + LINE, left : left + wide]
        assert (caption != BACKGROUND).any()


def test_pictures_keep_their_shape() -> None:
    wide = np.full((10, 100, 3), (0, 0, 250), np.uint8)
    drawn = draw_ranked_list([[Tile(wide, ())]], size=(50, 50))
    blue = (drawn == (0, 0, 250)).all(axis=2)
    assert (blue.any(axis=1).sum(), blue.any(axis=0).sum()) == (5, 50)


def test_rows_of_different_length() -> None:
    one, two = [Tile(BLUE, ("a",))], [Tile(BLUE, ("a", "b")), Tile(BLUE, (), True)]
    assert draw_ranked_list([one, two]).shape == draw_ranked_list([two, one]).shape


def test_long_captions_stay_below_their_picture() -> None:
    plain, long = (
        draw_ranked_list([[Tile(BLUE, (text,)), Tile(BLUE, (), True)]], size=(20, 40))
        for text in ("i", "i" * 300)
    )
    left = GAP + 20 + 2 * FRAME
    np.testing.assert_array_equal(long[:, left:], plain[:, left:])


def test_nothing_to_draw() -> None:
    with pytest.raises(ValueError, match="at least one row, and a query in each"):
        draw_ranked_list([])
    with pytest.raises(ValueError, match="at least one row, and a query in each"):
        draw_ranked_list([[]])

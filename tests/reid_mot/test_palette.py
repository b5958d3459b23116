"""Colours of identities."""

from __future__ import annotations

from itertools import combinations

import cv2
import numpy as np

from reid_mot.palette import COLOURS, colour_of, faded, ink_on


def _lab(colours: object) -> np.ndarray:
    image = np.asarray(colours, np.float32).reshape(1, -1, 3) / 255
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2LAB)[0])


def test_all_pairs_can_be_told_apart() -> None:
    lab = _lab(COLOURS)

    distances = [float(np.linalg.norm(a - b)) for a, b in combinations(lab, 2)]

    # 2.3 is about the smallest difference that people notice side by side in CIE L*a*b*.
    assert min(distances) > 10


def test_all_stand_out_from_a_dark_background() -> None:
    assert _lab(COLOURS)[:, 0].min() > 50


def test_one_identity_has_one_colour() -> None:
    assert [colour_of(7), colour_of(7)] == [COLOURS[7]] * 2
    assert colour_of(10**12) in COLOURS


def test_ink_can_be_read_on_all_of_them() -> None:
    for colour in COLOURS:
        ink, paper = _lab([ink_on(colour), colour])[:, 0]

        assert abs(float(ink) - float(paper)) > 45


def test_a_faded_colour_lies_between() -> None:
    assert faded((200, 100, 0), (0, 0, 0), 0.5) == (100, 50, 0)
    assert faded((200, 100, 0), (9, 9, 9), 1.0) == (200, 100, 0)

from __future__ import annotations

import numpy as np
import pytest

from reid_mot.distance_picture import DIFFERENT, SAME, THRESHOLD, Panel, draw_distances
from reid_mot.trackers.calibrating import Bell


def panel(threshold: tuple[float, float, float] | None = None) -> Panel:
    rng = np.random.default_rng(0)
    same, different = rng.normal(0.2, 0.05, 300).clip(0), rng.normal(0.6, 0.08, 900)
    return Panel("a", same, different, (Bell.fitted(same), Bell.fitted(different)), threshold)


def columns(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return np.flatnonzero((picture == colour).all(axis=2).any(axis=0))


def test_curves_and_threshold_lie_where_they_belong() -> None:
    picture = draw_distances([panel((0.4, 0.38, 0.43))])[62:-44]

    line = int(np.median(columns(picture, THRESHOLD)))
    highest = {
        colour: np.argmax((picture == colour).all(axis=2)[: picture.shape[0] // 2].any(axis=0))
        for colour in (SAME, DIFFERENT)
    }
    assert highest[SAME] < line < highest[DIFFERENT]


def test_one_below_the_other() -> None:
    both = draw_distances([panel(), panel((0.4, float("nan"), float("nan")))], (700, 300))
    assert both.shape == (600, 700, 3)
    assert not len(columns(both[:300], THRESHOLD))
    assert len(columns(both[300:], THRESHOLD))


def test_nothing_to_draw() -> None:
    with pytest.raises(ValueError, match="distances of both kinds"):
        draw_distances([])

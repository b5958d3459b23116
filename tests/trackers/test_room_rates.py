"""The same people seen 2, 5, 15 and 30 times a second."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from reid_mot.scores import score
from reid_mot.sequences import GROUND, Tracks, View
from reid_mot.trackers import IdentitySettings, RoomTracker

from .conftest import Walk, position

Film = list[tuple[View, ...]]
Studio = Callable[..., Film]

WALKS: list[Walk] = [
    [(0.0, 1.0, 2.0), (5, 5, 4), (12, 2, 5), (20, 3, 1)],
    [(0.0, 4.0, 2.0), (6, 1, 2.5), (14, 4, 4), (20, 1, 4)],
    [(2.0, 3.0, 5.0), (7, 3, 0.5)],
    [(12.0, 3.0, 0.5), (20, 5, 2)],
]
"""Two who stay, and one who leaves and comes back; their ways cross."""
WHO = [0, 1, 2, 2]


@pytest.mark.parametrize("rate", [2, 5, 15, 30])
def test_people_are_followed_and_known_again(film: Studio, rate: int) -> None:
    times = np.arange(20 * rate) / rate
    views = film(*WALKS, looks=WHO, missed=0.05, times=times)
    tracker = RoomTracker(identities=IdentitySettings(threshold=0.3))
    rows = Tracks.concatenate([tracker.step(instant) for instant in views])
    there = [
        (frame, who, position(walk, time))
        for frame, time in enumerate(times.tolist())
        for who, walk in zip(WHO, WALKS, strict=True)
        if walk[0][0] <= time < walk[-1][0]
    ]
    frame, who, ground = zip(*there, strict=True)
    best = score(Tracks(frame, GROUND, who, None, ground), rows.on_ground()).primary
    # At two a second nobody is sure of a person for the first two or three instants.
    assert best.mota > (0.85 if rate == 2 else 0.95)
    assert best.idf1 > (0.85 if rate == 2 else 0.95)

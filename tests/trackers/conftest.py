"""What the tests of trackers share: four cameras in a room, and where real data lie."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike

from reid_mot.sequences import Camera

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
SIDE = 6.0
"""Metres: the room is a square with a camera in each corner."""


def looking(name: str, centre: ArrayLike, target: ArrayLike) -> Camera:
    """A level camera of 640 x 480 pixels, 77 degrees wide, that looks at a point."""
    place = np.asarray(centre, dtype=np.float64)
    forward = np.asarray(target, dtype=np.float64) - place
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    k = np.array([[400.0, 0, 320], [0, 400, 240], [0, 0, 1]])
    return Camera.from_pose(name, (640, 480), k, rotation, -rotation @ place)


@pytest.fixture(scope="session")
def cameras() -> tuple[Camera, ...]:
    """Cameras c1 to c4 in the corners of a room of 6 x 6 m, 2.5 m up; all see its middle."""
    corners = [(0, 0, 2.5), (SIDE, 0, 2.5), (SIDE, SIDE, 2.5), (0, SIDE, 2.5)]
    middle = (SIDE / 2, SIDE / 2, 0.8)
    return tuple(looking(f"c{k}", corner, middle) for k, corner in enumerate(corners, start=1))


@pytest.fixture
def data() -> Callable[[str], Path]:
    """The folder of a real data set beside the repository; skips where it is absent."""

    def find(name: str) -> Path:
        folder = DATA / name
        if not folder.is_dir():
            pytest.skip(f"no development data: {folder} is absent")
        return folder

    return find

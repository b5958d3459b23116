"""What the tests of trackers share: a room with four cameras, films of people, and real data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from reid_mot.sequences import Camera, Detections, View

Floats = NDArray[np.float64]
Walk = list[tuple[float, float, float]]
"""Where somebody is: times in seconds with x and y in metres, straight lines in between. Nobody is
there before the first time, nor from the last on."""

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


@dataclass(frozen=True)
class Studio:
    """Makes films: what the cameras saw of people on their walks. Nobody hides anybody."""

    cameras: tuple[Camera, ...]

    def __call__(
        self,
        *walks: Walk,
        looks: Sequence[int] | None = None,
        missed: float = 0.0,
        cameras: Sequence[Camera] | None = None,
        times: ArrayLike | None = None,
        seed: int = 0,
    ) -> list[tuple[View, ...]]:
        """One tuple of views an instant.

        Args:
            walks: one for each person, or for each visit of a person.
            looks: the appearance of each, 0 to 7, given as embeddings; None: no embeddings.
            missed: share of the boxes that detectors miss; the others are off by 2 pixels.
            cameras: None: all four.
            times: of the instants; None: ten a second until the end of the last walk.
            seed: of the errors.
        """
        rng = np.random.default_rng(seed)
        end = max(walk[-1][0] for walk in walks)
        instants = np.arange(round(10 * end)) / 10 if times is None else np.asarray(times)
        film = []
        for frame, time in enumerate(instants.tolist()):
            here = [k for k, walk in enumerate(walks) if walk[0][0] <= time < walk[-1][0]]
            ground = np.array([position(walks[k], time) for k in here])
            faces = None if looks is None else [looks[k] for k in here]
            views = (
                View(c, frame, time, detect(c, ground, faces, missed, rng))
                for c in (self.cameras if cameras is None else cameras)
            )
            film.append(tuple(views))
        return film


def position(walk: Walk, time: float) -> tuple[float, float]:
    """Where somebody on this walk is."""
    times, x, y = np.array(walk).T
    return float(np.interp(time, times, x)), float(np.interp(time, times, y))


def detect(
    camera: Camera,
    ground: Floats,
    looks: Sequence[int] | None,
    missed: float,
    rng: np.random.Generator,
) -> Detections:
    """Boxes of people 1.7 m tall of whom the image shows at least 40%."""
    n = len(ground)
    feet, head = (camera.to_pixels(ground.reshape(-1, 2), height) for height in (0.0, 1.7))
    middle, half = (feet[:, 0] + head[:, 0]) / 2, 0.175 * (feet[:, 1] - head[:, 1])
    whole = np.column_stack([middle - half, head[:, 1], middle + half, feet[:, 1]])
    whole += rng.normal(0, 2, (n, 4))
    boxes = np.clip(whole, 0, [*camera.size, *camera.size])
    shown = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) > 0.4 * (whole[:, 2:] - whole[:, :2]).prod(1)
    found = np.flatnonzero(shown & (rng.random(n) >= missed))
    if looks is None:
        return Detections(boxes[found])
    vectors = np.eye(8)[np.array(looks, dtype=np.int64)] + rng.normal(0, 0.05, (n, 8))
    return Detections(boxes[found], None, vectors[found])


@pytest.fixture(scope="session")
def film(cameras: tuple[Camera, ...]) -> Studio:
    """Call it with walks; see `Studio`."""
    return Studio(cameras)


@pytest.fixture
def data() -> Callable[[str], Path]:
    """The folder of a real data set beside the repository; skips where it is absent."""

    def find(name: str) -> Path:
        folder = DATA / name
        if not folder.is_dir():
            pytest.skip(f"no development data: {folder} is absent")
        return folder

    return find

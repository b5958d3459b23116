"""How fast `RoomTracker` is with embeddings given, and whether its cost grows. On one core:

taskset -c 0 env OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/tracking.py

With --memory also how much memory it holds, which takes longer. `tracking_peers.py` compares it
with other people's trackers.
"""

import argparse
import cProfile
import gc
import pstats
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reid_mot import RoomTracker, score
from reid_mot.sequences import GROUND, Camera, Detections, Tracks, View
from reid_mot.trackers.visibility import body_boxes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LENGTH = 128
"""Length of an appearance vector."""


@dataclass(frozen=True)
class Hall:
    """A rectangular hall, cameras all around it that look at its middle, and people in it.

    Args:
        size: of the floor, metres.
        cameras: how many.
        people: how many are in the hall at any time.
        target: instants a second that the tracker should reach on one core.
        rate: instants a second of the cameras.
        stay: mean length of a visit, seconds.
        population: number of different people; None: half of the entrants are new, for ever.
    """

    size: tuple[float, float]
    cameras: int
    people: int
    target: float
    rate: float = 10.0
    stay: float = 60.0
    population: int | None = None

    @property
    def region(self) -> Floats:
        """(4, 2) corners of the floor."""
        return np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * self.size

    def along_walls(self, share: Floats) -> Floats:
        """(n, 2) points on the walls, from the share (n,) of the way around."""
        corners = np.vstack([self.region, self.region[:1]])
        side = np.minimum((share * 4).astype(int), 3)
        part = (share * 4 - side)[:, None]
        return np.asarray(corners[side] * (1 - part) + corners[side + 1] * part)

    def placed_cameras(self) -> list[Camera]:
        """1280 x 720 pixels, 85 degrees wide, 3.5 m up."""
        middle = np.array([*np.array(self.size) / 2, 0.9])
        # An eighth of a side away from the corners, so that no two cameras face each other.
        places = self.along_walls((np.arange(self.cameras) / self.cameras + 1 / 32) % 1)
        return [
            looking(f"c{number}", np.array([*place, 3.5]), middle)
            for number, place in enumerate(places, start=1)
        ]


HALLS = {
    "4 cameras, 15 people": Hall((12, 10), 4, 15, 200),
    "7 cameras, 40 people": Hall((24, 18), 7, 40, 60),
    "4 cameras, 15 of 60 people": Hall((12, 10), 4, 15, 200, population=60),
    "4 cameras, 30 boxes each": Hall((22, 16), 4, 44, 100, population=200),
}


def looking(name: str, centre: Floats, target: Floats) -> Camera:
    forward = (target - centre) / np.linalg.norm(target - centre)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    k = np.array([[700.0, 0, 640], [0, 700, 360], [0, 0, 1]])
    return Camera.from_pose(name, (1280, 720), k, rotation, -rotation @ centre)


class Crowd:
    """People who walk from one point to the next, leave by the walls and are replaced.

    Every second entrant has been here before and is away; the others are new, so that the number
    of known people grows as long as it goes on.
    """

    def __init__(self, hall: Hall, rng: np.random.Generator) -> None:
        self.hall, self.rng = hall, rng
        n = hall.people
        self.identity: Ints = np.arange(1, n + 1)
        self.known = n
        self.position = rng.random((n, 2)) * hall.size
        self.target = rng.random((n, 2)) * hall.size
        self.speed = rng.uniform(0.6, 1.4, n)
        self.left = rng.exponential(hall.stay, n)
        self.leaving = np.zeros(n, dtype=bool)

    def walk(self, seconds: float) -> None:
        """Move everybody on."""
        way = self.target - self.position
        distance = np.linalg.norm(way, axis=1)
        step = np.minimum(self.speed * seconds, distance)
        self.position += way * (step / np.maximum(distance, 1e-9))[:, None] + self._pushed(seconds)
        self.position = np.clip(self.position, 0, self.hall.size)
        self.left -= seconds
        for k in np.flatnonzero(distance < 0.3).tolist():
            if self.leaving[k]:
                self._replace(k)
            elif self.left[k] < 0:
                self.leaving[k], self.target[k] = True, self.hall.along_walls(self.rng.random(1))[0]
            else:
                self.target[k] = self.rng.random(2) * self.hall.size

    def _pushed(self, seconds: float) -> Floats:
        """People keep out of each other's way: at most 1 m/s apart within 0.8 m."""
        apart = self.position[:, None] - self.position[None]
        distance = np.linalg.norm(apart, axis=2, keepdims=True)
        near = (distance > 0) & (distance < 0.8)
        push = np.where(near, apart / np.maximum(distance, 1e-9) * (0.8 - distance) / 0.8, 0.0)
        return np.asarray(push.sum(axis=1) * seconds)

    def _replace(self, k: int) -> None:
        away = np.setdiff1d(np.arange(1, self.known + 1), self.identity)
        full = self.hall.population is not None and self.known >= self.hall.population
        if len(away) and (full or self.rng.random() < 0.5):
            self.identity[k] = self.rng.choice(away)
        else:
            self.known += 1
            self.identity[k] = self.known
        self.position[k] = self.hall.along_walls(self.rng.random(1))[0]
        self.target[k] = self.rng.random(2) * self.hall.size
        self.left[k], self.leaving[k] = self.rng.exponential(self.hall.stay), False


class Appearances:
    """The vectors of everybody, drawn when they are first asked for."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self._vectors = np.empty((0, LENGTH), dtype=np.float32)

    def __getitem__(self, identity: Ints) -> NDArray[np.float32]:
        more = int(identity.max(initial=0)) + 1 - len(self._vectors)
        if more > 0:
            new = self.rng.normal(size=(more, LENGTH)).astype(np.float32)
            self._vectors = np.vstack([self._vectors, new])
        return self._vectors[identity]


def watch(hall: Hall, count: int, seed: int) -> Iterator[tuple[tuple[View, ...], Tracks]]:
    """What the cameras see at each instant, and the truth."""
    rng = np.random.default_rng(seed)
    crowd, cameras = Crowd(hall, rng), hall.placed_cameras()
    appearances = Appearances(np.random.default_rng([seed, 1]))
    for frame in range(count):
        views = tuple(
            View(camera, frame, frame / hall.rate, detect(camera, crowd, appearances, rng))
            for camera in cameras
        )
        n = hall.people
        truth = Tracks(
            np.full(n, frame), GROUND, crowd.identity.copy(), None, crowd.position.copy()
        )
        yield views, truth
        crowd.walk(1 / hall.rate)


def detect(
    camera: Camera, crowd: Crowd, appearances: Appearances, rng: np.random.Generator
) -> Detections:
    """Boxes of who is not hidden, 5% missed, edges 2% of the height off, 2% false boxes."""
    whole, distance = body_boxes(camera, crowd.position, 1.7)
    size = np.array([*camera.size, *camera.size])
    boxes = np.clip(whole, 0, size)
    area = (whole[:, 2:] - whole[:, :2]).prod(axis=1)
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2) / area[:, None]
    hidden = np.where(distance[None] < distance[:, None], shared, 0.0).max(axis=1)
    seen = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) / area - hidden > 0.4
    found = np.flatnonzero(seen & (rng.random(len(boxes)) > 0.05))
    tall = whole[found, 3:] - whole[found, 1:2]
    edges = boxes[found] + 0.02 * tall * rng.normal(size=(len(found), 4))
    # The false boxes have the sizes of true ones and nobody's appearance.
    extra = found[rng.random(len(found)) < 0.02]
    shape = boxes[extra, 2:] - boxes[extra, :2]
    corner = rng.random((len(extra), 2)) * (np.array(camera.size) - shape)
    vectors = appearances[crowd.identity[found]] + 0.6 * rng.normal(size=(len(found), LENGTH))
    vectors = np.vstack([vectors, rng.normal(size=(len(extra), LENGTH))])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    edges = np.clip(np.vstack([edges, np.hstack([corner, corner + shape])]), 0, size)
    real = (edges[:, 2:] - edges[:, :2] > 2).all(axis=1)
    return Detections(edges[real], np.full(int(real.sum()), 0.8), vectors[real])


def run(hall: Hall, count: int, seed: int, profile: cProfile.Profile | None = None) -> Floats:
    """CPU seconds of each instant; only the tracker's own work counts."""
    tracker = RoomTracker(region=hall.region)
    seconds, wall = np.empty(count), 0.0
    tables, truths, boxes = [], [], 0
    for k, (views, truth) in enumerate(watch(hall, count, seed)):
        boxes += sum(len(view.detections) for view in views)
        if profile is not None:
            profile.enable()
        began, start = time.perf_counter(), time.process_time()
        tables.append(tracker.step(views))
        seconds[k] = time.process_time() - start
        wall += time.perf_counter() - began
        if profile is not None:
            profile.disable()
        truths.append(truth)
    table = score(Tracks.concatenate(truths), Tracks.concatenate(tables), region=hall.region)
    people = len(np.unique(Tracks.concatenate(truths).identity))
    print(f"  {1e3 * seconds.mean():.2f} ms of CPU time an instant, at most"
          f" {1e3 * seconds.max():.1f}")  # fmt: skip
    print(f"  {count / seconds.sum():.1f} instants/s of CPU time (target {hall.target:.0f}),"
          f" {count / wall:.1f} by the clock; {boxes / count:.0f} boxes an instant")  # fmt: skip
    print(f"  {people} people over the run, {len(tracker.identities.gallery.identities)} in the"
          f" gallery; MOTA {100 * table.rows[0].mota:.1f}%,"
          f" IDF1 {100 * table.rows[0].idf1:.1f}%")  # fmt: skip
    return seconds


def hold(hall: Hall, count: int, seed: int) -> list[float]:
    """Megabytes that Python holds at the end of each fifth of a run of which nothing is kept.

    Events are fetched at every instant, as who follows them live does.
    """
    tracker, held, fifth = RoomTracker(region=hall.region), [], max(count // 5, 1)
    tracemalloc.start()
    for k, (views, _) in enumerate(watch(hall, count, seed), start=1):
        tracker.step(views)
        tracker.events.clear()
        if k % fifth == 0:
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0] / 1e6)
    tracemalloc.stop()
    return held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instants", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--hall", choices=sorted(HALLS), help="this one only")
    parser.add_argument("--memory", action="store_true", help="say how much memory is held")
    parser.add_argument("--profile", action="store_true", help="say where the time goes")
    arguments = parser.parse_args()
    for name, hall in HALLS.items():
        if arguments.hall not in (None, name):
            continue
        print(f"{name}, {arguments.instants} instants at {hall.rate:g}/s")
        profile = cProfile.Profile() if arguments.profile else None
        seconds = run(hall, arguments.instants, arguments.seed, profile)
        fifth = max(len(seconds) // 5, 1)
        first, last = seconds[:fifth].sum(), seconds[-fifth:].sum()
        print(f"  last fifth / first fifth of the instants: {last / first:.2f} in time")
        if arguments.memory:
            held = hold(hall, arguments.instants, arguments.seed)
            parts = ", ".join(f"{size:.2f}" for size in held)
            print(f"  MB held at the end of each fifth: {parts}")
        if profile is not None:
            for order in ("cumulative", "tottime"):
                pstats.Stats(profile).sort_stats(order).print_stats(15)


if __name__ == "__main__":
    main()

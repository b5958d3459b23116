"""How fast the simulated room is drawn and iterated. Run on one core:

taskset -c 0 env OMP_NUM_THREADS=1 python benchmarks/rendering.py
"""

import argparse
import time

import cv2
import numpy as np

from reid_mot.sequences.simulated import SimulatedRoom


def measure_pictures(seed: int, views: int) -> None:
    """Views a second while the room is full; what is made once is made before."""
    room = SimulatedRoom(seed=seed, duration=180.0)
    count = np.bincount(room.walks.instant, minlength=len(room))
    full = np.flatnonzero(count == room.present)[: -(-views // 4)]
    start = time.perf_counter()
    room.render(0, int(full[0]))
    print(f"first view (textures, backdrops): {time.perf_counter() - start:.2f} s")
    start = time.perf_counter()
    for instant in full:
        for camera in range(4):
            room.render(camera, int(instant))
    seconds = time.perf_counter() - start
    done = 4 * len(full)
    print(f"{done / seconds:.1f} views/s: {done} views of 640x480 with {room.present} people")


def measure_without_pictures(seed: int, duration: float) -> None:
    """Seconds from nothing to the truth and the last view."""
    start = time.perf_counter()
    room = SimulatedRoom(seed=seed, duration=duration, images=False)
    rows = len(room.truth)
    views = sum(len(views) for views in room)
    seconds = time.perf_counter() - start
    print(f"{duration:.0f} s of the room without pictures: {seconds:.1f} s"
          f" ({len(room)} instants, {views} views, {rows} rows of truth)")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--views", type=int, default=800)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    measure_pictures(arguments.seed, arguments.views)
    measure_without_pictures(arguments.seed, 180.0)
    measure_without_pictures(arguments.seed, 750.0)


if __name__ == "__main__":
    main()

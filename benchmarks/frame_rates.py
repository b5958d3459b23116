"""The same simulated room seen 2 to 30 times a second: the same people on the same ways.

env OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/frame_rates.py

A room of 30 instants a second, of which every second, sixth, fifteenth is used. Detections have the
room's usual errors; looks are vectors of the person's own with noise, given with the detections.
Scores are on the floor at 1 m, at the instants that were used.
"""

import argparse
from collections.abc import Iterator

import numpy as np

from reid_mot import RoomTracker, score, track
from reid_mot.sequences import Detections, SimulatedRoom, Tracks, View
from reid_mot.trackers.sightings import iou

STEPS = {30.0: 1, 15.0: 2, 5.0: 6, 2.0: 15}
"""Instants a second, and which of 30 they are."""


class Thinned:
    """Every so manieth instant of a simulated room, with vectors.

    Args:
        room: without pictures.
        step: 1: all instants.
        noise: length of what differs from image to image, against a person's 1; None: no vectors.
        length: of the vectors.
    """

    def __init__(
        self, room: SimulatedRoom, step: int, noise: float | None, length: int = 64
    ) -> None:
        self.room, self.step, self.noise, self.length = room, step, noise, length
        self.name, self.cameras, self.region = room.name, room.cameras, room.region
        self.rate = room.rate / step
        self.truth: Tracks = room.truth[(room.truth.frame - 1) % step == 0]
        rng = np.random.default_rng([room.seed, 7])
        self.faces = rng.normal(size=(room.people + 1, length)) / np.sqrt(length)

    def __len__(self) -> int:
        return len(range(0, len(self.room), self.step))

    def __iter__(self) -> Iterator[tuple[View, ...]]:
        boxes = self.truth.in_boxes()
        for instant in range(0, len(self.room), self.step):
            here = boxes[boxes.frame == instant + 1]
            yield tuple(self._seen(view, here) for view in self.room.at(instant))

    def _seen(self, view: View, truth: Tracks) -> View:
        if self.noise is None:
            return view
        found, mine = view.detections, truth[truth.camera == view.camera.name]
        place = self.room.cameras.index(view.camera)
        rng = np.random.default_rng([self.room.seed, 8, view.frame, place])
        vectors = self.noise * rng.normal(size=(len(found), self.length)) / np.sqrt(self.length)
        if len(mine) and len(found):
            alike = iou(found.boxes, mine.box)
            who = np.where(alike.max(axis=1) > 0.3, mine.identity[alike.argmax(axis=1)], 0)
            vectors[who > 0] += self.faces[who[who > 0]]
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        with_vectors = Detections(found.boxes, found.scores, vectors)
        return View(view.camera, view.frame, view.time, with_vectors)


def main() -> None:
    """A row for each rate."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--noise", type=float, default=0.8)
    options = parser.parse_args()
    rooms = [
        SimulatedRoom(seed, options.seconds, 30.0, images=False) for seed in range(options.seeds)
    ]
    for kind, noise in (("no appearance", None), ("vectors", options.noise)):
        for rate, step in STEPS.items():
            values = []
            for room in rooms:
                thinned = Thinned(room, step, noise)
                rows = track(thinned, RoomTracker(region=room.region))
                best = score(thinned.truth.on_ground(), rows.on_ground()).primary
                values.append((100 * best.mota, 100 * best.idf1, float(best.switches)))
            mota, idf1, switches = (
                ", ".join(f"{x:.1f}".removesuffix(".0") for x in column)
                for column in zip(*values, strict=True)
            )
            print(
                f"{kind:14} {rate:4.0f}/s  MOTA {mota}  IDF1 {idf1}  switches {switches}",
                flush=True,
            )


if __name__ == "__main__":
    main()

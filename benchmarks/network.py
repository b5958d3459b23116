"""Cameras that do not overlap: how much joining them helps, with ways learned, given, or not used.

env OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/network.py

Ten minutes of four cameras along a corridor, as the tests of `NetworkTracker` generate them: people
walk from camera to camera, leave and come back; looks are vectors that differ from image to image
and from camera to camera. Scores are IDF1 over all cameras as one identity space, in percent.
"""

import argparse
import importlib.util
import sys
import time
from pathlib import Path
from types import ModuleType

import numpy as np

from reid_mot import CameraTracker, NetworkTracker, score, track
from reid_mot.trackers import NetworkSettings, Tracker

CORRIDORS = Path(__file__).parents[1] / "tests" / "trackers" / "corridors.py"
LOOKS = {"clear": (0.6, 0.5), "hard": (1.0, 0.8)}
"""Lengths of what differs from image to image, and from camera to camera, against a person's 1."""


def corridors() -> ModuleType:
    """The generator of the tests."""
    spec = importlib.util.spec_from_file_location("corridors", CORRIDORS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["corridors"] = module
    spec.loader.exec_module(module)
    return module


def trackers(usual: dict[tuple[str, str], float]) -> dict[str, Tracker]:
    """What is compared."""
    ways = tuple((a, b, 0.5 * seconds, 1.6 * seconds) for (a, b), seconds in usual.items())
    return {
        "each camera by itself": CameraTracker(),
        "joined, looks alone": NetworkTracker(settings=NetworkSettings(travel=0)),
        "joined, ways learned": NetworkTracker(),
        "joined, ways given": NetworkTracker(settings=NetworkSettings(ways=ways)),
    }


def main() -> None:
    """A row for each tracker and kind of looks."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--people", type=int, default=12)
    parser.add_argument("--each", action="store_true", help="print every run")
    options = parser.parse_args()
    made = corridors()
    for name, (noise, shift) in LOOKS.items():
        found: dict[str, list[tuple[float, float, float]]] = {}
        for seed in range(options.seeds):
            look = made.drawn_looks(noise, shift, seed)
            sequence = made.Corridors(look, seed, options.people, options.seconds)
            for kind, tracker in trackers(dict(made.CORRIDOR)).items():
                began = time.process_time()
                rows = track(sequence, tracker)
                spent = (time.process_time() - began) / len(sequence)
                table = score(sequence.truth, rows)
                (row,) = (row for row in table.rows if row.kind == "pooled")
                found.setdefault(kind, []).append((row.idf1, row.mota, spent))
                if options.each:
                    print(name, seed, kind, f"{100 * row.idf1:.1f}", flush=True)
        for kind, values in found.items():
            idf1, mota, spent = np.array(values).T
            each = " ".join(f"{100 * value:.1f}" for value in idf1)
            print(
                f"{name:6} {kind:24} IDF1 {100 * idf1.mean():5.1f} ({each})"
                f"  MOTA {100 * mota.mean():5.1f}  {1000 * spent.mean():.2f} ms an instant",
                flush=True,
            )


if __name__ == "__main__":
    main()

"""How long scoring takes: ours, motmetrics and, where installed, TrackEval, in one process.

    OMP_NUM_THREADS=1 python benchmarks/scoring.py [--frames 3000] [--people 7] [--repeats 3]

Four calibrated cameras in the corners of a room of 5 x 6 m see people who walk about. The
prediction is the truth with jittered boxes, misses, false boxes and some changes of identity.
Ours is `score`: every row, HOTA included. The others get less to do: motmetrics the CLEAR and
identity measures of the cameras' boxes (no HOTA, no pooled row, no ground), TrackEval the CLEAR,
identity and HOTA measures of the same; both are given finished matrices of IoU.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np

from reid_mot.matching import Rows, box_iou
from reid_mot.scores import score
from reid_mot.sequences import Camera, Tracks
from reid_mot.sequences.cameras import Floats

ROOM = np.array([5.0, 6.0])
SIZE = (640, 480)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--frames", type=int, default=3000)
    parser.add_argument("--people", type=int, default=7)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    rng = np.random.default_rng(7)
    truth = walk(options.frames, options.people, rng)
    predicted = disturb(truth, rng)
    print(f"4 cameras, {options.frames} frames, {options.people} people:", end=" ")
    print(f"{len(truth)} true and {len(predicted)} predicted boxes; best of {options.repeats} runs")
    ours = best_of(options.repeats, lambda: score(truth, predicted))
    print(f"ours, every row and measure            {ours:6.2f} s")
    matrices = [by_instant(truth, predicted, camera) for camera in truth.cameras]
    for name, run in (("motmetrics", motmetrics), ("trackeval", trackeval)):
        if importlib.util.find_spec(name) is None:
            print(f"{name}: not installed")
            continue
        theirs = best_of(1, partial(run, matrices))
        print(
            f"{name:<10}, cameras' boxes alone        {theirs:6.2f} s, {theirs / ours:.1f} x ours"
        )


def best_of(repeats: int, run: Callable[[], object]) -> float:
    """The shortest of several runs in seconds of wall time."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def corner_cameras() -> list[Camera]:
    """Cameras 2.5 m high in the corners that look at the middle of the floor, 80 degrees wide."""
    focal = SIZE[0] / 2 / np.tan(np.radians(40))
    lens = np.array([[focal, 0, SIZE[0] / 2], [0, focal, SIZE[1] / 2], [0, 0, 1]])
    cameras = []
    for k, (x, y) in enumerate(((0, 0), (5, 0), (5, 6), (0, 6))):
        position = np.array([x, y, 2.5])
        ahead = np.array([2.5, 3.0, 0.8]) - position
        ahead /= np.linalg.norm(ahead)
        right = np.cross(ahead, [0, 0, 1.0])
        right /= np.linalg.norm(right)
        rotation = np.stack([right, np.cross(ahead, right), ahead])
        outer = np.column_stack([rotation, -rotation @ position])
        cameras.append(Camera(f"corner{k + 1}", SIZE, projection=lens @ outer))
    return cameras


def walk(frames: int, people: int, rng: np.random.Generator) -> Tracks:
    """People on smooth random paths, seen as boxes by every camera that has them in view."""
    time_axis = np.arange(frames)[:, None, None] / 15
    speed = rng.uniform(0.05, 0.25, (1, people, 2))
    phase = rng.uniform(0, 2 * np.pi, (1, people, 2))
    place = ROOM * (0.5 + 0.42 * np.sin(2 * np.pi * speed * 0.3 * time_axis + phase))
    ground = place.reshape(-1, 2)
    frame = np.repeat(np.arange(1, frames + 1), people)
    identity = np.tile(np.arange(people), frames)
    tables = []
    for camera in corner_cameras():
        box = standing_boxes(camera, ground)
        seen = np.isfinite(box).all(axis=1) & (box[:, 2] > 0) & (box[:, 0] < SIZE[0])
        seen &= (box[:, 3] > 0) & (box[:, 1] < SIZE[1]) & (box[:, 3] - box[:, 1] < 2 * SIZE[1])
        tables.append(Tracks(frame[seen], camera.name, identity[seen], box[seen], ground[seen]))
    return Tracks.concatenate(tables)


def standing_boxes(camera: Camera, ground: Floats) -> Floats:
    """Boxes of people 1.7 m tall, (n, 4) pixels; NaN behind the camera."""
    feet, head = camera.to_pixels(ground), camera.to_pixels(ground, height=1.7)
    half = 0.18 * np.abs(feet[:, 1] - head[:, 1])
    middle = (feet[:, 0] + head[:, 0]) / 2
    return np.column_stack([middle - half, head[:, 1], middle + half, feet[:, 1]])


def disturb(truth: Tracks, rng: np.random.Generator) -> Tracks:
    """A tracker's mistakes: 8% misses, 4% false boxes, jitter, a new identity each 1500 frames."""
    kept = truth[rng.random(len(truth)) > 0.08]
    # Positions err by instant and person: all cameras agree on them.
    at = np.unique(np.column_stack([kept.frame, kept.identity]), axis=0, return_inverse=True)[1]
    error = rng.normal(0, 0.1, (len(kept), 2))[at]
    identity = kept.identity + 100 * ((kept.frame + 200 * kept.identity) // 1500)
    box = kept.box + rng.normal(0, 4, kept.box.shape)
    moved = Tracks(kept.frame, kept.camera, identity, box, kept.ground + error)
    stray = moved[rng.random(len(moved)) < 0.04]
    shift = rng.uniform(40, 200, (len(stray), 1)) * [1, 0, 1, 0]
    ground = stray.ground + rng.uniform(-2, 2, (len(stray), 2))
    # Short-lived identities, fifty at a time, so that none stands twice in an image.
    count = np.arange(len(stray))
    number = 10_000 + count % 50 + count // 1000 * 50
    return Tracks.concatenate(
        [moved, Tracks(stray.frame, stray.camera, number, stray.box + shift, ground)]
    )


Instants = list[tuple[np.ndarray, np.ndarray, np.ndarray]]


def by_instant(truth: Tracks, predicted: Tracks, camera: str) -> Instants:
    """True identities, predicted identities and their (n, m) IoU at each frame of one camera."""
    tables = [
        Rows.ordered(table.frame, table.identity, table.box)
        for table in (truth.in_boxes(camera), predicted.in_boxes(camera))
    ]
    instants = []
    for frame in range(int(truth.frame.min()), int(truth.frame.max()) + 1):
        low = [np.searchsorted(rows.time, frame) for rows in tables]
        high = [np.searchsorted(rows.time, frame + 1) for rows in tables]
        (t, a), (p, b) = (
            (rows.identity[i:j], rows.place[i:j])
            for rows, i, j in zip(tables, low, high, strict=True)
        )
        overlap = box_iou(np.repeat(a, len(b), axis=0), np.tile(b, (len(a), 1)))
        instants.append((t, p, overlap.reshape(len(a), len(b))))
    return instants


def motmetrics(cameras: list[Instants]) -> None:
    import motmetrics as mm

    names = ["mota", "motp", "idf1", "idp", "idr", "num_switches", "num_false_positives"]
    names += ["num_misses", "mostly_tracked", "mostly_lost", "num_fragmentations"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for instants in cameras:
            accumulator = mm.MOTAccumulator(auto_id=True)
            for truth, predicted, overlap in instants:
                accumulator.update(truth, predicted, np.where(overlap < 0.5, np.nan, 1 - overlap))
            mm.metrics.create().compute(accumulator, metrics=names)


def trackeval(cameras: list[Instants]) -> None:
    from trackeval.metrics import CLEAR, HOTA, Identity

    for instants in cameras:
        truth, t = np.unique(np.concatenate([i[0] for i in instants]), return_inverse=True)
        found, p = np.unique(np.concatenate([i[1] for i in instants]), return_inverse=True)
        data = {
            "num_timesteps": len(instants),
            "num_gt_ids": len(truth),
            "num_tracker_ids": len(found),
            "num_gt_dets": len(t),
            "num_tracker_dets": len(p),
            "gt_ids": np.split(t, np.cumsum([len(i[0]) for i in instants])[:-1]),
            "tracker_ids": np.split(p, np.cumsum([len(i[1]) for i in instants])[:-1]),
            "similarity_scores": [i[2] for i in instants],
        }
        quiet = {"PRINT_CONFIG": False}
        for metric in (CLEAR(quiet), Identity(quiet), HOTA()):
            metric.eval_sequence(data)


if __name__ == "__main__":
    main()

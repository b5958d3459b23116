"""Our trackers and other people's on the same detections and vectors, side by side.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/tracking_peers.py [--seconds 150]

The sequence is the simulated room: four cameras, up to seven of twelve people at a time who leave
and come back, detections with misses, false boxes and jitter; vectors are drawn (`given_vectors`).
`--hall` takes the hall of `tracking.py` with some thirty detections in each of four cameras
instead. Others take part where Python finds them (PYTHONPATH): trackers with supervision, norfair,
deep-sort-realtime, boxmot, and the folder of the Open Model Zoo's multi-camera demo, which wants
tensorboardX. The repository itself must not be there: its folder `trackers` would hide the package.
They run in a process of their own each, one after the other.

Columns: MOTA and IDF1 of the boxes, identities within each camera only; IDF1 and HOTA of the same
boxes with one identity space for all cameras; MOTA and IDF1 on the floor within 1 m. Who does not
say where people stand is given what our tracker starts from: each box's place by the camera's
calibration, the mean over the cameras for one identity. Since one person has an identity in each
camera then, there are two more pairs of columns for them: on the floor with the rows of the one
camera that gives the best IDF1; and after all is over, with tracks of different cameras joined by
where they walked (`joining`), which no online tracker could do.
"""

import argparse
import multiprocessing
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from given_vectors import RoomWithVectors, distances_between
from joining import join_tracks, place_boxes
from peer_trackers import (
    OpenVINODemo,
    PerCamera,
    by_boxmot,
    by_deep_sort_realtime,
    by_norfair,
    by_trackers,
)
from tracking import HALLS, watch

from reid_mot import CameraTracker, RoomTracker, score
from reid_mot.scores import Scores
from reid_mot.sequences import Camera, Detections, SimulatedRoom, Tracks, View
from reid_mot.trackers import CameraSettings

THRESHOLD = 0.5
"""Half way between the same person's distances and others': what settings are told to use."""


class Case(NamedTuple):
    """What is tracked, and the truth."""

    views: list[tuple[View, ...]]
    truth: Tracks
    region: np.ndarray
    rate: float

    @property
    def cameras(self) -> list[Camera]:
        """All of them."""
        return [view.camera for view in self.views[0]]


class WithoutVectors:
    """A tracker that is shown no vectors."""

    def __init__(self, tracker: Any) -> None:
        self.tracker = tracker

    def step(self, views: Sequence[View]) -> Tracks:
        """Rows of this instant."""
        bare = [
            View(v.camera, v.frame, v.time, Detections(v.detections.boxes, v.detections.scores))
            for v in views
        ]
        return self.tracker.step(bare)


def contestants(case: Case) -> dict[str, Callable[[], Any]]:
    """How each tracker is made. "told": given the threshold, and it never forgets."""
    forever, size = len(case.views), case.cameras[0].size
    told = {"max_cosine_distance": THRESHOLD, "max_age": forever, "nn_budget": 100}
    single: dict[str, Callable[[], Any]] = {
        "trackers, SORT": partial(by_trackers, "SORTTracker", case.rate),
        "trackers, ByteTrack": partial(by_trackers, "ByteTrackTracker", case.rate),
        "trackers, BoT-SORT": partial(by_trackers, "BoTSORTTracker", case.rate),
        "norfair": partial(by_norfair, None),
        "norfair with re-id": partial(by_norfair, 500, THRESHOLD),
        "norfair with re-id, told": partial(by_norfair, forever, THRESHOLD),
        "deep-sort-realtime": by_deep_sort_realtime,
        "deep-sort-realtime, told": partial(by_deep_sort_realtime, **told),
        "boxmot, BoT-SORT": partial(by_boxmot, "botsort", size),
        "boxmot, StrongSORT": partial(by_boxmot, "strongsort", size),
        "boxmot, StrongSORT, told": partial(
            by_boxmot, "strongsort", size, max_cos_dist=THRESHOLD, max_age=forever
        ),
    }
    region = case.region
    return {
        "ours, RoomTracker": lambda: RoomTracker(region=region),
        "ours, RoomTracker, no vectors": lambda: WithoutVectors(RoomTracker(region=region)),
        "ours, CameraTracker": CameraTracker,
        "ours, CameraTracker, returning": lambda: CameraTracker(
            settings=CameraSettings(returning=True)
        ),
        **{name: partial(PerCamera, make) for name, make in single.items()},
        "OpenVINO demo": lambda: OpenVINODemo(case.cameras),
        "OpenVINO demo, told": lambda: OpenVINODemo(case.cameras, THRESHOLD),
    }


def follow(make: Callable[[], Any], case: Case, pipe: Any) -> None:
    """Run a tracker and send its rows and its CPU seconds of each instant; None: not there."""
    try:
        tracker = make()
        tables, seconds = [], np.empty(len(case.views))
        for k, views in enumerate(case.views):
            start = time.process_time()
            tables.append(tracker.step(views))
            seconds[k] = time.process_time() - start
        if hasattr(tracker, "finish"):
            tables.append(tracker.finish())
    except ImportError as error:
        pipe.send(f"not found: {error}")
        return
    rows = Tracks.concatenate(tables)
    pipe.send((rows.frame, rows.camera, rows.identity, rows.box, rows.ground, seconds))


def measured(make: Callable[[], Any], case: Case) -> tuple[Tracks, np.ndarray] | str:
    """The rows and CPU seconds of a tracker in a process of its own, or why there are none."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=follow, args=(make, case, theirs))
    child.start()
    theirs.close()
    try:
        found = ours.recv()
    except EOFError:
        found = "failed"
    child.join()
    return found if isinstance(found, str) else (Tracks(*found[:5]), found[5])


class Columns(NamedTuple):
    """Percentages, NaN for what does not apply."""

    camera_mota: float = np.nan
    camera_idf1: float = np.nan
    pooled_idf1: float = np.nan
    pooled_hota: float = np.nan
    world_mota: float = np.nan
    world_idf1: float = np.nan
    best_mota: float = np.nan
    best_idf1: float = np.nan
    joined_pooled: float = np.nan
    joined_mota: float = np.nan
    joined_idf1: float = np.nan


HEADS = ("MOTA", "IDF1", "IDF1", "HOTA", "MOTA", "IDF1", "MOTA", "IDF1", "multi", "MOTA", "IDF1")
GROUPS = ("per camera", "multi-camera", "floor", "floor, best cam.", "floor, joined afterwards")


def judge(case: Case, rows: Tracks) -> Columns:
    """All columns of one tracker's rows."""
    placed = rows if rows.has_ground.any() else place_boxes(rows, case.cameras)
    values = in_boxes(case, placed, ("camera_mota", "camera_idf1"), ("pooled_idf1", "pooled_hota"))
    values |= on_floor(case, placed, "world")
    if placed is rows:
        return Columns(**values)
    singles = [
        on_floor(case, placed[placed.camera == camera.name], "best") for camera in case.cameras
    ]
    values |= max(singles, key=lambda single: single["best_idf1"])
    joined = place_boxes(join_tracks(placed), case.cameras)
    values |= on_floor(case, joined, "joined") | in_boxes(case, joined, (), ("joined_pooled",))
    return Columns(**values)


def in_boxes(
    case: Case, rows: Tracks, sums: Sequence[str], pooled: Sequence[str]
) -> dict[str, float]:
    """Scores in the images, under these names; none without true boxes."""
    if not case.truth.has_box.any():
        return {}
    table = score(case.truth, rows, region=case.region, gates=(1.0,)).rows
    kinds: dict[str, Scores] = {row.kind: row for row in table}
    found = zip(sums, (kinds["sum"].mota, kinds["sum"].idf1), strict=False)
    more = zip(pooled, (kinds["pooled"].idf1, kinds["pooled"].hota), strict=False)
    return {name: 100 * value for name, value in (*found, *more)}


def on_floor(case: Case, rows: Tracks, name: str) -> dict[str, float]:
    """MOTA and IDF1 on the floor."""
    truth, found = case.truth.on_ground(), rows.on_ground()
    row = score(truth, found, region=case.region, gates=(1.0,)).rows[0]
    return {f"{name}_mota": 100 * row.mota, f"{name}_idf1": 100 * row.idf1}


def room_case(seconds: float, seed: int) -> Case:
    sequence = RoomWithVectors(SimulatedRoom(seed=seed, duration=seconds, images=False))
    views = list(sequence)
    same, other = distances_between(views, sequence.shown, np.random.default_rng(0), 500_000)
    print(
        f"cosine distances of clear pictures: of one person {same.mean():.2f} (deviation"
        f" {same.std():.2f}), of two {other.mean():.2f} ({other.std():.2f})"
    )
    return Case(views, sequence.truth, sequence.region, sequence.rate)


def hall_case(seconds: float, seed: int) -> Case:
    hall = HALLS["4 cameras, 30 boxes each"]
    views, truth = zip(*watch(hall, round(seconds * hall.rate), seed), strict=True)
    return Case(list(views), Tracks.concatenate(truth), hall.region, hall.rate)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=150.0, help="length of the sequence")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--hall", action="store_true", help="many people, floor only")
    parser.add_argument("--only", default="", help="trackers whose name contains this")
    options = parser.parse_args()
    case = (hall_case if options.hall else room_case)(options.seconds, options.seed)
    count = sum(len(view.detections) for views in case.views for view in views)
    print(
        f"{len(case.views)} instants of {len(case.cameras)} cameras, {case.rate:g} a second;"
        f" {count / len(case.views):.1f} detections an instant;"
        f" {len(np.unique(case.truth.identity))} people"
    )
    print(f"{'':31}  {'per camera':11}  {'multi-camera':12} {'floor':11}  {'best camera':11}"
          f"  joined afterwards  {'identi-':>7} CPU ms")  # fmt: skip
    print(f"{'':31}" + "".join(f" {head:>5}" for head in HEADS) + f" {'ties':>7} per set  growth")
    for name, make in contestants(case).items():
        if options.only not in name:
            continue
        found = measured(make, case)
        if isinstance(found, str):
            print(f"{name:31} {found}")
            continue
        rows, seconds = found[0], found[1][1:]  # the first instant loads the library
        part = max(len(seconds) // 5, 1)
        values = "".join("     -" if np.isnan(v) else f" {v:5.1f}" for v in judge(case, rows))
        print(
            f"{name:31}{values} {len(np.unique(rows.identity)):7d} {1e3 * seconds.mean():7.2f}"
            f" {np.median(seconds[-part:]) / np.median(seconds[:part]):7.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()

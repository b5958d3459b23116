"""Other people's trackers behind our protocol: `step(views)` gives the rows of one instant.

Each takes part where it can be imported (PYTHONPATH). All but one follow a single camera: one of
theirs for each of our cameras, identities kept apart. They run with the settings that they
publish; where the settings of a row differ, its name says so. Cameras do not move, so no motion of
the camera is compensated. What is reported is what their own documentation shows: confirmed tracks,
with the filtered box.
"""

import random
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reid_mot.sequences import Camera, Detections, Tracks, View

Rows = tuple[Any, Any]
"""Identities (n,) and boxes (n, 4) of one camera at one instant."""

Follow = Callable[[Detections], Rows]


class PerCamera:
    """One tracker a camera, identities of different cameras different.

    Args:
        make: makes a tracker of one camera.
    """

    def __init__(self, make: Callable[[], Follow]) -> None:
        self.make = make
        self._follow: dict[str, Follow] = {}
        self._number: dict[tuple[str, int], int] = {}

    def step(self, views: Sequence[View]) -> Tracks:
        """Rows of all cameras."""
        return Tracks.concatenate([self._rows(view) for view in views])

    def _rows(self, view: View) -> Tracks:
        name = view.camera.name
        if name not in self._follow:
            self._follow[name] = self.make()
        theirs, boxes = self._follow[name](view.detections)
        numbers = [
            self._number.setdefault((name, int(k)), len(self._number) + 1) for k in list(theirs)
        ]
        box = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
        return Tracks(np.full(len(box), view.frame), name, numbers, box)


def by_trackers(kind: str, rate: float) -> Follow:
    """`trackers` (Roboflow): SORT, ByteTrack and BoT-SORT; none takes appearance."""
    import supervision

    import trackers

    more = {"enable_cmc": False} if kind == "BoTSORTTracker" else {}
    tracker = getattr(trackers, kind)(frame_rate=rate, **more)

    def follow(found: Detections) -> Rows:
        given = supervision.Detections(
            found.boxes.astype(np.float32),
            confidence=found.scores.astype(np.float32),
            class_id=np.zeros(len(found), dtype=int),
        )
        rows = tracker.update(given)
        if rows.tracker_id is None:
            return [], []
        kept = rows.tracker_id >= 0
        return rows.tracker_id[kept], rows.xyxy[kept]

    return follow


def by_norfair(memory: int | None, threshold: float = 0.5) -> Follow:
    """`norfair` by IoU; with a memory, in instants, also by the nearest of the past vectors."""
    import norfair

    def apart(new: Any, old: Any) -> float:
        new, old = ([d.embedding for d in track.past_detections] for track in (new, old))
        return float(1 - (np.array(new) @ np.array(old).T).max()) if new and old else 2.0

    more: dict[str, Any] = {}
    if memory is not None:
        more = {
            "past_detections_length": 5,
            "reid_distance_function": apart,
            "reid_distance_threshold": threshold,
            "reid_hit_counter_max": memory,
        }
    tracker = norfair.Tracker(distance_function="iou", distance_threshold=0.7, **more)

    def follow(found: Detections) -> Rows:
        vectors = found.embeddings if found.embeddings is not None else [None] * len(found)
        given = [
            norfair.Detection(box.reshape(2, 2), np.full(2, score), embedding=vector)
            for box, score, vector in zip(found.boxes, found.scores, vectors, strict=True)
        ]
        rows = [track for track in tracker.update(given) if track.live_points.any()]
        return [track.id for track in rows], [track.estimate.ravel() for track in rows]

    return follow


def by_deep_sort_realtime(**settings: Any) -> Follow:
    """`deep-sort-realtime`, vectors given."""
    from deep_sort_realtime.deepsort_tracker import DeepSort

    tracker = DeepSort(embedder=None, **settings)

    def follow(found: Detections) -> Rows:
        sizes = np.hstack([found.boxes[:, :2], found.boxes[:, 2:] - found.boxes[:, :2]])
        given = [
            (size, score, "person")
            for size, score in zip(sizes.tolist(), found.scores.tolist(), strict=True)
        ]
        rows = tracker.update_tracks(given, embeds=list(found.embeddings))
        rows = [t for t in rows if t.is_confirmed() and t.time_since_update <= 1]
        return [int(t.track_id) for t in rows], [t.to_ltrb() for t in rows]

    return follow


def by_boxmot(name: str, size: tuple[int, int], **settings: Any) -> Follow:
    """`boxmot` with the settings of its own files, vectors given."""
    import torch
    from boxmot.structures.detections import Detections as Given
    from boxmot.structures.geometry import Boxes
    from boxmot.trackers import TrackerSpec, create_tracker

    tracker = create_tracker(TrackerSpec(name, options=tuple(sorted(settings.items()))))
    tracker.cmc = None
    image = np.zeros((size[1], size[0], 3), dtype=np.uint8)

    def follow(found: Detections) -> Rows:
        rows = tracker.update(
            Given(
                Boxes(torch.from_numpy(found.boxes.astype(np.float32))),
                torch.from_numpy(found.scores.astype(np.float32)),
                torch.zeros(len(found), dtype=torch.int64),
                "instant",
                embeddings=torch.from_numpy(found.embeddings),
            ),
            image,
        )
        return rows.track_ids.numpy(), rows.geometry.values.numpy()

    return follow


class OpenVINODemo:
    """The multi-camera demo of the Open Model Zoo: the one peer with one identity space.

    It knows appearance only. Its rows are read from the history that it leaves at the end, with
    all corrections, which is more than it knew at the time.

    Args:
        cameras: all of them.
        same: greatest cosine distance for tracks of two cameras, and within one; None: its own
            settings for people.
    """

    def __init__(self, cameras: Sequence[Camera], same: float | None = None) -> None:
        from configs import person
        from mc_tracker.mct import MultiCameraTracker

        random.seed(person.random_seed)
        within, between = dict(vars(person.sct_config)), dict(vars(person.mct_config))
        if same is not None:  # It halves cosine distances.
            between["global_match_thresh"] = same / 2
            within |= {"match_threshold": same / 2, "merge_thresh": same / 2}
        self.names = [camera.name for camera in cameras]
        self.tracker = MultiCameraTracker(
            len(cameras), object(), SimpleNamespace(**within), visual_analyze=None, **between
        )
        self.frames: list[int] = []
        self._given: list[dict[tuple[int, ...], NDArray[np.float32]]] = []
        for index, single in enumerate(self.tracker.scts):
            single._get_embeddings = lambda _, boxes, __, index=index: [
                self._given[index][tuple(box)] for box in boxes
            ]

    def step(self, views: Sequence[View]) -> Tracks:
        """Nothing yet: see `finish`."""
        self.frames.append(views[0].frame)
        found = [[tuple(map(int, box)) for box in v.detections.boxes.tolist()] for v in views]
        self._given = [
            dict(zip(boxes, view.detections.embeddings.copy(), strict=True))
            for boxes, view in zip(found, views, strict=True)
        ]
        self.tracker.process([None] * len(views), found, [[] for _ in views])
        return Tracks.empty()

    def finish(self) -> Tracks:
        """All rows."""
        rows: dict[tuple[int, str, int], Any] = {}
        for name, tracks in zip(self.names, self.tracker.get_all_tracks_history(), strict=True):
            for track in tracks:
                for time, box in zip(track["timestamps"], track["boxes"], strict=True):
                    if len(track["timestamps"]) > 10:  # as it shows them
                        rows.setdefault((self.frames[time], name, int(track["id"])), box)
        frame, camera, identity = zip(*rows, strict=True) if rows else ([], [], [])
        boxes = np.array(list(rows.values()), dtype=np.float64).reshape(-1, 4)
        return Tracks(frame, list(camera), identity, boxes)

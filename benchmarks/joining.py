"""What a tracker of single cameras lacks for the floor, added afterwards: places, and joining."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from reid_mot.sequences import Camera, Tracks
from reid_mot.trackers.localisation import BoxNoise, locate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEAR = 0.75
"""Metres: tracks of two cameras that are farther apart on average are two people."""

TOGETHER = 8
"""Instants for which two tracks must be there at once to be compared."""


def place_boxes(rows: Tracks, cameras: Sequence[Camera]) -> Tracks:
    """The same rows with where each person stands: the mean over the cameras that see him."""
    place = np.full((len(rows), 2), np.nan)
    for camera in cameras:
        mine = rows.camera == camera.name
        place[mine] = locate(camera, rows.box[mine], BoxNoise())[0]
    key = np.column_stack([rows.frame, rows.identity])
    _, group = np.unique(key, axis=0, return_inverse=True)
    group = group.reshape(-1)
    known = np.isfinite(place).all(axis=1)
    count = np.bincount(group, known)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = [np.bincount(group, np.where(known, place[:, k], 0.0)) / count for k in (0, 1)]
    ground = np.column_stack(mean)[group]
    return Tracks(rows.frame, rows.camera, rows.identity, rows.box, ground, rows.confidence)


def join_tracks(rows: Tracks) -> Tracks:
    """The same rows, one identity for tracks of different cameras that walked together.

    The nearest pairs first, each mean distance at most `NEAR`; never two tracks of which one
    camera saw both at once. With the whole run at hand, tracks that follow each other in one
    camera are joined too if another camera's track bridges them.

    Args:
        rows: of single cameras, with ground positions; an identity may be in several cameras.
    """
    cameras, camera = np.unique(rows.camera, return_inverse=True)
    names, track = np.unique(rows.identity * len(cameras) + camera, return_inverse=True)
    distance, apart = _compare(rows, track, camera, len(names))
    group = np.unique(names // len(cameras), return_inverse=True)[1].astype(np.int64)
    order = np.argsort(distance, axis=None, kind="stable")
    for a, b in zip(*np.unravel_index(order, distance.shape), strict=True):
        if not distance[a, b] < NEAR:
            break
        first, second = group == group[a], group == group[b]
        if group[a] != group[b] and not apart[np.ix_(first, second)].any():
            group[second] = group[a]
    return Tracks(rows.frame, rows.camera, group[track], rows.box, rows.ground, rows.confidence)


def _compare(
    rows: Tracks, track: Ints, camera: Ints, count: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Mean distances (tracks, tracks), upper triangle, infinite where they were not together;
    and which pairs one camera saw at once."""
    total, times = np.zeros((count, count)), np.zeros((count, count))
    apart = np.zeros((count, count), dtype=bool)
    order = np.argsort(rows.frame, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(rows.frame[order])) + 1):
        for i, j in combinations(part[np.argsort(track[part])].tolist(), 2):
            a, b = track[i], track[j]
            if camera[i] == camera[j]:
                apart[a, b] = apart[b, a] = True
                continue
            far = np.hypot(*(rows.ground[i] - rows.ground[j]))
            if np.isfinite(far):
                total[a, b] += min(float(far), 3.0)
                times[a, b] += 1
    enough = times >= TOGETHER
    mean = np.full((count, count), np.inf)
    mean[enough] = total[enough] / times[enough]
    return mean, apart

"""Tracks cut into pieces that are surely one person's, and where each begins and ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..sequences import GROUND, Tracks
from .portraits import Portraits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Vectors = NDArray[np.float32]

ENDS = 0.6
"""Seconds at an end of a tracklet over which its speed is measured."""

LEAST = 3
"""Points from which a speed is measured, however long they took."""

FASTEST = 3.0
"""Metres per second, or heights of the box, beyond which a measured speed is an error."""


@dataclass(frozen=True, eq=False)
class Tracklet:
    """A piece of a track without gaps, on the floor or in one camera's image.

    Args:
        identity: as the tracker had it.
        place: the camera's name, or `GROUND` for the floor.
        rows: (n,) of the table of tracks; on the floor those of all cameras.
        row_times: (n,) seconds.
        times: (k,) seconds, ascending, each once.
        points: (k, 2) metres, or pixels of the middle of the box.
        unit: length by which distances are measured: 1 m, or the mean height of the box, pixels.
        vectors: (m, d) what the person looked like, in order of time.
        taken: (m,) seconds at which.
        whole: whether it begins and ends where the tracker said, and is no part of a tracklet.
    """

    identity: int
    place: str
    rows: Ints
    row_times: Floats
    times: Floats
    points: Floats
    unit: float
    vectors: Vectors
    taken: Floats
    whole: bool = True

    @property
    def begin(self) -> float:
        """Seconds, the first sight."""
        return float(self.times[0])

    @property
    def end(self) -> float:
        """Seconds, the last sight."""
        return float(self.times[-1])

    def velocity(self, last: bool) -> Floats:
        """(2,) per second, of a straight line through the points at one end."""
        near = self.times >= self.end - ENDS if last else self.times <= self.begin + ENDS
        count = max(int(near.sum()), LEAST)
        part = slice(-count, None) if last else slice(count)
        times, points = self.times[part], self.points[part]
        if len(times) < LEAST:
            return np.zeros(2)
        centred = times - times.mean()
        speed = centred @ points / (centred @ centred)
        size = float(np.hypot(*speed)) / self.unit
        return np.asarray(speed if size <= FASTEST else speed * (FASTEST / size))


def cut(
    tracks: Tracks,
    times: Mapping[int, float],
    portraits: Portraits,
    gap: float,
    crowd: float,
) -> list[Tracklet]:
    """Cut tracks where somebody was not seen for a while, and where two were very close.

    Args:
        tracks: rows with ground positions are cut on the floor, others camera by camera.
        times: seconds by frame number.
        portraits: what people looked like.
        gap: seconds without a row that end a tracklet.
        crowd: metres, or heights of boxes, below which two people may have been exchanged: both
            are cut where they were closest. 0: never.

    Returns:
        the pieces in order of time; every row is in one.

    Raises:
        ValueError: a frame without a time.
    """
    unknown = np.setdiff1d(tracks.frame, np.array([*times], dtype=np.int64))
    if len(unknown):
        raise ValueError(f"frame {unknown[0]} of the tracks has no time")
    time = np.array([times[k] for k in tracks.frame.tolist()], dtype=np.float64)
    place = np.where(tracks.has_ground, GROUND, tracks.camera)
    point = np.where(tracks.has_ground[:, None], tracks.ground, _middle(tracks))
    unit = np.where(tracks.has_ground, 1.0, tracks.box[:, 3] - tracks.box[:, 1])
    apart = _closest(tracks, place, point, unit, crowd) if crowd > 0 else {}
    found = []
    for rows in _groups(tracks.identity, place):
        rows = rows[np.argsort(time[rows], kind="stable")]
        breaks = np.diff(time[rows]) > gap
        moments = apart.get((int(tracks.identity[rows[0]]), str(place[rows[0]])), [])
        cuts = np.isin(tracks.frame[rows[1:]], moments)
        breaks |= cuts & (np.diff(tracks.frame[rows]) > 0)
        parts = np.split(rows, np.flatnonzero(breaks) + 1)
        found += [_tracklet(part, tracks, time, str(place[part[0]]), point, unit) for part in parts]
    found.sort(key=lambda one: (one.begin, one.identity))
    return _with_looks(found, tracks, times, portraits)


def part(one: Tracklet, low: float, high: float) -> Tracklet:
    """What lies in [low, high) seconds; there has to be something."""
    inside = (one.times >= low) & (one.times < high)
    taken = (one.taken >= low) & (one.taken < high)
    return replace(
        one,
        rows=one.rows[(one.row_times >= low) & (one.row_times < high)],
        row_times=one.row_times[(one.row_times >= low) & (one.row_times < high)],
        times=one.times[inside],
        points=one.points[inside],
        vectors=one.vectors[taken],
        taken=one.taken[taken],
        whole=False,
    )


def in_turn(pieces: Sequence[Tracklet]) -> list[Tracklet]:
    """One person's pieces, each of which ends when the next one begins."""
    found: list[Tracklet] = []
    for one in sorted(pieces, key=lambda piece: piece.begin):
        while found and found[-1].end >= one.begin:
            last = found.pop()
            if last.begin < one.begin:
                found.append(part(last, -np.inf, one.begin))
        found.append(one)
    return found


def _middle(tracks: Tracks) -> Floats:
    return np.asarray((tracks.box[:, :2] + tracks.box[:, 2:]) / 2)


def _groups(identity: Ints, place: NDArray[np.str_]) -> list[Ints]:
    """Rows of each identity in each place."""
    if len(identity) == 0:
        return []
    names, number = np.unique(place, return_inverse=True)
    key = identity * len(names) + number
    order = np.argsort(key, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(key[order])) + 1)


def _closest(
    tracks: Tracks, place: NDArray[np.str_], point: Floats, unit: Floats, crowd: float
) -> dict[tuple[int, str], list[int]]:
    """Frames at which two people in one place are closest, once for each time they meet."""
    meetings: dict[tuple[int, int, str], list[tuple[int, float]]] = {}
    order = np.lexsort((tracks.identity, place, tracks.frame))
    change = (np.diff(tracks.frame[order]) > 0) | (place[order][1:] != place[order][:-1])
    for rows in np.split(order, np.flatnonzero(change) + 1):
        first = np.unique(tracks.identity[rows], return_index=True)[1]
        rows = rows[first]
        if len(rows) < 2:
            continue
        offset = point[rows][:, None] - point[rows][None]
        distance = np.hypot(offset[..., 0], offset[..., 1]) / unit[rows].mean()
        for i, j in zip(*np.nonzero(np.triu(distance < crowd, 1)), strict=True):
            pair = int(tracks.identity[rows[i]]), int(tracks.identity[rows[j]])
            meeting = meetings.setdefault((*pair, str(place[rows[0]])), [])
            meeting.append((int(tracks.frame[rows[0]]), float(distance[i, j])))
    step = int(np.diff(np.unique(tracks.frame)).min(initial=10**9)) if len(tracks) else 1
    found: dict[tuple[int, str], list[int]] = {}
    for (one, other, where), moments in meetings.items():
        frames = np.array([frame for frame, _ in moments])
        for part in np.split(np.arange(len(moments)), np.flatnonzero(np.diff(frames) > step) + 1):
            frame = min((moments[k] for k in part), key=lambda moment: moment[1])[0]
            for identity in (one, other):
                found.setdefault((identity, where), []).append(frame)
    return found


def _tracklet(
    rows: Ints, tracks: Tracks, time: Floats, place: str, point: Floats, unit: Floats
) -> Tracklet:
    moments, first = np.unique(time[rows], return_index=True)
    return Tracklet(
        int(tracks.identity[rows[0]]),
        place,
        rows,
        time[rows],
        moments,
        point[rows[first]],
        float(unit[rows].mean()),
        np.empty((0, 0), dtype=np.float32),
        np.empty(0),
    )


def _with_looks(
    tracklets: list[Tracklet], tracks: Tracks, times: Mapping[int, float], portraits: Portraits
) -> list[Tracklet]:
    """The tracklets with what their people looked like."""
    owner = {
        (frame, camera, identity): number
        for number, one in enumerate(tracklets)
        for frame, camera, identity in zip(
            tracks.frame[one.rows].tolist(),
            tracks.camera[one.rows].tolist(),
            tracks.identity[one.rows].tolist(),
            strict=True,
        )
    }
    shown: dict[int, list[int]] = {}
    keys = zip(
        portraits.frame.tolist(),
        portraits.camera.tolist(),
        portraits.identity.tolist(),
        strict=True,
    )
    for k, key in enumerate(keys):
        if key in owner:
            shown.setdefault(owner[key], []).append(k)
    return [
        one
        if number not in shown
        else replace(
            one,
            vectors=portraits.vectors[shown[number]],
            taken=np.array([times[int(portraits.frame[k])] for k in shown[number]]),
        )
        for number, one in enumerate(tracklets)
    ]

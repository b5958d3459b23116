"""Which rows of the two tables are scored, and what is said about those that are not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .matching import Bools, Rows
from .sequences.cameras import Floats, in_region, region_of
from .sequences.views import GROUND, Ints, Tracks

SAME_PLACE = 0.01
"""Metres by which the ground positions of one identity at one frame may differ (rounding)."""


@dataclass(frozen=True, eq=False)
class Selection:
    """The rows that are compared.

    Args:
        frames: number of frames scored.
        first_frame, last_frame: of those scored; None without any.
        instants: number of different frames with a row in either table.
        numbers: (instants,) those frames; rows refer to them.
        ground: truth and predicted positions, or None if they are not compared.
        cameras: truth and predicted boxes by camera; empty if they are not compared.
        notes: sentences about what was left out.
    """

    frames: int
    first_frame: int | None
    last_frame: int | None
    instants: int
    numbers: Ints
    ground: tuple[Rows, Rows] | None
    cameras: dict[str, tuple[Rows, Rows]]
    notes: tuple[str, ...]


def select(
    truth: Tracks, predicted: Tracks, region: ArrayLike | None, frames: ArrayLike | None
) -> Selection:
    """The rows that `score` compares; its docstring states the rules.

    Raises:
        ValueError: see `score`.
    """
    check_unique(truth, "truth")
    check_unique(predicted, "predicted")
    ground, names = _comparable(truth, predicted)
    notes = _stray_notes(truth, predicted, ground, names)
    keep_truth, keep_predicted, count, first, last = _at_frames(truth, predicted, frames)
    notes += _frame_notes(truth, keep_truth, keep_predicted, count, frames is None)
    if region is not None:
        corners = region_of(region)
        keep_truth &= inside(truth, corners, "truth")
        keep_predicted &= inside(predicted, corners, "predicted")
    truth, predicted = truth[keep_truth], predicted[keep_predicted]
    used = np.unique(np.concatenate([truth.frame, predicted.frame]))
    cameras = {name: (_boxes(truth, name, used), _boxes(predicted, name, used)) for name in names}
    floor = (_positions(truth, used), _positions(predicted, used)) if ground else None
    return Selection(count, first, last, len(used), used, floor, cameras, tuple(notes))


def check_unique(tracks: Tracks, name: str) -> None:
    """Refuse a table in which an identity stands twice in one camera and frame.

    Raises:
        ValueError: naming the table, frame, camera and identity.
    """
    code = np.zeros(len(tracks), dtype=np.int64)
    for number, camera in enumerate(sorted(set(tracks.camera.tolist()))):
        code[tracks.camera == camera] = number
    columns = (tracks.identity, code, tracks.frame)
    order = np.lexsort(columns)
    again = np.ones(max(0, len(tracks) - 1), dtype=bool)
    for column in columns:
        again &= np.diff(column[order]) == 0
    if again.any():
        row = order[1:][again][0]
        where = f"camera {str(tracks.camera[row])!r}" if tracks.camera[row] else "the ground"
        raise ValueError(
            f"{name}: identity {tracks.identity[row]} stands more than once at frame"
            f" {tracks.frame[row]} in {where}; expected each identity once in an image"
        )


def inside(tracks: Tracks, region: Floats, name: str) -> Bools:
    """Which rows stand in the region, or have no known position, (n,).

    Raises:
        ValueError: no row of the table has a ground position.
    """
    known = tracks.on_ground()
    if len(tracks) and not len(known):
        raise ValueError(f"a region needs ground positions, and the {name} table has none")
    place = tracks.ground.copy()
    missing = np.flatnonzero(~tracks.has_ground)
    if len(missing):
        frames, frame = np.unique(tracks.frame, return_inverse=True)
        people, person = np.unique(tracks.identity, return_inverse=True)
        key = np.searchsorted(frames, known.frame) * len(people)
        key += np.searchsorted(people, known.identity)
        wanted = frame[missing] * len(people) + person[missing]
        at = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
        place[missing] = np.where((key[at] == wanted)[:, None], known.ground[at], np.nan)
    unknown = np.asarray(np.isnan(place).any(axis=1))
    return in_region(place, region) | unknown


def _comparable(truth: Tracks, predicted: Tracks) -> tuple[bool, list[str]]:
    """Whether ground positions are compared, and the cameras whose boxes are."""
    cameras, theirs = (set(table.camera[_has_box(table)].tolist()) for table in (truth, predicted))
    stand, they_stand = bool(truth.has_ground.any()), bool(predicted.has_ground.any())
    if not len(truth) and not len(predicted):
        return True, []
    if not len(truth):
        stand, cameras = they_stand, theirs
    elif not len(predicted):
        they_stand, theirs = stand, cameras
    if not (stand and they_stand) and not (cameras and theirs):
        have = [("boxes in cameras" if b else "ground positions") for b in (cameras, theirs)]
        raise ValueError(
            f"nothing to compare: truth has no more than {have[0]}, predicted than {have[1]}"
        )
    if cameras and theirs and not cameras & theirs:
        raise ValueError(
            f"no camera in common: truth has boxes of {sorted(cameras)}, predicted of"
            f" {sorted(theirs)}"
        )
    return stand and they_stand, sorted(cameras) if theirs else []


def _has_box(tracks: Tracks) -> Bools:
    return np.asarray(tracks.has_box & (tracks.camera != GROUND))


def _at_frames(
    truth: Tracks, predicted: Tracks, frames: ArrayLike | None
) -> tuple[Bools, Bools, int, int | None, int | None]:
    """Which rows of either table are at scored frames; how many, the first and last of those."""
    if frames is not None:
        scored = np.unique(np.asarray(frames, dtype=np.int64))
        keep = np.isin(truth.frame, scored), np.isin(predicted.frame, scored)
    else:
        scored = np.unique(truth.frame if len(truth) else predicted.frame)
    if not len(scored):
        nothing = np.zeros(len(truth), dtype=bool), np.zeros(len(predicted), dtype=bool)
        return *nothing, 0, None, None
    first, last = int(scored[0]), int(scored[-1])
    if frames is not None:
        return *keep, len(scored), first, last
    if not len(truth):
        return (
            np.zeros(0, dtype=bool),
            np.ones(len(predicted), dtype=bool),
            len(scored),
            first,
            last,
        )
    step = int(np.gcd.reduce(np.diff(scored))) or 1
    on = (predicted.frame >= first) & (predicted.frame <= last)
    on &= (predicted.frame - first) % step == 0
    return np.ones(len(truth), dtype=bool), on, (last - first) // step + 1, first, last


def _frame_notes(
    truth: Tracks, keep_truth: Bools, keep_predicted: Bools, count: int, default: bool
) -> list[str]:
    notes = []
    left_out = int((~keep_predicted).sum())
    if left_out:
        notes.append(f"{left_out} predicted rows at frames that are not scored were left out.")
    bare = count - len(np.unique(truth.frame[keep_truth]))
    if default and bare and len(truth):
        notes.append(
            f"the truth has nobody at {bare} of the {count} frames scored, where every prediction"
            " counts as false; if those are not annotated, name the frames to score."
        )
    return notes


def _stray_notes(truth: Tracks, predicted: Tracks, ground: bool, names: list[str]) -> list[str]:
    notes = []
    strays = sorted(set(predicted.camera[_has_box(predicted)].tolist()) - set(names))
    if names and strays:
        notes.append(f"the truth has no boxes of {strays}: predictions there were left out.")
    if ground:
        for table, name in ((truth, "truth"), (predicted, "predicted")):
            unlike = _disagreements(table)
            if unlike:
                notes.append(
                    f"{unlike} rows of the {name} table place an identity elsewhere than another"
                    " row of the same frame does; the first camera's position was scored."
                )
    return notes


def _disagreements(tracks: Tracks) -> int:
    """Rows whose position differs from that of the same identity's first row at the frame."""
    rows = np.flatnonzero(tracks.has_ground)
    order = rows[np.lexsort((tracks.identity[rows], tracks.frame[rows]))]
    frame, identity, place = tracks.frame[order], tracks.identity[order], tracks.ground[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(frame) != 0) | (np.diff(identity) != 0)
    away = place - place[np.flatnonzero(new)[np.cumsum(new) - 1]]
    return int((np.abs(away) > SAME_PLACE).any(axis=1).sum())


def _boxes(tracks: Tracks, camera: str, frames: Ints) -> Rows:
    rows = np.flatnonzero(_has_box(tracks) & (tracks.camera == camera))
    time = np.searchsorted(frames, tracks.frame[rows])
    return Rows.ordered(time, tracks.identity[rows], tracks.box[rows])


def _positions(tracks: Tracks, frames: Ints) -> Rows:
    rows = tracks.on_ground()
    return Rows.ordered(np.searchsorted(frames, rows.frame), rows.identity, rows.ground)

"""Stays: tracks as a tracker's events tell of them, and which rows of its result are whose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from .sequences.views import Ints, Tracks
from .trackers.events import IdentityEvent, Kind

__all__ = ["DECISIONS", "Stay", "events_of", "stays_of", "stays_of_rows"]

DECISIONS = ("new", "re-identified", "corrected", "swapped")
"""Kinds of events that give an identity for reasons."""
FAR = np.iinfo(np.int64).max


@dataclass
class Stay:
    """A track, or the part of it after it was found to have swapped to somebody else.

    Args:
        track: its number.
        camera: of a tracker that follows each camera by itself; None: all cameras.
        swapped: whether it is the part after a swap.
        steps: frames from which it had an identity, and which.
        decisions: events that gave it an identity for reasons.
        end: frame from which it has no more rows.
    """

    track: int
    camera: str | None
    swapped: bool
    steps: list[tuple[int, int]]
    decisions: list[IdentityEvent] = field(default_factory=list)
    end: int = FAR


def stays_of(events: Iterable[IdentityEvent]) -> list[Stay]:
    """The stays that events, in order of time, tell of.

    Raises:
        ValueError: an event without a frame.
    """
    stays: list[Stay] = []
    open_stays: dict[tuple[str | None, int], Stay] = {}
    for event in events:
        if event.frame is None:
            raise ValueError(f"the event {event.kind!r} of track {event.track} has no frame")
        key = event.camera, event.track
        stay = open_stays.get(key)
        if stay is None or event.kind == "swapped":
            if stay is not None:
                stay.end = event.frame
            steps = [(event.frame, event.identity)]
            stay = Stay(event.track, event.camera, event.kind == "swapped", steps)
            stays.append(stay)
            open_stays[key] = stay
        if event.kind in DECISIONS:
            stay.decisions.append(event)
        if event.kind == "left":
            open_stays.pop(key).end = event.frame
        elif stay.steps[-1][1] != event.identity:
            stay.steps.append((event.frame, event.identity))
    return stays


def stays_of_rows(stays: Sequence[Stay], tracks: Tracks) -> Ints:
    """The number (n,) of the stay that each row of a result is of, -1 for none."""
    found = np.full(len(tracks), -1, dtype=np.int64)
    rows_of = {k: np.flatnonzero(tracks.identity == k) for k in np.unique(tracks.identity).tolist()}
    for number, stay in enumerate(stays):
        ends = [frame for frame, _ in stay.steps[1:]] + [stay.end]
        for (first, identity), end in zip(stay.steps, ends, strict=True):
            rows = rows_of.get(identity, np.empty(0, np.int64))
            frames = tracks.frame[rows]
            found[rows[(frames >= first) & (frames < end)]] = number
    return found


def events_of(tracks: Tracks, gap: int = 30) -> list[IdentityEvent]:
    """Events of a result whose tracker told none: an identity's rows without a gap are a track.

    Args:
        tracks: the rows.
        gap: frame numbers without a row after which an identity comes back.
    """
    runs: list[tuple[int, int, int, Kind]] = []
    for identity in np.unique(tracks.identity).tolist():
        frames = np.unique(tracks.frame[tracks.identity == identity])
        for k, run in enumerate(np.split(frames, np.flatnonzero(np.diff(frames) > gap) + 1)):
            runs.append((int(run[0]), int(run[-1]), identity, "re-identified" if k else "new"))
    found = []
    for number, (first, last, identity, kind) in enumerate(sorted(runs)):
        entered = IdentityEvent(float(first), number, "entered", identity, frame=first)
        left = replace(entered, time=float(last + 1), kind="left", frame=last + 1)
        found += [entered, replace(entered, kind=kind), left]
    return sorted(found, key=lambda event: event.time)

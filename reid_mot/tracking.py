"""A tracker over a sequence, with what a person at the keyboard needs: a stop between two
instants, something to look at, and how long it took."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from .sequences.calibration import Way
from .sequences.cameras import Camera, Floats
from .sequences.views import Ints, MultiCameraSequence, Tracks, View
from .trackers import Tracker

__all__ = ["FrameRange", "Run", "instants_of", "run", "truth_until"]


@dataclass(frozen=True, eq=False)
class Run:
    """What a run gave.

    Args:
        tracks: all rows, in order of time.
        instants: how many were done.
        last_frame: the number of the last one; None without any.
        detections: how many there were in all.
        seconds: spent in the tracker, embedding and the decoding of images for it included.
        interrupted: whether it was stopped before the end.
        showpiece: the views of the instant at which most people were seen, the last of several.
        offline: whether the tracks were changed with the whole run known.
    """

    tracks: Tracks
    instants: int
    last_frame: int | None
    detections: int
    seconds: float
    interrupted: bool
    showpiece: tuple[View, ...]
    offline: bool = False


def run(
    sequence: MultiCameraSequence,
    tracker: Tracker,
    *,
    progress: Callable[[int], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
    watch: Callable[[tuple[View, ...], Tracks], None] | None = None,
    recent: int = 100,
) -> Run:
    """Run a tracker until the sequence ends or somebody stops it.

    Args:
        sequence: what the cameras saw.
        tracker: asked instant by instant.
        progress: called after each instant with the number of instants done.
        stop: asked before each instant.
        watch: called after each instant with its views and the rows of the last `recent` instants.
        recent: see `watch`.
    """
    tables: list[Tracks] = []
    latest: deque[Tracks] = deque(maxlen=recent)
    showpiece: tuple[View, ...] = ()
    frame, most, detections, seconds, interrupted = None, -1, 0, 0.0, False
    for done, views in zip(count(1), sequence, strict=False):
        if stop():
            interrupted = True
            break
        began = time.perf_counter()
        rows = tracker.step(views)
        seconds += time.perf_counter() - began
        tables.append(rows)
        detections += sum(len(view.detections) for view in views)
        if views:
            frame = views[0].frame
            if len(rows) >= most:
                most, showpiece = len(rows), views
        if watch is not None:
            latest.append(rows)
            watch(views, Tracks.concatenate(latest))
        if progress is not None:
            progress(done)
    tracks = Tracks.concatenate(tables)
    return Run(tracks, len(tables), frame, detections, seconds, interrupted, showpiece)


def instants_of(sequence: object) -> int | None:
    """The number of instants, where the sequence knows it."""
    try:
        return len(sequence)  # type: ignore[arg-type]
    except TypeError:
        return None


def truth_until(truth: Tracks | None, last_frame: int | None) -> Tracks | None:
    """The truth up to the last frame that was done; None without any."""
    if truth is None or last_frame is None:
        return None
    return truth[truth.frame <= last_frame]


class FrameRange:
    """A part of a sequence, from one frame number to another.

    Args:
        sequence: the whole; members that it lacks, such as `rate`, are None here.
        first, last: frame numbers, both counted; None: from the start, to the end.
        frames: (n,) all frame numbers of the sequence, where it does not tell; None: `frames` of
            the sequence, or not known.

    Raises:
        ValueError: no frame of the sequence lies between them, where its frames are known.
    """

    def __init__(
        self,
        sequence: MultiCameraSequence,
        first: int | None = None,
        last: int | None = None,
        frames: Ints | None = None,
    ) -> None:
        self.sequence, self.first, self.last = sequence, first, last
        self.name = sequence.name
        self.rate: float | None = getattr(sequence, "rate", None)
        self.region: Floats | None = getattr(sequence, "region", None)
        self.ways: tuple[Way, ...] = getattr(sequence, "ways", ())
        whole = sequence.truth
        self.truth: Tracks | None = None if whole is None else whole[self._within(whole.frame)]
        whole_frames: Ints | None = getattr(sequence, "frames", None) if frames is None else frames
        self.frames: Ints | None = None
        if whole_frames is None:
            return
        self.frames = whole_frames[self._within(whole_frames)]
        if len(self.frames) == 0:
            there = "none" if not len(whole_frames) else f"{whole_frames[0]} to {whole_frames[-1]}"
            raise ValueError(
                f"frames {first} to {last}: sequence {self.name!r} has none of them, but {there}"
            )

    @property
    def cameras(self) -> Sequence[Camera]:
        """All cameras, in a fixed order."""
        return self.sequence.cameras

    def __len__(self) -> int:
        if self.frames is None:
            raise TypeError(f"the length of a part of {self.name!r} is not known")
        return len(self.frames)

    def _within(self, frames: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        low = np.iinfo(np.int64).min if self.first is None else self.first
        high = np.iinfo(np.int64).max if self.last is None else self.last
        return np.asarray((frames >= low) & (frames <= high))

    def __iter__(self) -> Iterator[tuple[View, ...]]:
        for views in self.sequence:
            frame = views[0].frame if views else None
            if frame is None or (self.first is not None and frame < self.first):
                continue
            if self.last is not None and frame > self.last:
                return
            yield views

"""A sequence that is played back: what each camera delivered, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .calibration import Way
from .cameras import Camera, Floats
from .views import Detections, Image, Ints, Tracks, View


@dataclass(frozen=True, eq=False)
class DetectionTable:
    """All detections of one camera, sorted by frame (rows of one frame keep their order).

    Args:
        frame: (n,) frame numbers in any order.
        boxes: (n, 4) left, top, right, bottom pixels.
        scores: (n,); None: 1 for all.
        embeddings: (n, d) float32, or None.

    Raises:
        ValueError: what `Detections` refuses, or columns of different lengths.
    """

    frame: Ints
    boxes: Floats
    scores: Floats
    embeddings: NDArray[np.float32] | None = None

    def __init__(
        self,
        frame: ArrayLike,
        boxes: ArrayLike,
        scores: ArrayLike | None = None,
        embeddings: ArrayLike | None = None,
    ) -> None:
        rows = Detections(boxes, scores, embeddings)
        number = np.asarray(frame, dtype=np.int64).reshape(-1)
        if len(number) != len(rows):
            raise ValueError(f"{len(rows)} boxes but {len(number)} frame numbers")
        order = np.argsort(number, kind="stable")
        rows = rows[order]
        object.__setattr__(self, "frame", number[order])
        object.__setattr__(self, "boxes", rows.boxes)
        object.__setattr__(self, "scores", rows.scores)
        object.__setattr__(self, "embeddings", rows.embeddings)

    def __len__(self) -> int:
        return len(self.frame)

    def at(self, frame: int) -> Detections:
        """The detections of one frame; none where the table has no rows of it."""
        first, end = np.searchsorted(self.frame, [frame, frame + 1])
        e = None if self.embeddings is None else self.embeddings[first:end]
        return Detections(self.boxes[first:end], self.scores[first:end], e)


@dataclass(frozen=True, eq=False)
class Stream:
    """What one camera delivered.

    Args:
        camera: the camera.
        frames: (n,) the sequence's frame numbers at which it delivered something, ascending.
        detections: what was found in its images; None: nothing is known.
        image: the image of one of the camera's own frame numbers, or None.
        own: (n,) the camera's own frame numbers, by which `detections` and `image` are asked;
            None: the same as `frames`.
    """

    camera: Camera
    frames: Ints
    detections: DetectionTable | None = None
    image: Callable[[int], Image] | None = None
    own: Ints | None = None

    def view(self, frame: int, time: float) -> View | None:
        """What the camera saw at this frame of the sequence; None where it delivered nothing."""
        row = int(np.searchsorted(self.frames, frame))
        if row == len(self.frames) or self.frames[row] != frame:
            return None
        number = frame if self.own is None else int(self.own[row])
        found = Detections.empty() if self.detections is None else self.detections.at(number)
        read = self.image
        if read is None:
            return View(self.camera, frame, time, found)
        return View(self.camera, frame, time, found, lambda: read(number))


class Recording:
    """A `MultiCameraSequence` of recorded streams.

    Args:
        name: what the sequence is called.
        streams: one a camera, names unique.
        frames: (n,) the frame numbers of the instants, strictly ascending.
        rate: instants per second.
        times: (n,) seconds of the instants; None: `1 / rate` apart from 0.
        truth: the ground truth, or None.
        region: (k, 2) corners of the floor of interest in metres, or None.

    Raises:
        ValueError: two cameras of one name, a rate that is not positive, frames out of order.
    """

    def __init__(
        self,
        name: str,
        streams: Sequence[Stream],
        frames: ArrayLike,
        rate: float,
        times: ArrayLike | None = None,
        truth: Tracks | None = None,
        region: Floats | None = None,
    ) -> None:
        self.name, self.streams, self.rate = name, tuple(streams), float(rate)
        self.truth, self.region = truth, region
        self.ways: tuple[Way, ...] = ()
        """Between neighbouring cameras that do not overlap, where a calibration gives them."""
        self.frames: Ints = np.asarray(frames, dtype=np.int64)
        names = [camera.name for camera in self.cameras]
        if len(set(names)) < len(names):
            raise ValueError(f"sequence {name!r}: camera names are not unique: {names}")
        if not (np.isfinite(self.rate) and self.rate > 0):
            raise ValueError(f"sequence {name!r}: rate {rate} is not a positive number")
        if (np.diff(self.frames) <= 0).any():
            raise ValueError(f"sequence {name!r}: frame numbers must ascend")
        self.times: Floats = (
            np.arange(len(self.frames)) / self.rate
            if times is None
            else np.asarray(times, dtype=np.float64)
        )

    @property
    def cameras(self) -> tuple[Camera, ...]:
        """All cameras, in a fixed order."""
        return tuple(stream.camera for stream in self.streams)

    def __len__(self) -> int:
        return len(self.frames)

    def __iter__(self) -> Iterator[tuple[View, ...]]:
        for frame, time in zip(self.frames.tolist(), self.times.tolist(), strict=True):
            views = (stream.view(frame, time) for stream in self.streams)
            yield tuple(view for view in views if view is not None)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.name!r}, {len(self.streams)} cameras,"
            f" {len(self)} instants at {self.rate:g}/s)"
        )

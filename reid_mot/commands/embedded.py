"""A sequence with the vectors of its detections, as files."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np

from ..models import Embedder, embed_stream
from ..models.embedder import Vectors
from ..sequences import MultiCameraSequence, Tracks, View, write_calibration, write_world
from ..sequences.deepsort import FIELDS, deepsort_rows
from ..sequences.growing import RowFile
from ..sequences.views import Image

BATCH = 64
"""Crops that wait to be embedded together, and all that is held of a sequence's pictures."""

NOTHING = np.zeros((1, 1, 3), np.uint8)
"""Stands in for the crop of a box outside the image, whose vector is not kept."""


@dataclass(frozen=True)
class Embedded:
    """What was written.

    Args:
        instants: of the sequence.
        detections: all rows.
        outside: those of them whose box lies wholly outside the image: their vectors are NaN.
        first: the sequence's number of the frame that is 1 in the files; None: all frames have
            their own numbers.
        step: by how much the sequence's numbers grow where those in the files grow by 1.
    """

    instants: int
    detections: int
    outside: int
    first: int | None
    step: int


class _Rows:
    """Detections on their way into one file for each camera."""

    def __init__(self, folder: Path, sequence: MultiCameraSequence, width: int) -> None:
        names = [camera.name for camera in sequence.cameras]
        self.paths = {name: folder / f"{name}.npy" for name in names}
        self.files = {name: RowFile(path, width) for name, path in self.paths.items()}
        self.waiting: deque[tuple[str, Vectors, bool]] = deque()
        self.frames: list[int] = []
        self.outside = 0

    def crops(
        self,
        sequence: MultiCameraSequence,
        progress: Callable[[int], None],
        stop: Callable[[], bool],
    ) -> Iterator[Image]:
        """A crop for each detection; its row waits for the crop's vector."""
        for done, views in enumerate(sequence, start=1):
            if stop():
                raise KeyboardInterrupt
            for view in views:
                yield from self._crops_of(view)
            if views:
                self.frames.append(views[0].frame)
            progress(done)

    def _crops_of(self, view: View) -> Iterator[Image]:
        found = view.detections
        if not len(found):
            return
        heads = deepsort_rows(view.frame, found.boxes, found.scores)
        for head, crop in zip(heads, view.crops(), strict=True):
            self.waiting.append((view.camera.name, head, crop.size > 0))
            # A copy, because a crop is a part of the whole image and would keep it in memory.
            yield crop.copy() if crop.size else NOTHING

    def file(self, vectors: Vectors) -> None:
        """Write the longest waiting rows, with these vectors."""
        for vector in vectors:
            name, head, seen = self.waiting.popleft()
            self.outside += not seen
            row = np.concatenate([head, vector if seen else np.full_like(vector, np.nan)])
            self.files[name].append(row[None])

    def close(self) -> None:
        for file in self.files.values():
            file.close()


def write_embedded(
    folder: Path,
    sequence: MultiCameraSequence,
    embedder: Embedder,
    rate: float,
    *,
    progress: Callable[[int], None],
    stop: Callable[[], bool],
) -> Embedded:
    """Write a sequence that `DetectionFolder` reads: calibration, detections, truth on the floor.

    Frames are numbered as in the sequence; where its numbers begin below 1, or grow by more than
    1 throughout, as WILDTRACK's 0, 5, 10, they are numbered from 1 and one by one.

    Args:
        folder: empty.
        sequence: with an image for each detection; what it has of embeddings is left out.
        embedder: gives the vectors.
        rate: instants a second.
        progress: called after each instant with the number of instants done.
        stop: asked before each instant.

    Raises:
        KeyboardInterrupt: it was stopped.
        ValueError: a view without image.
    """
    (folder / "detections").mkdir()
    rows = _Rows(folder / "detections", sequence, len(FIELDS) + embedder.dim)
    with ExitStack() as open_files:
        open_files.callback(rows.close)
        for vectors in embed_stream(embedder, rows.crops(sequence, progress, stop), BATCH):
            rows.file(vectors)
    count = sum(len(file) for file in rows.files.values())
    if not count:
        raise ValueError(f"sequence {sequence.name!r} has no detection to embed")
    first, step = numbering(rows.frames)
    if first is not None:
        for path in rows.paths.values():
            _renumber(path, first, step)
    _write_shared(folder, sequence, rate, first, step)
    return Embedded(len(rows.frames), count, rows.outside, first, step)


def numbering(frames: list[int]) -> tuple[int | None, int]:
    """The number that becomes 1 and the step that becomes 1; None where numbers may stay.

    >>> numbering([7, 8, 11]), numbering([0, 1, 3]), numbering([0, 5, 15])
    ((None, 1), (0, 1), (0, 5))
    """
    step = gcd(*np.diff(frames).tolist()) or 1
    if step == 1 and frames[0] >= 1:
        return None, 1
    return frames[0], step


def _renumber(path: Path, first: int, step: int) -> None:
    rows = np.load(path, mmap_mode="r+")
    rows[:, 0] = (rows[:, 0] - first) / step + 1
    rows.flush()


def _write_shared(
    folder: Path, sequence: MultiCameraSequence, rate: float, first: int | None, step: int
) -> None:
    """What all cameras share: the calibration, and the truth on the floor."""
    region = getattr(sequence, "region", None)
    write_calibration(
        folder / "calibration.json", sequence.cameras, name=sequence.name, rate=rate, region=region
    )
    truth = sequence.truth
    if truth is None or not truth.has_ground.any():
        return
    if first is not None:
        number, between = np.divmod(truth.frame - first, step)
        kept = (number >= 0) & (between == 0)
        truth = Tracks(
            number[kept] + 1,
            truth.camera[kept],
            truth.identity[kept],
            truth.box[kept],
            truth.ground[kept],
            truth.confidence[kept],
        )
    write_world(folder / "gt" / "world.txt", truth)

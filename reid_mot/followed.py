"""People who are followed by where they are alone, and the vectors of their pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from .matching import Bools
from .models.embedder import Embedder, Image, Vectors
from .remembered import without_embeddings
from .sequences.cameras import Floats
from .sequences.views import Ints, MultiCameraSequence, Tracks, View
from .trackers import Tracker
from .trackers.association import assign
from .trackers.sightings import crop_qualities, iou

__all__ = ["Sighted", "embed", "follow"]

BATCH = 64
"""Crops that are embedded at once."""


@dataclass(frozen=True, eq=False)
class Sighted:
    """Detections of people who were followed, in order of time.

    Args:
        frame: (n,) frame numbers.
        time: (n,) seconds.
        camera: (n,) index of the camera.
        row: (n,) index of the detection in its view.
        person: (n,) as the tracker numbers them.
        box: (n, 4) pixels.
        ground: (n, 2) metres; NaN where not known.
        quality: (n,) share of the person that the box shows.
    """

    frame: Ints
    time: Floats
    camera: Ints
    row: Ints
    person: Ints
    box: Floats
    ground: Floats
    quality: Floats

    def __len__(self) -> int:
        return len(self.frame)

    def __getitem__(self, rows: Ints | Bools) -> Sighted:
        return Sighted(*(getattr(self, column.name)[rows] for column in fields(self)))

    @classmethod
    def concatenate(cls, parts: Sequence[Sighted]) -> Sighted:
        """All rows of several tables."""
        return cls(*(np.concatenate([getattr(p, c.name) for p in parts]) for c in fields(cls)))


def follow(
    sequence: MultiCameraSequence,
    tracker: Tracker,
    *,
    progress: Callable[[int], None] = lambda done: None,
    stop: Callable[[], bool] = lambda: False,
) -> Sighted:
    """Follow everybody without looking at anybody.

    Args:
        sequence: what the cameras saw; embeddings that come with it are not shown to the tracker.
        tracker: without an embedder.
        progress: told how many instants are done.
        stop: asked before each instant.

    Raises:
        KeyboardInterrupt: `stop` said so.
        ValueError: nobody was followed.
    """
    index = {camera.name: number for number, camera in enumerate(sequence.cameras)}
    parts = []
    for done, views in enumerate(sequence, start=1):
        if stop():
            raise KeyboardInterrupt
        rows = tracker.step(without_embeddings(views))
        parts += [_sighted(view, index, rows) for view in views if len(view.detections)]
        progress(done)
    found = Sighted.concatenate(parts) if parts else None
    if found is None or not len(found):
        raise ValueError(f"sequence {sequence.name!r}: nobody could be followed in it")
    return found


def _sighted(view: View, index: dict[str, int], rows: Tracks) -> Sighted:
    """The detections of a view that people were followed by."""
    mine = rows.in_boxes(view.camera.name)
    boxes = view.detections.boxes
    # Trackers may report a smoothed box: the detection is the one that it covers best.
    track, row = assign(iou(mine.box, boxes) - 0.5 + 1e-9)
    number, size = index[view.camera.name], np.array(view.camera.size, dtype=np.float64)
    quality = crop_qualities(boxes, np.zeros(len(boxes), np.int64), np.tile(size, (len(boxes), 1)))
    n = len(row)
    return Sighted(
        np.full(n, view.frame),
        np.full(n, view.time),
        np.full(n, number),
        row,
        mine.identity[track],
        boxes[row],
        mine.ground[track],
        quality[row],
    )


def embed(
    sequence: MultiCameraSequence,
    seen: Sighted,
    embedder: Embedder | None,
    *,
    progress: Callable[[int], None] = lambda done: None,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Ints, Vectors]:
    """Vectors of people who were seen.

    Args:
        sequence: the one that they were seen in.
        seen: n rows in order of time.
        embedder: looks at their pictures; None: embeddings that came with the detections.
        progress: told how many rows are done.
        stop: asked before each instant.

    Returns:
        (k,) rows that have a vector, and (k, d) their vectors of unit length.

    Raises:
        KeyboardInterrupt: `stop` said so.
        ValueError: no row has a vector.
    """
    rows: list[int] = []
    vectors: list[Vectors] = []
    for part, found in _in_batches(_pictures(sequence, seen, embedder is None, progress, stop)):
        rows += part
        made = np.asarray(found, dtype=np.float32) if embedder is None else embedder(found)
        vectors.append(made)
    if not rows:
        lacking = "embeddings came with its detections" if embedder is None else "pictures"
        raise ValueError(f"sequence {sequence.name!r}: there are no {lacking} to compare")
    return np.array(rows, dtype=np.int64), np.concatenate(vectors)


def _pictures(
    sequence: MultiCameraSequence,
    seen: Sighted,
    given: bool,
    progress: Callable[[int], None],
    stop: Callable[[], bool],
) -> Iterator[tuple[int, Image]]:
    """Each row with its picture or, if given, its embedding; rows without are left out."""
    index = {camera.name: number for number, camera in enumerate(sequence.cameras)}
    end = int(seen.frame.max()) if len(seen) else -1
    for views in sequence:
        if stop():
            raise KeyboardInterrupt
        for view in views:
            number = index[view.camera.name]
            wanted = np.flatnonzero((seen.frame == view.frame) & (seen.camera == number))
            for k in wanted.tolist():
                found = _given(view, int(seen.row[k])) if given else _crop(view, int(seen.row[k]))
                if found is not None:
                    yield k, found
            if len(wanted):
                progress(int(wanted[-1]) + 1)
        if views and views[0].frame >= end:
            return


def _crop(view: View, row: int) -> Image | None:
    if not view.has_image:
        return None
    crop = view.crops([row])[0]
    return crop.copy() if crop.size else None


def _given(view: View, row: int) -> Image | None:
    """A given embedding at unit length; it passes through as a picture does."""
    if view.detections.embeddings is None:
        return None
    vector = view.detections.embeddings[row]
    length = float(np.linalg.norm(vector))
    return vector / length if np.isfinite(length) and length > 0 else None


def _in_batches(found: Iterator[tuple[int, Image]]) -> Iterator[tuple[list[int], list[Image]]]:
    rows: list[int] = []
    pictures: list[Image] = []
    for row, picture in found:
        rows.append(row)
        pictures.append(picture)
        if len(rows) == BATCH:
            yield rows, pictures
            rows, pictures = [], []
    if rows:
        yield rows, pictures

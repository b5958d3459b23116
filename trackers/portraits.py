"""What the people of a run looked like: vectors kept for a second look with the future known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..models.embedder import Embedder
from ..sequences import Tracks, View
from .events import IdentityEvent
from .looks import Looks, Place
from .sightings import crop_qualities, iou
from .tracker import Tracker

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Vectors = NDArray[np.float32]

ALIKE = 0.5
"""Least overlap (IoU) of a row's box with the detection that it stands for."""


@dataclass(frozen=True, eq=False)
class Portraits:
    """Appearance vectors of people in a table of tracks.

    Args:
        frame: (n,) frame numbers.
        camera: (n,) names.
        identity: (n,) as the tracks had it at that frame.
        vectors: (n, d) float32 rows of unit length.
    """

    frame: Ints
    camera: NDArray[np.str_]
    identity: Ints
    vectors: Vectors

    def __len__(self) -> int:
        return len(self.frame)

    @classmethod
    def empty(cls) -> Portraits:
        """No vectors."""
        none = np.empty(0, dtype=np.int64)
        return cls(none, none.astype(np.str_), none, np.empty((0, 0), dtype=np.float32))


class WithPortraits:
    """A tracker whose people's looks, and the times of instants, are kept; it tracks as before.

    Args:
        tracker: any.
        embedder: crops to vectors; None: embeddings given with the detections, if there are any.
        interval: seconds between portraits of one person in one camera.
        quality: least share of a person that a portrait shows, neither hidden nor cut off.
        height: least height of a portrait, pixels.

    Attributes:
        times: seconds by frame number.
    """

    def __init__(
        self,
        tracker: Tracker,
        embedder: Embedder | None = None,
        *,
        interval: float = 0.5,
        quality: float = 0.7,
        height: float = 40.0,
    ) -> None:
        self.tracker = tracker
        self.interval, self.quality, self.height = interval, quality, height
        self.times: dict[int, float] = {}
        self._looks = Looks(embedder)
        self._due: dict[tuple[str, int], float] = {}
        self._kept: list[tuple[int, str, int, Vectors]] = []

    @property
    def events(self) -> Sequence[IdentityEvent] | None:
        """What the tracker says of identities; None where it says nothing."""
        return getattr(self.tracker, "events", None)

    @property
    def embedded(self) -> int:
        """Number of crops embedded for portraits."""
        return self._looks.embedded

    @property
    def portraits(self) -> Portraits:
        """All that were kept so far."""
        if not self._kept:
            return Portraits.empty()
        frame, camera, identity, vectors = zip(*self._kept, strict=True)
        return Portraits(np.array(frame), np.array(camera), np.array(identity), np.array(vectors))

    def step(self, views: Sequence[View]) -> Tracks:
        """As the tracker does it."""
        rows = self.tracker.step(views)
        if views:
            self.times[views[0].frame] = views[0].time
            self._look(views, rows)
        return rows

    def _look(self, views: Sequence[View], rows: Tracks) -> None:
        """Keep a vector of each person of whom one is due, all cameras' in one batch."""
        self._looks.begin(views)
        wanted: dict[Place, int] = {}
        for view in views:
            wanted.update(self._wanted(view, rows.in_boxes(view.camera.name)))
        for place, vector in self._looks.of(wanted).items():
            self._kept.append((views[0].frame, place[0], wanted[place], vector))
            self._due[place[0], wanted[place]] = views[0].time + self.interval

    def _wanted(self, view: View, rows: Tracks) -> dict[Place, int]:
        """Which detections of a view show whom, of those who are due and are shown well."""
        name, boxes = view.camera.name, view.detections.boxes
        due = [self._due.get((name, k), -np.inf) <= view.time for k in rows.identity.tolist()]
        rows = rows[np.array(due, dtype=bool)]
        if len(rows) == 0 or len(boxes) == 0:
            return {}
        alike = iou(rows.box, boxes)
        best = alike.argmax(axis=1)
        sizes = np.tile(np.array(view.camera.size, dtype=np.float64), (len(boxes), 1))
        shown = crop_qualities(boxes, np.zeros(len(boxes), dtype=np.int64), sizes)
        good = (alike.max(axis=1) >= ALIKE) & (shown[best] >= self.quality)
        good &= boxes[best, 3] - boxes[best, 1] >= self.height
        return {(name, int(best[k])): int(rows.identity[k]) for k in np.flatnonzero(good)}

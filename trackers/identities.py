"""From tracks to identities: numbers for new people, and the same number for who comes back.

Lawen et al. 2019, section 5: a person who enters is compared with several images of each person
who is not in the room at that moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..models.embedder import Embedder
from ..sequences import View
from .gallery import DistanceStatistics, Gallery, recognise
from .sightings import Sightings, crop_qualities

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class IdentitySettings:
    """How people are recognised.

    Args:
        threshold: cosine distance above which an entrant is nobody known; None: learned while
            tracking from people who are certainly the same or certainly different (see
            `DistanceStatistics`).
        images: number of images after which an entrant is first compared with the gallery.
        decide: seconds after which an entrant who resembles nobody is new for good.
        interval: seconds between images of an entrant.
        refresh: seconds between images of a person whose identity is settled.
        quality: least share of a person that an image shows, neither hidden nor cut off.
        height: least height of an image, pixels.
        gallery: images kept of each identity.
        neighbours: nearest images that count in a comparison.
        settled: seconds; only older images serve to learn how far images of one person lie apart.
    """

    threshold: float | None = None
    images: int = 3
    decide: float = 2.0
    interval: float = 0.2
    refresh: float = 1.0
    quality: float = 0.7
    height: float = 40.0
    gallery: int = 24
    neighbours: int = 3
    settled: float = 3.0

    def __post_init__(self) -> None:
        if self.threshold is not None and not 0 < self.threshold < 2:
            raise ValueError(f"threshold {self.threshold}: a cosine distance lies in (0, 2)")


@dataclass
class _Visit:
    """One track of one person, from the moment it is confirmed."""

    identity: int
    since: float
    due: float
    settled: bool = False
    vectors: list[Vectors] = field(default_factory=list)
    qualities: list[float] = field(default_factory=list)


class Identities:
    """Gives each track an identity, and gives it back to who returns.

    An identity that is present is never given to a second track; people who enter together are
    decided jointly. Identities are numbered from 1 within this object.

    Args:
        embedder: crops to vectors of unit length; None: embeddings given with the detections,
            and if there are none either, every track is a new identity.
        settings: how people are recognised.
    """

    def __init__(self, embedder: Embedder | None, settings: IdentitySettings | None = None) -> None:
        self.settings = settings or IdentitySettings()
        self.embedder = embedder
        self.gallery = Gallery(self.settings.gallery, self.settings.neighbours)
        default = getattr(embedder, "threshold", None)
        self.statistics = DistanceStatistics(0.3 if default is None else float(default))
        self.embedded = 0
        """Number of crops embedded so far."""
        self._visits: dict[int, _Visit] = {}
        self._next = 1

    def update(
        self,
        time: float,
        number: Ints,
        confirmed: NDArray[np.bool_],
        seen: Sightings,
        owner: Ints,
        views: Sequence[View],
    ) -> Ints:
        """The identity of each track at this instant.

        Args:
            time: seconds.
            number: (n,) tracks; one that is not among them any more has left.
            confirmed: (n,) which of them are people.
            seen: the instant's detections.
            owner: (m,) index of the track of each detection, -1 for none.
            views: the views that `seen` refers to.

        Returns:
            (n,) identities, -1 for tracks not confirmed.
        """
        here = {int(k) for k in number[confirmed]}
        self._visits = {k: visit for k, visit in self._visits.items() if k in here}
        for k in sorted(here - self._visits.keys()):
            self._visits[k] = _Visit(self._next, time, time)
            self._next += 1
        self._look(time, number, seen, owner, views)
        self._settle(time)
        return np.array(
            [self._visits[int(k)].identity if k in self._visits else -1 for k in number],
            dtype=np.int64,
        )

    @property
    def threshold(self) -> float:
        """The threshold in force: the given one, or the one learned so far."""
        if self.settings.threshold is not None:
            return self.settings.threshold
        present = {visit.identity for visit in self._visits.values()}
        absent = sum(identity not in present for identity in self.gallery.identities)
        return self.statistics.threshold(absent)

    def _look(
        self, time: float, number: Ints, seen: Sightings, owner: Ints, views: Sequence[View]
    ) -> None:
        """Take images of the people of whom one is due, all cameras' in one batch."""
        due = {k for k, visit in self._visits.items() if visit.due <= time}
        if not due:
            return
        tracked = np.array([int(number[i]) if i >= 0 else -1 for i in owner], dtype=np.int64)
        wanted = np.flatnonzero(np.isin(tracked, sorted(due)))
        if len(wanted) == 0:
            return
        sizes = np.array([view.camera.size for view in views], dtype=np.float64)[seen.view]
        quality = crop_qualities(seen.boxes, seen.camera, sizes)
        tall = seen.boxes[:, 3] - seen.boxes[:, 1] >= self.settings.height
        wanted = wanted[(quality >= self.settings.quality)[wanted] & tall[wanted]]
        wanted, vectors = self._embed(wanted, seen, views)
        for k in sorted({int(k) for k in tracked[wanted]}):
            mine = tracked[wanted] == k
            self._learn(self._visits[k], vectors[mine], quality[wanted[mine]], time)

    def _embed(self, wanted: Ints, seen: Sightings, views: Sequence[View]) -> tuple[Ints, Vectors]:
        """Vectors of these detections; those that have none are left out."""
        rows, crops, given = [], [], []
        for k in wanted:
            view, row = views[seen.view[k]], int(seen.row[k])
            if self.embedder is None:
                vectors = view.detections.embeddings
                if vectors is not None and np.isfinite(vectors[row]).all():
                    rows.append(k)
                    given.append(vectors[row] / max(float(np.linalg.norm(vectors[row])), 1e-12))
            elif view.has_image:
                crop = view.crops([row])[0]
                if crop.size:
                    rows.append(k)
                    crops.append(crop)
        if not rows:
            return np.empty(0, dtype=np.int64), np.empty((0, 0), dtype=np.float32)
        if self.embedder is not None:
            self.embedded += len(crops)
            return np.array(rows), self.embedder(crops)
        return np.array(rows), np.array(given, dtype=np.float32)

    def _learn(self, visit: _Visit, vectors: Vectors, quality: Floats, time: float) -> None:
        if not visit.settled:
            visit.due = time + self.settings.interval
            visit.vectors.append(vectors)
            visit.qualities.extend(quality.tolist())
            return
        visit.due = time + self.settings.refresh
        before = time - self.settings.settled
        same = self.gallery.distance(visit.identity, vectors, before)
        if np.isfinite(same):
            self.statistics.add_same(same)
        for other in self._visits.values():
            if other.settled and other is not visit and other.identity in self.gallery:
                self.statistics.add_different(self.gallery.distance(other.identity, vectors))
        self.gallery.add(visit.identity, vectors, quality, time)

    def _settle(self, time: float) -> None:
        """Decide, jointly, who the people are of whom enough has been seen."""
        open_visits = [
            visit
            for visit in self._visits.values()
            if not visit.settled and len(visit.qualities) >= self.settings.images
        ]
        if not open_visits:
            return
        present = {visit.identity for visit in self._visits.values()}
        absent = [k for k in self.gallery.identities if k not in present]
        queries = [np.concatenate(visit.vectors) for visit in open_visits]
        choice = recognise(self.gallery.distances(queries, absent), self.threshold)
        for visit, vectors, column in zip(open_visits, queries, choice, strict=True):
            if column >= 0:
                visit.identity = absent[column]
            elif absent and time - visit.since < self.settings.decide:
                continue
            visit.settled = True
            visit.due = time + self.settings.refresh
            self.gallery.add(visit.identity, vectors, np.array(visit.qualities), time)
            visit.vectors.clear()

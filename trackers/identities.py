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
        interval: seconds between images of an entrant, and of people close to each other.
        refresh: seconds between images of a person whose identity is settled.
        alert: seconds for which people are watched after they were close to each other.
        doubts: images in a row, unlike the person whose identity the track has, that reopen the
            question who it is: two people may have been mistaken for each other.
        quality: least share of a person that an image shows, neither hidden nor cut off.
        height: least height of an image, pixels.
        gallery: images kept of each identity.
        neighbours: nearest images that count in a comparison.
        settled: seconds; only older images serve to learn how far images of one person lie apart.
        weight: greatest evidence, nats, that appearance gives when a detection could be either
            of two people; 0: position decides alone, and no image is embedded for it.
    """

    threshold: float | None = None
    images: int = 3
    decide: float = 2.0
    interval: float = 0.2
    refresh: float = 1.0
    alert: float = 1.5
    doubts: int = 3
    quality: float = 0.7
    height: float = 40.0
    gallery: int = 24
    neighbours: int = 3
    settled: float = 3.0
    weight: float = 3.0

    def __post_init__(self) -> None:
        if self.threshold is not None and not 0 < self.threshold < 2:
            raise ValueError(f"threshold {self.threshold}: a cosine distance lies in (0, 2)")


@dataclass
class _Visit:
    """One track of one person, from the moment it is confirmed."""

    identity: int
    since: float
    due: float
    alert: float = -np.inf
    settled: bool = False
    reopened: bool = False
    doubts: int = 0
    vectors: list[Vectors] = field(default_factory=list)
    qualities: list[float] = field(default_factory=list)

    def forget(self) -> None:
        """Drop the images that wait for a decision."""
        self.doubts = 0
        self.vectors.clear()
        self.qualities.clear()


class Identities:
    """Gives each track an identity, and gives it back to who returns.

    An identity that is present is never given to a second track; people who enter together are
    decided jointly, and so are people of whom it turns out that they were mistaken for each
    other. Identities are numbered from 1 within this object.

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
        self.single = DistanceStatistics()
        self.embedded = 0
        """Number of crops embedded so far."""
        self._visits: dict[int, _Visit] = {}
        self._next = 1
        self._seen: Sightings | None = None
        self._cache: dict[int, NDArray[np.float32] | None] = {}

    def evidence(self, number: Ints, seen: Sightings, rows: Ints, views: Sequence[View]) -> Floats:
        """What appearance says of which track these detections are.

        Args:
            number: (n,) tracks.
            seen: the instant's detections.
            rows: (k,) those in question.
            views: the views that `seen` refers to.

        Returns:
            (n, k) log-likelihood ratios, at most `settings.weight` either way; 0 where a track's
            identity is not settled or a detection has no vector.
        """
        table = np.zeros((len(number), len(rows)))
        if self.settings.weight == 0 or not self.single.reliable:
            return table
        kept, vectors = self._embed(rows, seen, views)
        columns = np.flatnonzero(np.isin(rows, kept))
        known = self._known()
        held = [i for i, k in enumerate(number) if int(k) in known]
        if held and len(columns):
            identities = [known[int(number[i])] for i in held]
            distances = self.gallery.table(vectors, identities)
            table[np.ix_(np.array(held), columns)] = self.single.log_ratio(distances.T)
        return np.clip(table, -self.settings.weight, self.settings.weight)

    def update(
        self,
        time: float,
        number: Ints,
        confirmed: NDArray[np.bool_],
        crowded: NDArray[np.bool_],
        seen: Sightings,
        owner: Ints,
        views: Sequence[View],
    ) -> Ints:
        """The identity of each track at this instant.

        Args:
            time: seconds.
            number: (n,) tracks; one that is not among them any more has left.
            confirmed: (n,) which of them are people.
            crowded: (n,) which of them are so close to others that they may be mistaken.
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
        for k in number[confirmed & crowded]:
            visit = self._visits[int(k)]
            visit.alert = time + self.settings.alert
            visit.due = min(visit.due, time + self.settings.interval)
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
        return self.statistics.threshold(len(self._absent()))

    def _known(self) -> dict[int, int]:
        """The identity of each track that has one for certain."""
        return {
            k: visit.identity
            for k, visit in self._visits.items()
            if visit.settled and visit.identity in self.gallery
        }

    def _absent(self) -> list[int]:
        present = {visit.identity for visit in self._visits.values()}
        return [k for k in self.gallery.identities if k not in present]

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
        known = self._known()
        distances = self.gallery.table(vectors, list(known.values()))
        for k in sorted({int(k) for k in tracked[wanted]}):
            mine = tracked[wanted] == k
            table = dict(zip(known, distances[mine].T, strict=True))
            self._learn(k, vectors[mine], quality[wanted[mine]], table, time)

    def _embed(self, wanted: Ints, seen: Sightings, views: Sequence[View]) -> tuple[Ints, Vectors]:
        """Vectors of these detections; those that have none are left out."""
        if seen is not self._seen:
            self._seen, self._cache = seen, {}
        missing = [int(k) for k in wanted if int(k) not in self._cache]
        if self.embedder is None:
            for k in missing:
                given = views[seen.view[k]].detections.embeddings
                self._cache[k] = None if given is None else _unit(given[seen.row[k]])
        else:
            self._cache.update(dict.fromkeys(missing))
            crops = {}
            for k in missing:
                if views[seen.view[k]].has_image:
                    crop = views[seen.view[k]].crops([int(seen.row[k])])[0]
                    if crop.size:
                        crops[k] = crop
            if crops:
                self.embedded += len(crops)
                vectors = self.embedder(list(crops.values()))
                self._cache.update(zip(crops, vectors, strict=True))
        rows = [int(k) for k in wanted if self._cache[int(k)] is not None]
        if not rows:
            return np.empty(0, dtype=np.int64), np.empty((0, 0), dtype=np.float32)
        return np.array(rows), np.array([self._cache[k] for k in rows], dtype=np.float32)

    def _learn(
        self, number: int, vectors: Vectors, quality: Floats, table: dict[int, Floats], time: float
    ) -> None:
        """Take in new images of one track.

        Args:
            number: of the track.
            vectors: (k, d) its images.
            quality: (k,) of the images.
            table: (k,) distances of the images to the person of each track that has an identity.
            time: seconds.
        """
        settings, visit = self.settings, self._visits[number]
        quick = not visit.settled or visit.doubts or time < visit.alert
        visit.due = time + (settings.interval if quick else settings.refresh)
        if visit.settled:
            own = float(table[number].mean())
            others = np.array([column for k, column in table.items() if k != number])
            if visit.doubts == 0 and time >= visit.alert:
                self._measure(visit, vectors, others, time)
            sure = settings.threshold is not None or self.statistics.reliable
            nearest = others.mean(axis=1).min() if len(others) else np.inf
            if not sure or own <= min(self.threshold, nearest):
                visit.forget()
                self.gallery.add(visit.identity, vectors, quality, time)
                return
            visit.doubts += 1
            if visit.doubts >= settings.doubts:
                visit.settled, visit.reopened, visit.since = False, True, time
        visit.vectors.append(vectors)
        visit.qualities.extend(quality.tolist())

    def _measure(self, visit: _Visit, vectors: Vectors, others: Floats, time: float) -> None:
        """Learn how far images of one person, and of two (others: (people, k)), lie apart."""
        same = self.gallery.each(visit.identity, vectors, time - self.settings.settled)
        if len(same) == 0:
            return
        self.statistics.add_same(float(same.mean()))
        self.single.add_same(same)
        if len(others):
            self.statistics.add_different(others.mean(axis=1))
            self.single.add_different(others)

    def _settle(self, time: float) -> None:
        """Decide, jointly, who the people are of whom enough has been seen."""
        ready = [
            visit
            for visit in self._visits.values()
            if not visit.settled and len(visit.qualities) >= self.settings.images
        ]
        if not ready:
            return
        candidates = self._absent() + [visit.identity for visit in ready if visit.reopened]
        queries = [np.concatenate(visit.vectors) for visit in ready]
        choice = recognise(self.gallery.distances(queries, candidates), self.threshold)
        taken = {candidates[column] for column in choice if column >= 0}
        for visit, vectors, column in zip(ready, queries, choice, strict=True):
            if column >= 0:
                visit.identity = candidates[column]
            elif visit.identity in taken:
                visit.identity, visit.reopened = self._next, False
                self._next += 1
                continue
            elif candidates and time - visit.since < self.settings.decide:
                continue
            elif visit.reopened:
                visit.identity = self._next
                self._next += 1
            self.gallery.add(visit.identity, vectors, np.array(visit.qualities), time)
            visit.settled, visit.reopened = True, False
            visit.forget()


def _unit(vector: Vectors) -> Vectors | None:
    length = float(np.linalg.norm(vector))
    return vector / length if np.isfinite(length) and length > 0 else None

"""From the tracks of many cameras to one set of identities."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..models.embedder import Embedder
from .attendance import Attendance
from .events import IdentityEvent
from .gallery import DistanceStatistics
from .instant_vectors import presentable
from .known_people import KnownPeople
from .looks import Looks, Place
from .network_chances import Chances
from .network_settings import NetworkSettings
from .network_visits import Choice, Key, Report, Visit, choose
from .sightings import Sightings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Vectors = NDArray[np.float32]


class NetworkIdentities:
    """Gives the tracks of all cameras their identities; see `NetworkTracker`.

    Args:
        embedder: crops to vectors of unit length; None: embeddings given with the detections.
        settings: how people are recognised.
        gallery: who is known.
    """

    def __init__(
        self, embedder: Embedder | None, settings: NetworkSettings, gallery: KnownPeople
    ) -> None:
        self.settings, self.gallery = settings, gallery
        self.looks = Looks(embedder)
        default = getattr(embedder, "threshold", None)
        self.chances = Chances(settings, None if default is None else float(default))
        self.attendance = Attendance(settings, gallery, self.chances)
        self.single = DistanceStatistics()

    @property
    def events(self) -> deque[IdentityEvent]:
        """What happened to identities, the last 10,000 events."""
        return self.attendance.events

    @property
    def threshold(self) -> float:
        """The distance at which two images of one person and of two are equally likely."""
        return self.chances.threshold

    def evidence(self, camera: str, number: Ints, seen: Sightings, rows: Ints) -> Floats:
        """What appearance says of which track of a camera these detections are.

        Args:
            camera: its name.
            number: (n,) tracks.
            seen: the camera's detections.
            rows: (k,) those in question.

        Returns:
            (n, k) log-likelihood ratios, at most `settings.weight` either way; 0 where a track's
            identity is not settled or a detection has no vector.
        """
        table = np.zeros((len(number), len(rows)))
        if self.settings.weight == 0 or not self.single.reliable:
            return table
        vectors = self.looks.of((camera, int(seen.row[k])) for k in rows)
        columns = [k for k, row in enumerate(rows) if (camera, int(seen.row[row])) in vectors]
        known = self.attendance.settled()
        held = [i for i, k in enumerate(number) if (camera, int(k)) in known]
        if held and columns:
            identities = [known[camera, int(number[i])] for i in held]
            queries = np.array([vectors[camera, int(seen.row[rows[k]])] for k in columns])
            ratios = self.single.log_ratio(self.gallery.table(queries, identities))
            table[np.ix_(held, columns)] = ratios.T
        return np.clip(table, -self.settings.weight, self.settings.weight)

    def update(self, time: float, frame: int, reports: Sequence[Report]) -> dict[Key, int]:
        """The identities at this instant.

        Args:
            time: seconds.
            frame: number of the instant.
            reports: of the cameras that delivered something.

        Returns:
            the identity of each confirmed track; without tracks that have not been detected
            since their person was recognised in another.
        """
        self.attendance.begin(time, frame)
        for report in reports:
            for key in self.attendance.ended(report):
                self._leave(key)
            self.attendance.follow(report)
        self._look(reports)
        visits = self.attendance.visits
        enough = self.settings.images
        self._settle({k: v for k, v in visits.items() if len(v.qualities) >= enough})
        return {key: visit.identity for key, visit in visits.items() if not visit.handed}

    def _leave(self, key: Key) -> None:
        """A track has ended: decide who it was, and whether that is one of two known people."""
        visit = self.attendance.visits[key]
        if visit.qualities and not visit.settled:
            self._settle({key: visit}, leaving=True)
        self.attendance.end(key)
        if not visit.handed:
            self._join(key, visit)
        self.attendance.tell(key, visit, "left")
        self.attendance.forget(visit.identity)

    def _join(self, key: Key, visit: Visit) -> None:
        """Make one of two identities if the images of a visit are as well the other's."""
        if not visit.settled or not visit.recent or visit.identity not in self.gallery:
            return
        own, where = visit.identity, self.chances.where
        images = np.concatenate(visit.recent)
        others = [i for i in self.gallery.absent if i != own and where.compatible(own, i)]
        (distances,) = self.gallery.distances([images], others)
        twin = self.chances.twin(others, distances)
        if twin is None:
            return
        kept, gone = sorted([own, twin])
        if self.gallery.join(kept, gone):
            where.join(kept, gone)
            visit.identity = kept
            self.attendance.tell(key, visit, "corrected", gone)

    def _look(self, reports: Sequence[Report]) -> None:
        """Take images of the people of whom one is due, all cameras' in one batch."""
        due = self._due(reports)
        vectors = self.looks.of(due)
        if vectors:
            known = self.attendance.in_sight()
            table = self.gallery.table(np.array(list(vectors.values())), list(known.values()))
            for (place, vector), row in zip(vectors.items(), table, strict=True):
                key, quality = due[place]
                self._learn(key, vector[None], quality, dict(zip(known, row, strict=True)))

    def _due(self, reports: Sequence[Report]) -> dict[Place, tuple[Key, float]]:
        """The detections of which an image is due: their tracks, and how good the images are."""
        due: dict[Place, tuple[Key, float]] = {}
        for report in reports:
            camera, seen = report.view.camera.name, report.seen
            rows, qualities = presentable(
                np.flatnonzero(report.owner >= 0),
                seen,
                [report.view],
                self.settings.quality,
                self.settings.height,
            )
            for k, quality in zip(rows, qualities, strict=True):
                key = camera, int(report.number[report.owner[k]])
                visit = self.attendance.visits.get(key)
                if visit is None or visit.due > self.attendance.time:
                    continue
                # Of people in a crowd, only who is not known at all is worth a doubtful image.
                if not (visit.settled and report.crowded[report.owner[k]]):
                    due[camera, int(seen.row[k])] = key, float(quality)
        return due

    def _learn(self, key: Key, vector: Vectors, quality: float, table: dict[Key, float]) -> None:
        """Take in one image (1, d) of a track, given its distance to everybody settled."""
        visits, settings, time = self.attendance.visits, self.settings, self.attendance.time
        visit = visits[key]
        quick = not visit.settled or visit.qualities or time < visit.alert
        visit.due = time + (settings.interval if quick else settings.refresh)
        others = np.array([distance for k, distance in table.items() if k != key])
        if time >= visit.alert:
            rivals = [(visit.identity, visits[k].identity) for k in table if k != key]
            self.chances.recognition.add_different(others, rivals)
        if not visit.settled:
            visit.take(vector, quality)
            return
        own = table.get(key, np.nan)
        if self._unlike(visit, own, others):
            self._doubt(key, vector, quality)
            return
        visit.forget()
        visit.sure = time
        visit.recent.append(vector)
        if time >= visit.alert:
            self._measure(visit, vector, others)
        self.gallery.add(visit.identity, vector, quality, time)

    def _measure(self, visit: Visit, vector: Vectors, others: Floats) -> None:
        """Learn how far images of one person, and of two who are present, lie apart."""
        self.single.add_different(others)
        if visit.identity in self.gallery:
            before = self.attendance.time - self.settings.settled
            same = self.gallery.each(visit.identity, vector, before)
            self.chances.recognition.within.add_same(same)
            self.single.add_same(same)

    def _unlike(self, visit: Visit, own: float, others: Floats) -> bool:
        """Whether an image is rather somebody else's than the person's whose track it is."""
        if self.settings.doubts == 0 or np.isnan(own):
            return False
        nearest = others.min(initial=np.inf)
        if self.single.reliable:
            return bool(own > min(self.threshold, nearest))
        return bool(self.attendance.time < visit.alert and own > nearest)

    def _doubt(self, key: Key, vector: Vectors, quality: float) -> None:
        """An image is unlike the person; after some, the track has come to follow another."""
        visit = self.attendance.visits[key]
        if not visit.qualities:
            visit.doubted = self.attendance.time
        visit.take(vector, quality)
        if len(visit.qualities) >= self.settings.doubts:
            self.attendance.swap(key)

    def _settle(self, asked: dict[Key, Visit], leaving: bool = False) -> None:
        """Decide, jointly, who the people are of whom enough has been seen."""
        ready = {k: v for k, v in asked.items() if not v.settled and not v.handed}
        if not ready:
            return
        candidates = self.attendance.absent()
        queries = [np.concatenate(visit.vectors) for visit in ready.values()]
        distances = self.gallery.distances(queries, candidates)
        choices = {
            key: self.chances.weigh(visit.stay, candidates, row)
            for (key, visit), row in zip(ready.items(), distances, strict=True)
        }
        for (key, visit), identity in zip(
            ready.items(), choose(list(choices.values()), self.settings.threshold), strict=True
        ):
            choice = choices[key]
            column = len(choice.candidates) if identity < 0 else choice.candidates.index(identity)
            waited = self.attendance.time - visit.stay.begin >= self.settings.decide
            if not (leaving or waited or choice.chances[column] >= self.settings.sure):
                continue
            if identity >= 0 and not self.gallery.claim(identity):
                continue
            self._decide(key, visit, choice, column)

    def _decide(self, key: Key, visit: Visit, choice: Choice, column: int) -> None:
        """Settle who somebody is, and learn from it."""
        before, time = visit.identity, self.attendance.time
        self.chances.learn(visit.stay, choice)
        if column < len(choice.candidates):
            self.attendance.recognise(visit, choice.candidates[column])
            self.attendance.tell(key, visit, "re-identified", before, choice)
        else:
            self.attendance.tell(key, visit, "new", None, choice)
        visit.settled, visit.sure = True, time
        vectors, qualities = np.concatenate(visit.vectors), np.array(visit.qualities)
        self.gallery.add(visit.identity, vectors, qualities, time)
        visit.recent.extend(visit.vectors)
        visit.forget()

"""From the tracks of many cameras to one set of identities."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..models.embedder import Embedder
from .events import IdentityEvent, Kind
from .gallery import DistanceStatistics
from .instant_vectors import presentable
from .known_people import KnownPeople
from .looks import Looks, Place
from .network_settings import NetworkSettings
from .network_visits import Choice, Key, Report, Visit, choose, identity_event
from .recognition import Recognition
from .sightings import Sightings
from .travel import TravelTimes
from .whereabouts import Stay, Whereabouts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
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
        self.recognition = Recognition(
            None if default is None else float(default), known=settings.known
        )
        self.single = DistanceStatistics()
        self.travel = TravelTimes(settings.ways, settings.least, settings.travel)
        self.events: deque[IdentityEvent] = deque(maxlen=10_000)
        self._where = Whereabouts(self.travel)
        self._visits: dict[Key, Visit] = {}
        self._time, self._frame = 0.0, 0

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
        known = self._settled()
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
        self._time, self._frame = time, frame
        for report in reports:
            self._enter_and_leave(report)
        self._look(reports)
        self._settle(
            {k: v for k, v in self._visits.items() if len(v.qualities) >= self.settings.images}
        )
        return {key: visit.identity for key, visit in self._visits.items() if not visit.handed}

    def _enter_and_leave(self, report: Report) -> None:
        camera, time = report.view.camera.name, self._time
        here = {(camera, int(k)) for k in report.number[report.confirmed]}
        detected = {(camera, int(report.number[i])) for i in report.owner if i >= 0}
        for key in sorted(k for k in self._visits if k[0] == camera and k not in here):
            self._leave(key)
        for key in sorted(here - self._visits.keys()):
            self._visits[key] = self._enter(key)
        for key in sorted(here & detected):
            visit = self._visits[key]
            if visit.handed:
                # The person of this track is elsewhere: it follows somebody else, or a mistake.
                self._visits[key] = self._enter(key, visit.identity)
            else:
                visit.stay.end = time
        for key in sorted(
            (camera, int(k)) for k in report.number[report.confirmed & report.crowded]
        ):
            visit = self._visits[key]
            visit.alert = time + self.settings.alert
            visit.due = min(visit.due, time + self.settings.interval)

    def _enter(self, key: Key, before: int | None = None) -> Visit:
        number = self.gallery.number()
        self.gallery.claim(number)
        visit = Visit(number, Stay(key[0], self._time, self._time), self._time)
        self._where.add(number, visit.stay)
        self._tell(key, visit, "entered" if before is None else "swapped", before)
        return visit

    def _leave(self, key: Key) -> None:
        visit = self._visits[key]
        if visit.qualities and not visit.settled:
            self._settle({key: visit}, leaving=True)
        del self._visits[key]
        if not visit.handed:
            self.gallery.release(visit.identity)
            self._join(key, visit)
        self._tell(key, visit, "left")
        present = {one.identity for one in self._visits.values()}
        if visit.identity not in self.gallery and visit.identity not in present:
            self._where.forget(visit.identity)
        if len(self._where) > len(self.gallery.identities) + len(present):
            self._where.keep(present | set(self.gallery.identities))

    def _join(self, key: Key, visit: Visit) -> None:
        """Make one of two identities if the images of a visit are as well the other's."""
        if not visit.settled or not visit.recent or visit.identity not in self.gallery:
            return
        images = np.concatenate(visit.recent)
        own = visit.identity
        others = [i for i in self.gallery.absent if i != own and self._where.compatible(own, i)]
        (distances,) = self.gallery.distances([images], others)
        chances = self.recognition.probabilities(distances, np.zeros(len(others)))
        if len(others) == 0 or not chances[:-1].any():
            return
        best = int(np.argmax(chances[:-1]))
        fixed = self.settings.threshold
        if fixed is not None and distances[best] > fixed:
            return
        if chances[best] < self.settings.sure * (chances[best] + chances[-1]):
            return
        kept, gone = sorted([own, others[best]])
        if self.gallery.join(kept, gone, images, self._time):
            self._where.join(kept, gone)
            visit.identity = kept
            self._tell(key, visit, "corrected", gone)

    @property
    def threshold(self) -> float:
        """The distance at which two images of one person and of two are equally likely."""
        fixed = self.settings.threshold
        return self.recognition.threshold if fixed is None else fixed

    def _settled(self) -> dict[Key, int]:
        """The identity of each track that has one for certain."""
        return {
            key: visit.identity
            for key, visit in self._visits.items()
            if visit.settled and not visit.handed and visit.identity in self.gallery
        }

    def _in_sight(self) -> dict[Key, int]:
        """Of these, those who are detected at this instant: as many different people."""
        known = self._settled()
        return {k: i for k, i in known.items() if self._visits[k].stay.end == self._time}

    def _look(self, reports: Sequence[Report]) -> None:
        """Take images of the people of whom one is due, all cameras' in one batch."""
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
                visit = self._visits.get(key)
                if visit is None or visit.due > self._time:
                    continue
                # Of people in a crowd, only who is not known at all is worth a doubtful image.
                if not (visit.settled and report.crowded[report.owner[k]]):
                    due[camera, int(seen.row[k])] = key, float(quality)
        vectors = self.looks.of(due)
        if vectors:
            known = self._in_sight()
            table = self.gallery.table(np.array(list(vectors.values())), list(known.values()))
            for (place, vector), row in zip(vectors.items(), table, strict=True):
                key, quality = due[place]
                self._learn(key, vector[None], quality, dict(zip(known, row, strict=True)))

    def _learn(self, key: Key, vector: Vectors, quality: float, table: dict[Key, float]) -> None:
        """Take in one image (1, d) of a track, given its distance to everybody settled."""
        visit, settings, time = self._visits[key], self.settings, self._time
        quick = not visit.settled or visit.qualities or time < visit.alert
        visit.due = time + (settings.interval if quick else settings.refresh)
        others = np.array([distance for k, distance in table.items() if k != key])
        if time >= visit.alert:
            rivals = [(visit.identity, self._visits[k].identity) for k in table if k != key]
            self.recognition.add_different(others, rivals)
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
            same = self.gallery.each(visit.identity, vector, self._time - self.settings.settled)
            self.recognition.within.add_same(same)
            self.single.add_same(same)

    def _unlike(self, visit: Visit, own: float, others: Floats) -> bool:
        """Whether an image is rather somebody else's than the person's whose track it is."""
        if self.settings.doubts == 0 or np.isnan(own):
            return False
        nearest = others.min(initial=np.inf)
        if self.single.reliable:
            return bool(own > min(self.threshold, nearest))
        return bool(self._time < visit.alert and own > nearest)

    def _doubt(self, key: Key, vector: Vectors, quality: float) -> None:
        """An image is unlike the person; after some, the track has come to follow another."""
        visit = self._visits[key]
        if not visit.qualities:
            visit.doubted = self._time
        visit.take(vector, quality)
        if len(visit.qualities) < self.settings.doubts:
            return
        visit.stay.end = visit.sure
        if not visit.handed:
            self.gallery.release(visit.identity)
        other = self._enter(key, visit.identity)
        other.stay.begin, other.alert = visit.doubted, visit.alert
        other.vectors, other.qualities = visit.vectors, visit.qualities
        self._visits[key] = other

    def _settle(self, asked: dict[Key, Visit], leaving: bool = False) -> None:
        """Decide, jointly, who the people are of whom enough has been seen."""
        ready = {k: v for k, v in asked.items() if not v.settled and not v.handed}
        if not ready:
            return
        candidates = self._absent()
        queries = [np.concatenate(visit.vectors) for visit in ready.values()]
        distances = self.gallery.distances(queries, candidates)
        choices = {
            key: self._weigh(visit, candidates, row)
            for (key, visit), row in zip(ready.items(), distances, strict=True)
        }
        for (key, visit), identity in zip(
            ready.items(), choose(list(choices.values()), self.settings.threshold), strict=True
        ):
            choice = choices[key]
            column = len(choice.candidates) if identity < 0 else choice.candidates.index(identity)
            waited = self._time - visit.stay.begin >= self.settings.decide
            if not (leaving or waited or choice.chances[column] >= self.settings.sure):
                continue
            if identity >= 0 and not self.gallery.claim(identity):
                continue
            self._decide(key, visit, choice, column)

    def _absent(self) -> list[int]:
        """Who is not detected now: those away, and those whose tracks wait for a detection."""
        lost = [
            visit.identity
            for visit in self._visits.values()
            if visit.settled
            and not visit.handed
            and visit.identity in self.gallery
            and self._time - visit.stay.end >= self.settings.lost
        ]
        return [*self.gallery.absent, *lost]

    def _weigh(self, visit: Visit, candidates: list[int], distances: Floats) -> Choice:
        """How likely an entrant is each of those who can have been here."""
        where, stay = self._where, visit.stay
        can = [k for k, i in enumerate(candidates) if where.possible(i, stay)]
        possible = [candidates[k] for k in can]
        near = distances[can]
        travel = self.travel.evidence([where.journey(i, stay) for i in possible], stay.camera)
        if self.settings.threshold is None:
            chances = self.recognition.probabilities(near, travel)
        else:
            chances = np.zeros(len(near) + 1)
            chances[int(np.argmin(np.append(near, self.settings.threshold)))] = 1.0
        return Choice(possible, near, travel, chances)

    def _decide(self, key: Key, visit: Visit, choice: Choice, column: int) -> None:
        """Settle who somebody is, and learn from it."""
        before = visit.identity
        self._learn_from(visit, choice)
        if column < len(choice.candidates):
            for other in self._visits.values():
                if other.identity == choice.candidates[column]:
                    other.handed = True
            visit.identity = choice.candidates[column]
            self._where.remove(before, visit.stay)
            self._where.add(visit.identity, visit.stay)
            self.gallery.release(before)
            self._tell(key, visit, "re-identified", before, choice)
        else:
            self._tell(key, visit, "new", None, choice)
        visit.settled, visit.sure = True, self._time
        vectors, qualities = np.concatenate(visit.vectors), np.array(visit.qualities)
        self.gallery.add(visit.identity, vectors, qualities, self._time)
        visit.recent.extend(visit.vectors)
        visit.forget()

    def _learn_from(self, visit: Visit, choice: Choice) -> None:
        self.recognition.learn(choice.distances, choice.travel)
        chances = self.recognition.probabilities(choice.distances, choice.travel)
        for identity, chance in zip(choice.candidates, chances, strict=False):
            journey = self._where.journey(identity, visit.stay)
            if journey is not None:
                self.travel.learn(journey, float(chance))

    def _tell(
        self,
        key: Key,
        visit: Visit,
        kind: Kind,
        previous: int | None = None,
        choice: Choice | None = None,
    ) -> None:
        """Write an event."""
        event = identity_event(self._time, self._frame, key, visit, kind, previous, choice)
        learned = None if event.candidates == 0 else self.threshold
        self.events.append(replace(event, threshold=learned))

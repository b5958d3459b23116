"""Who is in which camera of a network: a visit for each track, from its first sight to its end."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from .events import IdentityEvent, Kind
from .known_people import KnownPeople
from .network_chances import Chances
from .network_settings import NetworkSettings
from .network_visits import Choice, Key, Report, Visit, identity_event
from .whereabouts import Stay


class Attendance:
    """The visits that go on; tells the gallery who is present, and keeps where people have been.

    Args:
        settings: how people are recognised.
        gallery: who is known.
        chances: its whereabouts are kept up to date, its threshold is told with events.
    """

    def __init__(self, settings: NetworkSettings, gallery: KnownPeople, chances: Chances) -> None:
        self.settings, self.gallery, self.chances = settings, gallery, chances
        self.visits: dict[Key, Visit] = {}
        self.events: deque[IdentityEvent] = deque(maxlen=10_000)
        self.time, self.frame = 0.0, 0

    def begin(self, time: float, frame: int) -> None:
        """Another instant: its seconds and its number."""
        self.time, self.frame = time, frame

    def ended(self, report: Report) -> list[Key]:
        """A camera's tracks that are not reported any more, whose visits have yet to end."""
        camera = report.view.camera.name
        here = {(camera, int(k)) for k in report.number[report.confirmed]}
        return sorted(k for k in self.visits if k[0] == camera and k not in here)

    def follow(self, report: Report) -> None:
        """Begin the visits of a camera's new tracks, and bring those that go on up to date."""
        camera, time = report.view.camera.name, self.time
        here = {(camera, int(k)) for k in report.number[report.confirmed]}
        detected = {(camera, int(report.number[i])) for i in report.owner if i >= 0}
        for key in sorted(here - self.visits.keys()):
            self._enter(key)
        for key in sorted(here & detected):
            visit = self.visits[key]
            if visit.handed:
                # The person of this track is elsewhere: it follows somebody else, or a mistake.
                self._enter(key, visit.identity)
            else:
                visit.stay.end = time
        crowded = report.number[report.confirmed & report.crowded]
        for key in sorted((camera, int(k)) for k in crowded):
            visit = self.visits[key]
            visit.alert = time + self.settings.alert
            visit.due = min(visit.due, time + self.settings.interval)

    def _enter(self, key: Key, before: int | None = None) -> Visit:
        """Begin a visit of somebody new, in the place of the track's earlier one if there is."""
        number = self.gallery.number()
        self.gallery.claim(number)
        self.visits[key] = visit = Visit(number, Stay(key[0], self.time, self.time), self.time)
        self.chances.where.add(number, visit.stay)
        self.tell(key, visit, "entered" if before is None else "swapped", before)
        return visit

    def swap(self, key: Key) -> None:
        """A track has come to follow another person: the doubtful images are that one's."""
        visit = self.visits[key]
        visit.stay.end = visit.sure
        if not visit.handed:
            self.gallery.release(visit.identity)
        other = self._enter(key, visit.identity)
        other.stay.begin, other.alert = visit.doubted, visit.alert
        other.vectors, other.qualities = visit.vectors, visit.qualities

    def recognise(self, visit: Visit, identity: int) -> None:
        """Somebody turns out to be a known person, whose other tracks are handed over."""
        for other in self.visits.values():
            if other.identity == identity:
                other.handed = True
        before, visit.identity = visit.identity, identity
        self.chances.where.remove(before, visit.stay)
        self.chances.where.add(identity, visit.stay)
        self.gallery.release(before)

    def end(self, key: Key) -> None:
        """A track has ended, and with it the visit."""
        visit = self.visits.pop(key)
        if not visit.handed:
            self.gallery.release(visit.identity)

    def forget(self, identity: int) -> None:
        """Drop where those have been who are not known: this one, and if there are many, all."""
        where = self.chances.where
        present = {visit.identity for visit in self.visits.values()}
        if identity not in self.gallery and identity not in present:
            where.forget(identity)
        if len(where) > len(self.gallery.identities) + len(present):
            where.keep(present | set(self.gallery.identities))

    def settled(self) -> dict[Key, int]:
        """The identity of each track that has one for certain."""
        return {
            key: visit.identity
            for key, visit in self.visits.items()
            if visit.settled and not visit.handed and visit.identity in self.gallery
        }

    def in_sight(self) -> dict[Key, int]:
        """Of these, those who are detected at this instant: as many different people."""
        return {k: i for k, i in self.settled().items() if self.visits[k].stay.end == self.time}

    def absent(self) -> list[int]:
        """Who is not detected now: those away, and those whose tracks wait for a detection."""
        least = self.settings.lost
        known = self.settled().items()
        lost = [i for k, i in known if self.time - self.visits[k].stay.end >= least]
        return [*self.gallery.absent, *lost]

    def tell(
        self,
        key: Key,
        visit: Visit,
        kind: Kind,
        previous: int | None = None,
        choice: Choice | None = None,
    ) -> None:
        """Write an event."""
        event = identity_event(self.time, self.frame, key, visit, kind, previous, choice)
        learned = None if event.candidates == 0 else self.chances.threshold
        self.events.append(replace(event, threshold=learned))

"""From tracks to identities: numbers for new people, and the same number for who comes back.

Lawen et al. 2019, section 5: a person who enters is compared with several images of each person
who is not in the room at that moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..models.embedder import Embedder
from ..sequences import View
from .decisions import Choice, choose, stay
from .events import IdentityEvent, Kind
from .gallery import DistanceStatistics, Gallery
from .identity_settings import IdentitySettings
from .instant_vectors import InstantVectors
from .likeness import Likeness
from .presence import Presence
from .sightings import Sightings
from .visits import Stage, Visit
from .watching import Watch

__all__ = ["Identities", "IdentitySettings"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Vectors = NDArray[np.float32]


class Identities:
    """Gives each track an identity, and gives it back to who returns.

    An identity that is present is never given to a second track; people whose identity is open
    at the same time are decided jointly, and so are people of whom it turns out that they were
    mistaken for each other. For some seconds a decision is provisional: with each further image
    it is made anew. Identities are numbered from 1 within this object.

    Args:
        embedder: crops to vectors of unit length; None: embeddings given with the detections,
            and if there are none either, every track is a new identity.
        settings: how people are recognised.
        gallery: people known before, and where what is learned of people is kept; None: empty.
            One that others use too, such as `GalleryStore`, is told who is present.
    """

    def __init__(
        self,
        embedder: Embedder | None,
        settings: IdentitySettings | None = None,
        gallery: Gallery | None = None,
    ) -> None:
        self.settings = settings or IdentitySettings()
        self.embedder = embedder
        if gallery is None:
            gallery = Gallery(self.settings.gallery, self.settings.neighbours)
        self.gallery = gallery
        default = getattr(embedder, "threshold", None)
        self._likeness = Likeness(gallery, self.settings, 0.3 if default is None else default)
        self.events: list[IdentityEvent] = []
        """What happened since the list was last cleared, in order of time."""
        self._vectors = InstantVectors(embedder)
        self._presence = Presence(gallery, self.settings.absence)
        self._watch = Watch(self._presence, self._likeness, self._vectors, self.settings)
        self._frame: int | None = None
        self._dismissed: set[int] = set()
        self._twins: list[tuple[int, int]] = []

    @property
    def statistics(self) -> DistanceStatistics:
        """How far sets of images of one person lie apart, and of two: what was learned."""
        return self._likeness.several

    @property
    def embedded(self) -> int:
        """Number of crops embedded so far."""
        return self._vectors.embedded

    def evidence(self, number: Ints, seen: Sightings, rows: Ints, views: Sequence[View]) -> Floats:
        """What appearance says of which track these detections are.

        Args:
            number: (n,) tracks.
            seen: the instant's detections.
            rows: (k,) those in question.
            views: the views that `seen` refers to.

        Returns:
            (n, k) log-likelihood ratios, at most `settings.weight` either way; 0 where a track's
            identity is not decided or a detection has no vector.
        """
        table = np.zeros((len(number), len(rows)))
        if self.settings.weight == 0 or not self._likeness.single.reliable:
            return table
        kept, vectors = self._vectors.of(rows, seen, views)
        columns = np.flatnonzero(np.isin(rows, kept))
        known = self._presence.known()
        held = [i for i, k in enumerate(number) if int(k) in known]
        if held and len(columns):
            identities = [known[int(number[i])] for i in held]
            table[np.ix_(np.array(held), columns)] = self._likeness.evidence(vectors, identities)
        return table

    def dismiss(self, numbers: Iterable[int]) -> None:
        """Forget the people of these tracks when the tracks end: who comes back is somebody new.

        Args:
            numbers: of tracks, at their end; those that are not known are no error.
        """
        self._dismissed.update(numbers)

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
        self._frame, self._presence.time = views[0].frame if views else None, time
        visits = self._presence.visits
        self._come_and_go(time, {int(k) for k in number[confirmed]})
        detected = np.zeros(len(number), dtype=bool)
        detected[owner[owner >= 0]] = True
        for k in number[confirmed & (crowded | ~detected)]:
            visit = visits[int(k)]
            visit.alert = time + self.settings.alert
            visit.due = min(visit.due, time + self.settings.interval)
        self._watch.look(number, seen, owner, views)
        self._decide(time)
        self._presence.hold()
        # A gallery that others use joins only numbers that nobody claims any more.
        for kept, gone in self._twins:
            if self.gallery.join(kept, gone):
                self._presence.join(kept, gone)
        self._twins.clear()
        return np.array(
            [visits[int(k)].identity if k in visits else -1 for k in number], dtype=np.int64
        )

    @property
    def threshold(self) -> float:
        """The threshold in force: the given one, or the one learned so far."""
        return self._likeness.threshold(len(self._presence.absent()))

    def _come_and_go(self, time: float, here: set[int]) -> None:
        """End the visits of tracks that ended, and begin those of new ones."""
        visits = self._presence.visits
        for k in self._presence.ended(here):
            visit = visits.pop(k)
            if visit.stage is Stage.PROVISIONAL:
                self._settle(visit, time)
            self._tell(time, k, visit, "left")
            if k in self._dismissed:
                self.gallery.remove(visit.identity)
                self._presence.forget(visit.identity)
        self._dismissed.clear()
        for k in self._presence.begun(here):
            visits[k] = visit = Visit.begin(self._presence.number(), time)
            self._tell(time, k, visit, "entered")

    def _decide(self, time: float) -> None:
        """Decide, jointly, who the people are whose identity is open and who were looked at."""
        visits = self._presence.visits.items()
        ready = {k: v for k, v in visits if not v.settled and v.qualities}
        if any(visit.fresh or self._is_final(visit) for visit in ready.values()):
            choices = self._compare(list(ready.values()))
            for (k, visit), choice in zip(ready.items(), choices, strict=True):
                if self._presence.take(choice.identity):
                    self._apply(time, k, visit, choice)
        for visit in ready.values():
            visit.fresh = False
            if visit.stage is Stage.PROVISIONAL and self._is_final(visit):
                self._settle(visit, time)

    def _compare(self, ready: list[Visit]) -> list[Choice]:
        """Compare people with those who are away, and with those for whom they are taken."""
        absent, threshold = self._presence.absent(), self.threshold
        taken = [v.identity for v in ready if v.identity in self.gallery and not v.twin]
        candidates = absent + taken
        distances = self.gallery.distances([visit.query for visit in ready], candidates)
        for row, visit in zip(distances, ready, strict=True):
            row[~self._possible(visit, absent, len(taken))] = np.nan
        present = [visit.decided for visit in ready]
        choices = choose(
            distances, candidates, threshold, present, self.settings.margin * threshold
        )
        # Who was known on this track, and is nobody else, is seldom somebody never seen before:
        # crowds make anybody look unlike herself for a while, though not until the end.
        held = [visit.held for visit in ready]
        limits = [
            self._likeness.stranger(threshold, lasting=self._is_final(visit)) for visit in ready
        ]
        choices = stay(choices, distances, candidates, held, limits)
        own = [dict(zip(candidates, row.tolist(), strict=True)) for row in distances]
        return [
            self._with_twin(visit, choice, row.get(visit.identity, np.inf), threshold)
            for visit, choice, row in zip(ready, choices, own, strict=True)
        ]

    def _possible(self, visit: Visit, absent: list[int], taken: int) -> NDArray[np.bool_]:
        """Who somebody can be, of those who are away and of so many others.

        Nobody is a person who was seen elsewhere meanwhile. Of who may have two numbers it is asked
        only whether somebody away is the same person.
        """
        if visit.twin:
            away = self._presence.twins(visit, absent)
        else:
            away = self._presence.left_before(visit.since, absent)
        return np.append(away, np.full(taken, not visit.twin))

    def _with_twin(self, visit: Visit, choice: Choice, own: float, threshold: float) -> Choice:
        """What a comparison comes to for who may have two numbers.

        Whoever came as somebody new, and in the same visit turns out to be somebody who was never
        here with her, has two numbers, unless the images do not suit the new one at all.

        Args:
            visit: of the person.
            choice: what the comparison says.
            own: distance to the person's own identity; inf: it was not compared.
            threshold: the one in force, cosine distance.
        """
        if visit.twin:
            known = choice.identity is not None
            return choice if known else replace(choice, identity=visit.identity)
        if visit.reconsidered and choice.identity is not None:
            twin = self._presence.twins(visit, [choice.identity])[0]
            visit.twin = bool(twin) and own <= self._likeness.stranger(threshold)
        return choice

    def _is_final(self, visit: Visit) -> bool:
        """Whether what is decided now is no longer provisional."""
        return self._presence.time - visit.since >= self.settings.correct

    def _apply(self, time: float, number: int, visit: Visit, choice: Choice) -> None:
        """Do what a comparison says of a track's person."""
        before = visit.identity
        kind = visit.decide(choice.identity, self._presence.number)
        joined = visit.twin and visit.identity != before
        if joined:
            self._twins.append((visit.identity, before))
        final = joined or choice.candidates == 0
        if visit.identity != before or kind == "new":
            self._tell(time, number, visit, kind, before, choice, final)
        if final and (joined or choice.identity is None):
            self._settle(visit, time)

    def _settle(self, visit: Visit, time: float) -> None:
        """Decide for good: the images that led to an identity, and suit it, are the person's."""
        suits = self._suits(visit.identity, visit.query)
        if suits.any():
            qualities = np.array(visit.qualities)[suits]
            self.gallery.add(visit.identity, visit.query[suits], qualities, time)
        visit.settle()

    def _suits(self, identity: int, vectors: Vectors) -> NDArray[np.bool_]:
        """(k,) which images of a person cast no doubt on who it is, as if they came alone.

        Before a question is answered for good the track may already follow somebody else.
        """
        if identity not in self.gallery or not self._likeness.reliable:
            return np.ones(len(vectors), dtype=np.bool_)
        others = [k for k in self._presence.known().values() if k != identity]
        others += self._presence.latest_away(self.settings.rivals)
        own = self.gallery.each(identity, vectors)
        nearest = self.gallery.table(vectors, others).min(axis=1, initial=np.inf)
        return np.asarray(own <= np.minimum(self.threshold, nearest))

    def _tell(
        self,
        time: float,
        number: int,
        visit: Visit,
        kind: Kind,
        before: int | None = None,
        choice: Choice | None = None,
        final: bool = False,
    ) -> None:
        final |= choice is not None and self.settings.correct == 0
        event = visit.event(time, number, kind, before, choice)
        provisional = kind != "left" and not final
        self.events.append(replace(event, frame=self._frame, provisional=provisional))

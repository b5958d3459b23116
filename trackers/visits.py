"""One track of one person, from the moment it is confirmed: what is known of who it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from .decisions import Choice
from .events import IdentityEvent, Kind, Shot
from .identity_settings import IdentitySettings

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]


class Stage(Enum):
    """How far the question who it is has come."""

    OPEN = 0
    """Not decided: the identity is a number of its own."""
    PROVISIONAL = 1
    """Decided, but the decision may still be replaced."""
    SETTLED = 2
    """Decided for good, unless the track turns out to follow somebody else by now."""


@dataclass
class Visit:
    """A track's identity, and the images that the next decision rests on.

    Args:
        identity: the number reported.
        own: the number that it has as a new person, never given to anybody else; None: it has
            none yet.
        since: seconds, when the question who it is was asked last: on entering, or when reopened.
        entered: seconds, when the track was confirmed.
        due: seconds, when the next image is wanted.
        alert: seconds until which the track is watched closely, after it was close to others or
            out of sight.
        newcomer: seconds, since when it follows somebody of whom it was decided that nobody knew
            them; None: somebody known.
        twin: whether what is asked is whether somebody away is the same person, by another number.
        stage: how far the question has come.
        reopened: whether the track was settled before: it may follow another person than it did.
        before: the identity that it had then; None: it was not.
        doubts: images in a row that were unlike the settled identity.
        fresh: whether there are images that no decision has seen.
    """

    identity: int
    own: int | None
    since: float
    entered: float
    due: float
    alert: float = -np.inf
    newcomer: float | None = None
    twin: bool = False
    stage: Stage = Stage.OPEN
    reopened: bool = False
    before: int | None = None
    doubts: int = 0
    fresh: bool = False
    vectors: list[Vectors] = field(default_factory=list)
    qualities: list[float] = field(default_factory=list)
    shots: list[Shot] = field(default_factory=list)

    @classmethod
    def begin(cls, identity: int, time: float) -> Visit:
        """Of somebody who has just been confirmed, with a number never given before."""
        return cls(identity, identity, time, time, time)

    @property
    def settled(self) -> bool:
        """Whether the identity is certain."""
        return self.stage is Stage.SETTLED

    @property
    def query(self) -> Vectors:
        """(k, d) the images that wait for a decision."""
        return np.concatenate(self.vectors)

    def take(self, vectors: Vectors, qualities: Floats, shots: list[Shot], most: int) -> None:
        """Keep images for a decision, the newest `most` of them at most."""
        self.vectors.extend(vectors[:, None])
        self.qualities.extend(qualities.tolist())
        self.shots.extend(shots)
        for waiting in (self.vectors, self.qualities, self.shots):
            del waiting[:-most]
        self.fresh = True

    def plan(self, time: float, settings: IdentitySettings) -> None:
        """Say when the next image is wanted."""
        quick = self.stage is Stage.OPEN or self.doubts > 0 or time < self.alert
        self.due = time + (settings.interval if quick else settings.refresh)

    def settle(self) -> None:
        """Be certain from now on."""
        self.stage, self.reopened, self.twin = Stage.SETTLED, False, False
        self.own = self.before = None
        self.forget()

    def forget(self) -> None:
        """Drop the images that wait for a decision."""
        self.doubts, self.fresh = 0, False
        self.vectors.clear()
        self.qualities.clear()
        self.shots.clear()

    @property
    def decided(self) -> int | None:
        """The identity decided on provisionally; -1: somebody new; None: nothing."""
        if self.stage is not Stage.PROVISIONAL:
            return None
        return -1 if self.identity == self.own else self.identity

    @property
    def reconsidered(self) -> bool:
        """Whether it is asked, for the first time since it was settled, if a newcomer is one."""
        return self.newcomer is not None and self.reopened and self.stage is Stage.OPEN

    @property
    def held(self) -> set[int]:
        """The people, known before, for whom it has been taken since it was settled, and then.

        Nobody once it was decided that it is somebody new.
        """
        decided = self.decided
        if decided == -1 or (decided is None and not self.reopened):
            return set()
        return {self.identity} if self.before is None else {self.identity, self.before}

    def decide(self, identity: int | None, number: Callable[[], int]) -> Kind:
        """Take over, provisionally, who it was decided to be.

        Args:
            identity: a known person; None: somebody new.
            number: gives a number never given before.

        Returns:
            what this is, if it changes anything.
        """
        first = not (self.stage is Stage.PROVISIONAL or self.reopened)
        again = self.stage is Stage.PROVISIONAL or self.twin
        kind: Kind = "corrected" if again else "swapped"
        if first:
            kind = "new" if identity is None else "re-identified"
        if identity is None:
            self.own = number() if self.own is None else self.own
            identity, self.newcomer = self.own, self.since
        elif identity != self.identity:
            self.newcomer = None
        self.identity, self.stage = identity, Stage.PROVISIONAL
        return kind

    def doubt(self, doubtful: bool, time: float, most: int, twin: bool = False) -> bool:
        """Count images unlike the settled identity; `most` in a row ask again who it is.

        Args:
            doubtful: whether the latest images are.
            time: seconds.
            most: see above.
            twin: whether the doubt is that somebody away is the same person, by another number.

        Returns:
            whether there are doubts.
        """
        if not doubtful:
            self.forget()
            return False
        self.doubts += 1
        if self.doubts >= most:
            self.stage, self.reopened, self.since, self.own = Stage.OPEN, True, time, None
            self.before = self.identity
            self.twin = twin
        return True

    def event(
        self,
        time: float,
        number: int,
        kind: Kind,
        before: int | None = None,
        choice: Choice | None = None,
    ) -> IdentityEvent:
        """What has just happened.

        Args:
            time: seconds.
            number: of the track.
            kind: what happened.
            before: the identity that the track had.
            choice: what the comparison said, if there was one.
        """
        previous = None if before == self.identity else before
        event = IdentityEvent(time, number, kind, self.identity, previous, since=self.entered)
        if choice is None:
            return event
        return replace(
            event,
            distance=choice.distance,
            second=choice.second,
            second_distance=choice.second_distance,
            threshold=choice.threshold,
            candidates=choice.candidates,
            images=tuple(self.shots),
        )

"""People known beyond one run, in a file that several trackers of one host share."""

from __future__ import annotations

import os
import secrets
import sys
import time as clocks
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np

from . import people_changes
from .gallery import Floats, Vectors
from .known_people import KnownPeople, least_telling
from .people_claims import PeopleClaims
from .people_file import PeopleFile
from .people_tables import Looks, Person


class GalleryStore(KnownPeople):
    """A gallery that lasts: vectors, names and claims in an SQLite file; no images.

    It is in memory what `Gallery` is, as fast, and follows the file: what it learns is written
    every few seconds and when somebody leaves, what others learn is read. Whoever is present has
    a claim, so that two trackers never give one number to two people; a claim runs out unless
    its holder is alive.

    Args:
        path: of the file; made where there is none.
        embedder: the name of what makes the vectors; the file must have the same. None: any.
        size, neighbours: see `Gallery`.
        most: people kept in the file; of more, the unnamed one who has been away longest goes.
        lease: seconds after which a claim runs out that its holder does not renew.
        holder: who claims; None: a name for this process and object.
        clock: gives seconds, the same for all who share the file.
        create: whether a file may be made where there is none.

    Raises:
        FileNotFoundError: there is no file, and none may be made.
        FormatError: a file of another kind, version or embedder.
    """

    def __init__(
        self,
        path: str | Path,
        embedder: str | None = None,
        *,
        size: int = 24,
        neighbours: int = 3,
        most: int = 10_000,
        lease: float = 30.0,
        holder: str | None = None,
        clock: Callable[[], float] = clocks.time,
        create: bool = True,
    ) -> None:
        # What is forgotten, the file decides.
        super().__init__(size, neighbours, most=sys.maxsize)
        self.capacity = most
        self.file = PeopleFile(path, embedder, create=create)
        self.lease, self.clock = lease, clock
        self.holder = holder or f"process {os.getpid()}, {secrets.token_hex(4)}"
        self._claims = PeopleClaims(self.file, self.holder, lease)
        self._revision = -1
        self._reserved: set[int] = set()
        self._elsewhere: set[int] = set()
        self._waiting: list[tuple[int, Vectors, Floats, float]] = []
        self._due = -np.inf
        self.refresh()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what waits, give back all claims, and close the file."""
        self.flush()
        self._claims.give_all_back()
        self.file.close()

    @property
    def absent(self) -> tuple[int, ...]:
        """The known people whom nobody has claimed, here or elsewhere."""
        self._follow()
        return tuple(k for k in super().absent if k not in self._elsewhere)

    @property
    def people(self) -> list[Person]:
        """Who is known."""
        return self.file.people(self.clock())

    @property
    def names(self) -> dict[int, str]:
        """What people are called, of those who have a name."""
        return {person.identity: person.name for person in self.people if person.name}

    def number(self) -> int:
        """A number for somebody new, given to nobody else by any tracker."""
        number = self.file.next_number()
        self._reserved.add(number)
        return number

    def claim(self, identity: int) -> bool:
        """Say that a person is present.

        Returns:
            False where another tracker was first, or the number is nobody's any more.
        """
        taken = self._claims.take(identity, self.clock())
        if not taken and identity not in self._reserved:
            self._due = -np.inf
            return False
        return super().claim(identity)

    def release(self, identity: int) -> None:
        """Say that a person is present no more, and write what was learned of everybody."""
        if identity not in self._claimed:
            return
        super().release(identity)
        self.flush()
        self._reserved.discard(identity)
        self._claims.give_back(identity)

    def add(
        self,
        identity: int,
        vectors: Vectors,
        qualities: Floats | float = 1.0,
        time: float = 0.0,
        **more: Any,
    ) -> None:
        """As `Gallery.add`; in the file within seconds, with the clock's time.

        Somebody who was deleted from the file, or merged with another, gets no images any more.
        """
        if identity not in self and identity not in self._reserved:
            if not self.file.adopt(identity):
                return
            self._reserved.add(identity)
        super().add(identity, vectors, qualities, time, **more)
        each = np.broadcast_to(np.asarray(qualities, dtype=np.float64), (len(vectors),))
        self._waiting.append((identity, np.asarray(vectors, np.float32), each, self.clock()))
        self._follow()

    def join(self, kept: int, gone: int) -> bool:
        """As `merge`; False for two people with names, or one who is present elsewhere."""
        try:
            self.merge(kept, gone)
        except ValueError:
            return False
        return True

    def remove(self, identity: int) -> None:
        """Forget an identity in memory; `delete` removes it from the file."""
        super().remove(identity)
        self._waiting = [one for one in self._waiting if one[0] != identity]

    def _follow(self) -> None:
        """Write, renew the claims and read, a few times within a lease."""
        if self.clock() >= self._due:
            self.flush()

    def flush(self) -> None:
        """Write what was learned, renew the claims, and read what others wrote."""
        now, waiting = self.clock(), self._waiting
        self._waiting = []
        with self.file.writing():
            alone = self.file.revision == self._revision
            for identity, vectors, qualities, taken in waiting:
                self._write(identity, vectors, qualities, taken)
            for gone in self.file.thin_out(self.capacity, now):
                self.remove(gone)
            if alone:
                # Nobody else wrote, so memory is what the file is.
                self._revision = self.file.revision
            self._claims.renew(now)
        self.refresh()

    def _write(self, identity: int, vectors: Vectors, qualities: Floats, taken: float) -> None:
        vectors = self.file.check_vectors(vectors)
        if identity in self._reserved and not self.file.has(identity):
            here = identity in self._claimed
            until = taken + self.lease if here else None
            people_changes.insert_person(
                self.file, identity, "", taken, taken, self.holder if here else None, until
            )
        elif not self.file.has(identity):
            return
        self._reserved.discard(identity)
        numbers = np.zeros(len(vectors), dtype=np.int64)
        self.file.put(identity, Looks(numbers, vectors, qualities, np.full(len(vectors), taken)))
        looks = self.file.looks(identity)
        for image in looks.numbers[least_telling(looks.vectors, looks.qualities, self.size)]:
            self.file.change("DELETE FROM images WHERE image = ?", int(image))
        self.file.touch(identity, taken)

    def refresh(self) -> None:
        """Read what others have written since: people, and who is present elsewhere."""
        now = self.clock()
        self._due = now + self.lease / 4
        with self.file.writing():
            if self.file.revision != self._revision:
                self._read()
            self._elsewhere = self._claims.elsewhere(now)

    def _read(self) -> None:
        rows = self.file.rows("SELECT identity, revision FROM people ORDER BY seen")
        for gone in set(self.identities) - {identity for identity, _ in rows} - self._reserved:
            self.remove(gone)
        for identity, revision in rows:
            if revision > self._revision:
                looks = self.file.looks(identity)
                super().remove(identity)
                if len(looks.numbers):
                    # From before this run, whatever the run's own time is.
                    super().add(identity, looks.vectors, looks.qualities, -np.inf)
        self._revision = self.file.revision

    def enrol(self, name: str, vectors: Vectors) -> int:
        """Make somebody known by the vectors of photographs; see `people_changes.enrol`."""
        with self._changing():
            return people_changes.enrol(self.file, name, vectors, self.clock())

    def rename(self, identity: int, name: str) -> None:
        """Name a person; see `people_changes.rename`."""
        with self._changing():
            people_changes.rename(self.file, identity, name, self.clock())

    def merge(self, kept: int, gone: int) -> None:
        """Two identities are one person; see `people_changes.merge`."""
        with self._changing():
            people_changes.merge(self.file, kept, gone, self.clock())

    def split(self, identity: int, images: Collection[int] | None = None) -> int:
        """One identity is two people; see `people_changes.split`."""
        with self._changing():
            return people_changes.split(self.file, identity, images, self.clock())

    def undo(self) -> str | None:
        """Take back the last enrolling, naming, merging or splitting; None: there is none."""
        with self._changing():
            return people_changes.undo(self.file)

    def delete(self, identity: int) -> None:
        """Delete a person for good: no byte is left in the file, and nothing can be undone.

        Raises:
            ValueError: nobody has that number.
        """
        with self._changing():
            people_changes.check_known(self.file, identity)
            self.remove(identity)
            self.file.erase([identity])

    def expire(self, age: float, *, named: bool = False) -> list[int]:
        """Delete for good, as `delete`, whoever is absent and has not been seen for so long.

        Args:
            age: seconds.
            named: whether people with names may go too.

        Returns:
            their identities.
        """
        now = self.clock()
        old = [
            person.identity
            for person in self.people
            if person.holder is None and now - person.seen > age and (named or not person.name)
        ]
        with self._changing():
            if old:
                self.file.erase(old)
        return old

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """What waits is written before the change, and the change read after it."""
        self.flush()
        yield
        self.refresh()

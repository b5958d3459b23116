"""The file in which people are known beyond one run: SQLite, appearance vectors, no images.

Several processes of one host may use a file at once. Every change is one transaction, so that
whoever stops in the middle leaves nothing half done.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..sequences.errors import FormatError
from ..sequences.files import replacing
from .people_tables import APPLICATION, SCHEMA, TABLES, Looks, Person, Vectors


class PeopleFile:
    """An open file of known people: transactions, and what both its users need to read.

    Args:
        path: created where there is none.
        embedder: the name of what makes the vectors, recorded in a new file; None: whatever the
            file says.
        create: whether a file may be made where there is none.

    Raises:
        FileNotFoundError: there is no file, and none may be made.
        FormatError: a file of another kind or version, or one of another embedder.
    """

    def __init__(
        self, path: str | Path, embedder: str | None = None, *, create: bool = True
    ) -> None:
        self.path = Path(path)
        if not self.path.exists() and not create:
            raise FileNotFoundError(f"there is no gallery at {path}")
        if self.path.is_dir():
            raise FormatError(path, "a gallery of people, which is a file")
        self._lock = threading.RLock()
        try:
            self._database = sqlite3.connect(
                self.path, timeout=30.0, isolation_level=None, check_same_thread=False
            )
        except sqlite3.OperationalError as error:
            raise OSError(f"{path}: {error}") from None
        try:
            self._open(embedder)
        except BaseException:
            self._database.close()
            raise

    def _open(self, embedder: str | None) -> None:
        try:
            for setting in ("foreign_keys = ON", "secure_delete = ON", "temp_store = MEMORY"):
                self._database.execute(f"PRAGMA {setting}").fetchall()
            with self.writing():
                self._check(embedder)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise OSError(f"{self.path}: {error}") from None
            raise FormatError(self.path, "a gallery of people, an SQLite file") from None

    def _check(self, embedder: str | None) -> None:
        kind, version = self._pragma("application_id"), self._pragma("user_version")
        if not self.rows("SELECT 1 FROM sqlite_master") and kind == version == 0:
            self._create()
            kind, version = APPLICATION, SCHEMA
        if kind != APPLICATION:
            raise FormatError(self.path, "a gallery of people, not another program's SQLite file")
        if version != SCHEMA:
            raise FormatError(self.path, f"a gallery of version {SCHEMA}", found=version)
        if embedder is None:
            return
        if self.embedder is None:
            self.change("INSERT INTO embedder VALUES (?)", embedder)
        elif self.embedder != embedder:
            raise FormatError(
                self.path,
                f"vectors of the embedder in use, {embedder!r}: another's cannot be compared",
                found=self.embedder,
            )

    def _create(self) -> None:
        for statement in TABLES.split(";\n"):
            if statement.strip():
                self.change(statement)
        self.change(f"PRAGMA application_id = {APPLICATION}")
        self.change(f"PRAGMA user_version = {SCHEMA}")

    def _pragma(self, name: str) -> int:
        return int(self.rows(f"PRAGMA {name}")[0][0])

    def close(self) -> None:
        """Close the file; it cannot be used after that."""
        self._database.close()

    @property
    def embedder(self) -> str | None:
        """The name of what makes the vectors, if it was recorded."""
        found = self.rows("SELECT name FROM embedder")
        return str(found[0][0]) if found else None

    @property
    def dim(self) -> int:
        """Length of the vectors; 0 before the first."""
        return self._fact("dim")

    @property
    def revision(self) -> int:
        """A number that grows with every change of people or their images."""
        return self._fact("revision")

    @property
    def next(self) -> int:
        """The number that somebody new will get."""
        return self._fact("next")

    def _fact(self, name: str) -> int:
        return int(self.rows("SELECT value FROM facts WHERE name = ?", name)[0][0])

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: nobody else writes meanwhile, and nothing stays if it raises."""
        with self._lock:
            if self._database.in_transaction:
                yield
                return
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows that a statement selects."""
        with self._lock:
            return self._database.execute(statement, values).fetchall()

    def change(self, statement: str, *values: object) -> int:
        """Carry out a statement; returns the number of rows that it changed."""
        with self._lock:
            return self._database.execute(statement, values).rowcount

    def next_number(self) -> int:
        """A number for somebody new, given to nobody else in any process."""
        with self.writing():
            self.change("UPDATE facts SET value = value + 1 WHERE name = 'next'")
            return self.next - 1

    def adopt(self, identity: int) -> bool:
        """Reserve a number that `next_number` has not given; False if it was ever given."""
        with self.writing():
            free = identity >= self.next
            if free:
                self.change("UPDATE facts SET value = ? WHERE name = 'next'", identity + 1)
        return free

    def thin_out(self, capacity: int, now: float) -> list[int]:
        """Beyond a capacity, delete the unnamed and absent who were not seen for longest."""
        ((count,),) = self.rows("SELECT count(*) FROM people")
        rows = self.rows(
            "SELECT identity FROM people WHERE name = '' AND (until IS NULL OR until <= ?)"
            " ORDER BY seen LIMIT ?",
            now,
            max(0, count - capacity),
        )
        for (identity,) in rows:
            self.change("DELETE FROM people WHERE identity = ?", identity)
        if rows:
            self.next_revision()
        return [identity for (identity,) in rows]

    def next_revision(self) -> int:
        """Count a change; within a transaction."""
        self.change("UPDATE facts SET value = value + 1 WHERE name = 'revision'")
        return self.revision

    def touch(self, identity: int, seen: float | None = None) -> None:
        """Mark a person as changed, and as seen at a time; within a transaction."""
        revision = self.next_revision()
        self.change("UPDATE people SET revision = ? WHERE identity = ?", revision, identity)
        if seen is not None:
            self.change("UPDATE people SET seen = max(seen, ?) WHERE identity = ?", seen, identity)

    def check_vectors(self, vectors: Vectors) -> Vectors:
        """Vectors as they are kept; the first ones fix the length. Within a transaction.

        Raises:
            ValueError: not a finite (k, d) array, or of another length than the file's.
        """
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        if vectors.ndim != 2 or not vectors.shape[1] or not np.isfinite(vectors).all():
            raise ValueError("appearance vectors must be a finite (k, d) array")
        if self.dim == 0:
            self.change("UPDATE facts SET value = ? WHERE name = 'dim'", vectors.shape[1])
        elif self.dim != vectors.shape[1]:
            raise FormatError(
                self.path, f"vectors of length {self.dim}, as in the file", found=vectors.shape[1]
            )
        return vectors

    def put(self, identity: int, looks: Looks) -> None:
        """Write images of a known person, with their numbers unless these are 0."""
        rows = zip(*looks, strict=True)
        with self._lock:
            self._database.executemany(
                "INSERT INTO images VALUES (?, ?, ?, ?, ?)",
                [
                    (int(k) or None, identity, vector.tobytes(), float(quality), float(taken))
                    for k, vector, quality, taken in rows
                ],
            )

    def looks(self, identity: int) -> Looks:
        """The images of a person, oldest first; none of one who is not known."""
        rows = self.rows(
            "SELECT image, vector, quality, taken FROM images WHERE identity = ? ORDER BY image",
            identity,
        )
        vectors = np.array([np.frombuffer(row[1], np.float32) for row in rows], np.float32)
        return Looks(
            np.array([row[0] for row in rows], np.int64),
            vectors.reshape(len(rows), self.dim),
            np.array([row[2] for row in rows], np.float64),
            np.array([row[3] for row in rows], np.float64),
        )

    def people(self, now: float, identities: Sequence[int] | None = None) -> list[Person]:
        """The known people in the order of their numbers; `now` says whose claims have run out."""
        rows = self.rows(
            "SELECT identity, name, (SELECT count(*) FROM images WHERE identity = p.identity),"
            " created, seen, CASE WHEN until > ? THEN holder END FROM people p ORDER BY identity",
            now,
        )
        wanted = None if identities is None else set(identities)
        return [Person(*row) for row in rows if wanted is None or row[0] in wanted]

    def has(self, identity: int) -> bool:
        """Whether a person of this number is known."""
        return bool(self.rows("SELECT 1 FROM people WHERE identity = ?", identity))

    def snapshot(self, path: str | Path) -> None:
        """Write a copy, complete at one moment, that can be opened like the file itself."""
        with replacing(path) as draft:
            copy = sqlite3.connect(draft)
            try:
                with self._lock:
                    self._database.backup(copy)
            finally:
                copy.close()

    def erase(self, identities: Sequence[int]) -> None:
        """Delete people so that no byte of them is left in the file, nor in what can be undone.

        Deleted rows are overwritten with zeros, all that could be undone goes too, and the file
        is written anew. Snapshots made earlier are other files: they keep whom they hold.
        """
        with self.writing():
            for identity in identities:
                self.change("DELETE FROM people WHERE identity = ?", int(identity))
            self.change("DELETE FROM changes")
            self.next_revision()
        with self._lock:
            self._database.execute("VACUUM")

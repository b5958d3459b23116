"""Changes that people make to a gallery: naming, enrolling, merging, splitting, and undo.

Each keeps what it changes as it was before, so that the last ones can be taken back one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from .people_file import PeopleFile
from .people_tables import Looks, Vectors

DEPTH = 20
"""How many changes can be undone."""


def enrol(file: PeopleFile, name: str, vectors: Vectors, now: float) -> int:
    """Make somebody known by photographs; one who has that name already gets further ones.

    Args:
        file: the gallery.
        name: not empty, no number.
        vectors: (k, d) rows of unit length, k >= 1.
        now: seconds of the clock.

    Returns:
        the identity.

    Raises:
        ValueError: a name that cannot be one, or vectors of another length than the file's.
    """
    check_name(name)
    with file.writing():
        vectors = file.check_vectors(vectors)
        if len(vectors) == 0:
            raise ValueError(f"{name}: at least one photograph is needed")
        found = file.rows("SELECT identity FROM people WHERE name = ?", name)
        if found:
            identity = int(found[0][0])
            _keep(file, f"enrol {name}", now, [identity])
        else:
            identity = file.next_number()
            _keep(file, f"enrol {name}", now, [], born=identity)
            insert_person(file, identity, name, now, now)
        before = file.looks(identity).numbers
        count = len(vectors)
        file.put(
            identity, Looks(np.zeros(count, int), vectors, np.ones(count), np.full(count, now))
        )
        for image in np.setdiff1d(file.looks(identity).numbers, before).tolist():
            file.change("INSERT INTO new_images SELECT max(change), ? FROM changes", image)
        file.touch(identity, now)
    return identity


def rename(file: PeopleFile, identity: int, name: str, now: float) -> None:
    """Name a person; the empty name takes a name away.

    Raises:
        ValueError: nobody has that number, or somebody else has the name, or it cannot be one.
    """
    if name:
        check_name(name)
    with file.writing():
        check_known(file, identity)
        if name and file.rows(
            "SELECT 1 FROM people WHERE name = ? AND identity <> ?", name, identity
        ):
            raise ValueError(f"{file.path}: somebody else is called {name!r} already")
        _keep(file, f"name {identity} {name}".rstrip(), now, [identity])
        file.change("UPDATE people SET name = ? WHERE identity = ?", name, identity)
        file.touch(identity)


def merge(file: PeopleFile, kept: int, gone: int, now: float) -> None:
    """Two identities turn out to be one person, who has the first number from now on.

    The name is the first one's, or else the second one's.

    Raises:
        ValueError: a number that nobody has, twice the same, two different names, or a second
            one whom somebody has claimed.
    """
    with file.writing():
        if kept == gone:
            raise ValueError(f"{kept} and {gone} are the same number: there is nothing to merge")
        check_known(file, kept)
        check_known(file, gone)
        first, second = file.people(now, [kept, gone])
        if first.identity != kept:
            first, second = second, first
        if first.name and second.name:
            raise ValueError(f"{kept} is {first.name!r} and {gone} is {second.name!r}: unname one")
        if second.holder is not None:
            raise ValueError(f"{gone} is present ({second.holder}): merge when absent")
        _keep(file, f"merge {kept} {gone}", now, [kept, gone])
        file.change("UPDATE images SET identity = ? WHERE identity = ?", kept, gone)
        file.change("DELETE FROM people WHERE identity = ?", gone)
        file.change(
            "UPDATE people SET name = ?, created = min(created, ?) WHERE identity = ?",
            first.name or second.name,
            second.created,
            kept,
        )
        file.touch(kept, second.seen)


def split(file: PeopleFile, identity: int, images: Collection[int] | None, now: float) -> int:
    """One identity turns out to be two people; the second gets these images and a new number.

    Args:
        file: the gallery.
        identity: a known person, who keeps the name.
        images: numbers of some of the person's images, not of all; None: see `two_groups`.
        now: seconds of the clock.

    Returns:
        the new identity.

    Raises:
        ValueError: nobody has that number, or no, all or somebody else's images.
    """
    with file.writing():
        check_known(file, identity)
        looks = file.looks(identity)
        if images is None:
            images = looks.numbers[two_groups(looks.vectors)].tolist()
        own, moved = set(looks.numbers.tolist()), set(images)
        if not moved or not moved < own:
            listed = ", ".join(map(str, sorted(own)))
            raise ValueError(f"expected some, not all, of the images of {identity}: {listed}")
        born = file.next_number()
        _keep(file, f"split {identity}", now, [identity], born=born)
        created, seen = file.rows("SELECT created, seen FROM people WHERE identity = ?", identity)[
            0
        ]
        insert_person(file, born, "", created, seen)
        for image in sorted(moved):
            file.change("UPDATE images SET identity = ? WHERE image = ?", born, image)
        file.touch(identity)
        file.touch(born)
    return born


def two_groups(vectors: Vectors) -> NDArray[np.bool_]:
    """Which images are the second of two people, by average linkage of their cosine distances.

    Args:
        vectors: (k, d) rows of unit length, k >= 2.

    Returns:
        (k,) true for the smaller group; false for the first image where both are as large.

    Raises:
        ValueError: fewer than two images.

    >>> two_groups(np.eye(3, dtype=np.float32)[[0, 0, 2, 0]]).tolist()
    [False, False, True, False]
    """
    if len(vectors) < 2:
        raise ValueError(f"{len(vectors)} image cannot be two people's")
    second = fcluster(linkage(vectors, "average", "cosine"), 2, "maxclust") == 2
    if second.sum() * 2 > len(second) or (second.sum() * 2 == len(second) and second[0]):
        second = ~second
    return np.asarray(second)


def undo(file: PeopleFile) -> str | None:
    """Take back the last change that has not been taken back.

    What has happened since stays where it can: later images of a person who was merged stay
    with the number that they were given, those of a person who was split off go back.

    Returns:
        what was undone, such as "merge 3 7"; None: there is nothing to undo.
    """
    with file.writing():
        last = file.rows(
            "SELECT change, made, told, born FROM changes ORDER BY change DESC LIMIT 1"
        )
        if not last:
            return None
        change, made, told, born = last[0]
        people = file.rows(
            "SELECT identity, name, created, seen FROM kept_people WHERE change = ?", change
        )
        if born is not None and people:
            file.change("UPDATE images SET identity = ? WHERE identity = ?", people[0][0], born)
        if born is not None:
            file.change("DELETE FROM people WHERE identity = ?", born)
        # Names first, so that no two people have one at any moment.
        for identity, *_ in people:
            file.change("UPDATE people SET name = '' WHERE identity = ?", identity)
        for identity, name, created, seen in people:
            _restore_person(file, identity, name, created, seen, made)
        _restore_images(file, change)
        file.change("DELETE FROM changes WHERE change = ?", change)
        file.next_revision()
    return str(told)


def _restore_person(
    file: PeopleFile, identity: int, name: str, created: float, seen: float, made: float
) -> None:
    now = file.rows("SELECT seen FROM people WHERE identity = ?", identity)
    if not now:
        insert_person(file, identity, name, created, seen)
        return
    # Somebody seen after the change was seen then, whatever becomes of the change.
    latest = now[0][0] if now[0][0] > made else seen
    file.change(
        "UPDATE people SET name = ?, created = ?, seen = ? WHERE identity = ?",
        name,
        created,
        latest,
        identity,
    )
    file.touch(identity)


def _restore_images(file: PeopleFile, change: int) -> None:
    kept, new = "FROM kept_images WHERE change = ?", "FROM new_images WHERE change = ?"
    for some in (kept, new):
        file.change(f"DELETE FROM images WHERE image IN (SELECT image {some})", change)
    file.change(f"INSERT INTO images SELECT image, identity, vector, quality, taken {kept}", change)


def _keep(
    file: PeopleFile, told: str, now: float, identities: Sequence[int], born: int | None = None
) -> None:
    """Write down how people are before a change, and forget what was long ago."""
    file.change("INSERT INTO changes (made, told, born) VALUES (?, ?, ?)", now, told, born)
    change = file.rows("SELECT max(change) FROM changes")[0][0]
    for identity in identities:
        file.change(
            "INSERT INTO kept_people SELECT ?, identity, name, created, seen FROM people"
            " WHERE identity = ?",
            change,
            identity,
        )
        file.change(
            "INSERT INTO kept_images SELECT ?, image, identity, vector, quality, taken FROM images"
            " WHERE identity = ?",
            change,
            identity,
        )
    file.change("DELETE FROM changes WHERE change <= ?", change - DEPTH)


def insert_person(
    file: PeopleFile,
    identity: int,
    name: str,
    created: float,
    seen: float,
    holder: str | None = None,
    until: float | None = None,
) -> None:
    """Write a person without images; within a transaction."""
    file.change(
        "INSERT INTO people VALUES (?, ?, ?, ?, ?, ?, ?)",
        identity,
        name,
        created,
        seen,
        holder,
        until,
        file.next_revision(),
    )


def check_known(file: PeopleFile, identity: int) -> None:
    """Refuse a number that nobody has.

    Raises:
        ValueError: nobody has it.
    """
    if not file.has(identity):
        raise ValueError(f"{file.path}: nobody has the number {identity}")


def check_name(name: str) -> None:
    """Refuse what cannot be a name.

    Raises:
        ValueError: an empty name, a number, or a line break in it.
    """
    if not name.strip() or name.strip() != name or name.isdigit() or not name.isprintable():
        raise ValueError(f"{name!r} is no name: expected words, and not a number")

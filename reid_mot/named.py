"""Who of a result is known by name, and when each was seen."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .sequences.files import write_text
from .sequences.views import Tracks

__all__ = ["NamedPerson", "listed_people", "named_people", "write_people"]


class NamedPerson(NamedTuple):
    """Somebody known by name.

    Args:
        identity: the number in the tracks.
        name: from the gallery.
        first, last: frame numbers at which the person was seen first and last.
        frames: how many there were with the person.
    """

    identity: int
    name: str
    first: int
    last: int
    frames: int


def named_people(tracks: Tracks, names: Mapping[int, str]) -> list[NamedPerson]:
    """Those of the tracks who have a name, in the order of their numbers.

    >>> rows = Tracks([5, 6, 6], ["a", "a", "b"], [3, 3, 3], [[0, 0, 9, 9]] * 3)
    >>> named_people(rows, {3: "Ann", 4: "Bob"})
    [NamedPerson(identity=3, name='Ann', first=5, last=6, frames=2)]
    """
    found = []
    for identity, name in sorted(names.items()):
        frames = np.unique(tracks.frame[tracks.identity == identity])
        if len(frames):
            found.append(NamedPerson(identity, name, int(frames[0]), int(frames[-1]), len(frames)))
    return found


def write_people(path: str | Path, people: Sequence[NamedPerson]) -> None:
    """Write them as CSV with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([NamedPerson._fields, *people])
    write_text(path, text.getvalue())


def listed_people(people: Sequence[NamedPerson]) -> str:
    """A text in columns."""
    width = max([len(person.name) for person in people], default=0)
    lines = [f"{'number':>6}  {'name':<{width}}  seen"]
    for one in people:
        seen = f"frames {one.first} to {one.last}, {one.frames} in all"
        lines.append(f"{one.identity:>6}  {one.name:<{width}}  {seen}")
    return "\n".join(lines)

"""Who somebody is, and how clearly: joint decisions over everybody whose identity is open."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .gallery import recognise

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Choice:
    """What a comparison says of one person.

    Args:
        identity: whose it is; None: nobody known.
        distance: cosine distance to that identity; None: nobody known.
        second: the nearest identity left over by the others; None: none.
        second_distance: to it.
        threshold: beyond which somebody is nobody known.
        candidates: how many identities there were.
    """

    identity: int | None
    distance: float | None
    second: int | None
    second_distance: float | None
    threshold: float
    candidates: int


def choose(
    distances: Floats,
    candidates: Sequence[int],
    threshold: float,
    present: Sequence[int | None],
    margin: float = 0.0,
) -> list[Choice]:
    """Decide jointly who several people are: nobody is given to two of them.

    Args:
        distances: (people, candidates) cosine distances; NaN where somebody cannot be it.
        candidates: identities.
        threshold: somebody farther than this from everybody is nobody known.
        present: what was decided of each person before, which stands until something else is
            nearer by the margin: one of the candidates; -1, somebody new; None, nothing.
        margin: cosine distance.

    >>> both = choose(np.array([[0.1, 0.2], [0.1, 0.9]]), [7, 8], 0.5, [None, None])
    >>> [(choice.identity, choice.second) for choice in both]
    [(8, None), (7, None)]
    >>> doubtful = np.array([[0.20, 0.19]])
    >>> [choose(doubtful, [7, 8], 0.5, [p], margin=0.05)[0].identity for p in (None, 7)]
    [8, 7]
    """
    names = np.array([*candidates], dtype=np.int64)
    bonus = np.zeros_like(distances)
    for row, before in enumerate(present):
        if before is not None:
            bonus[row] = margin if before == -1 else np.where(names == before, -margin, 0.0)
    columns = recognise(distances + bonus, threshold)
    taken = set(columns.tolist())
    return [
        _choice(row, int(column), taken, candidates, threshold)
        for row, column in zip(distances, columns, strict=True)
    ]


def stay(
    choices: Sequence[Choice],
    distances: Floats,
    candidates: Sequence[int],
    held: Sequence[Collection[int]],
    limits: Sequence[float],
) -> list[Choice]:
    """Leave people who are nobody else the identity that they have, unless they are too unlike it.

    Args:
        choices: what `choose` said of each.
        distances: (people, candidates) cosine distances, as `choose` had them.
        candidates: identities.
        held: the identities that each has had so far; of several the nearest is kept.
        limits: cosine distances, beyond which each is too unlike it.

    >>> table = np.array([[0.6, 0.9], [0.8, 0.9]])
    >>> new = choose(table, [7, 8], 0.5, [None, None])
    >>> [choice.identity for choice in stay(new, table, [7, 8], [{7}, {8}], [0.7, 0.7])]
    [7, None]
    """
    taken = {choice.identity for choice in choices}
    found = []
    for choice, row, mine, limit in zip(choices, distances, held, limits, strict=True):
        if choice.identity is None:
            near = [(float(d), k) for d, k in zip(row, candidates, strict=True) if k in mine]
            distance, identity = min(
                ((d, k) for d, k in near if d <= limit and k not in taken), default=(None, None)
            )
            if identity is not None:
                choice = replace(choice, identity=identity, distance=distance)
                taken.add(identity)
        found.append(choice)
    return found


def _choice(
    row: Floats, column: int, taken: set[int], candidates: Sequence[int], threshold: float
) -> Choice:
    left = [(float(d), j) for j, d in enumerate(row) if j not in taken and np.isfinite(d)]
    second_distance, second = min(left, default=(None, None))
    return Choice(
        None if column < 0 else candidates[column],
        None if column < 0 else float(row[column]),
        None if second is None else candidates[second],
        second_distance,
        threshold,
        len(candidates),
    )

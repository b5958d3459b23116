"""One track of one person in a network of cameras, and the choice who the person is."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..sequences import View
from .association import assign
from .events import IdentityEvent, Kind
from .gallery import recognise
from .sightings import Sightings
from .whereabouts import Stay

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Vectors = NDArray[np.float32]
Key = tuple[str, int]
"""A track: the camera's name, and the number of the track in it."""

LEAST = 1e-12
"""The least probability that is told from 0."""


class Report(NamedTuple):
    """What one camera's tracker says of an instant; see `Identities.update`."""

    view: View
    number: Ints
    confirmed: Flags
    crowded: Flags
    seen: Sightings
    owner: Ints


@dataclass
class Visit:
    """One track, from the moment it is a person.

    Args:
        identity: who it is, as far as is known.
        stay: where and when.
        due: seconds, when the next image is to be taken.
        alert: seconds until which the person is watched after somebody was close.
        settled: whether it is decided who it is.
        handed: whether the person has been recognised in another track since.
        sure: seconds, of the last image that was like the person's.
        doubted: seconds, of the first that was not.
        vectors: images (k, d) that wait for a decision.
        recent: the latest images that did not.
        qualities: of the images that wait.
    """

    identity: int
    stay: Stay
    due: float
    alert: float = -np.inf
    settled: bool = False
    handed: bool = False
    sure: float = -np.inf
    doubted: float = -np.inf
    vectors: list[Vectors] = field(default_factory=list)
    recent: deque[Vectors] = field(default_factory=lambda: deque(maxlen=8))
    qualities: list[float] = field(default_factory=list)

    def take(self, vector: Vectors, quality: float) -> None:
        """Keep an image until it is decided whose it is."""
        self.vectors.append(vector)
        self.qualities.append(quality)

    def forget(self) -> None:
        """Drop the images that wait."""
        self.vectors.clear()
        self.qualities.clear()


class Choice(NamedTuple):
    """What is known of one entrant: the possible candidates, and how likely each is."""

    candidates: list[int]
    distances: Floats
    travel: Floats
    chances: Floats


def choose(choices: Sequence[Choice], threshold: float | None) -> list[int]:
    """The identity of each entrant, -1 for a new person; nobody is given to two.

    Args:
        choices: what is known of each.
        threshold: cosine distance above which an entrant is new; None: by their chances.
    """
    everybody = sorted({identity for choice in choices for identity in choice.candidates})
    column = {identity: k for k, identity in enumerate(everybody)}
    distances = np.full((len(choices), len(everybody)), np.nan)
    values = np.full(distances.shape, -np.inf)
    for k, choice in enumerate(choices):
        columns = [column[identity] for identity in choice.candidates]
        distances[k, columns] = choice.distances
        values[k, columns] = np.log(np.maximum(choice.chances[:-1], LEAST))
        values[k] -= np.log(max(choice.chances[-1], LEAST))
    if threshold is not None:
        chosen = recognise(distances, threshold)
    else:
        chosen = np.full(len(choices), -1)
        rows, columns_ = assign(values)
        chosen[rows] = columns_
    return [everybody[k] if k >= 0 else -1 for k in chosen.tolist()]


def identity_event(
    time: float,
    frame: int,
    key: Key,
    visit: Visit,
    kind: Kind,
    previous: int | None,
    choice: Choice | None,
) -> IdentityEvent:
    """What happened to a track's identity, with the nearest candidates where there was a choice."""
    near: list[tuple[float, int]] = []
    if choice is not None:
        pairs = zip(choice.distances.tolist(), choice.candidates, strict=True)
        near = sorted(pair for pair in pairs if np.isfinite(pair[0]))
    own = [distance for distance, identity in near if identity == visit.identity]
    second = [pair for pair in near if pair[1] != visit.identity]
    return IdentityEvent(
        time,
        key[1],
        kind,
        visit.identity,
        previous,
        frame=frame,
        camera=key[0],
        since=visit.stay.begin,
        distance=own[0] if own else None,
        second=second[0][1] if second else None,
        second_distance=second[0][0] if second else None,
        candidates=len(near),
        provisional=kind == "entered",
    )

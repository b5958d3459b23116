"""Everybody's way through the simulated room, instant by instant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .behaviour import Crowd
from .cameras import Floats
from .views import Ints

INNER_STEP = 1 / 15
"""Seconds: the longest step of the simulation."""


@dataclass(frozen=True)
class Walks:
    """One row for each instant and person in the room, ordered by instant, then person.

    Args:
        instant: (n,) from 0.
        person: (n,) from 0.
        position: (n, 2) metres.
        heading: (n,) radians from the X axis: where the body faces.
        speed: (n,) metres a second.
        travelled: (n,) metres walked since the visit began: the phase of the gait.
        seated: (n,) 0 standing to 1 sitting.
        visit: (n,) number of the person's visit, from 0.
    """

    instant: Ints
    person: Ints
    position: Floats
    heading: Floats
    speed: Floats
    travelled: Floats
    seated: Floats
    visit: Ints


def first_arrivals(rng: np.random.Generator, people: int, duration: float) -> Floats:
    """(people,) seconds at which people come first, some of them together in twos and threes."""
    last = min(0.5 * duration, 200.0)
    times = last * (np.arange(people) / max(people, 1)) ** 1.5 + rng.uniform(0.5, 2.0, people)
    together: NDArray[np.bool_] = rng.random(people) < 0.35
    for person in range(1, people):
        if together[person]:
            times[person] = times[person - 1] + 0.2
    return np.asarray(rng.permutation(times))


def simulate(
    rng: np.random.Generator, duration: float, rate: float, people: int, present: int
) -> Walks:
    """Let people come and go.

    Args:
        rng: drawn from in order: the same generator state gives the same walks.
        duration: seconds.
        rate: instants a second that are kept.
        people: different people.
        present: at most this many are in the room at once.
    """
    crowd = Crowd(rng, first_arrivals(rng, people, duration), present)
    inner = max(1, int(np.ceil(1 / (rate * INNER_STEP) - 1e-9)))
    rows: list[tuple[int, int]] = []
    values = []
    for instant in range(round(duration * rate)):
        if instant:
            for _ in range(inner):
                crowd.step(1 / (rate * inner))
        for i in crowd.inside:
            rows.append((instant, i))
            speed = float(np.hypot(*crowd.velocity[i]))
            values.append(
                (
                    *crowd.position[i],
                    crowd.heading[i],
                    speed,
                    crowd.travelled[i],
                    crowd.seated[i],
                    crowd.visit[i],
                )
            )
    index = np.array(rows, dtype=np.int64).reshape(-1, 2)
    v = np.array(values, dtype=np.float64).reshape(-1, 7)
    columns = (v[:, :2], v[:, 2], v[:, 3], v[:, 4], v[:, 5], v[:, 6].astype(np.int64))
    return Walks(index[:, 0], index[:, 1], *columns)

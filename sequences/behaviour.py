"""Who walks where in the simulated room: people enter, walk, stand, sit, leave and come back."""

from __future__ import annotations

from enum import Enum

import numpy as np

from .cameras import Floats
from .layout import DEPTH, DOORS, SEATS, WIDTH, obstacles
from .steering import WALL_MARGIN, choose_velocities, limit_change

APART = 0.46
"""Metres: nobody makes a step that would bring him nearer to another person."""

BODY = 0.24
"""Radius in metres of a body for walking around others."""

SITTING_DOWN = 1.5
"""Seconds from standing before a chair to sitting on it, and back."""

VISIT = (20.0, 55.0)
ABSENCE = (10.0, 45.0)
"""Seconds a person stays, and stays away, drawn uniformly; both end a little later than drawn."""


class _Mode(Enum):
    ABSENT = 0
    WALK = 1
    STAND = 2
    SIT = 3


class Crowd:
    """Everybody's state; people are indices into the arrays.

    Args:
        rng: for all that is left to chance.
        arrival: (people,) seconds at which each comes first.
        present: at most this many are in the room at once.
    """

    def __init__(self, rng: np.random.Generator, arrival: Floats, present: int) -> None:
        people = len(arrival)
        self.rng, self.limit, self.people = rng, present, people
        self.now = 0.0
        self.mode = [_Mode.ABSENT] * people
        self.arrival = arrival.copy()
        self.position = np.full((people, 2), np.nan)
        self.velocity = np.zeros((people, 2))
        self.heading, self.travelled = np.zeros(people), np.zeros(people)
        self.seated, self.slide = np.zeros(people), np.zeros(people)
        self.pace = rng.uniform(0.85, 1.3, people)
        self.until, self.leave_at = np.zeros(people), np.zeros(people)
        self.goal, self.facing = np.zeros((people, 2)), np.zeros(people)
        self.seat, self.exit = np.full(people, -1), np.full(people, -1)
        self.stuck, self.visit = np.zeros(people), np.full(people, -1)
        self.obstacles = obstacles() + np.array([0.0, 0.0, BODY])

    @property
    def inside(self) -> list[int]:
        """Who is in the room."""
        return [i for i in range(self.people) if self.mode[i] is not _Mode.ABSENT]

    def admit(self) -> None:
        """Let in who is due, where a door is clear and the room is not full."""
        due = [i for i in range(self.people) if self.mode[i] is _Mode.ABSENT]
        due = sorted((i for i in due if self.arrival[i] <= self.now), key=lambda i: self.arrival[i])
        for person in due:
            inside = self.inside
            if len(inside) >= self.limit:
                return
            number = int(self.rng.integers(len(DOORS)))
            centre, inward = np.array(DOORS[number].centre), np.array(DOORS[number].inward)
            gaps = np.linalg.norm(self.position[inside] - centre, axis=1)
            leaving = any(self.exit[i] == number for i in inside)
            if len(gaps) == 0 or (gaps.min() > 0.9 and not (leaving and gaps.min() < 2.0)):
                self._enter(person, centre, inward)

    def _enter(self, person: int, centre: Floats, inward: Floats) -> None:
        across = np.array([-inward[1], inward[0]]) * self.rng.uniform(-0.12, 0.12)
        self.position[person] = centre + 0.03 * inward + across
        self.velocity[person] = inward * self.pace[person]
        self.heading[person] = np.arctan2(inward[1], inward[0])
        self.travelled[person] = self.seated[person] = self.slide[person] = 0.0
        self.visit[person] += 1
        self.leave_at[person] = self.now + self.rng.uniform(*VISIT)
        self.mode[person], self.until[person] = _Mode.WALK, self.now
        self.goal[person] = centre + inward * self.rng.uniform(0.9, 1.3)
        self.exit[person] = self.seat[person] = -1

    def decide(self, person: int) -> None:
        """Go on with what a person does, or choose what he does next."""
        if self.mode[person] is _Mode.WALK:
            gap = float(np.linalg.norm(self.goal[person] - self.position[person]))
            if self.exit[person] >= 0:
                if self._outside(person):
                    self._leave(person)
            elif gap < (0.12 if self.seat[person] >= 0 else 0.3):
                self._arrive(person)
            elif self.stuck[person] > 2.5:
                self._walk_to(person, self._free_place())
        elif self.now >= self.until[person] and self.slide[person] in (0.0, 1.0):
            if self.slide[person] == 1.0:
                self.until[person] = np.inf
            else:
                self._next(person)

    def _outside(self, person: int) -> bool:
        door = DOORS[self.exit[person]]
        return bool((self.position[person] - door.centre) @ np.array(door.inward) < 0.12)

    def _leave(self, person: int) -> None:
        self.mode[person] = _Mode.ABSENT
        self.position[person] = np.nan
        self.exit[person] = -1
        self.arrival[person] = self.now + self.rng.uniform(*ABSENCE)

    def _walk_to(self, person: int, goal: Floats) -> None:
        self.mode[person], self.goal[person] = _Mode.WALK, goal
        self.seat[person] = self.exit[person] = -1
        self.stuck[person] = 0.0

    def _arrive(self, person: int) -> None:
        """At the goal: sit down, stand for a while, or go on."""
        if self.seat[person] >= 0:
            seat = SEATS[self.seat[person]]
            self.mode[person] = _Mode.SIT
            self.facing[person] = np.arctan2(seat.facing[1], seat.facing[0])
            self.until[person] = self.now + self.rng.uniform(10.0, 28.0)
        elif self.now - self.until[person] > 3.0 and self.rng.random() < 0.7:
            self.mode[person] = _Mode.STAND
            self.facing[person] = self._look_at(person)
            self.until[person] = self.now + self.rng.uniform(2.0, 12.0)
        else:
            self._next(person)

    def _look_at(self, person: int) -> float:
        """Direction to the nearest person within 2 m, or anywhere."""
        others = [i for i in self.inside if i != person]
        gaps = self.position[others] - self.position[person]
        distance = np.linalg.norm(gaps, axis=1)
        if len(others) and distance.min() < 2.0:
            nearest = gaps[distance.argmin()]
            return float(np.arctan2(nearest[1], nearest[0]))
        return float(self.rng.uniform(-np.pi, np.pi))

    def _next(self, person: int) -> None:
        self.until[person] = self.now
        self.seated[person] = 0.0
        if self.now >= self.leave_at[person]:
            number = int(self.rng.integers(len(DOORS)))
            door = DOORS[number]
            self._walk_to(person, np.array(door.centre) - 0.5 * np.array(door.inward))
            self.exit[person] = number
            return
        free = [k for k in range(len(SEATS)) if k not in self.seat[self.inside]]
        if free and self.rng.random() < 0.28:
            number = free[int(self.rng.integers(len(free)))]
            self._walk_to(person, np.array(SEATS[number].approach))
            self.seat[person] = number
        else:
            self._walk_to(person, self._free_place())

    def _free_place(self) -> Floats:
        """A place in the open middle of the room, near someone for a chat or away from all."""
        inside = self.inside
        if len(inside) > 1 and self.rng.random() < 0.3:
            other = self.position[inside[int(self.rng.integers(len(inside)))]]
            angle = self.rng.uniform(-np.pi, np.pi)
            place = other + 0.85 * np.array([np.cos(angle), np.sin(angle)])
            return np.asarray(np.clip(place, [0.6, 0.9], [3.5, 4.7]))
        return self.rng.uniform([0.6, 0.9], [3.6, 4.7])

    def wishes(self, walkers: list[int]) -> Floats:
        """(m, 2) velocities that the walkers would like."""
        gap = self.goal[walkers] - self.position[walkers]
        for row, person in enumerate(walkers):
            # Before a door, walk to its middle first and then straight through.
            if self.exit[person] >= 0:
                door = DOORS[self.exit[person]]
                offset = self.position[person] - door.centre
                depth = offset @ np.array(door.inward)
                if depth > 0.7 or np.linalg.norm(offset - depth * np.array(door.inward)) > 0.3:
                    gap[row] = np.array(door.centre) + 0.55 * np.array(door.inward)
                    gap[row] -= self.position[person]
        distance = np.linalg.norm(gap, axis=1, keepdims=True)
        slow = np.sqrt(2 * 1.2 * distance)
        slow[self.exit[walkers] >= 0] = np.inf
        speed = np.minimum(self.pace[walkers][:, None], slow)
        return np.asarray(gap / np.maximum(distance, 1e-9) * speed)

    def step(self, dt: float) -> None:
        """Advance everybody by `dt` seconds."""
        self.now += dt
        self.admit()
        for person in self.inside:
            self.decide(person)
        inside = self.inside
        walkers = [i for i in inside if self.mode[i] is _Mode.WALK]
        if walkers:
            self._steer(walkers, inside, dt)
        before = self.position.copy()
        for person in inside:
            self._move(person, inside, dt)
        moved = np.nan_to_num(self.position - before)
        self.velocity = moved / dt
        self.travelled += np.linalg.norm(moved, axis=1)
        slow = np.linalg.norm(self.velocity, axis=1) < 0.15
        self.stuck = np.where(slow, self.stuck + dt, 0.0)
        self._turn(inside, dt)

    def _steer(self, walkers: list[int], inside: list[int], dt: float) -> None:
        count = len(self.obstacles)
        people = np.column_stack([self.position[inside], np.full(len(inside), 2 * BODY + 0.06)])
        drift = np.vstack([np.zeros((count, 2)), self.velocity[inside]])
        ignored = np.zeros((len(walkers), count + len(inside)), dtype=bool)
        ignored[:, count:] = np.array(walkers)[:, None] == np.array(inside)
        position = self.position[walkers]
        near_door = np.zeros(len(walkers), dtype=bool)
        for door in DOORS:
            offset = position - door.centre
            depth = offset @ np.array(door.inward)
            side = np.abs(offset - depth[:, None] * np.array(door.inward)).sum(axis=1)
            near_door |= (depth < 0.75) & (side < 0.32)
        wanted = choose_velocities(
            position,
            self.velocity[walkers],
            self.wishes(walkers),
            self.pace[walkers],
            np.vstack([self.obstacles, people]),
            drift,
            ignored,
            near_door,
        )
        self.velocity[walkers] = limit_change(self.velocity[walkers], wanted, dt)
        self.free = dict(zip(walkers, near_door.tolist(), strict=True))

    def _move(self, person: int, inside: list[int], dt: float) -> None:
        here, slide = self.position[person], self.slide[person]
        if self.mode[person] is _Mode.WALK:
            there = here + self.velocity[person] * dt
            if not self.free[person]:
                low = np.minimum(here, WALL_MARGIN)
                room = np.array([WIDTH, DEPTH])
                there = np.clip(there, low, np.maximum(here, room - WALL_MARGIN))
        else:
            wanted = np.zeros(2)
            if self.mode[person] is _Mode.SIT:
                back = self.until[person] == np.inf
                slide = float(np.clip(slide + (-dt if back else dt) / SITTING_DOWN, 0.0, 1.0))
                wanted = (self._beside_seat(person, slide) - here) / dt
                wanted *= min(1.0, 0.9 / max(float(np.linalg.norm(wanted)), 1e-9))
            there = here + limit_change(self.velocity[[person]], wanted[None], dt)[0] * dt
        others = [i for i in inside if i != person]
        gap = np.linalg.norm(self.position[others] - there, axis=1)
        now = np.linalg.norm(self.position[others] - here, axis=1)
        if len(others) and bool(((gap < APART) & (gap < now)).any()):
            self.velocity[person] = 0.0
            return
        self.position[person] = there
        if self.mode[person] is _Mode.SIT:
            self.slide[person] = slide
            self.seated[person] = np.clip((slide - 0.35) / 0.65, 0.0, 1.0)
            if slide == 0.0:
                self.seat[person] = -1
                self._next(person)

    def _beside_seat(self, person: int, slide: float) -> Floats:
        """Where somebody is who has come this far (0 to 1) from before his chair onto it."""
        seat = SEATS[self.seat[person]]
        share = slide * slide * (3 - 2 * slide)
        return np.asarray((1 - share) * np.array(seat.approach) + share * np.array(seat.place))

    def _turn(self, inside: list[int], dt: float) -> None:
        """Bodies turn at 4 rad/s at most, towards where they go or what they look at."""
        for person in inside:
            wanted = self.facing[person]
            if self.mode[person] is _Mode.WALK:
                vx, vy = self.velocity[person]
                if vx * vx + vy * vy < 0.04:
                    continue
                wanted = np.arctan2(vy, vx)
            turn = (wanted - self.heading[person] + np.pi) % (2 * np.pi) - np.pi
            self.heading[person] += np.clip(turn, -4.0 * dt, 4.0 * dt)

"""A generator of what cameras see that do not overlap: people walk from one to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from reid_mot.sequences import Camera, Detections, Tracks, View

Floats = NDArray[np.float64]
Look = Callable[[int, str, np.random.Generator], Floats]
"""A vector of a person, 0, 1, ..., in a camera."""

SIZE = (640, 480)
CORRIDOR: Mapping[tuple[str, str], float] = {
    ("c1", "c2"): 8.0,
    ("c2", "c3"): 15.0,
    ("c3", "c4"): 10.0,
    ("c2", "c4"): 30.0,
}
"""Neighbours, and the usual seconds between them. People come and go by the first camera."""


def drawn_looks(noise: float, shift: float, seed: int = 0, dim: int = 32) -> Look:
    """Unit vectors: a direction for each person, moved by what is special in each camera.

    Args:
        noise: length of what differs from image to image, against a person's 1.
        shift: length of what differs from camera to camera, of each person and of all.
        seed: of the people and cameras.
        dim: length of the vectors.
    """

    def direction(*key: int) -> Floats:
        vector = np.random.default_rng([seed, *key]).normal(size=dim)
        return np.asarray(vector / np.linalg.norm(vector))

    def look(person: int, camera: str, rng: np.random.Generator) -> Floats:
        place = int.from_bytes(camera.encode(), "big") % 2**32
        vector = direction(0, person) + noise * rng.normal(size=dim) / np.sqrt(dim)
        vector += shift * (direction(1, person, place) + 0.5 * direction(2, place))
        return np.asarray(vector / np.linalg.norm(vector))

    return look


@dataclass(frozen=True)
class Visit:
    """Somebody crosses one camera's image, from the left if `right`, at a distance."""

    person: int
    camera: str
    begin: float
    end: float
    right: bool
    height: float


@dataclass(frozen=True)
class Corridors:
    """A sequence with truth, the same for the same seed.

    Args:
        look: what people look like.
        seed: of everything else.
        people: how many there are.
        duration: seconds.
        rate: instants a second.
        ways: neighbouring cameras and the usual seconds between them.
        scatter: standard deviation of the logarithm of the seconds on the way.
        leave: chance that somebody leaves the building after a visit; back after 1 to 4 minutes.
        missed: share of boxes that detectors miss.
        wrong: false boxes a view.
    """

    look: Look
    seed: int = 0
    people: int = 12
    duration: float = 300.0
    rate: float = 5.0
    ways: Mapping[tuple[str, str], float] = field(default_factory=lambda: dict(CORRIDOR))
    scatter: float = 0.2
    leave: float = 0.1
    missed: float = 0.05
    wrong: float = 0.02
    name: str = "corridors"

    @cached_property
    def cameras(self) -> tuple[Camera, ...]:
        """All cameras, none calibrated."""
        return tuple(Camera(name, SIZE) for name in sorted({c for way in self.ways for c in way}))

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        """All visits of all people."""
        rng = np.random.default_rng([self.seed, 1])
        found: list[Visit] = []
        for person in range(self.people):
            time = float(rng.uniform(0, 0.5 * self.duration))
            camera = self.cameras[0].name
            while time < self.duration:
                stay = float(rng.uniform(4, 9))
                found.append(
                    Visit(
                        person,
                        camera,
                        time,
                        time + stay,
                        bool(rng.random() < 0.5),
                        float(rng.uniform(130, 300)),
                    )
                )
                time += stay
                if rng.random() < self.leave:
                    camera = self.cameras[0].name
                    time += float(rng.uniform(60, 240))
                else:
                    camera, usual = self._next(camera, rng)
                    time += usual * float(np.exp(rng.normal(0, self.scatter)))
        return tuple(found)

    def _next(self, camera: str, rng: np.random.Generator) -> tuple[str, float]:
        """Where to, in how many seconds; now and then back into the same camera."""
        options = [
            (way[way[0] == camera], seconds) for way, seconds in self.ways.items() if camera in way
        ]
        if rng.random() < 0.1:
            return camera, 6.0
        return options[int(rng.integers(len(options)))]

    def __len__(self) -> int:
        return round(self.duration * self.rate)

    def boxes(self, camera: str, time: float) -> dict[int, Floats]:
        """Where in a camera's image each person is."""
        found = {}
        for visit in self.visits:
            if visit.camera == camera and visit.begin <= time < visit.end:
                share = (time - visit.begin) / (visit.end - visit.begin)
                height, width = visit.height, 0.4 * visit.height
                span = SIZE[0] - width
                left = span * (share if visit.right else 1 - share)
                bottom = 200 + 0.9 * height
                found[visit.person] = np.array([left, bottom - height, left + width, bottom])
        return found

    @cached_property
    def truth(self) -> Tracks:
        """Who is in which box of which camera."""
        rows: list[tuple[int, str, int, Floats]] = []
        for frame in range(len(self)):
            for camera in self.cameras:
                for person, box in self.boxes(camera.name, frame / self.rate).items():
                    rows.append((frame, camera.name, person, box))
        frame_, camera_, person_, box_ = zip(*rows, strict=True)
        return Tracks(frame_, camera_, person_, np.array(box_))

    def __iter__(self) -> Iterator[tuple[View, ...]]:
        for frame in range(len(self)):
            rng = np.random.default_rng([self.seed, 2, frame])
            time = frame / self.rate
            yield tuple(View(c, frame, time, self._detect(c.name, time, rng)) for c in self.cameras)

    def _detect(self, camera: str, time: float, rng: np.random.Generator) -> Detections:
        boxes, vectors = [], []
        for person, box in self.boxes(camera, time).items():
            jitter, vector = rng.normal(0, 2, 4), self.look(person, camera, rng)
            if rng.random() >= self.missed:
                boxes.append(box + jitter)
                vectors.append(vector)
        if rng.random() < self.wrong:
            left, top = rng.uniform(0, 300, 2)
            boxes.append(np.array([left, top, left + 60, top + 150]))
            noise = rng.normal(size=len(self.look(0, camera, rng)))
            vectors.append(noise / np.linalg.norm(noise))
        return Detections(np.array(boxes), None, np.array(vectors)) if boxes else Detections.empty()


def in_one_place(rows: Tracks) -> bool:
    """Whether nobody is in two boxes at once, in one camera or in several."""
    pairs = list(zip(rows.frame.tolist(), rows.identity.tolist(), strict=True))
    return len(set(pairs)) == len(pairs)

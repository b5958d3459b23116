"""A simulated room whose detections carry appearance vectors, drawn so that their distances are
those of a real network: for comparing trackers on the very same detections and vectors.

A vector is the sum of what all people share, what the person has alone, what the side shows that
is turned to the camera (it changes within seconds), and noise of the single picture. Where others
hide part of a person, their vectors are mixed in by the hidden share; false boxes show nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from reid_mot.sequences import Detections, SimulatedRoom, View

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class VectorModel:
    """How vectors are drawn.

    Args:
        length: numbers in a vector.
        traits: number of independent traits in which people, and their sides, differ.
        shared: share of what all people have in common, of a mean vector's squared length.
        person: of what a person has alone.
        side: of what the visible side shows.
        noise: of the single picture.
        turn: seconds after which a side is mostly another.
        quality: deviation of the logarithm of the noise: some pictures are poor.
    """

    length: int = 256
    traits: int = 14
    shared: float = 0.25
    person: float = 0.51
    side: float = 0.14
    noise: float = 0.10
    turn: float = 3.0
    quality: float = 0.5


@dataclass
class People:
    """The looks of some people before some cameras, changing from instant to instant."""

    count: int
    cameras: int
    rng: np.random.Generator
    model: VectorModel = field(default_factory=VectorModel)

    def __post_init__(self) -> None:
        k, length = self.model.traits, self.model.length
        basis = np.linalg.qr(self.rng.normal(size=(length, 2 * k + 1)))[0].T
        self._shared, self._person, self._side = basis[0], basis[1 : k + 1], basis[k + 1 :]
        self._traits = self.rng.normal(size=(self.count, k)) / np.sqrt(k)
        self._sides = self.rng.normal(size=(self.cameras, self.count, k)) / np.sqrt(k)

    def turn(self, seconds: float) -> None:
        """Move on: an Ornstein-Uhlenbeck process for each person and camera."""
        stays = np.exp(-seconds / self.model.turn)
        fresh = self.rng.normal(size=self._sides.shape) / np.sqrt(self.model.traits)
        self._sides = stays * self._sides + np.sqrt(1 - stays**2) * fresh

    def vectors(self, camera: int, person: Ints, mixing: Floats) -> NDArray[np.float32]:
        """Vectors (n, length) of unit length of one camera's pictures.

        Args:
            camera: index.
            person: (n,) from 0; -1: nobody.
            mixing: (n, people) weights of the people seen in each picture.
        """
        model, n = self.model, len(person)
        looks = np.sqrt(model.person) * self._traits @ self._person
        looks = looks + np.sqrt(model.side) * self._sides[camera] @ self._side
        poor = np.exp(self.rng.normal(0, model.quality, (n, 1)))
        noise = self.rng.normal(size=(n, model.length)) / np.sqrt(model.length)
        result = mixing @ looks + np.sqrt(model.shared) * self._shared
        result += np.sqrt(model.noise) * poor * noise
        nobody = person < 0
        strange = self.rng.normal(size=(int(nobody.sum()), model.traits)) / np.sqrt(model.traits)
        result[nobody] += np.sqrt(model.person) * strange @ self._person
        return (result / np.linalg.norm(result, axis=1, keepdims=True)).astype(np.float32)


class RoomWithVectors:
    """A simulated room with a vector for each detection.

    Args:
        room: without images.
        model: how vectors are drawn.
    """

    def __init__(self, room: SimulatedRoom, model: VectorModel | None = None) -> None:
        self.room, self.model = room, model or VectorModel()
        self.name, self.cameras, self.truth = room.name, room.cameras, room.truth
        self.rate, self.region = room.rate, room.region
        self.shown: list[list[Ints]] = []
        """Whom each detection clearly shows, -1 for nobody, camera by camera: from iterating."""

    def __len__(self) -> int:
        return len(self.room)

    def __iter__(self) -> Iterator[tuple[View, ...]]:
        rng = np.random.default_rng([self.room.seed, 77])
        people = People(self.room.people, len(self.cameras), rng, self.model)
        tables = [self.truth.in_boxes(camera.name) for camera in self.cameras]
        numbers = np.arange(1, len(self) + 2)
        ends = [np.searchsorted(table.frame, numbers) for table in tables]
        self.shown = []
        for instant in range(len(self)):
            views, shown = [], []
            for index, view in enumerate(self.room.at(instant)):
                rows = slice(*ends[index][instant : instant + 2])
                box, who = tables[index].box[rows], tables[index].identity[rows] - 1
                found = view.detections
                mixing, person = seen_people(found.boxes, box, who, self.room.people)
                vectors = people.vectors(index, person, mixing)
                given = Detections(found.boxes, found.scores, vectors)
                views.append(View(view.camera, view.frame, view.time, given))
                shown.append(np.where(mixing.max(axis=1, initial=0.0) > 0.9, person, -1))
            self.shown.append(shown)
            yield tuple(views)
            people.turn(1 / self.rate)


def seen_people(boxes: Floats, true: Floats, who: Ints, people: int) -> tuple[Floats, Ints]:
    """Who is in each detection's picture: weights (n, people), and the person meant, -1 for none.

    Args:
        boxes: (n, 4) detections.
        true: (m, 4) true boxes; who stands lower in the picture is nearer.
        who: (m,) people, from 0.
        people: how many there are.
    """
    mixing, person = np.zeros((len(boxes), people)), np.full(len(boxes), -1)
    if len(boxes) == 0 or len(true) == 0:
        return mixing, person
    low = np.maximum(boxes[:, None, :2], true[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], true[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)[:, None]
    other = (true[:, 2:] - true[:, :2]).prod(axis=1)[None]
    match = shared / (area + other - shared)
    best = match.argmax(axis=1)
    rows = np.flatnonzero(match.max(axis=1) >= 0.6)
    person[rows] = who[best[rows]]
    for row in rows:
        nearer = true[:, 3] > true[best[row], 3]
        nearer[best[row]] = False
        hidden = np.where(nearer, shared[row] / area[row], 0.0)
        hidden *= min(1.0, 0.8 / max(float(hidden.sum()), 1e-9))
        mixing[row, who] = hidden
        mixing[row, who[best[row]]] = 1 - hidden.sum()
    return mixing, person


def distances_between(
    views: list[tuple[View, ...]], shown: list[list[Ints]], rng: np.random.Generator, count: int
) -> tuple[Floats, Floats]:
    """Cosine distances of random pairs of clear pictures: of one person, and of two.

    Args:
        views: of all instants.
        shown: whom their detections show, see `RoomWithVectors`.
        rng: draws the pairs.
        count: of pairs.
    """
    vectors = np.concatenate([v.detections.embeddings for instant in views for v in instant])
    who = np.concatenate([person for instant in shown for person in instant])
    vectors, who = vectors[who >= 0], who[who >= 0]
    first, second = rng.integers(len(who), size=(2, count))
    far = 1 - np.einsum("ij,ij->i", vectors[first], vectors[second], dtype=np.float64)
    same = who[first] == who[second]
    return far[same], far[~same]

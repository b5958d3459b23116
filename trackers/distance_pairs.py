"""Distances of appearance between pictures whose people are known to be one, or two.

People who are followed for a while, by where they are alone, label their own pictures: those of
one tracklet show one person, those of two tracklets that one camera saw at the same instant show
two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .gallery import Gallery
from .identities import IdentitySettings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Vectors = NDArray[np.float32]
Pair = tuple[int, int]

COMPARED = 3
"""Images that a simulated entry has at least: about what a decision rests on that stands."""


@dataclass(frozen=True, eq=False)
class Images:
    """Appearance vectors of people who were followed for a while.

    Args:
        vectors: (n, d) float32 rows of unit length.
        tracklet: (n,) whom each shows; the images of a number show one person.
        person: (n,) a number for tracklets that are not independent of each other, such as parts
            of one track: what is drawn anew to tell how uncertain a threshold is.
        time: (n,) seconds.
        camera: (n,) index of the camera.
        quality: (n,) 0 to 1, as `Gallery` takes it.

    Raises:
        ValueError: columns of different lengths, or vectors that are not finite.
    """

    vectors: Vectors
    tracklet: Ints
    person: Ints
    time: Floats
    camera: Ints
    quality: Floats

    def __post_init__(self) -> None:
        n = len(self.vectors)
        if self.vectors.ndim != 2 or not np.isfinite(self.vectors).all():
            raise ValueError(f"vectors of shape {self.vectors.shape}: expected a finite (n, d)")
        for name in ("tracklet", "person", "time", "camera", "quality"):
            if getattr(self, name).shape != (n,):
                raise ValueError(f"{n} vectors but {name} of shape {getattr(self, name).shape}")

    def __len__(self) -> int:
        return len(self.vectors)

    def rows_of(self) -> dict[int, Ints]:
        """The rows of each tracklet, in order of time."""
        order = np.lexsort((self.camera, self.time, self.tracklet))
        names, starts = np.unique(self.tracklet[order], return_index=True)
        return dict(zip(names.tolist(), np.split(order, starts[1:]), strict=True))


@dataclass(frozen=True, eq=False)
class Distances:
    """Cosine distances, and what was compared.

    Args:
        values: (n,) 0 to 2.
        first, second: (n,) rows of `Images`; of two sets, one row of each.
    """

    values: Floats
    first: Ints
    second: Ints

    @classmethod
    def of(cls, parts: list[tuple[float, int, int]]) -> Distances:
        """From (value, first, second) each."""
        table = np.array(parts, dtype=np.float64).reshape(-1, 3)
        return cls(table[:, 0], table[:, 1].astype(np.int64), table[:, 2].astype(np.int64))

    def __len__(self) -> int:
        return len(self.values)


def image_distances(
    images: Images,
    together: set[Pair],
    rng: np.random.Generator,
    *,
    apart: float = 3.0,
    most: int = 40,
) -> tuple[Distances, Distances]:
    """Image against image: of one person, and of two people.

    Args:
        images: of at least one tracklet.
        together: pairs of tracklets that are certainly two people.
        rng: draws which pairs are taken where there are more than `most`.
        apart: seconds; two images of one camera must lie so far apart to count: a picture and the
            next are nearly the same. Two cameras at one instant count.
        most: pairs taken of a tracklet, and of a pair of tracklets.
    """
    rows_of = images.rows_of()
    same = []
    for rows in rows_of.values():
        one, two = np.triu_indices(len(rows), 1)
        i, j = rows[one], rows[two]
        other = images.camera[i] != images.camera[j]
        good = other | (np.abs(images.time[i] - images.time[j]) >= apart)
        same.append(_drawn(i[good], j[good], rng, most))
    different = []
    for p, q in sorted(together):
        if p in rows_of and q in rows_of:
            grid = np.meshgrid(rows_of[p], rows_of[q], indexing="ij")
            different.append(_drawn(grid[0].ravel(), grid[1].ravel(), rng, most))
    return _measured(images, same), _measured(images, different)


def set_distances(
    images: Images,
    together: set[Pair],
    settings: IdentitySettings | None = None,
    *,
    most: int = 4,
) -> tuple[Distances, Distances]:
    """Sets against sets, as a tracker compares who enters with whom it knows.

    The first images of an entrant are compared with the gallery of a person (`Gallery.distance`).
    Of one person, the gallery is made of images at least `settings.settled` seconds before or
    after those compared; and, as those are often much like them, once more of images by other
    cameras, at any time.

    Args:
        images: of at least one tracklet.
        together: pairs of tracklets that are certainly two people.
        settings: how many images are compared, and how many a gallery keeps.
        most: entries simulated of a tracklet, evenly spread over it.
    """
    settings = settings or IdentitySettings()
    rows_of = images.rows_of()
    owners, entries = _all_entries(images, rows_of, settings, most)
    same = []
    for owner, entry in zip(owners, entries, strict=True):
        for asked, known in _own(images, rows_of[owner], entry, settings):
            if len(known) >= settings.neighbours:
                gallery = _gallery(images, {owner: known}, settings)
                distance = gallery.distance(owner, images.vectors[asked])
                same.append((distance, int(asked[0]), int(known[0])))
    both = together | {(q, p) for p, q in together}
    table, names = _table(images, rows_of, entries, settings)
    different = [
        (float(table[i, j]), int(entries[i][0]), int(rows_of[q][0]))
        for i, p in enumerate(owners)
        for j, q in enumerate(names)
        if (p, q) in both
    ]
    return Distances.of(same), Distances.of(different)


def _own(
    images: Images, rows: Ints, entry: Ints, settings: IdentitySettings
) -> Iterator[tuple[Ints, Ints]]:
    """Images of an entry, and images of the same tracklet to compare them with."""
    low, high = images.time[entry[0]], images.time[entry[-1]]
    times = images.time[rows]
    far = (times <= low - settings.settled) | (times >= high + settings.settled)
    yield entry, rows[far]
    camera = _most_frequent(images.camera[entry])
    yield entry[images.camera[entry] == camera], rows[images.camera[rows] != camera]


def labelled_set_distances(
    images: Images, identity: Ints, settings: IdentitySettings | None = None, *, most: int = 4
) -> tuple[Distances, Distances]:
    """As `set_distances`, with tracklets whose people are known: also of one person's two visits.

    Args:
        images: see `set_distances`.
        identity: (n,) who each image shows; a tracklet is whom most of its images show.
        settings, most: see `set_distances`.
    """
    settings = settings or IdentitySettings()
    rows_of = images.rows_of()
    who = {k: _most_frequent(identity[rows]) for k, rows in rows_of.items()}
    owners, entries = _all_entries(images, rows_of, settings, most)
    table, names = _table(images, rows_of, entries, settings)
    same: list[tuple[float, int, int]] = []
    different: list[tuple[float, int, int]] = []
    for i, p in enumerate(owners):
        for j, q in enumerate(names):
            kind = same if who[p] == who[q] else different
            if p != q:
                kind.append((float(table[i, j]), int(entries[i][0]), int(rows_of[q][0])))
    return Distances.of(same), Distances.of(different)


def _all_entries(
    images: Images, rows_of: dict[int, Ints], settings: IdentitySettings, most: int
) -> tuple[list[int], list[Ints]]:
    """Simulated entries of every tracklet, and whose each is."""
    found = [(k, e) for k, rows in rows_of.items() for e in _entries(images, rows, settings, most)]
    return [k for k, _ in found], [entry for _, entry in found]


def _table(
    images: Images, rows_of: dict[int, Ints], entries: list[Ints], settings: IdentitySettings
) -> tuple[Floats, list[int]]:
    """Distances (entries, tracklets), and the tracklets that have images enough for a gallery."""
    known = {k: rows for k, rows in rows_of.items() if len(rows) >= settings.neighbours}
    gallery = _gallery(images, known, settings)
    return gallery.distances([images.vectors[entry] for entry in entries], list(known)), list(known)


def _entries(images: Images, rows: Ints, settings: IdentitySettings, most: int) -> Iterator[Ints]:
    """Runs of a tracklet's images, each so many whole instants as make `COMPARED` images."""
    starts = np.flatnonzero(np.diff(images.time[rows], prepend=-np.inf) > 0)
    edges = np.append(starts, len(rows))
    for k in np.unique(np.linspace(0, len(starts) - 1, most).astype(np.int64)).tolist():
        enough = np.flatnonzero(edges[k + 1 :] - edges[k] >= COMPARED)
        if len(enough):
            yield rows[edges[k] : edges[k + 1 + enough[0]]]


def _gallery(images: Images, rows_of: dict[int, Ints], settings: IdentitySettings) -> Gallery:
    gallery = Gallery(settings.gallery, settings.neighbours)
    for k, rows in rows_of.items():
        gallery.add(k, images.vectors[rows], images.quality[rows])
    return gallery


def _drawn(i: Ints, j: Ints, rng: np.random.Generator, most: int) -> tuple[Ints, Ints]:
    """At most so many of the pairs."""
    if len(i) <= most:
        return i, j
    chosen = rng.choice(len(i), most, replace=False)
    return i[chosen], j[chosen]


def _measured(images: Images, pairs: list[tuple[Ints, Ints]]) -> Distances:
    none = np.empty(0, dtype=np.int64)
    i = np.concatenate([none, *(first for first, _ in pairs)])
    j = np.concatenate([none, *(second for _, second in pairs)])
    cosine = np.einsum("nd,nd->n", images.vectors[i], images.vectors[j], dtype=np.float64)
    return Distances(np.clip(1 - cosine, 0, 2), i, j)


def _most_frequent(values: Ints) -> int:
    found, counts = np.unique(values, return_counts=True)
    return int(found[np.argmax(counts)])

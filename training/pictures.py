"""Labelled pictures of people: what re-identification networks are trained and tested on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..sequences.images import read_image
from ..sequences.views import Image, Ints, Strings

JUNK = -1
"""The identity of pictures that count neither for nor against, such as half a person."""
DISTRACTOR = 0
"""The identity of pictures that show nobody who is asked for: they count against."""
UNKNOWN_CAMERA = -1

Source = Path | bytes | Image
"""A file, an encoded image (JPEG, PNG ...), or uint8 (height, width, 3) RGB."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures of people with who they show and which camera took them, decoded when asked for.

    Args:
        sources: n times a file, an encoded image, or uint8 (height, width, 3) RGB.
        identity: (n,) numbers of people from 1; or `DISTRACTOR` (0), or `JUNK` (-1).
        camera: (n,) numbers of cameras from 0; or `UNKNOWN_CAMERA` (-1).
        names: (n,) what messages and ranked lists call the pictures; None: the files' names.

    Raises:
        ValueError: columns of different lengths, or a number below -1.
    """

    sources: tuple[Source, ...]
    identity: Ints
    camera: Ints
    names: Strings

    def __init__(
        self,
        sources: Sequence[Source],
        identity: ArrayLike,
        camera: ArrayLike,
        names: ArrayLike | None = None,
    ) -> None:
        words = [_name(k, s) for k, s in enumerate(sources)] if names is None else names
        object.__setattr__(self, "sources", tuple(sources))
        object.__setattr__(self, "identity", np.asarray(identity, dtype=np.int64).reshape(-1))
        object.__setattr__(self, "camera", np.asarray(camera, dtype=np.int64).reshape(-1))
        object.__setattr__(self, "names", np.asarray(words, dtype=np.str_).reshape(-1))
        for column in ("identity", "camera", "names"):
            if len(getattr(self, column)) != len(self.sources):
                count = len(getattr(self, column))
                raise ValueError(f"{len(self.sources)} pictures but {count} values of {column!r}")
        for column, least in (("identity", JUNK), ("camera", UNKNOWN_CAMERA)):
            low = getattr(self, column) < least
            if low.any():
                row = int(np.argmax(low))
                found = getattr(self, column)[row]
                raise ValueError(f"picture {self.names[row]}: {column} {found} is below {least}")

    def __len__(self) -> int:
        return len(self.sources)

    def __getitem__(self, rows: slice | ArrayLike) -> Pictures:
        """These pictures (a slice, indices, or a mask)."""
        index = np.arange(len(self))[rows if isinstance(rows, slice) else np.asarray(rows)]
        sources = [self.sources[k] for k in index.tolist()]
        return Pictures(sources, self.identity[index], self.camera[index], self.names[index])

    @classmethod
    def empty(cls) -> Pictures:
        """No pictures."""
        return cls((), [], [])

    @classmethod
    def concatenate(cls, parts: Sequence[Pictures]) -> Pictures:
        """All pictures of several lists, in order; equal numbers stay equal."""
        if not parts:
            return cls.empty()
        sources = [source for part in parts for source in part.sources]
        identity, camera, names = (
            np.concatenate([getattr(part, column) for part in parts])
            for column in ("identity", "camera", "names")
        )
        return cls(sources, identity, camera, names)

    def image(self, row: int) -> Image:
        """uint8 (height, width, 3) RGB.

        Raises:
            FormatError: a file that is not a readable image.
            FileNotFoundError: a file that is gone.
            ValueError: an encoded image that cannot be decoded, or an array of another kind.
        """
        source = self.sources[row]
        if isinstance(source, Path):
            return read_image(source)
        if isinstance(source, bytes):
            return _decoded(source, str(self.names[row]))
        if source.dtype != np.uint8 or source.ndim != 3 or source.shape[2] != 3 or not source.size:
            raise ValueError(
                f"picture {self.names[row]} is {source.dtype} of shape {source.shape}:"
                " expected uint8 (height, width, 3) RGB"
            )
        return source

    @property
    def people(self) -> Ints:
        """(identities,) the numbers of the people shown, ascending, without distractors."""
        return np.unique(self.identity[self.identity > DISTRACTOR])

    @property
    def identities(self) -> int:
        """How many different people are shown."""
        return len(self.people)

    @property
    def cameras(self) -> Ints:
        """(cameras,) the numbers of the cameras, ascending, without the unknown one."""
        return np.unique(self.camera[self.camera != UNKNOWN_CAMERA])

    @property
    def labels(self) -> Ints:
        """(n,) the place of each picture's identity among `people`: what a classifier learns.

        Raises:
            ValueError: there is a distractor or junk, which nobody can learn.
        """
        if (self.identity <= DISTRACTOR).any():
            row = int(np.argmax(self.identity <= DISTRACTOR))
            raise ValueError(
                f"picture {self.names[row]} has identity {self.identity[row]}: pictures to learn"
                " from need identities of 1 or more"
            )
        return np.asarray(np.searchsorted(self.people, self.identity), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class ReidData:
    """A data set: what is learned from, and what is asked of what.

    Args:
        name: what tables and files call it.
        train: pictures of people to learn from; may be empty.
        query: pictures that are looked for in the gallery; may be empty.
        gallery: pictures that are ranked; may have distractors and junk.

    Raises:
        ValueError: a distractor or junk among the pictures to learn from or to ask for, or a
            person who is to be learned from and asked for.
    """

    name: str
    train: Pictures
    query: Pictures
    gallery: Pictures

    def __post_init__(self) -> None:
        for part in ("train", "query"):
            pictures = getattr(self, part)
            if (pictures.identity <= DISTRACTOR).any():
                row = int(np.argmax(pictures.identity <= DISTRACTOR))
                raise ValueError(
                    f"{self.name}: {part} picture {pictures.names[row]} has identity"
                    f" {pictures.identity[row]}: expected 1 or more"
                )
        both = np.intersect1d(self.train.people, self.query.people)
        if len(both):
            raise ValueError(f"{self.name}: identity {both[0]} is in train and in query")

    def summary(self) -> str:
        """A table of how many pictures, people and cameras each part has."""
        rows = [f"{self.name:<24}{'pictures':>10}{'people':>8}{'cameras':>9}"]
        for part in ("train", "query", "gallery"):
            found: Pictures = getattr(self, part)
            line = f"{len(found):>10,}{found.identities:>8,}{len(found.cameras):>9}"
            distractors = int((found.identity == DISTRACTOR).sum())
            junk = int((found.identity == JUNK).sum())
            extra = [f"{n:,} {w}" for n, w in ((distractors, "distractors"), (junk, "junk")) if n]
            rows.append(f"  {part:<22}{line}{'  with ' if extra else ''}{' and '.join(extra)}")
        return "\n".join(rows)


def _name(row: int, source: Source) -> str:
    return source.name if isinstance(source, Path) else f"number {row}"


def _decoded(encoded: bytes, name: str) -> Image:
    raw: NDArray[np.uint8] = np.frombuffer(encoded, dtype=np.uint8)
    image = cv2.imdecode(raw, cv2.IMREAD_COLOR) if raw.size else None
    if image is None:
        raise ValueError(f"picture {name}: expected an encoded image that can be decoded")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8)

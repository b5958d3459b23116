"""What embedding costs, and vectors that are kept so that nobody is looked at twice."""

from __future__ import annotations

import hashlib
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .models.embedder import Embedder, Image, Vectors
from .sequences.files import replacing
from .sequences.views import MultiCameraSequence, View

__all__ = ["Metered", "PictureClock"]


class Metered:
    """An embedder that says how many crops it was given, and how long they took.

    Everything else is as the embedder has it, such as its `threshold`.

    Args:
        embedder: asked for vectors that are not known yet.
        kept: a file of vectors by what is in the crop, read now and written by `save`; None: none.
            It must be of the same embedder.

    Attributes:
        crops: how many were asked for.
        computed: of these, how many the embedder saw.
        seconds: that it took for them.

    Raises:
        ValueError: a file of another kind.
    """

    def __init__(self, embedder: Embedder, kept: Path | None = None) -> None:
        self.embedder, self.kept = embedder, kept
        self.crops = self.computed = 0
        self.seconds = 0.0
        self._known: dict[bytes, Vectors] = {}
        self._pace = float("nan")
        if kept is not None and kept.exists():
            self._read(kept)

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self.embedder.dim

    def __getattr__(self, name: str) -> Any:
        # While pickling or copying nothing is set yet, and must not be looked for for ever.
        if name.startswith("__") or name == "embedder":
            raise AttributeError(name)
        return getattr(self.embedder, name)

    def __call__(self, crops: list[Image]) -> Vectors:
        """Vectors (n, dim), of which known ones are not computed again."""
        self.crops += len(crops)
        if self.kept is None:
            return self._computed(crops)
        keys = [_digest(crop) for crop in crops]
        new = {key: crop for key, crop in zip(keys, crops, strict=True) if key not in self._known}
        self._known.update(zip(new, self._computed(list(new.values())), strict=True))
        return np.array([self._known[key] for key in keys], np.float32).reshape(-1, self.dim)

    def _computed(self, crops: list[Image]) -> Vectors:
        if not crops:
            return np.empty((0, self.dim), np.float32)
        began = time.perf_counter()
        vectors = self.embedder(crops)
        self.seconds += time.perf_counter() - began
        self.computed += len(crops)
        return vectors

    @property
    def seconds_per_crop(self) -> float:
        """Mean over those computed, here or when the file was written; NaN without any."""
        return self.seconds / self.computed if self.computed else self._pace

    def save(self) -> None:
        """Write the file of vectors, where there is to be one."""
        if self.kept is None or not self.computed:
            return
        keys = np.array([list(key) for key in self._known], dtype=np.uint8)
        vectors = np.array(list(self._known.values()), dtype=np.float32)
        with replacing(self.kept) as draft:
            np.savez(draft, keys=keys, vectors=vectors, pace=np.array(self.seconds_per_crop))

    def _read(self, path: Path) -> None:
        try:
            with np.load(path, allow_pickle=False) as held:
                keys, vectors, pace = held["keys"], held["vectors"], float(held["pace"])
        except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{path}: expected vectors that were kept: {error}") from None
        if vectors.ndim != 2 or vectors.shape[1] != self.embedder.dim or len(keys) != len(vectors):
            raise ValueError(
                f"{path}: its vectors {vectors.shape} are of another embedder, whose vectors have"
                f" {self.embedder.dim} numbers"
            )
        self._known = {bytes(key): vector for key, vector in zip(keys, vectors, strict=True)}
        self._pace = pace


def _digest(crop: Image) -> bytes:
    """What is in a crop, in 20 bytes."""
    shape = str(crop.shape).encode()
    return hashlib.blake2b(np.ascontiguousarray(crop).tobytes() + shape, digest_size=20).digest()


class PictureClock:
    """A sequence that says how long its pictures took that somebody looked at.

    Args:
        sequence: with pictures that are decoded, or drawn, when they are looked at.

    Attributes:
        seconds: for all pictures so far.
    """

    def __init__(self, sequence: MultiCameraSequence) -> None:
        self.sequence = sequence
        self.seconds = 0.0
        self.name, self.cameras = sequence.name, sequence.cameras
        self.truth = sequence.truth

    def __iter__(self) -> Iterator[tuple[View, ...]]:
        for views in self.sequence:
            yield self._timed(views)

    def _timed(self, views: Sequence[View]) -> tuple[View, ...]:
        return tuple(
            View(v.camera, v.frame, v.time, v.detections, self._clocked(v)) if v.has_image else v
            for v in views
        )

    def _clocked(self, view: View) -> Callable[[], Image]:
        def image() -> Image:
            began = time.perf_counter()
            picture = view.image
            self.seconds += time.perf_counter() - began
            assert picture is not None
            return picture

        return image

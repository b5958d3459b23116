"""Vectors of a list of pictures, kept in a file so that no picture is looked at twice."""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from ..models import Embedder
from ..models.embedder import Vectors
from ..progress import Progress
from ..run_folder import plain
from ..sequences.files import replacing
from ..training.pictures import Pictures

BATCH = 64
"""Pictures that are in memory at once."""
ALIKE = 0.999
"""Least cosine between the kept vector of the first picture and the one computed anew; sizes of
batches and numbers of threads change less."""


class Stopped(Exception):
    """Somebody asked for it; what was done is kept.

    Args:
        done: how many pictures have vectors.
    """

    def __init__(self, done: int) -> None:
        super().__init__(f"stopped after {done} pictures")
        self.done = done


@dataclass(frozen=True)
class VectorFile:
    """A file with the vectors of the first of a list of pictures.

    Args:
        path: ends in ".npz".
        about: what the vectors depend on; another file's are refused.

    Raises:
        ValueError: another suffix.
    """

    path: Path
    about: Mapping[str, object]

    def __post_init__(self) -> None:
        if self.path.suffix != ".npz":
            raise ValueError(f"{self.path}: expected a file name that ends in .npz")

    def read(self) -> dict[str, Vectors]:
        """What is there: (rows, d) by the feature's name; nothing where there is no file.

        Raises:
            ValueError: a file of another kind, or vectors that depend on something else.
        """
        if not self.path.exists():
            return {}
        try:
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as held:
                found = {name: held[name] for name in held.files}
            about = json.loads(str(found.pop("about")))
        except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{self.path}: expected vectors that were kept: {error}") from None
        for name, value in self.about.items():
            if about.get(name) != plain(value):
                raise ValueError(
                    f"{self.path}: its vectors are of {name} {about.get(name)!r}, not"
                    f" {plain(value)!r}: remove it or name another file"
                )
        return found

    def write(self, vectors: Mapping[str, Vectors]) -> None:
        """Replace what is there."""
        about = json.dumps({name: plain(value) for name, value in self.about.items()})
        arrays: dict[str, object] = {"about": np.array(about), **vectors}
        with replacing(self.path) as draft:
            np.savez(draft, **arrays)  # type: ignore[arg-type]


def digest(pictures: Pictures) -> str:
    """A short text that differs between lists of pictures: names, identities and cameras."""
    columns = (pictures.names, pictures.identity, pictures.camera)
    text = json.dumps([column.tolist() for column in columns])
    return f"{len(pictures)} pictures {hashlib.sha256(text.encode()).hexdigest()[:16]}"


def collect_vectors(
    embedder: Embedder,
    pictures: Pictures,
    *,
    flip: bool = False,
    wanted: Sequence[str] = (),
    kept: VectorFile | None = None,
    log: TextIO | None = sys.stderr,
    stop: Callable[[], bool] = lambda: False,
) -> dict[str, Vectors]:
    """The vectors of all pictures.

    Args:
        embedder: see `feature_vectors`.
        pictures: n of them, at least one; few are in memory at a time.
        flip: see `feature_vectors`.
        wanted: features that must be among them, which the first picture shows.
        kept: begun with, and written at the end or when stopped; None: nothing is kept.
        log: told how far it has come.
        stop: asked before every batch.

    Returns:
        (n, d) by the feature's name.

    Raises:
        Stopped: `stop` said so.
        ValueError: a file that was kept by another embedder, a feature that this one does not
            give, or what `feature_vectors` refuses.
    """
    from ..training.features import feature_vectors  # imports torch: only where it is used

    found = {} if kept is None else kept.read()
    begun = min((len(vectors) for vectors in found.values()), default=0)
    parts = {name: [vectors[:begun]] for name, vectors in found.items()}
    first = feature_vectors(embedder, [pictures.image(0)], flip)
    for name in wanted:
        if name not in first:
            raise ValueError(
                f"feature {name}: the embedder gives {', '.join(first)} alone; f_t is known of"
                " PyTorch networks that return an Output"
            )
    if kept is not None and begun:
        _compare(kept.path, found, first)
    said = Progress(
        log, "embedding", len(pictures), unit="pictures", pace="pictures/s", begun=begun
    )
    done = begun
    while done < len(pictures) and not stop():
        rows = range(done, min(len(pictures), done + BATCH))
        crops = [pictures.image(row) for row in rows]
        for name, vectors in feature_vectors(embedder, crops, flip).items():
            parts.setdefault(name, []).append(vectors)
        done = rows.stop
        said(done)
    result = {name: np.concatenate(pieces) for name, pieces in parts.items()}
    if kept is not None and done > begun:
        kept.write(result)
    if done < len(pictures):
        raise Stopped(done)
    if done > begun:
        said.finish(done)
    return result


def _compare(path: Path, found: Mapping[str, Vectors], anew: Mapping[str, Vectors]) -> None:
    """Refuse vectors of weights that have changed under the same name."""
    for name, vectors in anew.items():
        old = found.get(name, np.empty((1, 0), np.float32))[0]
        lengths = float(np.linalg.norm(old) * np.linalg.norm(vectors[0]))
        if old.shape != vectors[0].shape or float(old @ vectors[0]) < ALIKE * lengths:
            raise ValueError(
                f"{path}: its vector of the first picture is not what the embedder gives now:"
                " remove it or name another file"
            )

"""What a teacher, an embedder that knows better, says of the pictures to learn from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ..models import embed_stream, load_embedder
from ..models.embedder import Image
from ..models.flips import WithFlips
from ..progress import Progress
from .pictures import Pictures


def taught_vectors(
    teacher: str,
    pictures: Pictures,
    about: dict[str, Any],
    path: Path,
    log: TextIO | None,
    *,
    dim: int | None = None,
    write: bool = True,
) -> Tensor:
    """A teacher's vectors of all pictures, each the mean of those of the picture and its mirror.

    They are computed once and kept in a file, since a training goes over the pictures many times.

    Args:
        teacher: what `load_embedder` takes.
        pictures: n of them, as they are: neither cropped nor erased.
        about: what tells these pictures from others.
        path: of the file; one of the same teacher and pictures is read.
        log: told how far it has come; None: silence.
        dim: the length that vectors must have; None: any.
        write: whether to write the file.

    Returns:
        (n, dim) float32, of length 1.

    Raises:
        ValueError: vectors of another length than `dim`, before any is computed.
        ValueError, FileNotFoundError, ImportError, TypeError: see `load_embedder`.
    """
    wanted = {"teacher": teacher, "pictures": str(about["sha256"])}
    found = _read(path, wanted, len(pictures))
    if found is not None:
        return found
    embedder = WithFlips(load_embedder(teacher))
    if dim is not None and embedder.dim != dim:
        raise ValueError(
            f"the teacher's vectors have {embedder.dim} numbers, the network's {dim}: make them"
            " equal, or set objective.teacher_form=likeness"
        )
    progress = Progress(log, "teacher", len(pictures), unit="pictures", pace="pictures/s")

    def crops() -> Iterator[Image]:
        for row in range(len(pictures)):
            progress(row)
            yield pictures.image(row)

    vectors = torch.from_numpy(np.concatenate(list(embed_stream(embedder, crops()))))
    progress.finish(len(pictures))
    if write:
        _write(path, vectors, wanted)
    return vectors


def _read(path: Path, wanted: dict[str, str], count: int) -> Tensor | None:
    """The file's vectors, if it is whole and of the same teacher and pictures."""
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            vectors: Tensor = file.get_tensor("vectors")
            same = file.metadata() == wanted and len(vectors) == count
    except SafetensorError:
        return None
    return vectors if same else None


def _write(path: Path, vectors: Tensor, about: dict[str, str]) -> None:
    part = path.with_name(f".{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        save_file({"vectors": vectors}, part, metadata=about)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)

"""`reid-mot embed`: vectors of pictures, or of the detections of a sequence."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from ..interruption import Interruption, interruptible
from ..models import Embedder, embed_stream, load_embedder
from ..progress import Progress
from ..run_folder import check_free, result_folder, write_settings
from ..sequences import MultiCameraSequence
from ..sequences.files import write_text
from ..sequences.growing import RowFile
from ..sequences.views import Image
from ..tracking import instants_of
from .embedded import BATCH, Embedded, write_embedded
from .inputs import add_sequence_arguments, open_input
from .outputs import provenance
from .pictures import are_pictures, picture_files, read_pictures

NAME = "embed"
SUMMARY = "vectors of pictures of people, or of all detections of a sequence, as .npy files"
DESCRIPTION = """\
Compute appearance vectors once, and keep them.

in:   pictures of one person each: image files, or folders with images at any depth that are no
      sequence; or a sequence with images and with detections, its own or a --detector's, as
      `reid-mot track` takes it.
out:  of pictures: --out NAME.npy with float32 (n, dim), a row of length 1 for each picture, and
      NAME.txt beside it with the n file names in the same order, one a line.
      Of a sequence: --out FOLDER with detections/CAMERA.npy in DeepSORT's layout (frame, -1, left,
      top, width, height, score, -1, -1, -1, and the vector), calibration.json, gt/world.txt where
      the truth on the floor is known, and settings.json. `reid-mot track FOLDER` uses the vectors
      and needs no embedder. A box wholly outside its image has a vector of NaN, which means none.

Pictures are read when they are needed, so that any number of them fits in memory. Ctrl-C leaves
nothing behind.
"""
EXAMPLES = """\
  reid-mot embed Market-1501/query --embedder runs/best.safetensors --out query.npy
      a folder of pictures; query.txt says which row is which
  reid-mot embed room --embedder histogram --out room-embedded
      every detection of a room that `reid-mot simulate room` wrote
  reid-mot embed a.mp4 b.mp4 --detector yolox.onnx --embedder net.onnx --frames :100 --out some
      people whom a detector finds in the first hundred frames of two videos
"""


SEQUENCE_OPTIONS = (
    "calibration",
    "reader",
    "rate",
    "frames",
    "noisy_truth",
    "detector",
    "decoding",
    "least_score",
    "detector_device",
)
"""Options that mean something for a sequence only; with one of them, images are a sequence too."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_sequence_arguments(parser)
    parser.add_argument(
        "--embedder",
        required=True,
        metavar="NAME",
        help="what makes the vectors: a short name such as histogram, a file, or"
        " package.module:attribute; `reid-mot models` lists names",
    )
    parser.add_argument("--device", help="where the embedder runs, such as cpu or cuda")
    parser.add_argument(
        "--out",
        required=True,
        metavar="PATH",
        help="of pictures the file NAME.npy, of a sequence a folder",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier result")


def run(options: argparse.Namespace) -> int:
    """Embed, and write the result; returns 0. Interrupted, nothing is left."""
    log = None if options.quiet else sys.stderr
    plain = all(getattr(options, name) is None for name in SEQUENCE_OPTIONS)
    if plain and are_pictures(options.sequence):
        _embed_pictures(options, log)
    else:
        _embed_sequence(options, log)
    return 0


def _embedder(options: argparse.Namespace) -> Embedder:
    try:
        return load_embedder(options.embedder, options.device)
    except TypeError as error:
        # What was named is there, but is no embedder: a mistake of typing.
        raise ValueError(str(error)) from error


def _embed_pictures(options: argparse.Namespace, log: TextIO | None) -> None:
    out = Path(options.out)
    if out.suffix != ".npy":
        raise ValueError(f"--out {out}: the vectors of pictures go into a file NAME.npy")
    names = out.with_suffix(".txt")
    for path in (out, names):
        if path.is_dir() or (path.exists() and not options.overwrite):
            raise FileExistsError(f"{path} exists already: --overwrite replaces a result")
    files = picture_files(options.sequence)
    listed = [file.as_posix() for file in files]
    odd = next((name for name in listed if "\n" in name or "\r" in name), None)
    if odd is not None:
        raise ValueError(f"{odd!r}: a name with a line break cannot stand in {names}")
    embedder = _embedder(options)
    out.parent.mkdir(parents=True, exist_ok=True)
    with (
        interruptible() as stop,
        tempfile.TemporaryDirectory(dir=out.parent, prefix=".writing-") as hidden,
    ):
        vectors, texts = Path(hidden) / out.name, Path(hidden) / names.name
        write_vectors(vectors, files, embedder, stop, log)
        write_text(texts, "".join(f"{name}\n" for name in listed))
        os.replace(vectors, out)
        os.replace(texts, names)
    if log is not None:
        log.write(f"{len(files)} vectors of {embedder.dim} are in {out}, file names in {names}\n")


def write_vectors(
    path: Path, files: list[Path], embedder: Embedder, stop: Interruption, log: TextIO | None
) -> None:
    """Write the vectors of pictures as `.npy`, holding a few pictures at a time.

    Raises:
        FormatError: a file that is no image.
        KeyboardInterrupt: it was asked to stop.
    """
    progress = Progress(log, "embedding", len(files), unit="images", pace="images/s")

    def crops() -> Iterator[Image]:
        for crop in read_pictures(files):
            if stop:
                raise KeyboardInterrupt
            yield crop

    with RowFile(path, embedder.dim) as rows:
        for vectors in embed_stream(embedder, crops(), BATCH):
            rows.append(vectors)
            progress(len(rows))
    progress.finish(len(files))


def _embed_sequence(options: argparse.Namespace, log: TextIO | None) -> None:
    check_free(options.out, options.overwrite)
    sequence = open_input(options)
    if Path(options.out).suffix == ".npy":
        raise ValueError(f"--out {options.out}: the vectors of a sequence go into a folder")
    rate = getattr(sequence, "rate", None) or options.rate
    if rate is None:
        raise ValueError(f"sequence {sequence.name!r} does not say its instants a second: --rate")
    embedder = _embedder(options)
    progress = Progress(log, "embedding", instants_of(sequence))
    with result_folder(options.out, options.overwrite) as draft:
        with interruptible() as stop:
            done = write_embedded(
                draft, sequence, embedder, rate, progress=progress, stop=lambda: bool(stop)
            )
        write_settings(draft, _settings(options, sequence, embedder, done))
    progress.finish(done.instants)
    if log is not None:
        log.write(_told(options.out, sequence, done))


def _settings(
    options: argparse.Namespace, sequence: MultiCameraSequence, embedder: Embedder, done: Embedded
) -> dict[str, object]:
    """Everything that made the result."""
    return {
        **provenance(),
        "sequence": {
            "paths": options.sequence,
            "name": sequence.name,
            "reader": options.reader,
            "calibration": options.calibration,
            "first_frame": options.first_frame,
            "frames": options.frames,
            "noisy_truth": options.noisy_truth,
            "seed": options.seed,
        },
        "detector": {
            "name": options.detector,
            "decoding": options.decoding,
            "least_score": options.least_score,
            "device": options.detector_device,
        },
        "embedder": options.embedder,
        "device": options.device,
        "dim": embedder.dim,
        "written": done,
    }


def _told(out: str, sequence: MultiCameraSequence, done: Embedded) -> str:
    lines = []
    if done.first is not None:
        lines.append(
            f"frames are numbered anew: {done.first}, {done.first + done.step}, ... of the"
            f" sequence are 1, 2, ..."
        )
    if done.outside:
        lines.append(f"{done.outside} boxes lie outside their images and have no vector")
    truth = sequence.truth
    if truth is not None and not truth.has_ground.any():
        lines.append("the truth has boxes alone and is not copied: score against the sequence")
    lines.append(f"{done.detections} vectors are in {out}: reid-mot track {out} --out tracked")
    return "".join(f"{line}\n" for line in lines)

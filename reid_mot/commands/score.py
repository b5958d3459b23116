"""`reid-mot score`: MOTA, IDF1 and HOTA of tracks that are there already."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TextIO

import numpy as np

from ..options import parse_region
from ..scores import score
from ..sequences import FormatError, Tracks, open_sequence, read_tracks
from ..sequences.mot_text import read_mot_tracks
from ..sequences.results import is_world

NAME = "score"
SUMMARY = "compare tracks with the truth: MOTA, IDF1, HOTA and their parts"
DESCRIPTION = """\
Compare tracks with the truth, on the floor and in the cameras' images.

in:   TRUTH and PREDICTED, each of them a sequence with truth, a folder that `reid-mot track`
      wrote, tracks.csv or tracks.parquet, or a text: MOTChallenge's (gt.txt or results) or world
      positions (frame, identity, X, Y, Z).
out:  a table with a row for each way of matching: positions on the floor within each --gate,
      boxes in each camera, their sum, and all cameras in one identity space.
"""
EXAMPLES = """\
  reid-mot score room tracked
      the truth of a sequence, and a folder that `reid-mot track` wrote
  reid-mot score room/gt/world.txt tracked/tracks.csv --gate 0.5 --region 0.5,0.5,4.5,5.5
      positions alone, at most half a metre apart, in a part of the room
  reid-mot score room/c01/gt/gt.txt tracked/c01.txt --json --engine motmetrics
      one camera's boxes, computed by motmetrics, as JSON
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("truth", metavar="TRUTH", help="what was")
    parser.add_argument("predicted", metavar="PREDICTED", help="what a tracker says")
    parser.add_argument(
        "--region",
        metavar="X0,Y0,X1,Y1",
        help="the floor that counts: a rectangle, or corners x,y;x,y;... in metres",
    )
    parser.add_argument(
        "--gate",
        action="append",
        type=float,
        metavar="METRES",
        help="largest distance of a match on the floor; may be given several times, the first is"
        " the one to quote (default 1.0 and 0.5)",
    )
    parser.add_argument(
        "--iou",
        type=float,
        default=0.5,
        help="intersection over union that a match of boxes needs (default 0.5)",
    )
    parser.add_argument(
        "--engine",
        choices=("vectorised", "motmetrics"),
        default="vectorised",
        help="what computes MOTA and IDF1 (default vectorised; the numbers are the same)",
    )
    parser.add_argument(
        "--first-frame",
        type=int,
        default=1,
        metavar="N",
        help="the number of the first frame in text files (default 1)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, not a table")


def run(options: argparse.Namespace) -> int:
    """Print the scores; returns 0."""
    truth = read_truth(Path(options.truth), options.first_frame)
    predicted = read_predicted(Path(options.predicted), options.first_frame)
    predicted = _same_camera(truth, predicted, None if options.quiet else sys.stderr)
    table = score(
        truth,
        predicted,
        region=None if options.region is None else parse_region(options.region),
        gates=tuple(options.gate or (1.0, 0.5)),
        iou=options.iou,
        engine=options.engine,
    )
    sys.stdout.write(table.to_json() if options.json else f"{table}\n")
    return 0


def read_truth(path: Path, first_frame: int) -> Tracks:
    """The truth of a sequence, or of a file.

    Raises:
        FormatError, OSError, ValueError: there is none, or it cannot be read.
    """
    if path.is_dir():
        return _of_folder(path, first_frame)
    if path.suffix.lower() in (".csv", ".parquet") or is_world(path):
        return read_tracks(path, first_frame=first_frame)
    return read_mot_tracks(path, _camera_of(path), truth=True, first_frame=first_frame)


def read_predicted(path: Path, first_frame: int) -> Tracks:
    """The tracks of a result, or of a file.

    Raises:
        FormatError, OSError, ValueError: there are none, or they cannot be read.
    """
    if path.is_dir():
        return _of_folder(path, first_frame)
    return read_tracks(path, first_frame=first_frame)


def _of_folder(path: Path, first_frame: int) -> Tracks:
    """A result, or the truth of a sequence, or a folder of texts."""
    if (path / "tracks.csv").is_file() or (path / "tracks.parquet").is_file():
        return read_tracks(path, first_frame=first_frame)
    try:
        sequence = open_sequence(path, first_frame=first_frame)
    except FormatError as error:
        if any(path.glob("*.txt")):
            return read_tracks(path, first_frame=first_frame)
        raise FormatError(path, f"a result (tracks.csv), or a sequence ({error})") from None
    if sequence.truth is None:
        raise ValueError(f"{path}: the sequence {sequence.name!r} has no truth to compare")
    return sequence.truth


def _camera_of(path: Path) -> str:
    """The camera of CAMERA/gt/gt.txt, or of CAMERA.txt."""
    absolute = path.absolute()
    inside = absolute.stem == "gt" and absolute.parent.name == "gt"
    return absolute.parent.parent.name if inside else absolute.stem


def _same_camera(truth: Tracks, predicted: Tracks, log: TextIO | None) -> Tracks:
    """Two tables of one camera each are about the same camera, whatever the files are called."""
    theirs, ours = truth.cameras, predicted.cameras
    if len(theirs) != 1 or len(ours) != 1 or theirs == ours:
        return predicted
    if log is not None:
        log.write(f"comparing camera {ours[0]!r} with camera {theirs[0]!r} of the truth\n")
    camera = np.where(predicted.camera == ours[0], theirs[0], predicted.camera)
    return Tracks(
        predicted.frame,
        camera,
        predicted.identity,
        predicted.box,
        predicted.ground,
        predicted.confidence,
    )

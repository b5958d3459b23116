"""What the commands share in reading: opening a sequence as it was asked for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ..options import parse_frames, parse_noise
from ..plugins import SEQUENCES, called, load_named
from ..sequences import MultiCameraSequence, WithNoisyTruth, open_sequence
from ..sequences.recording import Recording
from ..tracking import FrameRange


def add_sequence_arguments(parser: argparse.ArgumentParser) -> None:
    """Say how a sequence is given."""
    parser.add_argument(
        "sequence",
        nargs="+",
        metavar="SEQUENCE",
        help="a folder in a known layout, or one video, image folder or MOTChallenge folder for"
        " each camera",
    )
    parser.add_argument(
        "--calibration",
        metavar="FILE",
        help="calibration.json, or a Tsai camera as .xml; by default what the folder has",
    )
    parser.add_argument(
        "--reader",
        metavar="NAME",
        help="the layout, instead of recognising it: a name of the entry-point group"
        " reid_mot.sequences, or package.module:attribute, called with the path",
    )
    parser.add_argument(
        "--rate", type=float, metavar="HZ", help="instants a second; image folders do not say"
    )
    parser.add_argument(
        "--first-frame",
        type=int,
        default=1,
        metavar="N",
        help="the number of the first frame in text files (default 1)",
    )
    parser.add_argument(
        "--frames", metavar="A:B", help="only frames A to B, both counted; either may be left out"
    )
    parser.add_argument(
        "--noisy-truth",
        nargs="?",
        const="",
        metavar="miss=0.15,false=0.10,jitter=8",
        help="detections made of the true boxes: shares missed and false, and the error of a"
        " box's sides in pixels",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the noise (default 0)")


def open_input(options: argparse.Namespace) -> MultiCameraSequence:
    """The sequence that the options ask for.

    Raises:
        FormatError, OSError, ValueError: see `open_sequence`; or there is nothing to track.
    """
    sequence = _opened(options.sequence, options)
    frames = getattr(sequence, "frames", None)
    if options.noisy_truth is not None:
        sequence = WithNoisyTruth(sequence, parse_noise(options.noisy_truth), options.seed)
    elif _is_bare(sequence):
        raise ValueError(
            f"{', '.join(options.sequence)}: there are no detections to track. Expected det/det.txt"
            " or detections/*.npy beside the pictures; --noisy-truth makes some where the true"
            " boxes are known"
        )
    if options.frames is not None:
        sequence = FrameRange(sequence, *parse_frames(options.frames), frames)
    return sequence


def _opened(paths: Sequence[str], options: argparse.Namespace) -> MultiCameraSequence:
    if options.reader is not None:
        reader = called(load_named(options.reader, SEQUENCES))
        found: object = reader(paths[0] if len(paths) == 1 else paths)
        if not isinstance(found, MultiCameraSequence):
            raise ValueError(
                f"--reader {options.reader} gave {type(found).__name__}: expected a sequence"
            )
        return found
    return open_sequence(
        paths[0] if len(paths) == 1 else [Path(path) for path in paths],
        calibration=options.calibration,
        rate=options.rate,
        first_frame=options.first_frame,
    )


def _is_bare(sequence: MultiCameraSequence) -> bool:
    """Whether it is known that no camera has a detection."""
    return isinstance(sequence, Recording) and not any(
        stream.detections is not None and len(stream.detections) for stream in sequence.streams
    )

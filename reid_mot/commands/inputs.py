"""What the commands share in reading: opening a sequence as it was asked for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ..detecting import WithDetector
from ..models.detector import Detector, load_detector
from ..models.detector_card import FAMILIES
from ..options import parse_frames, parse_noise, parse_room
from ..plugins import SEQUENCES, called, load_named
from ..sequences import MultiCameraSequence, SimulatedRoom, WithNoisyTruth, open_sequence
from ..sequences.recording import Recording
from ..tracking import FrameRange


def add_sequence_arguments(parser: argparse.ArgumentParser) -> None:
    """Say how a sequence is given."""
    parser.add_argument(
        "sequence",
        nargs="+",
        metavar="SEQUENCE",
        help="a folder in a known layout, or one video, image folder or MOTChallenge folder for"
        " each camera, or room:SEED, a simulated room (room:SEED,seconds=60,people=12,...)",
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
    _add_detector_arguments(parser)


def _add_detector_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--detector",
        metavar="NAME",
        help="what finds people in the pictures, in place of detections that came with them: an"
        " .onnx file, a name of the entry-point group reid_mot.detectors such as"
        " fasterrcnn_resnet50_fpn_v2 (its weights are downloaded at the first use), or"
        " package.module:attribute",
    )
    parser.add_argument(
        "--decoding",
        choices=sorted(FAMILIES),
        help="the family of an .onnx detector that does not say it itself or in a card beside it",
    )
    parser.add_argument(
        "--least-score",
        type=float,
        metavar="P",
        help="leave out detections of the detector with lower scores (by default its own choice)",
    )
    parser.add_argument(
        "--detector-device",
        metavar="DEVICE",
        help="where the detector runs, such as cpu or cuda",
    )


def open_input(options: argparse.Namespace) -> MultiCameraSequence:
    """The sequence that the options ask for.

    Raises:
        FormatError, OSError, ValueError: see `open_sequence`; or there is nothing to track.
    """
    sequence = _opened(options.sequence, options)
    detector = open_detector(options)
    frames = getattr(sequence, "frames", None)
    if options.noisy_truth is not None:
        sequence = WithNoisyTruth(sequence, parse_noise(options.noisy_truth), options.seed)
    elif detector is None and _is_bare(sequence):
        raise ValueError(
            f"{', '.join(options.sequence)}: there are no detections to track. --detector finds"
            " people in the pictures; det/det.txt or detections/*.npy may lie beside them; or"
            " --noisy-truth makes detections where the true boxes are known"
        )
    if options.frames is not None:
        sequence = FrameRange(sequence, *parse_frames(options.frames), frames)
    # Outermost, so that it looks at no frame that is left out.
    return sequence if detector is None else WithDetector(sequence, detector)


def open_detector(options: argparse.Namespace) -> Detector | None:
    """The detector that the options ask for; None where they ask for none.

    Raises:
        ValueError, OSError, ImportError: see `load_detector`; or options that contradict.
    """
    if options.detector is None:
        for name in ("decoding", "least_score", "detector_device"):
            if getattr(options, name) is not None:
                raise ValueError(f"--{name.replace('_', '-')} is for a --detector: there is none")
        return None
    if options.noisy_truth is not None:
        raise ValueError("--detector and --noisy-truth both make detections: give one of them")
    try:
        return load_detector(
            options.detector,
            options.detector_device,
            decoding=options.decoding,
            least_score=options.least_score,
        )
    except TypeError as error:
        # What was named is there, but is no detector: a mistake of typing.
        raise ValueError(str(error)) from error


def is_room(path: str) -> bool:
    """Whether a simulated room is named, rather than files."""
    return path.startswith("room:") and not Path(path).exists()


def _opened(paths: Sequence[str], options: argparse.Namespace) -> MultiCameraSequence:
    if options.reader is None and len(paths) == 1 and is_room(paths[0]):
        if options.calibration is not None or options.rate is not None:
            raise ValueError(f"{paths[0]}: a simulated room brings its own calibration and rate")
        return SimulatedRoom(**parse_room(paths[0]))
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

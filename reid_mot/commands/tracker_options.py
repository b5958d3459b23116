"""What commands that track share: which tracker, which embedder, and how they are set."""

from __future__ import annotations

import argparse

from ..models import Embedder, load_embedder
from ..options import parse_assignments
from ..plugins import TRACKERS, Chosen, load_named, make_tracker
from ..sequences import MultiCameraSequence
from ..sequences.cameras import Floats
from ..thresholds import read_threshold

ROOM = "reid_mot.trackers:RoomTracker"
CAMERA = "reid_mot.trackers:CameraTracker"
NONE = "none"
"""The name of no embedder."""


def add_embedder_argument(parser: argparse.ArgumentParser) -> None:
    """Say what tells people apart."""
    parser.add_argument(
        "--embedder",
        default="none",
        metavar="NAME",
        help="what tells people apart by looks: none (the default; embeddings that come with the"
        " detections are used all the same), histogram, a file, or package.module:attribute",
    )


def add_tracker_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the tracker is."""
    parser.add_argument("--device", help="where the embedder runs, such as cpu or cuda")
    parser.add_argument(
        "--tracker",
        metavar="NAME",
        help="room (overlapping calibrated cameras; the default where there are several, all"
        " calibrated), camera (each by itself), or package.module:attribute",
    )
    parser.add_argument(
        "--region",
        metavar="X0,Y0,X1,Y1",
        help="the floor that counts, for tracking and scoring: a rectangle, or corners x,y;x,y;..."
        " in metres; none: everywhere. By default the sequence's own, for tracking only",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="change a setting of the tracker, or identities.FIELD=VALUE one of its parts; an"
        " unknown field lists all",
    )


def open_embedder(options: argparse.Namespace) -> Embedder | None:
    """The embedder that the options ask for; None where they ask for none.

    Raises:
        ValueError, ImportError, OSError: a name that means nothing, or something of another kind.
    """
    if options.embedder == NONE:
        return None
    try:
        return load_embedder(options.embedder, options.device)
    except TypeError as error:
        # What was named is there, but is no embedder: a mistake of typing.
        raise ValueError(str(error)) from error


def choose_tracker(
    options: argparse.Namespace,
    sequence: MultiCameraSequence,
    region: Floats | None,
    embedder: Embedder | None,
) -> Chosen:
    """A tracker as the options and the cameras ask for it.

    Raises:
        ValueError, ImportError, OSError: a name that means nothing, or something of another kind.
    """
    cameras = sequence.cameras
    # What one camera cannot see no other can make up for: its image serves better than the floor.
    together = len(cameras) > 1 and all(camera.calibrated for camera in cameras)
    default = ROOM if together else CAMERA
    factory = load_named(options.tracker or default, TRACKERS)
    changes = parse_assignments(options.set)
    threshold: str | None = getattr(options, "threshold", None)
    if threshold is not None:
        changes["identities.threshold"] = read_threshold(threshold, options.embedder)
    try:
        return make_tracker(factory, embedder=embedder, region=region, changes=changes)
    except TypeError as error:
        # What was named is there, but is no tracker: a mistake of typing.
        raise ValueError(str(error)) from error

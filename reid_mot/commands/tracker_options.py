"""What commands that track share: which tracker, which embedder, and how they are set."""

from __future__ import annotations

import argparse
from typing import TextIO

from ..models import Embedder, load_embedder
from ..models.shipped import DEFAULT, weights_path
from ..options import parse_assignments
from ..plugins import TRACKERS, Chosen, default_settings, load_named, make_tracker, parameters
from ..sequences import MultiCameraSequence
from ..sequences.cameras import Floats
from ..thresholds import read_threshold
from ..trackers.gallery_store import GalleryStore
from ..trackers.known_people import KnownPeople
from .default_embedder import NONE, default_embedder
from .gallery import embedder_name

ROOM = "reid_mot.trackers:RoomTracker"
CAMERA = "reid_mot.trackers:CameraTracker"
THRESHOLD = "identities.threshold"


def add_embedder_argument(parser: argparse.ArgumentParser) -> None:
    """Say what tells people apart."""
    parser.add_argument(
        "--embedder",
        metavar="NAME",
        help="what tells people apart by looks: a name of `reid-mot models`, a file,"
        f" package.module:attribute, or none. By default {DEFAULT}, the network that comes with the"
        " package, where there are pictures; embeddings that come with the detections are used as"
        " they are, and then it is none",
    )


def add_tracker_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the tracker is."""
    parser.add_argument("--device", help="where the embedder runs, such as cpu or cuda")
    parser.add_argument(
        "--tracker",
        metavar="NAME",
        help="room (overlapping calibrated cameras; the default where there are several, all"
        " calibrated), network (cameras that do not overlap), camera (each by itself), or"
        " package.module:attribute",
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


def settle_embedder(
    options: argparse.Namespace, sequence: MultiCameraSequence, log: TextIO | None = None
) -> None:
    """Put the default into the options where no embedder was named, and say so.

    A tracker that takes no embedder gets none.
    """
    if options.embedder is None:
        wanted = "embedder" in parameters(_factory(options, sequence))
        options.embedder = default_embedder(sequence) if wanted else NONE
        if log is not None and options.embedder != NONE:
            # PyTorch takes seconds to import.
            from ..models.card import read_card

            licence = read_card(weights_path(DEFAULT).with_suffix(".json")).licence
            log.write(f"embedder: {options.embedder} ({licence}; --embedder names another)\n")


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


def open_gallery(options: argparse.Namespace, sequence: MultiCameraSequence) -> GalleryStore | None:
    """The gallery that the options ask for; None where they ask for none.

    Raises:
        ValueError, OSError: no gallery, one of another embedder, a file that cannot be made, or a
            tracker that has no use for one.
    """
    if options.gallery is None:
        return None
    if "gallery" not in parameters(_factory(options, sequence)):
        raise ValueError(
            "--gallery is for trackers with one set of people: --tracker room or network"
        )
    known = None if options.embedder == NONE else embedder_name(options.embedder)
    return GalleryStore(options.gallery, known)


def choose_tracker(
    options: argparse.Namespace,
    sequence: MultiCameraSequence,
    region: Floats | None,
    embedder: Embedder | None,
    gallery: KnownPeople | None = None,
) -> Chosen:
    """A tracker as the options and the cameras ask for it.

    Ways between cameras that the sequence knows are the tracker's, unless --set changes them.

    Raises:
        ValueError, ImportError, OSError: a name that means nothing, or something of another kind.
    """
    factory = _factory(options, sequence)
    changes = parse_assignments(options.set)
    parts = default_settings(factory, parameters(factory))
    threshold: str | None = getattr(options, "threshold", None)
    if threshold is not None:
        place = "threshold" if hasattr(parts.get("settings"), "threshold") else THRESHOLD
        changes[place] = read_threshold(threshold, options.embedder)
    ways = getattr(sequence, "ways", ())
    if ways and hasattr(parts.get("settings"), "ways"):
        changes = {"ways": ways} | changes
    try:
        return make_tracker(
            factory, embedder=embedder, region=region, changes=changes, gallery=gallery
        )
    except TypeError as error:
        # What was named is there, but is no tracker: a mistake of typing.
        raise ValueError(str(error)) from error


def _factory(options: argparse.Namespace, sequence: MultiCameraSequence) -> object:
    """The class or function that makes the tracker."""
    cameras = sequence.cameras
    # What one camera cannot see no other can make up for: its image serves better than the floor.
    together = len(cameras) > 1 and all(camera.calibrated for camera in cameras)
    return load_named(options.tracker or (ROOM if together else CAMERA), TRACKERS)

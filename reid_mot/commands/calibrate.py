"""`reid-mot calibrate`: the threshold of an embedder, from a recording without labels."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TextIO

import numpy as np

from ..distance_picture import Panel, draw_distances
from ..followed import embed, follow
from ..free_labels import cut, images_of, seen_apart, thinned
from ..interruption import Interruption, interruptible
from ..models import Embedder
from ..options import parse_region
from ..progress import Progress
from ..remembered import Remembered
from ..report import write_image_atomically
from ..run_folder import check_free, plain, result_folder, write_settings
from ..score_table import percent
from ..sequences import MultiCameraSequence
from ..sequences.files import write_text
from ..sequences.views import Image
from ..thresholds import THRESHOLD_FILE
from ..trackers import IdentitySettings
from ..trackers.calibrating import Bell, calibrate
from ..trackers.distance_pairs import (
    image_distances,
    set_distances,
)
from ..tracking import instants_of
from .free_label_truth import Labelled, by_truth
from .inputs import add_sequence_arguments, open_input
from .outputs import provenance
from .tracker_options import (
    add_embedder_argument,
    add_tracker_arguments,
    choose_tracker,
    open_embedder,
    settle_embedder,
)

NAME = "calibrate"
SUMMARY = "find the threshold of an embedder on a recording, without labels"
DESCRIPTION = f"""\
Find below which distance two people are to be taken for one, for any embedder, without labels:
people are followed by where they are alone. Pictures of one who is followed for a while, apart from
the others, show one person; pictures of two whom a camera saw at one instant show two.

in:   a sequence as `reid-mot track` takes it, and an embedder; none: the embeddings that came with
      the detections.
out:  the threshold at which one comparison of two people in 100 (--false-accepts) takes them for
      one, and the bounds that it lies in with 95%; what share of one person's comparisons it
      refuses; where both errors are alike. With --out a folder with {THRESHOLD_FILE}, which
      `reid-mot track --threshold` takes, distances.png and settings.json. Where the truth is known,
      also how many of the labels were wrong, and what the truth's own labels give.

Compared are sets of pictures, as trackers compare who enters with whom they know. One visit's
pictures are more alike than those of two visits: light and clothes may change in between.
"""
EXAMPLES = """\
  reid-mot calibrate room --embedder histogram --out calibrated
      a folder that `reid-mot simulate room` wrote; look at calibrated/distances.png
  reid-mot calibrate Wildtrack --noisy-truth --embedder net.onnx --most 2000
      fewer pictures, sooner; the truth is known there, so that it is compared too
  reid-mot calibrate hall.mp4 --detector yolox_s.onnx --embedder net.onnx --false-accepts 0.001
      a video of one camera, and a threshold for a place with many people
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_sequence_arguments(parser)
    add_embedder_argument(parser)
    add_tracker_arguments(parser)
    parser.add_argument(
        "--false-accepts",
        type=float,
        default=0.01,
        metavar="SHARE",
        help="chance that one comparison of two people takes them for one (default 0.01); who"
        " enters is compared with everybody who is known and away",
    )
    parser.add_argument(
        "--interval",
        type=float,
        default=0.5,
        metavar="SECONDS",
        help="between instants whose pictures are embedded (default 0.5)",
    )
    parser.add_argument(
        "--most",
        type=int,
        default=6000,
        metavar="N",
        help="pictures embedded in all (default 6000); the interval grows until they suffice",
    )
    parser.add_argument("--out", metavar="FOLDER", help="write the result there")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier result")
    parser.add_argument("--json", action="store_true", help="print JSON, not text")


def run(options: argparse.Namespace) -> int:
    """Print the threshold, write the result; returns 0. Interrupted, nothing is left."""
    if options.out:
        check_free(options.out, options.overwrite)
    if not options.interval > 0 or options.most < 1:
        raise ValueError("--interval and --most: expected a positive number, and 1 or more")
    log = None if options.quiet else sys.stderr
    sequence = Remembered(open_input(options))
    settle_embedder(options, sequence, log)
    embedder = open_embedder(options)
    with interruptible() as stop:
        found = _measure(options, sequence, embedder, stop, log)
    content = _content(options, sequence, found)
    if options.out:
        with result_folder(options.out, options.overwrite) as folder:
            write_text(folder / THRESHOLD_FILE, json.dumps(content, indent=1) + "\n")
            write_image_atomically(folder / "distances.png", _picture(found))
            settings = {k: v for k, v in vars(options).items() if k != "run"}
            write_settings(folder, {**provenance(), **settings})
    text = json.dumps(content, indent=2) if options.json else described(content)
    sys.stdout.write(text + "\n")
    if options.out and log is not None:
        file = Path(options.out) / THRESHOLD_FILE
        log.write(f"the threshold is in {file}: reid-mot track --threshold {file}\n")
    return 0


def _measure(
    options: argparse.Namespace,
    sequence: Remembered,
    embedder: Embedder | None,
    stop: Interruption,
    log: TextIO | None,
) -> Labelled:
    region = getattr(sequence, "region", None)
    if options.region is not None:
        region = parse_region(options.region)
    chosen = choose_tracker(options, sequence, region, embedder=None)
    settings = chosen.settings.get("identities")
    settings = settings if isinstance(settings, IdentitySettings) else IdentitySettings()
    said = Progress(log, "following", instants_of(sequence))
    seen = follow(sequence, chosen.tracker, progress=said, stop=lambda: bool(stop))
    said.finish(len(np.unique(seen.time)))
    tracklet = cut(seen)
    rows = thinned(seen, tracklet, settings, options.interval, options.most)
    together = seen_apart(seen, tracklet)
    seen, tracklet = seen[rows], tracklet[rows]
    said = Progress(log, "embedding", len(seen), unit="pictures", pace="pictures/s")
    rows, vectors = embed(sequence, seen, embedder, progress=said, stop=lambda: bool(stop))
    said.finish(len(rows))
    seen, tracklet = seen[rows], tracklet[rows]
    images = images_of(seen, tracklet, vectors)
    single = image_distances(images, together, np.random.default_rng(options.seed))
    sets = set_distances(images, together, settings)
    fitted = calibrate(*sets, images.person, options.false_accepts)
    return Labelled(seen, images, together, single, sets, fitted)


def _content(
    options: argparse.Namespace, sequence: MultiCameraSequence, found: Labelled
) -> dict[str, object]:
    """What is written down: in terms of JSON."""
    images, fitted = found.images, found.calibration
    content = {
        "embedder": options.embedder,
        "sequence": sequence.name,
        **{k: None if v != v else v for k, v in plain(fitted).items()},
        "counts": {
            "pictures": len(images),
            "tracklets": len(np.unique(images.tracklet)),
            "pairs_of_tracklets_seen_apart": len(found.together),
            "comparisons_of_one": len(found.sets[0]),
            "comparisons_of_two": len(found.sets[1]),
        },
        "pictures": _of_pictures(found, options.false_accepts),
        "truth": None,
    }
    if sequence.truth is not None:
        content["truth"] = by_truth(sequence, found, options.false_accepts)
    return content


def _of_pictures(found: Labelled, false_accepts: float) -> dict[str, object] | None:
    """The same for single pictures, where there are enough."""
    try:
        fitted = calibrate(*found.single, found.images.person, false_accepts, rounds=0)
    except ValueError:
        return None
    kept = ("threshold", "accepted", "refused", "equal_error", "equal_threshold", "same")
    values = plain(fitted)
    return {name: values[name] for name in (*kept, "different")}


def _picture(found: Labelled) -> Image:
    fitted = found.calibration
    marked = (fitted.threshold, fitted.low, fitted.high)
    one, two = found.sets
    panels = [
        Panel(
            "as people are compared: a few pictures with a gallery",
            one.values,
            two.values,
            (fitted.same, fitted.different),
            marked,
        )
    ]
    one, two = found.single
    if len(one) and len(two):
        fits = Bell.fitted(one.values), Bell.fitted(two.values)
        panels.append(Panel("a picture with a picture", one.values, two.values, fits))
    return draw_distances(panels)


def described(content: dict[str, object]) -> str:
    """The result in a few lines."""
    c: dict[str, float] = content  # type: ignore[assignment]
    counts: dict[str, int] = content["counts"]  # type: ignore[assignment]
    known = content["low"] is not None
    bounds = f" ({c['low']:.3f} to {c['high']:.3f} with 95%)" if known else ""
    lines = [
        f"threshold {c['threshold']:.3f}{bounds} for {percent(c['false_accepts'])} false accepts",
        f"at it, {percent(c['accepted'])} of {counts['comparisons_of_two']} comparisons of two"
        f" people are accepted, and {percent(c['refused'])} of {counts['comparisons_of_one']} of"
        " one person refused",
        f"both errors are {percent(c['equal_error'])} at {c['equal_threshold']:.3f}",
        f"{counts['pictures']} pictures of {counts['tracklets']} tracklets, of which"
        f" {counts['pairs_of_tracklets_seen_apart']} pairs were seen apart",
    ]
    truth: dict[str, float] | None = content["truth"]  # type: ignore[assignment]
    if truth is not None:
        wrong = [truth[f"wrong_of_{kind}_sets"] for kind in ("one", "two")]
        shares = ["-" if share is None else percent(share) for share in wrong]
        lines.append(
            f"by the truth, {shares[0]} of the labels 'one person' are wrong, {shares[1]} of the"
            " labels 'two people'"
        )
        if "threshold" in truth:
            lines.append(
                f"the truth's own labels, over all visits, give {truth['threshold']:.3f}; of theirs"
                f" the threshold found accepts {percent(truth['accepted_by_free_threshold'])} of"
                f" two people's comparisons and refuses"
                f" {percent(truth['refused_by_free_threshold'])} of one person's"
            )
    return "\n".join(lines)

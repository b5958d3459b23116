"""`reid-mot track`: cameras in, identities and scores out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

from ..detecting import WithDetector
from ..event_log import Logged, write_crops, write_events
from ..interruption import Interruption, interruptible
from ..options import parse_region
from ..plugins import Chosen
from ..progress import Progress
from ..report import Drawing, filming
from ..run_folder import check_free, result_folder, write_settings
from ..scores import ScoreTable, score
from ..sequences import MultiCameraSequence, Tracks, View
from ..sequences.cameras import Floats
from ..sequences.files import write_text
from ..trackers import Tracker
from ..trackers.portraits import WithPortraits
from ..tracking import Run, instants_of, truth_until
from ..tracking import run as run_tracker
from .hindsight import ONLINE_SCORES, labelled, looked_back
from .inputs import add_sequence_arguments, open_input
from .outputs import FILM_WIDTH, provenance, trail_frames, write_result
from .tracker_options import (
    add_embedder_argument,
    add_tracker_arguments,
    choose_tracker,
    open_embedder,
    open_gallery,
    settle_embedder,
)

NAME = "track"
SUMMARY = "find out who is who in a sequence, and score it where the truth is known"
DESCRIPTION = """\
Find out who is who in what several cameras saw.

in:   videos or folders of images, one for each camera, MOTChallenge folders (seqinfo.ini,
      det/det.txt, img1), a folder of DeepSORT .npy detections with calibration.json, WILDTRACK or
      MultiviewX, or what a --reader reads. Detections come with the sequence, or a --detector
      finds people in its pictures, or they are made of its true boxes with --noisy-truth.
out:  a folder with CAMERA.txt for each camera (MOTChallenge's format), tracks.csv with positions
      on the floor (and tracks.parquet where pyarrow is installed), scores.json where the truth is
      known, poster.jpg, map.png, index.html with all of it, settings.json with what made it,
      events.jsonl with a line for each decision who somebody is, with --crops the pictures that
      were compared, and with --video mosaic.mp4. The folder appears when it is complete. What is
      said of an instant depends on nothing later, unless --offline is given: then scores.json,
      settings.json and the page say so, and scores-online.json has the scores without it.

Ctrl-C stops after the current instant, writes all files up to there, and exits with 130.
"""
EXAMPLES = """\
  reid-mot track room --out tracked --embedder histogram --video
      a folder that `reid-mot simulate room` wrote; clothes' colours tell people apart
  reid-mot track cam1.mp4 cam2.mp4 --detector yolox_s.onnx --decoding yolox --out tracked
      plain videos; people are found by a detector, and followed in each camera by itself, or over
      all of them where --calibration says how the cameras stand
  reid-mot track Wildtrack --out noisy --noisy-truth miss=0.15,false=0.10,jitter=8 --seed 1
      WILDTRACK's true boxes with errors, a stand-in for a detector
  reid-mot track c01 c02 --calibration calibration.json --region 0,0,5,6 --frames 1:300 --out part
      two MOTChallenge folders, the first 300 frames, and a rectangle of the floor in metres
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_sequence_arguments(parser)
    add_embedder_argument(parser)
    add_tracker_arguments(parser)
    parser.add_argument(
        "--threshold",
        metavar="DISTANCE",
        help="cosine distance above which somebody is nobody known: a number, or what `reid-mot"
        " calibrate` wrote; by default the tracker learns it while it tracks",
    )
    parser.add_argument(
        "--gallery",
        metavar="FILE",
        help="people known before, by the same embedder, as `reid-mot gallery` keeps them: who is"
        " recognised has the number of there, and the name; who is new is there for the next run."
        " Made where there is none",
    )
    parser.add_argument(
        "--engine",
        choices=("vectorised", "motmetrics"),
        default="vectorised",
        help="what computes MOTA and IDF1 (default vectorised; the numbers are the same)",
    )
    parser.add_argument("--out", required=True, metavar="FOLDER", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier result")
    parser.add_argument("--video", action="store_true", help="also write mosaic.mp4")
    parser.add_argument(
        "--crops", action="store_true", help="also write the pictures that decisions compared"
    )
    parser.add_argument(
        "--offline",
        action="store_true",
        help="after the last instant, stitch the tracks of the whole run anew, fill gaps and smooth"
        " positions: what is said of an instant then depends on later ones. The film and the events"
        " are those of the online run",
    )
    parser.add_argument("--json", action="store_true", help="print scores as JSON, not as a table")


def run(options: argparse.Namespace) -> int:
    """Track, write the result, print the scores; 130 if interrupted, else 0."""
    check_free(options.out, options.overwrite)
    sequence = open_input(options)
    asked = None if options.region is None else parse_region(options.region)
    region = getattr(sequence, "region", None) if options.region is None else asked
    log = None if options.quiet else sys.stderr
    settle_embedder(options, sequence, log)
    embedder = open_embedder(options)
    with ExitStack() as open_files:
        gallery = open_gallery(options, sequence)
        if gallery is not None:
            open_files.enter_context(gallery)
        chosen = choose_tracker(options, sequence, region, embedder, gallery)
        portrayed = WithPortraits(chosen.tracker, embedder) if options.offline else None
        tracker = Logged(portrayed or chosen.tracker, options.crops)
        draft = open_files.enter_context(result_folder(options.out, options.overwrite))
        with interruptible() as stop:
            film = draft / "mosaic.mp4" if options.video else None
            done = _run(sequence, tracker, region, film, stop, log)
        names = {} if gallery is None else gallery.names
        table = _scores(sequence, done, asked, options.engine, log)
        settings = _settings(options, sequence, chosen, region, done)
        if portrayed is not None:
            if table is not None:
                write_text(draft / ONLINE_SCORES, table.to_json())
            done = looked_back(done, portrayed, settings)
            table = labelled(_scores(sequence, done, asked, options.engine, log))
        if tracker.has_events:
            write_events(draft, tracker.events, names)
        if tracker.crops:
            write_crops(draft, tracker.crops)
        write_result(draft, sequence, done, table, settings, region, names)
        write_settings(draft, settings)
    _report(options, done, table, log)
    return 130 if done.interrupted else 0


def _run(
    sequence: MultiCameraSequence,
    tracker: Tracker,
    region: Floats | None,
    film: Path | None,
    stop: Interruption,
    log: TextIO | None,
) -> Run:
    progress = Progress(log, "tracking", instants_of(sequence))
    rate = getattr(sequence, "rate", None) or 15.0
    with ExitStack() as open_files:
        watch: Callable[[tuple[View, ...], Tracks], None] | None = None
        if film is not None:
            trails = trail_frames(sequence)
            drawing = Drawing(sequence.cameras, region, trail_frames=trails, width=FILM_WIDTH)
            video = open_files.enter_context(filming(film, rate))

            def watch(views: tuple[View, ...], rows: Tracks) -> None:
                if views:
                    video.add(drawing.at(views, rows, views[0].frame))

        done = run_tracker(
            sequence,
            tracker,
            progress=progress,
            stop=lambda: bool(stop),
            watch=watch,
            recent=max(2, round(6 * rate)),
        )
        if done.interrupted and done.instants == 0:
            raise KeyboardInterrupt
    progress.finish(done.instants)
    return done


def _scores(
    sequence: MultiCameraSequence, done: Run, region: Floats | None, engine: str, log: TextIO | None
) -> ScoreTable | None:
    truth = truth_until(sequence.truth, done.last_frame)
    if truth is None:
        return None
    rate = getattr(sequence, "rate", None)
    try:
        return score(truth, done.tracks, region=region, engine=engine, rate=rate)  # type: ignore[arg-type]
    except ValueError as error:
        # The tracks are worth keeping, whatever is wrong with the truth.
        if log is not None:
            log.write(f"not scored: {error}\n")
        return None


def _settings(
    options: argparse.Namespace,
    sequence: MultiCameraSequence,
    chosen: Chosen,
    region: Floats | None,
    done: Run,
) -> dict[str, object]:
    """Everything that made the result."""
    return {
        **provenance(),
        "sequence": {
            "paths": options.sequence,
            "name": sequence.name,
            "reader": options.reader,
            "calibration": options.calibration,
            "cameras": [camera.name for camera in sequence.cameras],
            "rate": getattr(sequence, "rate", None),
            "first_frame": options.first_frame,
            "frames": options.frames,
            "noisy_truth": options.noisy_truth,
            "seed": options.seed,
        },
        "detector": _detector_settings(options, sequence),
        "tracker": {"name": chosen.name, **chosen.settings},
        "embedder": options.embedder,
        "device": options.device,
        "gallery": options.gallery,
        "region": region,
        "engine": options.engine,
        "finished": not done.interrupted,
        "instants": done.instants,
        "last_frame": done.last_frame,
        "detections": done.detections,
        "seconds": round(done.seconds, 3),
    }


def _detector_settings(
    options: argparse.Namespace, sequence: MultiCameraSequence
) -> dict[str, object] | None:
    if not isinstance(sequence, WithDetector):
        return None
    return {
        "name": options.detector,
        "decoding": options.decoding,
        "least_score": options.least_score,
        "device": options.detector_device,
        "settings": getattr(sequence.detector, "settings", None),
        "seconds": round(sequence.seconds, 3),
    }


def _report(
    options: argparse.Namespace, done: Run, table: ScoreTable | None, log: TextIO | None
) -> None:
    if options.json:
        scores = None if table is None else json.loads(table.to_json())
        content = {
            "out": options.out,
            "instants": done.instants,
            "last_frame": done.last_frame,
            "finished": not done.interrupted,
            "scores": scores,
        }
        sys.stdout.write(json.dumps(content, indent=2) + "\n")
    elif table is not None:
        sys.stdout.write(f"{table}\n")
    if done.interrupted:
        sys.stderr.write(
            f"stopped after {done.instants} instants, frame {done.last_frame}:"
            f" the files in {options.out} are complete up to there\n"
        )
    elif log is not None:
        log.write(f"the result is in {options.out}: open {Path(options.out) / 'index.html'}\n")

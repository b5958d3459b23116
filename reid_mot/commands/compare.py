"""`reid-mot compare`: the same detections with several embedders, side by side."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from ..auditing import audit
from ..comparing import Result, text_of
from ..detecting import WithDetector
from ..event_log import Logged
from ..interruption import Interruption, interruptible
from ..metering import Metered, PictureClock
from ..models import Embedder
from ..models.shipped import DEFAULT
from ..options import parse_region
from ..progress import Progress
from ..remembered import Blind, Remembered
from ..run_folder import plain
from ..scores import score
from ..sequences import MultiCameraSequence
from ..sequences.cameras import Floats
from ..stays import events_of
from ..tracking import Run, instants_of, truth_until
from ..tracking import run as run_tracker
from ..truth_match import match_people
from .compared import Compared
from .default_embedder import NONE
from .inputs import add_sequence_arguments, is_room, open_input
from .outputs import numbers_per_second
from .tracker_options import add_tracker_arguments, choose_tracker, open_embedder

NAME = "compare"
SUMMARY = "track the same detections with several embedders, and compare scores and costs"
DESCRIPTION = """\
Track the same detections with several embedders: what each is worth, and what it costs.

in:   a sequence with truth as `reid-mot track` takes it, or several simulated rooms (room:0
      room:1 ...), and embedders: none (motion alone), given (the embeddings that came with the
      detections), histogram, a file, or package.module:attribute. A detector looks at every
      picture once.
out:  a row for each embedder: MOTA, IDF1, HOTA, switches, identities out of people, what became of
      entries (see `reid-mot audit`), crops embedded, milliseconds for a crop and for an instant
      without its pictures. Of several rooms the mean, and the least and the greatest. The folder
      --out gets compare.json, compare.md and settings.json.

Every row is written when it is done: after Ctrl-C the same command goes on with the next.
"""
EXAMPLES = """\
  reid-mot compare room --embedder none histogram net.onnx --out compared
      a folder that `reid-mot simulate room` wrote, three ways
  reid-mot compare room:0 room:1 room:2 --embedder none histogram --out rooms
      three simulated rooms, and how much scores differ between them
  reid-mot compare Wildtrack --noisy-truth --embedder net.onnx --vectors kept --out noisy
      vectors are kept, so that another --set costs no second embedding
"""
INTERRUPTED = 130
GIVEN = "given"
"""The name of embeddings that came with the detections."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_sequence_arguments(parser)
    parser.add_argument(
        "--embedder",
        nargs="+",
        action="extend",
        metavar="NAME",
        help=f"what tells people apart, one or more (default none histogram {DEFAULT})",
    )
    add_tracker_arguments(parser)
    parser.add_argument(
        "--vectors", metavar="FOLDER", help="keep vectors there, and use what is there"
    )
    parser.add_argument("--out", required=True, metavar="FOLDER", help="where the result goes")
    parser.add_argument("--overwrite", action="store_true", help="begin anew")
    parser.add_argument("--json", action="store_true", help="print JSON, not a table")


def run(options: argparse.Namespace) -> int:
    """Make the results that are missing, and print all; 130 if stopped before the end, else 0."""
    log = None if options.quiet else sys.stderr
    embedders = options.embedder or [NONE, "histogram", DEFAULT]
    if len(set(embedders)) < len(embedders):
        raise ValueError(f"--embedder {' '.join(embedders)}: one is named twice")
    compared = Compared.opened(Path(options.out), _about(options), options.overwrite)
    names: list[str] = options.sequence
    rooms = len(names) > 1 and all(is_room(name) for name in names)
    sequences = [[name] for name in names] if rooms else [names]
    # All at once, so that a name that means nothing is found before the first hour of work.
    loaded = {name: _loaded(options, name) for name in embedders}
    finished = True
    with interruptible() as stop:
        for paths in sequences:
            part = argparse.Namespace(**{**vars(options), "sequence": paths})
            todo = {k: v for k, v in loaded.items() if not compared.has(k, " ".join(paths))}
            finished = finished and _compare(part, todo, compared, stop, log)
    if compared.results:
        content = json.dumps(compared.content(embedders), indent=2)
        text = content if options.json else text_of(compared.rows(embedders))
        sys.stdout.write(text + "\n")
    if not finished:
        sys.stderr.write("stopped: what is done is kept, and the same command goes on from there\n")
    return 0 if finished else INTERRUPTED


def _loaded(options: argparse.Namespace, name: str) -> Embedder | None:
    """An embedder; None for motion alone and for what came with the detections."""
    if name in (NONE, GIVEN):
        return None
    return open_embedder(argparse.Namespace(embedder=name, device=options.device))


def _about(options: argparse.Namespace) -> dict[str, object]:
    """What all rows of a comparison have in common, in terms of JSON."""
    left_out = {"run", "command", "embedder", "vectors", "out"}
    left_out |= {"overwrite", "json", "quiet", "debug"}
    return {k: plain(v) for k, v in vars(options).items() if k not in left_out}


def _compare(
    options: argparse.Namespace,
    todo: Mapping[str, Embedder | None],
    compared: Compared,
    stop: Interruption,
    log: TextIO | None,
) -> bool:
    """Make the results of one sequence; False if somebody stopped it."""
    if not todo:
        return True
    sequence = Remembered(open_input(options))
    if sequence.truth is None:
        raise ValueError(
            f"{' '.join(options.sequence)}: the truth is not known, so nothing can be compared"
        )
    asked = None if options.region is None else parse_region(options.region)
    region = getattr(sequence, "region", None) if options.region is None else asked
    if isinstance(sequence.sequence, WithDetector) and not _detect(sequence, stop, log):
        return False
    for name, embedder in todo.items():
        metered = None if embedder is None else Metered(embedder, _kept(options, name))
        result = _result(options, sequence, name, metered, (region, asked), stop, log)
        if result is None:
            return False
        compared.add(result)
    return True


def _detect(sequence: Remembered, stop: Interruption, log: TextIO | None) -> bool:
    """Let the detector look at all pictures; False if somebody stopped it."""
    said = Progress(log, "detecting", instants_of(sequence))
    for done, _ in enumerate(sequence, start=1):
        if stop:
            return False
        said(done)
    said.finish(len(sequence))
    return True


def _result(
    options: argparse.Namespace,
    sequence: Remembered,
    name: str,
    embedder: Metered | None,
    regions: tuple[Floats | None, Floats | None],
    stop: Interruption,
    log: TextIO | None,
) -> Result | None:
    """Track with an embedder; None if somebody stopped it."""
    asked = argparse.Namespace(**{**vars(options), "embedder": name})
    chosen = choose_tracker(asked, sequence, regions[0], embedder)
    logged = Logged(chosen.tracker)
    clock = PictureClock(sequence)
    said = Progress(log, f"tracking, {name}", instants_of(sequence))
    done = run_tracker(
        clock,
        Blind(logged) if name == NONE else logged,
        progress=said,
        stop=lambda: bool(stop),
    )
    if embedder is not None:
        embedder.save()
    if done.interrupted:
        return None
    said.finish(done.instants)
    return _measured(options, sequence, name, regions[1], done, logged, clock, embedder)


def _kept(options: argparse.Namespace, name: str) -> Path | None:
    """The file of an embedder's vectors: files of one name in two folders are two embedders."""
    if options.vectors is None:
        return None
    short = hashlib.sha256(name.encode()).hexdigest()[:8]
    return Path(options.vectors) / f"{Path(name).name.replace(':', '_')}-{short}.npz"


def _measured(
    options: argparse.Namespace,
    sequence: MultiCameraSequence,
    name: str,
    region: Floats | None,
    done: Run,
    logged: Logged,
    clock: PictureClock,
    embedder: Metered | None,
) -> Result:
    truth = truth_until(sequence.truth, done.last_frame)
    assert truth is not None
    best = score(truth, done.tracks, region=region).primary
    people = match_people(truth, done.tracks, region=region).people_of(done.tracks)
    gap = round(2 * numbers_per_second(sequence))
    events = logged.events if logged.has_events else events_of(done.tracks, gap)
    found = audit(done.tracks, people, events, truth)
    pace = None if embedder is None else embedder.seconds_per_crop
    return Result(
        embedder=name,
        sequence=" ".join(options.sequence),
        label=best.label,
        mota=best.mota,
        idf1=best.idf1,
        hota=best.hota,
        switches=best.switches,
        identities=best.predicted_identities,
        people=best.identities,
        entries=found.people,
        verdicts=found.counts(final=True),
        instants=done.instants,
        crops=0 if embedder is None else embedder.crops,
        seconds=done.seconds - clock.seconds,
        embedding_seconds=0.0 if embedder is None else embedder.seconds,
        seconds_per_crop=None if pace is None or pace != pace else pace,
    )

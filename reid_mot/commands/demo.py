"""`reid-mot demo`: the embedded room, tracked without and with appearance."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from textwrap import fill
from typing import TextIO

from ..interruption import Interruption, interruptible
from ..models import load_embedder
from ..models.embedder import Embedder
from ..page import write_page
from ..plugins import TRACKERS, load_named, make_tracker
from ..progress import Progress, duration
from ..report import (
    Drawing,
    Film,
    bird_view,
    filming,
    poster,
    shrunk,
    write_image_atomically,
)
from ..run_folder import check_free, result_folder, write_settings
from ..score_table import percent
from ..scores import Scores, ScoreTable, score
from ..sequences import Tracks, View, write_tracks
from ..sequences.files import write_text
from ..sequences.simulated import SimulatedRoom
from ..sequences.views import Image
from ..tracking import Run
from ..tracking import run as run_tracker
from .outputs import FILM_WIDTH, provenance, trail_frames

NAME = "demo"
SUMMARY = "track a rendered room with and without appearance; needs no data and no download"
DESCRIPTION = """\
Track people in a rendered room of four cameras twice: by motion alone, and with a network that
recognises drawn people who leave and come back.

in:   nothing; the room follows from --seed.
out:  MOTA and IDF1 of both, and a folder with index.html (begin there), poster.jpg, map.png,
      mosaic.mp4, the tracks, and scores of both ways.
"""
EXAMPLES = """\
  reid-mot demo
      a minute and a half on two cores; open reid-mot-demo/index.html
  reid-mot demo --seconds 20 --out short
      less to look at, sooner
  reid-mot demo --seed 3 --out other --overwrite
      other people who walk other ways
"""

TRACKER = "reid_mot.trackers:RoomTracker"
EMBEDDER = "drawn-people"
"""Weights that come with the package, learned from people drawn as those of the room are."""
WAYS = ("motion alone", "with appearance")
FOLDERS = ("motion-alone", "with-appearance")
PEOPLE = 8
"""So few that some leave and come back within a minute and a half."""
FILM_SECONDS = 12.0
"""How much of the end is filmed: each picture costs as much as an instant of tracking."""
STRIP_STEP, STRIP_WIDTH = 3, 900
"""Which of the film's pictures the page shows, and how wide, in pixels."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "--out",
        default="reid-mot-demo",
        metavar="FOLDER",
        help="where the result goes (default reid-mot-demo)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier result")
    parser.add_argument(
        "--seconds", type=float, default=75.0, help="how long the room is watched (default 75)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the room (default 0)")


def run(options: argparse.Namespace) -> int:
    """Track twice, write the result, print both scores; returns 0. Interrupted, nothing is left."""
    check_free(options.out, options.overwrite)
    room = SimulatedRoom(seed=options.seed, duration=options.seconds, people=PEOPLE)
    log = None if options.quiet else sys.stderr
    began = time.monotonic()
    with result_folder(options.out, options.overwrite) as draft:
        with interruptible() as stop:
            alone = _run(room, None, WAYS[0], None, stop, log)
            film = draft / "mosaic.mp4"
            strip: list[Image] = []
            looks = _run(room, load_embedder(EMBEDDER), WAYS[1], (film, strip), stop, log)
        tables = (_scored(room, alone), _scored(room, looks))
        _write(draft, room, (alone, looks), tables, strip)
        settings = {**provenance(), "seed": options.seed, "seconds": options.seconds}
        write_settings(draft, {**settings, "tracker": TRACKER, "embedder": EMBEDDER})
    sys.stdout.write(_told(tables) + "\n")
    if log is not None:
        page = Path(options.out) / "index.html"
        log.write(f"\n{duration(time.monotonic() - began)} in all. Open {page}\n")
    return 0


def _run(
    room: SimulatedRoom,
    embedder: Embedder | None,
    what: str,
    film: tuple[Path, list[Image]] | None,
    stop: Interruption,
    log: TextIO | None,
) -> Run:
    factory = load_named(TRACKER, TRACKERS)
    tracker = make_tracker(factory, embedder=embedder, region=room.region).tracker
    progress = Progress(log, what, len(room))
    with ExitStack() as open_files:
        watch = None
        if film is not None:
            video = open_files.enter_context(filming(film[0], room.rate))
            watch = _filmed(room, video, film[1])
        done = run_tracker(
            room, tracker, progress=progress, stop=lambda: bool(stop), watch=watch, recent=90
        )
        if done.interrupted:
            raise KeyboardInterrupt
    progress.finish(done.instants)
    return done


def _filmed(
    room: SimulatedRoom, film: Film, strip: list[Image]
) -> Callable[[tuple[View, ...], Tracks], None]:
    """What adds the last instants of the room to a film, and some of them, small, to a strip."""
    trails = trail_frames(room)
    drawing = Drawing(room.cameras, room.region, trail_frames=trails, width=FILM_WIDTH)
    first = len(room) - round(FILM_SECONDS * room.rate)

    def watch(views: tuple[View, ...], rows: Tracks) -> None:
        frame = views[0].frame
        if frame > first:
            image = drawing.at(views, rows, frame)
            film.add(image)
            if frame % STRIP_STEP == 0:
                strip.append(shrunk(image, STRIP_WIDTH))

    return watch


def _scored(room: SimulatedRoom, done: Run) -> ScoreTable:
    return score(room.truth, done.tracks, rate=room.rate)


def _write(
    folder: Path,
    room: SimulatedRoom,
    runs: tuple[Run, Run],
    tables: tuple[ScoreTable, ScoreTable],
    strip: Sequence[Image],
) -> None:
    """All files but the film and the settings."""
    for name, done, table in zip(FOLDERS, runs, tables, strict=True):
        write_tracks(folder / name, done.tracks, [camera.name for camera in room.cameras])
        write_text(folder / name / "scores.json", table.to_json())
    best = runs[1]
    picture = poster(
        best.showpiece,
        room.cameras,
        best.tracks,
        region=room.region,
        trail_frames=trail_frames(room),
    )
    write_image_atomically(folder / "poster.jpg", picture)
    pictures = {f"Frame {best.showpiece[0].frame}, with appearance": picture}
    floor = bird_view(room.cameras, best.tracks, region=room.region, apart=round(room.rate))
    if floor is not None:
        write_image_atomically(folder / "map.png", floor)
        pictures["Everybody's way on the floor"] = floor
    write_page(
        folder / "index.html",
        "reid-mot demo",
        meaning(tables[0].primary, tables[1].primary),
        headline=headline(tables),
        pictures=pictures,
        tables={f"Scores, {way}": str(table) for way, table in zip(WAYS, tables, strict=True)},
        files=sorted(path.name for path in folder.iterdir() if path.is_file()),
        strip=strip,
        strip_rate=room.rate / STRIP_STEP,
    )


def headline(tables: Sequence[ScoreTable]) -> list[list[str]]:
    """MOTA, IDF1, switches and the number of identities, a row for each way of tracking."""
    rows = [["", "MOTA", "IDF1", "HOTA", "switches", "identities", "people"]]
    for way, table in zip(WAYS, tables, strict=True):
        best = table.primary
        numbers = [percent(best.mota), percent(best.idf1), percent(best.hota)]
        counts = [best.switches, best.predicted_identities, best.identities]
        rows.append([way, *numbers, *map(str, counts)])
    return rows


def meaning(alone: Scores, looks: Scores) -> str:
    """Two sentences for somebody who sees MOTA and IDF1 for the first time."""
    asks = (
        "MOTA asks instant by instant who was missed, invented or confused, and IDF1 whether a"
        " person keeps one number from beginning to end, through the doors and back."
    )
    if percent(alone.idf1) == percent(looks.idf1):
        return (
            f"{asks} Here both ways gave an IDF1 of {percent(alone.idf1)}: appearance matters when"
            " people come back, so watch longer."
        )
    return (
        f"{asks} Here {alone.identities} people come and go: by motion alone whoever returns is"
        f" somebody new, and IDF1 is {percent(alone.idf1)}; by their looks people can be"
        f" recognised, and it is {percent(looks.idf1)}."
    )


def _told(tables: tuple[ScoreTable, ScoreTable]) -> str:
    rows = headline(tables)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows
    ]
    explained = fill(meaning(tables[0].primary, tables[1].primary), width=88)
    return "\n".join([*lines, "", explained])

"""What the commands share in writing: the files of a result."""

from __future__ import annotations

import platform
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from .. import __version__
from ..named import listed_people, named_people, write_people
from ..page import write_page
from ..report import bird_view, poster, write_image_atomically
from ..run_folder import plain
from ..scores import ScoreTable
from ..sequences import MultiCameraSequence, write_tracks
from ..sequences.cameras import Floats
from ..sequences.files import write_text
from ..sequences.views import Image
from ..tracking import Run

TRAIL_SECONDS = 2.0
FILM_WIDTH = 960
"""Pixels of the cameras' part: a film needs less detail than a poster, and is soon large."""


def numbers_per_second(sequence: MultiCameraSequence) -> float:
    """By how much frame numbers grow in a second; 15 where the sequence has no rate."""
    rate = getattr(sequence, "rate", None) or 15.0
    frames = getattr(sequence, "frames", None)
    if frames is None and sequence.truth is not None:
        frames = np.unique(sequence.truth.frame)
    if frames is None or len(frames) < 2:
        return float(rate)
    return float(rate) * float(np.median(np.diff(frames)))


def trail_frames(sequence: MultiCameraSequence) -> int:
    """Frame numbers that trails reach back."""
    return max(1, round(TRAIL_SECONDS * numbers_per_second(sequence)))


def draw_result(
    sequence: MultiCameraSequence, run: Run, region: Floats | None
) -> tuple[Image | None, Image | None]:
    """The poster and the map of a run; None for what cannot be drawn."""
    numbers = numbers_per_second(sequence)
    picture = None
    if run.showpiece:
        picture = poster(
            run.showpiece,
            sequence.cameras,
            run.tracks,
            region=region,
            trail_frames=trail_frames(sequence),
        )
    floor = None
    if run.tracks.has_ground.any():
        floor = bird_view(sequence.cameras, run.tracks, region=region, apart=max(1, round(numbers)))
    return picture, floor


def write_result(
    folder: Path,
    sequence: MultiCameraSequence,
    run: Run,
    table: ScoreTable | None,
    settings: Mapping[str, object],
    region: Floats | None,
    names: Mapping[int, str] | None = None,
) -> None:
    """Write tracks, scores, pictures and the page; `settings.json` and videos are the caller's.

    Args:
        folder: of the result, there already.
        sequence: what was tracked.
        run: what came of it.
        table: its scores, or None where there is no truth.
        settings: what made it, for the page.
        region: (k, 2) corners in metres for the pictures, or None.
        names: of identities; where there are any, they are written as `people.csv`.
    """
    write_tracks(folder, run.tracks, [camera.name for camera in sequence.cameras], overwrite=True)
    pictures: dict[str, Image] = {}
    picture, floor = draw_result(sequence, run, region)
    if picture is not None:
        write_image_atomically(folder / "poster.jpg", picture)
        pictures[f"The instant with most people: frame {run.showpiece[0].frame}"] = picture
    if floor is not None:
        write_image_atomically(folder / "map.png", floor)
        pictures["Everybody's way on the floor"] = floor
    tables = {} if table is None else {"Scores": str(table)}
    if table is not None:
        write_text(folder / "scores.json", table.to_json())
    people = named_people(run.tracks, names or {})
    if people:
        write_people(folder / "people.csv", people)
        tables["People known by name"] = listed_people(people)
    write_page(
        folder / "index.html",
        sequence.name,
        described(sequence, run),
        pictures=pictures,
        tables=tables,
        settings=plain(settings),
        files=sorted(path.name for path in folder.iterdir()),
    )


def described(sequence: MultiCameraSequence, run: Run) -> str:
    """A sentence about a run."""
    people = len(np.unique(run.tracks.identity))
    pace = f" ({run.instants / run.seconds:.0f} a second)" if run.seconds > 0 else ""
    text = (
        f"{people} identities in {run.instants} instants of {len(sequence.cameras)} cameras,"
        f" tracked in {run.seconds:.1f} s{pace}."
    )
    if run.offline:
        text += " Offline: stitched, filled and smoothed with the whole run known."
    return text + (f" Stopped after frame {run.last_frame}." if run.interrupted else "")


def provenance(arguments: Sequence[str] | None = None) -> dict[str, object]:
    """What ran: versions and the command as it was typed."""
    typed = sys.argv[1:] if arguments is None else list(arguments)
    return {
        "version": __version__,
        "command": shlex.join(["reid-mot", *typed]),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "opencv": cv2.__version__,
    }

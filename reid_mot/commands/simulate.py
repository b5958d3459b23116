"""`reid-mot simulate`: the rendered room as files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..interruption import interruptible
from ..progress import Progress
from ..run_folder import result_folder
from ..sequences.simulated import SimulatedRoom, write_simulated

NAME = "simulate"
SUMMARY = "write a rendered room with four cameras, detections and the whole truth"
DESCRIPTION = """\
Write a rendered room: four calibrated cameras, people who come, go and come back, and the truth.

in:   nothing; everything follows from --seed. With --appearance, a folder of crops in Market-1501's
      naming (0002_c1s1_000451_03.jpg), people look like the identities of that data set.
out:  a folder with calibration.json, gt/world.txt, and for each camera a MOTChallenge folder:
      seqinfo.ini, det/det.txt with a detector's errors, gt/gt.txt, and a video. The folder appears
      when it is complete; it must not exist before.
"""
EXAMPLES = """\
  reid-mot simulate room --seconds 20
      20 seconds of the room, with a video for each camera
  reid-mot simulate long --seconds 600 --people 30 --seed 7 --no-video
      ten minutes of another room, without pictures: detections and truth alone
  reid-mot simulate market --appearance Market-1501/bounding_box_test --seconds 60
      people who look like those of a data set on your disk
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("folder", metavar="FOLDER", help="where the room goes")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (default 60)")
    parser.add_argument(
        "--people", type=int, default=12, help="different people in all (default 12)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="everything follows from it (default 0)"
    )
    parser.add_argument("--rate", type=float, default=15.0, help="instants a second (default 15)")
    parser.add_argument(
        "--appearance", metavar="MARKET_FOLDER", help="crops that people are to look like"
    )
    pictures = parser.add_mutually_exclusive_group()
    pictures.add_argument("--no-video", action="store_true", help="no pictures")
    pictures.add_argument("--jpeg", action="store_true", help="JPEG files, not videos")


def run(options: argparse.Namespace) -> int:
    """Write the room; returns 0, or 130 if interrupted, and then nothing is left."""
    target = Path(options.folder)
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise FileExistsError(f"{target} exists already: name another folder, or remove it")
    room = SimulatedRoom(
        seed=options.seed,
        duration=options.seconds,
        rate=options.rate,
        people=options.people,
        appearance=options.appearance,
        images=not options.no_video,
    )
    log = None if options.quiet else sys.stderr
    progress = Progress(log, "simulating", len(room))
    with interruptible() as stop, result_folder(options.folder) as draft:

        def tell(done: int) -> None:
            progress(done)
            if stop:
                raise KeyboardInterrupt

        write_simulated(room, draft, video=not options.jpeg, progress=tell)
    progress.finish(len(room))
    if log is not None:
        log.write(f"the room is in {target}: reid-mot track {target} --out {target}-tracked\n")
    return 0

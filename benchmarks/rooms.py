"""Lawen et al. 2019, table 5, at full length: rooms whose pictures are drawn once for everybody.

    env OMP_NUM_THREADS=1 python benchmarks/rooms.py --appearance FOLDER --embedders none NAME ...
        --seeds 71 72 --out rooms.json [--vectors FOLDER]

As `reid-mot compare room:SEED,...`, with one tracker for each embedder on the same views, so that
a picture is drawn once and not once an embedder. People have the crops of a folder in Market-1501's
naming. What stands in --out already is not run again. With --vectors the crops' vectors are
kept, and a later run, say of another tracker, takes them from there; what a crop costs is then
not what "ms a crop" says. --without switches a rule of
the decision off (`rules.py`), or each in turn.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from ablations import say
from kept_vectors import KeptVectors, Ticket
from rules import RULES, without

from reid_mot import RoomTracker, load_embedder, score
from reid_mot.auditing import audit
from reid_mot.event_log import Logged
from reid_mot.metering import Metered
from reid_mot.models import Embedder
from reid_mot.models.openvino_embedder import OpenVinoEmbedder
from reid_mot.remembered import Blind
from reid_mot.sequences import SimulatedRoom, Tracks, View
from reid_mot.truth_match import match_people

NONE = "none"


class Contestant:
    """A tracker with an embedder, and what it said.

    Args:
        embedder: None: motion alone.
        room: which is tracked.
    """

    def __init__(self, embedder: Embedder | None, room: SimulatedRoom) -> None:
        self.room = room
        self.embedder = None if embedder is None else Metered(embedder)
        self.logged = Logged(RoomTracker(self.embedder, region=room.region))
        self.tracker = Blind(self.logged) if embedder is None else self.logged
        self.tables: list[Tracks] = []

    def step(self, views: Sequence[Any]) -> None:
        """Track an instant."""
        self.tables.append(self.tracker.step(views))

    def result(self) -> dict[str, float]:
        """Scores in percent on the floor, within 1 m; what entries came to; costs."""
        truth, rows = self.room.truth, Tracks.concatenate(self.tables)
        best = score(truth, rows, region=self.room.region).primary
        people = match_people(truth, rows, region=self.room.region).people_of(rows)
        entries = audit(rows, people, self.logged.events, truth)
        embedder = self.embedder
        return {
            "MOTA": 100 * best.mota,
            "IDF1": 100 * best.idf1,
            "HOTA": 100 * best.hota,
            "switches": best.switches,
            "identities": best.predicted_identities,
            "entries": entries.people,
            **entries.counts(final=True),
            "crops": 0 if embedder is None else embedder.crops,
            "ms a crop": 0.0 if embedder is None else 1e3 * embedder.seconds_per_crop,
        }


def opened(name: str, precision: str) -> Embedder | None:
    """An embedder by name; OpenVINO's with the precision asked for."""
    if name == NONE:
        return None
    if name.endswith(".xml"):
        return OpenVinoEmbedder(name, threads=1, precision=precision)
    return load_embedder(name)


def kept(
    room: SimulatedRoom, embedders: dict[str, Embedder | None], folder: Path
) -> dict[str, Embedder | None]:
    """The embedders with the vectors of this room that are kept in a folder."""
    name = f"{room.seed}-{len(room)}-{room.rate:g}"
    return {
        key: embedder and KeptVectors(embedder, room, folder / f"{Path(key).stem}-{name}.npz")
        for key, embedder in embedders.items()
    }


def race(
    room: SimulatedRoom, embedders: dict[str, Embedder | None], tickets: bool = False
) -> dict[str, dict[str, float]]:
    """The results of all embedders in a room, of its crops or of tickets for them."""
    contestants = {name: Contestant(embedder, room) for name, embedder in embedders.items()}
    began = said = time.monotonic()
    for instant in range(len(room)):
        views: Sequence[View] = room.at(instant)
        if tickets:
            views = [Ticket(view, index) for index, view in enumerate(views)]
        for contestant in contestants.values():
            contestant.step(views)
        if time.monotonic() - said > 30:
            said = time.monotonic()
            left = (said - began) / (instant + 1) * (len(room) - instant - 1)
            print(f"{room.name}: {instant + 1}/{len(room)}, {left:.0f} s left", file=sys.stderr)
    return {name: contestant.result() for name, contestant in contestants.items()}


def run(
    room: SimulatedRoom, embedders: dict[str, Embedder | None], folder: Path | None
) -> dict[str, dict[str, float]]:
    """As `race`, with vectors kept in a folder if there is one."""
    if folder is None:
        return race(room, embedders)
    folder.mkdir(parents=True, exist_ok=True)
    keepers = kept(room, embedders, folder)
    results = race(room, keepers, tickets=True)
    for keeper in keepers.values():
        if isinstance(keeper, KeptVectors):
            keeper.save()
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--appearance", required=True, help="folder of crops in Market's naming")
    parser.add_argument("--embedders", nargs="+", required=True, help="names or files; none")
    parser.add_argument("--seeds", type=int, nargs="+", default=[71, 72, 73, 74, 75])
    parser.add_argument("--seconds", type=float, default=750.0)
    parser.add_argument("--rate", type=float, default=15.0)
    parser.add_argument("--precision", default="f32", help="of OpenVINO: f32 or bf16")
    parser.add_argument("--vectors", type=Path, help="folder of vectors, read and written")
    parser.add_argument(
        "--without",
        metavar="RULE",
        choices=[*RULES, "each"],
        help="one of rules.py, or each in turn",
    )
    parser.add_argument("--out", required=True, help="JSON file of all numbers")
    arguments = parser.parse_args()
    out = Path(arguments.out)
    found = json.loads(out.read_text()) if out.exists() else {}
    embedders = {name: opened(name, arguments.precision) for name in arguments.embedders}
    folder = arguments.vectors
    if folder is not None:
        if folder.exists() and not folder.is_dir():
            parser.error(f"--vectors {folder}: expected a folder")
        # Other crops, or another arithmetic, give other vectors.
        folder /= f"{Path(arguments.appearance).resolve().name}-{arguments.precision}"
    rules = [*RULES] if arguments.without == "each" else [arguments.without or ""]
    for seed in arguments.seeds:
        room = SimulatedRoom(
            seed, arguments.seconds, arguments.rate, appearance=arguments.appearance
        )
        for rule in rules:
            if key(seed, rule) in found:
                continue
            with without(rule) if rule else nullcontext():
                results = run(room, embedders, folder)
            print(key(seed, rule), json.dumps(results), file=sys.stderr, flush=True)
            found[key(seed, rule)] = results
            out.write_text(json.dumps(found, indent=1))
    print("| | MOTA | IDF1 | switches | identities |")
    print("|---|---|---|---|---|")
    for name in arguments.embedders:
        for rule in rules:
            rows = [found[key(seed, rule)] for seed in arguments.seeds]
            said = f"{Path(name).stem}, but: {rule}" if rule else Path(name).stem
            say(said, [results[name] for results in rows if name in results])


def key(seed: int, rule: str) -> str:
    """Under which results are kept."""
    return f"{seed}, {rule}" if rule else str(seed)


if __name__ == "__main__":
    main()

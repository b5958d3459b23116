"""What each part of the identity decision is worth: every part switched off in turn.

    env OMP_NUM_THREADS=1 python benchmarks/ablations.py --appearance FOLDER --embedder market-small

The room is the simulated one, its people those of a folder of crops in Market-1501's naming, its
detections err as usual. Nothing is rendered: the vector of a detection is that of the crop which
the picture would show there, mixed with that of who hides part of it, and disturbed; that of a
false box is the vector of a piece of the empty room. So a run takes seconds, not hours. With
`--rendered` pictures are drawn and the crop of every detection is embedded: minutes a seed.
`--embedders` compares several embedders in place of the parts.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rules import RULES, without

from reid_mot import RoomTracker, load_embedder, score
from reid_mot.models import Embedder
from reid_mot.sequences import Detections, SimulatedRoom, Tracks, View
from reid_mot.sequences.appearance import read_crop
from reid_mot.trackers import IdentitySettings
from reid_mot.trackers.sightings import iou, overlap

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]
Instants = list[tuple[View, ...]]

SAME = 0.3
"""IoU with somebody's true box from which a detection shows that person."""

DISTURBED = 0.25
"""Length of what is added to a vector of unit length: other pixels, another box."""

BLANK = np.zeros((8, 4, 3), dtype=np.uint8)
"""In place of a box that lies outside the image."""

DEFAULT = IdentitySettings()
PARTS: dict[str, IdentitySettings] = {
    "all parts": DEFAULT,
    "the first decision is final (correct=0)": replace(DEFAULT, correct=0.0),
    "no margin (margin=0)": replace(DEFAULT, margin=0.0),
    "never in doubt (doubts=1000000)": replace(DEFAULT, doubts=10**6),
    "no rivals away (rivals=0)": replace(DEFAULT, rivals=0),
    "images of any quality (quality=0)": replace(DEFAULT, quality=0.0),
    "nearest image alone (neighbours=1)": replace(DEFAULT, neighbours=1),
    "one image of each person (gallery=1)": replace(DEFAULT, gallery=1),
    "six images of each person (gallery=6)": replace(DEFAULT, gallery=6),
    "position assigns alone (weight=0)": replace(DEFAULT, weight=0.0),
    "threshold given: 0.3": replace(DEFAULT, threshold=0.3),
    "threshold given: 0.42": replace(DEFAULT, threshold=0.42),
    "threshold given: 0.6": replace(DEFAULT, threshold=0.6),
}


class Portraits:
    """Vectors of what a room's pictures would show, without the pictures.

    Args:
        room: with an appearance.
        embedder: crops to vectors.
    """

    def __init__(self, room: SimulatedRoom, embedder: Embedder) -> None:
        self.room, self.embedder = room, embedder
        self._known: dict[Path, Vectors] = {}
        rng = np.random.default_rng(room.seed)
        empty = SimulatedRoom(room.seed, duration=1, rate=1, people=1)
        pieces = []
        for view in empty.at(0):
            assert view.image is not None
            for _ in range(12):
                left, top = int(rng.integers(540)), int(rng.integers(280))
                pieces.append(view.image[top : top + 200, left : left + 90])
        self._nothing: Vectors = embedder(pieces)

    def __iter__(self) -> Iterator[tuple[View, ...]]:
        for instant in range(len(self.room)):
            views = self.room.at(instant)
            yield tuple(self._with_vectors(k, instant, view) for k, view in enumerate(views))

    def _with_vectors(self, camera: int, instant: int, view: View) -> View:
        room, found = self.room, view.detections
        rng = np.random.default_rng([room.seed, 77, camera, instant])
        rows = slice(*np.searchsorted(room.walks.instant, [instant, instant + 1]))
        boxes = np.nan_to_num(room.boxes[camera][rows])
        shown = self._mixed(boxes, room.visible[camera][rows], room.crops_shown(camera, instant))
        vectors = self._nothing[rng.integers(len(self._nothing), size=len(found))].copy()
        if len(boxes) and len(found):
            alike = iou(found.boxes, np.clip(boxes, 0, [*view.camera.size, *view.camera.size]))
            alike = np.nan_to_num(alike)
            who = alike.argmax(axis=1)
            real = alike.max(axis=1) > SAME
            vectors[real] = shown[who[real]]
        noise = rng.normal(size=vectors.shape) * DISTURBED / np.sqrt(max(vectors.shape[1], 1))
        vectors = vectors + noise
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        given = Detections(found.boxes, found.scores, vectors.astype(np.float32))
        return View(view.camera, view.frame, view.time, given)

    def _mixed(self, boxes: Floats, visible: Floats, files: Sequence[Path]) -> Vectors:
        """(n, d): each person's vector, mixed with that of who hides most of the person."""
        own = self._vectors(files)
        if len(boxes) < 2:
            return own
        nearer = boxes[None, :, 3] > boxes[:, None, 3]
        hidden = np.where(nearer, overlap(boxes, boxes), 0.0)
        front = hidden.argmax(axis=1)
        share = np.where(hidden.max(axis=1) > 0, np.clip(1 - visible, 0, 1), 0.0)[:, None]
        return np.asarray((1 - share) * own + share * own[front], dtype=np.float32)

    def _vectors(self, files: Sequence[Path]) -> Vectors:
        missing = sorted({file for file in files if file not in self._known})
        if missing:
            computed = self.embedder([read_crop(file) for file in missing])
            self._known.update(zip(missing, computed, strict=True))
        if not files:
            return np.empty((0, self.embedder.dim), dtype=np.float32)
        return np.array([self._known[file] for file in files])


def pictured(room: SimulatedRoom, embedder: Embedder) -> Iterator[tuple[View, ...]]:
    """The room's instants, with the vector of every detection's crop of the rendered picture."""
    for instant in range(len(room)):
        views = []
        for view in room.at(instant):
            crops = view.crops()
            vectors = embedder([crop if crop.size else BLANK for crop in crops])
            given = Detections(view.detections.boxes, view.detections.scores, vectors)
            views.append(View(view.camera, view.frame, view.time, given))
        yield tuple(views)


def measure(
    room: SimulatedRoom, instants: Instants, settings: IdentitySettings
) -> dict[str, float]:
    """Scores of one run on the floor at 1 m, in percent, and its CPU seconds."""
    tracker = RoomTracker(region=room.region, identities=settings)
    began = time.process_time()
    tracks = Tracks.concatenate([tracker.step(views) for views in instants])
    seconds = time.process_time() - began
    best = score(room.truth, tracks, region=room.region).primary
    return {
        "MOTA": 100 * best.mota,
        "IDF1": 100 * best.idf1,
        "switches": float(best.switches),
        "identities": float(best.predicted_identities),
        "seconds": seconds,
    }


def without_vectors(instants: Instants) -> Instants:
    """The same detections, without what they look like."""
    return [
        tuple(
            View(v.camera, v.frame, v.time, Detections(v.detections.boxes, v.detections.scores))
            for v in views
        )
        for views in instants
    ]


def say(name: str, rows: list[dict[str, float]]) -> None:
    """One line of a table in Markdown: means, and the least and the greatest."""
    cells = []
    for column in ("MOTA", "IDF1", "switches", "identities"):
        values = [row[column] for row in rows]
        digits = 0 if column in ("switches", "identities") else 1
        cells.append(
            f"{np.mean(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"
        )
    print("| " + " | ".join([name, *cells]) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--appearance", required=True, help="folder of crops in Market's naming")
    parser.add_argument("--embedder", default="market-small")
    parser.add_argument("--embedders", nargs="+", help="compare these, and none; all parts on")
    parser.add_argument("--seeds", type=int, nargs="+", default=[20, 21, 22])
    parser.add_argument("--seconds", type=float, default=750.0)
    parser.add_argument("--rate", type=float, default=5.0)
    parser.add_argument("--rendered", action="store_true", help="draw the pictures")
    parser.add_argument("--out", help="JSON file of all numbers")
    arguments = parser.parse_args()
    found: dict[str, list[dict[str, float]]] = {}
    for seed in arguments.seeds:
        room = SimulatedRoom(
            seed, arguments.seconds, arguments.rate, appearance=arguments.appearance
        )
        names = arguments.embedders or [arguments.embedder]
        for number, name in enumerate(names):
            made = pictured if arguments.rendered else Portraits
            instants = list(made(room, load_embedder(name)))
            if arguments.embedders and number == 0:
                blind = measure(room, without_vectors(instants), DEFAULT)
                found.setdefault("none", []).append(blind)
                print(seed, "none", blind, file=sys.stderr, flush=True)
            for part, settings in ({name: DEFAULT} if arguments.embedders else PARTS).items():
                found.setdefault(part, []).append(measure(room, instants, settings))
                print(seed, part, found[part][-1], file=sys.stderr, flush=True)
            for part in () if arguments.embedders else RULES:
                with without(part):
                    found.setdefault(part, []).append(measure(room, instants, DEFAULT))
                print(seed, part, found[part][-1], file=sys.stderr, flush=True)
        if arguments.out:
            Path(arguments.out).write_text(json.dumps(found, indent=1))
    print("| | MOTA | IDF1 | switches | identities |")
    print("|---|---|---|---|---|")
    for name, rows in found.items():
        say(name, rows)


if __name__ == "__main__":
    main()

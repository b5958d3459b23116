"""Pictures of decisions: who entered, beside whom she was taken for and whom she was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .auditing import RIGHT, Audit, Entry
from .event_log import crop_name
from .ranked_list import Tile, draw_ranked_list
from .sequences.images import read_image
from .sequences.views import Detections, Image, Ints, MultiCameraSequence, Tracks, View
from .stays import DECISIONS
from .trackers.events import IdentityEvent, Shot

__all__ = ["Case", "cases", "cut_out", "draw_case", "kept", "worst"]

SHOWN = 3
"""Pictures of each of the three."""


def worst(found: Audit, count: int) -> list[Entry]:
    """Entries with a wrong first decision: those whose last one is wrong too come first, and of
    these the surest.
    """
    wrong = [e for e in found.entries if e.verdict not in (*RIGHT, "undecided", "nobody")]
    return sorted(wrong, key=lambda e: (e.corrected, -np.nan_to_num(e.sureness, nan=-1.0)))[:count]


@dataclass(frozen=True)
class Case:
    """A decision and its pictures.

    Args:
        title: what happened, a line.
        entrant: pictures of who entered.
        taken_for: of the person whose identity it got; empty for a new one.
        was: earlier ones of who it was; empty for somebody never seen before.
    """

    title: str
    entrant: tuple[Shot, ...]
    taken_for: tuple[Shot, ...] = ()
    was: tuple[Shot, ...] = ()

    @property
    def shots(self) -> tuple[Shot, ...]:
        """All pictures."""
        return self.entrant + self.taken_for + self.was


def cases(
    chosen: Iterable[Entry], tracks: Tracks, people: Ints, events: Sequence[IdentityEvent]
) -> list[Case]:
    """What there is to show of entries.

    Args:
        chosen: entries with a decision.
        tracks: n rows of the result.
        people: (n,) who each is by the truth, -1 for nobody.
        events: all of the result, whose pictures are shown first; else rows are.
    """
    return [_case(entry, tracks, people, events) for entry in chosen if entry.first is not None]


def _case(entry: Entry, tracks: Tracks, people: Ints, events: Sequence[IdentityEvent]) -> Case:
    event = entry.first
    assert event is not None
    before = tracks.frame < entry.first_frame
    now = ~before & (tracks.frame <= entry.last_frame) & (people == entry.person)
    compared = event.images or _shots(tracks[now], SHOWN)
    taken_for: tuple[Shot, ...] = ()
    if entry.owner is not None:
        earlier = _earlier(events, event.identity, entry)
        taken_for = earlier or _shots(tracks[before & (tracks.identity == event.identity)], SHOWN)
    was = _shots(tracks[before & (people == entry.person)], SHOWN)
    return Case(describe(entry), _spread(compared), _spread(taken_for), was)


def _earlier(events: Sequence[IdentityEvent], identity: int, entry: Entry) -> tuple[Shot, ...]:
    """What was compared when others got an identity."""
    return tuple(
        shot
        for event in events
        if event.kind in DECISIONS and event.identity == identity
        if (event.camera, event.track) != (entry.camera, entry.track)
        if event.frame is not None and event.frame < entry.first_frame
        for shot in event.images
    )


def _shots(rows: Tracks, count: int) -> tuple[Shot, ...]:
    """Some of the rows that have a box, spread over time."""
    rows = rows.in_boxes().sorted()
    picked = np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int))
    return tuple(
        Shot(int(rows.frame[k]), str(rows.camera[k]), tuple(rows.box[k].tolist()))
        for k in picked.tolist()
    )


def _spread(shots: Sequence[Shot]) -> tuple[Shot, ...]:
    """Some of the pictures, from the first to the last."""
    picked = np.unique(np.linspace(0, len(shots) - 1, min(SHOWN, len(shots))).astype(int))
    return tuple(shots[k] for k in picked.tolist())


def describe(entry: Entry) -> str:
    """A decision in a line."""
    event = entry.first
    assert event is not None
    text = f"frame {event.frame}: {entry.verdict}. Person {entry.person} got {event.identity}"
    if entry.owner is not None:
        text += f", which was person {entry.owner}'s"
    if event.distance is not None:
        text += f"; distance {event.distance:.3f}"
    elif event.second_distance is not None:
        text += f"; nearest was {event.second} at {event.second_distance:.3f}"
    if event.threshold is not None:
        text += f", threshold {event.threshold:.3f}"
    return text + ("; put right later" if entry.corrected else "")


def draw_case(case: Case, picture_of: Callable[[Shot], Image | None]) -> Image:
    """The entrant's pictures; then, in red lines, those of whom she was taken for, and in a green
    frame those of who she was.

    Args:
        case: with at least one picture of the entrant.
        picture_of: a picture, or None where there is none: an empty tile stands for it.
    """
    bare = np.full((160, 80, 3), 60, np.uint8)
    tiles = []
    for name, shots, right in (
        ("entered", case.entrant, None),
        ("taken for", case.taken_for, False),
        ("was", case.was, True),
    ):
        for shot in shots:
            image = picture_of(shot)
            caption = (name, f"{shot.camera} {shot.frame}")
            tiles.append(Tile(bare if image is None else image, caption, right))
    return draw_ranked_list([tiles or [Tile(bare, ("no picture",))]])


def kept(folder: Path) -> Callable[[Shot], Image | None]:
    """Pictures that `reid-mot track --crops` has written."""

    def picture_of(shot: Shot) -> Image | None:
        path = folder / crop_name(shot)
        return read_image(path) if path.is_file() else None

    return picture_of


def cut_out(sequence: MultiCameraSequence, shots: Iterable[Shot]) -> dict[Shot, Image]:
    """Pictures out of a sequence's images; those that it has not are left out."""
    wanted: dict[tuple[int, str], list[Shot]] = {}
    for shot in set(shots):
        wanted.setdefault((shot.frame, shot.camera), []).append(shot)
    return dict(_cut_out(sequence, wanted))


def _cut_out(
    sequence: MultiCameraSequence, wanted: dict[tuple[int, str], list[Shot]]
) -> Iterator[tuple[Shot, Image]]:
    last = max((frame for frame, _ in wanted), default=-1)
    for views in sequence if wanted else ():
        for view in views:
            shots = wanted.get((view.frame, view.camera.name), [])
            if shots and view.has_image:
                boxes = Detections([shot.box for shot in shots])
                image = view.image
                crops = View(view.camera, view.frame, view.time, boxes, image).crops()
                yield from (pair for pair in zip(shots, crops, strict=True) if pair[1].size)
        if views and views[0].frame >= last:
            return

"""Decisions at the door against the truth: who was recognised, missed, or taken for another.

A tracker's track is one stay of one person, as the tracker sees it. Who that is says the truth: the
person with whom most of the track's rows are matched (`match_people`, as the scores count). The
first decision about the track, "new" or "re-identified", and the last one that it ends with, are
judged by whose the identity given was before: the person with most matched rows of other tracks
under it up to then. A person is known once an earlier track of hers was decided on. Then a
decision is

- recognised: the identity was hers.
- new: the number had never been used, and she was not known.
- wrong person: she was known, and the identity was somebody else's.
- missed: she was known, and got a number never used.
- false: she was not known, and the identity was somebody else's.

Tracks of which the truth knows nobody are "nobody", those without any decision "undecided".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from .sequences.views import Ints, Tracks
from .stays import Stay, stays_of, stays_of_rows
from .trackers.events import IdentityEvent

__all__ = ["Audit", "Entry", "Verdict", "audit"]

Verdict = Literal["recognised", "new", "wrong person", "missed", "false", "undecided", "nobody"]
RIGHT = ("recognised", "new")


@dataclass(frozen=True)
class Entry:
    """One track, and what was made of it.

    Args:
        track: its number; with `camera`, unique in a result.
        camera: of a tracker that follows each camera by itself; None: all cameras.
        first_frame, last_frame: of its rows.
        swapped: whether it came about within a track that had come to follow somebody else.
        person: who the truth says it is; None: nobody.
        known: whether an earlier track of that person was decided on.
        first, last: the first decision and the one that it ended with; None: there was none.
        verdict, final: on these.
        owner: whose the identity first given was before; None: nobody's.
    """

    track: int
    camera: str | None
    first_frame: int
    last_frame: int
    swapped: bool
    person: int | None
    known: bool
    first: IdentityEvent | None
    last: IdentityEvent | None
    verdict: Verdict
    final: Verdict
    owner: int | None = None

    @property
    def corrected(self) -> bool:
        """Whether a wrong decision was put right later."""
        return self.final in RIGHT and self.verdict not in (*RIGHT, "undecided")

    @property
    def spoilt(self) -> bool:
        """Whether a right decision was taken back."""
        return self.verdict in RIGHT and self.final not in RIGHT

    @property
    def sureness(self) -> float:
        """By how much the first decision was clear of the threshold, cosine distance; NaN: not
        known.
        """
        event = self.first
        if event is None or event.threshold is None:
            return float("nan")
        new = event.distance is None
        distance = event.second_distance if new else event.distance
        return float("nan") if distance is None else abs(event.threshold - distance)


@dataclass(frozen=True)
class Audit:
    """What the decisions of a result were worth.

    Args:
        entries: all tracks in order of time, those of nobody included.
        switches: how often a person's identity changed by a decision within a track ("decided"),
            from one track to the next while the person was there all the time ("lost"), and after
            an absence ("returned"). Changes from a provisional number to the decided one count.
    """

    entries: tuple[Entry, ...]
    switches: dict[str, int]

    def counts(self, final: bool = False) -> dict[str, int]:
        """How many entries have each verdict, on the first decision or on the last."""
        found = Counter(
            entry.final if final else entry.verdict for entry in self.entries if not entry.swapped
        )
        return {verdict: found[verdict] for verdict in get_args(Verdict)}

    @property
    def people(self) -> int:
        """Entries of somebody whom the truth knows."""
        return sum(entry.person is not None and not entry.swapped for entry in self.entries)

    @property
    def corrected(self) -> int:
        """Wrong first decisions that were put right."""
        return sum(entry.corrected for entry in self.entries)

    @property
    def spoilt(self) -> int:
        """Right first decisions that were taken back."""
        return sum(entry.spoilt for entry in self.entries)

    @property
    def swaps(self) -> tuple[int, int]:
        """How often a track was said to have swapped to another person, and was right in whom."""
        found = [entry for entry in self.entries if entry.swapped]
        return len(found), sum(entry.final in RIGHT for entry in found)


def audit(tracks: Tracks, people: Ints, events: Iterable[IdentityEvent], truth: Tracks) -> Audit:
    """Judge the decisions of a result.

    Args:
        tracks: n rows of the result.
        people: (n,) who each row is by the truth, -1 for nobody; see `Matches.people_of`.
        events: of the tracker, or of `events_of`; each with its frame.
        truth: says who was there all the time between two rows.

    Raises:
        ValueError: an event without a frame.
    """
    stays = stays_of(events)
    stay = stays_of_rows(stays, tracks)
    persons = [_person(people[stay == k]) for k in range(len(stays))]
    history = _History(tracks, people, stay)
    entries = [
        _judged(k, stays, persons, history, tracks.frame[stay == k])
        for k in range(len(stays))
        if stays[k].decisions or (stay == k).any()
    ]
    entries.sort(key=lambda entry: (entry.first_frame, entry.track))
    return Audit(tuple(entries), _switches(tracks, people, stay, stays, truth))


def _person(people: Ints) -> int | None:
    """Who most rows are; None for nobody."""
    values, counts = np.unique(people, return_counts=True)
    best = int(values[np.argmax(counts)]) if len(values) else -1
    return None if best < 0 else best


class _History:
    """Whose identities were.

    Args:
        tracks: n rows.
        people: (n,) who each is, -1 for nobody.
        stay: (n,) of which stay each is.
    """

    def __init__(self, tracks: Tracks, people: Ints, stay: Ints) -> None:
        self.frame, self.people, self.stay = tracks.frame, people, stay
        known = np.flatnonzero(people >= 0)
        self.rows = {
            k: known[tracks.identity[known] == k] for k in np.unique(tracks.identity).tolist()
        }

    def owner(self, identity: int, before: int, without: int) -> int | None:
        """Who had an identity before a frame, those of one stay left out."""
        rows = self.rows.get(identity, np.empty(0, np.int64))
        rows = rows[(self.frame[rows] < before) & (self.stay[rows] != without)]
        return _person(self.people[rows])


def _judged(
    number: int,
    stays: Sequence[Stay],
    persons: Sequence[int | None],
    history: _History,
    frames: Ints,
) -> Entry:
    stay, person = stays[number], persons[number]
    first = stay.decisions[0] if stay.decisions else None
    last = stay.decisions[-1] if stay.decisions else None
    moment = stay.steps[0][0] if first is None else _frame(first)
    known = person is not None and any(
        persons[k] == person and other.decisions and _frame(other.decisions[0]) < moment
        for k, other in enumerate(stays)
        if k != number
    )
    owners = [
        None if event is None else history.owner(event.identity, _frame(event), number)
        for event in (first, last)
    ]
    verdicts = [
        _verdict(person, known, owner, event is not None)
        for event, owner in zip((first, last), owners, strict=True)
    ]
    return Entry(
        stay.track,
        stay.camera,
        int(frames.min()) if len(frames) else stay.steps[0][0],
        int(frames.max()) if len(frames) else stay.steps[0][0],
        stay.swapped,
        person,
        known,
        first,
        last,
        verdicts[0],
        verdicts[1],
        owners[0],
    )


def _verdict(person: int | None, known: bool, owner: int | None, decided: bool) -> Verdict:
    if person is None:
        return "nobody"
    if not decided:
        return "undecided"
    if owner == person:
        return "recognised"
    if owner is None:
        return "missed" if known else "new"
    return "wrong person" if known else "false"


def _frame(event: IdentityEvent) -> int:
    assert event.frame is not None
    return event.frame


def _switches(
    tracks: Tracks, people: Ints, stay: Ints, stays: Sequence[Stay], truth: Tracks
) -> dict[str, int]:
    """How often a person's identity changed from one matched row to the next, by cause."""
    found = {"decided": 0, "lost": 0, "returned": 0}
    rows = np.flatnonzero(people >= 0)
    alone = any(p.camera is not None for p in stays)
    camera = tracks.camera[rows] if alone else np.full(len(rows), "")
    rows = rows[np.lexsort((tracks.frame[rows], camera, people[rows]))]
    who, where, given = people[rows], tracks.camera[rows], tracks.identity[rows]
    change = (who[1:] == who[:-1]) & (given[1:] != given[:-1])
    if alone:
        change &= where[1:] == where[:-1]
    # Frames of the truth are a step apart, also where it has nobody; see `score`.
    step = int(np.gcd.reduce(np.diff(np.unique(truth.frame)))) or 1
    there = {k: np.unique(truth.frame[truth.identity == k]) for k in np.unique(who).tolist()}
    for k in np.flatnonzero(change).tolist():
        one, two = int(stay[rows[k]]), int(stay[rows[k + 1]])
        if one >= 0 and two >= 0 and _track(stays[one]) == _track(stays[two]):
            found["decided"] += 1
            continue
        between = tracks.frame[rows[[k, k + 1]]]
        own_frames = int(np.diff(np.searchsorted(there[int(who[k])], between))[0])
        gone = own_frames * step < int(between[1] - between[0])
        found["returned" if gone else "lost"] += 1
    return found


def _track(stay: Stay) -> tuple[str | None, int]:
    return stay.camera, stay.track

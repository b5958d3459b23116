"""Decisions worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from reid_mot.auditing import audit
from reid_mot.sequences import GROUND, Tracks
from reid_mot.stays import events_of, stays_of, stays_of_rows
from reid_mot.trackers.events import IdentityEvent, Kind


def event(frame: int, track: int, kind: Kind, identity: int, **more: object) -> IdentityEvent:
    return IdentityEvent(frame / 10, track, kind, identity, frame=frame, **more)  # type: ignore[arg-type]


def rows(*spans: tuple[int, int, int, int]) -> tuple[Tracks, np.ndarray]:
    """A row at each frame from first to last of an identity, and who it is by the truth."""
    table = [(f, k, who) for first, last, k, who in spans for f in range(first, last + 1)]
    frame, identity, people = (np.array(column) for column in zip(*sorted(table), strict=True))
    return Tracks(frame, GROUND, identity, None, np.zeros((len(frame), 2))), people


ANNA, BERT, CARL = 10, 20, 30

# Anna and Bert enter and are new; both leave. Anna comes back, and gets her number after two
# frames of a provisional one. Bert comes back and is taken for new; later that is put right. Carl
# comes for the first time and is taken for Bert. Anna's third visit: she is taken for Bert. A
# chair becomes a track. Somebody passes too quickly for a decision.
DAY = [
    event(1, 0, "entered", 1),
    event(3, 0, "new", 1),
    event(2, 1, "entered", 2),
    event(4, 1, "new", 2),
    event(10, 0, "left", 1),
    event(10, 1, "left", 2),
    event(20, 2, "entered", 3),
    event(22, 2, "re-identified", 1, previous=3, distance=0.2, threshold=0.3),
    event(20, 3, "entered", 4),
    event(23, 3, "new", 4, second=2, second_distance=0.35, threshold=0.3, provisional=True),
    event(26, 3, "corrected", 2, previous=4, distance=0.25, threshold=0.3),
    event(30, 2, "left", 1),
    event(30, 3, "left", 2),
    event(40, 4, "entered", 5),
    event(42, 4, "re-identified", 2, previous=5, distance=0.29, threshold=0.3),
    event(50, 4, "left", 2),
    event(60, 5, "entered", 6),
    event(61, 5, "re-identified", 2, previous=6, distance=0.1, threshold=0.3),
    event(70, 5, "left", 2),
    event(71, 6, "entered", 7),
    event(72, 6, "new", 7),
    event(80, 6, "left", 7),
    event(81, 7, "entered", 8),
    event(83, 7, "left", 8),
]
TRACKS, PEOPLE = rows(
    (1, 9, 1, ANNA),
    (2, 9, 2, BERT),
    (20, 21, 3, ANNA),
    (22, 29, 1, ANNA),
    (20, 25, 4, BERT),
    (26, 29, 2, BERT),
    (40, 41, 5, CARL),
    (42, 49, 2, CARL),
    (60, 60, 6, ANNA),
    (61, 69, 2, ANNA),
    (71, 79, 7, -1),
    (81, 82, 8, BERT),
)
TRUTH = rows(
    (1, 9, 0, ANNA), (2, 9, 0, BERT), (20, 29, 0, ANNA), (20, 29, 0, BERT), (40, 49, 0, CARL),
    (60, 69, 0, ANNA), (81, 90, 0, BERT),
)  # fmt: skip


def truth() -> Tracks:
    table, people = TRUTH
    return Tracks(table.frame, GROUND, people, None, table.ground)


def test_a_day_worked_out_by_hand() -> None:
    found = audit(TRACKS, PEOPLE, DAY, truth())

    assert [entry.verdict for entry in found.entries] == [
        "new",
        "new",
        "recognised",
        "missed",
        "false",
        "wrong person",
        "nobody",
        "undecided",
    ]
    assert found.counts() == {
        "recognised": 1,
        "new": 2,
        "wrong person": 1,
        "missed": 1,
        "false": 1,
        "undecided": 1,
        "nobody": 1,
    }
    assert found.counts(final=True)["recognised"] == 2
    assert found.counts(final=True)["missed"] == 0
    assert (found.people, found.corrected, found.spoilt, found.swaps) == (7, 1, 0, (0, 0))
    false, wrong = found.entries[4], found.entries[5]
    assert (false.person, false.owner, false.known) == (CARL, BERT, False)
    # Before frame 61 Bert had 8 + 4 rows of number 2, Carl 8: it is Bert's.
    assert (wrong.person, wrong.owner, wrong.known) == (ANNA, BERT, True)
    assert wrong.sureness == pytest.approx(0.2)
    assert found.entries[3].sureness == pytest.approx(0.05)
    assert np.isnan(found.entries[0].sureness)


def test_switches_by_their_cause() -> None:
    found = audit(TRACKS, PEOPLE, DAY, truth())

    # Decided: Anna 3 to 1, Bert 4 to 2, Carl 5 to 2, Anna 6 to 2. Returned: Anna 1 to 3, Bert 2
    # to 4, Anna 1 to 6, Bert 2 to 8.
    assert found.switches == {"decided": 4, "lost": 0, "returned": 4}


def test_a_track_lost_while_somebody_was_there() -> None:
    tracks, people = rows((1, 4, 1, ANNA), (6, 9, 2, ANNA))
    whole, _ = rows((1, 9, ANNA, ANNA))
    events = events_of(tracks, gap=0)
    assert audit(tracks, people, events, whole).switches["lost"] == 1


def test_the_part_after_a_swap_is_somebody_else() -> None:
    events = [
        event(1, 0, "entered", 1),
        event(2, 0, "new", 1),
        event(1, 1, "entered", 2),
        event(2, 1, "new", 2),
        event(10, 0, "swapped", 2, previous=1),
        event(10, 1, "swapped", 1, previous=2),
    ]
    tracks, people = rows((1, 9, 1, ANNA), (1, 9, 2, BERT), (10, 20, 1, ANNA), (10, 20, 2, BERT))

    found = audit(tracks, people, events, tracks)

    assert found.swaps == (2, 2)
    assert found.counts()["new"] == 2
    assert [entry.verdict for entry in found.entries] == ["new", "new", "recognised", "recognised"]


def test_who_takes_a_number_over_owns_it_in_time() -> None:
    events = [
        event(1, 0, "entered", 1),
        event(1, 0, "new", 1),
        event(5, 0, "left", 1),
        event(10, 1, "entered", 1),
        event(10, 1, "re-identified", 1),
        event(40, 1, "left", 1),
        event(50, 2, "entered", 1),
        event(50, 2, "re-identified", 1),
    ]
    tracks, people = rows((1, 4, 1, ANNA), (10, 39, 1, BERT), (50, 60, 1, ANNA))

    found = audit(tracks, people, events, tracks)

    assert [entry.verdict for entry in found.entries] == ["new", "false", "wrong person"]


def test_a_result_without_events() -> None:
    tracks, _ = rows((1, 9, 1, 0), (5, 9, 2, 0), (50, 59, 1, 0))

    events = events_of(tracks, gap=10)

    assert [(e.frame, e.track, e.kind, e.identity) for e in events] == [
        (1, 0, "entered", 1),
        (1, 0, "new", 1),
        (5, 1, "entered", 2),
        (5, 1, "new", 2),
        (10, 0, "left", 1),
        (10, 1, "left", 2),
        (50, 2, "entered", 1),
        (50, 2, "re-identified", 1),
        (60, 2, "left", 1),
    ]
    assert set(stays_of_rows(stays_of(events), tracks).tolist()) == {0, 1, 2}


def test_rows_follow_the_numbers_of_their_track() -> None:
    number = stays_of_rows(stays_of(DAY), TRACKS)

    assert (number >= 0).all()
    for frame, identity, stay in ((21, 3, 2), (22, 1, 2), (9, 1, 0), (25, 4, 3), (26, 2, 3)):
        at = (TRACKS.frame == frame) & (TRACKS.identity == identity)
        assert number[at].tolist() == [stay]


def test_events_need_frames() -> None:
    with pytest.raises(ValueError, match="'entered' of track 3 has no frame"):
        stays_of([IdentityEvent(0.0, 3, "entered", 1)])

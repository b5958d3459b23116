from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reid_mot.audit_sheet import cases, cut_out, draw_case, kept, worst
from reid_mot.auditing import audit
from reid_mot.event_log import crop_name
from reid_mot.sequences import Tracks
from reid_mot.sequences.images import write_image
from reid_mot.sequences.simulated import SimulatedRoom
from reid_mot.trackers.events import IdentityEvent, Shot


def tracks_of_two() -> tuple[Tracks, np.ndarray, list[IdentityEvent]]:
    """Person 7 has number 1, leaves, and comes back as 3; person 8, new, is taken for her."""
    frame = np.array([1, 2, 3, 20, 21, 30, 31])
    identity = np.array([1, 1, 1, 3, 3, 1, 1])
    people = np.array([7, 7, 7, 7, 7, 8, 8])
    box = np.array([[f, 0, f + 20, 50] for f in frame], dtype=float)
    shots = (Shot(30, "c", (30.0, 0.0, 50.0, 50.0)),)
    events = [
        IdentityEvent(0.1, 0, "entered", 1, frame=1),
        IdentityEvent(0.1, 0, "new", 1, frame=1, images=(Shot(2, "c", (2.0, 0.0, 22.0, 50.0)),)),
        IdentityEvent(0.4, 0, "left", 1, frame=4),
        IdentityEvent(2.0, 1, "new", 3, frame=20, second=1, second_distance=0.4, threshold=0.3),
        IdentityEvent(2.2, 1, "left", 3, frame=22),
        IdentityEvent(
            3.0, 2, "re-identified", 1, frame=30, distance=0.1, threshold=0.3, images=shots
        ),
    ]
    return Tracks(frame, "c", identity, box), people, events


def test_the_surest_mistake_comes_first_with_its_pictures() -> None:
    tracks, people, events = tracks_of_two()
    found = audit(tracks, people, events, tracks)

    chosen = worst(found, 5)
    false, missed = cases(chosen, tracks, people, events)

    assert [entry.verdict for entry in chosen] == ["false", "missed"]
    assert worst(found, 1) == chosen[:1]
    assert false.title == (
        "frame 30: false. Person 8 got 1, which was person 7's; distance 0.100, threshold 0.300"
    )
    assert missed.title.endswith("Person 7 got 3; nearest was 1 at 0.400, threshold 0.300")
    assert [shot.frame for shot in false.entrant] == [30]
    assert [shot.frame for shot in false.taken_for] == [2]
    assert false.was == ()
    # Without compared pictures, rows of the result serve.
    assert [shot.frame for shot in missed.entrant] == [20, 21]
    assert [shot.frame for shot in missed.was] == [1, 2, 3]


def test_a_sheet_shows_what_there_is(tmp_path: Path) -> None:
    tracks, people, events = tracks_of_two()
    false, _ = cases(worst(audit(tracks, people, events, tracks), 2), tracks, people, events)
    red = np.full((50, 20, 3), (250, 0, 0), np.uint8)
    write_image(tmp_path / crop_name(false.entrant[0]), red)

    sheet = draw_case(false, kept(tmp_path))

    reddish = (sheet[..., 0] > 200) & (sheet[..., 1] < 60) & (sheet[..., 2] < 60)
    assert reddish[:, : sheet.shape[1] // 2].any()
    assert not reddish[:, sheet.shape[1] // 2 + 10 :].any()


def test_pictures_out_of_a_sequence() -> None:
    room = SimulatedRoom(duration=2, rate=2, people=7)
    shot = Shot(2, "c02", (10.0, 20.0, 60.0, 120.0))

    found = cut_out(room, [shot, Shot(99, "c02", shot.box), Shot(1, "nowhere", shot.box)])

    assert list(found) == [shot]
    np.testing.assert_array_equal(found[shot], room.render(1, 1)[20:120, 10:60])
    assert cut_out(room, []) == {}


@pytest.mark.parametrize("name", ["c01", "hall 2"])
def test_names_of_pictures_differ(name: str) -> None:
    one, two = Shot(1, name, (0, 0, 1, 1)), Shot(1, name, (0, 0, 1, 2))
    assert crop_name(one) != crop_name(two)

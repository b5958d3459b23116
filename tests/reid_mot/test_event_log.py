from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from reid_mot.event_log import (
    CROPS,
    EVENTS,
    Logged,
    crop_name,
    read_events,
    write_crops,
    write_events,
)
from reid_mot.sequences import Camera, Detections, FormatError, Tracks, View
from reid_mot.trackers.events import IdentityEvent, Shot

CAMERA = Camera("c", (100, 100))
SHOT = Shot(1, "c", (0.0, 0.0, 20.5, 40.0))


class Decider:
    """A tracker that looks at the first detection at each frame, and decides at the third."""

    def __init__(self) -> None:
        self.events: list[IdentityEvent] = []

    def step(self, views: Sequence[View]) -> Tracks:
        (view,) = views
        view.crops([0])
        if view.frame == 3:
            event = IdentityEvent(0.3, 0, "new", 1, frame=3, images=(SHOT,), provisional=True)
            self.events.append(event)
        return Tracks.empty()


def views(frame: int) -> list[View]:
    boxes = [[0.0, 0.0, 20.5, 40.0], [50.0, 50.0, 70.0, 90.0]]
    image = np.full((100, 100, 3), frame, np.uint8)
    return [View(CAMERA, frame, frame / 10, Detections(boxes), image)]


def test_pictures_that_were_compared_are_kept() -> None:
    logged = Logged(Decider(), crops=True)

    for frame in range(1, 5):
        logged.step(views(frame))

    assert logged.has_events
    assert [event.kind for event in logged.events] == ["new"]
    assert list(logged.crops) == [SHOT]
    assert logged.crops[SHOT].shape == (40, 21, 3)
    assert (logged.crops[SHOT] == 1).all()


def test_a_tracker_that_holds_its_latest_events_only() -> None:
    class Forgetful:
        def __init__(self) -> None:
            self.events: deque[IdentityEvent] = deque(maxlen=3)

        def step(self, views: Sequence[View]) -> Tracks:
            for k in range(views[0].frame % 3):
                self.events.append(IdentityEvent(0.0, k, "new", views[0].frame))
            return Tracks.empty()

    logged = Logged(Forgetful())
    for frame in range(9):
        logged.step(views(frame))

    assert [event.identity for event in logged.events] == [1, 2, 2, 4, 5, 5, 7, 8, 8]


def test_a_tracker_without_events() -> None:
    class Silent:
        def step(self, views: Sequence[View]) -> Tracks:
            return Tracks.empty()

    logged = Logged(Silent())
    logged.step(views(1))
    assert not logged.has_events
    assert logged.events == []


def test_files_give_back_what_was_written(tmp_path: Path) -> None:
    events = [
        IdentityEvent(0.1, 0, "entered", 1, frame=1, camera="c"),
        IdentityEvent(0.3, 0, "re-identified", 4, 1, 3, "c", 0.1, 0.2, 5, 0.4, 0.3, 2, (SHOT,)),
    ]

    write_events(tmp_path, events)
    write_crops(tmp_path, {SHOT: np.zeros((4, 3, 3), np.uint8)})

    assert read_events(tmp_path / EVENTS) == events
    assert [path.name for path in (tmp_path / CROPS).iterdir()] == [crop_name(SHOT)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", r"events\.jsonl, line 2: expected JSON"),
        ("[1]", "line 2: expected a JSON object"),
        ('{"time": 1, "track": 0.5}', "line 2, field 'track': expected a whole number, found 0.5"),
        ('{"time": "now"}', "line 2, field 'time': expected a number, found 'now'"),
        (
            '{"time": 1, "track": 1, "kind": "gone", "identity": 1}',
            "field 'kind': expected one of entered, new",
        ),
        (
            '{"time": 1, "track": 1, "kind": "new", "identity": 1, "images": [{"frame": 1}]}',
            "field 'images': expected frame, camera and box",
        ),
        ('{"time": 1, "track": 1, "kind": "new", "identity": 1, "a": 1}', "field 'a'"),
    ],
)
def test_lines_that_are_no_events(tmp_path: Path, line: str, said: str) -> None:
    write_events(tmp_path, [IdentityEvent(0.1, 0, "entered", 1, frame=1)])
    path = tmp_path / EVENTS
    path.write_text(path.read_text() + line + "\n", encoding="utf-8")
    with pytest.raises(FormatError, match=said):
        read_events(path)

"""Events of identities as plain values."""

import json
from dataclasses import FrozenInstanceError

import pytest

from reid_mot.trackers.events import IdentityEvent, Shot


def test_an_event_is_ready_for_json_and_back() -> None:
    shots = (Shot(3, "door", (1.0, 2.0, 30.0, 90.0)), Shot(4, "door", (1.5, 2.0, 30.5, 90.0)))
    event = IdentityEvent(0.4, 2, "re-identified", 1, 5, 4, since=0.1, distance=0.2, images=shots)
    read = json.loads(json.dumps(event.as_dict()))
    images = tuple(Shot(s["frame"], s["camera"], tuple(s["box"])) for s in read.pop("images"))
    assert IdentityEvent(**read, images=images) == event


def test_events_do_not_change() -> None:
    event = IdentityEvent(0.0, 0, "entered", 1)
    with pytest.raises(FrozenInstanceError):
        event.identity = 2  # type: ignore[misc]

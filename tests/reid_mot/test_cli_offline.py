"""`reid-mot track --offline`: the whole run known, and said so."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from reid_mot import cli
from reid_mot.scores import ScoreTable
from reid_mot.sequences import read_tracks

ROOM = "reid_mot.trackers:RoomTracker"


def track(*arguments: object) -> int:
    """The status of `reid-mot track`."""
    return cli.main(["track", *map(str, arguments), "--tracker", ROOM, "--quiet"])


def test_an_offline_result_says_so_everywhere(room: Path, tmp_path: Path) -> None:
    online, offline = tmp_path / "online", tmp_path / "offline"

    assert track(room, "--out", online) == 0
    assert track(room, "--out", offline, "--offline") == 0

    made = json.loads((offline / "settings.json").read_text(encoding="utf-8"))
    assert made["offline"]["settings"]["fill"] > 0
    assert made["offline"]["identities"] <= made["offline"]["identities online"]
    assert "scores-online.json" in made["files"]
    scores = (offline / "scores.json").read_text(encoding="utf-8")
    assert any(note.startswith("offline:") for note in ScoreTable.from_json(scores).notes)
    assert "Offline: stitched" in (offline / "index.html").read_text(encoding="utf-8")
    # What is said without the option is not touched.
    before = (online / "scores.json").read_text(encoding="utf-8")
    assert (offline / "scores-online.json").read_text(encoding="utf-8") == before
    assert "offline" not in before
    assert "offline" not in json.loads((online / "settings.json").read_text(encoding="utf-8"))
    assert not np.array_equal(read_tracks(online).ground, read_tracks(offline).ground)

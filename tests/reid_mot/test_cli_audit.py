"""`reid-mot audit`, and the events that `reid-mot track` writes for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reid_mot import cli
from reid_mot.event_log import read_events

DECIDING = '''
from nearest_tracker import NearestTracker
from reid_mot.trackers.events import IdentityEvent, Shot


class Deciding(NearestTracker):
    """Says of everybody that he is new when he is first seen; looks at the first picture."""

    def __init__(self):
        super().__init__()
        self.events = []
        self._seen = set()

    def step(self, views):
        rows = super().step(views)
        for k in sorted(set(rows.identity.tolist()) - self._seen):
            self._seen.add(k)
            view = next(view for view in views if len(view.detections))
            if view.has_image:
                view.crops([0])
            shot = Shot(view.frame, view.camera.name, tuple(view.detections.boxes[0].tolist()))
            for kind in ("entered", "new"):
                event = IdentityEvent(view.time, k, kind, k, frame=view.frame, images=(shot,))
                self.events.append(event)
        return rows
'''


@pytest.fixture
def deciding(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a tracker that tells events."""
    (tmp_path / "deciding_tracker.py").write_text(DECIDING, encoding="utf-8")
    monkeypatch.syspath_prepend(str(root / "examples"))
    monkeypatch.syspath_prepend(str(tmp_path))
    return "deciding_tracker:Deciding"


def run(*arguments: object) -> int:
    return cli.main([*map(str, arguments)])


def test_from_tracking_to_a_page(
    room: Path, deciding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tracked, out = tmp_path / "tracked", tmp_path / "out"
    run("track", room, "--tracker", deciding, "--crops", "--out", tracked, "--quiet")
    capsys.readouterr()

    assert run("audit", tracked, "--truth", room, "--out", out) == 0

    said = capsys.readouterr().out
    events = read_events(tracked / "events.jsonl")
    assert len(events) == 2 * len({event.track for event in events})
    content = json.loads((out / "audit.json").read_text(encoding="utf-8"))
    assert sum(content["final"].values()) == len(content["decisions"]) == len(events) // 2
    assert content["first"]["recognised"] == 0  # it never recognises anybody
    assert content["events"] == "of the tracker"
    assert "missed: known, but taken for new" in said
    assert "Decisions of tracked" in (out / "index.html").read_text(encoding="utf-8")


def test_a_result_without_events(
    room: Path, nearest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tracked = tmp_path / "tracked"
    run("track", room, "--tracker", nearest, "--out", tracked, "--quiet")
    capsys.readouterr()
    assert not (tracked / "events.jsonl").exists()

    assert run("audit", tracked, "--truth", room, "--json") == 0

    content = json.loads(capsys.readouterr().out)
    assert content["events"] == "appearances of identities"
    assert content["entries"] > 0


def test_without_truth_events_are_counted(
    room: Path, deciding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tracked = tmp_path / "tracked"
    run("track", room, "--tracker", deciding, "--out", tracked, "--quiet")
    capsys.readouterr()

    assert run("audit", tracked) == 0

    assert "entered" in capsys.readouterr().out
    assert run("audit", tracked, "--out", tmp_path / "out") == 2
    assert "only --truth can say" in capsys.readouterr().err


def test_what_is_no_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("audit", tmp_path / "nowhere") == 2
    assert "nowhere" in capsys.readouterr().err

"""A small room as files, and a tracker that is not ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from reid_mot.sequences import MotChallenge
from reid_mot.sequences.simulated import SimulatedRoom, write_simulated

NEAREST = "nearest_tracker:NearestTracker"


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of the simulated room without pictures, as `reid-mot simulate` writes it."""
    folder = tmp_path_factory.mktemp("sequences") / "room"
    write_simulated(SimulatedRoom(duration=6, rate=5, images=False), folder)
    return folder


@pytest.fixture(scope="session")
def sequence(room: Path) -> MotChallenge:
    """The room, opened."""
    return MotChallenge(room)


@pytest.fixture
def nearest(root: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the tracker in `examples`, which has been made importable."""
    monkeypatch.syspath_prepend(str(root / "examples"))
    return NEAREST

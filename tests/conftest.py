"""What tests of several folders share."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository, or the unpacked source distribution, that the tests lie in."""
    return ROOT


@pytest.fixture
def published_names() -> None:
    """Skip where the package is only on the path and not installed: it has no short names then."""
    if not entry_points(group="reid_mot.trackers"):
        pytest.skip("reid-mot is not installed here, so its entry points are not known")

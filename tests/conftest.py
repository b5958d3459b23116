"""What tests of several folders share."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import hypothesis
import pytest

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

ROOT = Path(__file__).parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Tests that take minutes run only when they are asked for."""
    parser.addoption("--minutes", action="store_true", help="also run what takes minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what takes minutes, unless asked."""
    if not config.getoption("--minutes"):
        for item in items:
            if item.get_closest_marker("minutes"):
                item.add_marker(pytest.mark.skip(reason="takes minutes: give --minutes"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository, or the unpacked source distribution, that the tests lie in."""
    return ROOT


@pytest.fixture
def published_names() -> None:
    """Skip where the package is only on the path and not installed: it has no short names then."""
    if not entry_points(group="reid_mot.trackers"):
        pytest.skip("reid-mot is not installed here, so its entry points are not known")

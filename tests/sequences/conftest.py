"""What the tests of readers and writers share."""

from collections.abc import Callable
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


@pytest.fixture
def data() -> Callable[[str], Path]:
    """The folder of a real data set beside the repository; skips where it is absent."""

    def find(name: str) -> Path:
        folder = DATA / name
        if not folder.is_dir():
            pytest.skip(f"no development data: {folder} is absent")
        return folder

    return find

"""A `.npy` file that grows row by row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from reid_mot.sequences.growing import RowFile


@given(parts=some.lists(some.integers(0, 40), max_size=8), width=some.integers(1, 2000))
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_numpy_reads_what_was_appended(tmp_path: Path, parts: list[int], width: int) -> None:
    whole = np.random.default_rng(sum(parts)).normal(size=(sum(parts), width)).astype(np.float32)
    with RowFile(tmp_path / "rows.npy", width) as rows:
        for piece in np.split(whole, np.cumsum(parts)[:-1]) if parts else []:
            rows.append(piece)
        assert len(rows) == len(whole)

    found = np.load(tmp_path / "rows.npy")

    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, whole)


def test_its_header_has_room_for_many_rows(tmp_path: Path) -> None:
    """The header of a billion rows is as long as that of none, or closing would overwrite rows."""
    lengths = []
    for count in (0, 10**9):
        rows = RowFile(tmp_path / f"{count}.npy", 2048)
        rows._rows = count
        rows.close()
        lengths.append((tmp_path / f"{count}.npy").stat().st_size)

    assert lengths[0] == lengths[1]


def test_rows_of_another_width_are_refused(tmp_path: Path) -> None:
    with RowFile(tmp_path / "rows.npy", 3) as rows:
        with pytest.raises(ValueError, match=r"\(2, 4\): expected \(k, 3\)"):
            rows.append(np.zeros((2, 4), np.float32))
        rows.append(np.ones((1, 3), np.float32))

    assert np.load(tmp_path / "rows.npy").tolist() == [[1, 1, 1]]

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from reid_mot.sequences import DetectionTable, FormatError, read_deepsort, write_deepsort


def rows(n: int = 4, dim: int = 3) -> np.ndarray:
    values = np.full((n, 10 + dim), -1.0, dtype=np.float32)
    values[:, 0] = np.arange(1, n + 1)
    values[:, 2:7] = [10, 20, 30, 40, 0.5]
    values[:, 10:] = np.arange(n)[:, None]
    return values


def test_layout(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", rows()[::-1])
    table = read_deepsort(tmp_path / "a.npy")
    assert table.frame.tolist() == [1, 2, 3, 4]
    assert table.boxes[0].tolist() == [10, 20, 40, 60]
    assert table.scores.tolist() == [0.5] * 4
    assert table.embeddings is not None
    assert table.embeddings[:, 0].tolist() == [0, 1, 2, 3]
    assert table.embeddings.dtype == np.float32


def test_without_embeddings(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", rows(dim=0))
    assert read_deepsort(tmp_path / "a.npy").embeddings is None


def test_no_rows(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", rows(n=0))
    table = read_deepsort(tmp_path / "a.npy")
    assert len(table) == 0
    assert len(table.at(1)) == 0


def test_row_without_embedding_is_all_nan(tmp_path: Path) -> None:
    values = rows()
    values[1, 10:] = np.nan
    np.save(tmp_path / "a.npy", values)
    table = read_deepsort(tmp_path / "a.npy")
    assert table.embeddings is not None
    assert np.isnan(table.embeddings[1]).all()


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (0, 2.5, "line 3, field 'frame': expected a whole number, found 2.5"),
        (0, 0, "line 3, field 'frame': expected a frame of 1 or later"),
        (0, np.nan, "line 3, field 'frame': expected a finite number"),
        (2, np.nan, "line 3, field 'left': expected a finite number, found nan"),
        (4, 0, "line 3, field 'width': expected a size above 0"),
        (5, -4, "line 3, field 'height': expected a size above 0, found -4.0"),
        (6, np.inf, "line 3, field 'confidence': expected a finite number"),
        (11, np.nan, r"line 3, field 'embedding\[1\]': expected a finite number"),
        (12, -np.inf, r"line 3, field 'embedding\[2\]'"),
    ],
)
def test_broken_rows_are_named(tmp_path: Path, column: int, value: float, message: str) -> None:
    values = rows()
    values[2, column] = value
    np.save(tmp_path / "a.npy", values)
    with pytest.raises(FormatError, match=r"a\.npy, " + message):
        read_deepsort(tmp_path / "a.npy")


@pytest.mark.parametrize("values", [np.ones(5), np.ones((2, 9)), np.ones((2, 12), int)])
def test_other_arrays_are_refused(tmp_path: Path, values: np.ndarray) -> None:
    np.save(tmp_path / "a.npy", values)
    with pytest.raises(FormatError, match=r"a\.npy: expected"):
        read_deepsort(tmp_path / "a.npy")


def test_truncated_and_pickled_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, rows())
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(FormatError, match=r"a\.npy: expected a \.npy array"):
        read_deepsort(path)
    np.save(path, np.array([{"a": 1}]), allow_pickle=True)
    with pytest.raises(FormatError, match=r"a\.npy: expected a \.npy array"):
        read_deepsort(path)
    path.write_bytes(b"")
    with pytest.raises(FormatError, match=r"a\.npy: expected a \.npy array"):
        read_deepsort(path)


def test_first_frame_is_declared(tmp_path: Path) -> None:
    values = rows()
    values[:, 0] -= 1
    np.save(tmp_path / "a.npy", values)
    assert read_deepsort(tmp_path / "a.npy", first_frame=0).frame.tolist() == [0, 1, 2, 3]


def test_frame_too_large_for_float32_is_not_written(tmp_path: Path) -> None:
    table = DetectionTable([2**24 + 1], [[0, 0, 1, 1]])
    with pytest.raises(ValueError, match="16,777,216"):
        write_deepsort(tmp_path / "a.npy", table)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.data
@pytest.mark.parametrize("camera", range(1, 5))
def test_cmc1_round_trips_bit_for_bit(
    data: Callable[[str], Path], tmp_path: Path, camera: int
) -> None:
    source = data("cmc1") / "detections" / f"cam{camera}.npy"
    values = np.load(source)
    write_deepsort(tmp_path / "a.npy", read_deepsort(source))
    again = np.load(tmp_path / "a.npy")
    assert again.dtype == values.dtype
    np.testing.assert_array_equal(again, values[np.argsort(values[:, 0], kind="stable")])

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid_mot.sequences import GROUND, FormatError, Tracks
from reid_mot.sequences.tables import (
    COLUMNS,
    read_csv,
    read_parquet,
    write_csv,
    write_parquet,
)

HEADER = "frame,camera,identity,left,top,width,height,x,y,confidence"
ROW = "1,a,2,10,20,30,40,0.5,0.25,0.9"


def same(a: Tracks, b: Tracks) -> None:
    for column in ("frame", "camera", "identity", "box", "ground", "confidence"):
        np.testing.assert_array_equal(getattr(a, column), getattr(b, column))


def some_tracks() -> Tracks:
    nan = np.nan
    return Tracks(
        [0, 1, 1, 5],
        ["a", 'odd, "name"', GROUND, "ä"],
        [3, 3, 4, 2**40],
        np.array([[0.1, 0.2, 1 / 3, 4], [1, 2, 3, 4], [nan] * 4, [5, 6, 7.7, 8.8]]),
        np.array([[nan, nan], [1 / 3, -2e-9], [0, 0], [nan, nan]]),
        [1.0, 0.1, 1 / 7, 0.0],
    )


def test_csv_round_trips_every_bit(tmp_path: Path) -> None:
    write_csv(tmp_path / "t.csv", some_tracks())
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()[0] == HEADER
    same(read_csv(tmp_path / "t.csv"), some_tracks())


def test_parquet_round_trips_every_bit(tmp_path: Path) -> None:
    pyarrow_parquet = pytest.importorskip("pyarrow.parquet")
    write_parquet(tmp_path / "t.parquet", some_tracks())
    same(read_parquet(tmp_path / "t.parquet"), some_tracks())
    stored = pyarrow_parquet.read_table(tmp_path / "t.parquet")
    assert stored.column_names == list(COLUMNS)
    assert stored["x"].null_count == 2


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_no_rows_round_trip(tmp_path: Path, ending: str) -> None:
    write, read = (write_csv, read_csv) if ending == "csv" else (write_parquet, read_parquet)
    write(tmp_path / "t", Tracks.empty())
    assert len(read(tmp_path / "t")) == 0


@given(st.floats(0, 1e4), st.floats(0.01, 1e4), st.floats(-1e3, 1e3), st.floats(0, 1))
def test_any_numbers_round_trip(left: float, width: float, x: float, confidence: float) -> None:
    import tempfile

    tracks = Tracks([1], "a", [1], [[left, 0, left + width, 1]], [[x, 0.0]], [confidence])
    with tempfile.TemporaryDirectory() as folder:
        write_csv(Path(folder) / "t.csv", tracks)
        again = read_csv(Path(folder) / "t.csv")
    same(again[:0], tracks[:0])
    assert again.ground.tolist() == tracks.ground.tolist()
    assert again.confidence.tolist() == tracks.confidence.tolist()
    assert again.box[0, 0] == left
    assert abs(again.box[0, 2] - tracks.box[0, 2]) <= np.spacing(tracks.box[0, 2])


@pytest.mark.parametrize(
    "text",
    [
        HEADER + "\n" + ROW + "\n",
        "\ufeff" + HEADER + "\r\n" + ROW + "\r\n",
        HEADER + ",\n\n" + ROW + ",\n\n",
        "confidence,y,x,height,width,top,left,identity,camera,frame\n0.9,.25,.5,40,30,20,10,2,a,1.0",
    ],
)
def test_what_people_write(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.csv").write_bytes(text.encode())
    tracks = read_csv(tmp_path / "t.csv")
    expected = Tracks([1], "a", [2], [[10, 20, 40, 60]], [[0.5, 0.25]], [0.9])
    same(tracks, expected)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1,a,3,10,20,30,40,0.5", "line 3, field 'y': expected 10 columns, found '8 columns'"),
        (ROW.replace("2", "3", 1) + ",7", "line 3: expected 10 columns"),
        (
            "1,a,3,10,20,30x,40,0.5,0.25,0.9",
            "line 3, field 'width': expected a number, found '30x'",
        ),
        ("1,a,3,inf,20,30,40,0.5,0.25,0.9", "line 3, field 'left': expected a finite number"),
        ("1,a,3,,20,30,40,0.5,0.25,0.9", "line 3, field 'left': expected a number beside"),
        ("1,a,3,10,20,30,40,0.5,,0.9", "line 3, field 'y': expected a number beside x, y"),
        ("1,a,3,10,20,-30,40,0.5,0.25,0.9", "line 3, field 'width': expected a size above 0"),
        ("1,a,3,10,20,30,0,0.5,0.25,0.9", "line 3, field 'height': expected a size above 0"),
        ("1.5,a,3,10,20,30,40,0.5,0.25,0.9", "line 3, field 'frame': expected a whole number"),
        (",a,3,10,20,30,40,0.5,0.25,0.9", "line 3, field 'frame': expected a whole number"),
        (
            "1,a,-3,10,20,30,40,0.5,0.25,0.9",
            "line 3, field 'identity': expected a whole number of 0",
        ),
        ("1,a,3,10,20,30,40,0.5,0.25,", "line 3, field 'confidence': expected a finite number"),
        ("1,a,3,,,,,,,1", "line 3, field 'left': expected a box or a ground position"),
        ("1,,3,10,20,30,40,0.5,0.25,0.9", "line 3, field 'left': expected no box without a camera"),
        (ROW, "line 3, field 'identity': expected every identity once in a frame of one camera"),
    ],
)
def test_broken_rows_are_named(tmp_path: Path, row: str, message: str) -> None:
    (tmp_path / "t.csv").write_text(f"{HEADER}\n{ROW}\n{row}\n")
    with pytest.raises(FormatError, match=r"t\.csv, " + message):
        read_csv(tmp_path / "t.csv")


@pytest.mark.parametrize(
    "header", ["", HEADER.replace("left", "lft"), HEADER + ",speed", HEADER[6:]]
)
def test_unknown_and_missing_columns_are_named(tmp_path: Path, header: str) -> None:
    (tmp_path / "t.csv").write_text(header + "\n")
    with pytest.raises(FormatError, match=r"t\.csv, line 1, field '.*': expected the columns"):
        read_csv(tmp_path / "t.csv")


def test_broken_parquet_is_named(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1 nothing")
    with pytest.raises(FormatError, match=r"t\.parquet: expected a Parquet file"):
        read_parquet(path)
    parquet.write_table(pyarrow.table({"frame": [1]}), path)
    with pytest.raises(FormatError, match="expected the columns"):
        read_parquet(path)
    columns: dict[str, list[object]] = {name: [1.0, 1.0] for name in COLUMNS}
    parquet.write_table(pyarrow.table(columns | {"camera": ["a", "a"]}), path)
    with pytest.raises(FormatError, match="line 2, field 'identity': expected every identity once"):
        read_parquet(path)
    parquet.write_table(pyarrow.table(columns | {"left": ["x", "y"]}), path)
    with pytest.raises(FormatError, match="field 'left': expected numbers"):
        read_parquet(path)

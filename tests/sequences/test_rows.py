from pathlib import Path

import numpy as np
import pytest

from reid_mot.sequences import FormatError
from reid_mot.sequences.rows import Rows, read_rows

LAYOUTS = {3: ("frame", "identity", "x"), 4: ("frame", "identity", "x", "y")}


def read(tmp_path: Path, text: str) -> Rows:
    (tmp_path / "r.txt").write_bytes(text.encode())
    return read_rows(tmp_path / "r.txt", LAYOUTS)


@pytest.mark.parametrize(
    "text",
    [
        "1,2,0.5\n3,4,1e2\n",
        "1, 2, 0.5\r\n3, 4, 1e2\r\n",
        "\ufeff1;2;.5\n3;4;100",
        "1\t2\t0.5\n\n\n3\t4\t100\n",
        " 1  2 0.5 \n3 4 100\n",
        "1,2,0.5,\n3,4,100,,\n",
        "1.0,2,0.5\n   \n3.0,4,100\n",
    ],
)
def test_what_people_write(tmp_path: Path, text: str) -> None:
    rows = read(tmp_path, text)
    assert rows.values.tolist() == [[1, 2, 0.5], [3, 4, 100]]
    assert rows.names == LAYOUTS[3]


def test_line_numbers_count_blank_lines(tmp_path: Path) -> None:
    assert read(tmp_path, "\n1,2,3\n\n\n4,5,6\n").lines.tolist() == [2, 5]


@pytest.mark.parametrize("text", ["", "\n", "\ufeff", "\r\n\r\n"])
def test_empty_file_has_no_rows(tmp_path: Path, text: str) -> None:
    assert len(read(tmp_path, text)) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2,3\n1,3,4\n1,2\n", "line 3, field 'x': expected 3 columns .*found '2 columns'"),
        ("1,2\n1,2,3\n1,3,4\n", "line 1, field 'x': expected 3 columns"),
        ("1,2,3\n1,2,3,4\n1,2,3\n", "line 2: expected 3 columns .*found '4 columns'"),
        ("1,2\n", "line 1: expected a line of 3, 4 columns, found '2 columns'"),
        ("1,2,3,4,5\n", "line 1: expected a line of 3, 4 columns, found '5 columns'"),
        ("1,2,3\n1,,3\n", "line 2, field 'identity': expected a number, found ''"),
        ("1,2,3\n1,2,3x\n", "line 2, field 'x': expected a number, found '3x'"),
        ("1,2,3\n\n1,2 3,3\n", "line 3, field 'identity': expected a number, found '2 3'"),
        ("1,2,3\n1_0,2,3\n", "line 2, field 'frame': expected a number, found '1_0'"),
        ("1,2,\u0663\n", "line 1, field 'x': expected a number"),
        ("1,2,3\n,,,\n", "line 2, field 'identity': expected 3 columns"),
        ("1;2,5;3\n", "line 1, field 'identity': expected a number, found '2,5'"),
    ],
)
def test_broken_lines_are_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=r"r\.txt, " + message):
        read(tmp_path, text)


def test_finite_refuses_the_first_bad_row(tmp_path: Path) -> None:
    rows = read(tmp_path, "1,2,3\n1,2,nan\n1,inf,3\n")
    assert rows.finite("frame").tolist() == [[1], [1], [1]]
    with pytest.raises(FormatError, match="line 2, field 'x': expected a finite number, found nan"):
        rows.finite("frame", "x")
    with pytest.raises(FormatError, match="line 3, field 'identity'"):
        rows.finite("identity")


def test_whole_numbers_may_be_written_as_floats(tmp_path: Path) -> None:
    rows = read(tmp_path, "1.0,2.5,3\n2e0,4,-1\n")
    assert rows.whole("frame", 1).tolist() == [1, 2]
    with pytest.raises(
        FormatError, match=r"line 1, field 'identity': expected a whole number, found 2\.5"
    ):
        rows.whole("identity", 0)
    with pytest.raises(
        FormatError, match="line 2, field 'x': expected a whole number of 0 or more"
    ):
        rows.whole("x", 0)


def test_duplicates_are_refused_at_their_second_line(tmp_path: Path) -> None:
    rows = read(tmp_path, "2,7,0\n1,7,0\n1,8,0\n2,7,5\n1,-1,0\n1,-1,0\n")
    frame, identity = (rows.column(n).astype(np.int64) for n in ("frame", "identity"))
    with pytest.raises(
        FormatError, match="line 4, field 'identity': expected every identity once at frame 2"
    ):
        rows.refuse_duplicates(frame, identity)
    rows.refuse_duplicates(frame[:3], identity[:3])

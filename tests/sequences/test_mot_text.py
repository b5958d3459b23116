from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid_mot.sequences import FormatError, Tracks
from reid_mot.sequences.mot_text import (
    read_mot_detections,
    read_mot_tracks,
    sizes_of,
    write_mot_detections,
    write_mot_tracks,
    write_mot_truth,
)
from reid_mot.sequences.recording import DetectionTable

GOOD = "1,4,10,20,30,40,0.5,-1,-1,-1"


def file(tmp_path: Path, *lines: str, end: str = "\n") -> Path:
    path = tmp_path / "gt.txt"
    path.write_bytes((end.join(lines) + end).encode())
    return path


@pytest.mark.parametrize("columns", range(6, 11))
def test_trailing_columns_may_be_missing(tmp_path: Path, columns: int) -> None:
    path = file(tmp_path, ",".join(GOOD.split(",")[:columns]))
    table = read_mot_detections(path)
    assert table.boxes.tolist() == [[10, 20, 40, 60]]
    assert table.scores.tolist() == [0.5 if columns > 6 else 1.0]


def test_confidences_of_minus_one_throughout_are_none(tmp_path: Path) -> None:
    unused = GOOD.replace("0.5", "-1")
    assert read_mot_detections(file(tmp_path, unused, "2" + unused[1:])).scores.tolist() == [1, 1]
    # One that is given makes -1 a score like any other.
    assert read_mot_detections(file(tmp_path, unused, GOOD)).scores.tolist() == [-1, 0.5]


@pytest.mark.parametrize(
    "lines",
    [
        (GOOD, "2.0,4,1,2,3,4,1,-1,-1,-1"),
        ("\ufeff" + GOOD + ",", "2,4,1,2,3,4,1,-1,-1,-1,"),
        (GOOD.replace(",", ";"), "2;4;1;2;3;4;1;-1;-1;-1"),
        (GOOD.replace(",", "\t"), "", "2 4 1 2 3 4 1 -1 -1 -1"),
        (GOOD[:-8] + "nan,nan,nan", "2,4,1,2,3,4,1,-1,-1,-1"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_untidy_files_read_the_same(tmp_path: Path, lines: tuple[str, ...], end: str) -> None:
    tracks = read_mot_tracks(file(tmp_path, *lines, end=end), "a")
    assert tracks.frame.tolist() == [1, 2]
    assert tracks.identity.tolist() == [4, 4]
    assert tracks.box.tolist() == [[10, 20, 40, 60], [1, 2, 4, 6]]
    assert tracks.confidence.tolist() == [0.5, 1]
    assert not tracks.has_ground.any()


BROKEN = [
    ("1,5,10,20,30", "line 2, field 'height': expected 10 columns"),
    ("1,5,10,20,30,40,1,-1", "line 2, field 'y': expected 10 columns"),
    ("1,5,10,20,30,40,1,-1,-1,-1,9", "line 2: expected 10 columns"),
    ("1,5,nan,20,30,40,1,-1,-1,-1", "line 2, field 'left': expected a finite number, found nan"),
    ("1,5,10,x,30,40,1,-1,-1,-1", "line 2, field 'top': expected a number, found 'x'"),
    ("1,5,10,inf,30,40,1,-1,-1,-1", "line 2, field 'top'"),
    ("1,5,10,20,-30,40,1,-1,-1,-1", "line 2, field 'width': expected a size above 0, found -30.0"),
    ("1,5,10,20,30,0,1,-1,-1,-1", "line 2, field 'height': expected a size above 0, found 0.0"),
    ("1,5,1e30,20,30,5,1,-1,-1,-1", "line 2, field 'width': expected a size that counts"),
    ("1,5,10,20,30,40,nan,-1,-1,-1", "line 2, field 'confidence'"),
    ("0,5,10,20,30,40,1,-1,-1,-1", "line 2, field 'frame': expected a whole number of 1 or more"),
    ("1.5,5,10,20,30,40,1,-1,-1,-1", "line 2, field 'frame': expected a whole number, found 1.5"),
    ("nan,5,10,20,30,40,1,-1,-1,-1", "line 2, field 'frame'"),
    ("9,5,10,20,30,40,1,-1,-1,-1", "line 2, field 'frame': expected a frame of 8 or earlier"),
]
BROKEN_TRACKS = [
    ("1,4,10,20,30,40,1,-1,-1,-1", "line 2, field 'identity': expected every identity once"),
    ("1,-1,10,20,30,40,1,-1,-1,-1", "line 2, field 'identity': expected a whole number of 0"),
    ("1,4.5,10,20,30,40,1,-1,-1,-1", "line 2, field 'identity': expected a whole number, found 4"),
    ("1,5,10,20,30,40,1,inf,2,0", "line 2, field 'x': expected a finite number"),
]


@pytest.mark.parametrize(("line", "message"), BROKEN)
def test_broken_detections_are_named(tmp_path: Path, line: str, message: str) -> None:
    path = file(tmp_path, GOOD, line, GOOD)
    with pytest.raises(FormatError, match=r"gt\.txt, " + message):
        read_mot_detections(path, last_frame=8)


@pytest.mark.parametrize(("line", "message"), BROKEN + BROKEN_TRACKS)
def test_broken_tracks_are_named(tmp_path: Path, line: str, message: str) -> None:
    path = file(tmp_path, GOOD, line, GOOD.replace("1,4", "2,4", 1))
    with pytest.raises(FormatError, match=r"gt\.txt, " + message):
        read_mot_tracks(path, "a", last_frame=8)


def test_unknown_column_counts_are_refused(tmp_path: Path) -> None:
    for columns in (5, 11):
        path = file(tmp_path, ",".join(["1"] * columns))
        with pytest.raises(
            FormatError, match=f"line 1: expected a line of 6, .* '{columns} columns'"
        ):
            read_mot_tracks(path, "a")


def test_mot16_truth_leaves_out_other_classes_and_rows_not_considered(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        "1,1,0,0,5,5,1,1,0.8",
        "1,2,0,0,5,5,0,1,1",
        "1,3,0,0,5,5,1,7,1",
        "1,2,0,0,5,5,1,1,1",
    )
    assert read_mot_tracks(path, "a", truth=True).identity.tolist() == [1, 2]


def test_mot15_truth_leaves_out_confidence_zero_but_results_keep_it(tmp_path: Path) -> None:
    path = file(tmp_path, "1,1,0,0,5,5,0,-1,-1,-1", "1,2,0,0,5,5,1,-1,-1,-1")
    assert read_mot_tracks(path, "a", truth=True).identity.tolist() == [2]
    assert read_mot_tracks(path, "a").identity.tolist() == [1, 2]


def test_world_position_is_read_unless_all_three_are_minus_one(tmp_path: Path) -> None:
    path = file(
        tmp_path, "1,1,0,0,5,5,1,2.5,3,0", "1,2,0,0,5,5,1,-1,-1,0", "1,3,0,0,5,5,1,-1,-1,-1"
    )
    tracks = read_mot_tracks(path, "a")
    np.testing.assert_array_equal(tracks.ground, [[2.5, 3], [-1, -1], [np.nan, np.nan]])


def test_first_frame_is_declared(tmp_path: Path) -> None:
    path = file(tmp_path, GOOD.replace("1,4", "0,4", 1))
    assert read_mot_tracks(path, "a", first_frame=0).frame.tolist() == [0]
    with pytest.raises(FormatError, match="line 1, field 'frame'"):
        read_mot_tracks(path, "a")


def test_empty_file_is_no_rows(tmp_path: Path) -> None:
    path = file(tmp_path, "")
    assert len(read_mot_tracks(path, "a")) == 0
    assert len(read_mot_detections(path)) == 0


def test_embeddings_belong_to_the_rows_of_the_text(tmp_path: Path) -> None:
    path = file(tmp_path, "2,-1,0,0,5,5,1", "1,-1,0,0,6,6,1", "2,-1,0,0,7,7,1")
    np.save(tmp_path / "emb.npy", np.array([[2, 0], [1, 0], [2, 1]], dtype=np.float32))
    table = read_mot_detections(path, embeddings=tmp_path / "emb.npy")
    assert table.embeddings is not None
    assert table.frame.tolist() == [1, 2, 2]
    assert table.boxes[:, 2].tolist() == [6, 5, 7]
    assert table.embeddings.tolist() == [[1, 0], [2, 0], [2, 1]]
    assert table.at(2).embeddings.tolist() == [[2, 0], [2, 1]]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.ones((2, 4)), r"emb\.npy: expected embeddings of shape \(1, d\)"),
        (np.ones(1), "shape"),
        (np.ones((1, 0)), "shape"),
        (np.array([[1, np.nan, 3]]), r"line 1, field 'embedding\[1\]': expected a finite number"),
        (np.array([[1, 2, np.inf]]), r"field 'embedding\[2\]'"),
        (np.array([[1, 2]]), "floating point"),
    ],
)
def test_embeddings_that_do_not_fit_are_refused(
    tmp_path: Path, values: np.ndarray, message: str
) -> None:
    path = file(tmp_path, GOOD)
    np.save(tmp_path / "emb.npy", values)
    with pytest.raises(FormatError, match=message):
        read_mot_detections(path, embeddings=tmp_path / "emb.npy")


def test_detections_round_trip(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    low = rng.uniform(0, 500, (50, 2))
    table = DetectionTable(
        rng.integers(1, 9, 50),
        np.hstack([low, low + rng.uniform(1, 300, (50, 2))]),
        rng.normal(size=50),
    )
    write_mot_detections(tmp_path / "det.txt", table)
    again = read_mot_detections(tmp_path / "det.txt")
    assert again.frame.tolist() == table.frame.tolist()
    assert again.scores.tolist() == table.scores.tolist()
    np.testing.assert_allclose(again.boxes, table.boxes, rtol=1e-15)


@pytest.mark.parametrize("write", [write_mot_tracks, write_mot_truth])
def test_tracks_round_trip(tmp_path: Path, write: object) -> None:
    boxes = np.array([[0.1, 0.2, 10.7, 20.9], [5, 5, 9, 9], [1, 1, 3, 3]])
    place = np.array([[1 / 3, -1.0], [np.nan, np.nan], [-1, -1]])
    tracks = Tracks([2, 1, 2], "a", [3, 3, 1], boxes, place, [1.0, 1, 1])
    write(tmp_path / "a.txt", tracks)  # type: ignore[operator]
    again = read_mot_tracks(tmp_path / "a.txt", "a")
    expected = tracks.sorted()
    np.testing.assert_array_equal(again.box, expected.box)
    assert again.identity.tolist() == expected.identity.tolist()
    if write is write_mot_tracks:
        np.testing.assert_array_equal(again.ground, expected.ground)


def test_one_text_holds_one_camera(tmp_path: Path) -> None:
    tracks = Tracks([1, 1], ["a", "b"], [1, 1], [[0, 0, 1, 1]] * 2)
    with pytest.raises(ValueError, match="a, b"):
        write_mot_tracks(tmp_path / "a.txt", tracks)
    assert not (tmp_path / "a.txt").exists()


@given(st.floats(0, 4000), st.floats(0.5, 3000))
def test_left_plus_width_is_right_to_the_last_bit_but_one(left: float, width: float) -> None:
    right = left + width
    box = sizes_of(np.array([[left, 0.0, right, 1.0]]))
    assert abs(box[0, 0] + box[0, 2] - right) <= np.spacing(right)


@pytest.mark.data
def test_pets_truth_against_an_independent_count() -> None:
    path = Path(__file__).resolve().parents[2].parent / "shared/data/pets09-s2l1/gt/gt.txt"
    if not path.is_file():
        pytest.skip(f"no development data: {path} is absent")
    words = [line.split(",") for line in path.read_text().split()]
    tracks = read_mot_tracks(path, "a", truth=True, last_frame=795)
    assert len(tracks) == len(words) == 4650
    assert len(np.unique(tracks.identity)) == len({w[1] for w in words}) == 19
    assert tracks.box[:, 0].tolist() == [float(w[2]) for w in words]

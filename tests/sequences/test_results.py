from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from reid_mot.sequences import GROUND, FormatError, Tracks, Wildtrack, read_tracks, write_tracks


def some_tracks() -> Tracks:
    nan = np.nan
    box = np.array([[0, 1, 5, 6], [1, 2, 3, 4.5], [nan] * 4, [1, 1, 2, 2]])
    place = np.array([[0.5, 1 / 3], [0.5, 1 / 3], [2, 2], [nan, nan]])
    return Tracks([1, 1, 1, 2], ["a", "b", GROUND, "a"], [1, 1, 2, 1], box, place)


def same(a: Tracks, b: Tracks) -> None:
    for column in ("frame", "camera", "identity", "box", "ground", "confidence"):
        np.testing.assert_array_equal(getattr(a, column), getattr(b, column))


def test_what_is_written_reads_the_same(tmp_path: Path) -> None:
    files = write_tracks(tmp_path / "out", some_tracks(), ["a", "b", "c"])
    assert {f.name for f in files} == {p.name for p in (tmp_path / "out").iterdir()}
    assert {"a.txt", "b.txt", "c.txt", "tracks.csv"} <= {f.name for f in files}
    same(read_tracks(tmp_path / "out"), some_tracks())
    for file in files:
        if file.name.startswith("tracks"):
            same(read_tracks(file), some_tracks())
    same(read_tracks(tmp_path / "out" / "a.txt"), some_tracks().in_boxes("a"))
    assert len(read_tracks(tmp_path / "out" / "c.txt")) == 0


def test_without_pyarrow_there_is_no_parquet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reid_mot.sequences import results

    write_tracks(tmp_path, some_tracks())
    monkeypatch.setattr(results, "find_spec", lambda name: None)
    files = write_tracks(tmp_path, some_tracks(), overwrite=True)
    assert "tracks.parquet" not in {f.name for f in files}
    assert not (tmp_path / "tracks.parquet").exists()


def test_an_existing_result_is_kept_unless_told(tmp_path: Path) -> None:
    write_tracks(tmp_path, some_tracks())
    with pytest.raises(FileExistsError, match=r"has a\.txt, tracks\.csv.* already"):
        write_tracks(tmp_path, some_tracks()[:1])
    same(read_tracks(tmp_path), some_tracks())
    write_tracks(tmp_path, some_tracks()[:1], overwrite=True)
    same(read_tracks(tmp_path), some_tracks()[:1])


@pytest.mark.parametrize("name", ["a/b", "..", "a\\b", "."])
def test_camera_names_that_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a file name"):
        write_tracks(tmp_path / "out", Tracks.empty(), [name])
    assert not (tmp_path / "out").exists()


def test_folder_of_texts(tmp_path: Path) -> None:
    (tmp_path / "c1.txt").write_text("1,4,0,0,5,5,1,-1,-1,-1\n")
    (tmp_path / "c2.txt").write_text("1,4,0,0,6,6\n")
    (tmp_path / "world.txt").write_text("1,4,2.5,3.5\n")
    tracks = read_tracks(tmp_path)
    assert tracks.camera.tolist() == ["c1", "c2", GROUND]
    assert tracks.ground[2].tolist() == [2.5, 3.5]


@pytest.mark.parametrize("line", ["1,4,2.5,3.5", "1,4,2.5,3.5,1", "1,4,-1,-1,-1,-1,1,2.5,3.5,0"])
def test_single_world_file_is_told_by_its_columns(tmp_path: Path, line: str) -> None:
    (tmp_path / "any.txt").write_text(line + "\n")
    tracks = read_tracks(tmp_path / "any.txt")
    assert tracks.camera.tolist() == [GROUND]
    assert tracks.ground.tolist() == [[2.5, 3.5]]


def test_camera_of_a_single_text_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "gt.txt").write_text("0,4,0,0,5,5,1,1,1\n")
    tracks = read_tracks(tmp_path / "gt.txt", camera="north", first_frame=0)
    assert tracks.camera.tolist() == ["north"]
    with pytest.raises(FormatError, match=r"gt\.txt, line 1, field 'frame'"):
        read_tracks(tmp_path / "gt.txt")


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"tracks\.csv, tracks\.parquet or texts"):
        read_tracks(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_tracks(tmp_path / "lost.csv")


@pytest.mark.data
def test_wildtracks_truth_round_trips(data: Callable[[str], Path], tmp_path: Path) -> None:
    truth = Wildtrack(data("wildtrack")).truth
    assert truth is not None
    write_tracks(tmp_path, truth)
    same(read_tracks(tmp_path / "tracks.csv"), truth)
    (tmp_path / "tracks.csv").unlink()
    (tmp_path / "tracks.parquet").unlink(missing_ok=True)
    same(read_tracks(tmp_path, first_frame=0).sorted(), truth.sorted())

"""A result's folder is complete or not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reid_mot.run_folder import check_free, result_folder, write_settings


def _write(folder: Path, text: str, overwrite: bool = False) -> None:
    with result_folder(folder, overwrite) as draft:
        (draft / "tracks.csv").write_text(text, encoding="utf-8")
        write_settings(draft, {"version": "1"})


def test_it_appears_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "result"
    with result_folder(target) as draft:
        (draft / "a").write_text("1", encoding="utf-8")

        assert not target.exists()

    assert (target / "a").read_text(encoding="utf-8") == "1"
    assert [path.name for path in target.parent.iterdir()] == ["result"]


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    def write_half() -> None:
        with result_folder(tmp_path / "result") as draft:
            (draft / "a").write_text("1", encoding="utf-8")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()

    assert list(tmp_path.iterdir()) == []


def test_an_earlier_result_is_kept_unless_told(tmp_path: Path) -> None:
    _write(tmp_path / "result", "old")

    with pytest.raises(FileExistsError, match="--overwrite"):
        _write(tmp_path / "result", "new")

    assert (tmp_path / "result" / "tracks.csv").read_text(encoding="utf-8") == "old"


def test_an_earlier_result_is_replaced_as_a_whole(tmp_path: Path) -> None:
    with result_folder(tmp_path / "result") as draft:
        (draft / "poster.jpg").write_bytes(b"old")
        write_settings(draft, {})

    _write(tmp_path / "result", "new", overwrite=True)

    names = {path.name for path in (tmp_path / "result").iterdir()}
    assert names == {"tracks.csv", "settings.json"}


def test_an_error_leaves_the_earlier_result(tmp_path: Path) -> None:
    _write(tmp_path / "result", "old")

    with pytest.raises(RuntimeError), result_folder(tmp_path / "result", overwrite=True):
        raise RuntimeError

    assert (tmp_path / "result" / "tracks.csv").read_text(encoding="utf-8") == "old"


def test_files_of_others_are_never_replaced(tmp_path: Path) -> None:
    _write(tmp_path / "result", "old")
    (tmp_path / "result" / "notes.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(FileExistsError, match=r"notes\.txt"):
        check_free(tmp_path / "result", overwrite=True)


def test_a_folder_that_is_no_result_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine", encoding="utf-8")

    with pytest.raises(FileExistsError, match="left alone"):
        check_free(tmp_path, overwrite=True)


def test_an_empty_folder_is_free(tmp_path: Path) -> None:
    (tmp_path / "result").mkdir()

    _write(tmp_path / "result", "new")

    assert (tmp_path / "result" / "tracks.csv").exists()


def test_a_file_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "result").write_text("", encoding="utf-8")

    with pytest.raises(FileExistsError, match="is a file"):
        check_free(tmp_path / "result", overwrite=True)


def test_settings_name_all_files(tmp_path: Path) -> None:
    _write(tmp_path / "result", "x")

    content = json.loads((tmp_path / "result" / "settings.json").read_text(encoding="utf-8"))
    assert content == {"version": "1", "files": ["settings.json", "tracks.csv"]}

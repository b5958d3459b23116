from pathlib import Path

import pytest

from reid_mot.sequences.errors import FormatError
from reid_mot.sequences.files import read_json, read_text, replacing, write_text


@pytest.mark.parametrize(
    "raw",
    [b"a\nb\n", b"a\r\nb\r\n", b"a\rb\r", b"\xef\xbb\xbfa\nb\n"],
    ids=["lf", "crlf", "cr", "bom"],
)
def test_text_is_the_same_whoever_wrote_it(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(raw)
    assert read_text(tmp_path / "a.txt") == "a\nb\n"


def test_bytes_that_are_no_text_are_refused_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a\nb\xff\n")
    with pytest.raises(FormatError, match=r"a\.txt, line 2: expected text in UTF-8"):
        read_text(tmp_path / "a.txt")


def test_json_syntax_error_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{\n "a": 1,\n}')
    with pytest.raises(FormatError, match=r"a\.json, line [23]: expected JSON"):
        read_json(tmp_path / "a.json")


def test_json_key_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": {"cam1": 1, "cam1": 2}}')
    with pytest.raises(FormatError, match="field 'cam1': expected every key once"):
        read_json(tmp_path / "a.json")


def test_failed_writing_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    write_text(target, "old")

    def fail_half_way() -> None:
        with replacing(target) as draft:
            draft.write_text("half")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail_half_way()
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_writing_creates_folders_and_replaces(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "a.txt"
    write_text(target, "one\n")
    write_text(target, "two\n")
    assert target.read_bytes() == b"two\n"
    assert [p.name for p in target.parent.iterdir()] == ["a.txt"]

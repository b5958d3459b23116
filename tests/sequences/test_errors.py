from pathlib import Path

from reid_mot.sequences import FormatError


def test_message_names_file_line_field_and_what_was_found() -> None:
    error = FormatError("a/gt.txt", "a number", line=7, field="width", found="x")
    assert str(error) == "a/gt.txt, line 7, field 'width': expected a number, found 'x'"


def test_message_leaves_out_what_is_not_known() -> None:
    assert str(FormatError("a", "JSON")) == "a: expected JSON"


def test_place_can_be_read_by_programs() -> None:
    error = FormatError("a/gt.txt", "a number", line=7, field="width")
    assert (error.path, error.line, error.field) == (Path("a/gt.txt"), 7, "width")
    assert isinstance(error, ValueError)


def test_a_found_zero_is_shown() -> None:
    assert str(FormatError("a", "a size", found=0)) == "a: expected a size, found 0"

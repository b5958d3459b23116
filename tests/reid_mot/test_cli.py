"""What can be typed, and what is said to mistakes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from reid_mot import __version__, cli


def test_every_command_has_help_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for command in cli.COMMANDS:
        with pytest.raises(SystemExit) as left:
            cli.main([command.NAME, "--help"])
        said = capsys.readouterr().out

        assert left.value.code == 0
        assert said.count(f"  reid-mot {command.NAME}") >= 3
        assert "in:" in said
        assert "out:" in said


def test_examples_in_the_help_can_be_parsed() -> None:
    parser = cli.build_parser()
    for command in cli.COMMANDS:
        lines = [line for line in command.EXAMPLES.splitlines() if line.startswith("  reid-mot")]
        for line in lines:
            options = parser.parse_args(line.split()[1:])

            assert options.command == command.NAME


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--version"])

    assert capsys.readouterr().out == f"reid-mot {__version__}\n"


def test_without_a_command_it_helps(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    assert "begin here" in capsys.readouterr().out


def test_an_error_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    status = cli.main(["track", "/no/such/place", "--out", "/tmp/never-written"])

    assert status == 2
    assert capsys.readouterr().err == (
        "reid-mot track: error: no such file or folder: /no/such/place\n"
    )


def test_debug_shows_where_an_error_came_from(capsys: pytest.CaptureFixture[str]) -> None:
    status = cli.main(["track", "/no/such/place", "--out", "/tmp/never-written", "--debug"])

    said = capsys.readouterr().err
    assert status == 2
    assert "Traceback" in said
    assert "open_sequence" in said


def test_a_file_that_cannot_be_read_is_named(
    tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    status = cli.main(["score", f"{tmp_path}/a.csv", f"{tmp_path}/b.csv"])

    assert status == 2
    assert f"{tmp_path}/a.csv: No such file" in capsys.readouterr().err


def test_an_unknown_option_is_status_2() -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["demo", "--colour", "red"])

    assert left.value.code == 2


def test_a_region_may_begin_with_a_minus() -> None:
    joined = cli._with_joined_values(["score", "a", "b", "--region", "-3,-9,9,27", "--json"])

    options = cli.build_parser().parse_args(joined)
    assert options.region == "-3,-9,9,27"
    assert options.json


def test_it_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reid_mot.cli", "--version"], capture_output=True, text=True
    )

    assert (done.returncode, done.stdout) == (0, f"reid-mot {__version__}\n")

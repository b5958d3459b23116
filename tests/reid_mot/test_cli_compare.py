"""`reid-mot compare` from beginning to end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reid_mot import cli, tracking
from reid_mot.commands import compare as command
from reid_mot.models.shipped import DEFAULT
from reid_mot.tracking import Run

ROOM = "room:1,seconds=4,rate=5,people=5"


def compare(*arguments: object) -> int:
    return cli.main(["compare", *map(str, arguments)])


def test_rows_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, kept = tmp_path / "out", tmp_path / "kept"

    assert compare(ROOM, "--out", out, "--vectors", kept) == 0

    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said] == ["embedder", "none", "histogram", DEFAULT]
    content = json.loads((out / "compare.json").read_text(encoding="utf-8"))
    none, histogram, network = content["rows"]
    assert none["crops"] == 0
    assert histogram["crops"] > 10
    assert network["crops"] > 10
    assert none["mota"][0] > 0.8
    assert {path.name for path in out.iterdir()} == {"compare.json", "compare.md", "settings.json"}
    assert len(list(kept.iterdir())) == 2


def test_what_is_done_is_not_done_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    assert compare(ROOM, "--embedder", "none", "--out", out, "--quiet") == 0
    runs: list[Run] = []
    original = tracking.run

    def counted(*arguments: object, **more: object) -> Run:
        runs.append(original(*arguments, **more))  # type: ignore[arg-type]
        return runs[-1]

    monkeypatch.setattr(command, "run_tracker", counted)
    names = ["--embedder", "none", "--embedder", "histogram"]

    assert compare(ROOM, *names, "--out", out, "--quiet", "--json") == 0

    assert len(runs) == 1
    assert len(json.loads(capsys.readouterr().out.split("\n", 2)[2])["rows"]) == 2
    assert compare(ROOM, "--seed", 5, "--out", out) == 2
    assert "a comparison with another seed: --overwrite" in capsys.readouterr().err
    assert compare(ROOM, "--seed", 5, "--embedder", "none", "--out", out, "--overwrite") == 0
    assert len(runs) == 2


def test_after_an_interruption_the_same_command_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    rooms = [ROOM, ROOM.replace("room:1", "room:2")]
    original = command._result

    def stopped(*arguments: object) -> object:
        return None if arguments[2] == "histogram" else original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(command, "_result", stopped)
    assert compare(*rooms, "--out", out, "--quiet") == 130
    assert "the same command goes on from there" in capsys.readouterr().err
    monkeypatch.undo()

    assert compare(*rooms, "--out", out, "--quiet") == 0

    content = json.loads((out / "compare.json").read_text(encoding="utf-8"))
    assert sorted((r["embedder"], r["sequence"]) for r in content["results"]) == [
        (name, room) for name in ("histogram", DEFAULT, "none") for room in rooms
    ]
    assert "(" in capsys.readouterr().out  # how far the two rooms lie apart


def test_mistakes_of_typing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    for arguments, said in (
        (["room:x"], "expected room:SEED"),
        (["room:1,colour=red"], "NAME=VALUE with one of seconds, rate"),
        ([ROOM, "--rate", "5"], "brings its own calibration and rate"),
        ([ROOM, "--embedder", "none", "none"], "named twice"),
        ([ROOM, "--embedder", "nobody"], "nobody"),
    ):
        assert compare(*arguments, "--out", out, "--quiet", "--overwrite") == 2
        assert said in capsys.readouterr().err

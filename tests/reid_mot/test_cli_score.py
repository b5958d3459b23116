"""`reid-mot score` on sequences and files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reid_mot import cli
from reid_mot.scores import score
from reid_mot.sequences import MotChallenge, Tracks, write_tracks
from reid_mot.sequences.mot_text import write_mot_tracks


@pytest.fixture(scope="module")
def predicted(sequence: MotChallenge) -> Tracks:
    """The truth, with one person who changes his number in the middle."""
    truth = sequence.truth
    assert truth is not None
    first = int(truth.identity[0])
    identity = truth.identity.copy()
    identity[(identity == first) & (truth.frame > 15)] = 99
    return Tracks(truth.frame, truth.camera, identity, truth.box, truth.ground)


@pytest.fixture(scope="module")
def result(predicted: Tracks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prediction as a folder."""
    folder = tmp_path_factory.mktemp("scored") / "result"
    write_tracks(folder, predicted)
    return folder


def scored(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, object]:
    """What `reid-mot score --json` prints."""
    assert cli.main(["score", *map(str, arguments), "--json"]) == 0
    printed: dict[str, object] = json.loads(capsys.readouterr().out)
    return printed


def test_a_sequence_and_a_result(
    room: Path,
    sequence: MotChallenge,
    result: Path,
    predicted: Tracks,
    capsys: pytest.CaptureFixture[str],
) -> None:
    printed = scored(capsys, room, result)

    assert sequence.truth is not None
    assert printed == json.loads(score(sequence.truth, predicted).to_json())


def test_a_table_is_printed(room: Path, result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["score", str(room), str(result)])

    said = capsys.readouterr().out
    assert said.startswith("MOTA ")
    assert "all cameras as one" in said


def test_world_positions_at_gates_of_ones_own(
    room: Path, result: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = scored(capsys, room / "gt/world.txt", result / "tracks.csv", "--gate", 0.3)

    rows = printed["rows"]
    assert isinstance(rows, list)
    assert [row["label"] for row in rows] == ["ground, 0.3 m"]
    assert rows[0]["switches"] == 1


def test_the_truth_of_one_camera(
    room: Path, result: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = scored(capsys, room / "c01/gt/gt.txt", result / "c01.txt")

    rows = printed["rows"]
    assert isinstance(rows, list)
    assert [row["label"] for row in rows] == ["camera c01"]


def test_a_file_of_another_name_is_the_same_camera(
    room: Path, predicted: Tracks, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_mot_tracks(tmp_path / "mine.txt", predicted.in_boxes("c01"))

    assert cli.main(["score", str(room / "c01/gt/gt.txt"), str(tmp_path / "mine.txt")]) == 0

    said = capsys.readouterr()
    assert "comparing camera 'mine' with camera 'c01'" in said.err
    assert "camera c01" in said.out


def test_both_engines_agree(room: Path, result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs = (
        scored(capsys, room, result, "--engine", engine) for engine in ("vectorised", "motmetrics")
    )

    assert theirs.pop("engine") == "motmetrics"
    assert ours.pop("engine") == "vectorised"
    assert ours == theirs


def test_a_region_cuts_both(room: Path, result: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole, part = (scored(capsys, room, result, *extra) for extra in ((), ("--region", "1,1,4,5")))

    assert isinstance(whole["rows"], list)
    assert isinstance(part["rows"], list)
    assert 0 < part["rows"][0]["truth"] < whole["rows"][0]["truth"]


def test_what_is_neither_is_explained(
    room: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["score", str(room), str(tmp_path)]) == 2

    said = capsys.readouterr().err
    assert "a result (tracks.csv), or a sequence" in said
    assert said.count("\n") == 1

"""`reid-mot reproduce` from end to end."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reid_mot import cli
from reid_mot.commands.reproduce import parse_rows

pytestmark = pytest.mark.usefixtures("little")


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes `little.py` importable by its name."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


def typed(table: str, out: Path, *more: str, data: str = "one=little:data") -> int:
    """The exit status of a reproduction on the CPU."""
    return cli.main(
        ["reproduce", table, "--data", data, "--out", str(out), "--device", "cpu", "--quiet", *more]
    )


def cells(text: str) -> dict[str, list[str]]:
    """Cells of the rows of a Markdown table, by the first."""
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {row[0]: row[1:] for row in rows}


def test_a_table_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("little:TABLE", tmp_path) == 0

    text = capsys.readouterr().out
    assert (tmp_path / "little.md").read_text() == text
    content = json.loads((tmp_path / "little.json").read_text())
    assert len(content["trainings"]) == 3
    found = cells(text)
    assert found["base"][:4] == ["one", "one", "f_i euclidean", "90.0 / 80.0"]
    assert all(re.fullmatch(r"\d+\.\d / \d+\.\d", found[row][4]) for row in ("base", "SWAG"))
    assert found["crossed"][4] == "not run: no data two"
    assert "one=little:data" in text  # stands in for the published data


def test_it_is_done_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("little:TABLE", tmp_path, "--rows", "2,4", "--json") == 0
    first = capsys.readouterr().out
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/embedder.safetensors")}

    assert typed("little:TABLE", tmp_path, "--rows", "2,4", "--json") == 0

    assert capsys.readouterr().out == first
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(before) == 2


def test_a_published_table_reduced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sets = ["--set", "epochs=1", "--set", "network=little:Flat", "--set", "batch.identities=4"]
    sets += ["--set", "averaging.schedule.cycles=2", "--set", "averaging.schedule.length=1"]

    assert (
        typed("lawen_table4", tmp_path, *sets, "--rows", "1-3", data="market1501=little:data") == 0
    )

    text = capsys.readouterr().out
    assert "**Not as published** but reduced: market1501=little:data, epochs=1" in text
    content = json.loads((tmp_path / "lawen_table4.json").read_text())
    rows = content["rows"]
    assert [row["published"]["mAP"] for row in rows[:3]] == [83.6, 84.8, 85.3]
    assert [row["recipe"]["averaging"] is None for row in rows[:3]] == [True, False, False]
    assert [row["of"] for row in content["trainings"]] == [1, 3, 3]
    assert all(row["found"] for row in rows[:3])


def test_rows_that_were_run_before_stay_in_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("little:TABLE", tmp_path, "--rows", "1") == 0
    first = capsys.readouterr().out

    assert typed("little:TABLE", tmp_path, "--rows", "4") == 0

    second = capsys.readouterr().out
    assert cells(first)["scheme"][4] == "not run: not asked for"
    assert cells(first)["base, re-ranked"][4] == "not run: not asked for"  # of the same training
    assert cells(second)["base"] == cells(first)["base"]
    assert re.fullmatch(r"\d+\.\d / \d+\.\d", cells(second)["scheme"][4])
    assert second.count(" epochs, seed 0") == 2


def test_rows_that_cannot_have_a_setting_are_left_out_unless_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ["--set", "network.stem=8"]
    assert typed("little:MIXED", tmp_path, "--rows", "2", *more) == 0
    assert list(cells(capsys.readouterr().out)) == ["row", "compact"]

    assert typed("little:MIXED", tmp_path, *more) == 2
    assert "stem" in capsys.readouterr().err


def test_a_shortened_table_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("little:TABLE", tmp_path, "--rows", "1", "--shorten", "3") == 0
    assert "**Not as published** but reduced: one=little:data, shorten=3" in capsys.readouterr().out


def test_a_table_with_smaller_pictures_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sets = ["--set", "network=little:small", "--set", "epochs=1", "--set", "batch.identities=4"]
    more = ["--rows", "1", "--scale", "0.5", *sets, "--json"]

    assert typed("luo_table1", tmp_path, *more, data="market1501=little:data") == 0

    content = json.loads(capsys.readouterr().out)
    assert content["reduced"]["scale"] == "0.5"
    recipe = content["rows"][0]["recipe"]
    assert recipe["network"]["arguments"]["input_size"] == [16, 16]  # of 32 x 16
    assert recipe["augmentation"]["pad"] == 5  # of 10


def test_rows_with_equal_recipes_are_one_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sets = ["--set", "epochs=1", "--set", "network=little:Flat", "--set", "batch.identities=4"]

    assert typed("luo_table2", tmp_path, *sets, data="market1501=little:data") == 0

    text = capsys.readouterr().out
    assert len(list(tmp_path.glob("market1501-*"))) == 1
    assert "| f_t, Euclidean | market1501 | market1501 | f_t euclidean | 94.2 / 85.5 | " in text
    assert (
        "| f_t, Euclidean | dukemtmc | dukemtmc | f_t euclidean | 85.7 / 74.4 |"
        " not run: no data dukemtmc |" in text
    )


def test_rows_of_one_training_are_all_measured_when_its_network_is_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("little:TABLE", tmp_path, "--rows", "1-3", "--set", "network.signals=0") == 0

    found = cells(capsys.readouterr().out)
    assert len(list(tmp_path.glob("one-*"))) == 1
    for row in ("base", "base, f_t", "base, re-ranked"):
        assert re.fullmatch(r"\d+\.\d / \d+\.\d", found[row][4]), row


def test_settings_of_swag_are_for_its_rows_whichever_are_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ["--rows", "1", "--set", "averaging.schedule.cycles=1"]

    assert typed("little:TABLE", tmp_path, *more, "--json") == 0

    content = json.loads(capsys.readouterr().out)
    assert content["rows"][0]["recipe"]["averaging"] is None


def test_one_direction_of_a_crossed_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ["--rows", "6", "--data", "two=little:data", "--learned-from", "two"]

    assert typed("little:TABLE", tmp_path, *more) == 0

    assert [path.name[:4] for path in tmp_path.glob("*-*")] == ["two-"]
    assert cells(capsys.readouterr().out)["crossed"][:2] == ["two", "one"]


def test_it_stops_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("little:TABLE", tmp_path, "--minutes", "1e-6") == 130
    told = capsys.readouterr()
    assert "the same command goes on" in told.err
    assert cells(told.out)["base"][4] == "not run: stopped before"

    assert typed("little:TABLE", tmp_path) == 0
    assert cells(capsys.readouterr().out)["base"][4] != "not run: stopped before"


def test_a_failed_training_shows_in_the_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("little:BROKEN", tmp_path) == 1

    found = cells(capsys.readouterr().out)
    assert found["a"][4].startswith("failed: epoch 1, batch 0")
    assert re.fullmatch(r"\d+\.\d / \d+\.\d", found["base"][4])


def test_all_tables_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["reproduce", "--list"]) == 0

    text = capsys.readouterr().out
    assert len(re.findall(r"^\w+_table\d: ", text, re.MULTILINE)) == 9
    assert re.search(r"7  \+center loss +market1501 94\.5 / 85\.9  dukemtmc 86\.4 / 76\.4", text)
    assert "market1501 to dukemtmc 41.4 / 25.7" in text


def test_one_table_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["reproduce", "little:TABLE", "--list"]) == 0
    assert capsys.readouterr().out.startswith("little: A table of six rows (Nobody, table 1)\n   1")


@pytest.mark.parametrize(
    ("table", "arguments", "message"),
    [
        ("luo_table9", [], "no table is called 'luo_table9'. Names: lawen_table2, "),
        ("little:TABLE", ["--rows", "7"], "has no row 7: expected 1 to 6"),
        ("little:TABLE", ["--rows", "a"], "expected numbers and ranges such as 1,3-5"),
        ("little:TABLE", ["--learned-from", "three"], "learns nothing from three: expected one or"),
        ("little:TABLE", ["--data", "two"], "expected NAME=PATH"),
        ("little:TABLE", ["--data", "one=little:few"], "one is given twice"),
        ("little:TABLE", ["--set", "epoch=1"], "Recipe has no field 'epoch'"),
        ("luo_table1", [], "--data has nothing that luo_table1 needs: dukemtmc, market1501"),
        ("little:TABLE", ["--set", "network=little:Unsaved"], "Unsaved has no arguments"),
        ("little:TABLE", ["--data", "two=little:SIZE"], "expected an object with train"),
    ],
)
def test_what_is_wrong_is_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    table: str,
    arguments: list[str],
    message: str,
) -> None:
    assert typed(table, tmp_path / "out", *arguments) == 2

    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_without_data_there_is_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["reproduce", "luo_table1"]) == 2
    assert "expected TABLE, --data NAME=PATH and --out FOLDER, or --list" in capsys.readouterr().err


def test_several_processes_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")

    assert typed("little:TABLE", tmp_path) == 2
    assert "train its rows one by one" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "1,", "3-", "x", "1.5"])
def test_wrong_rows_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="--rows"):
        parse_rows(text)

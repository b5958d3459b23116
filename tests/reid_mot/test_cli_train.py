"""`reid-mot train` from end to end."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from safetensors.torch import load_file

from reid_mot import cli
from reid_mot.commands.trainings import downloads_explained, stopping
from reid_mot.interruption import Interruption
from reid_mot.models import load_embedder, read_card
from reid_mot.training.logs import read_log

pytestmark = pytest.mark.usefixtures("little")


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes `little.py` importable by its name."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


def typed(recipe: str, out: Path, *more: str, data: str = "little:data") -> int:
    """The exit status of a training on the CPU."""
    return cli.main(
        ["train", recipe, "--data", data, "--out", str(out), "--device", "cpu", "--quiet", *more]
    )


def test_a_recipe_of_ones_own_on_data_of_ones_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("little:RECIPE", tmp_path / "out") == 0

    out = capsys.readouterr()
    card = read_card(tmp_path / "out" / "embedder.json")
    assert f"little rank-1 {card.scores['little rank-1']:6.2f}%" in out.out
    assert f"--embedder {tmp_path / 'out' / 'embedder.safetensors'}" in out.out
    assert out.err == ""
    assert load_embedder(tmp_path / "out" / "embedder.safetensors").dim == 8


def test_progress_and_the_data_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", "little:RECIPE", "--data", "little:data", "--out", str(tmp_path / "out")]

    assert cli.main([*arguments, "--device", "cpu"]) == 0

    told = capsys.readouterr().err
    assert "epoch 2/2" in told
    assert "train" in told
    assert "pictures  people" in told


def test_a_published_recipe_with_a_small_network(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = ["network=little:small", "network.vectors=(4, 4)", "batch.identities=4", "epochs=1"]
    changes += ["averaging.schedule.cycles=1", "averaging.schedule.length=1", "averaging.samples=1"]
    sets = [word for change in changes for word in ("--set", change)]

    assert typed("compact_reid", tmp_path / "out", *sets, "--json") == 0

    told = json.loads(capsys.readouterr().out)
    written = json.loads((tmp_path / "out" / "recipe.json").read_text())["recipe"]
    assert told["epochs"] == 2
    assert told["dim"] == 8
    names = {"little rank-1", "little mAP", "little mINP"}
    assert set(told["scores"]) == names | {
        name.replace("little", "little, 1 samples,") for name in names
    }
    assert written["network"]["class"] == "reid_mot.models.compact:CompactReID"
    assert written["network"]["arguments"]["vectors"] == [4, 4]
    assert written["batch"] == {"identities": 4, "images": 4}
    assert written["averaging"]["samples"] == 1
    assert (tmp_path / "out" / "samples" / "00.safetensors").is_file()


def test_ctrl_c_saves_and_the_same_command_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signalling = ("--set", "network.signals=6")
    assert typed("little:RECIPE", tmp_path / "on", *signalling) == 130
    told = capsys.readouterr().err
    assert "--resume goes on from there" in told
    assert not (tmp_path / "on" / "embedder.safetensors").exists()

    # The network's count of calls begins anew, so that the second part gets no signal.
    assert typed("little:RECIPE", tmp_path / "on", *signalling, "--resume") == 0
    assert typed("little:RECIPE", tmp_path / "whole") == 0

    found, expected = (
        load_file(tmp_path / name / "embedder.safetensors") for name in ("on", "whole")
    )
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_time_that_is_up_stops_it_too(tmp_path: Path) -> None:
    assert typed("little:RECIPE", tmp_path / "out", "--minutes", "1e-6") == 130
    assert (tmp_path / "out" / "checkpoint.pt").is_file()


def test_it_measures_in_between(tmp_path: Path) -> None:
    assert typed("little:RECIPE", tmp_path / "out", "--validate", "1") == 0

    rows = read_log(tmp_path / "out" / "log.jsonl")
    assert [row["epoch"] for row in rows if "mAP" in row] == [1, 2]


def test_people_held_out_are_measured_on(tmp_path: Path) -> None:
    assert typed("little:RECIPE", tmp_path / "out", "--hold-out", "3") == 0

    about = json.loads((tmp_path / "out" / "recipe.json").read_text())["pictures"]
    assert about["people"] == 5
    assert "little, 3 held out rank-1" in read_card(tmp_path / "out" / "embedder.json").scores


def test_data_without_queries_are_not_measured_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = ("--set", "batch.identities=3")

    assert typed("little:RECIPE", tmp_path / "out", *few, data="little:few") == 0

    assert read_card(tmp_path / "out" / "embedder.json").scores == {}
    assert capsys.readouterr().out.startswith("the embedder is ")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "learning_rate=3",
            "no field 'learning_rate'. Fields: network=Flat, network.identities=0",
        ),
        ("batch.identity=3", "BatchSize has no field 'identity'. Fields: identities=4, images=2"),
        ("batch.identities=1", "expected 2 identities or more"),
        ("epochs=1.5", "Recipe.epochs: expected int (such as 2), found 1.5"),
        ("network.last_stride=2", "Flat takes no 'last_stride'. It takes: identities=0, signals=0"),
        ("network=hacn", "no network is called 'hacn'. Names: compact-reid, "),
        ("network=builtins:print", "the network cannot be made"),
        ("network=little:Unsaved", "Unsaved has no arguments"),
        ("precision=fp8", "fp8"),
        ("epochs", "--set epochs: expected name=value"),
    ],
)
def test_a_wrong_change_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str, message: str
) -> None:
    assert typed("little:RECIPE", tmp_path / "out", "--set", change) == 2

    told = capsys.readouterr().err
    assert message in told
    assert told.startswith("reid-mot train: error: ")
    assert told.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "no/such/folder"], "no folder no/such/folder"),
        (["--data", "little:SIZE"], "expected an object with train"),
        (["--data", "little:few"], "4 different"),
        (["--hold-out", "8"], "cannot be held out"),
        (["--validate", "-1"], "--validate -1"),
        (["--minutes", "0"], "--minutes 0: expected more than 0"),
        (["--memory", "-1"], "--memory -1: expected more than 0"),
        (["--device", "cuda:77"], "cuda:77"),
    ],
)
def test_wrong_data_and_options_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert typed("little:RECIPE", tmp_path / "out", *arguments) == 2

    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert not (tmp_path / "out" / "checkpoint.pt").exists()


def test_validation_needs_somebody_to_ask_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("little:RECIPE", tmp_path / "o", "--validate", "1", data="little:few") == 2
    assert "--hold-out keeps some of the people for it" in capsys.readouterr().err


def test_a_training_is_not_begun_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("little:RECIPE", tmp_path / "out") == 0
    assert typed("little:RECIPE", tmp_path / "out") == 2
    assert "is there already" in capsys.readouterr().err
    assert typed("little:RECIPE", tmp_path / "out", "--resume", "--set", "seed=3") == 2
    assert "recipe.seed was 0 there, now it is 3" in capsys.readouterr().err


def test_a_training_that_diverges_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed("little:POISONED", tmp_path / "out") == 2

    told = capsys.readouterr().err
    assert "epoch 1, batch 0: a loss or the gradient is not finite" in told
    assert str(tmp_path / "out" / "diverged.pt") in told


def test_a_download_that_fails_says_what_to_do() -> None:
    with (
        pytest.raises(OSError, match=r"cannot be downloaded \(no network\): .*weights=FILE") as at,
        downloads_explained(),
    ):
        raise URLError("no network")

    assert "--set network.weights=None" in str(at.value)


def test_somebody_who_asks_stops_it_at_any_time() -> None:
    asked = Interruption()
    stop = stopping(asked, None)

    assert not stop()
    asked.signal = 2
    assert stop()


def test_the_time_is_up_only_then() -> None:
    assert not stopping(Interruption(), 60)()
    assert stopping(Interruption(), -1)()

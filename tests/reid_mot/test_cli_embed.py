"""`reid-mot embed`."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from reid_mot import cli
from reid_mot.models import CallableEmbedder, HistogramEmbedder
from reid_mot.models.embedder import Image
from reid_mot.sequences import open_sequence
from reid_mot.sequences.images import read_image, write_image
from reid_mot.sequences.simulated import SimulatedRoom, write_simulated

COLOURS = "reid_mot.models:HistogramEmbedder"


def left_half(image: Image) -> tuple[list[list[float]], list[float]]:
    """A detector that sees somebody in the left half of everything."""
    height, width = image.shape[:2]
    return [[0.0, 0.0, width / 2, height]], [0.75]


def ctrl_c() -> CallableEmbedder:
    """An embedder during whose first batch somebody presses Ctrl-C."""

    def interrupted(crops: list[Image]) -> list[tuple[float, float]]:
        signal.raise_signal(signal.SIGINT)
        return [(1.0, 0.0)] * len(crops)

    return CallableEmbedder(interrupted, 2)


@pytest.fixture
def interrupting(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of `ctrl_c` for --embedder."""
    monkeypatch.setitem(sys.modules, "impatient", sys.modules[__name__])
    return "impatient:ctrl_c"


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seconds of a small room with pictures."""
    folder = tmp_path_factory.mktemp("sequences") / "filmed"
    write_simulated(SimulatedRoom(duration=5, rate=5, people=8), folder, video=False)
    return folder


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A hundred pictures in two folders, and a file of another kind."""
    rng = np.random.default_rng(0)
    for number in range(100):
        place = tmp_path / "people" / ("a" if number % 2 else "b")
        place.mkdir(parents=True, exist_ok=True)
        height, width = rng.integers(4, 20, 2)
        image = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
        write_image(place / f"{number:03}.png", image)
    (tmp_path / "people" / "notes.txt").write_text("not a picture", encoding="utf-8")
    return tmp_path / "people"


def embed(*arguments: object) -> int:
    """The status of `reid-mot embed`."""
    return cli.main(["embed", *map(str, arguments)])


def test_pictures_become_rows_in_the_order_of_their_names(people: Path, tmp_path: Path) -> None:
    out, alone = tmp_path / "made" / "people.npy", people / "b" / "098.png"

    assert embed(people, alone, "--embedder", COLOURS, "--out", out, "--quiet") == 0

    names = out.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    vectors = np.load(out)
    expected = HistogramEmbedder()([read_image(name) for name in names])
    assert names == [str(path) for path in [*sorted(people.rglob("*.png")), alone]]
    assert (vectors.dtype, vectors.shape) == (np.float32, (101, 448))
    np.testing.assert_array_equal(vectors, expected)
    assert sorted(path.name for path in out.parent.iterdir()) == ["people.npy", "people.txt"]


def test_a_sequence_is_tracked_without_an_embedder_afterwards(filmed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    assert embed(filmed, "--embedder", COLOURS, "--out", out, "--quiet") == 0
    assert cli.main(["track", str(out), "--out", str(tmp_path / "t"), "--quiet"]) == 0

    embedder = HistogramEmbedder()
    found = {(v.camera.name, v.frame): v for views in open_sequence(out) for v in views}
    seen = [view for views in open_sequence(filmed) for view in views if len(view.detections)]
    assert len(seen) > 20
    for old in seen:
        new = found[old.camera.name, old.frame]
        np.testing.assert_array_equal(new.camera.projection, old.camera.projection)
        np.testing.assert_allclose(new.detections.boxes, old.detections.boxes, atol=1e-3)
        np.testing.assert_array_equal(new.detections.embeddings, embedder(old.crops()))
    table = json.loads((tmp_path / "t" / "scores.json").read_text(encoding="utf-8"))
    assert table["rows"][0]["mota"] > 0.5


def test_the_settings_say_what_made_it(filmed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    embed(filmed, "--frames", "2:4", "--embedder", COLOURS, "--out", out, "--quiet")

    made = json.loads((out / "settings.json").read_text(encoding="utf-8"))
    assert (made["embedder"], made["dim"], made["sequence"]["frames"]) == (COLOURS, 448, "2:4")
    assert made["written"]["instants"] == 3
    assert set(made["files"]) == {path.name for path in out.iterdir()}


def test_a_detector_makes_a_sequence_of_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "finds", sys.modules[__name__])
    (tmp_path / "door").mkdir()
    for frame in (1, 2, 3):
        image = np.full((40, 30, 3), 80 * frame, np.uint8)
        write_image(tmp_path / "door" / f"{frame:03}.png", image)
    finding = ("--detector", "finds:left_half", "--rate", 5)

    assert embed(tmp_path / "door", *finding, "--embedder", COLOURS, "--out", tmp_path / "o") == 0

    rows = np.load(tmp_path / "o" / "detections" / "door.npy")
    expected = [[frame, -1, 0, 0, 15, 40, 0.75, -1, -1, -1] for frame in (1, 2, 3)]
    assert rows[:, :10].tolist() == expected
    made = json.loads((tmp_path / "o" / "settings.json").read_text(encoding="utf-8"))
    assert made["detector"]["name"] == "finds:left_half"


def test_a_result_is_replaced_on_demand_only(
    people: Path, filmed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for what, name in ((people, "p.npy"), (filmed, "s")):
        arguments = (what, "--embedder", COLOURS, "--out", tmp_path / name, "--quiet")

        assert [embed(*arguments), embed(*arguments)] == [0, 2]
        assert "--overwrite replaces" in capsys.readouterr().err
        assert embed(*arguments, "--overwrite") == 0


def test_interrupted_nothing_is_left(
    people: Path,
    filmed: Path,
    interrupting: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "made"
    out.mkdir()
    for what, name in ((people, "p.npy"), (filmed, "s")):
        status = embed(what, "--embedder", interrupting, "--out", out / name, "--quiet")

        assert status == 130
        assert capsys.readouterr().err == "reid-mot embed: interrupted, nothing was written\n"
    assert list(out.iterdir()) == []


def test_a_broken_picture_is_named_and_nothing_is_left(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (people / "b" / "050.png").write_bytes(b"nonsense")

    assert embed(people, "--embedder", COLOURS, "--out", tmp_path / "p.npy", "--quiet") == 2
    assert str(people / "b" / "050.png") in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["people"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("people/a", "--rate", "5", "--out", "s"), "there are no detections"),
        (("people", "--out", "vectors"), "go into a file NAME.npy"),
        (("room", "--out", "s.npy"), "go into a folder"),
        (("missing", "--out", "s"), "no such file or folder: missing"),
        (("people", "--embedder", "math:pi", "--out", "p.npy"), "expected an embedder"),
        (("people", "--embedder", "nobody", "--out", "p.npy"), "no embedder is called 'nobody'"),
        (("room", "--out", "s"), "there is no image to crop"),
    ],
)
def test_mistakes_are_one_line(
    arguments: tuple[str, ...],
    message: str,
    people: Path,
    room: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(people.parent)
    typed = [str(room) if text == "room" else text for text in arguments]

    assert embed("--embedder", COLOURS, *typed, "--quiet") == 2

    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert [path.name for path in people.parent.iterdir()] == ["people"]


def test_it_says_what_it_did(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    embed(people, "--embedder", COLOURS, "--out", tmp_path / "p.npy")

    said = capsys.readouterr().err
    assert "embedding: 100/100 images in" in said
    assert f"100 vectors of 448 are in {tmp_path / 'p.npy'}, file names in" in said

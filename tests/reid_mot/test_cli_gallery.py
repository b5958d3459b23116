"""`reid-mot gallery`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from reid_mot import cli
from reid_mot.commands.gallery import embedder_name
from reid_mot.models import load_embedder
from reid_mot.sequences.images import read_image
from reid_mot.trackers.gallery_store import GalleryStore

COLOURS = {"red": (200, 30, 30), "green": (30, 180, 40), "blue": (20, 40, 190)}


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """Two of each of three people, named by their colour."""
    rng = np.random.default_rng(0)
    for name, colour in COLOURS.items():
        for k in range(2):
            image = np.full((64, 32, 3), colour[::-1]) + rng.normal(0, 12, (64, 32, 3))
            cv2.imwrite(str(tmp_path / f"{name}{k}.png"), np.clip(image, 0, 255))
    return tmp_path


@pytest.fixture
def people(photographs: Path) -> Path:
    """Red is Ann, green is Bob."""
    path = photographs / "people.sqlite"
    for name, colour in (("Ann", "red"), ("Bob", "green")):
        photograph = str(photographs / f"{colour}0.png")
        assert run(path, "enrol", name, photograph, "--embedder", "histogram", "--quiet") == 0
    return path


def run(path: Path, *arguments: str) -> int:
    return cli.main(["gallery", str(path), *arguments])


def known(path: Path) -> dict[int, tuple[str, int]]:
    """Name and number of images by identity."""
    with GalleryStore(path, create=False) as store:
        return {one.identity: (one.name, one.images) for one in store.people}


def test_people_are_enrolled_from_photographs_and_found(
    people: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with GalleryStore(people) as store:
        assert (store.file.embedder, store.file.dim) == ("histogram", 448)
        expected = load_embedder("histogram")([read_image(people.parent / "red0.png")])
        assert np.array_equal(store.file.looks(1).vectors, expected)
    photograph = str(people.parent / "green1.png")
    assert run(people, "find", photograph, "--embedder", "histogram", "--json") == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found] == ["Bob", "Ann"]
    assert found[0]["distance"] < found[1]["distance"]
    assert run(people, "find", photograph, "--embedder", "histogram") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["number", "distance", "name"]
    assert lines[1].split()[::2] == ["2", "Bob"]


def test_people_and_their_images_are_listed(
    people: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(people, "list") == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said[:3]] == ["number", "1", "2"]
    assert said[2].endswith("  Bob")
    assert said[-1] == "2 people; vectors of histogram, 448"
    run(people, "list", "--json")
    content = json.loads(capsys.readouterr().out)
    assert content["people"][0]["name"] == "Ann"
    run(people, "list", "Ann")
    assert capsys.readouterr().out.splitlines()[1].split()[:3] == ["1", "1.00", "inf"]
    run(people, "list", "2", "--json")
    assert json.loads(capsys.readouterr().out)[0]["image"] == 2


def test_a_day_in_the_life_of_a_gallery(people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = [str(people.parent / f"{name}.png") for name in ("blue0", "red1")]
    run(people, "enrol", "Ann", *more, "--embedder", "histogram")
    assert known(people) == {1: ("Ann", 3), 2: ("Bob", 1)}
    run(people, "split", "Ann")
    assert known(people) == {1: ("Ann", 2), 2: ("Bob", 1), 3: ("", 1)}
    run(people, "undo")
    run(people, "split", "1", "--images", "3")
    run(people, "name", "4", "Cleo")
    assert known(people) == {1: ("Ann", 2), 2: ("Bob", 1), 4: ("Cleo", 1)}
    run(people, "name", "Cleo")
    run(people, "merge", "Bob", "4")
    assert known(people) == {1: ("Ann", 2), 2: ("Bob", 2)}
    run(people, "snapshot", str(people.parent / "copy.sqlite"))
    run(people, "delete", "Ann", "2")
    assert known(people) == {}
    assert len(known(people.parent / "copy.sqlite")) == 2
    run(people, "undo")
    run(people, "list")
    assert capsys.readouterr().out.splitlines() == [
        "Ann is number 1, with 3 images",
        "1 images of 1 are 3's from now on",
        "undone: split 1",
        "1 images of 1 are 4's from now on",
        "4 is Cleo",
        "4 has no name",
        "4 is 2 from now on",
        f"{people.parent / 'copy.sqlite'} is a copy of {people}",
        "deleted for good: 1, 2",
        "there is nothing to undo",
        "nobody is known",
    ]


def test_old_people_expire(people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with GalleryStore(people, clock=lambda: 0.0) as store:
        number = store.number()
        store.add(number, store.file.looks(1).vectors)
    run(people, "expire", "30")
    assert capsys.readouterr().out == f"deleted for good: {number}\n"
    assert list(known(people)) == [1, 2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "Zoe"], "nobody is called, or has the number, 'Zoe'"),
        (["merge", "Ann", "Bob"], "1 is 'Ann' and 2 is 'Bob': unname one"),
        (["split", "Ann"], "1 image cannot be two people's"),
        (["split", "Ann", "--images", "x"], "expected numbers as in 3,4,9"),
        (["name", "Ann", "12"], "'12' is no name"),
        (["expire", "-1"], "expected 0 or more"),
        (["enrol", "Ann", "none.png", "--embedder", "histogram"], "no such file or folder"),
        (["enrol", "Ann", "{photo}", "--embedder", "math:pi"], "expected an embedder"),
        (["enrol", "Ann", "{photo}", "--embedder", "narrow:Little"], "expected vectors of the"),
        (["snapshot", "{photo}"], "exists already"),
        (["snapshot", "{file}", "--overwrite"], "is the gallery itself"),
    ],
)
def test_mistakes_are_one_line(
    people: Path,
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (people.parent / "narrow.py").write_text(
        "from reid_mot.models import CallableEmbedder\n"
        "Little = CallableEmbedder(lambda crops: [[1.0, 0.0]] * len(crops), dim=2)\n"
    )
    monkeypatch.syspath_prepend(str(people.parent))
    photo = str(people.parent / "red0.png")
    filled = [one.format(photo=photo, file=people) for one in arguments]
    before = known(people)
    assert run(people, *filled) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert known(people) == before


def test_only_enrol_makes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "none.sqlite", "list") == 2
    assert "there is no gallery at" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SystemExit):
        cli.main(["gallery", "people.sqlite"])


def test_weights_are_known_by_content_not_by_place(tmp_path: Path) -> None:
    names = []
    for folder, content in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "net.onnx").write_bytes(content)
        names.append(embedder_name(str(tmp_path / folder / "net.onnx")))
    assert names[0] == names[1] != names[2]
    assert names[0].startswith("net ")

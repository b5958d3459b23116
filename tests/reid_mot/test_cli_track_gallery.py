"""`reid-mot track --gallery`: people known by name, from photographs to the result."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_mot import cli
from reid_mot.sequences import MotChallenge, Tracks, read_tracks, write_simulated
from reid_mot.sequences.simulated import SimulatedRoom
from reid_mot.trackers.gallery_store import GalleryStore

HISTOGRAM = "reid_mot.models:HistogramEmbedder"
FOUND = ("--embedder", HISTOGRAM, "--threshold", "0.45", "--quiet")


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds of the simulated room, a video a camera."""
    folder = tmp_path_factory.mktemp("filmed")
    write_simulated(SimulatedRoom(seed=1, duration=8, rate=5, people=3), folder)
    return folder


@pytest.fixture(scope="module")
def truth(filmed: Path) -> Tracks:
    found = MotChallenge(filmed).truth
    assert found is not None
    return found


@pytest.fixture(scope="module")
def photographs(filmed: Path, truth: Tracks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six pictures of the person who is seen most, cut out of the films."""
    folder = tmp_path_factory.mktemp("photographs")
    boxes = truth.in_boxes()
    somebody = boxes[boxes.identity == longest(truth)]
    chosen = somebody[np.linspace(0, len(somebody) - 1, 6).round().astype(int)]
    views = {(v.camera.name, v.frame): v for instant in MotChallenge(filmed) for v in instant}
    for k in range(len(chosen)):
        image = views[str(chosen.camera[k]), int(chosen.frame[k])].image
        assert image is not None
        left, top, right, bottom = chosen.box[k].round().astype(int)
        cv2.imwrite(str(folder / f"{k}.png"), image[top:bottom, left:right, ::-1])
    return folder


def longest(truth: Tracks) -> int:
    """Who is seen most."""
    identities, counts = np.unique(truth.in_boxes().identity, return_counts=True)
    return int(identities[counts.argmax()])


def run(*arguments: object) -> int:
    return cli.main([*map(str, arguments)])


@pytest.fixture
def people(photographs: Path, tmp_path: Path) -> Path:
    """A gallery in which that person is called Ann."""
    path = tmp_path / "people.sqlite"
    with GalleryStore(path) as store:
        # Ann is not the first one ever known.
        store.number()
    assert run("gallery", path, "enrol", "Ann", photographs, "--embedder", HISTOGRAM) == 0
    return path


def test_an_enrolled_person_is_found_by_name(
    filmed: Path, truth: Tracks, people: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    assert run("track", filmed, "--gallery", people, *FOUND, "--out", out) == 0

    rows = read_tracks(out)
    last = truth.frame.max()
    (there,) = truth.on_ground()[
        (truth.on_ground().frame == last) & (truth.on_ground().identity == longest(truth))
    ].ground
    now = rows.on_ground()[rows.on_ground().frame == last]
    nearest = np.linalg.norm(now.ground - there, axis=1).argmin()
    assert now.identity[nearest] == 2
    with (out / "people.csv").open(encoding="utf-8") as file:
        (ann,) = csv.DictReader(file)
    assert (ann["identity"], ann["name"]) == ("2", "Ann")
    assert int(ann["last"]) == last
    events = [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]
    named = {(event["identity"], event["name"]) for event in events if event["name"]}
    assert named == {(2, "Ann")}
    assert "Ann" in (out / "index.html").read_text(encoding="utf-8")
    assert "people.csv" in json.loads((out / "settings.json").read_text())["files"]


def test_who_is_new_is_known_in_the_next_run(filmed: Path, people: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        command = ("track", filmed, "--gallery", people, *FOUND, "--out", tmp_path / name)
        assert run(*command) == 0

    late = [read_tracks(tmp_path / name) for name in ("first", "second")]
    first, second = (set(rows.identity[rows.frame == rows.frame.max()].tolist()) for rows in late)
    assert first == second
    with GalleryStore(people) as store:
        assert first <= set(store.identities)
        assert all(person.holder is None for person in store.people)


def test_mistakes_make_no_gallery(
    filmed: Path, people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new, out = tmp_path / "new.sqlite", ("--out", tmp_path / "out", "--quiet")
    camera = ("--tracker", "reid_mot.trackers:CameraTracker")

    assert run("track", filmed, "--gallery", new, *camera, *out) == 2
    assert "--tracker room or network" in capsys.readouterr().err
    assert not new.exists()
    assert run("track", filmed, "--gallery", people, "--embedder", "market-small", *out) == 2
    assert "vectors of the embedder in use, 'market-small" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()

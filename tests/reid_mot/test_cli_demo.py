"""`reid-mot demo`, and what it says."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest

from reid_mot import cli
from reid_mot.commands.demo import headline, meaning
from reid_mot.scores import ScoreTable, score
from reid_mot.sequences import Tracks, read_tracks


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result of two seconds."""
    out = tmp_path_factory.mktemp("demo") / "out"
    assert cli.main(["demo", "--seconds", "2", "--out", str(out), "--quiet"]) == 0
    return out


def test_it_leaves_something_to_look_at(demo: Path) -> None:
    names = {path.name for path in demo.iterdir()}

    assert names == {
        "index.html",
        "map.png",
        "mosaic.mp4",
        "motion-alone",
        "poster.jpg",
        "settings.json",
        "with-appearance",
    }
    film = cv2.VideoCapture(str(demo / "mosaic.mp4"))
    assert film.get(cv2.CAP_PROP_FRAME_COUNT) == 30


def test_both_ways_can_be_scored_again(demo: Path) -> None:
    for way in ("motion-alone", "with-appearance"):
        table = ScoreTable.from_json((demo / way / "scores.json").read_text(encoding="utf-8"))

        assert len(read_tracks(demo / way)) > 0
        assert table.primary.label == "ground, 1 m"


def test_it_can_be_repeated_only_when_told(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = json.loads((demo / "settings.json").read_text(encoding="utf-8"))

    assert cli.main(["demo", "--out", str(demo)]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert json.loads((demo / "settings.json").read_text(encoding="utf-8")) == before


def test_both_scores_stand_side_by_side() -> None:
    truth = Tracks([1, 2], "", [1, 1], None, [[0.0, 0.0], [1.0, 1.0]])
    split = Tracks([1, 2], "", [1, 2], None, truth.ground)
    tables = [score(truth, split), score(truth, truth)]

    rows = headline(tables)
    text = meaning(tables[0].primary, tables[1].primary)

    assert rows[1][1:3] == ["50.0%", "50.0%"]
    assert rows[2][1:3] == ["100.0%", "100.0%"]
    assert "IDF1 is 50.0%" in text
    assert text.endswith("it is 100.0%.")
    assert text.count(". ") == 1


def test_equal_scores_are_not_praised() -> None:
    truth = Tracks([1, 2], "", [1, 1], None, [[0.0, 0.0], [1.0, 1.0]])
    perfect = score(truth, truth).primary

    assert "both ways gave an IDF1 of 100.0%" in meaning(perfect, perfect)

"""A whole training: people and cameras never seen are told apart better than by colours.

The colour histogram is the floor that any trained network must leave behind.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reid_mot import cli
from reid_mot.models import HistogramEmbedder, load_embedder
from reid_mot.training import open_data
from reid_mot.training.finish import validation


@pytest.mark.slow
@pytest.mark.minutes
def test_a_short_training_beats_the_colours_of_clothes(tmp_path: Path) -> None:
    out = tmp_path / "drawn"
    status = cli.main(["train", "compact_reid:short", "--data", "room:1", "--out", str(out)])

    assert status == 0
    data = open_data("room:1")  # the recipe was chosen on room:0
    floor = validation(HistogramEmbedder(), data)
    found = validation(load_embedder(out / "embedder.safetensors"), data)
    assert found["rank-1"] > floor["rank-1"] + 5
    assert found["mAP"] > floor["mAP"] + 5
    card = json.loads((out / "embedder.json").read_text("utf-8"))
    assert card["scores"]["drawn-people-1 rank-1"] == found["rank-1"]

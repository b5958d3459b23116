"""Published weights score on Market-1501 what was measured of them by other means.

Run with REID_MOT_MARKET1501 set to the folder of Market-1501; it takes minutes a network.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from reid_mot import cli

WEIGHTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "weights"
PERCENT = 0.3
"""Decoding of JPEG and resizing differ a little between programs."""


@pytest.fixture
def market() -> str:
    folder = os.environ.get("REID_MOT_MARKET1501")
    if not folder:
        pytest.skip("REID_MOT_MARKET1501 does not name the folder of Market-1501")
    return f"market1501:{folder}"


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize(
    ("weights", "layout", "needs", "rank_1", "mean_average_precision"),
    [
        ("openvino/person-reidentification-retail-0287.xml", "NCHW", "openvino", 93.08, 76.61),
        ("openvino/person-reidentification-retail-0277.xml", "NCHW", "openvino", 96.26, 87.73),
        ("person-reidentification-retail-0287.onnx", "NHWC", "onnxruntime", 78.09, 47.69),
    ],
)
def test_scores_of_the_open_model_zoo(
    market: str,
    weights: str,
    layout: str,
    needs: str,
    rank_1: float,
    mean_average_precision: float,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip(needs)
    if not (WEIGHTS / weights).exists():
        pytest.skip(f"there is no {WEIGHTS / weights}")
    for path in (WEIGHTS / weights).parent.glob(f"{Path(weights).stem}.*"):
        (tmp_path / path.name).symlink_to(path)
    look: dict[str, Any] = {"size": [256, 128], "channels": "BGR", "layout": layout, "scale": 1}
    card = {"preprocessing": {**look, "mean": [0, 0, 0], "std": [1, 1, 1]}}
    embedder = tmp_path / Path(weights).name
    embedder.with_suffix(".json").write_text(json.dumps(card))

    arguments = ["--data", market, "--embedder", str(embedder), "--json", "--quiet"]
    assert cli.main(["evaluate", *arguments]) == 0

    row = json.loads(capsys.readouterr().out)["rows"][0]
    assert (row["queries"], row["unmatched"], row["gallery"]) == (3368, 0, 15_913)
    assert 100 * row["rank-1"] == pytest.approx(rank_1, abs=PERCENT)
    assert 100 * row["mAP"] == pytest.approx(mean_average_precision, abs=PERCENT)

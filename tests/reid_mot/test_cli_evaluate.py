"""`reid-mot evaluate` on drawn people and on small files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reid_mot import cli
from reid_mot.commands import vectors
from reid_mot.interruption import Interruption
from reid_mot.models import HistogramEmbedder, load_embedder
from reid_mot.sequences.images import read_image, write_image
from reid_mot.training.datasets import open_data
from reid_mot.training.relevance import Relevance
from reid_mot.training.reranking import k_reciprocal
from reid_mot.training.retrieval import evaluate_vectors

NETWORK = "small_network:make"


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Market-1501's layout: six people in plain colours, two cameras, a distractor and junk."""
    folder = tmp_path_factory.mktemp("data") / "Market"
    rng = np.random.default_rng(0)

    def add(part: str, name: str, colour: Any) -> None:
        image = np.clip(rng.normal(colour, 40, (64, 32, 3)), 0, 255).astype(np.uint8)
        (folder / part).mkdir(parents=True, exist_ok=True)
        write_image(folder / part / name, image)

    for identity in range(1, 7):
        colour = rng.integers(40, 220, 3)
        for camera in (1, 2):
            for number in range(2):
                name = f"{identity:04}_c{camera}s1_{number:06}_00.jpg"
                add("bounding_box_test", name, colour)
        add("query", f"{identity:04}_c1s1_000009_00.jpg", colour)
        add("bounding_box_train", f"{identity + 50:04}_c1s1_000009_00.jpg", colour)
    add("bounding_box_test", "0000_c1s1_000001_00.jpg", (90, 90, 90))
    add("bounding_box_test", "-1_c1s1_000001_00.jpg", (90, 90, 90))
    return folder


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A small network with random weights, as a user's own module."""
    text = (
        "import torch\n"
        "from reid_mot.models import StrongBaseline, TorchEmbedder\n"
        "def make(device=None):\n"
        "    torch.manual_seed(0)\n"
        "    network = StrongBaseline(backbone='resnet18', input_size=(32, 16))\n"
        "    return TorchEmbedder(network, device='cpu')\n"
    )
    (tmp_path / "small_network.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    return NETWORK


def evaluated(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    """What `reid-mot evaluate --json` prints."""
    capsys.readouterr()
    assert cli.main(["evaluate", *map(str, arguments), "--json", "--quiet"]) == 0
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


def failed(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The line with which `reid-mot evaluate` refuses."""
    capsys.readouterr()
    assert cli.main(["evaluate", *map(str, arguments), "--quiet"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err


def test_scores_are_those_of_the_parts(market: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = evaluated(
        capsys, "--data", f"market1501:{market}", "--embedder", "histogram", "--rerank"
    )

    data = open_data(f"market1501:{market}")
    gallery = data.gallery[data.gallery.identity >= 0]
    embedder = HistogramEmbedder()
    query_vectors, gallery_vectors = (
        embedder([part.image(row) for row in range(len(part))]) for part in (data.query, gallery)
    )
    relevance = Relevance.of(data.query, gallery)
    plain, reranked = printed["rows"]
    expected = evaluate_vectors(query_vectors, gallery_vectors, relevance)
    assert plain["mAP"] == pytest.approx(expected.mAP)
    assert plain["rank-1"] == expected.rank(1)
    assert plain["cmc"] == expected.cmc.tolist()
    assert (plain["queries"], plain["gallery"], printed["junk"]) == (6, 25, 1)
    assert plain["reranked"] is False
    assert reranked["reranked"] is True
    distances = k_reciprocal(query_vectors, gallery_vectors)
    assert np.isfinite(distances).all()
    assert reranked["mINP"] > 0


def test_a_table_and_a_folder(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "result"
    arguments = ["--data", str(market), "--embedder", "histogram", "--out", str(out)]

    assert cli.main(["evaluate", *arguments, "--ranked-list", "4", "--rerank"]) == 0

    said = capsys.readouterr()
    head, names, plain, reranked = said.out.splitlines()
    assert "6 queries, 25 gallery pictures (1 junk pictures left out)" in head
    assert names.split() == ["rank-1", "rank-5", "rank-10", "mAP", "mINP", "seconds"]
    assert plain.startswith("f_i cosine  ")
    assert reranked.startswith("f_i cosine, re-ranked ")
    assert "embedding: 31/31 pictures" in said.err
    assert sorted(path.name for path in out.iterdir()) == [
        "ranked_list.jpg",
        "scores.json",
        "settings.json",
    ]
    scores = json.loads((out / "scores.json").read_text())
    assert f"{100 * scores['rows'][0]['mAP']:.2f}" in plain
    settings = json.loads((out / "settings.json").read_text())
    assert settings["embedder"] == "histogram"
    picture = read_image(out / "ranked_list.jpg")
    assert picture.shape[1] > 1000


def test_nothing_is_replaced_unasked(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--data", market, "--embedder", "histogram", "--out", tmp_path / "result"]
    evaluated(capsys, *arguments)
    assert "--overwrite replaces a result" in failed(capsys, *arguments)
    evaluated(capsys, *arguments, "--overwrite")


def test_both_features_by_both_metrics(
    market: Path, network: str, capsys: pytest.CaptureFixture[str]
) -> None:
    both = ["--feature", "f_t", "f_i", "--metric", "euclidean", "cosine"]
    rows = evaluated(capsys, "--data", market, "--embedder", network, *both)["rows"]
    labels = [(row["feature"], row["metric"]) for row in rows]
    assert labels == [
        ("f_t", "euclidean"),
        ("f_t", "cosine"),
        ("f_i", "euclidean"),
        ("f_i", "cosine"),
    ]
    data = open_data(str(market))
    relevance = Relevance.of(data.query, data.gallery)
    embedder = load_embedder(network)
    query, gallery = (
        embedder([part.image(row) for row in range(len(part))])
        for part in (data.query, data.gallery)
    )
    assert rows[3]["mAP"] == pytest.approx(evaluate_vectors(query, gallery, relevance).mAP)


def test_features_that_there_are_not(market: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--data", market, "--embedder", "histogram", "--feature", "f_t"]
    assert "feature f_t: the embedder gives f_i alone" in failed(capsys, *arguments)


def test_flips_and_the_length_of_the_curve(
    market: Path, network: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--data", market, "--embedder", network, "--max-rank", 3]
    plain = evaluated(capsys, *arguments)
    flipped = evaluated(capsys, *arguments, "--flip")
    assert len(plain["rows"][0]["cmc"]) == 3
    assert (plain["flip"], flipped["flip"]) == (False, True)
    assert 0 < flipped["rows"][0]["mAP"] <= 1


def test_stopped_it_goes_on(
    market: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vectors, "BATCH", 10)
    kept = tmp_path / "kept.npz"
    arguments = ["--data", str(market), "--embedder", "histogram", "--embeddings", str(kept)]
    answers = iter([False, True])
    with monkeypatch.context() as patch:
        patch.setattr(Interruption, "__bool__", lambda _: next(answers, False))
        assert cli.main(["evaluate", *arguments, "--quiet"]) == 130
    said = capsys.readouterr().err
    assert said == f"stopped after 10 pictures, whose vectors are kept in {kept}\n"

    assert evaluated(capsys, *arguments)["rows"][0]["queries"] == 6
    with np.load(kept) as held:
        assert len(held["f_i"]) == 31


def test_stopped_without_a_file(
    market: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([True])
    monkeypatch.setattr(Interruption, "__bool__", lambda _: next(answers, False))
    arguments = ["--data", str(market), "--embedder", "histogram", "--quiet"]
    assert cli.main(["evaluate", *arguments]) == 130
    assert "interrupted, nothing was written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (["--ranked-list", "3"], "--ranked-list draws a picture into the folder --out"),
        (["--ranked-list", "-1"], "expected 0 or more"),
        (["--max-rank", "0"], "and 1 or more"),
        (["--embeddings", "kept.txt"], r"kept.txt: expected a file name that ends in .npz"),
        (["--device", "cuda"], "takes no device"),
    ],
)
def test_mistakes_are_explained(
    market: Path, extra: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in failed(capsys, "--data", market, "--embedder", "histogram", *extra)


def test_no_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = failed(capsys, "--data", tmp_path / "nothing", "--embedder", "histogram")
    assert "nothing" in said


def test_no_right_picture(market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All pictures of a person are by one camera."""
    for part in ("query", "bounding_box_test", "bounding_box_train"):
        (tmp_path / part).mkdir()
        for path in sorted((market / part).glob("*_c1*.jpg")):
            (tmp_path / part / path.name).symlink_to(path)
    said = failed(capsys, "--data", f"market1501:{tmp_path}", "--embedder", "histogram")
    assert "none of the 6 queries has a right picture in the gallery" in said

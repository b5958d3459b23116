"""An embedder measured in all ways at once."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from reid_mot.models import CallableEmbedder, HistogramEmbedder, Output, TorchEmbedder
from reid_mot.training.finish import validation
from reid_mot.training.measuring import measure, way
from reid_mot.training.pictures import JUNK, Pictures, ReidData
from reid_mot.training.reranking import k_reciprocal
from reid_mot.training.retrieval import evaluate

from .tiny import SIZE, data, pictures


class Two(nn.Module):
    """f_t is the mean colour, f_i a long vector that says little."""

    input_size = SIZE
    dim = 4

    def forward(self, images: Tensor) -> Output:
        """Vectors of any length."""
        colour = images.mean(dim=(2, 3))
        return Output(torch.cat([colour[:, :1], 7 + 0 * colour], dim=1), (colour,), ())


def under_lamps(found: Pictures, seed: int) -> Pictures:
    """The same pictures under light of random colours, so that people are mistaken."""
    lamps = np.random.default_rng(seed).uniform(0.4, 1, (len(found), 3))
    sources = [(found.image(k) * lamp).astype(np.uint8) for k, lamp in enumerate(lamps)]
    return Pictures(sources, found.identity, found.camera)


@pytest.fixture(scope="module")
def people() -> ReidData:
    """Twelve people, and junk in the gallery that looks like the first query."""
    query = under_lamps(pictures(range(9, 21), 1), 3)
    gallery = under_lamps(pictures(range(9, 21), 2, camera=1), 4)
    junk = Pictures(query.sources[:1], [JUNK], [1])
    return replace(data(), query=query, gallery=Pictures.concatenate([junk, gallery]))


def test_it_agrees_with_the_measurement_of_trainings(people: ReidData) -> None:
    embedder = TorchEmbedder(Two())

    assert measure(embedder, people)[way("f_i", "cosine")] == validation(embedder, people)


def test_features_and_distances_are_told_apart(people: ReidData) -> None:
    scores = measure(TorchEmbedder(Two()), people)

    assert list(scores) == ["f_i cosine", "f_i euclidean", "f_t cosine", "f_t euclidean"]
    assert scores["f_t euclidean"] != scores["f_i euclidean"]
    assert scores["f_t euclidean"] != scores["f_t cosine"]


def test_euclidean_distances_are_those_of_vectors_of_any_length(people: ReidData) -> None:
    embedder = TorchEmbedder(Two())
    colours = []
    for part in (people.query, people.gallery):
        images = [embedder.preprocessing([part.image(row)]) for row in range(len(part))]
        colours.append(np.concatenate(images).mean(axis=(2, 3)))
    distances = ((colours[0][:, None] - colours[1]) ** 2).sum(axis=2)
    columns = [column for p in (people.query, people.gallery) for column in (p.identity, p.camera)]

    expected = evaluate(distances, *columns)

    found = measure(embedder, people)["f_t euclidean"]
    assert found["mAP"] == pytest.approx(100 * expected.mAP, abs=0.006)
    assert found["rank-1"] == pytest.approx(100 * expected.rank(1), abs=0.006)


def test_re_ranking_leaves_junk_out(people: ReidData) -> None:
    embedder = HistogramEmbedder()
    found = measure(embedder, people, [("f_i", "cosine")])["f_i cosine re-ranked"]
    shown = people.gallery[people.gallery.identity != JUNK]
    query, gallery = (
        embedder([part.image(row) for row in range(len(part))]) for part in (people.query, shown)
    )
    columns = [column for part in (people.query, shown) for column in (part.identity, part.camera)]

    expected = evaluate(k_reciprocal(query, gallery), *columns)

    assert found["mAP"] == pytest.approx(100 * expected.mAP, abs=0.006)


def test_an_embedder_of_unit_vectors_has_one_feature(people: ReidData) -> None:
    scores = measure(
        CallableEmbedder(lambda crops: [c.mean(axis=(0, 1)) for c in crops], 3), people
    )

    assert set(scores) == {"f_i cosine", "f_i euclidean"}
    assert scores["f_i cosine"] == scores["f_i euclidean"]


def test_it_stops_when_told(people: ReidData) -> None:
    with pytest.raises(KeyboardInterrupt):
        measure(HistogramEmbedder(), people, stop=lambda: True)


def test_it_says_how_far_it_is(people: ReidData) -> None:
    log = io.StringIO()

    measure(HistogramEmbedder(), people, log=log)

    assert f"{len(people.query) + len(people.gallery) - 1} pictures" in log.getvalue()


def test_nobody_to_find_is_an_error(people: ReidData) -> None:
    strangers = replace(people, gallery=pictures(range(30, 32), 2, camera=1))

    with pytest.raises(ValueError, match="none of the 12 queries"):
        measure(HistogramEmbedder(), strangers)

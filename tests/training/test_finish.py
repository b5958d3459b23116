"""From a trained network to an embedder, and how well it finds people."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import torch

from reid_mot.models import CallableEmbedder
from reid_mot.training.finish import embedder_of, validation, vectors_of
from reid_mot.training.pictures import Pictures

from .tiny import PLAIN, RECIPE, data


def colours(crops: list[np.ndarray]) -> list[np.ndarray]:
    """Mean colours of the two halves of a person, less grey."""
    halves = [(c[: len(c) // 2], c[len(c) // 2 :]) for c in crops]
    return [np.concatenate([half.mean(axis=(0, 1)) - 128 for half in pair]) for pair in halves]


def test_the_embedder_leaves_the_classifiers_behind() -> None:
    network = RECIPE.build(8)
    embedder = embedder_of(network, RECIPE, torch.device("cpu"))

    assert not any("classifier" in name for name in embedder.network.state_dict())
    assert embedder.preprocessing.size == (32, 16)
    network.eval()
    crops = [data().query.image(row) for row in range(3)]
    inputs = torch.from_numpy(embedder.preprocessing(crops))
    expected = torch.nn.functional.normalize(network(inputs).embedding).detach().numpy()
    np.testing.assert_allclose(embedder(crops), expected, atol=1e-5)


def test_the_recipes_normalisation_is_the_embedders() -> None:
    grey = replace(PLAIN.augmentation, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
    recipe = replace(PLAIN, augmentation=grey)
    embedder = embedder_of(recipe.build(3), recipe, torch.device("cpu"))

    assert embedder.preprocessing.mean == (0.5, 0.5, 0.5)
    assert embedder.preprocessing.std == (0.25, 0.25, 0.25)


def test_people_of_different_colours_are_found() -> None:
    scores = validation(CallableEmbedder(colours, dim=6), data())

    assert scores == {"rank-1": 100.0, "mAP": 100.0, "mINP": 100.0}


def test_vectors_of_no_pictures_have_no_rows() -> None:
    embedder = CallableEmbedder(partial(colours), dim=6)

    assert vectors_of(embedder, Pictures.empty()).shape == (0, 6)

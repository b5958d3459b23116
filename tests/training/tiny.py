"""Networks and pictures that train in a second."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from reid_mot.models import CompactReID, Output
from reid_mot.training.augment import Augmentation
from reid_mot.training.objective import Objective
from reid_mot.training.pictures import Pictures, ReidData
from reid_mot.training.recipe import BatchSize, Optimiser, Recipe
from reid_mot.training.schedules import WarmupSteps

SIZE = (32, 16)


class Plain(nn.Module):
    """A network without batch normalisation, with one branch, and dropout if wanted."""

    input_size = SIZE

    def __init__(self, identities: int = 0, dropout: float = 0.0, poison: bool = False) -> None:
        super().__init__()
        self.arguments = {"identities": identities, "dropout": dropout, "poison": poison}
        self.dim = 16
        self.body = nn.Sequential(
            nn.AvgPool2d(8), nn.Flatten(), nn.Dropout(dropout), nn.Linear(24, 16), nn.Tanh()
        )
        self.classifier = nn.Linear(16, identities, bias=False) if identities else None
        self.poison, self.seen = poison, 0

    def forward(self, images: Tensor) -> Output:
        feature = self.body(images)
        if self.training and self.poison:
            self.seen += 1
            if self.seen == 3:
                feature = feature * torch.nan
        logits = () if self.classifier is None else (self.classifier(feature),)
        return Output(feature, (feature,), logits)


tiny_compact = partial(
    CompactReID,
    stem=8,
    widths=(16, 16, 16),
    repeats=(1, 1, 1),
    vectors=(8, 8),
    input_size=SIZE,
)

RECIPE = Recipe(
    network=tiny_compact,
    batch=BatchSize(identities=4, images=2),
    augmentation=Augmentation(pad=2),
    objective=Objective(smoothing=0.1, triplet="weighted", margin=None),
    optimiser=Optimiser("sgd", decay=5e-4),
    schedule=WarmupSteps(0.05, warmup=1, steps=(2,)),
    epochs=2,
)

PLAIN = replace(
    RECIPE,
    network=Plain,
    objective=Objective(triplet="hard", center=0.01),
    optimiser=Optimiser("adam"),
    schedule=WarmupSteps(3e-3, warmup=1, steps=()),
)


def pictures(identities: range, each: int, camera: int = 0, seed: int = 0) -> Pictures:
    """People of one colour each above another, with noise."""
    rng = np.random.default_rng(seed)
    sources, names = [], []
    for identity in identities:
        above, below = np.random.default_rng(identity).integers(40, 216, (2, 1, 1, 3))
        for _ in range(each):
            colours = np.concatenate([np.tile(above, (20, 16, 1)), np.tile(below, (20, 16, 1))])
            noise = rng.integers(-20, 21, colours.shape)
            sources.append((colours + noise).clip(0, 255).astype(np.uint8))
            names.append(identity)
    cameras = np.full(len(sources), camera)
    return Pictures(sources, names, cameras)


def data() -> ReidData:
    """Eight people to learn, six to be asked for by two cameras."""
    return ReidData(
        "tiny",
        pictures(range(1, 9), 4),
        pictures(range(9, 15), 2, camera=0, seed=1),
        pictures(range(9, 15), 2, camera=1, seed=2),
    )

"""People of two colours and networks that learn them in a second, for `--data little:data`.

Tests make this module importable by the name `little`.
"""

from __future__ import annotations

import signal
from dataclasses import replace
from functools import partial

import numpy as np
from torch import Tensor, nn

from reid_mot.models import CompactReID, Output
from reid_mot.training.augment import Augmentation
from reid_mot.training.objective import Objective
from reid_mot.training.pictures import Pictures, ReidData
from reid_mot.training.recipe import Averaging, BatchSize, Optimiser, Recipe
from reid_mot.training.recipes.table import Cell, Row, Table
from reid_mot.training.schedules import CyclicCosine, WarmupSteps

SIZE = (32, 16)


class Flat(nn.Module):
    """A network of one layer; where `signals` is not 0, its call of that number sends SIGINT."""

    input_size = SIZE

    def __init__(self, identities: int = 0, signals: int = 0, poison: bool = False) -> None:
        super().__init__()
        self.arguments = {"identities": identities, "signals": signals, "poison": poison}
        self.dim, self.signals, self.poison, self.calls = 8, signals, poison, 0
        self.body = nn.Sequential(nn.AvgPool2d(8), nn.Flatten(), nn.Linear(24, 8))
        self.neck = nn.BatchNorm1d(8)
        self.classifier = nn.Linear(8, identities, bias=False) if identities else None

    def forward(self, images: Tensor) -> Output:
        """As the strong baseline, but for the backbone."""
        f_t = self.body(images)
        if self.training:
            self.calls += 1
            if self.calls == self.signals:
                signal.raise_signal(signal.SIGINT)
            if self.poison:
                f_t = f_t * np.nan
        f_i = self.neck(f_t)
        logits = () if self.classifier is None else (self.classifier(f_i),)
        return Output(f_i, (f_t,), logits)


class Unsaved(nn.Module):
    """A network that does not say how to make it again."""

    input_size = SIZE

    def __init__(self, identities: int = 0) -> None:
        super().__init__()


small = partial(
    CompactReID,
    stem=8,
    widths=(16, 16, 16),
    repeats=(1, 1, 1),
    vectors=(8, 8),
    input_size=SIZE,
)
RECIPE = Recipe(
    network=Flat,
    batch=BatchSize(identities=4, images=2),
    augmentation=Augmentation(pad=2, erase=0),
    objective=Objective(smoothing=0.1),
    optimiser=Optimiser("sgd"),
    schedule=WarmupSteps(0.02, warmup=1, steps=(2,)),
    epochs=2,
)
SWAG = replace(RECIPE, averaging=Averaging(CyclicCosine(0.02, cycles=2, length=1)))
SCHEME = replace(SWAG, averaging=Averaging(CyclicCosine(0.02, cycles=2, length=1), collect=False))
POISONED = replace(RECIPE, network=partial(Flat, poison=True))


def pictures(identities: range, each: int, camera: int, seed: int) -> Pictures:
    """People of one colour each above another, with noise."""
    rng = np.random.default_rng(seed)
    sources, people = [], []
    for identity in identities:
        above, below = np.random.default_rng(identity).integers(40, 216, (2, 1, 1, 3))
        for _ in range(each):
            colours = np.concatenate([np.tile(above, (20, 16, 1)), np.tile(below, (20, 16, 1))])
            noise = rng.integers(-20, 21, colours.shape)
            sources.append((colours + noise).clip(0, 255).astype(np.uint8))
            people.append(identity)
    return Pictures(sources, people, np.full(len(sources), camera))


def data() -> ReidData:
    """Eight people to learn, six to be asked for by two cameras, among them somebody else."""
    train = [pictures(range(1, 9), 2, camera, seed=camera) for camera in (0, 1)]
    shown = pictures(range(9, 15), 2, camera=1, seed=2)
    other = pictures(range(15, 17), 2, camera=1, seed=3)
    strangers = Pictures(other.sources, [0, 0, -1, -1], other.camera)
    return ReidData(
        "little",
        Pictures.concatenate(train),
        pictures(range(9, 15), 2, camera=0, seed=4),
        Pictures.concatenate([shown, strangers]),
    )


def few() -> ReidData:
    """Three people to learn, and nobody to ask for."""
    train = pictures(range(1, 4), 2, camera=0, seed=0)
    return ReidData("few", train, Pictures.empty(), Pictures.empty())


def _cell(test: str = "one") -> tuple[Cell, ...]:
    return (Cell("one", test, 90.0, 80.0),)


TABLE = Table(
    "little",
    "A table of six rows",
    "Nobody, table 1",
    (
        Row("base", RECIPE, _cell(), metric="euclidean"),
        Row("base, f_t", RECIPE, _cell(), feature="f_t"),
        Row("base, re-ranked", RECIPE, _cell(), rerank=True),
        Row("scheme", SCHEME, _cell()),
        Row("SWAG", SWAG, _cell()),
        Row("crossed", RECIPE, (*_cell("two"), Cell("two", "one", 70.0, 60.0))),
    ),
    note="Made up.",
)
COMPACT = replace(RECIPE, network=small)
MIXED = Table("mixed", "Two", "Nobody", (TABLE.rows[0], Row("compact", COMPACT, _cell())))
BROKEN = Table("broken", "One row", "Nobody", (Row("a", POISONED, _cell()), TABLE.rows[0]))

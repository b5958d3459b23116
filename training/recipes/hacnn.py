"""HA-CNN as it was, and with some tricks: the first two columns of Lawen et al. 2019, table 3."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ...models import HACNN
from ..augment import Augmentation
from ..objective import Objective
from ..recipe import BatchSize, Optimiser, Recipe
from ..schedules import WarmupSteps

published = Recipe(
    network=HACNN,
    batch=BatchSize(identities=8, images=4),
    augmentation=Augmentation(flip=0.5, pad=10, erase=0),
    objective=Objective(smoothing=0, triplet=None),
    optimiser=Optimiser("sgd", momentum=0.9, decay=5e-4),
    schedule=WarmupSteps(0.03, warmup=0, steps=(150, 225)),
    epochs=350,
)
"""The original network and the cross entropy alone: rank-1 91.2, mAP 75.7 on Market-1501. The
learning rates are those of Lawen et al. without their rise; momentum and decay those with which
the network is commonly trained: neither paper gives all of it."""

tricks = replace(
    published,
    network=partial(HACNN, classifier_bias=False),
    augmentation=Augmentation(flip=0.5, pad=10, erase=0.5, erase_aspect=(0.3, 3.3)),
    objective=Objective(smoothing=0.1, triplet=None),
    schedule=WarmupSteps(0.03, warmup=10, steps=(150, 225)),
)
"""Column a: warmup, random erasing, label smoothing and no bias in the classifiers: 93.2 / 82.0."""

"""Compact-ReID, from scratch at 160 x 64: Lawen et al. 2019, sections 3 and 4.

Rank-1 and mAP on Market-1501 as published. 1x has 2.9 million parameters; 2x, "deeper and
wider", is said to have 6.4, and has 5.8 as printed, see `models.compact_2x`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from ...models import CompactReID
from ..objective import Objective
from ..recipe import Averaging, BatchSize, Optimiser
from ..schedules import CyclicCosine, WarmupSteps
from . import hacnn

base = replace(
    hacnn.tricks,
    network=CompactReID,
    objective=Objective(smoothing=0.1, triplet="weighted", margin=None),
)
"""1x without SWAG, column g of table 3: 95.4 / 87.3. 350 epochs of batches of 8 x 4; the network
brings its features to length 1 itself."""

published = replace(base, averaging=Averaging(CyclicCosine(rate=0.03, cycles=15, length=35)))
"""1x with SWAG, column h: 95.8 / 88.7. The rate of the first cycle's peak is not given in the
paper; it is that of the base training here."""

WIDE: dict[str, Any] = {
    "stem": 36,
    "widths": (240, 320, 480),
    "repeats": (8, 11, 8),
    "vectors": (960, 960),
}
"""What makes `CompactReID` the network of `compact_2x`."""

wide = replace(base, network=partial(CompactReID, **WIDE))
"""2x without SWAG, column i: 95.7 / 88.1."""

wide_published = replace(wide, averaging=published.averaging)
"""2x with SWAG, the last column: 96.2 / 89.7."""

plain_triplet = replace(wide, objective=Objective(smoothing=0.1, triplet="all", margin=0.3))
"""Column b, by the text of section 4.2: neither weights nor soft margin in the triplet loss, but
equation 1: 94.1 / 85.3."""

no_unit_length = replace(wide, network=partial(CompactReID, **WIDE, normalise=False))
"""Column c: features of any length: 94.5 / 85.7."""

no_shuffle_blocks = replace(wide, network=partial(CompactReID, **WIDE, shuffle=False))
"""Column d: HA-CNN's Inception blocks: 94.9 / 86.6."""

no_soft_margin = replace(wide, objective=Objective(smoothing=0.1, triplet="weighted", margin=0.3))
"""Column e: 95.1 / 87.1."""

no_gem = replace(wide, network=partial(CompactReID, **WIDE, gem=False))
"""Column f: mean pooling: 95.3 / 87.9."""

small = replace(
    base,
    network=partial(
        CompactReID,
        stem=16,
        widths=(64, 128, 192),
        repeats=(3, 4, 3),
        vectors=(256, 256),
        normalise=False,
        input_size=(128, 48),
    ),
    augmentation=replace(base.augmentation, pad=6),
    objective=Objective(smoothing=0.1, triplet="weighted", margin=None, unit=True),
    optimiser=Optimiser("adam"),
    schedule=WarmupSteps(7e-4, warmup=1, steps=(9, 12), per="iteration"),
    epochs=14,
)
"""Not of the paper: 0.6 million parameters and few epochs, for a training without a GPU. The
classifiers see features of any length, since the logits of unit vectors need many epochs to
grow; the triplet loss sees unit vectors."""

short = replace(
    small,
    network=partial(CompactReID, normalise=False, near_linear=True, input_size=(80, 32)),
    batch=BatchSize(identities=16, images=4),
    augmentation=replace(base.augmentation, pad=4, colour=0.12),
    schedule=WarmupSteps(3e-3, warmup=1, per="iteration"),
    epochs=1,
    averaging=Averaging(CyclicCosine(rate=3e-3, cycles=1, length=12), collect=False),
)
"""Not of the paper: 1x on pictures of a quarter of the size, and minutes of training, for little
data such as the drawn people. The rate falls along one cosine. Colours vary, since few cameras
took the pictures; the deep branch starts where it can learn at once."""

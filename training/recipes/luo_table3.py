"""Luo et al. 2019, table 3: trained on one data set, measured on the other.

| row | Market-1501 to DukeMTMC-reID | DukeMTMC-reID to Market-1501 |
|---|---|---|
| Baseline | 24.4 / 12.9 | 34.2 / 14.5 |
| +warmup | 26.3 / 14.1 | 39.7 / 17.4 |
| +REA | 21.5 / 10.2 | 32.5 / 13.5 |
| +LS | 23.2 / 11.3 | 36.5 / 14.9 |
| +stride=1 | 23.1 / 11.8 | 37.1 / 15.4 |
| +BNNeck | 26.7 / 15.2 | 47.7 / 21.6 |
| +center loss | 27.5 / 15.0 | 47.4 / 21.4 |
| -REA | 41.4 / 25.7 | 54.3 / 25.5 |

Rank-1 / mAP in percent. The networks are those of table 1, and one more: all tricks but random
erasing, "-REA". The distances are taken to be those of table 1.
"""

from __future__ import annotations

from dataclasses import replace

from ..augment import Augmentation
from . import standard_baseline, strong_baseline
from .table import Row, Table, crossed

without_erasing = replace(
    strong_baseline.center_loss, augmentation=Augmentation(flip=0.5, pad=10, erase=0)
)
"""All tricks but random erasing."""

TABLE = Table(
    name="luo_table3",
    title="Influences of each trick (cross domain)",
    source="Luo et al. 2019, table 3",
    rows=(
        Row(
            "Baseline",
            standard_baseline.published,
            crossed(market_to_duke=(24.4, 12.9), duke_to_market=(34.2, 14.5)),
            metric="euclidean",
        ),
        Row(
            "+warmup",
            strong_baseline.warmup,
            crossed(market_to_duke=(26.3, 14.1), duke_to_market=(39.7, 17.4)),
            metric="euclidean",
        ),
        Row(
            "+REA",
            strong_baseline.random_erasing,
            crossed(market_to_duke=(21.5, 10.2), duke_to_market=(32.5, 13.5)),
            metric="euclidean",
        ),
        Row(
            "+LS",
            strong_baseline.label_smoothing,
            crossed(market_to_duke=(23.2, 11.3), duke_to_market=(36.5, 14.9)),
            metric="euclidean",
        ),
        Row(
            "+stride=1",
            strong_baseline.last_stride,
            crossed(market_to_duke=(23.1, 11.8), duke_to_market=(37.1, 15.4)),
            metric="euclidean",
        ),
        Row(
            "+BNNeck",
            strong_baseline.bnneck,
            crossed(market_to_duke=(26.7, 15.2), duke_to_market=(47.7, 21.6)),
        ),
        Row(
            "+center loss",
            strong_baseline.center_loss,
            crossed(market_to_duke=(27.5, 15.0), duke_to_market=(47.4, 21.4)),
        ),
        Row(
            "-REA",
            without_erasing,
            crossed(market_to_duke=(41.4, 25.7), duke_to_market=(54.3, 25.5)),
        ),
    ),
)

"""Luo et al. 2019, table 1: each row adds a trick to the row above.

| row | Market-1501 | DukeMTMC-reID |
|---|---|---|
| Baseline-S | 87.7 / 74.0 | 79.7 / 63.7 |
| +warmup | 88.7 / 75.2 | 80.6 / 65.1 |
| +REA | 91.3 / 79.3 | 81.5 / 68.3 |
| +LS | 91.4 / 80.3 | 82.4 / 69.3 |
| +stride=1 | 92.0 / 81.7 | 82.6 / 70.6 |
| +BNNeck | 94.1 / 85.7 | 86.2 / 75.9 |
| +center loss | 94.5 / 85.9 | 86.4 / 76.4 |

Rank-1 / mAP in percent. The paper does not say by which distances; the fifth and sixth row are
equal to rows of table 2, the one to Euclidean distances of f and the other to cosine distances of
f_i, so the rows before and after are taken to be measured alike.
"""

from __future__ import annotations

from . import standard_baseline, strong_baseline
from .table import Row, Table, published

TABLE = Table(
    name="luo_table1",
    title="Influences of each trick (same domain)",
    source="Luo et al. 2019, table 1",
    rows=(
        Row(
            "Baseline-S",
            standard_baseline.published,
            published(market=(87.7, 74.0), duke=(79.7, 63.7)),
            metric="euclidean",
        ),
        Row(
            "+warmup",
            strong_baseline.warmup,
            published(market=(88.7, 75.2), duke=(80.6, 65.1)),
            metric="euclidean",
        ),
        Row(
            "+REA",
            strong_baseline.random_erasing,
            published(market=(91.3, 79.3), duke=(81.5, 68.3)),
            metric="euclidean",
        ),
        Row(
            "+LS",
            strong_baseline.label_smoothing,
            published(market=(91.4, 80.3), duke=(82.4, 69.3)),
            metric="euclidean",
        ),
        Row(
            "+stride=1",
            strong_baseline.last_stride,
            published(market=(92.0, 81.7), duke=(82.6, 70.6)),
            metric="euclidean",
        ),
        Row(
            "+BNNeck",
            strong_baseline.bnneck,
            published(market=(94.1, 85.7), duke=(86.2, 75.9)),
        ),
        Row(
            "+center loss",
            strong_baseline.center_loss,
            published(market=(94.5, 85.9), duke=(86.4, 76.4)),
        ),
    ),
    note="The distances are inferred from rows that tables 1 and 2 share; both kinds are in the"
    " JSON file.",
)

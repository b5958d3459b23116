"""Luo et al. 2019, table 2: which feature, by which distance; all without center loss.

| feature | distance | Market-1501 | DukeMTMC-reID |
|---|---|---|---|
| f (w/o BNNeck) | Euclidean | 92.0 / 81.7 | 82.6 / 70.6 |
| f_t | Euclidean | 94.2 / 85.5 | 85.7 / 74.4 |
| f_t | Cosine | 94.2 / 85.7 | 85.5 / 74.6 |
| f_i | Euclidean | 93.8 / 83.7 | 86.6 / 73.0 |
| f_i | Cosine | 94.1 / 85.7 | 86.2 / 75.9 |

Rank-1 / mAP in percent. Two networks are trained: four rows measure one of them.
"""

from __future__ import annotations

from . import strong_baseline
from .table import Row, Table, published

TABLE = Table(
    name="luo_table2",
    title="Ablation study of BNNeck",
    source="Luo et al. 2019, table 2",
    rows=(
        Row(
            "f (w/o BNNeck), Euclidean",
            strong_baseline.last_stride,
            published(market=(92.0, 81.7), duke=(82.6, 70.6)),
            metric="euclidean",
        ),
        Row(
            "f_t, Euclidean",
            strong_baseline.bnneck,
            published(market=(94.2, 85.5), duke=(85.7, 74.4)),
            feature="f_t",
            metric="euclidean",
        ),
        Row(
            "f_t, Cosine",
            strong_baseline.bnneck,
            published(market=(94.2, 85.7), duke=(85.5, 74.6)),
            feature="f_t",
        ),
        Row(
            "f_i, Euclidean",
            strong_baseline.bnneck,
            published(market=(93.8, 83.7), duke=(86.6, 73.0)),
            metric="euclidean",
        ),
        Row(
            "f_i, Cosine",
            strong_baseline.bnneck,
            published(market=(94.1, 85.7), duke=(86.2, 75.9)),
        ),
    ),
)

"""Lawen et al. 2019, table 2: those of the compared methods that this package has.

| method | Market-1501 | DukeMTMC-reID |
|---|---|---|
| BagOfTricks | 94.5 / 85.9 | 86.4 / 76.4 |
| HA-CNN | 91.2 / 75.7 | 80.5 / 63.8 |
| Ours (2.9M) | 95.8 / 88.7 | 88.8 / 78.9 |
| Ours (6.4M) | 96.2 / 89.7 | 89.8 / 80.3 |

Rank-1 / mAP in percent, without re-ranking.
"""

from __future__ import annotations

from . import compact_reid, hacnn, strong_baseline
from .table import Row, Table, published

TABLE = Table(
    name="lawen_table2",
    title="Comparison of state-of-the-art methods",
    source="Lawen et al. 2019, table 2",
    rows=(
        Row(
            "BagOfTricks",
            strong_baseline.published,
            published(market=(94.5, 85.9), duke=(86.4, 76.4)),
        ),
        Row("HA-CNN", hacnn.published, published(market=(91.2, 75.7), duke=(80.5, 63.8))),
        Row(
            "Ours (2.9M)",
            compact_reid.published,
            published(market=(95.8, 88.7), duke=(88.8, 78.9)),
        ),
        Row(
            "Ours (6.4M)",
            compact_reid.wide_published,
            published(market=(96.2, 89.7), duke=(89.8, 80.3)),
        ),
    ),
    note="The network of the last row has 5.8 million parameters as the paper's table 1 prints it,"
    " see `models.compact_2x`.",
)

"""Luo et al. 2019, table 4: those of the compared methods that this package has.

| method | Market-1501 | DukeMTMC-reID |
|---|---|---|
| HA-CNN | 91.2 / 75.7 | 80.5 / 63.8 |
| Ours | 94.5 / 85.9 | 86.4 / 76.4 |
| Ours(RK) | 95.4 / 94.2 | 90.3 / 89.1 |

Rank-1 / mAP in percent. RK is k-reciprocal re-ranking (`training.reranking`). The paper's text says
94.1 mAP where the table says 94.2.
"""

from __future__ import annotations

from . import hacnn, strong_baseline
from .table import Row, Table, published

TABLE = Table(
    name="luo_table4",
    title="Comparison of state-of-the-art methods",
    source="Luo et al. 2019, table 4",
    rows=(
        Row("HA-CNN", hacnn.published, published(market=(91.2, 75.7), duke=(80.5, 63.8))),
        Row("Ours", strong_baseline.published, published(market=(94.5, 85.9), duke=(86.4, 76.4))),
        Row(
            "Ours(RK)",
            strong_baseline.published,
            published(market=(95.4, 94.2), duke=(90.3, 89.1)),
            rerank=True,
        ),
    ),
    note="HA-CNN's recipe is not given in full by any paper, see `recipes.hacnn`.",
)

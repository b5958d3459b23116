"""Luo et al. 2019, table 5: sizes of the batch, P identities with K images each.

| P x K | Market-1501 | DukeMTMC-reID |
|---|---|---|
| 8 x 3 | 92.6 / 79.2 | 84.4 / 68.1 |
| 8 x 4 | 92.9 / 80.0 | 84.7 / 69.4 |
| 8 x 6 | 93.5 / 81.6 | 85.1 / 70.7 |
| 8 x 8 | 93.9 / 82.0 | 85.8 / 71.5 |
| 16 x 3 | 93.8 / 83.1 | 86.8 / 72.1 |
| 16 x 4 | 93.8 / 83.7 | 86.6 / 73.0 |
| 16 x 6 | 94.0 / 82.8 | 85.1 / 69.9 |
| 16 x 8 | 93.1 / 81.6 | 86.7 / 72.1 |
| 32 x 3 | 94.5 / 84.1 | 86.0 / 71.4 |
| 32 x 4 | 93.2 / 82.8 | 86.5 / 73.1 |

Rank-1 / mAP in percent, without center loss. The row 16 x 4 is equal to table 2's f_i with
Euclidean distances, so all rows are taken to be measured like it.
"""

from __future__ import annotations

from dataclasses import replace

from ..recipe import BatchSize
from . import strong_baseline
from .table import Pair, Row, Table, published


def _row(identities: int, images: int, market: Pair, duke: Pair) -> Row:
    recipe = replace(strong_baseline.bnneck, batch=BatchSize(identities, images))
    label = f"{identities}x{images}"
    return Row(label, recipe, published(market, duke), metric="euclidean")


TABLE = Table(
    name="luo_table5",
    title="Numbers of the batch size, P x K",
    source="Luo et al. 2019, table 5",
    rows=(
        _row(8, 3, (92.6, 79.2), (84.4, 68.1)),
        _row(8, 4, (92.9, 80.0), (84.7, 69.4)),
        _row(8, 6, (93.5, 81.6), (85.1, 70.7)),
        _row(8, 8, (93.9, 82.0), (85.8, 71.5)),
        _row(16, 3, (93.8, 83.1), (86.8, 72.1)),
        _row(16, 4, (93.8, 83.7), (86.6, 73.0)),
        _row(16, 6, (94.0, 82.8), (85.1, 69.9)),
        _row(16, 8, (93.1, 81.6), (86.7, 72.1)),
        _row(32, 3, (94.5, 84.1), (86.0, 71.4)),
        _row(32, 4, (93.2, 82.8), (86.5, 73.1)),
    ),
    note="Euclidean distances of f_i, inferred from the row that tables 2 and 5 share.",
)

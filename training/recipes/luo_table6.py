"""Luo et al. 2019, table 6: sizes of the pictures, height x width.

| size | Market-1501 | DukeMTMC-reID |
|---|---|---|
| 256 x 128 | 93.8 / 83.7 | 86.6 / 73.0 |
| 224 x 224 | 94.2 / 83.3 | 86.1 / 72.2 |
| 384 x 128 | 94.0 / 82.7 | 86.4 / 73.2 |
| 384 x 192 | 93.8 / 83.1 | 87.1 / 72.9 |

Rank-1 / mAP in percent, without center loss, batches of 16 x 4. The first row is equal to table
2's f_i with Euclidean distances, so all rows are taken to be measured like it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from . import strong_baseline
from .table import Pair, Row, Table, published


def _row(height: int, width: int, market: Pair, duke: Pair) -> Row:
    network = strong_baseline.bnneck.network
    if (height, width) != (256, 128):  # the network's own size
        network = partial(network, input_size=(height, width))
    recipe = replace(strong_baseline.bnneck, network=network)
    return Row(f"{height}x{width}", recipe, published(market, duke), metric="euclidean")


TABLE = Table(
    name="luo_table6",
    title="Image sizes",
    source="Luo et al. 2019, table 6",
    rows=(
        _row(256, 128, (93.8, 83.7), (86.6, 73.0)),
        _row(224, 224, (94.2, 83.3), (86.1, 72.2)),
        _row(384, 128, (94.0, 82.7), (86.4, 73.2)),
        _row(384, 192, (93.8, 83.1), (87.1, 72.9)),
    ),
    note="Euclidean distances of f_i, inferred from the row that tables 2 and 6 share.",
)

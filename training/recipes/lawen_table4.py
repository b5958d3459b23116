"""Lawen et al. 2019, table 4: more epochs with cycles of the learning rate, then SWAG on top.

| setup | - | +LR scheme | +SWAG |
|---|---|---|---|
| 1 | 93.8 / 83.6 | 94.3 / 84.8 | 94.5 / 85.3 |
| 2 | 95.4 / 87.3 | 95.8 / 88.2 | 95.8 / 88.7 |
| 3 | 95.7 / 88.1 | 95.7 / 88.9 | 96.2 / 89.7 |

Rank-1 / mAP on Market-1501 in percent. Setup 1 is the proposed training without GeM, shuffle
blocks, and deeper and wider, that is, HA-CNN's network; setups 2 and 3 are columns g and i of table
3. "+LR scheme" keeps the weights after the last cycle, "+SWAG" their mean over the cycles' ends;
both are the same training, which goes on from the end of the first arm's.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ...models import HACNN
from ..recipe import Averaging, Recipe
from . import compact_reid
from .table import Pair, Row, Table, published

first_setup = replace(
    compact_reid.base, network=partial(HACNN, normalise=True, classifier_bias=False)
)
"""HA-CNN's blocks, pooling and size, trained like Compact-ReID."""


def _arms(setup: int, base: Recipe, without: Pair, rates: Pair, swag: Pair) -> tuple[Row, ...]:
    averaging = compact_reid.published.averaging or Averaging()
    scheme = replace(base, averaging=replace(averaging, collect=False))
    return (
        Row(f"{setup}, -", base, published(without)),
        Row(f"{setup}, +LR scheme", scheme, published(rates)),
        Row(f"{setup}, +SWAG", replace(base, averaging=averaging), published(swag)),
    )


TABLE = Table(
    name="lawen_table4",
    title="SWAG and its learning rates on Market-1501",
    source="Lawen et al. 2019, table 4",
    rows=(
        *_arms(1, first_setup, (93.8, 83.6), (94.3, 84.8), (94.5, 85.3)),
        *_arms(2, compact_reid.base, (95.4, 87.3), (95.8, 88.2), (95.8, 88.7)),
        *_arms(3, compact_reid.wide, (95.7, 88.1), (95.7, 88.9), (96.2, 89.7)),
    ),
)

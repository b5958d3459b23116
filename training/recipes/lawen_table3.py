"""Lawen et al. 2019, table 3: what each technique contributes; columns a to i.

| column | what | Market-1501 |
|---|---|---|
| HA-CNN | the original | 91.2 / 75.7 |
| a | with the bag of tricks | 93.2 / 82.0 |
| b | no soft triplet, no soft margin | 94.1 / 85.3 |
| c | no L2 normalization | 94.5 / 85.7 |
| d | no shuffle blocks | 94.9 / 86.6 |
| e | no soft margin | 95.1 / 87.1 |
| f | no GeM | 95.3 / 87.9 |
| g | not deeper and wider | 95.4 / 87.3 |
| h | not deeper and wider, SWAG | 95.8 / 88.7 |
| i | all but SWAG | 95.7 / 88.1 |
| Compact-ReID | all | 96.2 / 89.7 |

Rank-1 / mAP in percent. Columns b and c are as the text of section 4.2 describes them.
"""

from __future__ import annotations

from . import compact_reid, hacnn
from .table import Row, Table, published

TABLE = Table(
    name="lawen_table3",
    title="Ablation study on Market-1501",
    source="Lawen et al. 2019, table 3",
    rows=(
        Row("HA-CNN", hacnn.published, published(market=(91.2, 75.7))),
        Row("a: HA-CNN with the bag of tricks", hacnn.tricks, published(market=(93.2, 82.0))),
        Row(
            "b: no soft triplet, no soft margin",
            compact_reid.plain_triplet,
            published(market=(94.1, 85.3)),
        ),
        Row(
            "c: no L2 normalization",
            compact_reid.no_unit_length,
            published(market=(94.5, 85.7)),
        ),
        Row("d: no shuffle blocks", compact_reid.no_shuffle_blocks, published(market=(94.9, 86.6))),
        Row("e: no soft margin", compact_reid.no_soft_margin, published(market=(95.1, 87.1))),
        Row("f: no GeM", compact_reid.no_gem, published(market=(95.3, 87.9))),
        Row("g: not deeper & wider", compact_reid.base, published(market=(95.4, 87.3))),
        Row("h: g with SWAG", compact_reid.published, published(market=(95.8, 88.7))),
        Row("i: all but SWAG", compact_reid.wide, published(market=(95.7, 88.1))),
        Row("Compact-ReID", compact_reid.wide_published, published(market=(96.2, 89.7))),
    ),
    note="The deeper and wider network has 5.8 million parameters as the paper's table 1 prints"
    " it, see `models.compact_2x`.",
)

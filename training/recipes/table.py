"""A published table as data: what was trained, how it was measured, and what was found."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Literal, get_args

from ..distances import Metric
from ..recipe import Recipe

MARKET, DUKE = "market1501", "dukemtmc"

Feature = Literal["f_i", "f_t"]
"""What is compared: f_i, which a network gives for retrieval, or f_t, which the triplet loss sees
(Luo et al. 2019, section 3.5)."""

Pair = tuple[float, float]


@dataclass(frozen=True)
class Cell:
    """A published result.

    Args:
        train: the data set whose people were learned, by its short name.
        test: the one on whose query and gallery it was measured.
        rank1: percent.
        mAP: percent.

    Raises:
        ValueError: a percentage out of range.
    """

    train: str
    test: str
    rank1: float
    mAP: float

    def __post_init__(self) -> None:
        if not (0 <= self.rank1 <= 100 and 0 <= self.mAP <= 100):
            raise ValueError(f"{self}: expected percentages")


@dataclass(frozen=True)
class Row:
    """A line of a table.

    Args:
        label: as printed.
        recipe: what was trained.
        cells: a result for each pair of data sets.
        feature: what was compared; without a BNNeck both are the same.
        metric: by which distances.
        rerank: whether k-reciprocal re-ranking followed.

    Raises:
        ValueError: an unknown feature or metric.
    """

    label: str
    recipe: Recipe
    cells: tuple[Cell, ...]
    feature: Feature = "f_i"
    metric: Metric = "cosine"
    rerank: bool = False

    def __post_init__(self) -> None:
        for name, kind in (("feature", Feature), ("metric", Metric)):
            if getattr(self, name) not in get_args(kind):
                names = ", ".join(get_args(kind))
                raise ValueError(f"{name} is {getattr(self, name)!r}: expected one of {names}")


@dataclass(frozen=True)
class Table:
    """A published table.

    Rows with equal recipes that are trained on the same data are trained once.

    Args:
        name: a short one, of which files are made.
        title: what it shows.
        source: paper and number.
        rows: those for which there is a recipe.
        note: what a reader of the numbers has to know.
    """

    name: str
    title: str
    source: str
    rows: tuple[Row, ...]
    note: str = ""

    def with_recipes(self, change: Callable[[Recipe], Recipe]) -> Table:
        """The same table with each row's recipe changed."""
        rows = tuple(replace(row, recipe=change(row.recipe)) for row in self.rows)
        return replace(self, rows=rows)

    def with_rows(self, numbers: Collection[int]) -> Table:
        """The same table with some of its rows.

        Args:
            numbers: of the rows, from 1, in any order.

        Raises:
            ValueError: there is no such row.
        """
        for number in numbers:
            if not 1 <= number <= len(self.rows):
                raise ValueError(f"{self.name} has no row {number}: expected 1 to {len(self.rows)}")
        return replace(self, rows=tuple(self.rows[n - 1] for n in sorted(set(numbers))))

    def learned_from(self, name: str) -> Table:
        """The same table with those results alone for which one data set was learned from.

        Args:
            name: its short name; what it was tested on may be another.

        Raises:
            ValueError: there are none.
        """
        every = sorted({cell.train for row in self.rows for cell in row.cells})
        if name not in every:
            raise ValueError(
                f"{self.name} learns nothing from {name}: expected {' or '.join(every)}"
            )
        rows = (
            replace(row, cells=tuple(cell for cell in row.cells if cell.train == name))
            for row in self.rows
        )
        return replace(self, rows=tuple(row for row in rows if row.cells))


def published(market: Pair | None = None, duke: Pair | None = None) -> tuple[Cell, ...]:
    """Results on the people of the data set that was also trained on.

    Args:
        market: (rank-1, mAP) on Market-1501, in percent; None: not printed.
        duke: (rank-1, mAP) on DukeMTMC-reID.

    >>> published(market=(94.5, 85.9))
    (Cell(train='market1501', test='market1501', rank1=94.5, mAP=85.9),)
    """
    pairs = {MARKET: market, DUKE: duke}
    return tuple(Cell(name, name, *pair) for name, pair in pairs.items() if pair is not None)


def crossed(market_to_duke: Pair, duke_to_market: Pair) -> tuple[Cell, ...]:
    """Results on another data set than the one that was trained on: (rank-1, mAP) in percent."""
    return Cell(MARKET, DUKE, *market_to_duke), Cell(DUKE, MARKET, *duke_to_market)

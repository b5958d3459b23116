"""Tables of tracks: a dataclass whose fields are arrays with one row a track."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Columns:
    """What tables of tracks have in common; a dataclass of arrays inherits it.

    Args:
        number: (n,) of the track, never used again.
    """

    number: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.number)

    def keep(self, rows: ArrayLike) -> None:
        """Drop all tracks but these (indices or a mask)."""
        index = np.asarray(rows)
        for name in self._names():
            setattr(self, name, getattr(self, name)[index])

    def append(self, others: Self) -> None:
        """Add tracks at the end."""
        for name in self._names():
            setattr(self, name, np.concatenate([getattr(self, name), getattr(others, name)]))

    def _names(self) -> list[str]:
        table: Any = self
        return [column.name for column in fields(table)]

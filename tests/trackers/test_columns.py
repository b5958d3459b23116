from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reid_mot.trackers.columns import Columns


@dataclass
class Pairs(Columns):
    number: NDArray[np.int64]
    place: NDArray[np.float64]


def test_rows_are_kept_and_added_in_every_column() -> None:
    table = Pairs(np.arange(3), np.array([[0.0, 1], [2, 3], [4, 5]]))
    table.keep([True, False, True])
    table.append(Pairs(np.array([7]), np.array([[8.0, 9]])))
    assert len(table) == 3
    assert table.number.tolist() == [0, 2, 7]
    assert table.place.tolist() == [[0, 1], [4, 5], [8, 9]]
    table.keep(np.array([2]))
    assert (table.number.tolist(), table.place.tolist()) == ([7], [[8, 9]])

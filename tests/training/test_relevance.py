from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reid_mot.training.pictures import Pictures
from reid_mot.training.relevance import Relevance

IDENTITY = [5, -1, 5, 0, 5, 2]
CAMERA = [0, 0, 1, 0, -1, 1]


def test_same_person_by_the_same_camera_is_not_shown() -> None:
    right, hidden = Relevance([5], [0], IDENTITY, CAMERA).rows(0)
    assert right.tolist() == [2, 4]
    assert hidden.tolist() == [0]


def test_an_unknown_camera_is_another_one() -> None:
    right, hidden = Relevance([5], [-1], IDENTITY, CAMERA).rows(0)
    assert right.tolist() == [0, 2, 4]
    assert hidden.tolist() == []


def test_the_own_picture_is_not_shown() -> None:
    for camera in (-1, 1):
        right, hidden = Relevance([5], [camera], IDENTITY, CAMERA, own=[2]).rows(0)
        assert right.tolist() == [0, 4]
        assert hidden.tolist() == [2]


def test_the_own_picture_under_another_number_is_not_shown() -> None:
    _, hidden = Relevance([5], [0], IDENTITY, CAMERA, own=[5]).rows(0)
    assert hidden.tolist() == [0, 5]
    _, hidden = Relevance([5], [0], IDENTITY, CAMERA, own=[1]).rows(0)
    assert hidden.tolist() == [0]  # junk is left out anyway


def test_matches_come_in_the_order_that_is_judged() -> None:
    relevance = Relevance([5], [0], IDENTITY, CAMERA)
    distances = np.array([0, 0, 0.3, 0.3, 0.1, 0.2])

    rows, right = relevance.matches(0, distances, 3)
    assert rows.tolist() == [4, 5, 3]
    assert right.tolist() == [True, False, False]
    assert relevance.matches(0, distances, 10)[0].tolist() == [4, 5, 3, 2]


def test_files_in_both_are_own_pictures() -> None:
    query = Pictures([Path("a"), Path("b"), b"a"], [1, 2, 3], [0, 0, 0])
    gallery = Pictures([Path("c"), Path("a"), b"a"], [1, 1, 3], [-1, -1, 1])

    relevance = Relevance.of(query, gallery)

    assert relevance.shape == (3, 3)
    assert relevance.own.tolist() == [1, -1, -1]
    assert relevance.rows(0)[0].tolist() == [0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"query_identity": [0]}, r"query_identity, row 0: expected a number from 1, found 0"),
        ({"query_identity": [-1]}, r"query_identity, row 0"),
        ({"query_camera": [-2]}, r"query_camera, row 0"),
        ({"query_camera": [0, 0]}, r"query_camera has shape \(2,\): expected \(1,\)"),
        ({"gallery_identity": [1, -2]}, r"gallery_identity, row 1: expected a number from -1"),
        ({"gallery_identity": [1, 1.5]}, r"gallery_identity, row 1: .* found 1\.5"),
        ({"gallery_identity": [1, np.nan]}, r"gallery_identity, row 1: .* found nan"),
        ({"gallery_camera": [[1, 1]]}, r"gallery_camera has shape \(1, 2\)"),
        ({"own": [2]}, r"own, row 0: 2, but the gallery has 2 rows"),
    ],
)
def test_wrong_columns_are_named(change: dict[str, object], message: str) -> None:
    columns: dict[str, object] = {
        "query_identity": [1],
        "query_camera": [0],
        "gallery_identity": [1, 1],
        "gallery_camera": [1, 1],
    }
    with pytest.raises(ValueError, match=message):
        Relevance(**{**columns, **change})  # type: ignore[arg-type]

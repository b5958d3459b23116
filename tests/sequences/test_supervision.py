import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from reid_mot.sequences import Detections, from_supervision, to_supervision


def theirs(**values: Any) -> SimpleNamespace:
    fields: dict[str, Any] = {
        "xyxy": np.array([[0, 0, 5, 5], [1, 1, 9, 9]], dtype=np.float32),
        "confidence": np.array([0.5, 0.25], dtype=np.float32),
        "class_id": np.array([0, 2]),
        "data": {},
    }
    return SimpleNamespace(**(fields | values))


def test_attributes_are_enough() -> None:
    found = from_supervision(theirs(data={"embedding": np.eye(2)}))
    assert found.boxes.tolist() == [[0, 0, 5, 5], [1, 1, 9, 9]]
    assert found.scores.tolist() == [0.5, 0.25]
    assert found.embeddings is not None
    assert found.embeddings.tolist() == [[1, 0], [0, 1]]


def test_missing_confidence_is_one() -> None:
    assert from_supervision(theirs(confidence=None)).scores.tolist() == [1, 1]


def test_classes_are_selected() -> None:
    assert from_supervision(theirs(), classes=[2]).boxes.tolist() == [[1, 1, 9, 9]]
    with pytest.raises(ValueError, match="no class_id"):
        from_supervision(theirs(class_id=None), classes=[0])


def test_broken_boxes_are_refused() -> None:
    with pytest.raises(ValueError, match="no area"):
        from_supervision(theirs(xyxy=np.array([[5, 5, 0, 0], [1, 1, 2, 2]])))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("embeddings", [None, np.eye(2, dtype=np.float32)])
@pytest.mark.parametrize("count", [0, 2])
def test_round_trip_through_the_package(embeddings: np.ndarray | None, count: int) -> None:
    supervision = pytest.importorskip("supervision")
    ours = Detections([[0.0, 0.0, 5.0, 5.0], [1.0, 1.0, 9.0, 9.5]], [0.5, 0.1], embeddings)[:count]
    made = to_supervision(ours)
    assert isinstance(made, supervision.Detections)
    again = from_supervision(made)
    np.testing.assert_array_equal(again.boxes, ours.boxes)
    np.testing.assert_array_equal(again.scores, ours.scores)
    assert (again.embeddings is None) == (embeddings is None)
    if embeddings is not None:
        np.testing.assert_array_equal(again.embeddings, ours.embeddings)


def test_reading_needs_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "supervision", None)
    assert len(from_supervision(theirs())) == 2
    with pytest.raises(ImportError):
        to_supervision(Detections.empty())

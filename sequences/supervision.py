"""To and from the `Detections` of the supervision package (https://supervision.roboflow.com).

Reading needs only an object with the right attributes; the package itself is imported when one is
made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from .views import Detections

if TYPE_CHECKING:
    import supervision

EMBEDDING = "embedding"
"""The key under which embeddings travel in `supervision.Detections.data`."""


class SupervisionLike(Protocol):
    """The attributes that are read."""

    @property
    def xyxy(self) -> Any:
        """(n, 4) left, top, right, bottom in pixels."""

    @property
    def confidence(self) -> Any:
        """(n,) scores, or None."""

    @property
    def class_id(self) -> Any:
        """(n,) classes, or None."""

    @property
    def data(self) -> Any:
        """Further columns by name."""


def from_supervision(found: SupervisionLike, classes: ArrayLike | None = None) -> Detections:
    """Our detections from supervision's.

    Args:
        found: `supervision.Detections`, or anything with its attributes.
        classes: the class numbers to keep; None: all.

    Raises:
        ValueError: what `Detections` refuses, or classes are asked for and there are none.
    """
    result = Detections(found.xyxy, found.confidence, (found.data or {}).get(EMBEDDING))
    if classes is None:
        return result
    if found.class_id is None:
        raise ValueError("classes were asked for, but the detections have no class_id")
    return result[np.isin(found.class_id, classes)]


def to_supervision(detections: Detections) -> supervision.Detections:
    """supervision's detections from ours, class 0, embeddings in `data["embedding"]`.

    Raises:
        ImportError: the package supervision is not installed.
    """
    import supervision

    embeddings = detections.embeddings
    return supervision.Detections(
        xyxy=detections.boxes,
        confidence=detections.scores,
        class_id=np.zeros(len(detections), dtype=int),
        data={} if embeddings is None else {EMBEDDING: embeddings},
    )

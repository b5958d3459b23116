"""Which embedder tells people apart where nobody names one."""

from __future__ import annotations

from collections.abc import Iterable

from ..models.shipped import DEFAULT
from ..sequences import View

NONE = "none"
"""The name of no embedder."""


def default_embedder(sequence: Iterable[tuple[View, ...]]) -> str:
    """The network that comes with the package where there are pictures, else none.

    Embeddings that come with the detections are used as they are; then, as without pictures, a
    network has nothing to do. The first instant tells, and must therefore not be lost by looking:
    a sequence that can be gone over only once gets none.

    Args:
        sequence: views of all cameras, instant by instant.

    Returns:
        `models.shipped.DEFAULT` or `NONE`.
    """
    instants = iter(sequence)
    if instants is sequence:
        return NONE
    views = next(instants, ())
    given = any(view.detections.embeddings is not None for view in views)
    return DEFAULT if any(view.has_image for view in views) and not given else NONE

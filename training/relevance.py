"""Which gallery pictures are right for a query, and which it is not shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..sequences.views import Ints
from .distances import Distances
from .pictures import DISTRACTOR, JUNK, UNKNOWN_CAMERA, Pictures


class Relevance:
    """The protocol of Market-1501 (Zheng et al., ICCV 2015, section 4).

    Right is the same identity by another camera. Not shown are the same identity by the same
    camera, junk (identity -1), and the query's own picture. A camera that is not known (-1) is
    taken for another one: then nothing but the own picture is left out. Distractors (identity 0)
    and everybody else are wrong.

    Args:
        query_identity: (q,) from 1.
        query_camera: (q,) from 0, or -1.
        gallery_identity: (g,) from 1, or 0, or -1.
        gallery_camera: (g,) from 0, or -1.
        own: (q,) the gallery row that is the query's own picture, or -1; None: there is none.

    Raises:
        ValueError: columns of different lengths or not of whole numbers; a number out of range,
            such as a query that is a distractor (the message says which row).
    """

    def __init__(
        self,
        query_identity: ArrayLike,
        query_camera: ArrayLike,
        gallery_identity: ArrayLike,
        gallery_camera: ArrayLike,
        own: ArrayLike | None = None,
    ) -> None:
        self.query_identity = _column("query_identity", query_identity, DISTRACTOR + 1)
        self.gallery_identity = _column("gallery_identity", gallery_identity, JUNK)
        queries, gallery = len(self.query_identity), len(self.gallery_identity)
        self.query_camera = _column("query_camera", query_camera, UNKNOWN_CAMERA, queries)
        self.gallery_camera = _column("gallery_camera", gallery_camera, UNKNOWN_CAMERA, gallery)
        self.own = _column("own", np.full(queries, -1) if own is None else own, -1, queries)
        if (self.own >= gallery).any():
            row = int(np.argmax(self.own >= gallery))
            raise ValueError(f"own, row {row}: {self.own[row]}, but the gallery has {gallery} rows")
        self.shown = np.flatnonzero(self.gallery_identity != JUNK)
        self._order = np.argsort(self.gallery_identity, kind="stable")
        ordered = self.gallery_identity[self._order]
        self._start = np.searchsorted(ordered, self.query_identity, "left")
        self._stop = np.searchsorted(ordered, self.query_identity, "right")

    @classmethod
    def of(cls, query: Pictures, gallery: Pictures) -> Relevance:
        """That of pictures; a file that is in both is a query's own picture."""
        places = {path: row for row, path in enumerate(gallery.sources) if isinstance(path, Path)}
        own = [places.get(path, -1) if isinstance(path, Path) else -1 for path in query.sources]
        return cls(query.identity, query.camera, gallery.identity, gallery.camera, own)

    @property
    def shape(self) -> tuple[int, int]:
        """Of the distances: (queries, gallery pictures, junk included)."""
        return len(self.query_identity), len(self.gallery_identity)

    def rows(self, query: int) -> tuple[Ints, Ints]:
        """(right, hidden): gallery rows that are right, and those not shown, junk aside."""
        same = self._order[self._start[query] : self._stop[query]]
        camera, own = self.query_camera[query], self.own[query]
        out = same == own
        if camera != UNKNOWN_CAMERA:
            out |= self.gallery_camera[same] == camera
        hidden = same[out]
        if own >= 0 and self.gallery_identity[own] not in (JUNK, self.query_identity[query]):
            hidden = np.append(hidden, own)
        return same[~out], hidden

    def matches(
        self, query: int, distances: Distances, count: int
    ) -> tuple[Ints, NDArray[np.bool]]:
        """The gallery rows that come first for a query, in the order that `evaluate` judges.

        Args:
            query: its row.
            distances: (g,) its distances.
            count: how many rows; there are fewer where the gallery is shorter.

        Returns:
            gallery rows (n,), nearest first, and whether each is right (n,).
        """
        right = np.zeros(len(self.gallery_identity), np.bool)
        shown = self.gallery_identity != JUNK
        right_rows, hidden = self.rows(query)
        right[right_rows], shown[hidden] = True, False
        rows = np.flatnonzero(shown)
        first = rows[np.lexsort((right[rows], distances[rows]))[:count]]
        return first, right[first]


def _column(name: str, values: ArrayLike, least: int, length: int | None = None) -> Ints:
    """(n,) whole numbers of at least `least`."""
    given = np.asarray(values)
    if given.ndim != 1 or (length is not None and len(given) != length):
        wanted = "(n,)" if length is None else f"({length},)"
        raise ValueError(f"{name} has shape {given.shape}: expected {wanted}")
    # Negated, so that what is not a number is bad too.
    bad = ~((given == np.floor(given)) & (given >= least))
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(f"{name}, row {row}: expected a number from {least}, found {given[row]}")
    return given.astype(np.int64)

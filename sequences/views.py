"""The types everything is made of: what a camera saw, and who was where.

Boxes are (left, top, right, bottom) in pixels with continuous coordinates: the pixel in the
top-left corner covers [0, 1] x [0, 1]. Ground positions are metres.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .cameras import Camera, Floats

Ints = NDArray[np.int64]
Strings = NDArray[np.str_]
Image = NDArray[np.uint8]

GROUND = ""
"""The camera name of rows that belong to no camera: positions on the ground plane alone."""


@dataclass(frozen=True, eq=False)
class Detections:
    """People found in one image.

    Args:
        boxes: (n, 4) left, top, right, bottom in pixels; may reach outside the image.
        scores: (n,) confidence of the detector; 1 where not given.
        embeddings: (n, d) float32 appearance vectors, or None. Rows of NaN mean "none given".

    Raises:
        ValueError: wrong shapes, a non-finite box or score, a box of no area.
    """

    boxes: Floats
    scores: Floats
    embeddings: NDArray[np.float32] | None = None

    def __init__(
        self, boxes: ArrayLike, scores: ArrayLike | None = None, embeddings: ArrayLike | None = None
    ) -> None:
        b = np.asarray(boxes, dtype=np.float64)
        b = b.reshape(0, 4) if b.size == 0 else b
        s = np.ones(len(b)) if scores is None else np.asarray(scores, dtype=np.float64)
        e = None if embeddings is None else np.asarray(embeddings, dtype=np.float32)
        object.__setattr__(self, "boxes", b)
        object.__setattr__(self, "scores", s)
        object.__setattr__(self, "embeddings", e)
        self._check()

    def _check(self) -> None:
        n = len(self.boxes)
        if self.boxes.shape != (n, 4):
            raise ValueError(f"boxes must have shape (n, 4), not {self.boxes.shape}")
        if self.scores.shape != (n,):
            raise ValueError(f"{n} boxes but scores of shape {self.scores.shape}")
        if self.embeddings is not None and (self.embeddings.ndim != 2 or len(self.embeddings) != n):
            raise ValueError(f"{n} boxes but embeddings of shape {self.embeddings.shape}")
        if not (np.isfinite(self.boxes).all() and np.isfinite(self.scores).all()):
            raise ValueError("boxes and scores must be finite")
        if (self.boxes[:, 2:] <= self.boxes[:, :2]).any():
            bad = int(np.argmax((self.boxes[:, 2:] <= self.boxes[:, :2]).any(axis=1)))
            raise ValueError(
                f"box {bad} {self.boxes[bad].tolist()} has no area: expected left, top, right,"
                " bottom with left < right and top < bottom"
            )

    @classmethod
    def empty(cls) -> Detections:
        """No detections."""
        return cls(np.empty((0, 4)))

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, rows: slice | ArrayLike) -> Detections:
        """The detections of these rows (a slice, indices, or a mask)."""
        index = rows if isinstance(rows, slice) else np.asarray(rows)
        e = None if self.embeddings is None else self.embeddings[index]
        return Detections(self.boxes[index], self.scores[index], e)

    @property
    def footpoints(self) -> Floats:
        """(n, 2) pixels: the middle of each box's lower edge."""
        return np.column_stack([(self.boxes[:, 0] + self.boxes[:, 2]) / 2, self.boxes[:, 3]])


class View:
    """One camera at one instant.

    Args:
        camera: the camera.
        frame: frame number in the sequence's own counting, the same for all cameras.
        time: seconds since the sequence's start.
        detections: what was found in the image.
        image: uint8 (height, width, 3) RGB; or a function that returns it, called at the first
            use of `image`, so that pictures nobody looks at are never decoded; or None.
    """

    __slots__ = ("_image", "camera", "detections", "frame", "time")

    def __init__(
        self,
        camera: Camera,
        frame: int,
        time: float,
        detections: Detections,
        image: Image | Callable[[], Image] | None = None,
    ) -> None:
        self.camera, self.frame, self.time = camera, frame, time
        self.detections = detections
        self._image = image

    @property
    def has_image(self) -> bool:
        """Whether there is an image, decoded already or not."""
        return self._image is not None

    @property
    def image(self) -> Image | None:
        """uint8 (height, width, 3) RGB, or None."""
        if callable(self._image):
            self._image = self._image()
        return self._image

    def crops(self, rows: Iterable[int] | None = None) -> list[Image]:
        """The image inside these detections' boxes, clipped to the image.

        A box wholly outside gives an array of zero area.

        Raises:
            ValueError: the view has no image.
        """
        image = self.image
        if image is None:
            raise ValueError(
                f"camera {self.camera.name!r}, frame {self.frame}: there is no image to crop"
            )
        height, width = image.shape[:2]
        boxes = self.detections.boxes if rows is None else self.detections.boxes[list(rows)]
        low = np.floor(boxes[:, :2] + 1e-6).astype(int)
        high = np.ceil(boxes[:, 2:] - 1e-6).astype(int)
        corners = np.clip(np.hstack([low, high]), 0, [width, height, width, height])
        return [image[t:b, left:r] for left, t, r, b in corners]

    def __repr__(self) -> str:
        return f"View({self.camera.name!r}, frame {self.frame}, {len(self.detections)} detections)"


@dataclass(frozen=True, eq=False)
class Tracks:
    """One table of who was where: ground truth, tracker output and result files alike.

    A row says that `identity` was seen at `frame` by `camera` in `box`; rows with camera `GROUND`
    (the empty string) have no box and say where a person was on the ground plane alone. All
    rows of one identity at one frame that have a ground position have the same one.

    Args:
        frame: (n,) frame numbers.
        camera: (n,) camera names, or `GROUND`.
        identity: (n,) non-negative integers.
        box: (n, 4) left, top, right, bottom pixels; NaN in rows of `GROUND`.
        ground: (n, 2) metres; NaN where unknown.
        confidence: (n,).

    Raises:
        ValueError: columns of different lengths or wrong shapes, a negative identity, or a row
            with neither box nor ground position.
    """

    frame: Ints
    camera: Strings
    identity: Ints
    box: Floats
    ground: Floats
    confidence: Floats

    def __init__(
        self,
        frame: ArrayLike,
        camera: ArrayLike,
        identity: ArrayLike,
        box: ArrayLike | None = None,
        ground: ArrayLike | None = None,
        confidence: ArrayLike | None = None,
    ) -> None:
        f = np.asarray(frame, dtype=np.int64).reshape(-1)
        n = len(f)
        columns: dict[str, NDArray[np.generic]] = {
            "frame": f,
            "camera": np.asarray(camera, dtype=np.str_),
            "identity": np.asarray(identity, dtype=np.int64),
            "box": np.full((n, 4), np.nan) if box is None else np.asarray(box, dtype=np.float64),
            "ground": (
                np.full((n, 2), np.nan) if ground is None else np.asarray(ground, dtype=np.float64)
            ),
            "confidence": (
                np.ones(n) if confidence is None else np.asarray(confidence, dtype=np.float64)
            ),
        }
        if columns["camera"].ndim == 0:
            columns["camera"] = np.full(n, str(columns["camera"]))
        for name, column in columns.items():
            width = {"box": (4,), "ground": (2,)}.get(name, ())
            if n == 0:
                column = column.reshape(0, *width)
            if column.shape != (n, *width):
                raise ValueError(f"column {name!r} has shape {column.shape}, not {(n, *width)}")
            object.__setattr__(self, name, column)
        if n and self.identity.min() < 0:
            raise ValueError(f"identity {self.identity.min()} is negative")
        bare = np.isnan(self.box).any(axis=1) & np.isnan(self.ground).any(axis=1)
        if bare.any():
            row = int(np.argmax(bare))
            raise ValueError(
                f"identity {self.identity[row]} at frame {self.frame[row]} has neither a box nor"
                " a ground position"
            )

    @classmethod
    def empty(cls) -> Tracks:
        """No rows."""
        return cls([], [], [])

    @classmethod
    def concatenate(cls, tables: Iterable[Tracks]) -> Tracks:
        """All rows of several tables, in order."""
        parts = list(tables)
        if not parts:
            return cls.empty()
        return cls(*(np.concatenate([getattr(t, c.name) for t in parts]) for c in fields(cls)))

    def __len__(self) -> int:
        return len(self.frame)

    def __getitem__(self, rows: slice | ArrayLike) -> Tracks:
        """These rows (a slice, indices, or a mask)."""
        index = rows if isinstance(rows, slice) else np.asarray(rows)
        return Tracks(*(getattr(self, c.name)[index] for c in fields(self)))

    @property
    def cameras(self) -> tuple[str, ...]:
        """Names of the cameras that occur, sorted, without `GROUND`."""
        return tuple(str(c) for c in np.unique(self.camera) if c != GROUND)

    @property
    def has_box(self) -> NDArray[np.bool_]:
        """(n,) which rows have a box."""
        return np.asarray(np.isfinite(self.box).all(axis=1))

    @property
    def has_ground(self) -> NDArray[np.bool_]:
        """(n,) which rows have a ground position."""
        return np.asarray(np.isfinite(self.ground).all(axis=1))

    def on_ground(self) -> Tracks:
        """One row for each (frame, identity) with a ground position, sorted, camera `GROUND`."""
        rows = self[self.has_ground]
        order = np.lexsort((rows.identity, rows.frame))
        frame, identity = rows.frame[order], rows.identity[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (frame[1:] != frame[:-1]) | (identity[1:] != identity[:-1])
        keep = order[first]
        return Tracks(
            rows.frame[keep],
            GROUND,
            rows.identity[keep],
            None,
            rows.ground[keep],
            rows.confidence[keep],
        )

    def in_boxes(self, camera: str | None = None) -> Tracks:
        """The rows with a box, of one camera or of all."""
        keep = self.has_box & (self.camera != GROUND)
        return self[keep if camera is None else keep & (self.camera == camera)]

    def sorted(self) -> Tracks:
        """The rows ordered by frame, then camera, then identity."""
        return self[np.lexsort((self.identity, self.camera, self.frame))]

    def first_duplicate(self) -> int | None:
        """The index of a row whose (frame, camera, identity) stands in an earlier row, or None."""
        order = np.lexsort((np.arange(len(self)), self.identity, self.camera, self.frame))
        f, c, i = self.frame[order], self.camera[order], self.identity[order]
        again = (f[1:] == f[:-1]) & (c[1:] == c[:-1]) & (i[1:] == i[:-1])
        return int(order[1:][again].min()) if again.any() else None


@runtime_checkable
class MultiCameraSequence(Protocol):
    """What several cameras saw over time: any object with these members.

    Iterating gives, for each instant, a tuple of the `View`s of the cameras that delivered
    something then: a camera that was silent is left out, which is not the same as a view without
    detections. Optional members that are used where present: `__len__` (number of instants),
    `rate` (instants per second), `region` ((k, 2) corners of the floor of interest in metres),
    `ways` (between neighbouring cameras that do not overlap, see `calibration`).
    """

    @property
    def name(self) -> str:
        """What the sequence is called."""

    @property
    def cameras(self) -> Sequence[Camera]:
        """All cameras, in a fixed order."""

    @property
    def truth(self) -> Tracks | None:
        """The ground truth, or None."""

    def __iter__(self) -> Iterator[tuple[View, ...]]:
        """One tuple of views an instant, in order of time."""

"""Detections made from a sequence's true boxes by a stated noise model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .calibration import Way
from .cameras import Camera, Floats
from .views import Detections, Image, Ints, MultiCameraSequence, Tracks, View

SMALLEST = 2.0
"""Pixels: the least width and height of a noisy box."""


@dataclass(frozen=True)
class NoiseModel:
    """What is wrong with the detections.

    Args:
        miss: probability with which a true box is not detected, each on its own.
        false: false boxes per true box: a view with n true boxes gets a number drawn from the
            binomial distribution (n, false).
        jitter: standard deviation in pixels, drawn from a normal distribution for each of a
            box's four sides.
        score: mean and standard deviation of the score of a true box; scores are kept within
            0.05 and 1.
        false_score: the same for a false box.

    Raises:
        ValueError: a probability outside 0 to 1, or a negative deviation.
    """

    miss: float = 0.15
    false: float = 0.10
    jitter: float = 8.0
    score: tuple[float, float] = (0.8, 0.1)
    false_score: tuple[float, float] = (0.5, 0.15)

    def __post_init__(self) -> None:
        for name in ("miss", "false"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be from 0 to 1, not {getattr(self, name)}")
        if not min(self.jitter, self.score[1], self.false_score[1]) >= 0:
            raise ValueError("jitter and the deviations of the scores must not be negative")


def noisy_detections(
    boxes: Floats,
    size: tuple[int, int],
    rng: np.random.Generator,
    noise: NoiseModel,
    sizes: Floats | None = None,
) -> Detections:
    """Detections of one view, in random order.

    Args:
        boxes: (n, 4) true left, top, right, bottom in pixels.
        size: (width, height) of the image; boxes are clipped to it, and dropped outside it.
        rng: every draw comes from it.
        noise: the model.
        sizes: (m, 2) widths and heights from which those of false boxes are drawn; None: those
            of `boxes`.

    Returns:
        detections without embeddings. False boxes lie anywhere within the image.
    """
    seen = boxes[rng.random(len(boxes)) >= noise.miss]
    true = seen + rng.normal(0.0, noise.jitter, seen.shape)
    count = int(rng.binomial(len(boxes), noise.false))
    pool = boxes[:, 2:] - boxes[:, :2] if sizes is None else sizes
    extent = np.minimum(pool[rng.integers(len(pool), size=count)], size) if count else pool[:0]
    corner = rng.random((count, 2)) * (np.array(size) - extent)
    found = np.vstack([_repaired(true), np.hstack([corner, corner + extent])])
    scores = np.concatenate(
        [rng.normal(*noise.score, len(true)), rng.normal(*noise.false_score, count)]
    )
    clipped = np.clip(found, 0, [*size, *size])
    inside = np.flatnonzero(np.asarray((clipped[:, 2:] - clipped[:, :2] >= 1).all(axis=1)))
    order = rng.permutation(inside)
    return Detections(clipped[order], np.clip(scores[order], 0.05, 1.0))


def _repaired(boxes: Floats) -> Floats:
    """Boxes whose sides crossed, with the sides swapped and at least `SMALLEST` apart."""
    low = np.minimum(boxes[:, :2], boxes[:, 2:])
    high = np.maximum(boxes[:, :2], boxes[:, 2:])
    grow = np.maximum(SMALLEST - (high - low), 0) / 2
    return np.hstack([low - grow, high + grow])


class WithNoisyTruth:
    """A sequence whose detections are its own true boxes, seen through a noise model.

    Each view has a random generator of its own, made of the seed, the camera's position and the
    frame: the detections are the same however often and in whatever order views are looked at.

    Args:
        sequence: a sequence with true boxes; its own detections are not used.
        noise: the model; None: `NoiseModel()`.
        seed: a non-negative integer.

    Raises:
        ValueError: the sequence has no truth with boxes.
    """

    def __init__(
        self, sequence: MultiCameraSequence, noise: NoiseModel | None = None, seed: int = 0
    ) -> None:
        truth = sequence.truth
        if truth is None or not truth.has_box.any():
            raise ValueError(f"sequence {sequence.name!r} has no true boxes")
        self.sequence, self.noise, self.seed = sequence, noise or NoiseModel(), seed
        self.name = sequence.name
        self.truth: Tracks | None = truth
        self.rate: float | None = getattr(sequence, "rate", None)
        self.region: Floats | None = getattr(sequence, "region", None)
        self.ways: tuple[Way, ...] = getattr(sequence, "ways", ())
        self._boxes = {c.name: _by_frame(truth.in_boxes(c.name)) for c in self.cameras}

    @property
    def cameras(self) -> Sequence[Camera]:
        """All cameras, in a fixed order."""
        return self.sequence.cameras

    def __len__(self) -> int:
        return len(self.sequence)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[tuple[View, ...]]:
        numbers = {camera.name: number for number, camera in enumerate(self.cameras)}
        for views in self.sequence:
            yield tuple(self._noisy(view, numbers[view.camera.name]) for view in views)

    def _noisy(self, view: View, number: int) -> View:
        frames, boxes = self._boxes[view.camera.name]
        first, end = np.searchsorted(frames, [view.frame, view.frame + 1])
        rng = np.random.default_rng([self.seed, number, view.frame])
        sizes = boxes[:, 2:] - boxes[:, :2]
        found = noisy_detections(boxes[first:end], view.camera.size, rng, self.noise, sizes)
        image = (lambda: _image(view)) if view.has_image else None
        return View(view.camera, view.frame, view.time, found, image)


def _image(view: View) -> Image:
    image = view.image
    assert image is not None
    return image


def _by_frame(rows: Tracks) -> tuple[Ints, Floats]:
    """Frame numbers, ascending, and the boxes that go with them."""
    order = np.argsort(rows.frame, kind="stable")
    return rows.frame[order], rows.box[order]

"""Sequences whose detections are made once, and kept for whoever goes through them again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .detecting import WithDetector
from .sequences.calibration import Way
from .sequences.cameras import Camera, Floats
from .sequences.views import Detections, Ints, MultiCameraSequence, Tracks, View
from .trackers import Tracker

__all__ = ["Blind", "Remembered", "without_embeddings"]


class Remembered:
    """A sequence whose detections are those of the first time that it was gone through.

    A detector looks at every image once, however often the sequence is iterated over. Images are
    not kept. When the first time was broken off, the next one begins anew.

    Args:
        sequence: members that it lacks, such as `rate`, are None here.
    """

    def __init__(self, sequence: MultiCameraSequence) -> None:
        self.sequence = sequence
        self.name = sequence.name
        self.truth: Tracks | None = sequence.truth
        self.rate: float | None = getattr(sequence, "rate", None)
        self.region: Floats | None = getattr(sequence, "region", None)
        self.ways: tuple[Way, ...] = getattr(sequence, "ways", ())
        self.frames: Ints | None = getattr(sequence, "frames", None)
        self._kept: dict[tuple[str, int], Detections] | None = None

    @property
    def cameras(self) -> Sequence[Camera]:
        """All cameras, in a fixed order."""
        return self.sequence.cameras

    def __len__(self) -> int:
        return len(self.sequence)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[tuple[View, ...]]:
        return self._first() if self._kept is None else self._again(self._kept)

    def _first(self) -> Iterator[tuple[View, ...]]:
        kept: dict[tuple[str, int], Detections] = {}
        for views in self.sequence:
            kept.update({(view.camera.name, view.frame): view.detections for view in views})
            yield views
        self._kept = kept

    def _again(self, kept: dict[tuple[str, int], Detections]) -> Iterator[tuple[View, ...]]:
        whole = self.sequence
        # Below the detector: what only delivers pictures.
        source = whole.sequence if isinstance(whole, WithDetector) else whole
        for views in source:
            yield tuple(
                with_detections(view, kept[view.camera.name, view.frame])
                for view in views
                if (view.camera.name, view.frame) in kept
            )


def with_detections(view: View, detections: Detections) -> View:
    """The same view with other detections; its image is decoded only when somebody looks at it."""
    image = (lambda: view.image) if view.has_image else None
    return View(view.camera, view.frame, view.time, detections, image)  # type: ignore[arg-type]


def without_embeddings(views: Sequence[View]) -> tuple[View, ...]:
    """The views of an instant, with boxes and scores alone."""
    return tuple(
        view
        if view.detections.embeddings is None
        else with_detections(view, Detections(view.detections.boxes, view.detections.scores))
        for view in views
    )


class Blind:
    """A tracker that is shown no embeddings: it goes by motion alone, if it has no embedder.

    Args:
        tracker: the one that tracks.
    """

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker

    def step(self, views: Sequence[View]) -> Tracks:
        """As the tracker does it."""
        return self.tracker.step(without_embeddings(views))

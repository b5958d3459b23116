"""People found in a sequence's images by a detector, in place of detections that came with it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from .models.detector import Detector, Found, check_found
from .sequences.calibration import Way
from .sequences.cameras import Camera, Floats
from .sequences.views import Detections, Image, Ints, MultiCameraSequence, Tracks, View

__all__ = ["WithDetector"]


class WithDetector:
    """A sequence whose detections are those of a detector that looks at every image.

    Images are looked at when the sequence is iterated over, instant by instant, and each is
    decoded once: the views carry it on to the embedder and to pictures.

    Args:
        sequence: a sequence with images; its own detections are not used. Members that it lacks,
            such as `rate`, are None here.
        detector: called with each image.

    Attributes:
        seconds: spent on decoding images and in the detector so far.
    """

    def __init__(self, sequence: MultiCameraSequence, detector: Detector) -> None:
        self.sequence, self.detector = sequence, detector
        self.name = sequence.name
        self.truth: Tracks | None = sequence.truth
        self.rate: float | None = getattr(sequence, "rate", None)
        self.region: Floats | None = getattr(sequence, "region", None)
        self.ways: tuple[Way, ...] = getattr(sequence, "ways", ())
        self.frames: Ints | None = getattr(sequence, "frames", None)
        self.seconds = 0.0

    @property
    def cameras(self) -> Sequence[Camera]:
        """All cameras, in a fixed order."""
        return self.sequence.cameras

    def __len__(self) -> int:
        return len(self.sequence)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[tuple[View, ...]]:
        """One tuple of views an instant.

        Raises:
            ValueError: a view without an image, or a detector that gives what is no box; the
                message names camera and frame.
        """
        for views in self.sequence:
            began = time.perf_counter()
            found = tuple(self._looked_at(view) for view in views)
            self.seconds += time.perf_counter() - began
            yield found

    def _looked_at(self, view: View) -> View:
        where = f"camera {view.camera.name!r}, frame {view.frame}"
        image = _image(view, where)
        try:
            found = check_found(self.detector(image))
        except (TypeError, ValueError) as error:
            raise ValueError(f"{where}: {error}") from error
        detections = Detections(*_within(found, image))
        return View(view.camera, view.frame, view.time, detections, image)


def _image(view: View, where: str) -> Image:
    try:
        image = view.image
    except KeyError:  # a folder that lacks some images
        image = None
    if image is None:
        raise ValueError(f"{where}: there is no image for the detector to look at")
    return image


def _within(found: Found, image: Image) -> Found:
    """The boxes of which the image shows a pixel or more: nobody can be known by the others."""
    height, width = image.shape[:2]
    corners = np.clip(found.boxes, 0, (width, height, width, height))
    shown = (corners[:, 2:] - corners[:, :2] >= 1).all(axis=1)
    return Found(found.boxes[shown], found.scores[shown])

"""Labelled pictures cut from a sequence whose ground truth is known."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from ..sequences.cameras import Floats
from ..sequences.views import Detections, Image, MultiCameraSequence, Tracks, View
from .pictures import Pictures, ReidData, Source
from .splits import people_apart, query_and_gallery

QUALITY = 95
"""Crops are kept as JPEG of this quality: a tenth of the memory of their pixels."""


def from_sequence(
    sequence: MultiCameraSequence,
    *,
    every: int = 10,
    height: float = 64.0,
    overlap: float = 0.4,
    inside: float = 0.8,
    test: float = 0.5,
    test_cameras: Collection[str] = (),
    seed: int = 0,
) -> ReidData:
    """People cut out of a sequence's images by their true boxes.

    Args:
        sequence: with images and truth.
        every: of so many instants one is looked at.
        height: pixels that a box must be high within the image.
        overlap: at most this share of a box may be covered by boxes that reach further down in
            the image, which belong to people nearer to the camera.
        inside: at least this share of a box must be inside the image.
        test: share of the people to test on, drawn at random, 0 to 1.
        test_cameras: names of cameras that are only tested on, and alone; empty: all cameras
            take part in both.
        seed: of all that is drawn.

    Returns:
        data with the truth's identities plus 1, and cameras numbered from 1 in the sequence's
        order; queries and gallery as `query_and_gallery` divides them, so that people whom one
        camera alone saw are learned from, but not asked for.

    Raises:
        ValueError: no truth with boxes, no images, no such camera, no crop that is good enough,
            or a number out of range.
    """
    truth = sequence.truth
    if truth is None or not truth.has_box.any():
        raise ValueError(f"sequence {sequence.name!r} has no true boxes to cut people out by")
    if every < 1:
        raise ValueError(f"every is {every}: expected 1 or more")
    numbers = {camera.name: k for k, camera in enumerate(sequence.cameras, start=1)}
    for name in test_cameras:
        if name not in numbers:
            raise ValueError(f"there is no camera {name!r}: expected one of {', '.join(numbers)}")
    boxes = {name: truth.in_boxes(name) for name in numbers}
    crops = _Crops()
    for instant, views in enumerate(sequence):
        for view in views if instant % every == 0 else ():
            rows = boxes[view.camera.name]
            rows = rows[rows.frame == view.frame]
            good = usable(rows.box, view.camera.size, height, overlap, inside)
            crops.add(view, rows[good], numbers[view.camera.name])
    if not crops.sources:
        raise ValueError(
            f"sequence {sequence.name!r} has no box of at least {height:g} pixels, {inside:.0%} in"
            f" the image and at most {overlap:.0%} covered"
        )
    learned, tested = people_apart(crops.pictures(), test, seed)
    if test_cameras:
        reserved = [numbers[name] for name in test_cameras]
        learned = learned[~np.isin(learned.camera, reserved)]
        tested = tested[np.isin(tested.camera, reserved)]
    return ReidData(sequence.name, learned, *query_and_gallery(tested, seed))


def usable(
    boxes: Floats, size: tuple[int, int], height: float, overlap: float, inside: float
) -> NDArray[np.bool_]:
    """(n,) which people of one image are seen well enough.

    Args:
        boxes: (n, 4) left, top, right, bottom of all people in it.
        size: (width, height) of the image.
        height, overlap, inside: see `from_sequence`.
    """
    clipped = np.clip(boxes, 0, [*size, *size])
    area, shown = _areas(boxes), _areas(clipped)
    tall = clipped[:, 3] - clipped[:, 1] >= height
    common = np.concatenate(
        [
            np.maximum(clipped[:, None, :2], clipped[None, :, :2]),
            np.minimum(clipped[:, None, 2:], clipped[None, :, 2:]),
        ],
        axis=2,
    )
    nearer = boxes[None, :, 3] > boxes[:, None, 3]
    # Boxes that cover the same part count twice: at worst a crop too many is left out.
    covered = (_areas(common) * nearer).sum(axis=1)
    return np.asarray(tall & (shown >= inside * area) & (covered <= overlap * shown) & (shown > 0))


def _areas(boxes: Floats) -> Floats:
    """(...) of (..., 4); 0 for boxes turned inside out."""
    return np.asarray(np.maximum(boxes[..., 2:] - boxes[..., :2], 0).prod(axis=-1))


@dataclass
class _Crops:
    """What has been cut out."""

    sources: list[Source] = field(default_factory=list)
    identity: list[int] = field(default_factory=list)
    camera: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def add(self, view: View, rows: Tracks, camera: int) -> None:
        """Cut these people out of a view."""
        if not len(rows):
            return
        cut = View(view.camera, view.frame, view.time, Detections(rows.box), view.image)
        for crop, person in zip(cut.crops(), rows.identity.tolist(), strict=True):
            self.sources.append(encoded(crop))
            self.identity.append(person + 1)
            self.camera.append(camera)
            self.names.append(f"{view.camera.name} frame {view.frame} identity {person}")

    def pictures(self) -> Pictures:
        """All of it."""
        return Pictures(self.sources, self.identity, self.camera, self.names)


def encoded(image: Image) -> bytes:
    """uint8 (height, width, 3) RGB as JPEG."""
    flipped = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, coded = cv2.imencode(".jpg", flipped, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return coded.tobytes()

"""Pictures of a result: a mosaic of the cameras with a map of the floor, and a video."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from .drawing import BACKGROUND, blank
from .floor_map import FloorPlan, empty_map, floor_plan, people_on_map, walks_on_map
from .mosaic import GAP, mosaic, tiling
from .sequences.cameras import Camera, Floats
from .sequences.files import replacing
from .sequences.images import write_image
from .sequences.views import Image, Tracks, View

__all__ = [
    "Drawing",
    "Film",
    "bird_view",
    "filming",
    "mosaic",
    "poster",
    "shrunk",
    "write_image_atomically",
]

MAP_SHARE = 0.42
"""Width of the map as a share of the mosaic's."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """How a result is drawn: once for all its pictures, so that they look alike.

    Args:
        cameras: all of them, in the order of the pictures.
        region: (k, 2) corners of the floor of interest in metres, or None.
        extent: tracks that the map must hold; None: the region or what the cameras see.
        trail_frames: how many frame numbers back trails reach.
        width: of the mosaic in pixels; the map comes beside it.
    """

    cameras: Sequence[Camera]
    region: Floats | None = None
    extent: Tracks | None = None
    trail_frames: int = 30
    width: int = 1280
    plan: FloorPlan | None = field(init=False)
    _map: Image | None = field(init=False)

    def __post_init__(self) -> None:
        height = tiling(self.cameras, self.width).size[1]
        size = (round(self.width * MAP_SHARE / 2) * 2, height)
        plan = floor_plan(self.cameras, self.region, self.extent, size)
        object.__setattr__(self, "plan", plan)
        bare = None if plan is None else empty_map(plan, self.cameras, self.region)
        object.__setattr__(self, "_map", bare)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels of `at`'s pictures."""
        width, height = tiling(self.cameras, self.width).size
        return (width, height) if self.plan is None else (width + GAP + self.plan.size[0], height)

    def at(self, views: Sequence[View], tracks: Tracks, frame: int) -> Image:
        """The mosaic of an instant and, where positions on the floor are known, the map beside it.

        Args:
            views: of the instant.
            tracks: rows of the instant and earlier; later ones are not drawn.
            frame: the instant's number.

        Returns:
            uint8 (height, width, 3) RGB of the size `size`.
        """
        left = mosaic(
            views,
            self.cameras,
            tracks,
            frame,
            trail_frames=self.trail_frames,
            region=self.region,
            width=self.width,
        )
        if self.plan is None or self._map is None:
            return left
        right = people_on_map(self._map, self.plan, tracks, frame, 3 * self.trail_frames)
        whole = blank(*self.size, BACKGROUND)
        whole[:, : left.shape[1]] = left
        whole[:, left.shape[1] + GAP :] = right
        return whole


def poster(
    views: Sequence[View],
    cameras: Sequence[Camera],
    tracks: Tracks,
    *,
    region: Floats | None = None,
    trail_frames: int = 30,
    width: int = 1280,
) -> Image:
    """One picture of a result: the cameras at one instant, and the map of the floor.

    Args:
        views: of the instant to show, one or more.
        cameras: all of them.
        tracks: the whole result.
        region: (k, 2) corners in metres, or None.
        trail_frames: how many frame numbers back trails reach.
        width: of the cameras' part in pixels.

    Returns:
        uint8 (height, width, 3) RGB.

    Raises:
        ValueError: no view.
    """
    if not views:
        raise ValueError("there is no view to draw")
    drawing = Drawing(cameras, region, tracks, trail_frames, width)
    return drawing.at(views, tracks, views[0].frame)


def bird_view(
    cameras: Sequence[Camera],
    tracks: Tracks,
    *,
    region: Floats | None = None,
    apart: int = 30,
    width: int = 900,
) -> Image | None:
    """The floor from above with everybody's whole way.

    Args:
        cameras: calibrated or not.
        tracks: the whole result.
        region: (k, 2) corners in metres, or None.
        apart: rows of an identity more than this many frames apart are not joined by a line.
        width: of the picture in pixels; its height follows from the floor's shape.

    Returns:
        uint8 (height, width, 3) RGB; None where no position on the floor is known.
    """
    plan = floor_plan(cameras, region, tracks, (width, width))
    if plan is None:
        return None
    wide, high = plan.high - plan.low
    height = int(np.clip(round(width * high / wide), width // 3, 4 * width // 3))
    plan = FloorPlan(plan.low, plan.high, (width, height))
    return walks_on_map(empty_map(plan, cameras, region), plan, tracks, apart)


def write_image_atomically(path: str | Path, image: Image) -> None:
    """Write RGB pixels in the format that the name's ending says; complete or not at all.

    Raises:
        ValueError: no format of this ending.
        OSError: the file cannot be written.
    """
    with replacing(path) as draft:
        write_image(draft, image)


def shrunk(image: Image, width: int) -> Image:
    """The picture at another width in pixels, its shape kept; smaller ones stay as they are."""
    if image.shape[1] <= width:
        return image
    height = round(image.shape[0] * width / image.shape[1])
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


class Film:
    """A video that is written picture by picture; see `filming`."""

    def __init__(self, path: Path, rate: float) -> None:
        self.path, self.rate = path, rate
        self.size: tuple[int, int] | None = None
        self.count = 0
        self._writer: cv2.VideoWriter | None = None

    def add(self, image: Image) -> None:
        """Append uint8 (height, width, 3) RGB, all of one size, even in both directions.

        Raises:
            ValueError: another size than the first picture's.
            OSError: OpenCV cannot write such a video.
        """
        size = image.shape[1], image.shape[0]
        if self._writer is None:
            self.size = size
            code = cv2.VideoWriter.fourcc(*"mp4v")
            self._writer = cv2.VideoWriter(str(self.path), code, self.rate, size)
            if not self._writer.isOpened():
                raise OSError(f"cannot write the video {self.path} of {size[0]} x {size[1]} pixels")
        if size != self.size:
            raise ValueError(f"a picture of {size} pixels in a video of {self.size}")
        self._writer.write(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        self.count += 1

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.release()


@contextmanager
def filming(path: str | Path, rate: float) -> Iterator[Film]:
    """A film that becomes the file `path` when the block ends well; nothing is left otherwise.

    Args:
        path: ends in .mp4; coded as MPEG-4 part 2, which OpenCV writes everywhere.
        rate: pictures a second.

    Raises:
        OSError: OpenCV cannot write the video, or no picture was added.
    """
    with replacing(path) as draft:
        film = Film(draft, rate)
        try:
            yield film
        finally:
            film.close()
        if film.count == 0:
            raise OSError(f"no picture for the video {path}")

"""Videos and image folders, one per camera, each with its own frame rate and start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .calibration import Calibration
from .cameras import Camera, Floats
from .deepsort import read_deepsort
from .errors import FormatError
from .images import ImageFolder, VideoFile, image_files, image_size
from .mot_text import read_mot_detections
from .recording import DetectionTable, Recording, Stream
from .views import Image, Ints
from .world import calibration_of

SLACK = 1e-6
"""Share of an instant's length by which times may differ and still be the same."""


class Videos(Recording):
    """Video files or image folders on a common clock.

    Frame j of a camera is taken at `start + j / rate` seconds. The instants are `1 / rate` apart
    on the slowest camera's (or a given) rate, from the earliest start to the latest end; frames of
    the sequence are numbered from 0. At each instant a camera shows its nearest frame; it is left
    out where that is more than half an instant away, or missing in its folder.

    Args:
        paths: a video file or a folder of numbered images for each camera. Cameras are called
            like the files without their endings, or like the folders.
        calibration: a file, or one that was read, with a camera for each of those names (a single
            camera takes the only entry whatever its name); None: not calibrated.
        rates: frames per second of each camera; None where the video file says it.
        starts: seconds at which each camera's first frame was taken.
        rate: instants per second of the sequence; None: that of the slowest camera.
        detections: a file for each of some cameras' names: DeepSORT's `.npy`, or a MOTChallenge
            text.
        first_frame: the number that the detections' files give to a camera's first frame.
        name: what the sequence is called; None: the folder that holds the first camera.

    Raises:
        FormatError: an unreadable video, a broken file, or a camera missing in the calibration.
        ValueError: an image folder without a rate, a rate that is not positive, two cameras of
            one name, or arguments of different lengths.
    """

    def __init__(
        self,
        paths: Sequence[str | Path],
        *,
        calibration: str | Path | Calibration | None = None,
        rates: Sequence[float | None] | None = None,
        starts: Sequence[float] | None = None,
        rate: float | None = None,
        detections: Mapping[str, str | Path] | None = None,
        first_frame: int = 1,
        name: str | None = None,
    ) -> None:
        if isinstance(paths, str | Path) or not paths:
            raise ValueError("expected a list of at least one video file or image folder")
        declared = [None] * len(paths) if rates is None else list(rates)
        offsets = [0.0] * len(paths) if starts is None else list(starts)
        if not len(declared) == len(offsets) == len(paths):
            raise ValueError(f"{len(paths)} cameras, {len(declared)} rates, {len(offsets)} starts")
        sources = [
            _source(Path(p), r, float(s)) for p, r, s in zip(paths, declared, offsets, strict=True)
        ]
        files = dict(detections or {})
        unknown = sorted(set(files) - {source.name for source in sources})
        if unknown:
            raise ValueError(f"detections of unknown cameras: {', '.join(unknown)}")
        room = None if calibration is None else calibration_of(calibration)
        pace = min(source.rate for source in sources) if rate is None else float(rate)
        if not (np.isfinite(pace) and pace > 0):
            raise ValueError(f"the rate must be positive, not {rate}")
        count = instants(sources, pace)
        zero = min(source.start for source in sources)
        streams = [
            source.stream(
                _camera(source, room, len(sources)),
                zero + np.arange(count) / pace,
                _detections(files.get(source.name), first_frame),
                first_frame,
            )
            for source in sources
        ]
        region = None if room is None else room.region
        title = Path(paths[0]).resolve().parent.name if name is None else name
        super().__init__(title, streams, np.arange(count), pace, None, None, region)
        self.ways = () if room is None else room.ways


@dataclass(frozen=True, eq=False)
class Source:
    """One camera's frames, counted from 0.

    Args:
        path: the video file or image folder.
        name: what the camera is called.
        size: (width, height) in pixels.
        rate: frames per second.
        start: seconds at which frame 0 was taken.
        present: (n,) which of the frames exist.
        image: the image of a frame.
    """

    path: Path
    name: str
    size: tuple[int, int]
    rate: float
    start: float
    present: NDArray[np.bool_]
    image: Callable[[int], Image]

    def stream(
        self, camera: Camera, times: Floats, table: DetectionTable | None, first_frame: int
    ) -> Stream:
        """What the camera delivers at instants of these times (n,) in seconds."""
        index = nearest_frames(times, self.rate, self.start, self.present)
        frames: Ints = np.flatnonzero(index >= 0)
        image = self.image
        return Stream(
            camera,
            frames,
            table,
            lambda number: image(number - first_frame),
            index[frames] + first_frame,
        )


def nearest_frames(times: Floats, rate: float, start: float, present: NDArray[np.bool_]) -> Ints:
    """Which frame a camera shows at each instant.

    Args:
        times: (n,) seconds of the instants, evenly apart.
        rate: the camera's frames per second.
        start: seconds of its frame 0.
        present: (m,) which of its frames exist.

    Returns:
        (n,) indices of frames, -1 where none is within half an instant.
    """
    apart = float(times[1] - times[0]) if len(times) > 1 else 1 / rate
    # Of two equally near frames the earlier one is shown.
    index = np.ceil((times - start) * rate - 0.5 - SLACK).astype(np.int64)
    off = np.abs(start + index / rate - times)
    inside = (index >= 0) & (index < len(present)) & (off <= apart * (0.5 + SLACK))
    index[~inside] = -1
    index[inside & ~present[np.where(inside, index, 0)]] = -1
    return index


def instants(sources: Sequence[Source], rate: float) -> int:
    """How many instants there are from the first frame of any camera to the last."""
    first = min(source.start for source in sources)
    last = max(source.start + (len(source.present) - 1) / source.rate for source in sources)
    return int(np.floor((last - first) * rate + SLACK)) + 1


def _source(path: Path, rate: float | None, start: float) -> Source:
    if rate is not None and not (np.isfinite(rate) and rate > 0):
        raise ValueError(f"{path}: the rate must be positive, not {rate}")
    if not np.isfinite(start):
        raise ValueError(f"{path}: the start must be finite, not {start}")
    if not path.is_dir():
        video = VideoFile(path)
        present = np.ones(video.count, dtype=bool)
        return Source(path, path.stem, video.size, rate or video.rate, start, present, video)
    if rate is None:
        raise ValueError(f"{path}: a folder of images does not say its rate: give one")
    files = image_files(path)
    if not files:
        raise FormatError(path, "numbered images")
    numbers = np.array(list(files), dtype=np.int64)
    # Images that were taken from a video in steps are numbered in steps.
    step = int(np.gcd.reduce(np.diff(numbers))) if len(numbers) > 1 else 1
    first = int(numbers[0])
    present = np.zeros((int(numbers[-1]) - first) // step + 1, dtype=bool)
    present[(numbers - first) // step] = True
    size = image_size(files[first])
    pictures = ImageFolder(files, size)
    return Source(
        path, path.name, size, rate, start, present, lambda index: pictures(first + index * step)
    )


def _camera(source: Source, room: Calibration | None, count: int) -> Camera:
    if room is None:
        return Camera(source.name, source.size)
    only = room.cameras[0] if count == len(room.cameras) == 1 else None
    camera = only or room.camera(source.name)
    if camera is None:
        names = ", ".join(c.name for c in room.cameras)
        expected = f"a calibrated camera of the name {source.name}"
        raise FormatError(source.path, expected, found=names)
    if camera.size != source.size:
        expected = f"images of {camera.size} as in the calibration"
        raise FormatError(source.path, expected, found=source.size)
    return replace(camera, name=source.name)


def _detections(path: str | Path | None, first_frame: int) -> DetectionTable | None:
    if path is None:
        return None
    if Path(path).suffix.lower() == ".npy":
        return read_deepsort(path, first_frame=first_frame)
    return read_mot_detections(path, first_frame=first_frame)

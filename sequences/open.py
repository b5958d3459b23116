"""Recognising what kind of sequence a path holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .calibration import Calibration
from .errors import FormatError
from .images import IMAGE_ENDINGS, VIDEO_ENDINGS, video_files
from .motchallenge import MARKS, MotChallenge, is_camera_folder
from .recording import Recording
from .video import Videos
from .wildtrack import Wildtrack
from .world import DetectionFolder

LOOKED_FOR = (
    "annotations_positions and calibrations (WILDTRACK, MultiviewX)",
    "detections/*.npy beside calibration.json",
    f"{', '.join(MARKS)} (MOTChallenge), here or in the folders below",
    "video files",
    "folders of images, or images",
)
"""What makes a folder a sequence, in the order in which it is looked for."""


def open_sequence(
    path: str | Path | Sequence[str | Path],
    *,
    calibration: str | Path | Calibration | None = None,
    rate: float | None = None,
    first_frame: int = 1,
) -> Recording:
    """Open a sequence of any format that is known here.

    Args:
        path: a folder, a video file, or a list of videos, image folders or MOTChallenge folders,
            one per camera.
        calibration: a calibration file, or one that was read; None: what the folder has.
        rate: for image folders, their frames per second; for other formats instants per second in
            place of what the files say. WILDTRACK knows its own.
        first_frame: the number of the first frame in text and `.npy` files.

    Raises:
        FormatError: nothing that is known (the message says what was looked for and what was
            found), or a broken file.
        FileNotFoundError: there is no such path.
        ValueError: an option that the format cannot use.
    """
    if not isinstance(path, str | Path):
        return _open_list([Path(p) for p in path], calibration, rate, first_frame)
    place = Path(path)
    if not place.exists():
        raise FileNotFoundError(f"no such file or folder: {place}")
    if place.is_file():
        if place.suffix.lower() not in VIDEO_ENDINGS:
            raise FormatError(place, f"a folder, or a video ({', '.join(VIDEO_ENDINGS)})")
        return Videos([place], calibration=calibration, rate=rate)
    if (place / "annotations_positions").is_dir() and (place / "calibrations").is_dir():
        if calibration is not None or rate is not None:
            raise ValueError(f"{place}: WILDTRACK's layout brings its own calibration and rate")
        return Wildtrack(place)
    if (place / "calibration.json").is_file() and any((place / "detections").glob("*.npy")):
        return DetectionFolder(place, calibration=calibration, rate=rate, first_frame=first_frame)
    if is_camera_folder(place) or any(is_camera_folder(p) for p in place.iterdir() if p.is_dir()):
        return MotChallenge(place, calibration=calibration, rate=rate, first_frame=first_frame)
    return _open_pictures(place, calibration, rate)


def _open_list(
    paths: list[Path], calibration: str | Path | Calibration | None, rate: float | None, first: int
) -> Recording:
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"no such file or folder: {path}")
    if paths and all(path.is_dir() and is_camera_folder(path) for path in paths):
        return MotChallenge(paths, calibration=calibration, rate=rate, first_frame=first)
    return _videos(paths, calibration, rate)


def _open_pictures(
    place: Path, calibration: str | Path | Calibration | None, rate: float | None
) -> Recording:
    """A folder of videos, of image folders, or of images."""
    given = calibration
    if calibration is None and (place / "calibration.json").is_file():
        given = place / "calibration.json"
    videos = video_files(place)
    if videos:
        return _videos(videos, given, rate)
    folders = [p for p in sorted(place.iterdir()) if p.is_dir() and _has_images(p)]
    if folders:
        return _videos(folders, given, rate)
    if _has_images(place):
        return _videos([place], given, rate)
    found = sorted(p.name for p in place.iterdir())
    listed = ", ".join(found[:12]) + (", ..." if len(found) > 12 else "")
    raise FormatError(
        place, "in this order: " + "; ".join(LOOKED_FOR), found=listed or "an empty folder"
    )


def _videos(
    paths: list[Path], calibration: str | Path | Calibration | None, rate: float | None
) -> Videos:
    """A rate is that of image folders; videos say their own and are put on it as a clock."""
    rates = [rate if path.is_dir() else None for path in paths]
    return Videos(paths, calibration=calibration, rates=rates, rate=rate)


def _has_images(folder: Path) -> bool:
    return any(p.suffix.lower() in IMAGE_ENDINGS for p in folder.iterdir() if p.is_file())

"""Sequences in MOTChallenge's layout; several folders are several cameras of one sequence.

A camera's folder has `seqinfo.ini`, images in `img1` or one video file, detections in `det/det.txt`
(embeddings row by row in `det/emb.npy`) or with embeddings in `det/det.npy`, and truth in
`gt/gt.txt`; each of them may be missing. The folder above several cameras may have
`calibration.json` and `gt/world.txt`.
"""

from __future__ import annotations

import configparser
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .calibration import Calibration
from .cameras import Camera
from .deepsort import read_deepsort
from .errors import FormatError
from .files import read_text
from .images import ImageFolder, VideoFile, image_files, image_size, video_files
from .mot_text import read_mot_detections, read_mot_tracks
from .recording import DetectionTable, Recording, Stream
from .views import Image, Ints, Tracks
from .world import calibration_of, read_world, with_ground

MARKS = ("seqinfo.ini", "img1", "det/det.txt", "det/det.npy", "gt/gt.txt")
"""A folder with any of these is a camera in MOTChallenge's layout."""


@dataclass(frozen=True)
class SequenceInfo:
    """What `seqinfo.ini` says; None where it says nothing."""

    name: str
    rate: float | None = None
    length: int | None = None
    size: tuple[int, int] | None = None
    images: str = "img1"


class MotChallenge(Recording):
    """One or several cameras in MOTChallenge's layout.

    Frame numbers are the file's own, from `first_frame` to `first_frame + seqLength - 1`, or to the
    last that occurs where `seqinfo.ini` does not give the length. A camera is left out of the
    instants after its own end, and of those for which it has neither an image nor a detection
    although its other frames have images. Where all cameras have identities of their own (no
    `gt/world.txt`), equal numbers in two cameras are taken for the same person.

    Args:
        path: a camera's folder, the folder above several, or a list of cameras' folders.
        calibration: a file, or one that was read; None: `calibration.json` (or one Tsai file
            `calibration*.xml`) in the folder where there is one. A single camera takes the only
            entry whatever its name; of several, each takes the entry named like its folder.
        rate: instants per second; None: frameRate of `seqinfo.ini`.
        first_frame: the number of the first frame; the format says 1.

    Raises:
        FormatError: a broken file, or something needed that no file says (frame rate, image size).
    """

    def __init__(
        self,
        path: str | Path | Sequence[str | Path],
        *,
        calibration: str | Path | Calibration | None = None,
        rate: float | None = None,
        first_frame: int = 1,
    ) -> None:
        above, folders = _folders(path)
        room = _calibration(above, calibration)
        parts = [_Part(folder, first_frame, rate) for folder in folders]
        rates = {part.rate for part in parts}
        if len(rates) > 1:
            raise FormatError(
                above, "one frame rate for all cameras", field="frameRate", found=rates
            )
        streams = [part.stream(_entry(room, part, len(parts), above)) for part in parts]
        last = max(part.last for part in parts)
        name = parts[0].info.name if len(parts) == 1 else (room and room.name) or above.name
        truth = _truth(above, parts, first_frame, last)
        super().__init__(
            name,
            streams,
            np.arange(first_frame, last + 1),
            parts[0].rate,
            None,
            truth,
            None if room is None else room.region,
        )
        self.ways = () if room is None else room.ways


def read_seqinfo(path: str | Path) -> SequenceInfo:
    """Read a `seqinfo.ini`.

    Raises:
        FormatError: not an INI file with the section Sequence, or a number that is not positive.
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(read_text(path))
    except configparser.Error as error:
        line = getattr(error, "lineno", None)
        raise FormatError(path, "an INI file", line=line) from None
    if not parser.has_section("Sequence"):
        raise FormatError(path, "a section [Sequence]")
    section = parser["Sequence"]

    def number(key: str) -> float | None:
        word = section.get(key, "").strip()
        if not word:
            return None
        try:
            value = float(word)
        except ValueError:
            value = -1.0
        whole = key == "frameRate" or value % 1 == 0
        if not (np.isfinite(value) and value > 0 and whole):
            raise FormatError(path, "a positive number", field=key, found=word)
        return value

    width, height, length = number("imWidth"), number("imHeight"), number("seqLength")
    return SequenceInfo(
        section.get("name", "").strip() or Path(path).parent.name,
        number("frameRate"),
        None if length is None else int(length),
        None if width is None or height is None else (int(width), int(height)),
        section.get("imDir", "").strip() or "img1",
    )


class _Part:
    """One camera's folder: what it says, its detections and its truth."""

    def __init__(self, folder: Path, first_frame: int, rate: float | None) -> None:
        ini = folder / "seqinfo.ini"
        self.folder, self.first = folder, first_frame
        self.info = read_seqinfo(ini) if ini.is_file() else SequenceInfo(folder.name)
        self.name = folder.name
        limit = None if self.info.length is None else first_frame + self.info.length - 1
        self.detections = _detections(folder, first_frame, limit)
        gt = folder / "gt" / "gt.txt"
        self.truth = None
        if gt.is_file():
            self.truth = read_mot_tracks(
                gt, self.name, truth=True, first_frame=first_frame, last_frame=limit
            )
        self.files = {}
        if (folder / self.info.images).is_dir():
            self.files = image_files(folder / self.info.images)
        self.video = None if self.files else _only_video(folder)
        self.last = self._last() if limit is None else limit
        found = rate if rate is not None else self.info.rate
        if found is None and self.video is not None:
            found = self.video.rate
        if found is None:
            raise FormatError(ini, "frames per second", field="frameRate")
        self.rate = found

    def _last(self) -> int:
        """The last frame that any file mentions."""
        ends = [self.first - 1, *self.files]
        tables = [table for table in (self.detections, self.truth) if table is not None]
        ends += [int(table.frame.max()) for table in tables if len(table)]
        if self.video is not None:
            ends.append(self.first + self.video.count - 1)
        return max(ends)

    def _size(self, camera: Camera | None) -> tuple[int, int]:
        """Width and height, from the first of seqinfo, images, video, calibration that says."""
        size = self.info.size
        if size is None and self.files:
            size = image_size(next(iter(self.files.values())))
        if self.video is not None:
            if size is not None and size != self.video.size:
                raise FormatError(self.video.path, f"images of {size}", found=self.video.size)
            size = self.video.size
        if size is None and camera is not None:
            size = camera.size
        if size is None:
            ini = self.folder / "seqinfo.ini"
            raise FormatError(ini, "the image's size in pixels", field="imWidth, imHeight")
        return size

    def stream(self, calibrated: Camera | None) -> Stream:
        """The camera with all that it delivered."""
        size = self._size(calibrated)
        camera = Camera(self.name, size)
        if calibrated is not None:
            if calibrated.size != size:
                raise FormatError(
                    self.folder, f"images of {calibrated.size} as in the calibration", found=size
                )
            camera = replace(calibrated, name=self.name)
        frames: Ints = np.arange(self.first, self.last + 1)
        image: Callable[[int], Image] | None = None
        if self.video is not None:
            video, first = self.video, self.first
            frames = frames[: video.count]
            image = _from(video, first)
        elif self.files:
            image = ImageFolder(self.files, size)
            present = np.array(list(self.files), dtype=np.int64)
            found = np.empty(0, np.int64) if self.detections is None else self.detections.frame
            frames = frames[np.isin(frames, np.union1d(present, found))]
        return Stream(camera, frames, self.detections, image)


def _from(video: VideoFile, first: int) -> Callable[[int], Image]:
    """The frames of a video by numbers that begin at `first`."""
    return lambda number: video(number - first)


def _detections(folder: Path, first: int, last: int | None) -> DetectionTable | None:
    text, array, vectors = (folder / "det" / name for name in ("det.txt", "det.npy", "emb.npy"))
    if array.is_file():
        table = read_deepsort(array, first_frame=first)
        if last is not None and len(table) and table.frame[-1] > last:
            raise FormatError(
                array, f"frames up to {last}", field="frame", found=int(table.frame[-1])
            )
        return table
    if text.is_file():
        return read_mot_detections(
            text,
            first_frame=first,
            last_frame=last,
            embeddings=vectors if vectors.is_file() else None,
        )
    return None


def _only_video(folder: Path) -> VideoFile | None:
    files = video_files(folder)
    if len(files) > 1:
        raise FormatError(folder, "one video file", found=[file.name for file in files])
    return VideoFile(files[0]) if files else None


def is_camera_folder(folder: Path) -> bool:
    """Whether a folder holds one camera in MOTChallenge's layout."""
    return any((folder / mark).exists() for mark in MARKS)


def _folders(path: str | Path | Sequence[str | Path]) -> tuple[Path, list[Path]]:
    """The folder in which shared files lie, and the cameras' folders."""
    if not isinstance(path, str | Path):
        folders = [Path(p) for p in path]
        if not folders:
            raise ValueError("expected at least one folder")
        return folders[0].resolve().parent, folders
    above = Path(path).resolve()
    if is_camera_folder(above):
        return above, [above]
    folders = [p for p in sorted(above.glob("*")) if p.is_dir() and is_camera_folder(p)]
    if not folders:
        raise FormatError(path, f"one of {', '.join(MARKS)} here or in the folders below")
    return above, folders


def _calibration(above: Path, given: str | Path | Calibration | None) -> Calibration | None:
    if given is not None:
        return calibration_of(given)
    files = [above / "calibration.json", *sorted(above.glob("calibration*.xml"))]
    files = [file for file in files if file.is_file()]
    return calibration_of(files[0]) if files else None


def _entry(room: Calibration | None, part: _Part, count: int, above: Path) -> Camera | None:
    """The calibrated camera of a folder."""
    if room is None:
        return None
    if count == 1 and len(room.cameras) == 1:
        return room.cameras[0]
    camera = room.camera(part.name)
    if camera is None:
        names = ", ".join(c.name for c in room.cameras)
        raise FormatError(
            above, f"a calibrated camera named like the folder {part.name}", found=names
        )
    return camera


def _truth(above: Path, parts: list[_Part], first: int, last: int) -> Tracks | None:
    tables = [part.truth for part in parts if part.truth is not None]
    boxes = Tracks.concatenate(tables)
    world = above / "gt" / "world.txt"
    if world.is_file():
        return with_ground(boxes, read_world(world, first_frame=first, last_frame=last))
    return boxes if tables else None

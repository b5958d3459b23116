"""Pictures by number, from folders of image files and from video files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from .errors import FormatError
from .views import Image

IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
VIDEO_ENDINGS = (".avi", ".mp4", ".mkv", ".mov", ".webm", ".m4v", ".mpg", ".mpeg")


def read_image(path: str | Path) -> Image:
    """An image file as uint8 (height, width, 3) RGB.

    Raises:
        FormatError: the file is not a readable image.
    """
    # imdecode, because imread takes no path with letters outside the code page on Windows.
    raw = np.frombuffer(Path(path).read_bytes(), dtype=np.uint8)
    image = cv2.imdecode(raw, cv2.IMREAD_COLOR) if raw.size else None
    if image is None:
        raise FormatError(path, "a readable image")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def write_image(path: str | Path, image: Image) -> None:
    """Write RGB pixels in the format that the name's ending says.

    Raises:
        ValueError: OpenCV knows no such format.
    """
    try:
        done, coded = cv2.imencode(Path(path).suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    except cv2.error:
        done = False
    if not done:
        raise ValueError(f"{path}: no image format for the ending {Path(path).suffix!r}")
    Path(path).write_bytes(coded.tobytes())


def image_files(folder: str | Path) -> dict[int, Path]:
    """The images in a folder by the number that their names end in (img_000012.jpg: 12).

    Raises:
        FormatError: a name without a number, or two images of one number.
    """
    found: dict[int, Path] = {}
    for path in sorted(Path(folder).glob("*")):
        if path.suffix.lower() not in IMAGE_ENDINGS or path.name.startswith("."):
            continue
        digits = re.search(r"[0-9]+$", path.stem)
        if digits is None:
            raise FormatError(path, "a file name that ends in the frame number")
        number = int(digits.group())
        if number in found:
            raise FormatError(path, f"one image of frame {number}", found=found[number].name)
        found[number] = path
    return dict(sorted(found.items()))


def video_files(folder: str | Path) -> list[Path]:
    """The video files in a folder, sorted by name."""
    return [
        path
        for path in sorted(Path(folder).glob("*"))
        if path.suffix.lower() in VIDEO_ENDINGS and not path.name.startswith(".")
    ]


class ImageFolder:
    """Images by number, read when they are asked for.

    Args:
        files: the path of each number.
        size: (width, height) that every image must have.
    """

    def __init__(self, files: Mapping[int, Path], size: tuple[int, int]) -> None:
        self.files, self.size = files, size

    def __call__(self, number: int) -> Image:
        """uint8 (height, width, 3) RGB.

        Raises:
            KeyError: no image has that number.
            FormatError: an unreadable image, or one of another size.
        """
        image = read_image(self.files[number])
        _check_size(self.files[number], image, self.size)
        return image


class VideoFile:
    """Frames of a video file by index from 0, decoded when they are asked for.

    Asking in ascending order decodes each frame once; going back starts at the beginning again,
    because seeking inside compressed video is not exact in every format.

    Args:
        path: the file.

    Raises:
        FormatError: the file is not a readable video.
        FileNotFoundError: there is no such file.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise FileNotFoundError(f"no video file {self.path}")
        self._open()
        size = [self._capture.get(p) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)]
        self.size = (int(size[0]), int(size[1]))
        self.rate = float(self._capture.get(cv2.CAP_PROP_FPS))
        self.count = self._count()
        if min(self.size) <= 0 or self.count == 0:
            raise FormatError(self.path, "a video with at least one frame")
        if not (np.isfinite(self.rate) and self.rate > 0):
            raise FormatError(self.path, "a positive frame rate", found=self.rate)

    def _open(self) -> None:
        self._capture = cv2.VideoCapture(str(self.path))
        self._next = 0
        if not self._capture.isOpened():
            raise FormatError(self.path, "a readable video")

    def _count(self) -> int:
        """What the header claims, where the last frame is there and none follows; else counted."""
        claimed = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        if claimed > 0:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, claimed - 1)
            if self._capture.grab() and not self._capture.grab():
                self._open()
                return claimed
        self._open()
        counted = 0
        while self._capture.grab():
            counted += 1
        self._open()
        return counted

    def __call__(self, index: int) -> Image:
        """uint8 (height, width, 3) RGB.

        Raises:
            IndexError: the video has no such frame.
            FormatError: the frame cannot be decoded.
        """
        if not 0 <= index < self.count:
            raise IndexError(f"{self.path}: frame {index} of {self.count} was asked for")
        if index < self._next - 1:
            self._open()
        while self._next <= index:
            if not self._capture.grab():
                raise FormatError(self.path, f"{self.count} frames", found=f"{self._next} frames")
            self._next += 1
        done, image = self._capture.retrieve()
        if not done:
            raise FormatError(self.path, f"a frame {index} that can be decoded")
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def image_size(path: str | Path) -> tuple[int, int]:
    """(width, height) of an image file in pixels."""
    image = read_image(path)
    return image.shape[1], image.shape[0]


def _check_size(path: Path, image: Image, size: tuple[int, int]) -> None:
    found = (image.shape[1], image.shape[0])
    if found != size:
        raise FormatError(
            path, f"an image of {size[0]} x {size[1]}", found=f"{found[0]} x {found[1]}"
        )

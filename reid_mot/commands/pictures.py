"""What the commands share in reading pictures that are on disk, one person each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..sequences.images import IMAGE_ENDINGS, read_image
from ..sequences.motchallenge import is_camera_folder
from ..sequences.views import Image


def are_pictures(paths: Sequence[str]) -> bool:
    """Whether all of these are image files, or folders with images that are no sequence."""
    return all(_is_picture(Path(path)) for path in paths)


def _is_picture(path: Path) -> bool:
    if path.is_file():
        return path.suffix.lower() in IMAGE_ENDINGS
    return path.is_dir() and not _is_sequence(path) and next(_images_in(path), None) is not None


def _is_sequence(folder: Path) -> bool:
    """Whether a folder has a layout in which images belong to a camera."""
    marks = ("calibration.json", "annotations_positions", "calibrations")
    inside = (path for path in sorted(folder.iterdir()) if path.is_dir())
    return (
        any((folder / mark).exists() for mark in marks)
        or is_camera_folder(folder)
        or any(is_camera_folder(path) for path in inside)
    )


def picture_files(paths: Sequence[str]) -> list[Path]:
    """These files, and in the place of each folder the images in it at any depth, sorted.

    Raises:
        FileNotFoundError: no such file or folder.
        ValueError: a folder without images.
    """
    files: list[Path] = []
    for path in map(Path, paths):
        if not path.exists():
            raise FileNotFoundError(f"no such file or folder: {path}")
        found = sorted(_images_in(path)) if path.is_dir() else [path]
        if not found:
            endings = ", ".join(IMAGE_ENDINGS)
            raise ValueError(f"{path}: expected images ({endings}) in this folder, found none")
        files += found
    return files


def _images_in(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.suffix.lower() in IMAGE_ENDINGS and not path.name.startswith("."):
            yield path


def spread(files: Sequence[Path], most: int) -> list[Path]:
    """At most so many of these files, evenly from the first to the last.

    >>> [file.name for file in spread([Path(name) for name in "abcdefg"], 3)]
    ['a', 'c', 'e']
    """
    count = min(most, len(files))
    return [files[number * len(files) // count] for number in range(count)]


def read_pictures(files: Iterable[Path]) -> Iterator[Image]:
    """The pictures, each read when it is asked for.

    Raises:
        FormatError: a file that is no readable image.
    """
    return (read_image(file) for file in files)

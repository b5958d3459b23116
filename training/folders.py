"""Finding a data set's folder from the path that a user gave, and saying what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..sequences.errors import FormatError
from ..sequences.images import IMAGE_ENDINGS

ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".rar", ".7z")


def find_root(path: str | Path, wanted: Sequence[str], what: str) -> Path:
    """The folder that has all the wanted entries: the path, the one below it, or the one above.

    Args:
        path: the data set's folder, one that has it as its only such folder, or one of its parts.
        wanted: names of files and folders.
        what: the data set, for messages.

    Raises:
        FileNotFoundError: there is no such path.
        FormatError: an archive that is not extracted, or a folder without the wanted entries; the
            message says what was looked for and what was found.
    """
    place = Path(path)
    if not place.exists():
        raise FileNotFoundError(f"no such folder: {place}")
    if place.is_file():
        hint = ": extract it first" if place.suffix.lower() in ARCHIVES else ""
        raise FormatError(place, f"the folder of {what}, not a file{hint}")
    if has_all(place, wanted):
        return place
    below = [child for child in visible(place) if child.is_dir() and has_all(child, wanted)]
    if len(below) == 1:
        return below[0]
    if place.name in wanted and has_all(place.resolve().parent, wanted):
        return place.resolve().parent
    listed = " and ".join([", ".join(wanted[:-1]), wanted[-1]] if len(wanted) > 1 else wanted)
    raise FormatError(
        place, f"{what} with {listed}, here or in one folder below", found=_seen(place)
    )


def has_all(folder: Path, names: Sequence[str]) -> bool:
    """Whether a folder has entries of all these names."""
    return all((folder / name).exists() for name in names)


def visible(folder: Path) -> list[Path]:
    """The entries of a folder, sorted, but for those that are hidden."""
    return [path for path in sorted(folder.iterdir()) if not path.name.startswith((".", "__"))]


def images_in(folder: Path) -> list[Path]:
    """The image files right in a folder, sorted by name; other files are passed over."""
    return [path for path in visible(folder) if path.suffix.lower() in IMAGE_ENDINGS]


def _seen(folder: Path) -> str:
    """What is in a folder, in few words."""
    names = [path.name + ("/" if path.is_dir() else "") for path in visible(folder)]
    if not names:
        return "an empty folder"
    listed = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    archive = next((name for name in names if Path(name).suffix.lower() in ARCHIVES), None)
    return f"{listed} (extract {archive} first)" if archive else listed

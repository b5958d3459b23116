"""Tracks on disk: MOTChallenge text per camera, and one table with everything."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from .errors import FormatError
from .mot_text import TRUTH_LAYOUTS, read_mot_tracks, write_mot_tracks
from .rows import read_rows
from .tables import read_csv, read_parquet, write_csv, write_parquet
from .views import GROUND, Tracks
from .world import LAYOUTS as WORLD_LAYOUTS
from .world import read_world


def write_tracks(
    folder: str | Path,
    tracks: Tracks,
    cameras: Sequence[str] = (),
    *,
    overwrite: bool = False,
) -> list[Path]:
    """Write `CAMERA.txt` for each camera, `tracks.csv` and, with pyarrow, `tracks.parquet`.

    Each file is complete or not there.

    Args:
        folder: created where it does not exist.
        tracks: the rows.
        cameras: names of cameras that get a text even if they saw nobody.
        overwrite: whether files of these names may be replaced; texts of cameras that this
            result does not have stay.

    Returns:
        the files written.

    Raises:
        FileExistsError: one of the files exists and `overwrite` is not set; nothing is written.
        ValueError: a camera's name that cannot be a file name.
    """
    place = Path(folder)
    names = sorted({*cameras, *tracks.cameras} - {GROUND})
    for name in names:
        if name != Path(name).name or name in (".", "..") or "\\" in name or "\0" in name:
            raise ValueError(f"the camera name {name!r} cannot be a file name")
    files = [place / f"{name}.txt" for name in names] + [place / "tracks.csv"]
    if _has_pyarrow():
        files.append(place / "tracks.parquet")
    existing = [file.name for file in files if file.exists()]
    if existing and not overwrite:
        raise FileExistsError(f"{place} has {', '.join(existing)} already")
    for name in names:
        write_mot_tracks(place / f"{name}.txt", tracks.in_boxes(name))
    write_csv(place / "tracks.csv", tracks)
    if _has_pyarrow():
        write_parquet(place / "tracks.parquet", tracks)
    elif (place / "tracks.parquet").exists():
        (place / "tracks.parquet").unlink()
    return files


def read_tracks(path: str | Path, *, camera: str | None = None, first_frame: int = 1) -> Tracks:
    """Read tracks from a table, a text, or a folder of them.

    A `.csv` or `.parquet` file is a table as written here. Another file with lines of 4 or 5
    numbers, or of 10 with -1 for the box, is a world file; else MOTChallenge's text. Of a folder,
    `tracks.csv` or `tracks.parquet` is read, or else every `*.txt` in it: `world.txt` as a world
    file, others as the text of the camera that they are named after.

    Args:
        path: the file or folder.
        camera: the camera of a single MOTChallenge text; None: the file's name without ending.
        first_frame: the lowest legal frame number of texts; tables may have any.

    Raises:
        FormatError: a broken file, or a folder with none of these.
        ImportError: a Parquet file, and pyarrow is not installed.
        FileNotFoundError: there is no such path.
    """
    place = Path(path)
    if place.is_dir():
        return _read_folder(place, first_frame)
    if place.suffix.lower() == ".csv":
        return read_csv(place)
    if place.suffix.lower() == ".parquet":
        return read_parquet(place)
    if is_world(place):
        return read_world(place, first_frame=first_frame)
    return read_mot_tracks(place, place.stem if camera is None else camera, first_frame=first_frame)


def _read_folder(folder: Path, first_frame: int) -> Tracks:
    for name in ("tracks.csv", "tracks.parquet"):
        if (folder / name).is_file():
            return read_tracks(folder / name)
    texts = sorted(folder.glob("*.txt"))
    if not texts:
        raise FormatError(folder, "tracks.csv, tracks.parquet or texts *.txt")
    return Tracks.concatenate(read_tracks(text, first_frame=first_frame) for text in texts)


def is_world(path: Path) -> bool:
    """Whether a text holds world positions and no boxes, by its columns."""
    rows = read_rows(path, {**TRUTH_LAYOUTS, **{n: WORLD_LAYOUTS[n] for n in (4, 5)}})
    if len(rows) == 0:
        return path.stem == "world"
    return len(rows.names) < 6 or (
        len(rows.names) == 10 and bool((rows.values[:, 2:6] == -1).all())
    )


def _has_pyarrow() -> bool:
    return find_spec("pyarrow") is not None

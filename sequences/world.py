"""Ground truth and results in world coordinates, and detections of several cameras beside them.

A world file has lines of `frame, identity, X, Y[, Z]` in metres, or MOTChallenge's ten columns with
-1 for the box: `frame, identity, -1, -1, -1, -1, confidence, X, Y, Z`. Z is ignored: a person's
ground position is (X, Y), whatever height the file's point has.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .calibration import Calibration, read_calibration
from .deepsort import read_deepsort
from .errors import FormatError
from .files import write_text
from .mot_text import FIELDS, confidences_of, frames_of
from .recording import DetectionTable, Recording, Stream
from .rows import read_rows
from .views import GROUND, Ints, Tracks

LAYOUTS = {
    4: ("frame", "identity", "X", "Y"),
    5: ("frame", "identity", "X", "Y", "Z"),
    10: (*FIELDS[:7], "X", "Y", "Z"),
}

ANNOTATED_FLOORS = {
    f"CMC{number}": ((2.03, 0.0), (6.3, 0.0), (6.3, 3.41), (2.03, 3.41)) for number in range(1, 6)
}
"""Corners, metres, of the part of a known recording's floor that its truth covers. The CMC
recordings' room goes on to X = 0, where people wait who are not annotated; these are the limits
within which its authors track (Ong et al., TPAMI 2022, MV-GLMB's published settings)."""


def read_world(path: str | Path, *, first_frame: int = 1, last_frame: int | None = None) -> Tracks:
    """Read a world file as rows of `GROUND`.

    Args:
        path: the file.
        first_frame: the lowest legal frame number.
        last_frame: the highest, or None.

    Raises:
        FormatError: an unknown column count, a position that is not a finite number, a frame out
            of range, an identity that is not a whole number of 0 or more or stands twice at one
            frame, or a box in the ten-column form.
    """
    rows = read_rows(path, LAYOUTS)
    frame = frames_of(rows, first_frame, last_frame)
    identity = rows.whole("identity", 0)
    if len(rows.names) == 10:
        for name in FIELDS[2:6]:
            rows.refuse(rows.column(name) != -1, name, "-1 in place of a box")
    ground = rows.finite("X", "Y")
    rows.refuse_duplicates(frame, identity)
    return Tracks(frame, GROUND, identity, None, ground, confidences_of(rows))


def write_world(path: str | Path, tracks: Tracks) -> None:
    """Write where everybody stood as `frame,identity,X,Y` in full precision."""
    rows = tracks.on_ground()
    columns = zip(rows.frame.tolist(), rows.identity.tolist(), rows.ground.tolist(), strict=True)
    write_text(
        path, "".join(f"{frame},{identity},{x},{y}\n" for frame, identity, (x, y) in columns)
    )


def with_ground(boxes: Tracks, world: Tracks) -> Tracks:
    """Truth boxes with the ground positions of a world file.

    Args:
        boxes: rows with boxes.
        world: rows of `GROUND`.

    Returns:
        the rows of `boxes`, with the ground position of the same frame and identity (or NaN), and
        the rows of `world` for which nobody has a box.
    """
    position = {
        key: row
        for row, key in enumerate(zip(world.frame.tolist(), world.identity.tolist(), strict=True))
    }
    keys = zip(boxes.frame.tolist(), boxes.identity.tolist(), strict=True)
    match = np.array([position.get(key, -1) for key in keys], dtype=np.int64)
    padded = np.vstack([world.ground, [[np.nan, np.nan]]])
    seen = Tracks(
        boxes.frame, boxes.camera, boxes.identity, boxes.box, padded[match], boxes.confidence
    )
    unseen = np.ones(len(world), dtype=bool)
    unseen[match[match >= 0]] = False
    return Tracks.concatenate([seen, world[unseen]])


class DetectionFolder(Recording):
    """Calibrated cameras with given detections: the layout in which CMC1 is kept.

    The folder has `calibration.json`, `detections/CAMERA.npy` in DeepSORT's layout for each camera
    of the calibration, and `gt/world.txt` where the truth is known. The frames run from the first
    to the last that any file mentions. The region is the calibration's, or, for a recording in
    `ANNOTATED_FLOORS` by the calibration's name, the annotated part of the floor.

    Args:
        path: the folder.
        calibration: another calibration file, or one that was read; None: `calibration.json`.
        rate: instants per second; None: that of the calibration.
        first_frame: the lowest legal frame number.

    Raises:
        FormatError: a missing file or rate, detections of a camera that is not in the
            calibration, or a broken file.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        calibration: str | Path | Calibration | None = None,
        rate: float | None = None,
        first_frame: int = 1,
    ) -> None:
        folder = Path(path)
        room = calibration_of(folder / "calibration.json" if calibration is None else calibration)
        rate = room.rate if rate is None else rate
        if rate is None:
            raise FormatError(folder, "instants per second in the calibration", field="fps")
        found = {p.stem: p for p in sorted((folder / "detections").glob("*.npy"))}
        for name, file in found.items():
            if room.camera(name) is None:
                known = ", ".join(c.name for c in room.cameras)
                raise FormatError(file, f"the name of a calibrated camera ({known})", found=name)
        tables = {
            name: read_deepsort(file, first_frame=first_frame) for name, file in found.items()
        }
        truth = None
        if (folder / "gt" / "world.txt").is_file():
            truth = read_world(folder / "gt" / "world.txt", first_frame=first_frame)
        frames = _span(list(tables.values()), truth)
        for camera in room.cameras:
            if camera.name not in tables:
                raise FormatError(folder / "detections", f"a file {camera.name}.npy")
        streams = [Stream(c, frames, tables[c.name]) for c in room.cameras]
        floor = ANNOTATED_FLOORS.get(room.name)
        region = room.region if floor is None else np.array(floor)
        super().__init__(room.name, streams, frames, rate, None, truth, region)
        self.ways = room.ways


def calibration_of(source: str | Path | Calibration) -> Calibration:
    """A calibration that was read already, or the one in this file."""
    return source if isinstance(source, Calibration) else read_calibration(source)


def _span(tables: list[DetectionTable], truth: Tracks | None) -> Ints:
    """All frame numbers from the first to the last that occur."""
    numbers = [table.frame for table in tables] + ([] if truth is None else [truth.frame])
    occurring = [n for n in numbers if len(n)]
    if not occurring:
        return np.empty(0, dtype=np.int64)
    return np.arange(min(n.min() for n in occurring), max(n.max() for n in occurring) + 1)

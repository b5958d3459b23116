"""WILDTRACK and MultiviewX: several cameras, people annotated as cells of a grid on the floor.

WILDTRACK: T. Chavdarova et al., WILDTRACK: A Multi-camera HD Dataset for Dense Unscripted
Pedestrian Detection, CVPR 2018. MultiviewX: Y. Hou, L. Zheng, S. Gould, Multiview Detection with
Feature Perspective Transformation, ECCV 2020.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .calibration import rectangle
from .cameras import Camera, Floats
from .errors import FormatError
from .files import read_json
from .images import ImageFolder, image_files
from .opencv_xml import read_opencv_camera
from .recording import DetectionTable, Recording, Stream
from .views import GROUND, Ints, Tracks

SIDES = ("xmin", "ymin", "xmax", "ymax")
UNSEEN = (-1, [np.nan] * 4)
"""View and box of somebody in no view: -1 finds `GROUND` after the cameras' names."""


@dataclass(frozen=True)
class GridLayout:
    """What tells one data set of this layout from another.

    Args:
        name: what it is called.
        cameras: the calibration files' names (`intr_NAME.xml`), in the order of `viewNum`.
        intrinsics: the folder of the intrinsics that belong to the images.
        columns: cells of the grid along X; a position is `column + columns * row`.
        rows: cells along Y.
        cell: side of a cell in metres.
        origin: X and Y of cell 0 in metres.
        metres_per_unit: the unit of the extrinsics.
        size: (width, height) of the images in pixels.
        annotation_ahead: how much larger an annotation's number is than its image's.
        numbers_per_second: by how much image numbers grow in a second.
    """

    name: str
    cameras: tuple[str, ...]
    intrinsics: str
    columns: int
    rows: int
    cell: float
    origin: tuple[float, float]
    metres_per_unit: float
    size: tuple[int, int] = (1920, 1080)
    annotation_ahead: int = 0
    numbers_per_second: float = 10.0


WILDTRACK = GridLayout(
    name="wildtrack",
    cameras=("CVLab1", "CVLab2", "CVLab3", "CVLab4", "IDIAP1", "IDIAP2", "IDIAP3"),
    intrinsics="intrinsic_zero",
    columns=480,
    rows=1440,
    cell=0.025,
    origin=(-3.0, -9.0),
    metres_per_unit=0.01,
)
MULTIVIEWX = GridLayout(
    name="multiviewx",
    cameras=tuple(f"Camera{n}" for n in range(1, 7)),
    intrinsics="intrinsic",
    columns=1000,
    rows=640,
    cell=0.025,
    origin=(0.0, 0.0),
    metres_per_unit=1.0,
    annotation_ahead=1,
    numbers_per_second=2.0,
)
LAYOUTS = {layout.name: layout for layout in (WILDTRACK, MULTIVIEWX)}


class Wildtrack(Recording):
    """A sequence in the layout of WILDTRACK and MultiviewX; cameras are called C1, C2, ...

    Frames are numbered like the images. The truth has a row for each visible box (clipped to the
    image) with the ground position, and a row of `GROUND` for people in no view. The format has no
    detections: give a table, or wrap the sequence in `WithNoisyTruth`.

    Args:
        path: the folder with `annotations_positions`, `calibrations` and, perhaps,
            `Image_subsets`.
        grid: "wildtrack", "multiviewx" or a layout; None: recognised by the calibrations' names.
        detections: a table for each camera's name; cameras without one have no detections.

    Raises:
        FormatError: a broken annotation or calibration, naming file and field.
        ValueError: an unknown grid, or detections of an unknown camera.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        grid: str | GridLayout | None = None,
        detections: Mapping[str, DetectionTable] | None = None,
    ) -> None:
        folder = Path(path)
        layout = _layout(folder, grid)
        cameras = [_camera(folder, layout, view) for view in range(len(layout.cameras))]
        given = dict(detections or {})
        unknown = sorted(set(given) - {camera.name for camera in cameras})
        if unknown:
            raise ValueError(f"detections of unknown cameras: {', '.join(unknown)}")
        images = [_images(folder, camera.name) for camera in cameras]
        annotated, truth = _truth(folder, layout, [camera.name for camera in cameras])
        numbers = [annotated, *(np.array(list(files), dtype=np.int64) for files in images if files)]
        frames = np.unique(np.concatenate(numbers))
        if len(frames) == 0:
            raise FormatError(folder / "annotations_positions", "at least one annotation *.json")
        times = (frames - frames[0]) / layout.numbers_per_second
        step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
        streams = [
            _stream(camera, files, frames, given.get(camera.name), layout.size)
            for camera, files in zip(cameras, images, strict=True)
        ]
        self.layout = layout
        region = _region(layout)
        super().__init__(folder.resolve().name, streams, frames, 1 / step, times, truth, region)


def _layout(folder: Path, grid: str | GridLayout | None) -> GridLayout:
    if isinstance(grid, GridLayout):
        return grid
    if grid is not None:
        if grid not in LAYOUTS:
            raise ValueError(f"unknown grid {grid!r}: expected {' or '.join(LAYOUTS)}")
        return LAYOUTS[grid]
    extrinsic = folder / "calibrations" / "extrinsic"
    for layout in LAYOUTS.values():
        if (extrinsic / f"extr_{layout.cameras[0]}.xml").is_file():
            return layout
    wanted = " or ".join(f"extr_{layout.cameras[0]}.xml" for layout in LAYOUTS.values())
    raise FormatError(extrinsic, wanted)


def _camera(folder: Path, layout: GridLayout, view: int) -> Camera:
    name = layout.cameras[view]
    calibrations = folder / "calibrations"
    return read_opencv_camera(
        f"C{view + 1}",
        layout.size,
        calibrations / layout.intrinsics / f"intr_{name}.xml",
        calibrations / "extrinsic" / f"extr_{name}.xml",
        layout.metres_per_unit,
    )


def _images(folder: Path, camera: str) -> dict[int, Path]:
    images = folder / "Image_subsets" / camera
    return image_files(images) if images.is_dir() else {}


def _stream(
    camera: Camera,
    files: dict[int, Path],
    frames: Ints,
    table: DetectionTable | None,
    size: tuple[int, int],
) -> Stream:
    """A camera; where it has images, it is silent at frames that lack one."""
    if not files:
        return Stream(camera, frames, table)
    present = frames[np.isin(frames, list(files))]
    return Stream(camera, present, table, ImageFolder(files, size))


def _region(layout: GridLayout) -> Floats:
    x, y = layout.origin
    return rectangle(x, y, x + layout.columns * layout.cell, y + layout.rows * layout.cell)


def _truth(folder: Path, layout: GridLayout, cameras: list[str]) -> tuple[Ints, Tracks]:
    """The annotated frames, and all annotations."""
    frames: list[int] = []
    rows: list[tuple[int, int, int, int]] = []
    boxes: list[Sequence[float]] = []
    for path in sorted((folder / "annotations_positions").glob("*.json")):
        if not path.stem.isdecimal():
            raise FormatError(path, "a frame number as file name")
        frame = int(path.stem) - layout.annotation_ahead
        frames.append(frame)
        for identity, position, views in _people(path, layout):
            seen = [(view, box) for view, box in enumerate(views) if box is not None]
            rows += [(frame, view, identity, position) for view, _ in seen or [UNSEEN]]
            boxes += [box for _, box in seen or [UNSEEN]]
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    names = np.array([*cameras, GROUND])
    place = table[:, 3]
    cell = np.column_stack([place % layout.columns, place // layout.columns])
    ground = np.array(layout.origin) + layout.cell * cell
    box = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    return np.array(frames, dtype=np.int64), Tracks(
        table[:, 0], names[table[:, 1]], table[:, 2], box, ground
    )


def _people(path: Path, layout: GridLayout) -> list[tuple[int, int, list[list[float] | None]]]:
    """(identity, position, a box or None for each view) of one annotation file."""
    content = read_json(path)
    if not isinstance(content, list):
        raise FormatError(path, "a list of people")
    people = []
    known: set[int] = set()
    for index, person in enumerate(content):
        where = f"[{index}]"
        identity = _integer(path, person, "personID", where, 0, None)
        position = _integer(path, person, "positionID", where, 0, layout.columns * layout.rows)
        if identity in known:
            expected = "every identity once"
            raise FormatError(path, expected, field=f"{where}.personID", found=identity)
        known.add(identity)
        views = person.get("views")
        if not isinstance(views, list):
            raise FormatError(path, "a list of views", field=f"{where}.views", found=views)
        boxes: list[list[float] | None] = [None] * len(layout.cameras)
        told: set[int] = set()
        for number, view in enumerate(views):
            place = f"{where}.views[{number}]"
            camera = _integer(path, view, "viewNum", place, 0, len(layout.cameras))
            if camera in told:
                raise FormatError(path, "every view once", field=f"{place}.viewNum", found=camera)
            told.add(camera)
            boxes[camera] = _box(path, view, place, layout.size)
        people.append((identity, position, boxes))
    return people


def _box(path: Path, view: Any, where: str, size: tuple[int, int]) -> list[float] | None:
    """A box clipped to the image; None where the person is not visible."""
    left, top, right, bottom = (_number(path, view, side, where) for side in SIDES)
    if left == top == right == bottom == -1:
        return None
    if right <= left:
        raise FormatError(path, "xmin < xmax", field=f"{where}.xmax", found=right)
    if bottom <= top:
        raise FormatError(path, "ymin < ymax", field=f"{where}.ymax", found=bottom)
    left, right = max(left, 0.0), min(right, float(size[0]))
    top, bottom = max(top, 0.0), min(bottom, float(size[1]))
    return [left, top, right, bottom] if left < right and top < bottom else None


def _number(path: Path, entry: Any, key: str, where: str) -> float:
    value = entry.get(key) if isinstance(entry, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise FormatError(path, "a finite number", field=f"{where}.{key}", found=value)
    return float(value)


def _integer(path: Path, entry: Any, key: str, where: str, least: int, end: int | None) -> int:
    value = _number(path, entry, key, where)
    if value % 1 or value < least or (end is not None and value >= end):
        expected = f"a whole number of {least} or more" + ("" if end is None else f" below {end}")
        raise FormatError(path, expected, field=f"{where}.{key}", found=value)
    return int(value)

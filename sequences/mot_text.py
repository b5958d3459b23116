"""The text files of MOTChallenge: detections, ground truth and results, one line a box.

Lines of `frame, identity, left, top, width, height[, confidence[, x, y, z]]` as in 2D MOT 2015
(L. Leal-Taixé et al., arXiv:1504.01942, section 3.3), and nine columns with `consider`, `class` and
`visibility` for truth since MOT16 (A. Milan et al., arXiv:1603.00831, section 3.3). x, y, z are
world metres, all three -1 where unknown.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .cameras import Floats
from .deepsort import checked_embeddings, read_array
from .files import write_text
from .recording import DetectionTable
from .rows import Rows, read_rows
from .views import Ints, Tracks

FIELDS = ("frame", "identity", "left", "top", "width", "height", "confidence", "x", "y", "z")
TRUTH_FIELDS = (*FIELDS[:6], "consider", "class", "visibility")
LAYOUTS = {n: FIELDS[:n] for n in range(6, 11)}
TRUTH_LAYOUTS = LAYOUTS | {9: TRUTH_FIELDS}

PEDESTRIAN = 1
"""The class of MOT16's truth that is scored; the others are vehicles, occluders and distractors."""


def read_mot_detections(
    path: str | Path,
    *,
    first_frame: int = 1,
    last_frame: int | None = None,
    embeddings: str | Path | None = None,
) -> DetectionTable:
    """Read `det.txt`: 6 to 10 columns, the identity is ignored.

    Args:
        path: the file.
        first_frame: the lowest legal frame number.
        last_frame: the highest, or None.
        embeddings: a `.npy` file (n, d) with a row for each row of the text, or None.

    Raises:
        FormatError: see `read_rows`; a frame out of range, a box or confidence that is not a
            finite number, a box of no area, embeddings that do not fit.
    """
    rows = read_rows(path, LAYOUTS)
    frame = frames_of(rows, first_frame, last_frame)
    vectors = None
    if embeddings is not None:
        vectors = checked_embeddings(embeddings, read_array(embeddings), len(rows))
    return DetectionTable(frame, boxes_of(rows), confidences_of(rows), vectors)


def write_mot_detections(path: str | Path, table: DetectionTable) -> None:
    """Write `det.txt` with ten columns, numbers in full precision."""
    boxes = sizes_of(table.boxes)
    columns = zip(table.frame.tolist(), boxes.tolist(), table.scores.tolist(), strict=True)
    lines = [
        f"{frame},-1,{left},{top},{width},{height},{score},-1,-1,-1\n"
        for frame, (left, top, width, height), score in columns
    ]
    write_text(path, "".join(lines))


def read_mot_tracks(
    path: str | Path,
    camera: str,
    *,
    truth: bool = False,
    first_frame: int = 1,
    last_frame: int | None = None,
) -> Tracks:
    """Read `gt.txt` or a tracker's results for one camera.

    Nine columns are MOT16's truth: rows that are not to be considered or not pedestrians are left
    out. Of ten columns x and y are the ground position, unless x, y and z are all -1 or NaN.

    Args:
        path: the file.
        camera: the name of its camera.
        truth: whether the file is ground truth: then rows of confidence 0 are left out in every
            layout, because MOT15 marks so what is not to be considered.
        first_frame: the lowest legal frame number.
        last_frame: the highest, or None.

    Raises:
        FormatError: as `read_mot_detections`; or an identity that is not a whole number of 0 or
            more, or stands twice at one frame.
    """
    rows = read_rows(path, TRUTH_LAYOUTS)
    frame = frames_of(rows, first_frame, last_frame)
    identity = rows.whole("identity", 0)
    boxes, confidence = boxes_of(rows), confidences_of(rows)
    keep = np.ones(len(rows), dtype=bool)
    if truth or "consider" in rows.names:
        keep &= confidence != 0
    if "class" in rows.names:
        keep &= rows.whole("class", 0) == PEDESTRIAN
    rows.refuse_duplicates(frame, np.where(keep, identity, -1))
    table = Tracks(frame, camera, identity, boxes, ground_of(rows), confidence)
    return table if keep.all() else table[keep]


def write_mot_tracks(path: str | Path, tracks: Tracks) -> None:
    """Write the rows with a box of one camera as MOTChallenge results of ten columns.

    x and y hold the ground position and z is 0, or all three are -1. Frame numbers are written
    as they are: MOTChallenge's own evaluation expects them to begin at 1.

    Raises:
        ValueError: boxes of more than one camera.
    """
    rows = tracks.in_boxes().sorted()
    if len(rows.cameras) > 1:
        raise ValueError(f"one file holds one camera, not {', '.join(rows.cameras)}")
    columns = zip(
        rows.frame.tolist(),
        rows.identity.tolist(),
        sizes_of(rows.box).tolist(),
        rows.confidence.tolist(),
        rows.ground.tolist(),
        rows.has_ground.tolist(),
        strict=True,
    )
    lines = []
    for frame, identity, (left, top, width, height), confidence, (x, y), known in columns:
        place = f"{x},{y},0" if known else "-1,-1,-1"
        lines.append(f"{frame},{identity},{left},{top},{width},{height},{confidence},{place}\n")
    write_text(path, "".join(lines))


def write_mot_truth(path: str | Path, tracks: Tracks) -> None:
    """Write the rows with a box of one camera as MOT16's nine-column `gt.txt`, all to be scored."""
    rows = tracks.in_boxes().sorted()
    if len(rows.cameras) > 1:
        raise ValueError(f"one file holds one camera, not {', '.join(rows.cameras)}")
    columns = zip(
        rows.frame.tolist(), rows.identity.tolist(), sizes_of(rows.box).tolist(), strict=True
    )
    lines = [
        f"{frame},{identity},{left},{top},{width},{height},1,{PEDESTRIAN},1\n"
        for frame, identity, (left, top, width, height) in columns
    ]
    write_text(path, "".join(lines))


def sizes_of(boxes: Floats) -> Floats:
    """(n, 4) left, top, width, height such that left + width gives right again.

    The sum is exact wherever one of the neighbouring floats makes it so.
    """
    low, high = boxes[:, :2], boxes[:, 2:]
    size = high - low
    for towards in (np.inf, -np.inf):
        nearby = np.nextafter(size, towards)
        size = np.where((low + size != high) & (low + nearby == high), nearby, size)
    return np.hstack([low, size])


def frames_of(rows: Rows, first_frame: int, last_frame: int | None) -> Ints:
    """(n,) the frame numbers, in range."""
    frame = rows.whole("frame", first_frame)
    if last_frame is not None:
        rows.refuse(frame > last_frame, "frame", f"a frame of {last_frame} or earlier")
    return frame


def boxes_of(rows: Rows) -> Floats:
    """(n, 4) left, top, right, bottom, finite and with an area."""
    box = rows.finite("left", "top", "width", "height")
    for name, size in (("width", box[:, 2]), ("height", box[:, 3])):
        rows.refuse(size <= 0, name, "a size above 0")
    corners = np.hstack([box[:, :2], box[:, :2] + box[:, 2:]])
    for column, name in ((2, "width"), (3, "height")):
        vanished = corners[:, column] <= corners[:, column - 2]
        rows.refuse(vanished, name, "a size that counts beside the position")
    return corners


def confidences_of(rows: Rows) -> Floats:
    """(n,) finite confidences; 1 where the file has none, or has -1, "unused", in every row."""
    for name in ("confidence", "consider"):
        if name in rows.names:
            given = rows.finite(name)[:, 0]
            return np.ones(len(rows)) if (given == -1).all() else given
    return np.ones(len(rows))


def ground_of(rows: Rows) -> Floats:
    """(n, 2) metres; NaN where x, y and z are absent, -1 or NaN."""
    if "z" not in rows.names:
        return np.full((len(rows), 2), np.nan)
    place = np.column_stack([rows.column(name) for name in ("x", "y", "z")])
    unknown: NDArray[np.bool_] = np.asarray(((place == -1) | np.isnan(place)).all(axis=1))
    for column, name in enumerate(("x", "y")):
        broken = ~np.isfinite(place[:, column]) & ~unknown
        rows.refuse(broken, name, "a finite number, or -1 in x, y and z")
    return np.where(unknown[:, None], np.nan, place[:, :2])

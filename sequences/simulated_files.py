"""Write a simulated room as files: a MOTChallenge folder for each camera, calibration and truth."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from .cameras import Camera
from .figures import PELVIS
from .views import Detections, Image, Tracks, View

if TYPE_CHECKING:
    from .simulated import SimulatedRoom

JPEG_QUALITY = 92


def write_simulated(
    room: SimulatedRoom,
    folder: str | Path,
    video: bool = True,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write the whole sequence.

    The folder then holds `calibration.json`, `gt/world.txt` (frame, identity, X, Y, Z of the
    pelvis in metres) and for each camera, say c01, `c01/seqinfo.ini`, `c01/det/det.txt` (10
    columns), `c01/gt/gt.txt` (9 columns: frame, identity, left, top, width, height, 1, 1, visible
    share) and the pictures: `c01/c01.mp4`, or `c01/img1/000001.jpg` and on. Frames count from 1;
    boxes are pixels from the image's corner. Each file appears under its name only when it is
    complete; `calibration.json` comes last.

    Args:
        room: without images, no pictures are written.
        folder: made where it is absent; files of the same names are replaced.
        video: an mp4 (mp4v) a camera; otherwise JPEG files.
        progress: called after each instant with the number of instants done.

    Raises:
        OSError: something cannot be written.
    """
    root = Path(folder)
    pictures = [_Pictures(root / camera.name, camera, room.rate, video) for camera in room.cameras]
    try:
        for done, views in enumerate(room, start=1):
            for view, out in zip(views, pictures, strict=True):
                if room.images:
                    out.add(view)
            if progress is not None:
                progress(done)
    except BaseException:
        for out in pictures:
            out.discard()
        raise
    for index, out in enumerate(pictures):
        out.close()
        _write_camera(room, root, index, video)
    _write(root / "gt" / "world.txt", _world_lines(room))
    _write(root / "calibration.json", json.dumps(calibration(room), indent=1) + "\n")


def calibration(room: SimulatedRoom) -> dict[str, object]:
    """The content of `calibration.json`: 3x4 projections from world metres to pixels."""
    return {
        "name": room.name,
        "fps": room.rate,
        "units": "metres",
        "image_size": list(room.cameras[0].size),
        "region": room.region.tolist(),
        "note": "P projects homogeneous world points (X,Y,Z,1) in metres to homogeneous pixels;"
        " the floor is Z=0",
        "cameras": {
            camera.name: {"P": camera.projection.tolist()}
            for camera in room.cameras
            if camera.projection is not None
        },
    }


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8", newline="\n")
    os.replace(part, path)


def _write_camera(room: SimulatedRoom, root: Path, index: int, video: bool) -> None:
    camera = room.cameras[index]
    place = root / camera.name
    lines = [
        "[Sequence]",
        f"name={camera.name}",
        *([] if video else ["imDir=img1"]),
        f"frameRate={room.rate:g}",
        f"seqLength={len(room)}",
        f"imWidth={camera.size[0]}",
        f"imHeight={camera.size[1]}",
        *([] if video else ["imExt=.jpg"]),
    ]
    _write(place / "seqinfo.ini", "\n".join(lines) + "\n")
    _write(place / "det" / "det.txt", "".join(_detection_lines(room.detections[index])))
    _write(place / "gt" / "gt.txt", _truth_lines(room, index))


def _detection_lines(detections: list[Detections]) -> list[str]:
    return [
        f"{frame},-1,{a:.2f},{b:.2f},{c - a:.2f},{d - b:.2f},{score:.4f},-1,-1,-1\n"
        for frame, found in enumerate(detections, start=1)
        for (a, b, c, d), score in zip(found.boxes, found.scores, strict=True)
    ]


def _truth_lines(room: SimulatedRoom, index: int) -> str:
    rows: Tracks = room.truth.in_boxes(room.cameras[index].name)
    share = dict(
        zip(
            zip((room.walks.instant + 1).tolist(), (room.walks.person + 1).tolist(), strict=True),
            room.visible[index].tolist(),
            strict=True,
        )
    )
    return "".join(
        f"{f},{i},{a:.2f},{b:.2f},{c - a:.2f},{d - b:.2f},1,1,{share[f, i]:.3f}\n"
        for f, i, (a, b, c, d) in zip(
            rows.frame.tolist(), rows.identity.tolist(), rows.box, strict=True
        )
    )


def _world_lines(room: SimulatedRoom) -> str:
    walks, height = room.walks, room.poses.joints[:, PELVIS, 2]
    table = zip(walks.instant + 1, walks.person + 1, walks.position, height, strict=True)
    return "".join(f"{f},{i},{x:.4f},{y:.4f},{z:.4f}\n" for f, i, (x, y), z in table)


class _Pictures:
    """The pictures of one camera, written one by one: a video, or JPEG files."""

    def __init__(self, place: Path, camera: Camera, rate: float, video: bool) -> None:
        self.place, self.camera, self.rate, self.video = place, camera, rate, video
        self.path = place / f"{camera.name}.mp4"
        self.part = place / f".{camera.name}.part.mp4"
        self._writer: cv2.VideoWriter | None = None

    def add(self, view: View) -> None:
        """Write the next view's picture."""
        image = view.image
        assert image is not None
        image = np.asarray(image[..., ::-1])
        if self.video:
            self._frame(image)
        else:
            self._file(view.frame, image)

    def _frame(self, image: Image) -> None:
        if self._writer is None:
            self.place.mkdir(parents=True, exist_ok=True)
            code = cv2.VideoWriter.fourcc(*"mp4v")
            self._writer = cv2.VideoWriter(str(self.part), code, self.rate, self.camera.size)
            if not self._writer.isOpened():
                raise OSError(f"cannot write the video {self.path}")
        self._writer.write(np.ascontiguousarray(image))

    def _file(self, frame: int, image: Image) -> None:
        path = self.place / "img1" / f"{frame:06}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        done, data = cv2.imencode(
            ".jpg", np.ascontiguousarray(image), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        )
        if not done:
            raise OSError(f"cannot encode {path}")
        part = path.with_name(f".{path.name}.part")
        part.write_bytes(data.tobytes())
        os.replace(part, path)

    def close(self) -> None:
        """Finish the video and give it its name."""
        if self._writer is not None:
            self._writer.release()
            os.replace(self.part, self.path)

    def discard(self) -> None:
        """Remove an unfinished video."""
        if self._writer is not None:
            self._writer.release()
            self.part.unlink(missing_ok=True)

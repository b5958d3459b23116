"""Writing any sequence in MOTChallenge's layout, a folder per camera."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from .calibration import write_calibration
from .cameras import Camera
from .images import write_image
from .mot_text import write_mot_detections, write_mot_truth
from .recording import DetectionTable
from .views import Image, MultiCameraSequence, Tracks, View
from .world import write_world

LAYOUT = """[Sequence]
name={name}
imDir=img1
frameRate={rate}
seqLength={length}
imWidth={width}
imHeight={height}
imExt={ending}
"""


def write_motchallenge(
    folder: str | Path,
    sequence: MultiCameraSequence,
    *,
    images: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write a sequence as folders in MOTChallenge's layout that `MotChallenge` reads.

    Each camera gets `seqinfo.ini`, `det/det.txt`, `det/emb.npy` where detections have embeddings,
    and `gt/gt.txt` where there is truth; the folder above gets `calibration.json`, and
    `gt/world.txt` where the truth has ground positions. Frames are numbered as in the sequence,
    which must number them one by one; the format expects them to begin at 1.

    Args:
        folder: must not exist; it appears when everything is written.
        sequence: what to write.
        images: the ending of the images in `img1` (".jpg", ".png"); ".avi" or ".mp4" for one
            video a camera, which needs every camera at every instant; None: no images.
        progress: called after each instant with the number of instants done.

    Raises:
        FileExistsError: the folder exists.
        ValueError: frame numbers that are not consecutive, no `rate`, embeddings in some views of
            a camera only, or images asked for that a view does not have.
    """
    target = Path(folder)
    if target.exists():
        raise FileExistsError(f"{target} exists already")
    rate = getattr(sequence, "rate", None)
    if rate is None:
        raise ValueError(f"sequence {sequence.name!r} has no rate")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".writing-") as hidden:
        draft = Path(hidden) / target.name
        views = _write_images(draft, sequence, images, rate, progress)
        frames = sorted({frame for seen in views.values() for frame in seen})
        if any(b - a != 1 for a, b in pairwise(frames)):
            raise ValueError("expected frames numbered one by one: MOTChallenge has no gaps")
        length = len(frames)
        for camera in sequence.cameras:
            _write_camera(draft / camera.name, camera, views[camera.name], rate, length, images)
        _write_shared(draft, sequence, rate)
        os.replace(draft, target)


def _write_images(
    draft: Path,
    sequence: MultiCameraSequence,
    images: str | None,
    rate: float,
    progress: Callable[[int], None] | None,
) -> dict[str, dict[int, View]]:
    """Write the images while going through the sequence once.

    Returns:
        by camera and frame, the views, without their images.
    """
    views: dict[str, dict[int, View]] = {camera.name: {} for camera in sequence.cameras}
    videos = _Videos(draft, rate, images) if images in (".avi", ".mp4") else None
    try:
        for done, instant in enumerate(sequence, start=1):
            for view in instant:
                if images is not None:
                    image = _image_of(view)
                    if videos is None:
                        place = draft / view.camera.name / "img1"
                        place.mkdir(parents=True, exist_ok=True)
                        write_image(place / f"{view.frame:06d}{images}", image)
                    else:
                        videos.write(view.camera, image, done)
                bare = View(view.camera, view.frame, view.time, view.detections)
                views[view.camera.name][view.frame] = bare
            if progress is not None:
                progress(done)
    finally:
        if videos is not None:
            videos.close()
    return views


class _Videos:
    """One video file a camera, all written at once."""

    def __init__(self, draft: Path, rate: float, ending: str | None) -> None:
        self.draft, self.rate, self.ending = draft, rate, ending
        self.code = "MJPG" if ending == ".avi" else "mp4v"
        self.writers: dict[str, cv2.VideoWriter] = {}
        self.written: dict[str, int] = {}

    def write(self, camera: Camera, image: Image, instant: int) -> None:
        """The camera's image of this instant, counted from 1."""
        if camera.name not in self.writers:
            folder = self.draft / camera.name
            folder.mkdir(parents=True, exist_ok=True)
            fourcc = cv2.VideoWriter.fourcc(*self.code)
            path = str(folder / f"{camera.name}{self.ending}")
            self.writers[camera.name] = cv2.VideoWriter(path, fourcc, self.rate, camera.size)
            if not self.writers[camera.name].isOpened():
                raise ValueError(f"OpenCV cannot write {self.ending} videos here")
        self.written[camera.name] = self.written.get(camera.name, 0) + 1
        if self.written[camera.name] != instant:
            raise ValueError(f"camera {camera.name!r} was silent: write single images instead")
        self.writers[camera.name].write(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))

    def close(self) -> None:
        for writer in self.writers.values():
            writer.release()


def _image_of(view: View) -> Image:
    image = view.image
    if image is None:
        raise ValueError(f"camera {view.camera.name!r}, frame {view.frame}: there is no image")
    return image


def _write_camera(
    folder: Path,
    camera: Camera,
    views: dict[int, View],
    rate: float,
    length: int,
    images: str | None,
) -> None:
    width, height = camera.size
    folder.mkdir(parents=True, exist_ok=True)
    ending = images if images not in (".avi", ".mp4", None) else ".jpg"
    text = LAYOUT.format(
        name=camera.name, rate=rate, length=length, width=width, height=height, ending=ending
    )
    (folder / "seqinfo.ini").write_text(text, encoding="utf-8", newline="\n")
    table = _table(camera, views)
    write_mot_detections(folder / "det" / "det.txt", table)
    if table.embeddings is not None:
        np.save(folder / "det" / "emb.npy", table.embeddings)


def _table(camera: Camera, views: dict[int, View]) -> DetectionTable:
    """All detections of a camera."""
    found = [(frame, view.detections) for frame, view in sorted(views.items())]
    found = [(frame, rows) for frame, rows in found if len(rows)]
    if not found:
        return DetectionTable([], np.empty((0, 4)))
    vectors = [rows.embeddings for _, rows in found if rows.embeddings is not None]
    if 0 < len(vectors) < len(found):
        raise ValueError(f"camera {camera.name!r}: only some views have embeddings")
    return DetectionTable(
        np.concatenate([np.full(len(rows), frame) for frame, rows in found]),
        np.concatenate([rows.boxes for _, rows in found]),
        np.concatenate([rows.scores for _, rows in found]),
        np.concatenate(vectors) if vectors else None,
    )


def _write_shared(draft: Path, sequence: MultiCameraSequence, rate: float) -> None:
    """What all cameras share: the calibration, and the truth."""
    region = getattr(sequence, "region", None)
    write_calibration(
        draft / "calibration.json",
        sequence.cameras,
        name=sequence.name,
        rate=rate,
        region=region,
        ways=getattr(sequence, "ways", ()),
    )
    truth: Tracks | None = sequence.truth
    if truth is None:
        return
    for camera in sequence.cameras:
        write_mot_truth(draft / camera.name / "gt" / "gt.txt", truth.in_boxes(camera.name))
    if truth.has_ground.any():
        write_world(draft / "gt" / "world.txt", truth)

"""Real people's pictures in place of drawn figures: crops of a data set in Market-1501's naming."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from .cameras import Floats
from .errors import FormatError
from .figures import Poses
from .outline import figure_depths
from .rendering import FINE, FigurePainter, Paint, fill, join_paint
from .views import Image, Ints

NAME = re.compile(r"(-1|\d+)_c(\d+)s?(\d*)_?.*\.(?:jpg|jpeg|png)", re.IGNORECASE)
"""Identity, then camera, as in 0002_c1s1_000451_03.jpg."""

SLOT = 4.0
"""Seconds for which a person who goes on facing the same way keeps the same crop."""

WIDEST = 0.6
"""A box wider than this share of its height (a seated person) shows the crop's upper part."""


@dataclass(frozen=True)
class Identity:
    """A person of the data set: the number in its file names, and the files."""

    number: int
    files: tuple[Path, ...]


def read_identities(folder: Path, people: int, rng: np.random.Generator) -> list[Identity]:
    """Choose people of a data set; -1 (junk) and 0 (distractors) are none.

    Args:
        folder: of images in Market-1501's naming; other files are passed over.
        people: how many.
        rng: chooses them.

    Raises:
        FormatError: no such folder, or fewer identities than `people`.
    """
    if not folder.is_dir():
        raise FormatError(folder, "a folder of crops in Market-1501's naming")
    files: dict[int, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        match = NAME.fullmatch(path.name)
        if match and int(match[1]) > 0:
            files.setdefault(int(match[1]), []).append(path)
    if len(files) < people:
        raise FormatError(
            folder,
            f"crops of at least {people} identities named like 0002_c1s1_000451_03.jpg",
            found=f"{len(files)} identities",
        )
    numbers = sorted(files)
    chosen = rng.permutation(len(numbers))[:people]
    return [Identity(numbers[k], tuple(files[numbers[k]])) for k in chosen]


def read_crop(path: Path) -> Image:
    """An image file as uint8 (h, w, 3) RGB.

    Raises:
        FormatError: it cannot be decoded.
    """
    data = np.frombuffer(path.read_bytes(), np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    if image is None:
        raise FormatError(path, "an image that can be decoded")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def crop_index(turn: float, time: float, person: int, camera: int, count: int) -> int:
    """Which of a person's `count` crops a view shows.

    It changes with the side that is seen (an eighth of a turn), the camera, and every `SLOT`
    seconds.

    Args:
        turn: radians between where the body faces and the camera.
        time: seconds.
        person, camera: indices.
        count: at least 1.
    """
    side = int(np.floor((turn % (2 * np.pi)) / (np.pi / 4))) % 8
    slot = int(time // SLOT)
    # Multiplication by odd constants spreads neighbouring keys over the crops.
    key = (side * 2654435761 + slot * 40503 + person * 97 + camera * 7919) % 2**32
    return (key >> 8) % count


class CropPainter:
    """Paints the room with crops scaled to people's true boxes.

    Args:
        room: paints walls, furniture and shadows.
        identities: of the people, by index.
        rate: instants a second.
    """

    def __init__(self, room: FigurePainter, identities: list[Identity], rate: float) -> None:
        self.room, self.identities, self.rate = room, identities, rate
        self._crops: dict[Path, Image] = {}

    def _crop(self, path: Path) -> Image:
        if path not in self._crops:
            if len(self._crops) >= 2000:
                self._crops.clear()
            self._crops[path] = read_crop(path)
        return self._crops[path]

    def paint(
        self,
        rng: np.random.Generator,
        camera: int,
        instant: int,
        poses: Poses,
        person: Ints,
        boxes: Floats,
    ) -> Image:
        """One picture; the arguments are those of `FigurePainter.paint`."""
        eye = self.room.eyes[camera]
        canvas, furniture = self.room.begin(camera, poses, boxes)
        depth = figure_depths(eye.camera, poses)
        solid = join_paint(furniture) if furniture else None
        order = [int(k) for k in np.argsort(-depth, kind="stable") if np.isfinite(boxes[k]).all()]
        previous = np.inf
        for row in order:
            if solid is not None:
                fill(canvas, _between(solid, float(depth[row]), previous))
            previous = float(depth[row])
            crop = self._crop(self.file_of(camera, instant, poses, row, int(person[row])))
            paste(canvas, crop, boxes[row] * FINE)
        if solid is not None:
            fill(canvas, _between(solid, -np.inf, previous))
        return eye.develop(canvas, rng)

    def file_of(self, camera: int, instant: int, poses: Poses, row: int, person: int) -> Path:
        """The crop that a camera's picture shows of the person in a row of `poses`."""
        files = self.identities[person].files
        turn = self._turn(camera, poses, row)
        return files[crop_index(turn, instant / self.rate, person, camera, len(files))]

    def _turn(self, camera: int, poses: Poses, row: int) -> float:
        centre = self.room.cameras[camera].centre
        assert centre is not None
        to_camera = centre[:2] - poses.joints[row, 0, :2]
        forward = poses.forward[row]
        return float(np.arctan2(to_camera[1], to_camera[0]) - np.arctan2(forward[1], forward[0]))


def _between(paint: Paint, near: float, far: float) -> Paint:
    keep = (paint.depth >= near) & (paint.depth < far)
    return Paint(paint.corners[keep], paint.depth[keep], paint.colour[keep])


def paste(canvas: Image, crop: Image, box: Floats) -> None:
    """Scale a crop to a box (4,) of a picture, with edges that fade over a few pixels."""
    low, high = np.floor(box[:2]).astype(int), np.ceil(box[2:]).astype(int)
    wide, tall = (int(v) for v in np.maximum(high - low, 1))
    limits = np.array([canvas.shape[1], canvas.shape[0]])
    inner, outer = np.clip(low, 0, limits), np.clip(high, 0, limits)
    if (outer <= inner).any():
        return
    if wide > WIDEST * tall:
        rows = round(len(crop) * max(0.45, WIDEST * tall / wide))
        crop = crop[:rows]
    scaled = cv2.resize(crop, (wide, tall), interpolation=cv2.INTER_LINEAR)
    inside = np.zeros((tall, wide), np.float32)
    fade = max(1, wide // 16)
    inside[fade : max(tall - fade, fade + 1), fade : max(wide - fade, fade + 1)] = 1.0
    alpha = cv2.blur(inside, (2 * fade + 1, 2 * fade + 1), borderType=cv2.BORDER_ISOLATED)
    source = (slice(*(np.array([inner[1], outer[1]]) - low[1])),
              slice(*(np.array([inner[0], outer[0]]) - low[0])))  # fmt: skip
    part = canvas[inner[1] : outer[1], inner[0] : outer[0]]
    weight = alpha[source][..., None]
    part[:] = (part * (1 - weight) + scaled[source] * weight + 0.5).astype(np.uint8)

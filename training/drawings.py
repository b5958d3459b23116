"""Drawn people in the simulated room, as a data set for re-identification without any download."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..sequences.cameras import Camera, Floats
from ..sequences.clothes import draw_clothes
from ..sequences.figures import Builds, Poses, draw_builds, pose
from ..sequences.layout import CEILING, DEPTH, IMAGE_SIZE, WIDTH, obstacles
from ..sequences.outline import full_boxes
from ..sequences.rendering import FINE, Eye, FigurePainter, fill, join_paint
from ..sequences.views import Image, Ints
from ..sequences.walks import Walks
from .pictures import Pictures, ReidData
from .sequence_people import encoded
from .splits import query_and_gallery

WARDROBE = 40
"""So many people dress from the same seven colours."""

LEAST_HEIGHT = 90.0
"""Pixels: the least height of a box."""

LOOSE = 0.04
"""Deviation of a box's sides from the tight one, as a share of its height, as of a detector."""

# One generator for each purpose, so that a change to one draw leaves the others as they are.
_BODIES, _CLOTHES, _CAMERAS, _PLACES, _NOISE = range(5)


def drawn_people(
    identities: tuple[int, int] = (200, 100),
    images: int = 4,
    cameras: tuple[int, int] = (4, 4),
    *,
    seed: int = 0,
) -> ReidData:
    """Pictures of drawn people by cameras of different colours, all following from a seed.

    Nobody who is learned from is tested on, and no camera that took the pictures to learn from
    took those to test on. Cameras look into the simulated room from its walls; each has its own
    white balance, exposure, contrast, blur and noise, drawn as the room's are.

    Args:
        identities: people to learn from, and people to test on.
        images: pictures of each person by each camera.
        cameras: to learn from, and to test on.
        seed: not negative.

    Returns:
        people numbered from 1, cameras from 1; of each person and test camera one picture is a
        query and the others are the gallery.

    Raises:
        ValueError: a number out of range.

    >>> drawn_people((2, 2), 2, (2, 2)).gallery.camera.tolist()
    [3, 4, 3, 4]
    """
    if min(*identities, *cameras, images) < 1 or seed < 0:
        raise ValueError(
            f"identities {identities}, images {images}, cameras {cameras}, seed {seed}: expected 1"
            " or more of each, and a seed of 0 or more"
        )
    studio = _Studio(sum(identities), sum(cameras), seed)
    people, views = np.arange(sum(identities)), np.arange(sum(cameras))
    train = studio.pictures(people[: identities[0]], views[: cameras[0]], images)
    test = studio.pictures(people[identities[0] :], views[cameras[0] :], images)
    return ReidData(f"drawn-people-{seed}", train, *query_and_gallery(test, seed))


class _Studio:
    """Takes pictures of drawn people.

    Args:
        people: how many.
        cameras: how many.
        seed: everything follows from it.
    """

    def __init__(self, people: int, cameras: int, seed: int) -> None:
        self.seed = seed
        self.builds = draw_builds(self._rng(_BODIES), people)
        self.cameras = _draw_cameras(self._rng(_CAMERAS), cameras)
        clothes = _draw_wardrobes(self._rng(_CLOTHES), self.builds)
        self.painter = FigurePainter(self.cameras, seed, clothes)

    def _rng(self, purpose: int, *more: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(purpose, *more)))

    def pictures(self, people: Ints, cameras: Ints, images: int) -> Pictures:
        """So many pictures of each of these people by each of these cameras."""
        sources, names = [], []
        for person in people.tolist():
            for camera in cameras.tolist():
                rng = self._rng(_PLACES, person, camera)
                poses, boxes = self._poses(rng, person, camera, images)
                noise = self._rng(_NOISE, person, camera)
                for k in range(images):
                    row = slice(k, k + 1)
                    crop = self._picture(noise, camera, poses[row], person, boxes[row])
                    sources.append(encoded(crop))
                    names.append(f"person {person + 1} camera {camera + 1} picture {k + 1}")
        identity = np.repeat(people + 1, len(cameras) * images)
        camera_column = np.tile(np.repeat(cameras + 1, images), len(people))
        return Pictures(sources, identity, camera_column, names)

    def _poses(
        self, rng: np.random.Generator, person: int, camera: int, count: int
    ) -> tuple[Poses, Floats]:
        """Poses at places that the camera sees whole, and tight boxes (count, 4)."""
        good = np.zeros(0, dtype=bool)
        tried = 16 * count
        while good.sum() < count:  # ends: every camera sees the middle of the room
            walks = _draw_walks(rng, tried)
            poses = pose(walks, self.builds.of(np.full(tried, person)))
            boxes = full_boxes(self.cameras[camera], poses)
            whole = (boxes[:, :2] >= 0) & (boxes[:, 2:] <= IMAGE_SIZE)
            tall = boxes[:, 3] - boxes[:, 1] >= LEAST_HEIGHT
            good = whole.all(axis=1) & tall & ~_blocked(walks.position)
            tried *= 4
        chosen = np.flatnonzero(good)[:count]
        joints, forward, side = poses.joints[chosen], poses.forward[chosen], poses.side[chosen]
        return Poses(joints, forward, side, poses.build.of(chosen)), boxes[chosen]

    def _picture(
        self, rng: np.random.Generator, camera: int, poses: Poses, person: int, box: Floats
    ) -> Image:
        """uint8 (h, w, 3) RGB inside a loose box about one person."""
        eye = self.painter.eyes[camera]
        canvas, paints = self.painter.begin(camera, poses, box)
        paints.append(eye.project(self.painter.figures(poses, np.array([person]))))
        fill(canvas, join_paint(paints))
        high = box[0, 3] - box[0, 1]
        loose = box[0] + rng.normal(0.0, LOOSE * high, 4) * (0.5, 1.0, 0.5, 1.0)
        low, end = np.floor(loose[:2]).astype(int), np.ceil(loose[2:]).astype(int)
        low = np.clip(low, 0, np.array(IMAGE_SIZE) - 8)
        end = np.clip(end, low + 8, IMAGE_SIZE)
        return _developed(canvas, eye, rng, low, end)


def _developed(canvas: Image, eye: Eye, rng: np.random.Generator, low: Ints, end: Ints) -> Image:
    """A window of a fine picture, finished as `Eye.develop` finishes a whole one."""
    window = canvas[FINE * low[1] : FINE * end[1], FINE * low[0] : FINE * end[0]]
    width, height = (int(k) for k in end - low)
    image = cv2.resize(window, (width, height), interpolation=cv2.INTER_AREA)
    image = cv2.GaussianBlur(image, (3, 3), eye.response.blur)
    y, x = (int(rng.integers(0, k)) for k in np.array(eye.brighter.shape[:2]) - (height, width))
    part = (slice(y, y + height), slice(x, x + width))
    image = cv2.subtract(cv2.add(image, eye.brighter[part]), eye.darker[part])
    return np.asarray(image, dtype=np.uint8)


def _draw_wardrobes(rng: np.random.Generator, builds: Builds) -> Floats:
    """(p, FACES, 3) sRGB colours of people."""
    starts = range(0, len(builds.height), WARDROBE)
    return np.concatenate(
        [draw_clothes(rng, builds.of(slice(start, start + WARDROBE))) for start in starts]
    )


def _draw_walks(rng: np.random.Generator, count: int) -> Walks:
    """People anywhere in the room, standing or walking, who face any way."""
    zero = np.zeros(count, dtype=np.int64)
    return Walks(
        instant=zero,
        person=zero,
        position=rng.uniform([0.4, 0.4], [WIDTH - 0.4, DEPTH - 0.4], (count, 2)),
        heading=rng.uniform(-np.pi, np.pi, count),
        speed=np.where(rng.random(count) < 0.3, 0.0, rng.uniform(0.4, 1.4, count)),
        travelled=rng.uniform(0.0, 10.0, count),
        seated=np.zeros(count),
        visit=zero,
    )


def _blocked(position: Floats) -> NDArray[np.bool_]:
    """(n,) which places (n, 2) are taken by furniture."""
    discs = obstacles()
    gap = np.linalg.norm(position[:, None] - discs[None, :, :2], axis=2)
    return np.asarray((gap < discs[:, 2] + 0.15).any(axis=1))


def _draw_cameras(rng: np.random.Generator, count: int) -> tuple[Camera, ...]:
    """Cameras at the walls, 1.9 to 2.6 m up, that look across the room's middle."""
    cameras = []
    for number in range(1, count + 1):
        angle = rng.uniform(-np.pi, np.pi)
        way = np.array([np.cos(angle), np.sin(angle)])
        middle = np.array([WIDTH, DEPTH]) / 2
        reach = float(((middle - 0.1) / np.maximum(np.abs(way), 1e-6)).min())
        centre = np.array([*(middle + reach * way), rng.uniform(1.9, min(2.6, CEILING))])
        target = np.array([*(middle + rng.uniform(-0.5, 0.5, 2)), rng.uniform(0.8, 1.1)])
        cameras.append(_look(f"c{number:02}", centre, target, rng.uniform(380.0, 480.0)))
    return tuple(cameras)


def _look(name: str, centre: Floats, target: Floats, focal: float) -> Camera:
    """A level camera at `centre` that looks at `target`."""
    forward = (target - centre) / np.linalg.norm(target - centre)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    width, height = IMAGE_SIZE
    intrinsics = [[focal, 0.0, width / 2], [0.0, focal, height / 2], [0.0, 0.0, 1.0]]
    return Camera.from_pose(name, IMAGE_SIZE, intrinsics, rotation, -rotation @ centre)

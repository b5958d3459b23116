"""Painting figures and furniture into a camera's picture, the farthest first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from .backdrop import Response, draw_response, draw_room, linear, textures
from .cameras import Camera, Floats
from .figures import PELVIS, Poses
from .layout import CEILING, DEPTH, WIDTH, Block, furniture
from .mesh import FACE_BIAS, FACE_VERTICES, face_normals, figure_vertices
from .outline import block_bounds
from .views import Image, Ints

FINE = 2
"""Pictures are painted at this multiple of their size and reduced, which smooths edges."""

CELL = 0.25
"""Metres: furniture is cut into faces of at most this size, so that sorting by depth holds."""

_BITS = 4
_SCALE = 1 << _BITS


@dataclass(frozen=True)
class Quads:
    """Quadrilaterals in space, lit.

    Args:
        corners: (q, 4, 3) metres.
        normals: (q, 3) outward.
        light: (q, 3) linear RGB that they send back.
        bias: (q,) metres by which each counts as farther than it is when depths are compared.
    """

    corners: Floats
    normals: Floats
    light: Floats
    bias: Floats

    @classmethod
    def join(cls, parts: list[Quads]) -> Quads:
        """All quadrilaterals of several lists."""
        return cls(
            np.concatenate([p.corners for p in parts]),
            np.concatenate([p.normals for p in parts]),
            np.concatenate([p.light for p in parts]),
            np.concatenate([p.bias for p in parts]),
        )


@dataclass(frozen=True)
class Paint:
    """Quadrilaterals in a picture: fixed-point corners, depths in metres and pixel values."""

    corners: NDArray[np.int32]  # (q, 4, 2)
    depth: Floats  # (q,)
    colour: Image  # (q, 3)


def lit(corners: Floats, albedo: Floats, bias: Floats | None = None) -> Quads:
    """Quadrilaterals (q, 4, 3) of sRGB colours (q, 3) in the light of the room's lamps."""
    normals = face_normals(corners)
    middle = corners.mean(axis=1)
    to_lamp = np.array([WIDTH / 2, DEPTH / 2, CEILING]) - middle
    to_lamp /= np.sqrt((to_lamp**2).sum(axis=1, keepdims=True))
    lamp = np.maximum((normals * to_lamp).sum(axis=1), 0.0)
    window = np.maximum(normals[:, 0], 0.0)  # daylight from the wall x = WIDTH
    shade = 0.42 + 0.10 * normals[:, 2] + 0.48 * lamp + 0.16 * window
    shade = shade * (0.82 + 0.12 * np.minimum(middle[:, 2], 1.5))
    bias = np.zeros(len(corners)) if bias is None else bias
    return Quads(corners, normals, linear(albedo) * shade[:, None], bias)


def block_quads(block: Block) -> Quads:
    """The surface of a box of furniture in cells."""
    low, high = np.array(block.low), np.array(block.high)
    faces = []
    for axis in range(3):
        a, b = (axis + 1) % 3, (axis + 2) % 3
        edges = [
            np.linspace(low[k], high[k], int(np.ceil((high[k] - low[k]) / CELL)) + 1)
            for k in (a, b)
        ]
        for value, order in ((high[axis], 1), (low[axis], -1)):
            for a0, a1 in zip(edges[0][:-1], edges[0][1:], strict=True):
                for b0, b1 in zip(edges[1][:-1], edges[1][1:], strict=True):
                    face = np.full((4, 3), value)
                    face[:, a], face[:, b] = (a0, a1, a1, a0), (b0, b0, b1, b1)
                    faces.append(face[::order])
    corners = np.array(faces)
    return lit(corners, np.broadcast_to(block.colour, (len(corners), 3)))


class Eye:
    """A camera with its own colours, its view of the empty room, and its noise.

    Args:
        camera: with a full projection.
        response: how it sees colours.
        empty: (height, width, 3) linear light from the room without furniture.
        rng: for the noise.
    """

    def __init__(
        self, camera: Camera, response: Response, empty: Floats, rng: np.random.Generator
    ) -> None:
        self.camera, self.response = camera, response
        width, height = camera.size
        u, v = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        seen = response(empty, np.stack([u, v], axis=-1), camera.size)
        self.backdrop: Image = np.asarray(
            cv2.resize(seen, (width * FINE, height * FINE), interpolation=cv2.INTER_LINEAR),
            np.uint8,
        )
        self.pieces = [
            (self._bounds(piece), self.project(Quads.join([block_quads(b) for b in piece])))
            for piece in furniture()
        ]
        fill(self.backdrop, join_paint([paint for _, paint in self.pieces]))
        noise = rng.normal(0.0, response.noise, (height + 64, width + 64, 3))
        noise = 0.8 * noise + 0.6 * rng.normal(0.0, response.noise, (height + 64, width + 64, 1))
        self.brighter: Image = np.clip(np.rint(noise), 0, 255).astype(np.uint8)
        self.darker: Image = np.clip(np.rint(-noise), 0, 255).astype(np.uint8)

    def _bounds(self, piece: tuple[Block, ...]) -> Floats:
        bounds = np.array([block_bounds(self.camera, block) for block in piece])
        return np.concatenate([bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)])

    def project(self, quads: Quads) -> Paint:
        """The quadrilaterals that face the camera, in its picture."""
        camera = self.camera
        assert camera.projection is not None
        assert camera.centre is not None
        facing = ((camera.centre - quads.corners[:, 0]) * quads.normals).sum(axis=1) > 0
        corners = quads.corners[facing]
        p = corners @ camera.projection[:, :3].T + camera.projection[:, 3]
        before = p[..., 2].min(axis=1) > 1e-3
        p = p[before]
        pixels = p[..., :2] / p[..., 2:]
        middle = pixels.mean(axis=1)
        colour = self.response(quads.light[facing][before], middle, camera.size)
        fixed = np.clip((pixels * FINE - 0.5) * _SCALE, -(2**20), 2**20)
        scale = np.linalg.norm(camera.projection[2, :3])
        depth = p[..., 2].mean(axis=1) / scale + quads.bias[facing][before]
        return Paint(np.rint(fixed).astype(np.int32), depth, colour)

    def develop(self, canvas: Image, rng: np.random.Generator) -> Image:
        """The finished picture: reduced, blurred, and with noise."""
        width, height = self.camera.size
        image = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
        image = cv2.GaussianBlur(image, (3, 3), self.response.blur)
        x, y = (int(k) for k in rng.integers(0, 64, 2))
        window = (slice(y, y + height), slice(x, x + width))
        image = cv2.add(image, self.brighter[window])
        return np.asarray(cv2.subtract(image, self.darker[window]), dtype=np.uint8)


def join_paint(parts: list[Paint]) -> Paint:
    """All quadrilaterals of several lists."""
    return Paint(
        np.concatenate([p.corners for p in parts]),
        np.concatenate([p.depth for p in parts]),
        np.concatenate([p.colour for p in parts]),
    )


def fill(canvas: Image, paint: Paint) -> None:
    """Draw quadrilaterals into a fine picture, the farthest first (the painter's algorithm)."""
    order = np.argsort(-paint.depth, kind="stable")
    for corners, colour in zip(paint.corners[order], paint.colour[order].tolist(), strict=True):
        cv2.fillConvexPoly(canvas, corners, colour, cv2.LINE_8, _BITS)


def soft_disc(size: int = 64) -> Image:
    """(size, size, 3) how much light a person's shadow on the floor lets through, 255 all."""
    axis = np.linspace(-1, 1, size)
    radius = np.hypot(*np.meshgrid(axis, axis))
    dark = 0.55 * np.clip(1.15 - radius, 0, 1) ** 1.5 * (radius < 1)
    return np.repeat((255 * (1 - dark)).astype(np.uint8)[..., None], 3, axis=2)


def cast_shadow(canvas: Image, camera: Camera, place: Floats, disc: Image) -> None:
    """Darken the floor of a fine picture about a person who stands at `place` (2,)."""
    reach = 0.36
    square = place + reach * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    pixels = camera.to_pixels(square) * FINE
    if not np.isfinite(pixels).all():
        return
    high, wide = canvas.shape[:2]
    low = np.clip(np.floor(pixels.min(axis=0)), 0, [wide, high]).astype(int)
    top = np.clip(np.ceil(pixels.max(axis=0)), 0, [wide, high]).astype(int)
    if (top - low < 2).any():
        return
    size = len(disc)
    corners = np.array([(0, 0), (size, 0), (size, size), (0, size)], np.float32)
    warp = cv2.getPerspectiveTransform(corners, (pixels - low).astype(np.float32))
    extent = (int(top[0] - low[0]), int(top[1] - low[1]))
    mask = cv2.warpPerspective(
        disc, warp, extent, flags=cv2.INTER_LINEAR, borderValue=(255, 255, 255)
    )
    part = canvas[low[1] : top[1], low[0] : top[0]]
    cv2.multiply(part, mask, part, 1 / 255)


class FigurePainter:
    """Paints the room with drawn people.

    Args:
        cameras: of the room.
        seed: for walls, colours of the cameras and noise.
        clothes: (people, FACES, 3) sRGB; see `clothes.draw_clothes`.
    """

    def __init__(self, cameras: tuple[Camera, ...], seed: int, clothes: Floats) -> None:
        self.cameras, self.clothes = cameras, clothes
        self._seed = seed
        self._lit: tuple[int, Quads] | None = None

    @cached_property
    def eyes(self) -> list[Eye]:
        """The cameras with their colours and backdrops; drawn at the first picture."""
        rng = np.random.default_rng([self._seed, 100])
        surfaces = textures(rng)
        return [
            Eye(camera, draw_response(rng), draw_room(camera, surfaces), rng)
            for camera in self.cameras
        ]

    @cached_property
    def disc(self) -> Image:
        """The shadow below a person."""
        return soft_disc()

    def figures(self, poses: Poses, person: Ints) -> Quads:
        """The surfaces of people (n rows), lit."""
        vertices = figure_vertices(poses)
        corners = vertices[:, FACE_VERTICES].reshape(-1, 4, 3)
        bias = np.tile(FACE_BIAS, len(person))
        return lit(corners, self.clothes[person].reshape(-1, 3), bias)

    def begin(self, camera: int, poses: Poses, boxes: Floats) -> tuple[Image, list[Paint]]:
        """An empty fine picture with shadows, and the furniture near people, to be painted."""
        eye = self.eyes[camera]
        canvas = eye.backdrop.copy()
        for place in poses.joints[:, PELVIS, :2]:
            cast_shadow(canvas, eye.camera, place, self.disc)
        low, high = boxes[:, :2] - 8, boxes[:, 2:] + 8
        near = [
            paint
            for bounds, paint in eye.pieces
            if ((low < bounds[2:]) & (high > bounds[:2])).all(axis=1).any()
        ]
        return canvas, near

    def paint(
        self,
        rng: np.random.Generator,
        camera: int,
        instant: int,
        poses: Poses,
        person: Ints,
        boxes: Floats,
    ) -> Image:
        """One picture.

        Args:
            rng: for the noise.
            camera: its index.
            instant: tells pictures of one moment, whose figures are built once.
            poses: of the n people in the room.
            person: (n,) indices into the clothes.
            boxes: (n, 4) of `outline.full_boxes`.

        Returns:
            uint8 (height, width, 3) RGB.
        """
        eye = self.eyes[camera]
        canvas, paints = self.begin(camera, poses, boxes)
        if len(person):
            if self._lit is None or self._lit[0] != instant:
                self._lit = (instant, self.figures(poses, person))
            paints.append(eye.project(self._lit[1]))
        if paints:
            fill(canvas, join_paint(paints))
        return eye.develop(canvas, rng)

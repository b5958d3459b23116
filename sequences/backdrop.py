"""What the cameras of the simulated room see without people, and how each camera sees colours."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .cameras import Camera, Floats
from .layout import CEILING, DEPTH, DOORS, WIDTH, furniture
from .views import Image

TEXELS = 100
"""Texture pixels a metre."""

Texture = NDArray[np.float32]


@dataclass(frozen=True)
class Response:
    """How a camera turns light into pixel values.

    Args:
        matrix: (3, 3) on linear RGB: white balance and crosstalk.
        gain: exposure.
        gamma: the exponent's inverse, about 2.2.
        vignette: loss of light at half the image's diagonal from its middle, a share.
        blur: deviation in pixels.
        noise: deviation in 8-bit steps.
    """

    matrix: Floats
    gain: float
    gamma: float
    vignette: float
    blur: float
    noise: float

    def __call__(self, linear: Floats, pixels: Floats, size: tuple[int, int]) -> Image:
        """Pixel values of linear colours.

        Args:
            linear: (..., 3) RGB, 1 is white in full light.
            pixels: (..., 2) where they are seen.
            size: (width, height) of the image.

        Returns:
            (..., 3) uint8.
        """
        middle = np.array(size) / 2
        radius = ((pixels - middle) ** 2).sum(axis=-1) / (middle**2).sum()
        light = (linear @ self.matrix.T) * (self.gain * (1 - self.vignette * radius))[..., None]
        return np.asarray(255 * np.clip(light, 0, 1) ** (1 / self.gamma) + 0.5).astype(np.uint8)


def draw_response(rng: np.random.Generator) -> Response:
    """A camera's own way with colours."""
    matrix = np.eye(3) + rng.normal(0.0, 0.045, (3, 3))
    matrix /= matrix.sum(axis=1, keepdims=True)
    balance = np.exp(rng.normal(0.0, 0.07, 3))
    matrix *= (balance / balance.mean())[:, None]
    return Response(
        matrix,
        gain=float(rng.uniform(0.85, 1.2)),
        gamma=float(rng.uniform(2.0, 2.4)),
        vignette=float(rng.uniform(0.15, 0.32)),
        blur=float(rng.uniform(0.45, 0.75)),
        noise=float(rng.uniform(2.0, 4.5)),
    )


def linear(colour: Floats) -> Floats:
    """sRGB in [0, 1] to linear light, by its usual exponent of 2.2."""
    return np.asarray(np.power(colour, 2.2))


def floor_texture(rng: np.random.Generator) -> Texture:
    """(600, 500, 3) planks of wood with the furniture's soft shadows."""
    high, wide = round(DEPTH * TEXELS), round(WIDTH * TEXELS)
    image = np.zeros((high, wide, 3), np.float32)
    plank, length = 14, 130
    for column in range(0, wide, plank):
        start = -int(rng.integers(length))
        for row in range(start, high, length):
            tone = np.array([0.62, 0.47, 0.32]) * rng.uniform(0.86, 1.1)
            cell = image[max(row, 0) : row + length, column : column + plank]
            cell[:] = tone
            grain = rng.normal(0.0, 0.03, (1, cell.shape[1], 1))
            cell += grain.astype(np.float32)
            cell[:, -1:] *= 0.72
            cell[-1:] *= 0.72
    streaks = cv2.GaussianBlur(
        rng.normal(0, 1, (high, wide)).astype(np.float32), (0, 0), 1, None, 14
    )
    image *= 1 + 0.22 * streaks[..., None]
    rug = image[190:330, 150:330]
    rug[:] = 0.25 * rug + 0.75 * np.array([0.46, 0.40, 0.42], np.float32)
    rug[::12] *= 0.9
    cv2.rectangle(image, (156, 196), (323, 323), (0.62, 0.55, 0.45), 4)
    return _shaded_edges(image * _furniture_shadow(high, wide)[..., None], 0.30)


def _furniture_shadow(high: int, wide: int) -> Texture:
    shade = np.ones((high, wide), np.float32)
    for block in (b for piece in furniture() for b in piece if b.opaque):
        x0, y0 = (round(v * TEXELS) for v in block.low[:2])
        x1, y1 = (round(v * TEXELS) for v in block.high[:2])
        shade[max(y0, 0) : y1, max(x0, 0) : x1] = 0.45
    return np.asarray(cv2.GaussianBlur(shade, (0, 0), 9), dtype=np.float32)


def _shaded_edges(image: Texture, strength: float) -> Texture:
    """Darker towards the corners of the room, where less light falls."""
    inside = np.zeros((image.shape[0] + 2, image.shape[1] + 2), np.uint8)
    inside[1:-1, 1:-1] = 1
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 3)[1:-1, 1:-1] / TEXELS
    return np.asarray(image * (1 - strength * np.exp(-distance / 0.35))[..., None], np.float32)


def wall_texture(rng: np.random.Generator, wide: float, door: float | None) -> Texture:
    """(280, wide * 100, 3), row 0 at the ceiling: paint over a wainscot, pictures, a door.

    Args:
        rng: chooses the pictures.
        wide: metres.
        door: where along the wall the middle of a door is, metres, or None: a window instead.
    """
    high, columns = round(CEILING * TEXELS), round(wide * TEXELS)
    image = np.full((high, columns, 3), (0.80, 0.79, 0.74), np.float32)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (high, columns)).astype(np.float32), (0, 0), 2)
    image *= 1 + 0.05 * grain[..., None]
    base = high - 95
    image[base:] = image[base:] * np.array([0.72, 0.80, 0.82], np.float32)
    image[base:, ::25] *= 0.85
    image[base - 4 : base + 2] = (0.72, 0.66, 0.55)
    image[-10:] = (0.45, 0.40, 0.34)
    if door is None:
        _window(image, columns // 2)
    else:
        _doorway(image, round(door * TEXELS))
    for left in range(45, columns - 70, 130):
        near_door = door is not None and abs(left + 25 - door * TEXELS) < 85
        near_window = door is None and abs(left + 25 - columns // 2) < 130
        if not (near_door or near_window):
            _picture(rng, image, left + int(rng.integers(0, 30)), 70 + int(rng.integers(0, 25)))
    return _shaded_edges(image, 0.28)


def _doorway(image: Texture, middle: int) -> None:
    """An open door: a frame about a dim corridor."""
    half, top = round(DOORS[0].width * TEXELS / 2), image.shape[0] - round(DOORS[0].height * TEXELS)
    image[top - 8 :, middle - half - 8 : middle + half + 8] = (0.40, 0.27, 0.17)
    depth = np.linspace(0.34, 0.16, image.shape[0] - top, dtype=np.float32)[:, None, None]
    image[top:, middle - half : middle + half] = depth * np.array([1.0, 0.97, 0.9], np.float32)
    image[-16:, middle - half : middle + half] = (0.26, 0.21, 0.17)


def _window(image: Texture, middle: int) -> None:
    """A window of four panes with a bright sky."""
    image[45:165, middle - 105 : middle + 105] = (0.88, 0.88, 0.86)
    sky = np.linspace(1.0, 0.86, 108, dtype=np.float32)[:, None, None]
    for pane in range(4):
        left = middle - 99 + 51 * pane
        image[51:159, left : left + 45] = sky * np.array([0.82, 0.92, 1.0], np.float32)
        image[120:159, left : left + 45] *= (0.75, 0.86, 0.72)


def _picture(rng: np.random.Generator, image: Texture, left: int, top: int) -> None:
    """A framed poster of coloured blocks and discs."""
    wide, high = int(rng.integers(40, 62)), int(rng.integers(45, 70))
    cv2.rectangle(
        image, (left - 3, top - 3), (left + wide + 3, top + high + 3), (0.2, 0.18, 0.16), -1
    )
    cv2.rectangle(image, (left, top), (left + wide, top + high), (0.92, 0.91, 0.87), -1)
    for _ in range(5):
        colour = tuple(float(v) for v in rng.uniform(0.15, 0.9, 3))
        x, y = left + 8 + int(rng.integers(wide - 22)), top + 8 + int(rng.integers(high - 24))
        if rng.random() < 0.5:
            cv2.circle(image, (x + 6, y + 6), int(rng.integers(4, 9)), colour, -1)
        else:
            cv2.rectangle(image, (x, y), (x + 12, y + int(rng.integers(5, 15))), colour, -1)


def ceiling_texture() -> Texture:
    """(600, 500, 3) white tiles and four lamps."""
    image = np.full((round(DEPTH * TEXELS), round(WIDTH * TEXELS), 3), 0.82, np.float32)
    image[::60] *= 0.9
    image[:, ::60] *= 0.9
    for y in (150, 400):
        for x in (120, 330):
            image[y : y + 60, x : x + 60] = 1.0
    return _shaded_edges(image, 0.2)


def textures(rng: np.random.Generator) -> list[Texture]:
    """The walls x = 0, x = WIDTH, y = 0, y = DEPTH, the floor and the ceiling."""
    return [
        wall_texture(rng, DEPTH, DOORS[1].centre[1]),
        wall_texture(rng, DEPTH, None),
        wall_texture(rng, WIDTH, DOORS[0].centre[0]),
        wall_texture(rng, WIDTH, None),
        floor_texture(rng),
        ceiling_texture(),
    ]


def draw_room(camera: Camera, surfaces: list[Texture]) -> Floats:
    """(height, width, 3) linear light from the empty room's walls, floor and ceiling.

    Every pixel's ray is followed to the surface of the room that it meets first.

    Args:
        camera: inside the room, with a full projection.
        surfaces: of `textures`.
    """
    assert camera.projection is not None
    assert camera.centre is not None
    width, height = camera.size
    u, v = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    inverse = np.linalg.inv(camera.projection[:, :3])
    ray = np.stack([u, v, np.ones_like(u)], axis=-1) @ inverse.T
    ray = np.where(np.abs(ray) < 1e-9, 1e-9, ray)
    low, high = np.zeros(3), np.array([WIDTH, DEPTH, CEILING])
    ways = (np.where(ray > 0, high, low) - camera.centre) / ray
    wall = ways.argmin(axis=-1)
    hit = camera.centre + ways.min(axis=-1)[..., None] * ray
    positive = np.take_along_axis(ray, wall[..., None], axis=-1)[..., 0] > 0
    # Axis 2 is the height: below it the floor, which stands before the ceiling in the list.
    surface = 2 * wall + positive
    across = np.where(wall == 0, hit[..., 1], hit[..., 0])
    down = np.where(wall == 2, hit[..., 1], CEILING - hit[..., 2])
    image = np.zeros((height, width, 3), np.float32)
    for number, texture in enumerate(surfaces):
        mask = surface == number
        if mask.any():
            x, y = ((c * TEXELS - 0.5).astype(np.float32) for c in (across, down))
            seen = cv2.remap(texture, x, y, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
            image[mask] = seen[mask]
    return linear(np.clip(image, 0.0, 1.0)) * _lamp_light(hit)[..., None]


def _lamp_light(points: Floats) -> Floats:
    """(...) how bright the lamps in the middle of the ceiling make points (..., 3)."""
    gap = points - np.array([WIDTH / 2, DEPTH / 2, CEILING + 1.0])
    return np.asarray(0.45 + 0.75 * np.exp(-(gap**2).sum(axis=-1) / 22.0))

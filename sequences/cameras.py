"""One camera: where its pixels lie on the ground plane, and back.

World coordinates are metres with the floor at Z = 0; pixels are (u, v), u to the right and v
down, as in the image file. All functions take and return whole arrays of points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

HORIZON_MARGIN = 0.5
"""Pixels closer than this to the horizon have no usable ground position (they become NaN)."""


@dataclass(frozen=True, eq=False)
class Camera:
    """A camera and, where it is calibrated, its mapping between pixels and the ground plane.

    Give either `projection` (and, for a lens with distortion, `intrinsics` and `distortion`), or
    `homography`, or neither: an uncalibrated camera can be tracked in the image only.

    Args:
        name: unique within a sequence.
        size: (width, height) of the image in pixels.
        projection: (3, 4), homogeneous world metres to homogeneous pixels of an ideal lens.
        homography: (3, 3), homogeneous ground positions (X, Y, 1) in metres to pixels.
        intrinsics: (3, 3) camera matrix K in pixels; needed with `distortion` only.
        distortion: OpenCV's coefficients (k1, k2, p1, p2[, k3[, k4, k5, k6[, ...]]]).

    Raises:
        ValueError: a wrong shape, a non-finite or singular matrix, or distortion without K.
    """

    name: str
    size: tuple[int, int]
    projection: Floats | None = None
    homography: Floats | None = None
    intrinsics: Floats | None = None
    distortion: Floats | None = None

    def __post_init__(self) -> None:
        if self.size[0] <= 0 or self.size[1] <= 0:
            raise ValueError(f"camera {self.name!r}: image size {self.size} is not positive")
        if self.projection is not None and self.homography is not None:
            raise ValueError(f"camera {self.name!r}: give projection or homography, not both")
        self._set("projection", (3, 4))
        self._set("homography", (3, 3))
        self._set("intrinsics", (3, 3))
        self._set("distortion", None)
        if self.distortion is not None and not np.any(self.distortion):
            object.__setattr__(self, "distortion", None)
        if self.distortion is not None and self.intrinsics is None:
            raise ValueError(f"camera {self.name!r}: distortion needs the intrinsics K")
        if self.distortion is not None and self.distortion.size not in (4, 5, 8, 12, 14):
            raise ValueError(
                f"camera {self.name!r}: {self.distortion.size} distortion coefficients;"
                " OpenCV's model has 4, 5, 8, 12 or 14"
            )
        if self.projection is not None:
            self._check_regular(self.projection[:, [0, 1, 3]])
            right_handed = float(np.linalg.det(self.projection[:, :3]))
            self._orient("projection", self._floor_side(right_handed))
        if self.homography is not None:
            self._check_regular(self.homography)
            self._orient("homography", self._floor_side(None))

    def _set(self, field: str, shape: tuple[int, int] | None) -> None:
        value = getattr(self, field)
        if value is None:
            return
        array = np.array(value, dtype=np.float64)
        array = array.reshape(-1) if shape is None else array
        if shape is not None and array.shape != shape:
            raise ValueError(f"camera {self.name!r}: {field} has shape {array.shape}, not {shape}")
        if not np.isfinite(array).all():
            raise ValueError(f"camera {self.name!r}: {field} is not finite")
        array.setflags(write=False)
        object.__setattr__(self, field, array)

    def _orient(self, field: str, sign: float) -> None:
        """Scale so that the third homogeneous coordinate is positive in front of the camera."""
        if sign < 0:
            object.__setattr__(self, field, -getattr(self, field))

    def _floor_side(self, right_handed: float | None) -> float:
        """Positive if the matrix, as given, puts the floor that the image shows before the camera.

        A matrix says what it says up to its sign, and a world may be left-handed (MultiviewX's is),
        so the image decides: all of it shows floor, or the floor is below the horizon. Only for a
        camera that lies on its side do we fall back on the world being right-handed.
        """
        across, down, constant = np.linalg.inv(self._plane(0.0))[2]
        u, v = np.array([0, 1, 0, 1]) * self.size[0], np.array([0, 0, 1, 1]) * self.size[1]
        depths = across * u + down * v + constant
        if (depths > 0).all() or (depths < 0).all():
            return float(depths[0])
        if abs(down) > abs(across) or right_handed is None:
            return float(down)
        return right_handed

    def _check_regular(self, matrix: Floats) -> None:
        if np.linalg.cond(matrix / np.abs(matrix).max(axis=0)) > 1e12:
            raise ValueError(f"camera {self.name!r}: the ground plane projects onto a line")

    @classmethod
    def from_pose(
        cls,
        name: str,
        size: tuple[int, int],
        intrinsics: ArrayLike,
        rotation: ArrayLike,
        translation: ArrayLike,
        distortion: ArrayLike | None = None,
    ) -> Camera:
        """A camera from K (3, 3), R (3, 3) or a Rodrigues vector (3,), t (3,) in metres.

        A world point x is seen at K (R x + t), OpenCV's convention.
        """
        k = np.asarray(intrinsics, dtype=np.float64)
        r = np.asarray(rotation, dtype=np.float64)
        if r.size == 3:
            r = np.asarray(cv2.Rodrigues(r.reshape(3, 1))[0], dtype=np.float64)
        t = np.asarray(translation, dtype=np.float64).reshape(3, 1)
        lens = None if distortion is None else np.asarray(distortion, dtype=np.float64)
        return cls(name, size, projection=k @ np.hstack([r, t]), intrinsics=k, distortion=lens)

    @property
    def calibrated(self) -> bool:
        """Whether pixels can be mapped to the ground plane."""
        return self.projection is not None or self.homography is not None

    @cached_property
    def centre(self) -> Floats | None:
        """Position (3,) of the camera in world metres; None without a full projection."""
        if self.projection is None:
            return None
        return np.asarray(
            -np.linalg.solve(self.projection[:, :3], self.projection[:, 3]), dtype=np.float64
        )

    def _plane(self, height: float) -> Floats:
        """(3, 3): positions (X, Y, 1) at this height in metres to homogeneous ideal pixels."""
        if self.projection is not None:
            p = self.projection
            return np.column_stack([p[:, 0], p[:, 1], p[:, 3] + height * p[:, 2]])
        if self.homography is None:
            raise ValueError(f"camera {self.name!r} is not calibrated")
        if height != 0:
            raise ValueError(
                f"camera {self.name!r} has a ground homography only: nothing is known"
                f" about points {height} m above the ground"
            )
        return self.homography

    @cached_property
    def _ground_inverse(self) -> Floats:
        return np.asarray(np.linalg.inv(self._plane(0.0)), dtype=np.float64)

    def to_ground(self, pixels: ArrayLike, height: float = 0.0) -> Floats:
        """Where the rays through these pixels meet the plane Z = height.

        Args:
            pixels: (n, 2).
            height: metres above the floor; other than 0 needs a full projection.

        Returns:
            (n, 2) metres; NaN for pixels on or above the plane's horizon (or within
            `HORIZON_MARGIN` pixels of it) and for NaN pixels.

        Raises:
            ValueError: the camera is not calibrated, or a wrong shape.
        """
        ideal = self.undistorted(_points(pixels, 2))
        inverse = self._ground_inverse if height == 0 else np.linalg.inv(self._plane(height))
        homogeneous = ideal @ inverse[:, :2].T + inverse[:, 2]
        depth = homogeneous[:, 2]
        below = depth > HORIZON_MARGIN * np.hypot(inverse[2, 0], inverse[2, 1])
        with np.errstate(divide="ignore", invalid="ignore"):
            ground = homogeneous[:, :2] / depth[:, None]
        ground[~below] = np.nan
        return ground

    def to_pixels(self, points: ArrayLike, height: float = 0.0) -> Floats:
        """Where these world points are seen.

        Args:
            points: (n, 2) positions at `height`, or (n, 3) world points, metres.
            height: metres above the floor, for (n, 2) points.

        Returns:
            (n, 2) pixels, inside the image or not; NaN for points behind the camera.

        Raises:
            ValueError: the camera is not calibrated, or a wrong shape.
        """
        world = np.asarray(points, dtype=np.float64)
        if world.ndim == 2 and world.shape[1] == 3:
            if self.projection is None:
                if np.any(world[:, 2] != 0):
                    self._plane(1.0)
                return self.to_pixels(world[:, :2])
            homogeneous = world @ self.projection[:, :3].T + self.projection[:, 3]
        else:
            world = _points(world, 2)
            plane = self._plane(height)
            homogeneous = world @ plane[:, :2].T + plane[:, 2]
        depth = homogeneous[:, 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            pixels = homogeneous[:, :2] / depth[:, None]
        pixels[~(depth > 1e-9 * np.abs(self._plane(0.0)[2]).max())] = np.nan
        return self._distort(pixels)

    def ground_jacobian(self, pixels: ArrayLike) -> Floats:
        """Derivative of the ground position by the pixel: (n, 2, 2) metres per pixel.

        `[:, i, j]` is d ground_i / d pixel_j; NaN where `to_ground` is NaN.
        """
        distorted = _points(pixels, 2)
        ideal = self.undistorted(distorted)
        inverse = self._ground_inverse
        ground = self.to_ground(distorted)
        depth = ideal @ inverse[2, :2] + inverse[2, 2]
        numerator = inverse[None, :2, :2] - ground[:, :, None] * inverse[2, :2]
        with np.errstate(divide="ignore", invalid="ignore"):
            jacobian = numerator / depth[:, None, None]
        if self.distortion is None:
            return np.asarray(jacobian)
        step = 0.5
        lens = np.empty((len(distorted), 2, 2))
        for axis in range(2):
            offset = np.zeros(2)
            offset[axis] = step
            ahead, behind = (
                self.undistorted(distorted + offset),
                self.undistorted(distorted - offset),
            )
            lens[:, :, axis] = (ahead - behind) / (2 * step)
        return np.asarray(jacobian @ lens)

    def ground_covariance(self, pixels: ArrayLike, deviation: ArrayLike) -> Floats:
        """Uncertainty of ground positions, from that of their pixels, to first order.

        Args:
            pixels: (n, 2) footpoints.
            deviation: standard deviation in pixels: a number, (2,) for u and v, or (n, 2).

        Returns:
            (n, 2, 2) square metres; NaN where `to_ground` is NaN.
        """
        jacobian = self.ground_jacobian(pixels)
        scaled = (
            jacobian
            * np.broadcast_to(np.asarray(deviation, dtype=np.float64), (len(jacobian), 2))[
                :, None, :
            ]
        )
        return np.asarray(scaled @ scaled.transpose(0, 2, 1))

    def in_view(
        self, points: ArrayLike, height: float = 0.0, margin: float = 0.0
    ) -> NDArray[np.bool_]:
        """Which world points fall inside the image.

        Args:
            points: (n, 2) positions at `height`, or (n, 3) world points, metres.
            height: metres above the floor, for (n, 2) points.
            margin: pixels by which a point must be inside; negative: may be outside.
        """
        world = np.asarray(points, dtype=np.float64)
        pixels = self.to_pixels(world, height)
        with np.errstate(invalid="ignore"):
            low, high = pixels >= margin, pixels <= np.array(self.size) - margin
        inside = np.asarray((low & high).all(axis=1))
        if self.distortion is not None:
            inside &= self._lens_valid(world, height)
        return inside

    def _lens_valid(self, points: Floats, height: float) -> NDArray[np.bool_]:
        """A polynomial lens folds far rays back into the image: those must return to themselves."""
        bare = Camera(self.name, self.size, self.projection, self.homography)
        ideal = bare.to_pixels(points, height)
        again = self.undistorted(self._distort(ideal))
        with np.errstate(invalid="ignore"):
            return np.asarray((np.abs(again - ideal) < 1.0).all(axis=1))

    def undistorted(self, pixels: Floats) -> Floats:
        """The pixels (n, 2) that an ideal lens would have given."""
        if self.distortion is None or len(pixels) == 0:
            return pixels
        finite = np.isfinite(pixels).all(axis=1)
        result = np.full_like(pixels, np.nan)
        if finite.any():
            k = self.intrinsics
            assert k is not None
            criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 100, 1e-9)
            result[finite] = cv2.undistortImagePoints(
                pixels[finite][:, None], k, self.distortion, None, criteria
            )[:, 0]
        return result

    def _distort(self, pixels: Floats) -> Floats:
        if self.distortion is None or len(pixels) == 0:
            return pixels
        finite = np.isfinite(pixels).all(axis=1)
        result = np.full_like(pixels, np.nan)
        if finite.any():
            k = self.intrinsics
            assert k is not None
            rays = np.column_stack([pixels[finite], np.ones(finite.sum())]) @ np.linalg.inv(k).T
            zero = np.zeros(3)
            result[finite] = cv2.projectPoints(rays[:, None], zero, zero, k, self.distortion)[0][
                :, 0
            ]
        return result


def region_of(corners: Sequence[Sequence[float]] | ArrayLike) -> Floats:
    """A region of interest on the floor: (k, 2) corners of a simple polygon in metres, checked."""
    polygon = np.asarray(corners, dtype=np.float64)
    if polygon.ndim != 2 or polygon.shape[1] != 2 or len(polygon) < 3:
        raise ValueError(f"a region is (k, 2) corners with k >= 3; found shape {polygon.shape}")
    if not np.isfinite(polygon).all():
        raise ValueError("a region's corners must be finite")
    return polygon


def in_region(points: ArrayLike, region: Floats, margin: float = 0.0) -> NDArray[np.bool_]:
    """Which ground positions lie inside a polygon, or at most `margin` metres outside it.

    Args:
        points: (n, 2) metres; NaN is outside.
        region: (k, 2) corners in order.
        margin: metres; negative: at least that far inside.
    """
    p = _points(points, 2)
    a, b = region, np.roll(region, -1, axis=0)
    edge = b - a
    with np.errstate(invalid="ignore", divide="ignore"):
        crosses = (a[:, 1] > p[:, 1, None]) != (b[:, 1] > p[:, 1, None])
        at = a[:, 0] + (p[:, 1, None] - a[:, 1]) * edge[:, 0] / edge[:, 1]
        inside: NDArray[np.bool_] = (crosses & (p[:, 0, None] < at)).sum(axis=1) % 2 == 1
    x, y, length = p[:, 0, None] - a[:, 0], p[:, 1, None] - a[:, 1], (edge**2).sum(axis=1)
    along = np.clip((x * edge[:, 0] + y * edge[:, 1]) / np.maximum(length, 1e-18), 0, 1)
    apart = (x - along * edge[:, 0]) ** 2 + (y - along * edge[:, 1]) ** 2
    distance = np.sqrt(apart.min(axis=1))
    signed = np.where(inside, -distance, distance)
    return np.asarray(signed <= margin)


def _points(values: ArrayLike, width: int) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != width:
        raise ValueError(f"expected points of shape (n, {width}), found {array.shape}")
    return array

"""Cameras calibrated by Tsai's method, in the XML of PETS 2009 and EPFL's recordings.

R. Y. Tsai, A Versatile Camera Calibration Technique, IEEE J. Robotics and Automation 3(4), 1987,
section II-A: a world point goes to the camera by R = Rz Ry Rx and t, to the ideal sensor position
Xu = f x / z, to the distorted one by Xu = Xd (1 + kappa1 (Xd^2 + Yd^2)), and to the pixel
u = sx Xd / dpx + cx, v = Yd / dpy + cy.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import cv2
import numpy as np

from .cameras import Camera, Floats
from .errors import FormatError

WORST_FIT = 0.1
"""Pixels by which OpenCV's lens model may differ from Tsai's anywhere in the image."""


def read_tsai(path: str | Path, metres_per_unit: float = 0.001) -> Camera:
    """Read `<Camera name><Geometry/><Intrinsic/><Extrinsic/></Camera>`; angles in radians.

    Tsai's lens maps distorted to ideal positions, OpenCV's the other way: its radial coefficients
    are found by least squares over the image, and the fit is checked.

    Args:
        path: the XML file.
        metres_per_unit: the file's unit of tx, ty, tz; PETS and EPFL use millimetres.

    Raises:
        FormatError: a missing element or attribute, something that is not a finite number, or a
            lens so strong that the fit is off by more than `WORST_FIT` pixels.
    """
    root = parse_xml(path)
    if root.tag != "Camera":
        raise FormatError(path, "the root element Camera", field=root.tag)

    def numbers(tag: str, *names: str) -> list[float]:
        return [_attribute(path, root, tag, name) for name in names]

    width, height, dpx, dpy = numbers("Geometry", "width", "height", "dpx", "dpy")
    focal, kappa, cx, cy, sx = numbers("Intrinsic", "focal", "kappa1", "cx", "cy", "sx")
    translation = np.array(numbers("Extrinsic", "tx", "ty", "tz")) * metres_per_unit
    rx, ry, rz = numbers("Extrinsic", "rx", "ry", "rz")
    for name, value in (("dpx", dpx), ("dpy", dpy), ("focal", focal), ("sx", sx)):
        if value <= 0:
            raise FormatError(path, "a positive number", field=name, found=value)
    k = np.array([[focal * sx / dpx, 0, cx], [0, focal / dpy, cy], [0, 0, 1.0]])
    size = (int(width), int(height))
    rotation = turn(2, rz) @ turn(1, ry) @ turn(0, rx)
    lens = fit_lens(k, size, kappa * focal**2)
    worst = lens_error(k, size, kappa * focal**2, lens)
    if not worst <= WORST_FIT:
        expected = f"a lens that OpenCV's model follows within {WORST_FIT} pixels"
        raise FormatError(path, expected, field="kappa1", found=f"{worst:.2f} pixels off")
    return Camera.from_pose(root.get("name", Path(path).stem), size, k, rotation, translation, lens)


def turn(axis: int, angle: float) -> Floats:
    """(3, 3) rotation about a coordinate axis by an angle in radians."""
    vector = np.zeros((3, 1))
    vector[axis] = angle
    return np.asarray(cv2.Rodrigues(vector)[0], dtype=np.float64)


def fit_lens(k: Floats, size: tuple[int, int], kappa: float) -> Floats | None:
    """OpenCV's coefficients for a lens with ideal = distorted (1 + kappa distorted^2).

    Args:
        k: (3, 3) camera matrix in pixels.
        size: (width, height) of the image.
        kappa: Tsai's kappa1 for radii in units of the focal length.

    Returns:
        (k1, k2, 0, 0, k3, k4, k5, k6) of the rational model, or None without distortion.
    """
    if kappa == 0:
        return None
    distorted = np.linspace(0, 1.02, 400)[1:] * _largest_radius(k, size)
    ideal = distorted * (1 + kappa * distorted**2)
    # With r the ideal radius, this is linear in the unknowns:
    # r (1 + k1 r^2 + k2 r^4 + k3 r^6) = distorted (1 + k4 r^2 + k5 r^4 + k6 r^6)
    powers = (ideal / ideal.max())[:, None] ** [2, 4, 6]
    system = np.hstack([ideal[:, None] * powers, -distorted[:, None] * powers])
    solution = np.linalg.lstsq(system, distorted - ideal, rcond=None)[0]
    k1, k2, k3, k4, k5, k6 = solution / np.tile(ideal.max() ** np.array([2.0, 4.0, 6.0]), 2)
    return np.array([k1, k2, 0.0, 0.0, k3, k4, k5, k6])


def lens_error(k: Floats, size: tuple[int, int], kappa: float, lens: Floats | None) -> float:
    """The largest distance in pixels between Tsai's lens and OpenCV's, over a grid of the image."""
    if lens is None:
        return 0.0
    u, v = np.meshgrid(np.linspace(0, size[0], 41), np.linspace(0, size[1], 41))
    pixels = np.column_stack([u.ravel(), v.ravel()])
    distorted = (pixels - k[:2, 2]) / np.diag(k)[:2]
    ideal = distorted * (1 + kappa * (distorted**2).sum(axis=1, keepdims=True))
    rays = np.column_stack([ideal, np.ones(len(ideal))])
    zero = np.zeros(3)
    seen = cv2.projectPoints(rays[:, None], zero, zero, k, lens)[0][:, 0]
    return float(np.linalg.norm(seen - pixels, axis=1).max())


def parse_xml(path: str | Path) -> ElementTree.Element:
    """The root of an XML file.

    Raises:
        FormatError: not XML.
    """
    try:
        return ElementTree.fromstring(Path(path).read_bytes())
    except ElementTree.ParseError as error:
        raise FormatError(path, "XML", line=error.position[0]) from None


def _largest_radius(k: Floats, size: tuple[int, int]) -> float:
    """The radius of the farthest corner of the image, in units of the focal length."""
    corners = np.array([[0, 0], [size[0], 0], [0, size[1]], [size[0], size[1]]], dtype=float)
    return float(np.linalg.norm((corners - k[:2, 2]) / np.diag(k)[:2], axis=1).max())


def _attribute(path: str | Path, root: ElementTree.Element, tag: str, name: str) -> float:
    element = root.find(tag)
    if element is None:
        raise FormatError(path, f"an element {tag}", field=tag)
    word = element.get(name)
    try:
        value = float(word or "")
    except ValueError:
        raise FormatError(path, "a number", field=f"{tag}.{name}", found=word) from None
    if not np.isfinite(value):
        raise FormatError(path, "a finite number", field=f"{tag}.{name}", found=word)
    return value

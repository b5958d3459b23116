"""Cameras from pairs of OpenCV storage files, as WILDTRACK and MultiviewX bring them."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from .cameras import Camera, Floats
from .errors import FormatError
from .tsai import parse_xml


def read_opencv_camera(
    name: str,
    size: tuple[int, int],
    intrinsic: str | Path,
    extrinsic: str | Path,
    metres_per_unit: float,
) -> Camera:
    """Read a camera from `camera_matrix`, `distortion_coefficients`, `rvec` and `tvec`.

    Nodes may be of type opencv-matrix or hold bare numbers (WILDTRACK's extrinsics do).

    Args:
        name: what the camera will be called.
        size: (width, height) of its images; the files do not say.
        intrinsic: the file with `camera_matrix` and, perhaps, `distortion_coefficients`.
        extrinsic: the file with `rvec` (Rodrigues) and `tvec`, from world to camera.
        metres_per_unit: the unit of `tvec`: 0.01 for centimetres.

    Raises:
        FormatError: not XML, a missing node, a wrong count of numbers, a number not finite.
    """
    inner, outer = parse_xml(intrinsic), parse_xml(extrinsic)
    k = _numbers(intrinsic, inner, "camera_matrix", (9,)).reshape(3, 3)
    lens = None
    if inner.find("distortion_coefficients") is not None:
        lens = _numbers(intrinsic, inner, "distortion_coefficients", (4, 5, 8, 12, 14))
    rotation = _numbers(extrinsic, outer, "rvec", (3,))
    translation = _numbers(extrinsic, outer, "tvec", (3,)) * metres_per_unit
    try:
        return Camera.from_pose(name, size, k, rotation, translation, lens)
    except ValueError as error:
        raise FormatError(intrinsic, f"a usable camera ({error})") from None


def _numbers(path: str | Path, root: Element, tag: str, counts: tuple[int, ...]) -> Floats:
    node = root.find(tag)
    if node is None:
        raise FormatError(path, f"a node {tag}", field=tag)
    data = node.find("data")
    words = ((node if data is None else data).text or "").split()
    try:
        values = np.array([float(word) for word in words])
    except ValueError as error:
        raise FormatError(path, f"numbers ({error})", field=tag) from None
    if len(values) not in counts:
        wanted = " or ".join(str(n) for n in counts)
        raise FormatError(path, f"{wanted} numbers", field=tag, found=f"{len(values)} numbers")
    if not np.isfinite(values).all():
        raise FormatError(path, "finite numbers", field=tag, found=values.tolist())
    return values

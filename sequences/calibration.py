"""Our own calibration file: where the cameras of a room stand and what part of its floor counts.

A JSON object with the keys

- `cameras`: an object, camera name to how it maps; required, in the order of the cameras;
- `name`, `fps` (instants a second), `units` of every length in the file: "metres" (the default),
  "centimetres", "millimetres" or "feet";
- `image_size`: [width, height] in pixels, for cameras that do not give their own;
- `region`: corners [x, y] of the floor of interest, or `room_size`: [width, depth(, height)] of a
  room whose floor begins at the origin;
- `ways`: which cameras that do not overlap are neighbours: a list of [camera, camera, least, usual
  greatest seconds from one to the other];
- `note`: anything.

A camera is an object with `image_size`, `note`, and one of `P` (3 x 4, world to pixels), `K`, `R`
(3 x 3, or a Rodrigues vector) and `t` (a world point x is seen at K (R x + t)), `homography`
(3 x 3, ground positions to pixels), or none of them for a camera that is not calibrated.
`distortion` holds OpenCV's coefficients and needs `K`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .cameras import Camera, Floats, region_of
from .errors import FormatError
from .files import read_json, write_text
from .tsai import read_tsai

METRES = {"metres": 1.0, "centimetres": 0.01, "millimetres": 0.001, "feet": 0.3048}
"""How many metres one unit of a calibration file has."""

_TOP = {"name", "fps", "units", "room_size", "region", "ways", "image_size", "cameras", "note"}
Way = tuple[str, str, float, float]
"""Two cameras that do not overlap, and the least and the usual greatest seconds between them."""

_CAMERA = {"P", "K", "R", "t", "homography", "distortion", "image_size", "note"}


@dataclass(frozen=True, eq=False)
class Calibration:
    """The cameras of a room.

    Args:
        name: what the recording is called.
        cameras: in a fixed order.
        rate: instants per second, or None where the file does not say.
        region: (k, 2) corners of the floor of interest in metres, or None.
        ways: between neighbouring cameras that do not overlap.
    """

    name: str
    cameras: tuple[Camera, ...]
    rate: float | None = None
    region: Floats | None = None
    ways: tuple[Way, ...] = ()

    def camera(self, name: str) -> Camera | None:
        """The camera of this name, or None."""
        return next((c for c in self.cameras if c.name == name), None)


def read_calibration(path: str | Path) -> Calibration:
    """Read our calibration JSON, or a Tsai camera as XML; lengths come out in metres.

    Raises:
        FormatError: an unknown or missing key, a wrong shape, a number that is not finite; the
            field names the place, as in `cameras.cam1.P`.
    """
    if Path(path).suffix.lower() == ".xml":
        camera = read_tsai(path)
        return Calibration(camera.name, (camera,))
    content = _object(path, read_json(path), "", _TOP)
    metres = _unit(path, content.get("units", "metres"))
    cameras = _object(path, content.get("cameras"), "cameras", None)
    if not cameras:
        raise FormatError(path, "at least one camera", field="cameras")
    rate = content.get("fps")
    if rate is not None:
        rate = float(_array(path, rate, "fps", ()))
        if rate <= 0:
            raise FormatError(path, "a positive rate", field="fps", found=rate)
    name = content.get("name", Path(path).parent.name)
    if not isinstance(name, str):
        raise FormatError(path, "a string", field="name", found=name)
    return Calibration(
        name,
        tuple(
            _camera(path, camera, entry, content.get("image_size"), metres)
            for camera, entry in cameras.items()
        ),
        rate,
        _region(path, content, metres),
        _ways(path, content.get("ways", []), set(cameras)),
    )


def write_calibration(
    path: str | Path,
    cameras: Sequence[Camera],
    *,
    name: str | None = None,
    rate: float | None = None,
    region: Floats | None = None,
    ways: Sequence[Way] = (),
) -> None:
    """Write our calibration JSON in metres; reading it gives the same numbers to the last bit.

    Args:
        path: the file; an existing one is replaced.
        cameras: calibrated or not, names unique.
        name: what the recording is called; None: left out.
        rate: instants per second; None: left out.
        region: (k, 2) corners in metres; None: left out.
        ways: between neighbouring cameras; none: left out.

    Raises:
        ValueError: two cameras of one name, or none.
    """
    names = [camera.name for camera in cameras]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"expected at least one camera and no name twice, found {names}")
    content: dict[str, Any] = {"name": name, "fps": rate, "units": "metres"}
    content["region"] = None if region is None else region_of(region).tolist()
    content["ways"] = [list(way) for way in ways] or None
    content = {key: value for key, value in content.items() if value is not None}
    content["cameras"] = {camera.name: _entry(camera) for camera in cameras}
    write_text(path, json.dumps(content, indent=1) + "\n")


def _entry(camera: Camera) -> dict[str, Any]:
    matrices = {
        "P": camera.projection,
        "homography": camera.homography,
        "K": camera.intrinsics,
        "distortion": camera.distortion,
    }
    entry: dict[str, Any] = {"image_size": list(camera.size)}
    return entry | {key: m.tolist() for key, m in matrices.items() if m is not None}


def _camera(path: str | Path, name: str, entry: object, size: object, metres: float) -> Camera:
    """One entry of `cameras`."""
    where = f"cameras.{name}"
    content = _object(path, entry, where, _CAMERA)
    pixels = content.get("image_size", size)
    if pixels is None:
        raise FormatError(path, "[width, height] here or at the top", field=f"{where}.image_size")
    width, height = _array(path, pixels, f"{where}.image_size", (2,))
    if min(width, height) <= 0 or width % 1 or height % 1:
        raise FormatError(path, "whole pixels", field=f"{where}.image_size", found=pixels)
    size = (int(width), int(height))
    ways = [way for way in ("P", "R", "homography") if way in content]
    if len(ways) > 1 or ("t" in content) != ("R" in content):
        expected = "one of P, or K with R and t, or homography"
        raise FormatError(path, expected, field=where, found=sorted(content))

    def matrix(key: str, *shapes: tuple[int, ...]) -> Floats | None:
        return _array(path, content[key], f"{where}.{key}", *shapes) if key in content else None

    k, lens = matrix("K", (3, 3)), matrix("distortion", (4,), (5,), (8,), (12,), (14,))
    rotation, translation = matrix("R", (3, 3), (3,)), matrix("t", (3,))
    projection, homography = matrix("P", (3, 4)), matrix("homography", (3, 3))
    try:
        if rotation is not None and translation is not None:
            if k is None:
                raise FormatError(path, "the camera matrix beside R and t", field=f"{where}.K")
            _check_rotation(path, rotation, f"{where}.R")
            return Camera.from_pose(name, size, k, rotation, translation * metres, lens)
        # A file in units u holds P with P (x / u) in pixels, so metres divide its columns.
        if projection is not None:
            projection = projection / [metres, metres, metres, 1.0]
        if homography is not None:
            homography = homography / [metres, metres, 1.0]
        return Camera(name, size, projection, homography, k, lens)
    except FormatError:
        raise
    except ValueError as error:
        raise FormatError(path, f"a usable camera ({error})", field=where) from None


def _check_rotation(path: str | Path, rotation: Floats, field: str) -> None:
    if rotation.shape == (3, 3) and (
        np.abs(rotation @ rotation.T - np.eye(3)).max() > 1e-3 or np.linalg.det(rotation) < 0
    ):
        raise FormatError(path, "a rotation matrix", field=field, found=rotation.tolist())


def _ways(path: str | Path, value: object, cameras: set[str]) -> tuple[Way, ...]:
    if not isinstance(value, list):
        raise FormatError(path, "a list", field="ways", found=value)
    return tuple(_way(path, entry, f"ways[{k}]", cameras) for k, entry in enumerate(value))


def _way(path: str | Path, entry: object, field: str, cameras: set[str]) -> Way:
    if isinstance(entry, list) and len(entry) == 4:
        first, last, *seconds = entry
        least, most = _array(path, seconds, field, (2,)).tolist()
        known = isinstance(first, str) and isinstance(last, str) and {first, last} <= cameras
        if known and first != last and 0 <= least < most:
            return first, last, least, most
    expected = "two cameras of this file, and seconds, 0 <= least < greatest"
    raise FormatError(path, expected, field=field, found=entry)


def _unit(path: str | Path, unit: object) -> float:
    if not isinstance(unit, str) or unit not in METRES:
        raise FormatError(path, " or ".join(METRES), field="units", found=unit)
    return METRES[unit]


def _region(path: str | Path, content: dict[str, Any], metres: float) -> Floats | None:
    if "region" in content:
        corners = _array(path, content["region"], "region", None)
        try:
            return region_of(corners * metres)
        except ValueError as error:
            raise FormatError(path, f"a polygon ({error})", field="region") from None
    if "room_size" not in content:
        return None
    size = _array(path, content["room_size"], "room_size", (2,), (3,)) * metres
    if (size <= 0).any():
        raise FormatError(path, "positive lengths", field="room_size", found=size.tolist())
    return rectangle(0.0, 0.0, float(size[0]), float(size[1]))


def rectangle(left: float, low: float, right: float, high: float) -> Floats:
    """(4, 2) the corners of an axis-aligned region in metres."""
    return region_of([[left, low], [right, low], [right, high], [left, high]])


def _object(path: str | Path, value: object, where: str, known: set[str] | None) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FormatError(path, "an object", field=where or None, found=value)
    for key in value:
        if known is not None and key not in known:
            field = f"{where}.{key}" if where else key
            raise FormatError(path, f"one of the keys {', '.join(sorted(known))}", field=field)
    return value


def _array(path: str | Path, value: object, field: str, *shapes: tuple[int, ...] | None) -> Floats:
    """Finite numbers of one of these shapes; None allows every shape."""
    try:
        array = np.asarray(value, dtype=np.float64)
        numeric = np.asarray(value).dtype.kind in "iuf"
    except (TypeError, ValueError):
        numeric = False
    if not numeric or (None not in shapes and array.shape not in shapes):
        wanted = " or ".join(
            "a number" if s == () else f"shape {s}" for s in shapes if s is not None
        )
        raise FormatError(
            path, f"numbers, {wanted}" if wanted else "numbers", field=field, found=value
        )
    if not np.isfinite(array).all():
        raise FormatError(path, "finite numbers", field=field, found=value)
    return array

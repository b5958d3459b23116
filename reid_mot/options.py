"""What a user types on the command line, as values."""

from __future__ import annotations

import ast
import math
import re
from dataclasses import fields
from typing import Any

import numpy as np

from .sequences.cameras import Floats, region_of
from .sequences.noisy_truth import NoiseModel

WORD = re.compile(r"(?!(None|True|False)$)([A-Za-z_~/\\]|\.{1,2}/)[\w:/.~+\\-]*")
"""What needs no quotes: names and paths."""


def parse_region(text: str) -> Floats | None:
    """A region of the floor: "left,low,right,high" or "x,y;x,y;x,y;..." in metres, or "none".

    Returns:
        (k, 2) corners in metres; None for "none".

    Raises:
        ValueError: anything else, or a rectangle of no area.

    >>> parse_region("0,0,5,6").tolist()
    [[0.0, 0.0], [5.0, 0.0], [5.0, 6.0], [0.0, 6.0]]
    """
    if text.strip().lower() == "none":
        return None
    expected = f"region {text!r}: expected X0,Y0,X1,Y1 or x,y;x,y;x,y... in metres, or none"
    try:
        corners = [[float(number) for number in part.split(",")] for part in text.split(";")]
    except ValueError:
        raise ValueError(expected) from None
    if not all(math.isfinite(number) for corner in corners for number in corner):
        raise ValueError(expected)
    if len(corners) == 1 and len(corners[0]) == 4:
        left, low, right, high = corners[0]
        if not (left < right and low < high):
            raise ValueError(f"region {text!r}: expected X0 < X1 and Y0 < Y1")
        corners = [[left, low], [right, low], [right, high], [left, high]]
    if len(corners) < 3 or any(len(corner) != 2 for corner in corners):
        raise ValueError(expected)
    return region_of(np.array(corners))


def parse_frames(text: str) -> tuple[int | None, int | None]:
    """The first and last frame number of "A:B", both counted; either may be left out.

    Raises:
        ValueError: anything else, or a last frame before the first.

    >>> parse_frames("100:249"), parse_frames(":50")
    ((100, 249), (None, 50))
    """
    first, colon, last = text.partition(":")
    try:
        low = int(first) if first.strip() else None
        high = int(last) if last.strip() else None
    except ValueError:
        colon = ""
        low = high = None
    if not colon:
        raise ValueError(f"frames {text!r}: expected A:B, the first and last frame number")
    if low is not None and high is not None and high < low:
        raise ValueError(f"frames {text!r}: the last comes before the first")
    return low, high


def parse_noise(text: str) -> NoiseModel:
    """A noise model of "miss=0.15,false=0.10,jitter=8"; what is left out has its default.

    Raises:
        ValueError: an unknown name, no number, or a value out of range.

    >>> parse_noise("miss=0.2,jitter=4")
    NoiseModel(miss=0.2, false=0.1, jitter=4.0, score=(0.8, 0.1), false_score=(0.5, 0.15))
    """
    known = [entry.name for entry in fields(NoiseModel) if entry.type == "float"]
    values: dict[str, Any] = {}
    for part in filter(None, text.split(",")):
        name, _, number = (piece.strip() for piece in part.partition("="))
        try:
            values[name] = float(number)
        except ValueError:
            values[name] = math.nan
        if name not in known or not math.isfinite(values[name]):
            raise ValueError(
                f"noise {part!r}: expected NAME=NUMBER, the names being {', '.join(known)}"
            )
    return NoiseModel(**values)


def parse_room(text: str) -> dict[str, Any]:
    """Arguments of `SimulatedRoom`, of "room:SEED,seconds=60,people=12,appearance=FOLDER".

    Raises:
        ValueError: no seed, an unknown name, or a value of another kind.

    >>> parse_room("room:3"), parse_room("room:0,seconds=20,people=5")
    ({'seed': 3}, {'seed': 0, 'duration': 20.0, 'people': 5})
    """
    kinds: dict[str, Any] = {
        "seconds": float,
        "rate": float,
        "people": int,
        "present": int,
        "appearance": str,
    }
    seed, *parts = text.removeprefix("room:").split(",")
    try:
        values: dict[str, Any] = {"seed": int(seed)}
        for part in parts:
            name, _, value = part.partition("=")
            values["duration" if name == "seconds" else name] = kinds[name](value)
    except (KeyError, ValueError):
        raise ValueError(
            f"{text}: expected room:SEED, and after it ,NAME=VALUE with one of {', '.join(kinds)}"
        ) from None
    return values


def parse_assignments(texts: list[str]) -> dict[str, object]:
    """Fields and their values, of "name=value" texts with values as Python writes them.

    Quotes may be left out around a word or a path.

    Raises:
        ValueError: no "=", no Python value, or a name twice.

    >>> parse_assignments(["acceleration=0.3", "gallery=None", "kind=sgd"])
    {'acceleration': 0.3, 'gallery': None, 'kind': 'sgd'}
    """
    values: dict[str, object] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not all(part.isidentifier() for part in name.split(".")):
            raise ValueError(f"--set {text}: expected name=value")
        if name in values:
            raise ValueError(f"--set {text}: {name} is set twice")
        value = value.strip()
        try:
            values[name] = value if WORD.fullmatch(value) else ast.literal_eval(value)
        except (ValueError, SyntaxError):
            raise ValueError(
                f"--set {text}: expected a Python value such as 3, 0.5, True, None or 'text'"
            ) from None
    return values

"""Thresholds as users give them: a number, or a file of `reid-mot calibrate`."""

from __future__ import annotations

from pathlib import Path

from .sequences.errors import FormatError
from .sequences.files import read_json

__all__ = ["THRESHOLD_FILE", "read_threshold"]

THRESHOLD_FILE = "threshold.json"


def read_threshold(text: str, embedder: str) -> float:
    """A cosine distance.

    Args:
        text: a number, the file that `reid-mot calibrate` wrote, or its folder.
        embedder: the name under which the embedder was asked for; a file must be about it.

    Raises:
        ValueError: no distance between 0 and 2, or a file about another embedder.
        FormatError: a file without a threshold.
        FileNotFoundError: neither a number nor a file.

    >>> read_threshold("0.31", "histogram")
    0.31
    """
    try:
        return _checked(float(text), f"--threshold {text}")
    except ValueError:
        if not Path(text).exists():
            if _is_number(text):
                raise
            raise FileNotFoundError(
                f"--threshold {text}: expected a number, or a file of `reid-mot calibrate`"
            ) from None
    path = Path(text) / THRESHOLD_FILE if Path(text).is_dir() else Path(text)
    content = read_json(path)
    value = content.get("threshold") if isinstance(content, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FormatError(path, "a number", field="threshold", found=value)
    about = content.get("embedder")
    if not _alike(str(about), embedder):
        raise ValueError(
            f"{path}: its threshold is of the embedder {about}, and distances of {embedder} are"
            " others: calibrate it too"
        )
    return _checked(float(value), str(path))


def _checked(value: float, where: str) -> float:
    if not 0 < value < 2:
        raise ValueError(f"{where}: a cosine distance between 0 and 2 is expected, not {value:g}")
    return value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _alike(one: str, other: str) -> bool:
    """Whether two names are of one embedder: files may be reached by different paths."""
    return one == other or (Path(one).suffix != "" and Path(one).name == Path(other).name)

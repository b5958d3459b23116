"""Weights that come with the package: `weights/NAME.safetensors`, each with its `NAME.json`."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "weights"

DEFAULT = "market-mobilenet"
"""The weights that tell people apart where nobody names others."""


def shipped_weights(folder: Path | None = None) -> dict[str, Path]:
    """The weights that come with the package, by name.

    Args:
        folder: where they lie; None: `FOLDER`. It may be absent.

    Returns:
        the path of each file of weights that has a card beside it, sorted by name.
    """
    place = FOLDER if folder is None else folder
    found = sorted(place.glob("*.safetensors"))
    return {path.stem: path for path in found if path.with_suffix(".json").is_file()}


def weights_path(what: str) -> Path:
    """The path that is meant: of a file or folder that exists, else of shipped weights of that
    name, else as it was typed."""
    path = Path(what)
    return path if path.exists() else shipped_weights().get(what, path)

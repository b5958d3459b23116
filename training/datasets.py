"""Re-identification data sets, and opening one by a short description of what and where."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from ..models.naming import import_attribute
from ..sequences.open import open_sequence
from .cuhk03_folders import cuhk03
from .drawings import drawn_people
from .folders import has_all, visible
from .market import PARTS, dukemtmc, market1501
from .msmt17_lists import LISTS, msmt17
from .person_folders import identity_folder
from .pictures import Pictures, ReidData
from .sequence_people import from_sequence
from .splits import hold_out, join

__all__ = [
    "KINDS",
    "cuhk03",
    "drawn_people",
    "dukemtmc",
    "from_sequence",
    "hold_out",
    "identity_folder",
    "join",
    "market1501",
    "msmt17",
    "open_data",
]


def _of_sequence(path: str) -> ReidData:
    return from_sequence(open_sequence(path))


def _of_room(seed: str) -> ReidData:
    if seed and not seed.isdecimal():
        raise ValueError(f"room:{seed}: expected a seed, a whole number such as room:0")
    return drawn_people(seed=int(seed or 0))


def _cuhk03_labeled(path: str) -> ReidData:
    return cuhk03(path, boxes="labeled")


def _cuhk03_classic(path: str) -> ReidData:
    return cuhk03(path, protocol="classic")


KINDS: dict[str, Callable[[str], ReidData]] = {
    "market1501": market1501,
    "dukemtmc": dukemtmc,
    "msmt17": msmt17,
    "cuhk03": cuhk03,
    "cuhk03-labeled": _cuhk03_labeled,
    "cuhk03-classic": _cuhk03_classic,
    "folder": identity_folder,
    "sequence": _of_sequence,
    "room": _of_room,
}
"""What can stand before the colon in `open_data`, and what reads it."""


def open_data(text: str | Path) -> ReidData:
    """Open a data set, or several joined.

    Args:
        text: one of

            - "KIND:PATH", with a kind of `KINDS`: market1501, dukemtmc, msmt17, cuhk03,
              cuhk03-labeled, cuhk03-classic (its first split), folder (see `identity_folder`), or
              sequence (with images and truth; see `from_sequence`);
            - "room:SEED", drawn people in the simulated room (see `drawn_people`);
            - the path of a folder in the layout of Market-1501 or MSMT17;
            - "package.module:name" or "package.module:name:ARGUMENT": an object with train, query
              and gallery, or a function that returns one, called with the argument if there is
              one;
            - several of these with "+" in between: people and cameras of all are kept apart (see
              `join`).

    Raises:
        ValueError: an unknown kind (the message lists them), or what the reader refuses.
        FileNotFoundError: there is no such path.
        ImportError: there is no such module or name.
        TypeError: the name leads to something that has no train, query and gallery.
    """
    if not Path(text).exists():
        # A "+" inside a path is no sign of a second data set.
        parts = re.split(r"\+(?=[A-Za-z][\w.-]*:)", str(text))
        if len(parts) > 1:
            return join(*(open_data(part) for part in parts))
        kind, colon, rest = str(text).partition(":")
        if colon and kind in KINDS:
            # The shell leaves a "~" after a colon alone.
            return KINDS[kind](os.path.expanduser(rest))
        if colon and re.fullmatch(r"[A-Za-z_]\w*(\.\w+)+|[A-Za-z_]\w+", kind):
            return _imported(kind, rest)
        if not colon and kind not in KINDS:
            raise FileNotFoundError(
                f"there is no folder {kind}, and no data is called so: expected KIND:PATH with one"
                f" of {', '.join(KINDS)}"
            )
        raise ValueError(f"{text}: expected KIND:PATH with one of {', '.join(KINDS)}")
    return _recognised(Path(text))


def _recognised(path: Path) -> ReidData:
    """A folder whose layout says what it is."""
    for reader, wanted in ((market1501, PARTS), (msmt17, LISTS)):
        below = visible(path) if path.is_dir() else []
        if any(has_all(folder, wanted) for folder in (path, *(b for b in below if b.is_dir()))):
            return reader(path)
    kinds = ", ".join(kind for kind in KINDS if kind != "room")
    raise ValueError(
        f"{path}: its layout does not say what data it holds: write KIND:{path} with one of {kinds}"
    )


def _imported(module: str, rest: str) -> ReidData:
    """What an import path leads to."""
    attribute, colon, argument = rest.partition(":")
    try:
        found = import_attribute(module, attribute)
    except ImportError as error:
        if "." in module:
            raise
        message = f"{error}; and {module} is no kind of data: {', '.join(KINDS)}"
        raise ImportError(message) from None
    if colon or (callable(found) and not _is_data(found)):
        if not callable(found):
            raise TypeError(f"{module}:{attribute} is no function: it takes no {argument!r}")
        found = found(argument) if colon else found()
    if isinstance(found, ReidData):
        return found
    if not _is_data(found):
        raise TypeError(
            f"{module}:{attribute} gave {type(found).__name__}: expected an object with train,"
            " query and gallery, each Pictures"
        )
    name = str(getattr(found, "name", f"{module}:{attribute}"))
    parts: list[Pictures] = [getattr(found, part) for part in ("train", "query", "gallery")]
    return ReidData(name, *parts)


def _is_data(thing: object) -> bool:
    parts = (getattr(thing, part, None) for part in ("train", "query", "gallery"))
    return all(isinstance(part, Pictures) for part in parts)

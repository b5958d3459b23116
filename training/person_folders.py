"""Pictures in a folder for each person: how people keep their own data."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ..sequences.errors import FormatError
from .folders import has_all, images_in, visible
from .market import PARTS as MARKET
from .pictures import UNKNOWN_CAMERA, Pictures, ReidData
from .splits import people_apart, query_and_gallery

PARTS = ("train", "query", "gallery", "test")

CAMERA = re.compile(r"(?:^|[_\-.])c(?:am(?:era)?)?[_-]?(\d+)(?=[s_\-.]|$)", re.IGNORECASE)
"""A camera's number in a file's or folder's name: 7_c3_0001.jpg, c3s1_01.png, cam-12, camera2."""


def identity_folder(path: str | Path, *, test: float = 0.5, seed: int = 0) -> ReidData:
    """People's pictures in folders: IDENTITY/*.jpg or IDENTITY/CAMERA/*.jpg, names as they like.

    What is understood:

    - The folder has a folder for each person, all with pictures right in them or in folders below
      that are cameras. A share `test` of the people, drawn at random, is tested on.
    - Or it has `train` and `test`, each with a folder for each person.
    - Or it has `train`, `query` and `gallery`; the same folder name in query and gallery is the
      same person.

    Any of the parts may be missing. A picture's camera is the folder between it and its person,
    else the number after `c`, `cam` or `camera` in its name (7_c3_0001.jpg), else unknown. Where
    all cameras have numbers, those are kept; else they are numbered from 1 in the order of their
    names. `test` is divided into queries and gallery by `query_and_gallery`. People are numbered
    from 1 in the order of their folders' names, those of train first.

    Args:
        path: the folder.
        test: share of people to test on, where the folders do not say it, 0 to 1.
        seed: of all that is drawn.

    Raises:
        FormatError: no folder with pictures, pictures of nobody, a single person to be divided,
            query without gallery, or another data set's layout.
        FileNotFoundError: there is no such path.
        ValueError: a share outside 0 to 1.
    """
    root = Path(path)
    if not root.is_dir():
        raise FileNotFoundError(f"no such folder: {root}")
    if has_all(root, MARKET):
        raise FormatError(root, "a folder for each person, not Market-1501's layout")
    parts = [name for name in PARTS if (root / name).is_dir()]
    if not parts or not all(_is_part(root / name) for name in parts):
        everybody = _Reader([root]).pictures(root)
        if 0 < test < 1 and everybody.identities < 2:
            found = f"one with pictures: {everybody.names[0]}"
            raise FormatError(root, "folders of two people or more", found=found)
        train, tested = people_apart(everybody, test, seed)
        return ReidData(root.resolve().name, train, *query_and_gallery(tested, seed))
    others = [e for e in visible(root) if e.is_dir() and e.name not in PARTS and images_in(e)]
    if others:
        raise FormatError(others[0], f"people's folders within {', '.join(parts)}")
    if ("query" in parts) != ("gallery" in parts) or {"query", "test"} <= set(parts):
        found = ", ".join(parts)
        raise FormatError(root, "train, and test or query and gallery beside it", found=found)
    reader = _Reader([root / name for name in parts])
    found_parts = {name: reader.pictures(root / name) for name in parts}
    empty = Pictures.empty()
    if "test" in parts:
        asked = query_and_gallery(found_parts["test"], seed)
    else:
        asked = (found_parts.get("query", empty), found_parts.get("gallery", empty))
    return ReidData(root.resolve().name, found_parts.get("train", empty), *asked)


def _is_part(folder: Path) -> bool:
    """Whether a folder holds people, rather than being a person called "test"."""
    return not images_in(folder)


class _Reader:
    """Numbers people and cameras over several folders.

    Args:
        folders: each with a folder for each person.
    """

    def __init__(self, folders: list[Path]) -> None:
        self.people: dict[tuple[bool, str], int] = {}
        self.files: dict[Path, list[tuple[Path, int, str]]] = {}
        for folder in folders:
            self.files[folder] = self._files(folder)
        words = {camera for files in self.files.values() for *_, camera in files} - {""}
        if all(word.isdecimal() for word in words):
            self.cameras = {word: int(word) for word in words}
        else:
            self.cameras = {word: k for k, word in enumerate(sorted(words), start=1)}
        self.cameras[""] = UNKNOWN_CAMERA

    def pictures(self, folder: Path) -> Pictures:
        """The pictures in the folders of one part."""
        files = self.files[folder]
        names = [str(file.relative_to(folder)) for file, *_ in files]
        people = np.array([person for _, person, _ in files], dtype=np.int64)
        cameras = [self.cameras[word] for *_, word in files]
        return Pictures([file for file, *_ in files], people, cameras, names)

    def _files(self, folder: Path) -> list[tuple[Path, int, str]]:
        """Each picture below a folder with its person's number and its camera's word."""
        loose = images_in(folder)
        if loose:
            raise FormatError(loose[0], "pictures in a folder for each person")
        result = []
        for home in (entry for entry in visible(folder) if entry.is_dir()):
            files = [(file, _camera(file.stem)) for file in images_in(home)]
            for below in (entry for entry in visible(home) if entry.is_dir()):
                word = _camera(below.name) or below.name
                files += [(file, word) for file in images_in(below)]
            if files:
                # Query and gallery share their people; train has people of its own.
                key = (folder.name == "train", home.name)
                person = self.people.setdefault(key, len(self.people) + 1)
                result += [(file, person, word) for file, word in files]
        if not result:
            seen = ", ".join(entry.name for entry in visible(folder)[:8]) or "an empty folder"
            raise FormatError(folder, "a folder of pictures for each person", found=seen)
        return result


def _camera(name: str) -> str:
    """The camera's number in a name, without leading zeros; empty where there is none."""
    match = CAMERA.search(name)
    return str(int(match[1])) if match else ""

"""MSMT17: pictures in folders, listed in text files."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ..sequences.errors import FormatError
from ..sequences.files import read_text
from .folders import find_root
from .pictures import Pictures, ReidData

LISTS = ("list_train.txt", "list_val.txt", "list_query.txt", "list_gallery.txt")

TRAIN, TEST = ("train", "mask_train_v2"), ("test", "mask_test_v2")
"""The folders of MSMT17_V1, and of MSMT17_V2, in which faces are blurred."""

CAMERA = re.compile(r"\d+_\d+_(\d+)_.*")
"""As in 0000_000_01_0303morning_0008_0.jpg."""


def msmt17(path: str | Path) -> ReidData:
    """MSMT17 (Wei et al., Person Transfer GAN, CVPR 2018), version 1 or 2.

    32,621 pictures of 1,041 people to learn from, with those that the lists call validation, as
    in published results; 11,659 queries; 82,161 gallery pictures; 15 cameras. The lists count
    people from 0 in both halves; here they are numbered from 1, those of the second half after
    those of the first.

    Args:
        path: the folder MSMT17_V1 or MSMT17_V2, or the one above it.

    Raises:
        FormatError: a folder of another kind, or a line of a list that is wrong.
        FileNotFoundError: there is no such path, or not a picture that a list names.
    """
    root = find_root(path, LISTS, "MSMT17")
    train, test = _folder(root, TRAIN), _folder(root, TEST)
    learned = [read_list(root / name, train, 1) for name in LISTS[:2]]
    first = 1 + max(int(part.identity.max()) for part in learned)
    asked = [read_list(root / name, test, first) for name in LISTS[2:]]
    return ReidData("MSMT17", Pictures.concatenate(learned), *asked)


def read_list(path: Path, folder: Path, first: int) -> Pictures:
    """The pictures that a list names, one a line: path, then identity.

    Args:
        path: the list.
        folder: in which the paths begin.
        first: the number of the list's identity 0.

    Raises:
        FormatError: an empty list, or a line that is wrong.
        FileNotFoundError: a picture is not there.
    """
    files, identity, camera = [], [], []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        name, _, word = line.strip().rpartition(" ")
        match = CAMERA.fullmatch(Path(name).name)
        if match is None or not word.isdecimal():
            expected = "a picture like 0000/0000_000_01_0303morning_0008_0.jpg and an identity"
            raise FormatError(path, expected, line=number, found=line)
        file = folder / name
        if not file.is_file():
            raise FileNotFoundError(f"{path}, line {number}: there is no picture {file}")
        files.append(file)
        identity.append(int(word))
        camera.append(int(match[1]))
    if not files:
        raise FormatError(path, "at least one picture")
    return Pictures(files, np.array(identity) + first, camera)


def _folder(root: Path, names: tuple[str, ...]) -> Path:
    for name in names:
        if (root / name).is_dir():
            return root / name
    raise FormatError(root, f"a folder {' or '.join(names)}")

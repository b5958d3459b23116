"""CUHK03, in the layouts in which people keep it.

Li et al., DeepReID, CVPR 2014: 1,467 people by five pairs of cameras, boxes of a detector and
boxes drawn by hand. Two protocols: the classic one has 20 random choices of 100 people to test on;
the new one (Zhong et al., Re-ranking Person Re-identification, CVPR 2017) has 767 people to learn
from and 700 to test on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import scipy.io
from scipy.io.matlab import MatReadError

from ..sequences.errors import FormatError
from ..sequences.files import read_json
from ..sequences.views import Ints
from .cuhk03_mat import MatFile, find_mat
from .folders import has_all, images_in, visible
from .market import PARTS, read_layout
from .pictures import Pictures, ReidData, Source

Boxes = Literal["detected", "labeled"]
Protocol = Literal["new", "classic"]

NAME = re.compile(r"([1-5])_(\d{3})_([12])_(\d{2})")
"""Pair of cameras, person, view and picture, as in 1_001_1_01.png."""

EXTRACTED = re.compile(r"(\d{4})_(\d{2})")
"""Person, then picture from 00 to 09, of which the first five are by one camera: 0000_07.jpg."""


def cuhk03(
    path: str | Path, *, boxes: Boxes = "detected", protocol: Protocol = "new", split: int = 0
) -> ReidData:
    """CUHK03.

    What is understood, here or in one folder below, in this order:

    - CUHK03-NP in Market-1501's layout: detected/bounding_box_train and so on (new protocol).
    - images_detected/ with splits_new_detected.json or splits_classic_detected.json.
    - images_detected/ with cuhk03_new_protocol_config_detected.mat (new protocol).
    - cuhk03_release/cuhk-03.mat, for the new protocol with
      cuhk03_new_protocol_config_detected.mat; pictures come from the file and stay in memory.
      It is HDF5 and needs the package h5py.
    - detected/train and detected/val with pictures such as 0000_07.jpg: the first pair of
      cameras alone, 743 people to learn from and 100 to test on, whatever the protocol.

    With boxes "labeled" that word stands in place of "detected". New protocol: 7,365 (labeled
    7,368) pictures to learn from, 1,400 queries, 5,332 (5,328) in the gallery. Cameras are 1 and
    2, the two views of a pair. In the classic protocol and the last layout every test picture is
    a query and in the gallery; the first papers' measure, which draws one gallery picture of each
    person again and again, is another.

    Args:
        path: the folder.
        boxes: of the detector, or drawn by hand.
        protocol: of the split.
        split: which of the classic protocol's, 0 to 19.

    Raises:
        FormatError: none of these layouts (the message says what was looked for and what was
            found), or a broken file.
        FileNotFoundError: there is no such path, or not a picture that a split names.
        ImportError: h5py is needed and not installed.
        ValueError: unknown boxes or protocol, or no such split.
    """
    if boxes not in ("detected", "labeled") or protocol not in ("new", "classic"):
        raise ValueError(
            f"boxes {boxes!r}, protocol {protocol!r}: expected detected or labeled, and new or"
            " classic"
        )
    if not Path(path).is_dir():
        raise FileNotFoundError(f"no such folder: {path}")
    here = Path(path)
    for root in (here, *(entry for entry in visible(here) if entry.is_dir())):
        found = _open(root, boxes, protocol, split)
        if found is not None:
            return found
    raise FormatError(
        here,
        f"CUHK03 for the {protocol} protocol, in this order: {'; '.join(_looked_for(boxes))}",
        found=", ".join(entry.name for entry in visible(here)[:12]) or "an empty folder",
    )


def _looked_for(boxes: Boxes) -> tuple[str, ...]:
    return (
        f"{boxes}/bounding_box_train",
        f"images_{boxes} with splits_new_{boxes}.json or splits_classic_{boxes}.json",
        f"images_{boxes} with cuhk03_new_protocol_config_{boxes}.mat",
        "cuhk03_release/cuhk-03.mat (new protocol: with that file too)",
        f"{boxes}/train and {boxes}/val",
    )


def _open(root: Path, boxes: Boxes, protocol: Protocol, split: int) -> ReidData | None:
    """What a folder holds; None for nothing that is known."""
    name = f"CUHK03-{boxes}" if protocol == "new" else f"CUHK03-{boxes}-classic-{split}"
    if protocol == "new":
        for home in (root / boxes, root):
            if has_all(home, PARTS) and (home is not root or boxes in root.resolve().name):
                return read_layout(home, name)
    images = root / f"images_{boxes}"
    config = root / f"cuhk03_new_protocol_config_{boxes}.mat"
    listed = root / f"splits_{protocol}_{boxes}.json"
    if images.is_dir() and listed.is_file():
        return _from_json(name, listed, split if protocol == "classic" else 0, images)
    mat = find_mat(root)
    if protocol == "new" and config.is_file() and (images.is_dir() or mat is not None):
        return _from_config(name, config, images, mat, boxes)
    if protocol == "classic" and mat is not None:
        return _classic(name, mat, boxes, split)
    if has_all(root / boxes, ("train", "val")):
        return _extracted(root / boxes, f"CUHK03-{boxes}-first-pair")
    return None


def _from_json(name: str, path: Path, split: int, images: Path) -> ReidData:
    """A list of splits, each with lists of [path, identity, camera from 0]."""
    splits = read_json(path)
    if not isinstance(splits, list) or not all(isinstance(one, dict) for one in splits):
        raise FormatError(path, "a list of splits with train, query and gallery")
    if not 0 <= split < len(splits):
        raise ValueError(f"{path} has {len(splits)} splits: there is no number {split}")
    parts = [_listed(path, splits[split], part, images) for part in ("train", "query", "gallery")]
    return _apart(name, *parts)


def _listed(path: Path, split: Mapping[str, Any], part: str, images: Path) -> Pictures:
    files, identity, camera = [], [], []
    for entry in split.get(part) or ():
        try:
            # Only the file's name is sure: the folders are those of whoever wrote the list.
            file = images / str(entry[0]).replace("\\", "/").rpartition("/")[2]
            person, view = int(entry[1]), int(entry[2])
        except (TypeError, ValueError, IndexError):
            expected = "[path, identity, camera] in each entry"
            raise FormatError(path, expected, field=part, found=entry) from None
        files.append(_existing(file, path))
        identity.append(person)
        camera.append(view + 1)
    if not files:
        raise FormatError(path, "a list of pictures", field=part)
    return Pictures(files, identity, camera)


def _apart(name: str, train: Pictures, query: Pictures, gallery: Pictures) -> ReidData:
    """With people numbered from 1, and those of the test behind those to learn from."""
    first = int(train.identity.max()) + 2
    return ReidData(
        name,
        Pictures(train.sources, train.identity + 1, train.camera, train.names),
        Pictures(query.sources, query.identity + first, query.camera, query.names),
        Pictures(gallery.sources, gallery.identity + first, gallery.camera, gallery.names),
    )


def _from_config(name: str, path: Path, images: Path, mat: Path | None, boxes: Boxes) -> ReidData:
    """The new protocol's file: names and labels of all pictures, and indices of three parts."""
    try:
        config = scipy.io.loadmat(path)
        files = [str(entry[0]) for entry in config["filelist"].ravel()]
        labels: Ints = config["labels"].ravel().astype(np.int64)
        parts = [
            config[f"{part}_idx"].ravel().astype(np.int64) - 1
            for part in ("train", "query", "gallery")
        ]
    except (LookupError, ValueError, TypeError, NotImplementedError, MatReadError) as error:
        expected = "a MATLAB file with filelist, labels, train_idx, query_idx and gallery_idx"
        raise FormatError(path, f"{expected} ({error})") from None
    find: Callable[[str], Source]
    if images.is_dir():
        find = lambda file: _existing(images / file, path)  # noqa: E731
    else:
        assert mat is not None
        find = MatFile(mat, boxes).named
    train, query, gallery = (_part(path, files, labels, index, find) for index in parts)
    return _apart(name, train, query, gallery)


def _part(
    path: Path, files: list[str], labels: Ints, index: Ints, find: Callable[[str], Source]
) -> Pictures:
    if not len(index) or index.min() < 0 or index.max() >= min(len(files), len(labels)):
        raise FormatError(path, f"indices from 1 to {len(files)}")
    names = [files[k] for k in index.tolist()]
    camera = []
    for file in names:
        match = NAME.fullmatch(Path(file).stem)
        if match is None:
            raise FormatError(path, "names like 1_001_1_01.png", field="filelist", found=file)
        camera.append(int(match[3]))
    return Pictures([find(file) for file in names], labels[index], camera, names)


def _classic(name: str, mat: Path, boxes: Boxes, split: int) -> ReidData:
    """The choice of test people in the original file."""
    source = MatFile(mat, boxes)
    tested = source.test_people(split)
    rows: dict[bool, list[tuple[Source, int, int, str]]] = {False: [], True: []}
    for number, (key, found) in enumerate(source.people(), start=1):
        rows[key in tested] += [(image, number, view, file) for image, view, file in found]
    train, test = (_of_rows(part) for part in rows.values())
    return ReidData(name, train, test, test)


def _of_rows(rows: list[tuple[Source, int, int, str]]) -> Pictures:
    """Of each picture the source, the person, the view and the name."""
    sources, identity, camera, names = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Pictures(sources, identity, camera, names)


def _extracted(folder: Path, name: str) -> ReidData:
    """Pictures of the first pair of cameras: the people of val are others than those of train."""
    parts = []
    for part in ("train", "val"):
        files = images_in(folder / part)
        matches = [EXTRACTED.fullmatch(file.stem) for file in files]
        for file, match in zip(files, matches, strict=True):
            if match is None:
                raise FormatError(file, "a name like 0000_07.jpg: person, picture")
        if not files:
            raise FormatError(folder / part, "pictures named like 0000_07.jpg")
        identity = [int(match[1]) for match in matches if match]
        camera = [1 if int(match[2]) < 5 else 2 for match in matches if match]
        names = [f"{part}/{file.name}" for file in files]
        parts.append(Pictures(files, identity, camera, names))
    return _apart(name, parts[0], parts[1], parts[1])


def _existing(file: Path, named_in: Path) -> Path:
    if not file.is_file():
        raise FileNotFoundError(f"{named_in} names a picture that is not there: {file}")
    return file

"""The file in which CUHK03 was published, cuhk-03.mat: MATLAB 7.3, which is HDF5."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..sequences.errors import FormatError
from ..sequences.views import Image, Ints


def find_mat(root: Path) -> Path | None:
    """The file, in the folder or in its cuhk03_release."""
    places = (root / "cuhk03_release" / "cuhk-03.mat", root / "cuhk-03.mat")
    return next((place for place in places if place.is_file()), None)


class MatFile:
    """Pictures and test sets of cuhk-03.mat.

    Its cells "detected" and "labeled" have a cell for each of five pairs of cameras, and those
    (people, 10) cells with pictures, of which the first five are by one camera and the others by
    the other; some are empty. "testsets" has 20 tables (100, 2) of pair and person, from 1.

    Args:
        path: the file.
        boxes: "detected" or "labeled".

    Raises:
        ImportError: h5py is not installed.
        FormatError: a file of another kind.
    """

    def __init__(self, path: Path, boxes: str) -> None:
        self.path = path
        self._file = _opened(path)
        try:
            pairs = [self._cells(ref) for ref in self._file[boxes][0]]
            self.sets: list[Ints] = [
                np.asarray(self._file[ref][()], dtype=np.int64).T
                for ref in self._file["testsets"][0]
            ]
        except (KeyError, ValueError, TypeError) as error:
            expected = "CUHK03's cells detected, labeled and testsets"
            raise FormatError(path, f"{expected} ({error})") from None
        self.pairs = pairs

    def _cells(self, reference: Any) -> Any:
        """(people, 10) references; HDF5 has the axes in the opposite order."""
        return self._file[reference][()].T

    def _image(self, reference: Any) -> Image | None:
        """uint8 (height, width, 3) RGB, or None for an empty cell."""
        found = self._file[reference][()]
        if found.ndim != 3 or not found.size:
            return None
        return np.ascontiguousarray(found.T, dtype=np.uint8)

    def named(self, name: str) -> Image:
        """The picture of a name such as 1_001_1_01.png: pair, person, view and cell, from 1.

        Raises:
            FormatError: the file has no such picture.
        """
        pair, person, _, cell = (int(word) for word in Path(name).stem.split("_"))
        try:
            image = self._image(self.pairs[pair - 1][person - 1, cell - 1])
        except (IndexError, KeyError, ValueError):
            image = None
        if image is None:
            raise FormatError(self.path, f"a picture {name}")
        return image

    def test_people(self, split: int) -> set[tuple[int, int]]:
        """Pair and person, from 1, of those who are tested on.

        Raises:
            ValueError: no such split.
        """
        if not 0 <= split < len(self.sets):
            raise ValueError(f"{self.path} has {len(self.sets)} splits: there is no number {split}")
        return {(pair, person) for pair, person in self.sets[split].tolist()}

    def people(self) -> Iterator[tuple[tuple[int, int], list[tuple[Image, int, str]]]]:
        """Each person's pair and number, with pictures, their views and their names."""
        for pair, cells in enumerate(self.pairs, start=1):
            for person, row in enumerate(cells, start=1):
                found = []
                for cell, reference in enumerate(row, start=1):
                    image = self._image(reference)
                    if image is not None:
                        view = 1 if cell <= 5 else 2
                        name = f"{pair}_{person:03}_{view}_{cell:02}.png"
                        found.append((image, view, name))
                yield (pair, person), found


def _opened(path: Path) -> Any:
    try:
        import h5py
    except ImportError:
        raise ImportError(
            f"{path} is HDF5: reading it needs h5py (pip install 'reid-mot[cuhk03]')"
        ) from None
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise FormatError(path, f"an HDF5 file ({error})") from None

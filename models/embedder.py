"""What turns pictures of people into vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Image = NDArray[np.uint8]
Vectors = NDArray[np.float32]


@runtime_checkable
class Embedder(Protocol):
    """A map from crops to appearance vectors: any object with these two members."""

    @property
    def dim(self) -> int:
        """Length of a vector."""

    def __call__(self, crops: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Vectors of unit length.

        Args:
            crops: n images uint8 (height, width, 3) RGB of any sizes.

        Returns:
            (n, dim) float32 with rows of length 1; (0, dim) for no crops.
        """


def check_crops(crops: Sequence[Image]) -> None:
    """Refuse what is not a list of pictures.

    Args:
        crops: images uint8 (height, width, 3) RGB of any sizes.

    Raises:
        ValueError: a crop of another shape or of zero area; the message says which.
        TypeError: a crop that is not uint8; the message says which.
    """
    for index, crop in enumerate(crops):
        if crop.ndim != 3 or crop.shape[2] != 3:
            raise ValueError(
                f"crop {index} has shape {crop.shape}: expected (height, width, 3) RGB"
            )
        if crop.size == 0:
            height, width = crop.shape[:2]
            raise ValueError(
                f"crop {index} has zero area (height {height}, width {width}):"
                " its box lies outside the image"
            )
        if crop.dtype != np.uint8:
            raise TypeError(f"crop {index} is {crop.dtype}: expected uint8, 0 to 255")


def unit_rows(vectors: ArrayLike, count: int, dim: int, first: int = 0) -> Vectors:
    """The same directions with length 1, checked.

    Args:
        vectors: (count, dim) of any length but zero.
        count: how many rows there must be.
        dim: how long each row must be.
        first: the number that messages give to the first row.

    Returns:
        (count, dim) float32.

    Raises:
        ValueError: another shape, a value that is not finite, or a row of zeros; the message
            says which row.
    """
    v = np.asarray(vectors)
    if v.size == 0 and count == 0:
        return np.empty((0, dim), np.float32)
    if v.shape != (count, dim):
        raise ValueError(f"{count} crops gave vectors of shape {v.shape}: expected {(count, dim)}")
    v = v.astype(np.float64)
    norms = np.sqrt((v * v).sum(axis=1, keepdims=True))
    bad = ~(np.isfinite(norms) & (norms > 0))[:, 0]
    if bad.any():
        row = int(np.argmax(bad))
        what = "zero" if norms[row, 0] == 0 else "not finite"
        raise ValueError(f"the vector of crop {first + row} is {what}: it has no direction")
    return np.asarray(v / norms, dtype=np.float32)


def embed_in_batches(
    crops: list[Image], function: Callable[[list[Image]], ArrayLike], dim: int, batch: int
) -> Vectors:
    """Vectors of a list of crops, with the memory of one batch beside the result.

    Args:
        crops: n images uint8 (height, width, 3) RGB of any sizes.
        function: from at most `batch` crops to as many vectors of any length but zero.
        dim: length of a vector.
        batch: how many crops the function sees at once.

    Returns:
        (n, dim) float32 with rows of length 1.

    Raises:
        ValueError: a crop of zero area, or vectors that are not finite, zero or misshapen.
        TypeError: a crop that is not uint8.
    """
    check_crops(crops)
    vectors = np.empty((len(crops), dim), np.float32)
    for start in range(0, len(crops), batch):
        part = crops[start : start + batch]
        vectors[start : start + len(part)] = unit_rows(function(part), len(part), dim, start)
    return vectors


def embed_stream(embedder: Embedder, crops: Iterable[Image], batch: int = 256) -> Iterator[Vectors]:
    """Vectors of crops that are read as they are needed, so that any number fits in memory.

    Args:
        embedder: see `Embedder`.
        crops: images uint8 (height, width, 3) RGB, such as a generator that reads files.
        batch: how many are held at once.

    Yields:
        (n, dim) float32 with n = batch, and what is left at the end.
    """
    waiting = iter(crops)
    while part := list(islice(waiting, batch)):
        yield embedder(part)


class CallableEmbedder:
    """Any function of crops as an `Embedder`; its output is checked and brought to length 1.

    Args:
        function: takes a non-empty list of n uint8 (height, width, 3) RGB images and returns
            something that NumPy reads as (n, dim).
        dim: length of a vector.
        batch: the function never sees more than this many crops at once.

    Raises:
        ValueError: `dim` or `batch` below 1.

    >>> mean = CallableEmbedder(lambda crops: [c.mean(axis=(0, 1)) for c in crops], dim=3)
    >>> mean([np.full((4, 2, 3), (0, 30, 40), np.uint8)]).round(3).tolist()
    [[0.0, 0.6000000238418579, 0.800000011920929]]
    """

    def __init__(
        self, function: Callable[[list[Image]], ArrayLike], dim: int, batch: int = 256
    ) -> None:
        if dim < 1 or batch < 1:
            raise ValueError(f"dim {dim} and batch {batch} must be at least 1")
        self.function, self._dim, self.batch = function, dim, batch

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._dim

    def __call__(self, crops: list[Image]) -> Vectors:
        """Vectors (n, dim) of length 1.

        Raises:
            ValueError: a crop of zero area, or a wrong shape, NaN or zero vector returned.
            TypeError: a crop that is not uint8.
        """
        return embed_in_batches(crops, self.function, self.dim, self.batch)

"""What turns pictures of people into vectors."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


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

"""A PyTorch network as an embedder."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .embedder import Image, Vectors, embed_in_batches
from .folding import folded
from .heads import Output
from .preprocessing import Preprocessing


class TorchEmbedder:
    """A network with its preprocessing; crops go through it in batches.

    Args:
        network: maps images (b, 3, height, width) to an `Output` or to vectors (b, dim). It is
            moved to the device; its mode is evaluation during a call, and as before after it.
        preprocessing: None: ImageNet's normalisation at the network's `input_size`.
        device: "cpu", "cuda", "cuda:1" ...; None: CUDA where there is one, else the CPU.
        batch: crops that go through the network at once; bounds the memory.
        dtype: of the network's arithmetic, such as torch.bfloat16; None: as the weights are.
        threshold: cosine distance below which two pictures are taken for one person, where it is
            known; a tracker begins with it.
        fold: compute with a copy that is `folding.folded`, which is faster; what happens to the
            network's weights afterwards does not show then.

    Raises:
        ValueError: no preprocessing is given and the network has no `input_size`, or the
            preprocessing does not give (b, 3, height, width).
    """

    def __init__(
        self,
        network: nn.Module,
        preprocessing: Preprocessing | None = None,
        device: str | torch.device | None = None,
        batch: int = 64,
        dtype: torch.dtype | None = None,
        threshold: float | None = None,
        fold: bool = False,
    ) -> None:
        if preprocessing is None:
            size = getattr(network, "input_size", None)
            if not isinstance(size, tuple):
                raise ValueError(
                    f"{type(network).__name__} has no input_size: give its preprocessing"
                )
            preprocessing = Preprocessing(size)
        if preprocessing.layout != "NCHW":
            raise ValueError("PyTorch networks take the layout NCHW, found NHWC")
        if device is None:
            device = "cuda" if torch.cuda.is_available() else "cpu"
        self.device = torch.device(device)
        self.network = network.to(self.device)
        self.computes = folded(self.network) if fold else self.network
        """What crops go through: the network, or its folded copy."""
        self.preprocessing, self.batch, self.dtype = preprocessing, batch, dtype
        self.threshold = threshold
        self._dim = self._output_length()

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._dim

    def __call__(self, crops: list[Image]) -> Vectors:
        """Vectors (n, dim) float32 of length 1.

        Raises:
            ValueError: a crop of zero area, or a vector that is not finite or zero.
            TypeError: a crop that is not uint8.
        """
        return embed_in_batches(crops, self._vectors, self.dim, self.batch)

    def _vectors(self, crops: list[Image]) -> NDArray[np.float32]:
        return self.run(torch.from_numpy(self.preprocessing(crops))).numpy()

    def run(self, inputs: Tensor) -> Tensor:
        """Embeddings (b, dim) float32 on the CPU, of any length, of preprocessed inputs."""
        training = self.computes.training
        self.computes.eval()
        try:
            with torch.inference_mode(), self._arithmetic():
                output = self.computes(inputs.to(self.device, non_blocking=True))
        finally:
            self.computes.train(training)
        vectors = embedding_of(output)
        return vectors.float().cpu()

    def _arithmetic(self) -> AbstractContextManager[object]:
        if self.dtype is None:
            return nullcontext()
        return torch.autocast(self.device.type, self.dtype)

    def _output_length(self) -> int:
        dim = getattr(self.network, "dim", None)
        if isinstance(dim, int):
            return dim
        return int(self.run(torch.zeros(1, *self.preprocessing.shape)).shape[1])


def embedding_of(output: object) -> Tensor:
    """The vectors (b, dim) in what a network returned.

    Args:
        output: an `Output`; or a tensor (b, dim), or (b, dim, 1, 1).

    Raises:
        TypeError: something else.
    """
    vectors = output.embedding if isinstance(output, Output) else output
    if not isinstance(vectors, Tensor):
        raise TypeError(
            f"the network gave {type(output).__name__}: expected a tensor (b, dim) or an Output"
        )
    return vectors.flatten(1)

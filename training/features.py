"""The vectors that retrieval may compare: what a network gives, before and after its neck."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from ..models import Embedder, Output, TorchEmbedder
from ..models.embedder import Image, Vectors, check_crops
from ..models.flips import WithFlips, mirrored


def feature_vectors(
    embedder: Embedder, crops: list[Image], flip: bool = False
) -> dict[str, Vectors]:
    """All vectors that an embedder has for crops, from one pass.

    Luo et al. 2019, section 3.5: f_t is what triplet and centre losses see, f_i what retrieval
    compares, behind the neck.

    Args:
        embedder: a `TorchEmbedder` gives its network's vectors as they are, of any length:
            "f_i", the embedding, and "f_t", the features of all branches one after the other,
            where it says them. Others give their vectors of length 1 as "f_i".
        crops: n images uint8 (height, width, 3) RGB.
        flip: whether the vectors of the mirrored crops are added.

    Returns:
        (n, d) float32 each.

    Raises:
        ValueError, TypeError: see `Embedder`.
    """
    if not isinstance(embedder, TorchEmbedder):
        return {"f_i": (WithFlips(embedder) if flip else embedder)(crops)}
    check_crops(crops)
    found = _of_network(embedder, crops)
    if flip:
        other = _of_network(embedder, [mirrored(crop) for crop in crops])
        found = {name: vectors + other[name] for name, vectors in found.items()}
    return found


def _of_network(embedder: TorchEmbedder, crops: list[Image]) -> dict[str, Vectors]:
    parts: dict[str, list[Vectors]] = {}
    for start in range(0, len(crops), embedder.batch):
        for name, vectors in _batch(embedder, crops[start : start + embedder.batch]).items():
            parts.setdefault(name, []).append(vectors)
    return {name: np.concatenate(vectors) for name, vectors in parts.items()}


def _batch(embedder: TorchEmbedder, crops: list[Image]) -> dict[str, Vectors]:
    said: list[object] = []

    def listen(network: nn.Module, inputs: object, output: object) -> None:
        said.append(output)

    handle = embedder.computes.register_forward_hook(listen)
    try:
        vectors = embedder.run(torch.from_numpy(embedder.preprocessing(crops)))
    finally:
        handle.remove()
    found: dict[str, Vectors] = {"f_i": vectors.numpy()}
    output = said[0]
    if isinstance(output, Output) and output.features:
        found["f_t"] = torch.cat(output.features, dim=1).float().cpu().numpy()
    return found

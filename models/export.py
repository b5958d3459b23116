"""A PyTorch embedder as an ONNX file that gives the same vectors."""

from __future__ import annotations

import json
import logging
import os
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn

from .embedder import Embedder, Image
from .network_embedder import TorchEmbedder, embedding_of
from .onnx_embedder import KEY, OnnxEmbedder
from .preprocessing import Preprocessing

OPSET = 18
"""Of the ONNX operators: what onnxruntime 1.14 and everything newer reads."""


MOST_DEVIATION = 0.05
"""Of an export's vectors, as a part of the spread of vectors of different pictures."""


class Agreement(NamedTuple):
    """How far two embedders give the same vectors.

    Attributes:
        cosine: the least between the two vectors of one crop.
        deviation: the root mean square distance of the two embedders' vectors divided by that of
            the first one's from their mean. An untrained network gives almost the same vector
            for every crop, and then only this tells a right export from a wrong one.
    """

    cosine: float
    deviation: float


class Embedding(nn.Module):
    """A network's embedding alone, with its preprocessing inside or not.

    Args:
        network: gives an `Output` or vectors.
        inside: the preprocessing that the graph does itself, on uint8 RGB (b, height, width, 3);
            None: the network's own input.
    """

    scale: Tensor
    offset: Tensor

    def __init__(self, network: nn.Module, inside: Preprocessing | None = None) -> None:
        super().__init__()
        self.network = network
        self.inside = inside
        if inside is not None:
            std = torch.tensor(inside.std)
            self.register_buffer("scale", (inside.scale / std).view(1, 3, 1, 1))
            self.register_buffer("offset", (-torch.tensor(inside.mean) / std).view(1, 3, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        """Vectors (b, dim), of any length."""
        if self.inside is not None:
            images = images.permute(0, 3, 1, 2).float()
            if self.inside.channels == "BGR":
                images = images.flip(1)
            images = images * self.scale + self.offset
        return embedding_of(self.network(images))


def export_onnx(
    embedder: TorchEmbedder,
    path: str | Path,
    *,
    preprocessing: Literal["declared", "inside"] = "declared",
    half: bool = False,
    crops: list[Image] | None = None,
    least_cosine: float | None = None,
) -> Agreement:
    """Write an ONNX file with a free batch, and compare its vectors with the embedder's.

    Args:
        embedder: stays as it is; the export works on the CPU.
        path: of the ".onnx" file; it is complete and compared, or not there.
        preprocessing: "declared": the graph takes normalised floats, and the file's metadata say
            how to make them; "inside": the graph takes uint8 RGB pictures of the input's size.
            `OnnxEmbedder` reads both.
        half: weights and arithmetic in float16; needs the package onnx.
        crops: real ones, to compare on beside random ones.
        least_cosine: what every vector's cosine with the embedder's must be above; None: 0.9999,
            and 0.999 for `half`.

    Returns:
        how far the file's vectors and the embedder's agree, on all crops.

    Raises:
        ImportError: onnx, onnxscript or onnxruntime is not installed (extra `[onnx]`).
        ValueError: the file's vectors differ, see `agreement`; it is not kept then.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    inside = preprocessing == "inside"
    declared = embedder.preprocessing
    if inside:
        declared = Preprocessing(declared.size, "RGB", "NHWC", 1.0, (0, 0, 0), (1, 1, 1))
    part = path.with_name(f".{path.stem}.part.onnx")
    bound = (0.999 if half else 0.9999) if least_cosine is None else least_cosine
    try:
        model = _trace(embedder, inside)
        if half:
            model = _in_half(model)
        annotate(model, {KEY: json.dumps(declared.to_json())})
        import_module("onnx").save(model, str(part))
        found = agreement(embedder, OnnxEmbedder(part), crops or [])
        if not (found.cosine > bound and found.deviation < MOST_DEVIATION):
            raise ValueError(
                f"{path} is not written: its vectors have cosines down to {found.cosine:.6f} with"
                f" those of PyTorch, expected more than {bound}, and deviate by"
                f" {found.deviation:.4f} of their spread, expected less than {MOST_DEVIATION}"
            )
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return found


def agreement(first: Embedder, second: Embedder, crops: list[Image]) -> Agreement:
    """How far two embedders give the same vectors, on these crops and on 48 random ones."""
    rng = np.random.default_rng(0)
    sizes = rng.integers(8, 300, size=(24, 2))
    noise: list[Image] = [rng.integers(0, 256, (h, w, 3)).astype(np.uint8) for h, w in sizes]
    # Large patches too, since noise that is shrunk is grey.
    patches: list[Image] = [n[:4, :3].repeat(20, axis=0).repeat(15, axis=1) for n in noise]
    return agreement_on(first, second, [*crops, *noise, *patches])


def agreement_on(first: Embedder, second: Embedder, crops: list[Image]) -> Agreement:
    """How far two embedders give the same vectors, on two or more different crops."""
    a, b = first(crops).astype(np.float64), second(crops).astype(np.float64)
    spread = np.linalg.norm(a - a.mean(axis=0))
    return Agreement(float((a * b).sum(axis=1).min()), float(np.linalg.norm(a - b) / spread))


def _trace(embedder: TorchEmbedder, inside: bool) -> Any:
    for needed in ("onnx", "onnxscript", "onnxruntime"):
        try:
            import_module(needed)
        except ImportError as error:
            raise ImportError(f"export needs {needed}: pip install 'reid-mot[onnx]'") from error
    network = embedder.network
    training, device = network.training, embedder.device
    wrapped = Embedding(network.cpu(), embedder.preprocessing if inside else None).eval()
    size = embedder.preprocessing.size
    # Two pictures, since a batch of one would be taken for a constant.
    images = torch.zeros(2, *size, 3, dtype=torch.uint8) if inside else torch.zeros(2, 3, *size)
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # the exporter's own deprecations
            program = torch.onnx.export(
                wrapped,
                (images,),
                dynamo=True,
                verbose=False,
                input_names=["images"],
                output_names=["embeddings"],
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                opset_version=OPSET,
            )
    finally:
        log.setLevel(level)
        network.to(device).train(training)
    return cast(Any, program).model_proto


def annotate(model: Any, metadata: dict[str, str]) -> None:
    """Add keys and values to an ONNX model's metadata."""
    for key, value in metadata.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value


def _in_half(model: Any) -> Any:
    """The model with float16 inside; its input and output stay as they are."""
    convert = import_module("onnxruntime.transformers.float16").convert_float_to_float16
    return convert(model, keep_io_types=True)

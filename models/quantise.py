"""An ONNX embedder in 8-bit integers, with the loss measured."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .embedder import Image, check_crops
from .export import Agreement, agreement_on, annotate
from .onnx_embedder import KEY, OnnxEmbedder

LEAST_CROPS = 16
"""Fewer show too little of the range of activations to set their scales."""


def quantise_onnx(
    source: str | Path,
    path: str | Path,
    crops: list[Image],
    least_cosine: float = 0.0,
    unseen: list[Image] | None = None,
) -> Agreement:
    """Write an ONNX embedder with weights and activations in 8 bits (static quantisation).

    Args:
        source: an ONNX file with floats, as `export_onnx` writes with preprocessing "declared".
        path: of the file to be written; it is complete and compared, or not there.
        crops: at least `LEAST_CROPS` real ones, whose activations set the scales.
        least_cosine: refuse a file that has a lower cosine with the source's vectors.
        unseen: two or more other crops, on which the loss is measured; None: on `crops`, which
            the scales have seen.

    Returns:
        how far the vectors of the two files agree: the loss.

    Raises:
        ImportError: onnx or onnxruntime is not installed (extra `[onnx]`).
        FileNotFoundError: there is no source.
        ValueError: too few crops, a source without declared preprocessing or with uint8 input,
            or a loss above what was allowed.
    """
    check_crops(crops)
    if len(crops) < LEAST_CROPS:
        raise ValueError(f"{len(crops)} crops: expected {LEAST_CROPS} or more to set the scales")
    if unseen is not None and len(unseen) < 2:
        raise ValueError(f"{len(unseen)} unseen crops: expected 2 or more to measure the loss")
    full = OnnxEmbedder(source)
    if full.input_type != np.float32:
        raise ValueError(f"{source}: expected an input of float32, with declared preprocessing")
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.part.onnx")
    try:
        _quantise(Path(source), part, _batches(full, crops))
        _declare(part, full)
        quantised = OnnxEmbedder(part, full.preprocessing)
        found = agreement_on(full, quantised, crops if unseen is None else unseen)
        if found.cosine < least_cosine:
            raise ValueError(
                f"{path} is not written: its vectors have cosines down to {found.cosine:.4f}"
                f" with those of {source}, expected {least_cosine} or more"
            )
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return found


def _batches(embedder: OnnxEmbedder, crops: list[Image]) -> Iterator[dict[str, NDArray[Any]]]:
    for start in range(0, len(crops), embedder.batch):
        part = crops[start : start + embedder.batch]
        yield {embedder.input_name: embedder.inputs(part)}


def _quantise(source: Path, target: Path, batches: Iterator[dict[str, NDArray[Any]]]) -> None:
    tools = import_module("onnxruntime.quantization")
    shapes = import_module("onnxruntime.quantization.shape_inference")

    class Reader(tools.CalibrationDataReader):  # type: ignore[misc, name-defined]
        def get_next(self) -> dict[str, NDArray[Any]] | None:
            return next(batches, None)

    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        shapes.quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        tools.quantize_static(
            str(prepared),
            str(target),
            Reader(),
            quant_format=tools.QuantFormat.QDQ,
            per_channel=True,
            activation_type=tools.QuantType.QUInt8,
            weight_type=tools.QuantType.QInt8,
        )


def _declare(path: Path, source: OnnxEmbedder) -> None:
    onnx = import_module("onnx")
    model = onnx.load(str(path))
    del model.metadata_props[:]
    annotate(model, {KEY: json.dumps(source.preprocessing.to_json())})
    onnx.save(model, str(path))

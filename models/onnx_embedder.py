"""An ONNX file as an embedder, with preprocessing that is declared and never guessed."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .embedder import Image, Vectors, embed_in_batches
from .preprocessing import Preprocessing

KEY = "reid_mot.preprocessing"
"""The key of an ONNX file's metadata under which its preprocessing stands, as JSON."""

PART = 4
"""Crops that one core works through at once: their maps stay in its cache."""

TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}


def declared_preprocessing(path: Path, metadata: dict[str, str]) -> Preprocessing:
    """What a file of weights wants to be fed, as it says itself or its card does.

    Args:
        path: of the model; a card beside it has the same name and the suffix ".json", and the
            preprocessing under the key "preprocessing".
        metadata: of the model; see `KEY`.

    Raises:
        ValueError: neither says anything, or what is said is wrong.
    """
    card = path.with_suffix(".json")
    if card.exists():
        try:
            found = json.loads(card.read_text("utf-8"))
        except ValueError as error:
            raise ValueError(f"{card}: expected JSON: {error}") from error
        if not isinstance(found, dict) or "preprocessing" not in found:
            raise ValueError(f"{card}: expected an object with the field 'preprocessing'")
        return Preprocessing.from_json(found["preprocessing"], str(card))
    if KEY in metadata:
        try:
            found = json.loads(metadata[KEY])
        except ValueError as error:
            raise ValueError(f"{path}, metadata {KEY!r}: expected JSON: {error}") from error
        return Preprocessing.from_json(found, f"{path}, metadata {KEY!r}")
    raise ValueError(
        f"{path}: nothing says what this network wants to be fed. Give preprocessing=..., or"
        f' write {card.name} beside it: {{"preprocessing": {{"size": [height, width],'
        ' "channels": "RGB" or "BGR", "layout": "NCHW" or "NHWC", "scale": 1 or 0.00392...,'
        ' "mean": [.., .., ..], "std": [.., .., ..]}}'
    )


def check_shape(path: Path, shape: list[Any], preprocessing: Preprocessing) -> int | None:
    """Compare a model's input (batch, ...) with the declaration.

    Args:
        path: for messages.
        shape: an integer where the model is fixed, anything else where it is free.
        preprocessing: what was declared.

    Returns:
        the batch that the model demands, or None.

    Raises:
        ValueError: they differ.
    """
    fits = len(shape) == 4 and all(
        not isinstance(own, int) or own == said
        for own, said in zip(shape[1:], preprocessing.shape, strict=True)
    )
    if not fits:
        raise ValueError(
            f"{path}: the input is {shape}, but the preprocessing declares"
            f" (n, {', '.join(map(str, preprocessing.shape))}) in {preprocessing.layout}"
        )
    return shape[0] if isinstance(shape[0], int) else None


def full_batch(inputs: NDArray[Any], count: int) -> NDArray[Any]:
    """Inputs filled up with zeros to `count` pictures, for a model of fixed batch."""
    missing = count - len(inputs)
    if missing == 0:
        return inputs
    return np.concatenate([inputs, np.zeros((missing, *inputs.shape[1:]), inputs.dtype)])


def divide(count: int, cores: int) -> list[slice]:
    """Consecutive parts of a batch for several cores, of even sizes.

    Args:
        count: crops of the batch.
        cores: each gets equally many parts, unless there are too few crops.

    Returns:
        slices of at most `PART` crops, which together cover all of them in order.

    >>> divide(9, 2)
    [slice(0, 2, None), slice(2, 4, None), slice(4, 6, None), slice(6, 9, None)]
    """
    rounds = -(-count // (PART * cores))
    parts = min(count, rounds * cores)
    return [slice(count * k // parts, count * (k + 1) // parts) for k in range(parts)]


class OnnxEmbedder:
    """An ONNX model run by onnxruntime (extra `[onnx]`).

    On the CPU each core takes its own crops through the whole model, a few at a time: that is
    faster than all cores sharing one operator after the other, with maps of the whole batch that
    no cache holds. Fewer crops than cores are shared all the same, so that they are not late.

    Args:
        path: of the ".onnx" file, with one input and embeddings (b, dim) as first output. A
            model of fixed batch works too; its batches are filled up.
        preprocessing: None: read from the JSON card beside the file, else from the file's
            metadata, see `declared_preprocessing`.
        device: "cpu"; or "cuda", "cuda:1" ... with onnxruntime-gpu; None: the CPU.
        batch: crops that go through at once, where the model leaves it free; on the CPU, crops
            that the cores share out.
        threads: cores to use; 0: all that the process may use.

    Raises:
        ImportError: onnxruntime is not installed.
        FileNotFoundError: there is no such file.
        ValueError: no declaration, or one that does not fit the model; an unknown device.
    """

    def __init__(
        self,
        path: str | Path,
        preprocessing: Preprocessing | None = None,
        device: str | None = None,
        batch: int = 32,
        threads: int = 0,
    ) -> None:
        self.path = Path(path)
        if not self.path.exists():
            raise FileNotFoundError(f"there is no ONNX model at {path}")
        device = device or "cpu"
        self._session = open_session(self.path, device, threads)
        metadata = self._session.get_modelmeta().custom_metadata_map
        self.preprocessing = preprocessing or declared_preprocessing(self.path, metadata)
        given = self._session.get_inputs()[0]
        if given.type not in TYPES:
            raise ValueError(f"{path}: the input is {given.type}, not one of {', '.join(TYPES)}")
        self.input_name: str = given.name
        self.input_type = TYPES[given.type]
        self._fixed = check_shape(self.path, given.shape, self.preprocessing)
        self.batch = self._fixed or batch
        self._cores = threads or _usable_cores()
        on_cpu = self._session.get_providers()[0] == "CPUExecutionProvider"
        self._single = None  # of one core, for parts of a batch
        if on_cpu and not self._fixed:
            several = self._cores > 1
            self._single = open_session(self.path, device, 1) if several else self._session
        blank = np.zeros((1, *self.preprocessing.shape), self.input_type)
        self._dim = self._run(self._session, blank).shape[1]

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._dim)

    def __call__(self, crops: list[Image]) -> Vectors:
        """Vectors (n, dim) float32 of length 1.

        Raises:
            ValueError: a crop of zero area, or a vector that is not finite or zero.
            TypeError: a crop that is not uint8.
        """
        return embed_in_batches(crops, self._vectors, self.dim, self.batch)

    def inputs(self, crops: list[Image]) -> NDArray[Any]:
        """What the model is fed for at most `batch` crops: (b, *shape), preprocessed."""
        return self.preprocessing(crops).astype(self.input_type, copy=False)

    def _vectors(self, crops: list[Image]) -> NDArray[np.float32]:
        if self._single is None or len(crops) < self._cores:
            return self._run(self._session, self.inputs(crops))
        parts = [crops[part] for part in divide(len(crops), self._cores)]
        with ThreadPoolExecutor(self._cores) as pool:
            found = pool.map(lambda part: self._run(self._single, self.inputs(part)), parts)
            return np.concatenate(list(found))

    def _run(self, session: Any, inputs: NDArray[Any]) -> NDArray[np.float32]:
        filled = full_batch(inputs, self._fixed or len(inputs))
        output = session.run(None, {self.input_name: filled})[0]
        return np.asarray(output.reshape(len(output), -1)[: len(inputs)], dtype=np.float32)


def _usable_cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def open_session(path: Path, device: str, threads: int) -> Any:
    """onnxruntime's session of a model.

    Args:
        path: of the model.
        device: "cpu"; or "cuda", "cuda:1" ... with onnxruntime-gpu.
        threads: onnxruntime's; 0: as many as it likes.

    Raises:
        ImportError: onnxruntime is not installed.
        ValueError: an unknown device, or a file that is no model.
    """
    try:
        runtime = import_module("onnxruntime")
    except ImportError as error:
        raise ImportError(f"{path} needs onnxruntime: pip install 'reid-mot[onnx]'") from error
    kind, _, number = device.partition(":")
    providers: list[Any] = ["CPUExecutionProvider"]
    if kind == "cuda":
        if "CUDAExecutionProvider" not in runtime.get_available_providers():
            raise ValueError(f"device {device!r}: this onnxruntime has no CUDA")
        providers.insert(0, ("CUDAExecutionProvider", {"device_id": int(number or 0)}))
    elif kind != "cpu":
        raise ValueError(f"device {device!r}: expected 'cpu' or 'cuda'")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors only: it warns about folded constants otherwise
    try:
        return runtime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:  # onnxruntime's own exceptions have no common public class
        raise ValueError(f"{path}: expected an ONNX model: {error}") from error

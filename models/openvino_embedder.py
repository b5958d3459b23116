"""A model run by OpenVINO as an embedder, with preprocessing that is declared."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .embedder import Image, Vectors, embed_in_batches
from .onnx_embedder import KEY, check_shape, declared_preprocessing
from .preprocessing import Preprocessing


class OpenVinoEmbedder:
    """A model run by OpenVINO (extra `[openvino]`), such as those of the Open Model Zoo.

    Args:
        path: of the ".xml" file of an OpenVINO IR, its ".bin" beside it; or of an ".onnx" file
            with an input of float32. One input, embeddings (b, dim) as first output. The batch
            is made free.
        preprocessing: None: read from the JSON card beside the file, see
            `onnx_embedder.declared_preprocessing`, or from the metadata of an ONNX file.
        device: OpenVINO's name, such as "CPU" or "GPU"; None: the CPU.
        batch: crops that go through at once.
        threads: OpenVINO's threads; 0: as many as it likes.
        precision: of the arithmetic: "f32"; or "bf16", which is faster on CPUs that have it,
            with vectors that differ (three networks of the Open Model Zoo gave cosines of 0.995
            and more to those of "f32", 0.9995 in the median).

    Raises:
        ImportError: openvino is not installed.
        FileNotFoundError: there is no such file.
        ValueError: no declaration, or one that does not fit the model.
    """

    def __init__(
        self,
        path: str | Path,
        preprocessing: Preprocessing | None = None,
        device: str | None = None,
        batch: int = 32,
        threads: int = 0,
        precision: str = "f32",
    ) -> None:
        self.path, self.batch = Path(path), batch
        parts = [self.path]
        if self.path.suffix != ".onnx":
            parts.append(self.path.with_suffix(".bin"))
        for file in parts:
            if not file.exists():
                raise FileNotFoundError(f"there is no OpenVINO model at {file}")
        try:
            openvino = import_module("openvino")
        except ImportError as error:
            raise ImportError(f"{path} needs openvino: pip install 'reid-mot[openvino]'") from error
        core = openvino.Core()
        model = self._read(core)
        self.preprocessing = preprocessing or declared_preprocessing(self.path, _metadata(model))
        self._fit(model)
        settings: dict[str, Any] = {"INFERENCE_PRECISION_HINT": precision}
        if threads:
            settings["INFERENCE_NUM_THREADS"] = threads
        self._model = core.compile_model(model, (device or "CPU").upper(), settings)
        self._dim = self._run(np.zeros((1, *self.preprocessing.shape), np.float32)).shape[1]

    def _read(self, core: Any) -> Any:
        try:
            return core.read_model(str(self.path))
        except RuntimeError as error:
            raise ValueError(f"{self.path}: expected an OpenVINO model: {error}") from error

    def _fit(self, model: Any) -> None:
        """Check the model's input, and make its batch free."""
        sides = list(model.inputs[0].partial_shape)
        shape = [s.get_length() if s.is_static else str(s) for s in sides]
        check_shape(self.path, shape, self.preprocessing)
        model.reshape([-1, *self.preprocessing.shape])

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
        return embed_in_batches(
            crops, lambda part: self._run(self.preprocessing(part)), self.dim, self.batch
        )

    def _run(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        output = self._model([inputs])[self._model.output(0)]
        return np.asarray(output.reshape(len(inputs), -1), dtype=np.float32)


def _metadata(model: Any) -> dict[str, str]:
    """What an ONNX file's metadata have become in OpenVINO: values under "framework"."""
    place = ["framework", KEY]
    return {KEY: str(model.get_rt_info(place).value)} if model.has_rt_info(place) else {}

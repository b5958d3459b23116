"""An ONNX file as a detector, fed and read as its card says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .decoding import Floats, decode_yolox, grid_cells, letterbox, suppress
from .detector import Found, check_found, check_image
from .detector_card import FAMILIES, DetectorCard, declared_card, family_card, yolox
from .embedder import Image
from .onnx_embedder import TYPES, check_shape, open_session

Outputs = Mapping[str, NDArray[Any]]


class OnnxDetector:
    """An ONNX model run by onnxruntime (extra `[onnx]`) that finds people, image by image.

    Args:
        path: of the ".onnx" file, with one input.
        card: how it is fed and read; or the name of a family in `detector_card.FAMILIES`, such as
            "yolox"; None: what the JSON card beside the file says, else the file's metadata, see
            `detector_card.declared_card`.
        device: "cpu"; or "cuda", "cuda:1" ... with onnxruntime-gpu; None: the CPU.
        least_score: in place of the card's.
        threads: onnxruntime's threads; 0: as many as it likes.

    Raises:
        ImportError: onnxruntime is not installed.
        FileNotFoundError: there is no such file.
        ValueError: no card, or one that does not fit the model; an unknown device.
    """

    def __init__(
        self,
        path: str | Path,
        card: DetectorCard | str | None = None,
        device: str | None = None,
        least_score: float | None = None,
        threads: int = 0,
    ) -> None:
        self.path = Path(path)
        if not self.path.exists():
            raise FileNotFoundError(f"there is no ONNX model at {path}")
        self._session = open_session(self.path, device or "cpu", threads)
        given = self._session.get_inputs()[0]
        if given.type not in TYPES:
            raise ValueError(f"{path}: the input is {given.type}, not one of {', '.join(TYPES)}")
        self.input_name: str = given.name
        self.input_type = TYPES[given.type]
        self.card = self._card(card, given.shape)
        if least_score is not None:
            self.card = replace(self.card, least_score=least_score)
        if (check_shape(self.path, given.shape, self.card.preprocessing) or 1) != 1:
            raise ValueError(f"{path}: the input is {given.shape}: expected a batch of 1")
        self._cells = grid_cells(self.card.preprocessing.size, self.card.strides or (1,))
        # One image of nothing, so that a card that does not fit the outputs is refused now.
        self._decode(self._run(np.zeros((1, *self.card.preprocessing.shape), self.input_type)))

    @property
    def settings(self) -> dict[str, object]:
        """What it depends on besides the file, as JSON values."""
        return self.card.to_json()

    def __call__(self, image: Image) -> Found:
        """The people in an image, highest score first.

        Args:
            image: uint8 (height, width, 3) RGB.

        Returns:
            boxes in pixels of the image; they may reach outside.

        Raises:
            ValueError: an image of another shape, or an output that is not finite.
            TypeError: an image that is not uint8.
        """
        check_image(image)
        inputs, factors = self._fitted(image)
        boxes, scores = self._decode(self._run(inputs))
        order = np.argsort(-scores, kind="stable")
        if self.card.overlap is not None:
            order = suppress(boxes, scores, self.card.overlap)
        return check_found(Found(boxes[order] / (*factors, *factors), scores[order]))

    def _card(self, card: DetectorCard | str | None, shape: Sequence[object]) -> DetectorCard:
        size = _fixed_size(shape)
        if isinstance(card, DetectorCard):
            return card
        if card is not None:
            return family_card(card, size, str(self.path))
        metadata = self._session.get_modelmeta().custom_metadata_map
        found = declared_card(self.path, metadata, size)
        if found is None:
            raise ValueError(_undeclared(self.path, size, self._session.get_outputs()))
        return found

    def _fitted(self, image: Image) -> tuple[NDArray[Any], tuple[float, float]]:
        """What the model is fed, and its pixels per pixel of the image, across and down."""
        size = self.card.preprocessing.size
        if self.card.pad is None:
            factors = (size[1] / image.shape[1], size[0] / image.shape[0])
        else:
            image, factors = letterbox(image, size, self.card.pad)
        inputs = self.card.preprocessing([image])
        return inputs.astype(self.input_type, copy=False), factors

    def _run(self, inputs: NDArray[Any]) -> Outputs:
        names = [output.name for output in self._session.get_outputs()]
        values = self._session.run(names, {self.input_name: inputs})
        return dict(zip(names, values, strict=True))

    def _decode(self, outputs: Outputs) -> tuple[Floats, Floats]:
        """Boxes (n, 4) in pixels of the input and scores (n,) that the card lets through."""
        if self.card.decoding == "boxes":
            return _finished(outputs, self.card, str(self.path))
        name, rows = next(iter(outputs.items()))
        corners, widths = self._cells
        person = self.card.person
        if rows.ndim != 3 or rows.shape[1] != len(corners) or rows.shape[2] <= 5 + person:
            height, width = self.card.preprocessing.size
            strides = ", ".join(map(str, self.card.strides))
            raise ValueError(
                f"{self.path}: output {name!r} is {rows.shape}, but YOLOX at {width} x {height}"
                f" with strides {strides} gives (1, {len(corners)}, 5 + classes), people being"
                f" class {person}"
            )
        return decode_yolox(rows[0], corners, widths, person, self.card.least_score)


def _fixed_size(shape: Sequence[object]) -> tuple[int, int] | None:
    """(height, width) of an input (b, 3, height, width) or (b, height, width, 3), if it is fixed.

    >>> _fixed_size([1, 3, 416, 640]), _fixed_size([1, 416, 640, 3]), _fixed_size(["b", 3, "h", 9])
    ((416, 640), (416, 640), None)
    """
    sides = shape[1:3] if len(shape) == 4 and shape[3] == 3 else shape[2:]
    height, width = sides if len(sides) == 2 else (None, None)
    return (height, width) if isinstance(height, int) and isinstance(width, int) else None


def _finished(outputs: Outputs, card: DetectorCard, source: str) -> tuple[Floats, Floats]:
    """The people among finished boxes; see `DetectorCard`, decoding "boxes"."""
    missing = [name for name in card.outputs if name not in outputs]
    if missing:
        raise ValueError(
            f"{source}: the card names the output {missing[0]!r}; there are {', '.join(outputs)}"
        )
    found = [np.asarray(outputs[name]) for name in card.outputs]
    boxes, scores, *classes = [a[0] if a.ndim == 3 or _is_row(a) else a for a in found]
    boxes = boxes.astype(np.float64).reshape(-1, 4)
    if scores.ndim == 2 and scores.shape[1] > card.person:
        scores = scores[:, card.person]
    if scores.shape != (len(boxes),) or any(c.shape != (len(boxes),) for c in classes):
        shapes = ", ".join(f"{n} {outputs[n].shape}" for n in card.outputs)
        raise ValueError(f"{source}: the outputs are {shapes}: expected (n, 4) and (n,)")
    keep = scores >= card.least_score
    for numbers in classes:
        keep &= numbers == card.person
    return boxes[keep], scores[keep].astype(np.float64)


def _is_row(values: NDArray[Any]) -> bool:
    return values.ndim == 2 and values.shape[0] == 1 and values.shape[1] != 4


def _undeclared(path: Path, size: tuple[int, int] | None, outputs: Sequence[Any]) -> str:
    """What to add, told by what the graph shows."""
    shapes = ", ".join(f"{output.name} {output.shape}" for output in outputs)
    card = path.with_suffix(".json").name
    looks = "If it is of a known family,"
    if size is not None and len(outputs) == 1 and not any(side % 32 for side in size):
        cells = len(grid_cells(size, yolox(size).strides)[0])
        shape = outputs[0].shape
        if len(shape) == 3 and shape[1] == cells:
            looks = f"That is YOLOX's layout at {size[1]} x {size[0]}. If it is one,"
    names = " or ".join(FAMILIES)
    return (
        f"{path}: nothing says how this detector is fed and read. Its output is {shapes}. {looks}"
        f" add --decoding {names} (in Python, card='{names}'), or write {card} beside it:"
        f' {{"detector": "{names}"}}. Else {card} needs all fields of DetectorCard there'
    )

"""What finds people in pictures."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .embedder import Image
from .naming import call_factory, find_named, parameters

GROUP = "reid_mot.detectors"
"""The entry-point group under which packages publish short names of detectors."""


class Found(NamedTuple):
    """People found in one image.

    Attributes:
        boxes: (n, 4) left, top, right, bottom in pixels; may reach outside the image.
        scores: (n,) confidence, 0 to 1.
    """

    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]


class Boxes(Protocol):
    """What a detector returns: `Found`, `reid_mot.sequences.Detections`, or the like."""

    @property
    def boxes(self) -> NDArray[np.float64]:
        """(n, 4) left, top, right, bottom in pixels."""

    @property
    def scores(self) -> NDArray[np.float64]:
        """(n,) confidence, 0 to 1."""


class Detector(Protocol):
    """A map from an image to the people in it: any object that is called like this."""

    def __call__(self, image: NDArray[np.uint8]) -> Boxes:
        """The people in an image.

        Args:
            image: uint8 (height, width, 3) RGB.

        Returns:
            boxes in pixels of this image, with scores.
        """


def check_found(found: object, least_score: float = 0.0) -> Found:
    """What a detector returned, checked; boxes of no width or height are left out.

    Args:
        found: an object with `boxes` and `scores`, or the pair of them.
        least_score: boxes with a lower score are left out.

    Raises:
        TypeError: something else.
        ValueError: wrong shapes, a value that is not finite, a score outside 0 to 1, or a box
            whose right is left of its left.

    >>> check_found(([[0, 0, 10, 20], [5, 5, 5, 9]], [0.9, 0.8])).boxes.tolist()
    [[0.0, 0.0, 10.0, 20.0]]
    """
    if hasattr(found, "boxes") and hasattr(found, "scores"):
        pair = (found.boxes, found.scores)
    elif isinstance(found, tuple | list) and len(found) == 2:
        pair = (found[0], found[1])
    else:
        raise TypeError(
            f"the detector gave {type(found).__name__}: expected an object with 'boxes' and"
            " 'scores', or the pair of them"
        )
    boxes, scores = (np.asarray(part, dtype=np.float64) for part in pair)
    boxes = boxes.reshape(0, 4) if boxes.size == 0 else boxes
    if boxes.shape != (len(boxes), 4) or scores.shape != (len(boxes),):
        raise ValueError(
            f"the detector gave boxes of shape {boxes.shape} and scores of shape {scores.shape}:"
            " expected (n, 4) and (n,)"
        )
    if not np.isfinite(boxes).all() or not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError("the detector gave a box that is not finite, or a score outside 0 to 1")
    extent = boxes[:, 2:] - boxes[:, :2]
    if (extent < 0).any():
        bad = boxes[int(np.argmax((extent < 0).any(axis=1)))]
        raise ValueError(
            f"the detector gave the box {bad.tolist()}: expected left, top, right, bottom with"
            " left <= right and top <= bottom"
        )
    keep = (extent > 0).all(axis=1) & (scores >= least_score)
    return Found(boxes[keep], scores[keep])


def check_image(image: Image) -> None:
    """Refuse what is not a picture.

    Raises:
        ValueError: another shape than (height, width, 3), or no area.
        TypeError: not uint8.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise ValueError(f"the image has shape {image.shape}: expected (height, width, 3) RGB")
    if image.dtype != np.uint8:
        raise TypeError(f"the image is {image.dtype}: expected uint8, 0 to 255")


def check_chance(name: str, value: float) -> None:
    """Refuse a number outside 0 to 1.

    Raises:
        ValueError: it is.
    """
    if not 0 <= value <= 1:
        raise ValueError(f"{name} is {value}: expected 0 to 1")


class CallableDetector:
    """Any function of an image as a `Detector`; its output is checked.

    Args:
        function: takes one uint8 (height, width, 3) RGB image; see `check_found` for what it may
            return.
        least_score: boxes with a lower score are left out.

    Raises:
        ValueError: `least_score` outside 0 to 1.

    >>> whole = CallableDetector(lambda image: ([[0, 0, *image.shape[1::-1]]], [1.0]))
    >>> whole(np.zeros((20, 10, 3), np.uint8)).boxes.tolist()
    [[0.0, 0.0, 10.0, 20.0]]
    """

    def __init__(self, function: Callable[[Image], object], least_score: float = 0.0) -> None:
        check_chance("least_score", least_score)
        self.function, self.least_score = function, least_score

    def __call__(self, image: Image) -> Found:
        """The people in an image.

        Raises:
            ValueError: an image or an output of another shape, or values out of range.
            TypeError: an image that is not uint8, or an output of another kind.
        """
        check_image(image)
        return check_found(self.function(image), self.least_score)


def load_detector(
    what: str | Path,
    device: str | None = None,
    *,
    decoding: str | None = None,
    least_score: float | None = None,
) -> Detector:
    """The detector that this names.

    Args:
        what: a short name under the entry-point group `reid_mot.detectors`, such as
            "fasterrcnn_resnet50_fpn_v2"; or the path of an .onnx file; or
            "package.module:attribute", which is called with images, or is a class, or a function
            that takes nothing, which returns what is called with images.
        device: where networks run: "cpu", "cuda", "cuda:1" ...; None is each one's own default.
        decoding: for ONNX files that do not say it themselves, how they are fed and read: a name
            in `detector_card.FAMILIES`, such as "yolox".
        least_score: boxes with a lower score are left out; None is each one's own default.

    Raises:
        ValueError: no such name (the message lists those that exist), a file of an unknown kind,
            or an option for something that has no use for it.
        FileNotFoundError: a path where there is nothing.
        ImportError: the package or attribute does not exist.
        TypeError: the attribute is not a detector.
    """
    return find_named(
        what,
        "detector",
        GROUP,
        lambda path: _from_path(path, device, decoding, least_score),
        lambda thing, name: as_detector(thing, name, device, decoding, least_score),
    )


def _from_path(
    path: Path, device: str | None, decoding: str | None, least_score: float | None
) -> Detector:
    if path.suffix != ".onnx":
        raise ValueError(f"{path}: expected a detector as .onnx")
    from .onnx_detector import OnnxDetector

    return OnnxDetector(path, decoding, device=device, least_score=least_score)


def as_detector(
    thing: object,
    name: str,
    device: str | None = None,
    decoding: str | None = None,
    least_score: float | None = None,
) -> Detector:
    """The detector that an object is, or that it returns when called.

    Args:
        thing: is called with images; or is a class, or a function that needs no argument, which
            returns what is called with images. Those are given the options that are not None.
        name: what the messages call it.
        device: see `load_detector`, as are the others; `least_score` is seen to for detectors
            that do not take it.
        decoding: a name.
        least_score: 0 to 1.

    Raises:
        TypeError: it is none of these.
        ValueError: an option that it has no use for.
    """
    if not callable(thing):
        raise TypeError(f"{name} is {type(thing).__name__}: expected a detector or its factory")
    options: dict[str, object] = {"device": device, "decoding": decoding}
    if not _is_factory(thing):
        for key, value in options.items():
            if value is not None:
                raise ValueError(f"{name} takes no {key}, found {value!r}")
        return CallableDetector(thing, least_score or 0.0)
    if "least_score" in parameters(thing):
        options["least_score"], least_score = least_score, None
    made = call_factory(thing, name, options)
    if not callable(made):
        kind = type(made).__name__
        raise TypeError(f"{name} gave {kind}: expected what is called with an image")
    return made if least_score is None else CallableDetector(made, least_score)


def _is_factory(thing: Callable[..., object]) -> bool:
    """Whether something makes a detector, rather than being one: a detector needs an image."""
    if inspect.isclass(thing):
        return True
    positional = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.VAR_POSITIONAL,
    )
    return inspect.isroutine(thing) and not any(
        parameter.kind in positional and parameter.default is inspect.Parameter.empty
        for parameter in parameters(thing).values()
    )

"""How an ONNX detector is fed and read: declared by a card, never guessed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from .detector import check_chance
from .preprocessing import Preprocessing

KEY = "reid_mot.detector"
"""The key of an ONNX file's metadata under which its card stands, as JSON."""


@dataclass(frozen=True)
class DetectorCard:
    """From an image to a network's input, and from its output to people.

    Args:
        preprocessing: the input's size, channel order, layout and normalisation.
        pad: the image keeps its proportions, lies at the top left of the input, and the rest is
            filled with this grey value, 0 to 255; None: the image is stretched over the input.
        decoding: "yolox": one output (1, n, 5 + classes) whose rows are cx, cy, w, h relative to
            the cells of the strides' grids, w and h as logarithms, objectness, and a chance for
            each class. "boxes": outputs with finished boxes (n, 4), left, top, right, bottom in
            pixels of the input, and their scores (n,) or (n, classes), a leading axis of 1 aside.
        strides: of "yolox", pixels.
        outputs: of "boxes", the names of the outputs with boxes, scores, and the boxes' classes
            (n,), which are left out where all boxes are people or scores have a column a class.
        person: the number of the class of people.
        least_score: boxes with a lower score are left out.
        overlap: IoU above which the box of the lower score is left out; None: none is.

    Raises:
        ValueError: a field out of its range.
    """

    preprocessing: Preprocessing
    pad: int | None
    decoding: Literal["yolox", "boxes"]
    strides: tuple[int, ...] = ()
    outputs: tuple[str, ...] = ()
    person: int = 0
    least_score: float = 0.3
    overlap: float | None = 0.45

    def __post_init__(self) -> None:
        if self.pad is not None and not 0 <= self.pad <= 255:
            raise ValueError(f"pad is {self.pad}: expected 0 to 255, or None")
        if self.decoding not in ("yolox", "boxes"):
            raise ValueError(f"decoding is {self.decoding!r}: expected 'yolox' or 'boxes'")
        if self.decoding == "boxes" and len(self.outputs) not in (2, 3):
            raise ValueError(
                f"outputs is {self.outputs}: expected names, of boxes, scores and perhaps classes"
            )
        if self.decoding == "yolox" and not self.strides:
            raise ValueError("strides is empty: expected those of the network, such as 8, 16, 32")
        for stride in self.strides:
            if stride < 1 or any(side % stride for side in self.preprocessing.size):
                height, width = self.preprocessing.size
                raise ValueError(f"stride {stride} does not divide the input, {width} x {height}")
        if self.person < 0:
            raise ValueError(f"person is {self.person}: expected the number of a class")
        check_chance("least_score", self.least_score)
        if self.overlap is not None:
            check_chance("overlap", self.overlap)

    def to_json(self) -> dict[str, object]:
        """Plain lists, numbers and strings; `from_json` reads them."""
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}
        return {**plain, "preprocessing": self.preprocessing.to_json()}

    @classmethod
    def from_json(cls, found: object, source: str) -> DetectorCard:
        """What `to_json` gave; every field must be there, so that nothing is guessed.

        Args:
            found: the value read from JSON.
            source: what the messages call it.

        Raises:
            ValueError: a field that is missing, unknown or wrong.
        """
        names = [field.name for field in fields(cls)]
        if not isinstance(found, Mapping):
            raise ValueError(f"{source}: expected an object with {', '.join(names)}")
        for name in names:
            if name not in found:
                raise ValueError(f"{source}: the detector's card lacks {name!r}")
        for name in found:
            if name not in names:
                raise ValueError(f"{source}: the detector's card has an unknown field {name!r}")
        preprocessing = Preprocessing.from_json(found["preprocessing"], source)
        values: dict[str, Any] = {**found, "preprocessing": preprocessing}
        try:
            values["strides"] = tuple(int(stride) for stride in found["strides"])
            values["outputs"] = tuple(str(output) for output in found["outputs"])
            return cls(**values)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{source}: the detector's card is wrong: {error}") from error


def yolox(size: tuple[int, int]) -> DetectorCard:
    """YOLOX as it is published: Ge et al. 2021, and the demonstration for ONNX in its repository.

    Pixels are BGR, 0 to 255, padded with 114; strides are 8, 16 and 32; the scores of boxes that
    are shown begin at 0.3, and boxes overlap by 0.45 at most. (The weights of its first release
    were fed otherwise; they need a card of their own.)

    Args:
        size: (height, width) of the input.
    """
    pixels = Preprocessing(size, "BGR", "NCHW", scale=1.0, mean=(0, 0, 0), std=(1, 1, 1))
    return DetectorCard(pixels, 114, "yolox", (8, 16, 32))


FAMILIES: dict[str, Callable[[tuple[int, int]], DetectorCard]] = {"yolox": yolox}
"""Names of families of detectors, and what makes the card of each for an input's size."""


def family_card(name: str, size: tuple[int, int] | None, source: str) -> DetectorCard:
    """The card of a family.

    Args:
        name: in `FAMILIES`.
        size: (height, width) of the input; None where the model leaves it free.
        source: what the messages call it.

    Raises:
        ValueError: no such family, or a free input.
    """
    if name not in FAMILIES:
        raise ValueError(f"{source}: no decoding is called {name!r}. Names: {', '.join(FAMILIES)}")
    if size is None:
        raise ValueError(
            f"{source}: the model leaves the size of its input free: give a whole card that says"
            " it, not the name of a family"
        )
    try:
        return FAMILIES[name](size)
    except ValueError as error:
        raise ValueError(f"{source}: {name!r} does not fit this model: {error}") from error


def declared_card(
    path: Path, metadata: Mapping[str, str], size: tuple[int, int] | None
) -> DetectorCard | None:
    """What a file says of itself, or the card beside it; None where neither says anything.

    Args:
        path: of the model; a card beside it has the same name and the suffix ".json", and under
            the key "detector" the name of a family or all fields.
        metadata: of the model; see `KEY`.
        size: (height, width) of the model's input, or None.

    Raises:
        ValueError: what is said is wrong.
    """
    file = path.with_suffix(".json")
    if file.exists():
        source, text = str(file), file.read_text("utf-8")
    elif KEY in metadata:
        source, text = f"{path}, metadata {KEY!r}", metadata[KEY]
    else:
        return None
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{source}: expected JSON: {error}") from error
    if file.exists():
        if not isinstance(found, dict) or "detector" not in found:
            raise ValueError(f"{source}: expected an object with the field 'detector'")
        found = found["detector"]
    if isinstance(found, str):
        return family_card(found, size, source)
    return DetectorCard.from_json(found, source)

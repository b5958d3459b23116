"""What happened to identities, as a file: a line for each event, and the pictures compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any, get_args

import numpy as np

from .sequences.errors import FormatError
from .sequences.files import read_text, write_text
from .sequences.images import write_image
from .sequences.views import Image, Tracks, View
from .trackers import Tracker
from .trackers.events import IdentityEvent, Kind, Shot

__all__ = ["CROPS", "EVENTS", "Logged", "crop_name", "read_events", "write_crops", "write_events"]

EVENTS = "events.jsonl"
CROPS = "crops"
KEPT = 4000
"""Pictures that are held until it is known which were compared: a minute's or more."""


class Logged:
    """A tracker that keeps its events, and if asked for the pictures that were compared.

    Args:
        tracker: its `events`, the latest last, are read after each step; one without has none.
        crops: whether to keep pictures.

    Attributes:
        events: what happened so far, each with its frame.
        crops: pictures by `Shot`, of those that events name.
    """

    def __init__(self, tracker: Tracker, crops: bool = False) -> None:
        self.tracker = tracker
        self.events: list[IdentityEvent] = []
        self.crops: dict[Shot, Image] = {}
        self._recent: dict[Shot, Image] | None = {} if crops else None
        self._last: IdentityEvent | None = None

    @property
    def has_events(self) -> bool:
        """Whether the tracker says what happens to identities."""
        return getattr(self.tracker, "events", None) is not None

    def step(self, views: Sequence[View]) -> Tracks:
        """As the tracker does it."""
        recent = self._recent
        seen = views if recent is None else [_Watched(view, recent) for view in views]
        rows = self.tracker.step(seen)
        new = self._new()
        self.events += new
        if recent is not None:
            named = (shot for event in new for shot in event.images)
            self.crops.update({shot: recent[shot] for shot in named if shot in recent})
            for shot in list(recent)[: max(0, len(recent) - KEPT)]:
                del recent[shot]
        return rows

    def _new(self) -> list[IdentityEvent]:
        """Events since the last step; a tracker may hold only its latest ones."""
        happened: Sequence[IdentityEvent] = getattr(self.tracker, "events", None) or ()
        newest_first = takewhile(lambda event: event is not self._last, reversed(happened))
        new = list(newest_first)[::-1]
        self._last = new[-1] if new else self._last
        return new


class _Watched(View):
    """A view that remembers which pictures were cut out of it."""

    __slots__ = ("_kept",)

    def __init__(self, view: View, kept: dict[Shot, Image]) -> None:
        image = (lambda: view.image) if view.has_image else None
        super().__init__(view.camera, view.frame, view.time, view.detections, image)  # type: ignore[arg-type]
        self._kept = kept

    def crops(self, rows: Iterable[int] | None = None) -> list[Image]:
        chosen = list(range(len(self.detections)) if rows is None else rows)
        found = super().crops(chosen)
        for row, crop in zip(chosen, found, strict=True):
            left, top, right, bottom = self.detections.boxes[row].tolist()
            shot = Shot(self.frame, self.camera.name, (left, top, right, bottom))
            self._kept[shot] = crop.copy()
        return found


def write_events(
    folder: Path, events: Iterable[IdentityEvent], names: Mapping[int, str] | None = None
) -> None:
    """Write `events.jsonl`: a JSON object a line, in order of time.

    Args:
        folder: where the file goes.
        events: what happened.
        names: of identities, where they have one.
    """
    named = (replace(event, name=(names or {}).get(event.identity)) for event in events)
    lines = [json.dumps(event.as_dict(), allow_nan=False) + "\n" for event in named]
    write_text(folder / EVENTS, "".join(lines))


def write_crops(folder: Path, crops: dict[Shot, Image]) -> None:
    """Write pictures into the folder `crops`, each under the name that `crop_name` gives."""
    (folder / CROPS).mkdir()
    for shot, image in crops.items():
        if image.size:
            write_image(folder / CROPS / crop_name(shot), image)


def crop_name(shot: Shot) -> str:
    """The file of a picture that was compared: camera, frame and box.

    >>> crop_name(Shot(71, "c02", (10.2, -3.0, 49.6, 120.0)))
    'c02_000071_10_-3_50_120.jpg'
    """
    return "_".join([shot.camera, f"{shot.frame:06}", *(str(round(x)) for x in shot.box)]) + ".jpg"


def read_events(path: Path) -> list[IdentityEvent]:
    """The events that `write_events` wrote.

    Raises:
        FormatError: a line that is no event; it names line and field.
        FileNotFoundError: there is no such file.
    """
    found = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if line.strip():
            found.append(_event(line, path, number))
    return found


def _event(line: str, path: Path, number: int) -> IdentityEvent:
    try:
        values: Any = json.loads(line)
    except json.JSONDecodeError as error:
        raise FormatError(path, f"JSON ({error.msg})", line=number) from None
    if not isinstance(values, dict):
        raise FormatError(path, "a JSON object", line=number, found=values)
    for name, kinds in _FIELDS.items():
        value = values.get(name)
        if not isinstance(value, kinds) or isinstance(value, bool) != (kinds is bool):
            raise FormatError(path, _EXPECTED[kinds], line=number, field=name, found=value)
    if values["kind"] not in get_args(Kind):
        expected = "one of " + ", ".join(get_args(Kind))
        raise FormatError(path, expected, line=number, field="kind", found=values["kind"])
    unknown = sorted(set(values) - set(IdentityEvent.__dataclass_fields__))
    if unknown:
        raise FormatError(path, "no such field", line=number, field=unknown[0])
    values["images"] = tuple(_shot(entry, path, number) for entry in values.get("images", ()))
    return IdentityEvent(**values)


def _shot(entry: Any, path: Path, number: int) -> Shot:
    try:
        left, top, right, bottom = map(float, entry["box"])
        box = left, top, right, bottom
        if not np.isfinite(box).all():
            raise ValueError
        return Shot(int(entry["frame"]), str(entry["camera"]), box)
    except (KeyError, TypeError, ValueError):
        expected = "frame, camera and box of each"
        raise FormatError(path, expected, line=number, field="images", found=entry) from None


_NUMBER = (int, float)
_COUNT = (int, type(None))
_VALUE = (int, float, type(None))
_WORD = (str, type(None))
_EXPECTED: dict[object, str] = {
    _NUMBER: "a number",
    int: "a whole number",
    str: "a word",
    _COUNT: "a whole number or null",
    _WORD: "a word or null",
    _VALUE: "a number or null",
}
_FIELDS: dict[str, Any] = {
    "time": _NUMBER,
    "track": int,
    "kind": str,
    "identity": int,
    "previous": _COUNT,
    "frame": _COUNT,
    "distance": _VALUE,
    "second": _COUNT,
    "second_distance": _VALUE,
    "threshold": _VALUE,
    "name": _WORD,
}
"""What each field that is looked at holds."""

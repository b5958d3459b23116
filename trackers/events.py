"""What happened to identities, event by event: who entered, who was recognised, who corrected."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Kind = Literal["entered", "new", "re-identified", "corrected", "swapped", "left"]
"""What happened to a track's identity.

- entered: a track became a person; its identity is a number never used before, and provisional.
- new: it was compared, and is nobody known.
- re-identified: it is somebody known who was away.
- corrected: a decision "new" or "re-identified" is taken back: another identity fits better.
- swapped: the track had come to follow another person, who has her own identity from now on.
- left: the track ended.
"""


@dataclass(frozen=True)
class Shot:
    """An image that was compared: which box of which frame.

    Args:
        frame: its number.
        camera: the camera's name.
        box: left, top, right, bottom in pixels.
    """

    frame: int
    camera: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class IdentityEvent:
    """One event of one track.

    Args:
        time: seconds, when it happened.
        track: number of the track, from 0; with `camera`, unique within a tracker.
        kind: what happened, see `Kind`.
        identity: the track's identity from now on.
        previous: the identity that it had until now; None: none, or the same.
        frame: number of the instant; None where it is not known.
        camera: the camera, for a tracker that follows each camera by itself; None: all cameras.
        since: seconds, when the track entered: up to `time`, its rows say `previous`.
        distance: cosine distance to `identity`; None for a new person, or where nothing was
            compared. Of "new", `second` is the nearest known person.
        second: the nearest other identity that it could have been; None: there was none.
        second_distance: cosine distance to `second`; None without one.
        threshold: distance above which a track was nobody known; None where nothing was compared.
        candidates: number of identities that it could have been.
        images: what was compared.
        provisional: whether a later event may correct this one.
        name: what the person is called, where that is known.

    >>> event = IdentityEvent(4.2, 17, "re-identified", 3, previous=9, distance=0.21)
    >>> event.identity, event.previous, event.provisional
    (3, 9, False)
    """

    time: float
    track: int
    kind: Kind
    identity: int
    previous: int | None = None
    frame: int | None = None
    camera: str | None = None
    since: float | None = None
    distance: float | None = None
    second: int | None = None
    second_distance: float | None = None
    threshold: float | None = None
    candidates: int = 0
    images: tuple[Shot, ...] = ()
    provisional: bool = False
    name: str | None = None

    def as_dict(self) -> dict[str, object]:
        """All fields as plain values, ready for JSON.

        >>> IdentityEvent(0.5, 0, "entered", 1, images=(Shot(8, "c", (0, 0, 9, 9)),)).as_dict()[
        ...     "images"
        ... ]
        [{'frame': 8, 'camera': 'c', 'box': [0, 0, 9, 9]}]
        """
        values: dict[str, object] = asdict(self)
        values["images"] = [{**asdict(shot), "box": list(shot.box)} for shot in self.images]
        return values

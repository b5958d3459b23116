"""A tracker of one's own: forty lines, no base class, nothing to register.

    reid-mot track room --tracker examples.nearest_tracker:NearestTracker --set reach=0.8 --out mine

It works on the floor: footpoints of all cameras that lie close together are one person, who gets
the number of the nearest person of the instant before. It knows no motion, no appearance and no
patience, which is what `RoomTracker` is for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reid_mot.sequences import Tracks, View


@dataclass(frozen=True)
class NearestSettings:
    """What can be set.

    Args:
        reach: metres, within which footpoints are one person.
        least_score: detections that score less are not used.
    """

    reach: float = 0.7
    least_score: float = 0.5


class NearestTracker:
    """See the module's text.

    Args:
        settings: see `NearestSettings`.
    """

    def __init__(self, settings: NearestSettings | None = None) -> None:
        self.settings = settings or NearestSettings()
        self._people: dict[int, np.ndarray] = {}
        self._next = 0

    def step(self, views: Sequence[View]) -> Tracks:
        """The rows of this instant: a box in each camera that sees a person, and his place."""
        seen: dict[int, np.ndarray] = {}
        rows: list[tuple[int, str, int, list[float], float]] = []
        for view in views:
            found = view.detections
            floor = view.camera.to_ground(found.footpoints)
            for box, place, score in zip(found.boxes, floor, found.scores, strict=True):
                if score < self.settings.least_score or not np.isfinite(place).all():
                    continue
                identity = self._identity(place, seen)
                if (view.camera.name, identity) not in {(row[1], row[2]) for row in rows}:
                    rows.append((view.frame, view.camera.name, identity, box.tolist(), score))
        self._people = seen
        places = [seen[identity].tolist() for _, _, identity, _, _ in rows]
        frames, cameras, identities, boxes, scores = zip(*rows, strict=True) if rows else [()] * 5
        return Tracks(frames, cameras, identities, boxes, places, scores)

    def _identity(self, place: np.ndarray, seen: dict[int, np.ndarray]) -> int:
        """Somebody of this instant, or of the one before, or a new number."""
        for people in (seen, self._people):
            near = {who: float(np.hypot(*(place - where))) for who, where in people.items()}
            who = min(near, key=lambda identity: near[identity], default=-1)
            if near.get(who, np.inf) < self.settings.reach:
                seen.setdefault(who, place)
                return who
        self._next += 1
        seen[self._next] = place
        return self._next

"""Two tracks that are one person: found by that no camera ever sees both apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..sequences import View
from .ground_tracks import GroundTracks
from .room_settings import RoomSettings
from .sightings import Sightings, iou

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Doubles:
    """Evidence, over time, that pairs of tracks close to each other are one person.

    Args:
        settings: of the tracker.
    """

    def __init__(self, settings: RoomSettings) -> None:
        self.settings = settings
        self._evidence: dict[tuple[int, int], float] = {}

    def younger(
        self,
        views: Sequence[View],
        columns: Sequence[int],
        tracks: GroundTracks,
        seen: Sightings,
        owner: Ints,
        hits: Flags,
        elapsed: float,
    ) -> list[int]:
        """The tracks to give up: of each pair that is one person the younger.

        Args:
            views: of the instant.
            columns: index of each view's camera among the tracker's cameras.
            tracks: of the people.
            seen: the instant's detections.
            owner: (m,) index of the track of each, -1 for none.
            hits: (n, cameras) who was detected by whom.
            elapsed: seconds since the previous instant.

        Returns:
            indices of tracks.
        """
        difference = tracks.positions[:, None] - tracks.positions[None]
        distance = np.hypot(difference[..., 0], difference[..., 1])
        near = np.triu(distance < self.settings.exclusion, 1)
        if not near.any():
            self._evidence = {}
            return []
        in_view = np.zeros(hits.shape, dtype=bool)
        for column, view in zip(columns, views, strict=True):
            in_view[:, column] = view.camera.in_view(tracks.positions)
        weight = min(1.0, elapsed / self.settings.memory)
        evidence: dict[tuple[int, int], float] = {}
        found = []
        for i, j in zip(*np.nonzero(near), strict=True):
            apart = _seen_apart(seen, owner, i, j)
            alone = int(((hits[i] ^ hits[j]) & in_view[i] & in_view[j]).sum())
            touching = distance[i, j] < self.settings.exclusion / 2 and not apart
            pair = (int(tracks.number[i]), int(tracks.number[j]))
            change = 2.0 * apart - alone - 3.0 * touching
            evidence[pair] = min(self._evidence.get(pair, 0.0) + weight * change, 10.0)
            if evidence[pair] < self.settings.merge:
                found.append(int(j if _stronger(tracks, i, j) else i))
        self._evidence = evidence
        return found


def _seen_apart(seen: Sightings, owner: Ints, i: int, j: int) -> int:
    """Number of cameras that have a box for each of two tracks, and clearly not the same."""
    first, second = np.flatnonzero(owner == i), np.flatnonzero(owner == j)
    same = seen.camera[first][:, None] == seen.camera[second][None]
    return int((same & (iou(seen.boxes[first], seen.boxes[second]) < 0.5)).sum())


def _stronger(tracks: GroundTracks, i: int, j: int) -> bool:
    """Whether track i rather than j survives: the confirmed one, else the older."""
    if tracks.confirmed[i] != tracks.confirmed[j]:
        return bool(tracks.confirmed[i])
    return bool(tracks.number[i] < tracks.number[j])

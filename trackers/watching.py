"""Images of the people who are here, taken now and then, and the doubts that they cast."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..sequences import View
from .identity_settings import IdentitySettings
from .instant_vectors import InstantVectors, presentable, shot
from .likeness import Likeness, nearest_people
from .presence import Presence
from .sightings import Sightings
from .visits import Visit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

QUERY = 24
"""Images of a person whose identity is open that are compared at most: the newest."""


class Watch:
    """Looks at everybody now and then: to learn, to keep images, and to doubt who somebody is.

    Args:
        presence: who is here.
        likeness: what is learned from people who are certainly the same or others.
        vectors: of the instant's detections.
        settings: how people are recognised.
    """

    def __init__(
        self,
        presence: Presence,
        likeness: Likeness,
        vectors: InstantVectors,
        settings: IdentitySettings,
    ) -> None:
        self.presence, self.likeness, self.vectors = presence, likeness, vectors
        self.settings = settings

    def look(self, number: Ints, seen: Sightings, owner: Ints, views: Sequence[View]) -> None:
        """Take images of the people of whom one is due, all cameras' in one batch.

        Args:
            number: (n,) tracks.
            seen: the instant's detections.
            owner: (m,) index of the track of each detection, -1 for none.
            views: the views that `seen` refers to.
        """
        time, visits = self.presence.time, self.presence.visits
        due = {k for k, visit in visits.items() if visit.due <= time}
        tracked = np.array([int(number[i]) if i >= 0 else -1 for i in owner], dtype=np.int64)
        wanted = np.flatnonzero(np.isin(tracked, sorted(due)))
        if len(wanted) == 0:
            return
        wanted, quality = presentable(
            wanted, seen, views, self.settings.quality, self.settings.height
        )
        found, vectors = self.vectors.of(wanted, seen, views)
        quality = quality[np.isin(wanted, found)]
        known, away = self.presence.known(), self.presence.latest_away(self.settings.rivals)
        threshold = self.likeness.threshold(len(self.presence.absent()))
        distances = self.likeness.gallery.table(vectors, [*known.values(), *away]).T
        row_of = {k: row for row, k in enumerate(known)}
        looked, part = np.unique(tracked[found], return_inverse=True)
        own = [row_of.get(k, -1) for k in looked.tolist()]
        nearest = zip(*nearest_people(distances, part, own, len(known)), strict=True)
        for place, (k, row, near) in enumerate(zip(looked.tolist(), own, nearest, strict=True)):
            mine, visit = np.flatnonzero(part == place), visits[k]
            images = vectors[mine], quality[mine]
            # Whoever is looked after in a file may be deleted there at any time.
            if visit.settled and row >= 0 and visit.identity in self.likeness.gallery:
                if visit.doubts == 0 and time >= visit.alert:
                    others = np.delete(distances[: len(known), mine], row, axis=0)
                    self.likeness.measure(visit.identity, images[0], others, time)
                doubtful = self.likeness.doubtful(*near, threshold)
                twin = (near[0] <= threshold and near[2] < near[1]) or not doubtful
                distant = distances[len(known) :, mine]
                twin = twin and self._has_twin(visit, away, distant, threshold)
                if not visit.doubt(doubtful or twin, time, self.settings.doubts, twin):
                    self.likeness.gallery.add(visit.identity, *images, time)
                asked = visit.doubts > 0
            else:
                asked = not visit.settled
            if asked:
                visit.take(*images, [shot(row, seen, views) for row in found[mine]], QUERY)
            visit.plan(time, self.settings)

    def _has_twin(
        self, visit: Visit, away: Sequence[int], distances: Floats, threshold: float
    ) -> bool:
        """Whether a person looks like somebody away who has never been here at the same time."""
        twins = self.presence.twins(visit, away)
        return self.likeness.returned(distances[twins], threshold)

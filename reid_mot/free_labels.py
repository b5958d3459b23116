"""Pictures that label themselves: which people, followed by place alone, are one or two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .followed import Sighted
from .matching import Bools
from .models.embedder import Vectors
from .sequences.cameras import Floats
from .sequences.views import Ints
from .trackers import IdentitySettings
from .trackers.distance_pairs import Images, Pair
from .trackers.sightings import iou

__all__ = ["Certainty", "cut", "images_of", "seen_apart", "thinned"]


@dataclass(frozen=True)
class Certainty:
    """When somebody who is followed is certainly one person.

    Args:
        distance: metres; nearer to somebody else the two may be mistaken for each other.
        overlap: the same where no place on the floor is known: IoU of the two boxes.
        alert: seconds before and after that, which are left out too.
        gap: seconds unseen after which it may be another person.
        longest: seconds; longer tracklets are cut, so that a mistake spoils little.
        apart: IoU of two boxes in one image below which they show two people.
    """

    distance: float = 1.0
    overlap: float = 0.1
    alert: float = 1.0
    gap: float = 1.0
    longest: float = 30.0
    apart: float = 0.3


def cut(seen: Sighted, certainty: Certainty | None = None) -> Ints:
    """The tracklet of each row, -1 where somebody may have been mistaken for somebody else.

    A tracklet is a part of a track without a gap in which nobody came near.

    Args:
        seen: n rows in order of time.
        certainty: what counts as near.

    Returns:
        (n,) numbers from 0.
    """
    certainty = certainty or Certainty()
    crowded = _crowded(seen, certainty)
    tracklet = np.full(len(seen), -1, dtype=np.int64)
    count = 0
    for person in np.unique(seen.person):
        rows = np.flatnonzero(seen.person == person)
        times, instant = np.unique(seen.time[rows], return_inverse=True)
        near = np.unique(times[instant[crowded[rows]]])
        calm = np.array([not (np.abs(near - t) <= certainty.alert).any() for t in times])
        part = np.full(len(times), -1, dtype=np.int64)
        since = last = -np.inf
        for k in np.flatnonzero(calm).tolist():
            broken = times[k] - last > certainty.gap or (k and not calm[k - 1])
            if broken or times[k] - since > certainty.longest:
                since, count = times[k], count + 1
            last = times[k]
            part[k] = count - 1
        tracklet[rows] = part[instant]
    return tracklet


def _crowded(seen: Sighted, certainty: Certainty) -> Bools:
    """(n,) which rows are of people who are near somebody else."""
    crowded = np.zeros(len(seen), dtype=bool)
    for rows in _runs(seen.time):
        other = seen.person[rows][:, None] != seen.person[rows][None]
        away = seen.ground[rows][:, None] - seen.ground[rows][None]
        distance = np.hypot(away[..., 0], away[..., 1])
        same = seen.camera[rows][:, None] == seen.camera[rows][None]
        cover = iou(seen.box[rows], seen.box[rows]) > certainty.overlap
        near = np.where(np.isnan(distance), same & cover, distance < certainty.distance)
        crowded[rows] = (near & other).any(axis=1)
    return crowded


def seen_apart(seen: Sighted, tracklet: Ints, certainty: Certainty | None = None) -> set[Pair]:
    """Pairs of tracklets that one camera saw apart at one instant: certainly two people."""
    least = (certainty or Certainty()).apart
    pairs: set[Pair] = set()
    for rows in _runs(seen.time):
        rows = rows[tracklet[rows] >= 0]
        who, camera = tracklet[rows], seen.camera[rows]
        apart = (camera[:, None] == camera[None]) & (iou(seen.box[rows], seen.box[rows]) < least)
        i, j = np.nonzero(apart & (who[:, None] < who[None]))
        pairs |= set(zip(who[i].tolist(), who[j].tolist(), strict=True))
    return pairs


def thinned(
    seen: Sighted, tracklet: Ints, settings: IdentitySettings, interval: float, most: int
) -> Ints:
    """The rows worth embedding.

    Args:
        seen: n rows in order of time.
        tracklet: (n,) see `cut`.
        settings: least quality and height of an image.
        interval: seconds between instants that are looked at.
        most: images in all; the interval grows until there are no more.
    """
    tall = seen.box[:, 3] - seen.box[:, 1] >= settings.height
    good = np.flatnonzero((tracklet >= 0) & (seen.quality >= settings.quality) & tall)
    while True:
        moments: list[float] = []
        for moment in np.unique(seen.time[good]).tolist():
            if not moments or moment >= moments[-1] + interval - 1e-9:
                moments.append(moment)
        chosen = good[np.isin(seen.time[good], moments)]
        if len(chosen) <= most:
            return chosen
        interval = 1.1 * max(interval, 1e-3) * max(1.0, 0.9 * len(chosen) / most)


def images_of(seen: Sighted, tracklet: Ints, vectors: Vectors) -> Images:
    """The table that distances are measured in: n rows each."""
    return Images(vectors, tracklet, seen.person, seen.time, seen.camera, seen.quality)


def _runs(times: Floats) -> list[Ints]:
    """Rows of one time, for times that never fall."""
    edges = np.flatnonzero(np.diff(times, prepend=-np.inf) > 0)
    return np.split(np.arange(len(times)), edges[1:]) if len(times) else []

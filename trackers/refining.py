"""A second look at a whole run, with the future known: offline, after an online tracker.

Tracks are cut where it is not sure that they went on with one person, stitched anew over the whole
run, filled where somebody was not seen for a moment, and smoothed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..sequences import Tracks
from .gallery import DistanceStatistics
from .portraits import Portraits
from .set_likeness import divided, likeness
from .smoothing import fill, smooth
from .stitching import StitchSettings, cluster, link
from .tracklets import Tracklet, cut, in_turn

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class RefineSettings:
    """What is done to a run with the future known.

    Args:
        gap: seconds without a row that end a piece of a track.
        crowd: metres on the floor below which two people may have been exchanged; 0: it is not
            considered. Only where looks do not tell people apart.
        divide: evidence of looks, nats, by which a track is taken to have come to follow somebody
            else.
        stitch: how pieces are joined.
        fill: seconds for which somebody unseen is put in by a straight line; 0: never.
        least: seconds; whoever was there for less in all is taken out.
        acceleration: spectral density of people's acceleration, m^2/s^3, by which positions on the
            floor are smoothed; 0: they are not.
        noise: standard deviation of the online tracker's positions, metres.
    """

    gap: float = 0.5
    crowd: float = 0.6
    divide: float = 4.0
    stitch: StitchSettings = field(default_factory=StitchSettings)
    fill: float = 1.1
    least: float = 0.5
    acceleration: float = 2.0
    noise: float = 0.1


def refine(
    tracks: Tracks,
    times: Mapping[int, float],
    portraits: Portraits | None = None,
    settings: RefineSettings | None = None,
) -> Tracks:
    """The tracks of a run as they look with hindsight; never what an online tracker could say.

    Args:
        tracks: what a tracker said, of any kind: with ground positions, people are followed on the
            floor, otherwise in each camera's image.
        times: seconds by frame number, of all instants, also those without anybody.
        portraits: what people looked like, as `WithPortraits` keeps it; None: by motion alone.
        settings: what is done.

    Returns:
        rows sorted by frame, camera and identity. Everybody has the number that the tracker gave
        for longest. Rows that fill gaps have half the confidence of those around them.

    Raises:
        ValueError: a frame of the tracks without a time.
    """
    settings = settings or RefineSettings()
    looks = Portraits.empty() if portraits is None else portraits
    pieces = cut(tracks, times, looks, settings.gap, 0.0)
    if not pieces:
        return tracks
    # With one set of identities over images, nobody is in two of them at once.
    apart = len(_spaces(pieces)) == 1 and not tracks.has_ground.any()
    known = likeness(pieces, apart)
    if known.reliable:
        pieces = [piece for one in pieces for piece in divided(one, known, settings.divide)]
        pieces.sort(key=lambda one: (one.begin, one.identity))
    elif settings.crowd > 0 and tracks.has_ground.any():
        pieces = cut(tracks, times, looks, settings.gap, settings.crowd)
    people = [[pieces[k] for k in chain] for chain in _people(pieces, settings.stitch, known)]
    people = [one for one in map(in_turn, people) if _seconds(one) >= settings.least]
    tables = [
        _person(one, number, tracks, times, settings)
        for one, number in zip(people, _numbers(people), strict=True)
    ]
    return Tracks.concatenate(tables).sorted()


def _people(
    pieces: Sequence[Tracklet], settings: StitchSettings, looks: DistanceStatistics
) -> list[list[int]]:
    """The pieces of each person, in order of time."""
    found: list[list[int]] = []
    for space in _spaces(pieces):
        mine = [pieces[k] for k in space]
        chains = link(mine, settings, looks)
        label = cluster(mine, chains, settings, looks)
        for person in range(label.max(initial=-1) + 1):
            parts = [k for c in np.flatnonzero(label == person) for k in chains[c]]
            found.append([space[k] for k in sorted(parts)])
    return found


def _spaces(pieces: Sequence[Tracklet]) -> list[list[int]]:
    """Pieces by the cameras that share their identities.

    A tracker that never gave one number in two images follows each camera by itself.
    """
    places: dict[int, set[str]] = {}
    for one in pieces:
        places.setdefault(one.identity, set()).add(one.place)
    if any(len(each) > 1 for each in places.values()):
        return [list(range(len(pieces)))]
    found: dict[str, list[int]] = {}
    for k, one in enumerate(pieces):
        found.setdefault(one.place, []).append(k)
    return list(found.values())


def _seconds(person: Sequence[Tracklet]) -> float:
    return sum(one.end - one.begin for one in person)


def _numbers(people: Sequence[Sequence[Tracklet]]) -> list[int]:
    """For each person the number that the tracker gave for longest, nobody's twice."""
    counts = [Counter[int]() for _ in people]
    for count, person in zip(counts, people, strict=True):
        for one in person:
            count[one.identity] += len(one.times)
    claims = sorted(
        ((n, -number, k) for k, count in enumerate(counts) for number, n in count.items()),
        reverse=True,
    )
    found: dict[int, int] = {}
    taken: set[int] = set()
    for _, number, k in claims:
        if k not in found and -number not in taken:
            found[k] = -number
            taken.add(-number)
    # A person who was two people's number in turn, and the lesser part of each.
    after = max([*taken, *(number for count in counts for number in count)], default=0) + 1
    for k in range(len(people)):
        if k not in found:
            found[k] = after
            after += 1
    return [found[k] for k in range(len(people))]


def _person(
    pieces: Sequence[Tracklet],
    number: int,
    tracks: Tracks,
    times: Mapping[int, float],
    settings: RefineSettings,
) -> Tracks:
    """The rows of one person."""
    rows = np.concatenate([one.rows for one in pieces])
    own = tracks[rows]
    own = Tracks(
        own.frame, own.camera, np.full(len(own), number), own.box, own.ground, own.confidence
    )
    floor = own.on_ground()
    images = [own[own.camera == name] for name in own[~own.has_ground].cameras]
    filled = [_filled(part, times, settings.fill) for part in ([floor] if len(floor) else images)]
    whole = Tracks.concatenate([own, *filled])
    return _smoothed(whole, times, settings)


def _filled(rows: Tracks, times: Mapping[int, float], longest: float) -> Tracks:
    """Rows for the instants at which somebody was unseen between two sights in one place."""
    order = np.argsort(rows.frame, kind="stable")
    rows = rows[order]
    known = np.array(sorted(times), dtype=np.int64)
    moment = np.array([times[k] for k in known.tolist()])
    at = np.searchsorted(known, rows.frame)
    wanted: list[int] = []
    before: list[int] = []
    for k, (first, last) in enumerate(zip(at[:-1].tolist(), at[1:].tolist(), strict=True)):
        if last - first > 1 and moment[last] - moment[first] <= longest:
            wanted += range(first + 1, last)
            before += [k] * (last - first - 1)
    if not wanted:
        return Tracks.empty()
    place = fill(moment[at], np.hstack([rows.box, rows.ground]), moment[wanted])
    confidence = np.minimum(rows.confidence[before], rows.confidence[np.array(before) + 1]) / 2
    return Tracks(
        known[wanted],
        rows.camera[before],
        rows.identity[before],
        place[:, :4],
        place[:, 4:],
        confidence,
    )


def _smoothed(rows: Tracks, times: Mapping[int, float], settings: RefineSettings) -> Tracks:
    """Rows whose ground positions are smoothed, stay by stay."""
    floor = rows.on_ground()
    if len(floor) == 0 or settings.acceleration == 0:
        return rows
    time = np.array([times[k] for k in floor.frame.tolist()])
    apart = np.flatnonzero(np.diff(time) > max(settings.gap, settings.fill)) + 1
    ways = [
        smooth(time[part], floor.ground[part], settings.acceleration, settings.noise)
        for part in np.split(np.arange(len(floor)), apart)
    ]
    place = np.searchsorted(floor.frame, rows.frame)
    ground = np.where(rows.has_ground[:, None], np.concatenate(ways)[place], np.nan)
    return Tracks(rows.frame, rows.camera, rows.identity, rows.box, ground, rows.confidence)

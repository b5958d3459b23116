"""Cameras by themselves: people tracked in each camera's image, no calibration needed.

Every instant, in each camera: predict where everybody's box is, give the detections to them,
correct, open tracks for people whom no track explains, close the tracks of those who are gone,
and ask who they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..models.embedder import Embedder
from ..sequences import Camera, Tracks, View
from . import box_filter
from .association import assign
from .box_filter import Jitter
from .identities import Identities, IdentitySettings
from .image_tracks import ImageTracks
from .sightings import Sightings, iou, overlap

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class CameraSettings:
    """What the single-camera tracker assumes of people, cameras and detectors.

    Lengths are counted in heights of the person's box, so that nothing depends on the camera's
    resolution; evidence in nats, natural logarithms of odds; time in seconds, so that nothing
    depends on the frame rate.

    Args:
        jitter: standard deviation of a box's edge, heights, before it was learned from the
            detections (see `Jitter`).
        acceleration: spectral density of the acceleration, heights^2/s^3.
        growth: spectral density of the rates of change of the logarithms of width and height,
            1/s^3.
        damping: decay of all rates, 1/s.
        speed: standard deviation of a new person's velocity, heights/s.
        growing: standard deviation of a new person's rates of growth, 1/s.
        cut: an edge this close to the image's border, heights, may be cut off by it.
        detection: chance that a person in full view is detected.
        clutter: detections that are no known person, per squared height.
        gate: greatest squared Mahalanobis distance of a detection from a track.
        tentative: handicap of tracks not yet confirmed in the assignment, nats.
        doubled: IoU with a tracked person's detection above which a further one is no new person.
        hit: evidence of a detection, nats.
        memory: seconds after which a hit or a miss is news again: detectors fail, and are
            deceived, for several frames running.
        patience: seconds without a detection that undo full certainty.
        leaving: the same for a person whose box touches the image's border.
        certain: greatest evidence, nats.
        confirm: evidence at which a track is a person.
        delete: evidence at which it is given up.
        prior: evidence of the first detection of a track whose score is one half.
        coast: seconds for which a person who is not detected is still reported.
        crowd: IoU of two people above which they may be mistaken for each other.
    """

    jitter: float = 0.06
    acceleration: float = 0.1
    growth: float = 0.02
    damping: float = 0.2
    speed: float = 0.5
    growing: float = 0.1
    cut: float = 0.03
    detection: float = 0.9
    clutter: float = 0.02
    gate: float = 20.0
    tentative: float = 3.0
    doubled: float = 0.6
    hit: float = 2.5
    memory: float = 0.2
    patience: float = 2.0
    leaving: float = 0.5
    certain: float = 6.0
    confirm: float = 2.5
    delete: float = -4.0
    prior: float = -2.0
    coast: float = 0.6
    crowd: float = 0.1


class CameraTracker:
    """Who is where in each camera's image, and who is who there: online, any cameras.

    Every camera is tracked by itself, and identities are not shared between cameras: the numbers
    of two cameras are never the same (`RoomTracker` says who is who over all cameras, where they
    are calibrated). Works without an embedder (motion only), with embeddings given with the
    detections, and with an embedder, which is called only for people who have just entered, where
    a detection may be either of two people, and, now and then, to learn what somebody looks like.

    Args:
        embedder: crops to appearance vectors; None: embeddings of the detections, if there are
            any.
        settings: what is assumed of people, cameras and detectors.
        identities: how people are recognised who come back to a camera.
    """

    def __init__(
        self,
        embedder: Embedder | None = None,
        *,
        settings: CameraSettings | None = None,
        identities: IdentitySettings | None = None,
    ) -> None:
        self.embedder = embedder
        self.settings = settings or CameraSettings()
        self.identities = identities or IdentitySettings()
        self._cameras: dict[str, _Watch] = {}
        self._numbers: dict[tuple[str, int], int] = {}

    def step(self, views: Sequence[View]) -> Tracks:
        """The people at this instant, camera by camera; later instants change nothing.

        Args:
            views: at most one a camera, all of one frame number; a camera that delivered nothing
                is left out.

        Returns:
            for each person whom a camera sees, or saw a moment ago, a row with the filtered box.
            Ground positions are NaN.

        Raises:
            ValueError: a camera twice, frames that differ, or a time before the previous one.
        """
        names = [view.camera.name for view in views]
        if len({view.frame for view in views}) > 1:
            raise ValueError(f"views of different frames: {sorted({v.frame for v in views})}")
        if len(set(names)) < len(names):
            raise ValueError(f"frame {views[0].frame}: a camera has two views: {names}")
        return Tracks.concatenate([self._follow(view) for view in views])

    def _follow(self, view: View) -> Tracks:
        name = view.camera.name
        if name not in self._cameras:
            identities = Identities(self.embedder, self.identities)
            self._cameras[name] = _Watch(self.settings, identities)
        rows = self._cameras[name].step(view)
        for k in rows.identity.tolist():
            self._numbers.setdefault((name, k), len(self._numbers) + 1)
        numbers = [self._numbers[name, k] for k in rows.identity.tolist()]
        return Tracks(rows.frame, rows.camera, numbers, rows.box, rows.ground, rows.confidence)


class _Watch:
    """One camera's tracks; identities are numbered from 1 within it."""

    def __init__(self, settings: CameraSettings, identities: Identities) -> None:
        self.settings, self.identities = settings, identities
        self.jitter = Jitter(settings.jitter)
        self._tracks = ImageTracks.empty()
        self._time: float | None = None
        self._next = 0
        self._beyond = False

    def step(self, view: View) -> Tracks:
        """The people in this view."""
        elapsed = self._advance(view)
        tracks, settings = self._tracks, self.settings
        tracks.mean, tracks.cov = box_filter.predict(
            tracks.mean,
            tracks.cov,
            elapsed,
            settings.acceleration,
            settings.growth,
            settings.damping,
        )
        seen = _sightings(view)
        cut = self._cut(view, seen.boxes)
        chance = _chances(tracks.boxes, tracks.confirmed, view.camera, settings.detection)
        owner = self._associate(view, seen, cut, chance)
        self._correct(seen, cut, owner, view.time)
        self._weigh(view, owner, seen.scores, chance, elapsed)
        owner = self._open(seen, owner, view.time)
        owner = self._close(view.camera, owner)
        identity = self.identities.update(
            view.time, tracks.number, tracks.confirmed, self._crowded(), seen, owner, [view]
        )
        return self._report(view, seen, owner, identity)

    def _advance(self, view: View) -> float:
        elapsed = 0.0 if self._time is None else view.time - self._time
        if elapsed < 0:
            raise ValueError(
                f"camera {view.camera.name!r}, frame {view.frame}: time {view.time} s is before"
                f" {self._time} s"
            )
        self._time = view.time
        return elapsed

    def _cut(self, view: View, boxes: Floats) -> Flags:
        """(m, 4) edges that the image's border may cut off."""
        width, height = view.camera.size
        reach = self.settings.cut * (boxes[:, 3] - boxes[:, 1])
        outside = np.hstack([-boxes[:, :2], boxes[:, 2:] - np.array([width, height])])
        self._beyond |= bool((outside > 2.0).any())
        return np.asarray(outside > -reach[:, None])

    def _associate(self, view: View, seen: Sightings, cut: Flags, chance: Floats) -> Ints:
        tracks, settings = self._tracks, self.settings
        owner = np.full(len(seen), -1, dtype=np.int64)
        if len(tracks) == 0 or len(seen) == 0:
            return owner
        values, squared = self._position_evidence(seen.boxes, cut)
        sure = np.clip(chance, 0.05, 0.98)
        values += (np.log(sure / (1 - sure)) - settings.tentative * ~tracks.confirmed)[:, None]
        possible = (squared < settings.gate) & tracks.confirmed[:, None]
        doubtful = np.flatnonzero(possible.sum(axis=0) > 1)
        if len(doubtful):
            extra = self.identities.evidence(tracks.number, seen, doubtful, [view])
            values[:, doubtful] += extra
        values[squared >= settings.gate] = -np.inf
        rows, columns = assign(values)
        owner[columns] = rows
        return owner

    def _position_evidence(self, boxes: Floats, cut: Flags) -> tuple[Floats, Floats]:
        """Log-likelihood ratios (n, m) from place and size, and squared distances.

        As `association.position_evidence`, over four dimensions, of which those that the image's
        border hides do not count.
        """
        tracks = self._tracks
        residual, hidden = box_filter.compare(tracks.mean[:, None], boxes[None], cut[None])
        whole, edge = box_filter.noise_variances(
            tracks.mean, tracks.cov, self.jitter.deviations(tracks.heights)
        )
        predicted = box_filter.variances(tracks.cov)
        total = np.repeat((predicted + whole)[:, None], len(boxes), axis=1)
        centre = (predicted[:, :2] + edge)[:, None]
        total[..., :2] = np.where(hidden, centre, total[..., :2])
        squared = residual**2 / total
        # Clutter: so many in a squared height, and any shape within a factor of e.
        usual = np.log(self.settings.clutter) - 2 * np.log(tracks.heights)
        size = np.where(hidden, 0.0, np.log(2 * np.pi * total[..., 2:]) + squared[..., 2:])
        place = np.log(2 * np.pi * total[..., :2]) + squared[..., :2]
        distance = squared.sum(axis=2)
        return -0.5 * (place + size).sum(axis=2) - usual[:, None], distance

    def _correct(self, seen: Sightings, cut: Flags, owner: Ints, time: float) -> None:
        """Kalman update of every track with its detection, and what it tells of the detector."""
        tracks, settings = self._tracks, self.settings
        held = np.flatnonzero(owner >= 0)
        rows = owner[held]
        mean, cov = tracks.mean[rows], tracks.cov[rows]
        deviations = self.jitter.deviations(tracks.heights[rows])
        residual, hidden = box_filter.compare(mean, seen.boxes[held], cut[held])
        whole, edge = box_filter.noise_variances(mean, cov, deviations)
        whole[:, :2] = np.where(hidden, edge, whole[:, :2])
        measured = np.hstack([np.ones_like(hidden), ~hidden])
        tracks.mean[rows], tracks.cov[rows] = box_filter.correct(
            mean, cov, residual, whole, measured
        )
        boxes = np.where(np.asarray(cut[held].any(axis=1))[:, None], np.nan, seen.boxes[held])
        three = np.concatenate([tracks.past[rows], boxes[:, None]], axis=1)
        times = np.column_stack([tracks.past_times[rows], np.full(len(rows), time)])
        whole_view = np.asarray(np.isfinite(three).all(axis=(1, 2))) & tracks.confirmed[rows]
        self.jitter.learn(
            three[whole_view], times[whole_view], settings.acceleration, settings.growth
        )
        tracks.past[:, :] = np.nan
        tracks.past[rows], tracks.past_times[rows] = three[:, 1:], times[:, 1:]

    def _weigh(
        self, view: View, owner: Ints, scores: Floats, chance: Floats, elapsed: float
    ) -> None:
        """Count this instant's hits and misses as evidence."""
        tracks, settings, time = self._tracks, self.settings, view.time
        hits = np.zeros(len(tracks), dtype=bool)
        worth = np.zeros(len(tracks))
        held = owner >= 0
        hits[owner[held]] = True
        worth[owner[held]] = settings.hit + _worth(scores[held])
        fresh_hit = np.clip((time - tracks.hit) / settings.memory, 0, 1)
        fresh_miss = np.clip((time - tracks.miss) / settings.memory, 0, 1)
        tracks.log_odds += np.where(hits, worth * fresh_hit, np.log1p(-chance) * fresh_miss)
        touching = _cut_shares(tracks.boxes, view.camera) > 0
        patience = np.where(touching, settings.leaving, settings.patience)
        tracks.log_odds -= ~hits * elapsed * settings.certain / patience
        np.minimum(tracks.log_odds, settings.certain, out=tracks.log_odds)
        tracks.last_hit[hits], tracks.hit[hits], tracks.miss[hits] = time, time, -np.inf
        tracks.miss[~hits], tracks.hit[~hits] = time, -np.inf

    def _open(self, seen: Sightings, owner: Ints, time: float) -> Ints:
        """Open tracks for people whom no track explains; returns the owners with them."""
        tracks, settings = self._tracks, self.settings
        evidence = settings.prior + _worth(seen.scores)
        held = np.flatnonzero(owner >= 0)
        doubled = (iou(seen.boxes, seen.boxes[held]) > settings.doubled).any(axis=1)
        born = np.flatnonzero((owner < 0) & ~doubled & (evidence > settings.delete))
        boxes = seen.boxes[born]
        deviations = self.jitter.deviations(boxes[:, 3] - boxes[:, 1])
        mean, cov = box_filter.initial(boxes, deviations, settings.speed, settings.growing)
        owner = owner.copy()
        owner[born] = len(tracks) + np.arange(len(born))
        tracks.append(ImageTracks.new(mean, cov, evidence[born], time, self._next))
        self._next += len(born)
        return owner

    def _crowded(self) -> Flags:
        """Who overlaps somebody else so far that the two may be mistaken for each other."""
        boxes = self._tracks.boxes
        shared = iou(boxes, boxes)
        np.fill_diagonal(shared, 0.0)
        return np.asarray((shared > self.settings.crowd).any(axis=1))

    def _close(self, camera: Camera, owner: Ints) -> Ints:
        """Confirm and give up tracks; returns owners among the remaining tracks."""
        tracks, settings = self._tracks, self.settings
        tracks.confirmed |= tracks.log_odds > settings.confirm
        keep = tracks.log_odds > settings.delete
        keep &= _cut_shares(tracks.boxes, camera) < 0.8
        place = np.where(keep, np.cumsum(keep) - 1, -1)
        owner = np.where(owner >= 0, np.append(place, -1)[owner], -1)
        tracks.keep(keep)
        return owner

    def _report(self, view: View, seen: Sightings, owner: Ints, identity: Ints) -> Tracks:
        tracks, settings = self._tracks, self.settings
        unseen = view.time - tracks.last_hit
        boxes = tracks.boxes
        shown = tracks.confirmed & (unseen <= settings.coast)
        shown &= (unseen == 0) | ((tracks.log_odds > 0) & (_cut_shares(boxes, view.camera) < 0.5))
        confidence = 1 / (1 + np.exp(-tracks.log_odds))
        held = np.flatnonzero(owner >= 0)
        confidence[owner[held]] = seen.scores[held]
        if not self._beyond:
            boxes = np.clip(boxes, 0, [*view.camera.size, *view.camera.size])
        rows = np.flatnonzero(shown & (boxes[:, 2:] > boxes[:, :2]).all(axis=1))
        return Tracks(
            np.full(len(rows), view.frame),
            view.camera.name,
            identity[rows],
            boxes[rows],
            None,
            confidence[rows],
        )


def _sightings(view: View) -> Sightings:
    """One view's detections; positions are the centres of the boxes in pixels."""
    boxes, n = view.detections.boxes, len(view.detections)
    none = np.zeros(n, dtype=np.int64)
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    noise = np.full((n, 2, 2), np.nan)
    rows = np.arange(n)
    return Sightings(boxes, view.detections.scores, none, none, rows, centres, noise, np.zeros(n))


def _worth(scores: Floats) -> Floats:
    """Evidence, nats, of a detector's scores; limited, because few detectors are calibrated."""
    score = np.clip(scores, 0.02, 0.98)
    return np.clip(np.log(score / (1 - score)), -2, 2)


def _cut_shares(boxes: Floats, camera: Camera) -> Floats:
    """(n,) share of each box's area that lies outside the image."""
    inside = np.clip(boxes, 0, [*camera.size, *camera.size])
    area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return np.asarray(1 - (inside[:, 2:] - inside[:, :2]).prod(axis=1) / area)


def _chances(boxes: Floats, confirmed: Flags, camera: Camera, best: float) -> Floats:
    """(n,) chance that people in these boxes are detected.

    `best` in full view; less in proportion to what the image's border cuts off and what one
    nearer person hides: of two boxes the one whose lower edge is lower in the image is nearer.
    """
    if len(boxes) == 0:
        return np.empty(0)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    nearer = (boxes[None, :, 3] > boxes[:, None, 3]) & confirmed[None]
    hidden = np.where(nearer, overlap(boxes, boxes), 0.0).max(axis=1) / area
    share = np.clip(1 - _cut_shares(boxes, camera) - hidden, 0.0, 1.0)
    # A detector needs part of a body: none is expected from a fifth, all that it can from 70%.
    return np.asarray(best * np.clip((share - 0.2) / 0.5, 0.0, 1.0))

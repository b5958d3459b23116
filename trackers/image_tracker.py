"""One camera by itself: people tracked in its image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..sequences import Tracks, View
from . import box_filter
from .association import assign
from .box_evidence import box_evidence
from .box_scatter import BoxScatter
from .box_visibility import cut_edges, cut_shares, detection_chances, outward
from .camera_settings import CameraSettings
from .identities import Identities
from .image_tracks import ImageTracks
from .scenery import Scenery
from .sightings import Sightings, iou

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class ImageTracker:
    """Who is where in one camera's image; online. See `CameraTracker`, which has one a camera.

    Args:
        settings: what is assumed of people, camera and detector.
        identities: gives the tracks their identities.
    """

    def __init__(self, settings: CameraSettings, identities: Identities) -> None:
        self.settings, self.identities = settings, identities
        self.scatter = BoxScatter(settings)
        self.scenery = Scenery()
        self._tracks = ImageTracks.empty()
        self._time: float | None = None
        self._next = 0
        self._beyond = False

    def step(self, view: View) -> Tracks:
        """The people in this view.

        Raises:
            ValueError: a time before that of the previous view.
        """
        self.check(view)
        elapsed = 0.0 if self._time is None else view.time - self._time
        self._time = view.time
        tracks, settings, size = self._tracks, self.settings, view.camera.size
        tracks.mean, tracks.cov = box_filter.predict(
            tracks.mean,
            tracks.cov,
            elapsed,
            settings.acceleration,
            settings.growth,
            settings.damping,
        )
        seen = _sightings(view)
        cut = cut_edges(seen.boxes, size, settings.cut)
        self._beyond = self._beyond or bool(((seen.boxes < -2) | _over(seen.boxes, size, 2)).any())
        chance = detection_chances(tracks.boxes, tracks.confirmed, size, settings.detection)
        owner = self._associate(view, seen, cut, chance)
        self._correct(seen, cut, owner, view.time)
        self._weigh(view, owner, seen.scores, chance, elapsed)
        owner = self._open(seen, owner, view.time)
        things = self._find_things(seen, cut, owner, view.time)
        owner = self._close(size, owner, things)
        identity = self.identities.update(
            view.time, tracks.number, tracks.confirmed, self._crowded(), seen, owner, [view]
        )
        return self._report(view, seen, owner, identity)

    def check(self, view: View) -> None:
        """Refuse a view from before the previous one.

        Raises:
            ValueError: it is; the message says which.
        """
        if self._time is not None and view.time < self._time:
            raise ValueError(
                f"camera {view.camera.name!r}, frame {view.frame}: time {view.time} s is before"
                f" {self._time} s"
            )

    def _associate(self, view: View, seen: Sightings, cut: Flags, chance: Floats) -> Ints:
        """Each detection's track, -1 for none."""
        tracks, settings = self._tracks, self.settings
        owner = np.full(len(seen), -1, dtype=np.int64)
        if len(tracks) == 0 or len(seen) == 0:
            return owner
        deviations = self.scatter.deviations(tracks.heights)
        values = box_evidence(tracks, seen.boxes, cut, deviations, settings.clutter, settings.gate)
        likely = np.clip(chance, 0.05, 0.98)
        values += (np.log(likely / (1 - likely)) - settings.tentative * ~tracks.confirmed)[:, None]
        people = np.where(tracks.confirmed[:, None], values, -np.inf)
        rivals = np.isfinite(people) & (people > people.max(axis=0) - settings.doubt)
        doubtful = np.flatnonzero(rivals.sum(axis=0) > 1)
        if len(doubtful):
            values[:, doubtful] += self.identities.evidence(tracks.number, seen, doubtful, [view])
        rows, columns = assign(values)
        owner[columns] = rows
        return owner

    def _correct(self, seen: Sightings, cut: Flags, owner: Ints, time: float) -> None:
        """Kalman update of every track with its detection."""
        tracks = self._tracks
        held = np.flatnonzero(owner >= 0)
        rows = owner[held]
        mean, cov = tracks.mean[rows], tracks.cov[rows]
        heights = tracks.heights[rows]
        residual, hidden = box_filter.compare(mean, seen.boxes[held], cut[held])
        whole, edge = box_filter.noise_variances(mean, cov, self.scatter.deviations(heights))
        clear = ~np.asarray(cut[held].any(axis=1))
        steady = clear & tracks.confirmed[rows] & np.isfinite(tracks.hit[rows])
        variance = box_filter.variances(cov) + whole
        self.scatter.learn(residual[steady], variance[steady], heights[steady])
        whole[:, :2] = np.where(hidden, edge, whole[:, :2])
        measured = np.hstack([np.ones_like(hidden), ~hidden])
        tracks.mean[rows], tracks.cov[rows] = box_filter.correct(
            mean, cov, residual, whole, measured
        )
        boxes = np.where(clear[:, None], seen.boxes[held], np.nan)
        self.scatter.compare_three(tracks, rows, boxes, time)

    def _weigh(
        self, view: View, owner: Ints, scores: Floats, chance: Floats, elapsed: float
    ) -> None:
        """Count this instant's hits and misses as evidence."""
        tracks, settings, time = self._tracks, self.settings, view.time
        hits = np.zeros(len(tracks), dtype=bool)
        worth = np.zeros(len(tracks))
        held = owner >= 0
        hits[owner[held]] = True
        worth[owner[held]] = np.maximum(settings.hit + _worth(scores[held]), 0.0)
        fresh_hit = np.clip((time - tracks.hit) / settings.memory, 0, 1)
        fresh_miss = np.clip((time - tracks.miss) / settings.lapse, 0, 1)
        tracks.log_odds += np.where(hits, worth * fresh_hit, np.log1p(-chance) * fresh_miss)
        edges = cut_edges(tracks.boxes, view.camera.size, settings.cut)
        away = outward(tracks.mean, edges) > settings.outward * tracks.heights
        patience = np.where(away, settings.leaving, settings.patience)
        tracks.log_odds -= ~hits * elapsed * settings.certain / patience
        np.minimum(tracks.log_odds, settings.certain, out=tracks.log_odds)
        tracks.last_hit[hits], tracks.hit[hits], tracks.miss[hits] = time, time, -np.inf
        tracks.miss[~hits], tracks.hit[~hits] = time, -np.inf

    def _open(self, seen: Sightings, owner: Ints, time: float) -> Ints:
        """Open tracks for people whom no track explains; returns the owners with them."""
        tracks, settings = self._tracks, self.settings
        evidence = settings.prior + _worth(seen.scores)
        free = (owner < 0) & (evidence > settings.delete)
        born = _single(seen, free, owner >= 0, settings.doubled)
        boxes = seen.boxes[born]
        deviations = self.scatter.deviations(boxes[:, 3] - boxes[:, 1])
        mean, cov = box_filter.initial(boxes, deviations, settings.speed, settings.growing)
        owner = owner.copy()
        owner[born] = len(tracks) + np.arange(len(born))
        worth = _worth(seen.scores[born])
        tracks.append(ImageTracks.new(mean, cov, evidence[born], time, self._next, worth))
        self._next += len(born)
        return owner

    def _crowded(self) -> Flags:
        """Who overlaps somebody else so far that the two may be mistaken for each other."""
        boxes = self._tracks.boxes
        shared = iou(boxes, boxes)
        np.fill_diagonal(shared, 0.0)
        return np.asarray((shared > self.settings.crowd).any(axis=1))

    def _find_things(self, seen: Sightings, cut: Flags, owner: Ints, time: float) -> Flags:
        """(n,) which tracks are none of people, but of things that stand there."""
        tracks, settings = self._tracks, self.settings
        held = np.flatnonzero(owner >= 0)
        rows, worth = owner[held], _worth(seen.scores[held])
        share = np.maximum(1 / tracks.detections[rows], settings.renewal)
        tracks.worth[rows] += share * (worth - tracks.worth[rows])
        tracks.detections[rows] += 1
        way = np.linalg.norm(tracks.mean[:, 0, :2] - tracks.origin, axis=1)
        tracks.moved |= way > settings.stir * tracks.heights
        walking = tracks.moved[rows] & tracks.confirmed[rows] & ~cut[held].any(axis=1)
        self.scenery.learn(tracks.worth[rows][walking])
        boxes = tracks.boxes
        dull = self.scenery.unconvincing(tracks.worth)
        still = dull & ~tracks.moved & (time - tracks.began >= settings.settle)
        self.scenery.remember(boxes[still])
        return still | (dull & self.scenery.known(boxes))

    def _close(self, size: tuple[int, int], owner: Ints, things: Flags) -> Ints:
        """Confirm and give up tracks; returns owners among the remaining tracks."""
        tracks, settings = self._tracks, self.settings
        tracks.confirmed |= tracks.log_odds > settings.confirm
        tracks.confirmed &= ~things
        keep = tracks.log_odds > settings.delete
        keep &= cut_shares(tracks.boxes, size) < 0.8
        if not settings.returning:
            left = ~keep & cut_edges(tracks.boxes, size, settings.cut).any(axis=1)
            self.identities.dismiss(tracks.number[left].tolist())
        place = np.where(keep, np.cumsum(keep) - 1, -1)
        owner = np.where(owner >= 0, np.append(place, -1)[owner], -1)
        tracks.keep(keep)
        return owner

    def _report(self, view: View, seen: Sightings, owner: Ints, identity: Ints) -> Tracks:
        tracks, size = self._tracks, view.camera.size
        unseen = view.time - tracks.last_hit
        boxes = tracks.boxes
        lasting = (tracks.log_odds > 0) & (unseen <= self.settings.coast + 1e-9)
        lasting &= cut_shares(boxes, size) < 0.5
        held = np.flatnonzero(owner >= 0)
        mine = owner[held]
        lasting[mine] = True
        boxes[mine] += self.scatter.swing(tracks.heights[mine]) * (seen.boxes[held] - boxes[mine])
        confidence = 1 / (1 + np.exp(-tracks.log_odds))
        confidence[mine] = seen.scores[held]
        if not self._beyond:
            boxes = np.clip(boxes, 0, [*size, *size])
        extent = np.asarray((boxes[:, 2:] > boxes[:, :2]).all(axis=1))
        rows = np.flatnonzero(tracks.confirmed & lasting & extent)
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
    one = np.zeros(n, dtype=np.int64)
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    unknown = np.full((n, 2, 2), np.nan)
    scores = view.detections.scores
    return Sightings(boxes, scores, one, one, np.arange(n), centres, unknown, np.zeros(n))


def _single(seen: Sightings, free: Flags, held: Flags, doubled: float) -> Ints:
    """Free detections that overlap neither a held one nor a better free one too much."""
    alike = iou(seen.boxes, seen.boxes) > doubled
    kept = held.copy()
    for k in np.flatnonzero(free)[np.argsort(-seen.scores[free], kind="stable")]:
        kept[k] = not alike[k, kept].any()
    return np.flatnonzero(kept & free)


def _over(boxes: Floats, size: tuple[int, int], by: float) -> Flags:
    """(m, 4) which coordinates lie beyond the image's right or lower border by so many pixels."""
    return np.asarray(boxes > np.array([*size, *size]) + by)


def _worth(scores: Floats) -> Floats:
    """Evidence, nats, of a detector's scores; limited, because few detectors are calibrated."""
    score = np.clip(scores, 0.02, 0.98)
    return np.clip(np.log(score / (1 - score)), -3, 2)

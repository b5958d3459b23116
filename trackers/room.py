"""Overlapping calibrated cameras: people tracked on the ground plane.

Lawen et al. 2019, section 5. Every instant: predict where everybody is, give each camera's
detections to them, fuse what the cameras say, open tracks for people whom no track explains,
close the tracks of those who are gone, and ask who they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..models.embedder import Embedder
from ..sequences import Tracks, View, in_region, region_of
from . import motion
from .association import Candidates, associate, group_across_cameras, mahalanobis
from .births import clear_of_people, evidence_of_births, unexplained
from .detection_rates import DetectionRates
from .doubles import Doubles
from .events import IdentityEvent
from .gallery import Gallery
from .ground_tracks import GroundTracks
from .identities import Identities, IdentitySettings
from .localisation import BoxNoise
from .room_cameras import RoomCameras, check_views
from .room_rows import rows_of
from .room_settings import RoomSettings
from .sightings import Sightings, gather

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class RoomTracker:
    """Who is where in a room, and who is who: online, any number of overlapping cameras.

    Works without an embedder (motion only), with embeddings given with the detections, and with
    an embedder, which is called only for people who have just entered and, now and then, to
    learn what somebody looks like from another side.

    Args:
        embedder: crops to appearance vectors; None: embeddings of the detections, if there are
            any.
        region: (k, 2) corners of the floor of interest, metres: only people in it are reported.
            None: everywhere.
        settings: what is assumed of people, cameras and detectors.
        noise: how exactly boxes place people.
        identities: how people are recognised.
        gallery: who is known already, such as a `GalleryStore`; None: nobody.
    """

    def __init__(
        self,
        embedder: Embedder | None = None,
        *,
        region: ArrayLike | None = None,
        settings: RoomSettings | None = None,
        noise: BoxNoise | None = None,
        identities: IdentitySettings | None = None,
        gallery: Gallery | None = None,
    ) -> None:
        self.settings = settings or RoomSettings()
        self.noise = noise or BoxNoise()
        self.region = None if region is None else region_of(region)
        self.identities = Identities(embedder, identities, gallery)
        self.rates = DetectionRates(self.settings.detection)
        self._cameras = RoomCameras(self.rates, self.settings.height)
        self._doubles = Doubles(self.settings)
        self._tracks = GroundTracks.empty()
        self._time: float | None = None
        self._next = 0

    @property
    def events(self) -> list[IdentityEvent]:
        """Who entered, was recognised, corrected or left since the list was last cleared."""
        return self.identities.events

    def step(self, views: Sequence[View]) -> Tracks:
        """The people at this instant; later instants change nothing.

        Args:
            views: one a camera that delivered something, all of one frame number; calibrated.

        Returns:
            for each person a row for each camera that sees them, or did so less than
            `settings.recall` ago: with the detection, or with the box predicted; or else one row
            of `GROUND`. All have the ground position.

        Raises:
            ValueError: no views, a camera twice or not calibrated, frames that differ, or a time
                before the previous one.
        """
        time = self._enter(views)
        tracks, settings = self._tracks, self.settings
        elapsed = 0.0 if self._time is None else time - self._time
        self._time = time
        tracks.mean, tracks.cov = motion.predict(
            tracks.mean, tracks.cov, elapsed, settings.acceleration, settings.damping
        )
        seen = gather(views, self._cameras.index, self.noise, self.region, settings.margin)
        shares = self._cameras.shares(views, tracks.positions, tracks.confirmed)
        chance = self.rates.chances(*shares)
        owner = self._associate(views, seen, chance)
        self._correct(seen, owner)
        hits = _hits(owner, seen.camera, len(tracks), len(self._cameras))
        self._cameras.learn(shares, hits, tracks.confirmed)
        unseen = self._weigh(views, hits, chance, time, elapsed)
        columns = self._cameras.columns(views)
        for k in self._doubles.younger(views, columns, tracks, seen, owner, hits, elapsed):
            tracks.log_odds[k] = -np.inf
        owner = self._open(views, seen, owner, time)
        quiet = np.concatenate([unseen, np.zeros(len(tracks) - len(unseen))])
        owner, quiet = self._close(owner, quiet)
        identity = self.identities.update(
            time, tracks.number, tracks.confirmed, self._crowded(), seen, owner, views
        )
        shown = self._shown(time, quiet)
        index = self._cameras.index
        return rows_of(views, index, tracks, seen, owner, identity, shown, settings.recall)

    def _enter(self, views: Sequence[View]) -> float:
        """Check the views, and make room for cameras not known before; returns their time."""
        check_views(views)
        frame, time = views[0].frame, views[0].time
        if self._time is not None and time < self._time:
            raise ValueError(f"frame {frame}: time {time} s is before {self._time} s")
        self._tracks.add_cameras(self._cameras.admit(views))
        return time

    def _associate(self, views: Sequence[View], seen: Sightings, chance: Floats) -> Ints:
        tracks, settings = self._tracks, self.settings
        misfit = settings.misfit * np.minimum(seen.misfits, settings.misfit_limit)
        bonus = np.where(tracks.confirmed, 0.0, -settings.tentative)[:, None] - misfit[None]
        squared, _ = mahalanobis(tracks.positions, tracks.position_covs, seen.positions, seen.noise)
        nearest = squared.min(axis=0, initial=np.inf)
        likely = np.minimum(nearest + 2 * settings.doubt, settings.gate)
        possible = (squared < likely) & tracks.confirmed[:, None]
        doubtful = np.flatnonzero(possible.sum(axis=0) > 1)
        if len(doubtful):
            bonus[:, doubtful] += self.identities.evidence(tracks.number, seen, doubtful, views)
        pairs = Candidates(
            np.clip(chance[:, seen.camera], 0.05, 0.98), bonus, settings.clutter, settings.gate
        )
        return associate(
            tracks.positions,
            tracks.position_covs,
            seen.positions,
            seen.noise,
            seen.camera,
            pairs,
            settings.sweeps,
            settings.slack,
        )

    def _correct(self, seen: Sightings, owner: Ints) -> None:
        """Kalman update of every track with all its detections fused."""
        held = np.flatnonzero(owner >= 0)
        if len(held) == 0:
            return
        rows, group = np.unique(owner[held], return_inverse=True)
        position, cov = motion.fuse_groups(seen.positions[held], seen.noise[held], group, len(rows))
        # Half the usual disagreement stays, however many cameras agree.
        cov = cov + np.eye(2) * (self.settings.slack / 2) ** 2
        tracks = self._tracks
        tracks.mean[rows], tracks.cov[rows] = motion.update(
            tracks.mean[rows], tracks.cov[rows], position, cov
        )

    def _weigh(
        self, views: Sequence[View], hits: Flags, chance: Floats, time: float, elapsed: float
    ) -> Floats:
        """Count this instant's hits and misses as evidence.

        Returns:
            (n,) evidence, nats, of those cameras that should have seen the person and did not.
        """
        tracks, settings = self._tracks, self.settings
        misses = ~hits & self._cameras.active(views)
        fresh_hit = np.clip((time - tracks.hit) / settings.memory, 0, 1)
        fresh_miss = np.clip((time - tracks.miss) / settings.memory, 0, 1)
        against = np.where(misses, np.log1p(-chance), 0.0)
        gain = np.where(hits, settings.hit * fresh_hit, 0.0) + against * fresh_miss
        gone = ~hits.any(axis=1)
        tracks.log_odds += gain.sum(axis=1)
        tracks.log_odds -= gone * elapsed * settings.certain / settings.patience
        np.minimum(tracks.log_odds, settings.certain, out=tracks.log_odds)
        tracks.last_hit[~gone] = time
        tracks.hit[hits], tracks.miss[hits] = time, -np.inf
        tracks.miss[misses], tracks.hit[misses] = time, -np.inf
        return np.asarray(np.where(gone, against.sum(axis=1), 0.0))

    def _open(self, views: Sequence[View], seen: Sightings, owner: Ints, time: float) -> Ints:
        """Open tracks for people whom no track explains; returns the owners with them."""
        tracks, settings = self._tracks, self.settings
        free = unexplained(seen, owner)
        if len(free) == 0:
            return owner
        groups = [
            free[members]
            for members in group_across_cameras(
                seen.positions[free], seen.noise[free], seen.camera[free], settings.group_gate
            )
        ]
        label = np.repeat(np.arange(len(groups)), [len(members) for members in groups])
        flat = np.concatenate(groups)
        position, cov = motion.fuse_groups(
            seen.positions[flat], seen.noise[flat], label, len(groups)
        )
        clear = clear_of_people(tracks, seen, owner, groups, position, cov, settings)
        if self.region is not None:
            clear &= in_region(position, self.region, settings.margin)
        chance = self._cameras.chances(views, position, tracks.positions, tracks.confirmed)
        active = self._cameras.active(views)
        evidence, hits = evidence_of_births(seen, groups, chance, active, settings)
        born = np.flatnonzero(clear & (evidence > settings.delete))
        mean, state_cov = motion.initial_states(
            position[born], cov[born] + np.eye(2) * (settings.slack / 2) ** 2, settings.speed
        )
        owner = owner.copy()
        for place, k in enumerate(born):
            owner[groups[k]] = len(tracks) + place
        odds, misses = np.minimum(evidence, settings.certain), active & ~hits
        tracks.append(
            GroundTracks.new(
                mean, state_cov, odds[born], time, self._next, hits[born], misses[born]
            )
        )
        self._next += len(born)
        return owner

    def _crowded(self) -> Flags:
        """Who is so close to somebody else that the two may be mistaken for each other."""
        position = self._tracks.positions
        distance = np.linalg.norm(position[:, None] - position[None], axis=2)
        np.fill_diagonal(distance, np.inf)
        return np.asarray((distance < self.settings.crowd).any(axis=1))

    def _close(self, owner: Ints, quiet: Floats) -> tuple[Ints, Floats]:
        """Confirm and give up tracks; returns owners and evidence by the remaining tracks."""
        tracks, settings = self._tracks, self.settings
        tracks.confirmed |= tracks.log_odds > settings.confirm
        keep = tracks.log_odds > settings.delete
        if self.region is not None:
            keep &= in_region(tracks.positions, self.region, settings.margin)
        place = np.where(keep, np.cumsum(keep) - 1, -1)
        owner = np.where(owner >= 0, np.append(place, -1)[owner], -1)
        tracks.keep(keep)
        return owner, quiet[keep]

    def _shown(self, time: float, quiet: Floats) -> Flags:
        """(n,) which tracks are reported."""
        tracks, settings = self._tracks, self.settings
        shown = tracks.confirmed & (time - tracks.last_hit <= settings.coast)
        shown &= (tracks.log_odds > 0) & (quiet >= settings.unseen)
        if self.region is not None:
            shown &= in_region(tracks.positions, self.region)
        return shown


def _hits(owner: Ints, camera: Ints, tracks: int, cameras: int) -> Flags:
    """(tracks, cameras): who was detected by whom."""
    hits = np.zeros((tracks, cameras), dtype=bool)
    held = owner >= 0
    hits[owner[held], camera[held]] = True
    return hits

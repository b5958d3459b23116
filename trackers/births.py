"""Groups of detections that no track explains: whether they are people not tracked yet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .association import mahalanobis
from .ground_tracks import GroundTracks
from .room_settings import RoomSettings
from .sightings import Sightings, iou

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def unexplained(seen: Sightings, owner: Ints) -> Ints:
    """Detections that no track has, and that are not a second box around one person.

    Args:
        seen: the instant's detections.
        owner: (m,) index of the track of each, -1 for none.
    """
    free, held = np.flatnonzero(owner < 0), np.flatnonzero(owner >= 0)
    order = free[np.argsort(-seen.scores[free], kind="stable")]
    before = np.concatenate([held, order])
    same = seen.camera[order][:, None] == seen.camera[before][None]
    double = same & (iou(seen.boxes[order], seen.boxes[before]) > 0.6)
    # Only boxes of tracks and free boxes of a higher score count.
    earlier = np.arange(len(before))[None] < len(held) + np.arange(len(order))[:, None]
    return np.sort(order[~(double & earlier).any(axis=1)])


def clear_of_people(
    tracks: GroundTracks,
    seen: Sightings,
    owner: Ints,
    groups: list[Ints],
    position: Floats,
    cov: Floats,
    settings: RoomSettings,
) -> Flags:
    """(g,) which groups are nobody already tracked.

    A track as near as that is the same person, unless one camera sees both.

    Args:
        tracks: of the people.
        seen: the instant's detections.
        owner: (m,) index of the track of each, -1 for none.
        groups: indices of the detections of each group.
        position: (g, 2) metres.
        cov: (g, 2, 2) their covariances.
        settings: of the tracker.
    """
    clear = np.ones(len(groups), dtype=bool)
    if len(tracks) == 0:
        return clear
    squared, _ = mahalanobis(tracks.positions, tracks.position_covs, position, cov)
    distance = np.linalg.norm(tracks.positions[:, None] - position[None], axis=2)
    near = (distance < settings.exclusion) | (squared < settings.birth_gate)
    for i, k in zip(*np.nonzero(near), strict=True):
        if not np.intersect1d(seen.camera[owner == i], seen.camera[groups[k]]).size:
            clear[k] = False
    return clear


def evidence_of_births(
    seen: Sightings, groups: list[Ints], chance: Floats, active: Flags, settings: RoomSettings
) -> tuple[Floats, Flags]:
    """How much speaks for each group's being a person, and which cameras detected it.

    Args:
        seen: the instant's detections.
        groups: indices of the detections of each group.
        chance: (g, cameras) that each camera detects a person who stands there.
        active: (cameras,) which of them delivered something.
        settings: of the tracker.

    Returns:
        (g,) nats, and (g, cameras) flags.
    """
    hit = np.zeros(chance.shape, dtype=bool)
    for k, members in enumerate(groups):
        hit[k, seen.camera[members]] = True
    score = np.clip(seen.scores, 0.02, 0.98)
    worth = np.clip(np.log(score / (1 - score)), -2, 2)
    worth = worth - 2 * settings.misfit * np.minimum(seen.misfits, settings.misfit_limit)
    evidence = np.array(
        [settings.prior + settings.agreement * (len(g) - 1) + worth[g].mean() for g in groups]
    )
    evidence += np.where(active & ~hit, np.log1p(-chance), 0.0).sum(axis=1)
    return evidence, hit

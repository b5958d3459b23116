"""What the room tracker says of an instant: a row for each person and camera."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..sequences import GROUND, Tracks, View
from .framing import learn_framing, predict_boxes
from .ground_tracks import GroundTracks
from .sightings import Sightings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def rows_of(
    views: Sequence[View],
    index: dict[str, int],
    tracks: GroundTracks,
    seen: Sightings,
    owner: Ints,
    identity: Ints,
    shown: Flags,
    recall: float,
) -> Tracks:
    """The rows of an instant.

    Args:
        views: of the instant.
        index: number of each camera by name, in order.
        tracks: of the people; how boxes lie about them is learned.
        seen: the instant's detections.
        owner: (m,) index of the track of each, -1 for none.
        identity: (n,) of each track.
        shown: (n,) which tracks are reported.
        recall: seconds for which a box is predicted in a camera that detects somebody no longer.

    Returns:
        for each person a row for each camera that detects or did so lately, or else one row of
        `GROUND`.
    """
    held = np.flatnonzero((owner >= 0) & shown[owner]) if len(tracks) else owner[:0]
    missed, columns, predicted = _predict(views, index, tracks, seen, owner, shown, recall)
    hidden = np.setdiff1d(np.flatnonzero(shown), np.concatenate([owner[held], missed]))
    rows = np.concatenate([owner[held], missed, hidden])
    names = np.array([*index, GROUND])
    cameras = np.concatenate([seen.camera[held], columns, np.full(len(hidden), -1)])
    presence = 1 / (1 + np.exp(-tracks.log_odds[rows[len(held) :]]))
    return Tracks(
        np.full(len(rows), views[0].frame),
        names[cameras],
        identity[rows],
        np.concatenate([seen.boxes[held], predicted, np.full((len(hidden), 4), np.nan)]),
        tracks.positions[rows],
        np.concatenate([seen.scores[held], presence]),
    )


def _predict(
    views: Sequence[View],
    index: dict[str, int],
    tracks: GroundTracks,
    seen: Sightings,
    owner: Ints,
    shown: Flags,
    recall: float,
) -> tuple[Ints, Ints, Floats]:
    """Tracks (k,), cameras (k,) that miss them now but did not so lately, and boxes (k, 4)."""
    rows: list[Ints] = [np.empty(0, dtype=np.int64)]
    boxes: list[Floats] = [np.empty((0, 4))]
    columns = [0]
    for place, view in enumerate(views):
        column = index[view.camera.name]
        mine = np.flatnonzero((seen.view == place) & (owner >= 0))
        learn_framing(view.camera, column, tracks, owner[mine], seen.boxes[mine], view.time)
        missed = shown & (view.time - tracks.framed[:, column] <= recall + 1e-9)
        missed[owner[mine]] = False
        found, predicted = predict_boxes(view.camera, column, tracks, np.flatnonzero(missed))
        rows.append(found)
        boxes.append(predicted)
        columns.append(column)
    return (
        np.concatenate(rows),
        np.repeat(columns, [len(part) for part in rows]),
        np.concatenate(boxes),
    )

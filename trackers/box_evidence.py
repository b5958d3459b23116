"""What the place and size of a box say of whose it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import box_filter
from .image_tracks import ImageTracks

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def box_evidence(
    tracks: ImageTracks, boxes: Floats, cut: Flags, deviations: Floats, clutter: float, gate: float
) -> Floats:
    """Log-likelihood ratios (n, m) from place and size; -inf outside the gate.

    As `association.position_evidence`, over four dimensions, of which those that the image's
    border hides do not count.

    Args:
        tracks: n of people, predicted.
        boxes: (m, 4) detections.
        cut: (m, 4) which edges may be cut off, see `cut_edges`.
        deviations: (n, 4) of detections about the tracks, pixels; see `BoxScatter`.
        clutter: detections that are no known person, per squared height.
        gate: greatest squared Mahalanobis distance of a detection from a track.
    """
    residual, hidden = box_filter.compare(tracks.mean[:, None], boxes[None], cut[None])
    whole, edge = box_filter.noise_variances(tracks.mean, tracks.cov, deviations)
    predicted = box_filter.variances(tracks.cov)
    place = (predicted[:, :2] + whole[:, :2])[:, None]
    place = np.where(hidden, (predicted[:, :2] + edge)[:, None], place)
    shape = (predicted[:, 2:] + whole[:, 2:])[:, None]
    squared = residual**2 / np.concatenate([place, np.broadcast_to(shape, place.shape)], axis=2)
    # Clutter: so many in a squared height, and any shape within a factor of e.
    chaos = np.log(clutter) - 2 * np.log(tracks.heights)
    spread = np.log(2 * np.pi * place) + np.where(hidden, 0.0, np.log(2 * np.pi * shape))
    distance = squared.sum(axis=2)
    values = -0.5 * (spread.sum(axis=2) + distance) - chaos[:, None]
    return np.where(distance < gate, values, -np.inf)

"""How far a detector's boxes lie from people's tracks in an image, and why; learned."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .camera_settings import CameraSettings
from .image_tracks import ImageTracks
from .scatter import HALF_NORMAL_MEDIAN, Scatter, learn_jitter

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class BoxScatter:
    """The scatter of boxes about their tracks: the detector's jitter, and people's posture.

    Args:
        settings: what is assumed of both before anything was learned.
    """

    def __init__(self, settings: CameraSettings) -> None:
        self.settings = settings
        self.jitter = Scatter(settings.jitter)
        """What changes at random from one instant to the next."""
        self.whole = Scatter(settings.jitter, least=settings.posture)
        """All that boxes differ from their tracks."""

    def deviations(self, heights: Floats) -> Floats:
        """(n, 4) standard deviations of detections about the tracks, pixels.

        Of centre x, centre y, width and height, for boxes of these heights (n,).
        """
        return np.maximum(self.jitter.deviations(heights), self.whole.deviations(heights))

    def swing(self, heights: Floats) -> Floats:
        """(n, 1) share of what a box differs from its track that is true of that instant.

        What is not the detector's jitter is posture: it belongs into the reported box, but not
        into the prediction of the next.
        """
        share = 1 - (self.jitter.deviations(heights) / self.deviations(heights)) ** 2
        return np.asarray(np.clip(share, 0, 1).mean(axis=1, keepdims=True))

    def learn(self, residual: Floats, variance: Floats, heights: Floats) -> None:
        """Take in by how much detections in full view missed their predictions.

        Args:
            residual: (k, 4) as `box_filter.compare` gives it.
            variance: (k, 4) of it, that of the predictions included.
            heights: (k,) of the tracks, pixels.
        """
        self.whole.learn(np.abs(residual) > HALF_NORMAL_MEDIAN * np.sqrt(variance), heights)

    def compare_three(self, tracks: ImageTracks, rows: Ints, boxes: Floats, time: float) -> None:
        """Learn the jitter from people detected, in full view, three times running.

        Args:
            tracks: their past boxes are brought up to date.
            rows: (k,) tracks that have a detection at this instant.
            boxes: (k, 4) those; NaN where it is not in full view.
            time: seconds.
        """
        three = np.concatenate([tracks.past[rows], boxes[:, None]], axis=1)
        times = np.column_stack([tracks.past_times[rows], np.full(len(rows), time)])
        full = np.asarray(np.isfinite(three).all(axis=(1, 2))) & tracks.confirmed[rows]
        # Two views of one instant say nothing of what happens from one to the next.
        full &= np.asarray((np.diff(times, axis=1) > 0).all(axis=1))
        acceleration, growth = self.settings.acceleration, self.settings.growth
        learn_jitter(self.jitter, three[full], times[full], acceleration, growth)
        tracks.past[:] = np.nan
        tracks.past[rows], tracks.past_times[rows] = three[:, 1:], times[:, 1:]

"""Who each row of a prediction is, by the matching that the scores count with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .clear import match
from .matching import Pairs, pair_boxes, pair_points
from .scored_rows import select
from .sequences.views import GROUND, Ints, Strings, Tracks

__all__ = ["Matches", "match_people"]


@dataclass(frozen=True, eq=False)
class Matches:
    """Rows of a truth and of a prediction that are one person, in order of frames.

    Args:
        frame: (n,) frame numbers.
        camera: (n,) in whose image they were matched; `GROUND`: by their places on the floor.
        truth, predicted: (n,) identities.
        described: how they were matched, in a few words.
    """

    frame: Ints
    camera: Strings
    truth: Ints
    predicted: Ints
    described: str

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def on_ground(self) -> bool:
        """Whether rows are people at an instant, rather than boxes in an image."""
        return bool((self.camera == GROUND).all())

    def people_of(self, tracks: Tracks) -> Ints:
        """Who each row (m,) of the prediction is; -1 where no truth was matched."""
        place = np.full(len(tracks), GROUND) if self.on_ground else tracks.camera
        where = zip(self.frame.tolist(), self.camera.tolist(), self.predicted.tolist(), strict=True)
        known = dict(zip(where, self.truth.tolist(), strict=True))
        asked = zip(tracks.frame.tolist(), place.tolist(), tracks.identity.tolist(), strict=True)
        return np.array([known.get(key, -1) for key in asked], dtype=np.int64)


def match_people(
    truth: Tracks,
    predicted: Tracks,
    *,
    region: ArrayLike | None = None,
    gate: float = 1.0,
    iou: float = 0.5,
) -> Matches:
    """The pairs that CLEAR matches (see `clear.match`): on the floor if both have places there,
    else in each camera's image.

    Args:
        truth, predicted, region, iou: see `score`.
        gate: largest distance of a match on the floor, metres.

    Raises:
        ValueError: see `score`.
    """
    chosen = select(truth, predicted, region, None)
    if chosen.ground is not None:
        pairs = pair_points(*chosen.ground, chosen.instants, gate)
        parts = [_matched(pairs, GROUND, chosen.numbers)]
        described = f"places on the floor, at most {gate:g} m apart"
    else:
        parts = [
            _matched(pair_boxes(*rows, chosen.instants, iou), name, chosen.numbers)
            for name, rows in chosen.cameras.items()
        ]
        described = f"boxes with an IoU of at least {iou:g}"
    frame, camera, true, given = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(frame, kind="stable")
    return Matches(frame[order], camera[order], true[order], given[order], described)


def _matched(pairs: Pairs, camera: str, numbers: Ints) -> tuple[Ints, Strings, Ints, Ints]:
    chosen = match(pairs)
    true, given = pairs.truth[chosen], pairs.predicted[chosen]
    return (
        numbers[pairs.truth_rows.time[true]],
        np.full(len(true), camera, dtype=np.str_),
        pairs.truth_rows.identity[true],
        pairs.predicted_rows.identity[given],
    )

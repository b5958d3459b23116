"""What a tracker is, and the loop that runs one over a sequence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from ..sequences import MultiCameraSequence, Tracks, View


@runtime_checkable
class Tracker(Protocol):
    """Who is who, instant by instant: any object with this method."""

    def step(self, views: Sequence[View]) -> Tracks:
        """The rows of this instant, given what the cameras saw; later instants change nothing.

        Args:
            views: at most one a camera, all of one frame number; a camera that delivered nothing
                is left out.
        """


def track(
    sequence: MultiCameraSequence,
    tracker: Tracker,
    progress: Callable[[int], None] | None = None,
) -> Tracks:
    """Run a tracker over a whole sequence.

    Args:
        sequence: what the cameras saw.
        tracker: a fresh tracker, or one that goes on from an earlier sequence.
        progress: called after each instant with the number of instants done.

    Returns:
        all rows that the tracker gave, in order of time.
    """
    tables = []
    for done, views in enumerate(sequence, start=1):
        tables.append(tracker.step(views))
        if progress is not None:
            progress(done)
    return Tracks.concatenate(tables)

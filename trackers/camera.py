"""Cameras by themselves: people tracked in each camera's image, no calibration needed.

Every instant, in each camera: predict where everybody's box is, give the detections to them,
correct, open tracks for people whom no track explains, close the tracks of those who are gone,
and ask who they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..models.embedder import Embedder
from ..sequences import Tracks, View
from .camera_settings import CameraSettings
from .events import IdentityEvent
from .identities import Identities, IdentitySettings
from .image_tracker import ImageTracker


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
        identities: how people are recognised who come back to a camera: who was lost in its
            image, and with `settings.returning` also who walked out of it.
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
        self._cameras: dict[str, ImageTracker] = {}
        self._numbers: dict[tuple[str, int], int] = {}
        self.events: list[IdentityEvent] = []
        """Who entered, was recognised, corrected or left since the list was last cleared."""

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
        for view in views:
            if view.camera.name in self._cameras:
                self._cameras[view.camera.name].check(view)
        return Tracks.concatenate([self._follow(view) for view in views])

    def _follow(self, view: View) -> Tracks:
        name = view.camera.name
        if name not in self._cameras:
            identities = Identities(self.embedder, self.identities)
            self._cameras[name] = ImageTracker(self.settings, identities)
        tracker = self._cameras[name]
        rows = tracker.step(view)
        numbers = [self._number(name, k) for k in rows.identity.tolist()]
        self.events += [self._renumbered(name, event) for event in tracker.identities.events]
        tracker.identities.events.clear()
        return Tracks(rows.frame, rows.camera, numbers, rows.box, rows.ground, rows.confidence)

    def _number(self, camera: str, identity: int) -> int:
        """The number, unique over all cameras, of one camera's identity."""
        return self._numbers.setdefault((camera, identity), len(self._numbers) + 1)

    def _renumbered(self, camera: str, event: IdentityEvent) -> IdentityEvent:
        previous, second = event.previous, event.second
        return replace(
            event,
            camera=camera,
            identity=self._number(camera, event.identity),
            previous=None if previous is None else self._number(camera, previous),
            second=None if second is None else self._number(camera, second),
        )

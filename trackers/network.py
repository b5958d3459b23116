"""Cameras that do not overlap: people tracked in each, and recognised from one to the next.

Each camera's people are tracked by themselves, as `CameraTracker` does. Whoever appears in a
camera is compared with everybody who can have come there: who is nowhere to be seen, was last
seen long enough ago for the way, and looks alike. How people look from camera to camera, and how
long the ways take, is learned while tracking.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..models.embedder import Embedder
from ..sequences import Tracks, View
from .camera_settings import CameraSettings
from .events import IdentityEvent
from .identities import Identities
from .image_tracker import ImageTracker
from .known_people import KnownPeople
from .network_identities import NetworkIdentities
from .network_settings import NetworkSettings
from .network_visits import Report
from .sightings import Sightings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class NetworkTracker:
    """Who is where in cameras that do not overlap, and who is who over all of them; online.

    One set of identities for all cameras. No calibration is needed. A person is never in two
    cameras at once, nor faster from one to another than the ways allow. Works with embeddings
    given with the detections or with an embedder; without either, every track is somebody new.

    Args:
        embedder: crops to appearance vectors; None: embeddings of the detections, if there are
            any.
        settings: how people are recognised, and which cameras are neighbours.
        camera: what is assumed of people, cameras and detectors.
        gallery: who is known already, such as a `GalleryStore`; None: nobody.
    """

    def __init__(
        self,
        embedder: Embedder | None = None,
        *,
        settings: NetworkSettings | None = None,
        camera: CameraSettings | None = None,
        gallery: KnownPeople | None = None,
    ) -> None:
        self.settings = settings or NetworkSettings()
        self.camera = camera or CameraSettings()
        if gallery is None:
            size, neighbours = self.settings.gallery, self.settings.neighbours
            gallery = KnownPeople(size, neighbours, most=self.settings.people)
        self.identities = NetworkIdentities(embedder, self.settings, gallery)
        self._cameras: dict[str, tuple[ImageTracker, _Waiting]] = {}

    @property
    def events(self) -> Sequence[IdentityEvent]:
        """What happened to identities, the last 10,000 events."""
        return self.identities.events

    def step(self, views: Sequence[View]) -> Tracks:
        """The people at this instant in all cameras; later instants change nothing.

        Args:
            views: at most one a camera, all of one frame number; a camera that delivered nothing
                is left out.

        Returns:
            for each person whom a camera sees, or saw a moment ago, a row with the filtered box.
            Ground positions are NaN.

        Raises:
            ValueError: a camera twice, frames that differ, or a time before the previous one.
        """
        self._check(views)
        if not views:
            return Tracks.empty()
        self.identities.looks.begin(views)
        tables = [self._tracker(view)[0].step(view) for view in views]
        reports = [self._tracker(view)[1].report(view) for view in views]
        identity = self.identities.update(max(view.time for view in views), views[0].frame, reports)
        return Tracks.concatenate(
            _renumbered(rows, view.camera.name, identity)
            for rows, view in zip(tables, views, strict=True)
        )

    def _check(self, views: Sequence[View]) -> None:
        names = [view.camera.name for view in views]
        if len({view.frame for view in views}) > 1:
            raise ValueError(f"views of different frames: {sorted({v.frame for v in views})}")
        if len(set(names)) < len(names):
            raise ValueError(f"frame {views[0].frame}: a camera has two views: {names}")
        for view in views:
            self._tracker(view)[0].check(view)

    def _tracker(self, view: View) -> tuple[ImageTracker, _Waiting]:
        name = view.camera.name
        if name not in self._cameras:
            waiting = _Waiting(name, self.identities)
            self._cameras[name] = ImageTracker(self.camera, waiting), waiting
        return self._cameras[name]


class _Waiting(Identities):
    """In the place of one camera's identities: its tracks wait until all cameras have theirs."""

    def __init__(self, camera: str, network: NetworkIdentities) -> None:
        self.camera, self.network = camera, network
        self._said: tuple[Ints, Flags, Flags, Sightings, Ints] | None = None

    def evidence(self, number: Ints, seen: Sightings, rows: Ints, views: Sequence[View]) -> Floats:
        return self.network.evidence(self.camera, number, seen, rows)

    def dismiss(self, numbers: Iterable[int]) -> None:
        """Nobody: who walks out of one camera's image is expected in another's."""

    def update(
        self,
        time: float,
        number: Ints,
        confirmed: Flags,
        crowded: Flags,
        seen: Sightings,
        owner: Ints,
        views: Sequence[View],
    ) -> Ints:
        self._said = number, confirmed, crowded, seen, owner
        return np.where(confirmed, number, -1)

    def report(self, view: View) -> Report:
        """What the camera's tracker said last."""
        assert self._said is not None
        return Report(view, *self._said)


def _renumbered(rows: Tracks, camera: str, identity: dict[tuple[str, int], int]) -> Tracks:
    """Rows with identities in the place of track numbers, without tracks that have none."""
    numbers = np.array([identity.get((camera, k), -1) for k in rows.identity.tolist()], np.int64)
    kept = rows[numbers >= 0]
    return Tracks(
        kept.frame, kept.camera, numbers[numbers >= 0], kept.box, kept.ground, kept.confidence
    )

"""The cameras of a room: in which of them people should be seen, and how likely."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..sequences import View
from .detection_rates import DetectionRates
from .visibility import visible_shares

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class RoomCameras:
    """Numbers cameras as they appear, and learns how often they detect whom they should.

    Args:
        rates: how often people are detected, over all cameras.
        height: of people, metres.
    """

    def __init__(self, rates: DetectionRates, height: float) -> None:
        self.rates, self.height = rates, height
        self.index: dict[str, int] = {}
        """Number of each camera by name, in order."""

    def __len__(self) -> int:
        return len(self.index)

    def admit(self, views: Sequence[View]) -> int:
        """Number the cameras not known before.

        Returns:
            how many those are.
        """
        known = len(self.index)
        for view in views:
            self.index.setdefault(view.camera.name, len(self.index))
        return len(self.index) - known

    def columns(self, views: Sequence[View]) -> list[int]:
        """The number of each view's camera."""
        return [self.index[view.camera.name] for view in views]

    def active(self, views: Sequence[View]) -> Flags:
        """(cameras,) which of them delivered something."""
        active = np.zeros(len(self.index), dtype=bool)
        active[self.columns(views)] = True
        return active

    def shares(
        self, views: Sequence[View], positions: Floats, certain: Flags, first: int | None = None
    ) -> tuple[Floats, Floats]:
        """Shares (first, cameras) inside each image, and hidden there; 0 for silent cameras.

        Args:
            views: of the instant.
            positions: (n, 2) of people, metres.
            certain: (n,) which of them are certainly there, and may hide others.
            first: how many of them, from the first, are in question; None: all.
        """
        inside = np.zeros((len(positions[:first]), len(self.index)))
        hidden = np.zeros_like(inside)
        for column, view in zip(self.columns(views), views, strict=True):
            inside[:, column], hidden[:, column] = visible_shares(
                view.camera, positions, self.height, certain, first
            )
        return inside, hidden

    def chances(
        self, views: Sequence[View], position: Floats, others: Floats, certain: Flags
    ) -> Floats:
        """Chances (g, cameras) that each camera detects a person who stands at these places.

        Args:
            views: of the instant.
            position: (g, 2) metres, of people who may be there, and hide nobody.
            others: (n, 2) metres, of people who may hide them.
            certain: (n,) which of those are certainly there.
        """
        everybody = np.concatenate([position, others])
        hiding = np.concatenate([np.zeros(len(position), dtype=bool), certain])
        return self.rates.chances(*self.shares(views, everybody, hiding, len(position)))

    def learn(self, shares: tuple[Floats, Floats], hits: Flags, confirmed: Flags) -> None:
        """Learn how often people are detected whom another camera detects.

        Args:
            shares: (n, cameras) of people, inside each image and hidden there.
            hits: (n, cameras) who was detected by whom.
            confirmed: (n,) who is a person.
        """
        elsewhere = hits.sum(axis=1, keepdims=True) - hits > 0
        certain = elsewhere & confirmed[:, None]
        self.rates.learn(shares[0][certain], shares[1][certain], hits[certain])


def check_views(views: Sequence[View]) -> None:
    """Refuse what is no instant of a room.

    Raises:
        ValueError: no views, a camera twice or not calibrated, or frames that differ.
    """
    if not views:
        raise ValueError("an instant needs at least one view")
    frame, names = views[0].frame, [view.camera.name for view in views]
    if any(view.frame != frame for view in views):
        raise ValueError(f"views of different frames: {sorted({v.frame for v in views})}")
    if len(set(names)) < len(names):
        raise ValueError(f"frame {frame}: a camera has two views: {names}")
    for view in views:
        if not view.camera.calibrated:
            raise ValueError(
                f"camera {view.camera.name!r} is not calibrated: RoomTracker needs every"
                " camera's mapping to the ground plane; CameraTracker does without"
            )

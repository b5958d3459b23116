"""The embedded default: a rendered room with four cameras, people who come and go, and the truth.

After the LAB sequence as described by Lawen et al., "Compact Network Training for Person ReID",
section 5: a room of 5 x 6 metres, four calibrated cameras of 640 x 480 pixels in its corners at
15 Hz, up to 7 people who enter, walk, sit, stand, leave by the doors and come back.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from .appearance import CropPainter, read_identities
from .cameras import Camera, Floats
from .clothes import draw_clothes
from .figures import Builds, Poses, draw_builds, pose
from .layout import corner_cameras, furniture, region
from .noise import DetectionNoise, draw_detections
from .outline import clip_boxes, full_boxes, visible_shares
from .rendering import FigurePainter
from .simulated_files import write_simulated
from .views import GROUND, Detections, Image, Tracks, View
from .walks import Walks, simulate

__all__ = ["MINIMUM_VISIBLE", "DetectionNoise", "SimulatedRoom", "write_simulated"]

MINIMUM_VISIBLE = 0.2
"""The truth has a box for a camera that sees at least this share of a person."""

# One generator for each purpose, so that a change to one draw leaves the others as they are.
_BEHAVIOUR, _BUILDS, _CLOTHES, _DETECTIONS, _IMAGES, _CROPS = range(6)


class SimulatedRoom:
    """A multi-camera sequence with ground truth that follows from one seed.

    Frames are numbered from 1, identities too; the instant of frame k is (k - 1) / rate seconds.
    Trajectories, boxes and detections of the whole run are computed at their first use, pictures
    one by one when they are looked at, each without regard to any other.

    Args:
        seed: not negative; everything follows from it.
        duration: seconds.
        rate: instants a second.
        people: different people over the whole run, 1 or more.
        present: at most this many are in the room at once, 1 to 9.
        appearance: a folder of crops in Market-1501's naming (0002_c1s1_000451_03.jpg), whose
            identities are shown in place of drawn figures; which, follows from the seed. Junk
            (-1) and distractors (0000) are not used.
        noise: how the detections err.
        images: whether views have images.

    Raises:
        ValueError: an argument outside its range.
        FormatError: `appearance` is not such a folder, or has fewer identities than `people`.
    """

    def __init__(
        self,
        seed: int = 0,
        duration: float = 180.0,
        rate: float = 15.0,
        people: int = 12,
        present: int = 7,
        appearance: str | Path | None = None,
        noise: DetectionNoise | None = None,
        images: bool = True,
    ) -> None:
        if seed < 0:
            raise ValueError(f"seed {seed} is negative")
        if not (0 < rate <= 1000 and 0 < duration < np.inf and round(duration * rate) >= 1):
            raise ValueError(
                f"duration {duration} s at rate {rate} /s: expected at least one instant, and at"
                " most 1000 a second"
            )
        if people < 1 or not 1 <= present <= 9:
            raise ValueError(f"people {people}, present {present}: expected 1 or more, and 1 to 9")
        self.seed, self.duration, self.rate = seed, duration, rate
        self.people, self.present = people, present
        self.noise = DetectionNoise() if noise is None else noise
        self.images = images
        self.name = f"simulated-{seed}"
        self.cameras: tuple[Camera, ...] = corner_cameras()
        self.region: Floats = region()
        self._identities = None
        if appearance is not None:
            self._identities = read_identities(Path(appearance), people, self._rng(_CROPS))

    def _rng(self, purpose: int, *more: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, purpose, *more])

    def __len__(self) -> int:
        return round(self.duration * self.rate)

    @cached_property
    def walks(self) -> Walks:
        """Where everybody is at every instant."""
        rng = self._rng(_BEHAVIOUR)
        return simulate(rng, self.duration, self.rate, self.people, self.present)

    @cached_property
    def builds(self) -> Builds:
        """The bodies of the people."""
        return draw_builds(self._rng(_BUILDS), self.people)

    @cached_property
    def poses(self) -> Poses:
        """One row for each row of `walks`."""
        return pose(self.walks, self.builds.of(self.walks.person))

    @cached_property
    def boxes(self) -> tuple[Floats, ...]:
        """For each camera (n, 4): boxes of whole figures in pixels, not clipped to the image."""
        return tuple(full_boxes(camera, self.poses) for camera in self.cameras)

    @cached_property
    def visible(self) -> tuple[Floats, ...]:
        """For each camera (n,): the share of each person that is in the image and not hidden."""
        blocks = tuple(block for piece in furniture() for block in piece)
        return tuple(
            visible_shares(camera, self.poses, self.walks.instant, blocks, boxes)
            for camera, boxes in zip(self.cameras, self.boxes, strict=True)
        )

    @cached_property
    def truth(self) -> Tracks:
        """Everybody in the room at every frame.

        A row for each camera that sees at least `MINIMUM_VISIBLE` of a person, with the tight box
        of his whole body clipped to the image; a row of `GROUND` for whom no camera sees. All
        rows have the ground position.
        """
        walks = self.walks
        unseen = np.ones(len(walks.instant), dtype=bool)
        tables = []
        for camera, full, visible in zip(self.cameras, self.boxes, self.visible, strict=True):
            box = clip_boxes(full, camera.size)
            seen = (visible >= MINIMUM_VISIBLE) & np.isfinite(box).all(axis=1)
            unseen &= ~seen
            frame, identity = walks.instant[seen] + 1, walks.person[seen] + 1
            tables.append(Tracks(frame, camera.name, identity, box[seen], walks.position[seen]))
        frame, identity = walks.instant[unseen] + 1, walks.person[unseen] + 1
        tables.append(Tracks(frame, GROUND, identity, None, walks.position[unseen]))
        return Tracks.concatenate(tables).sorted()

    @cached_property
    def detections(self) -> tuple[list[Detections], ...]:
        """For each camera: what its detector finds at every instant."""
        return tuple(
            draw_detections(
                self._rng(_DETECTIONS, index),
                camera,
                self.boxes[index],
                self.visible[index],
                self.walks.instant,
                len(self),
                self.region,
                self.noise,
            )
            for index, camera in enumerate(self.cameras)
        )

    @cached_property
    def _painter(self) -> FigurePainter | CropPainter:
        clothes = draw_clothes(self._rng(_CLOTHES), self.builds)
        figures = FigurePainter(self.cameras, self.seed, clothes)
        return (
            figures
            if self._identities is None
            else CropPainter(figures, self._identities, self.rate)
        )

    def render(self, camera: int, instant: int) -> Image:
        """The picture uint8 (480, 640, 3) RGB of a camera, by index, at an instant from 0."""
        rows = slice(*np.searchsorted(self.walks.instant, [instant, instant + 1]))
        poses = self.poses[rows]
        rng = self._rng(_IMAGES, camera, instant)
        person, box = self.walks.person[rows], self.boxes[camera][rows]
        return self._painter.paint(rng, camera, instant, poses, person, box)

    def crops_shown(self, camera: int, instant: int) -> list[Path]:
        """The files whose crops a picture shows, one for each row of `walks` at this instant.

        Args:
            camera: index.
            instant: from 0.

        Raises:
            ValueError: people are drawn, not shown by crops.
        """
        painter = self._painter
        if not isinstance(painter, CropPainter):
            raise ValueError("the room has no appearance: its people are drawn")
        rows = slice(*np.searchsorted(self.walks.instant, [instant, instant + 1]))
        poses, person = self.poses[rows], self.walks.person[rows]
        return [
            painter.file_of(camera, instant, poses, row, int(k)) for row, k in enumerate(person)
        ]

    def at(self, instant: int) -> tuple[View, ...]:
        """The views of all cameras at an instant from 0; negative counts from the end.

        Raises:
            IndexError: there is no such instant.
        """
        if not -len(self) <= instant < len(self):
            raise IndexError(f"instant {instant} of {len(self)}")
        instant %= len(self)
        return tuple(
            View(
                camera,
                instant + 1,
                instant / self.rate,
                self.detections[index][instant],
                partial(self.render, index, instant) if self.images else None,
            )
            for index, camera in enumerate(self.cameras)
        )

    def __iter__(self) -> Iterator[tuple[View, ...]]:
        return (self.at(instant) for instant in range(len(self)))

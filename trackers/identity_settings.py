"""How people are recognised: all that can be set."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class IdentitySettings:
    """How people are recognised.

    Args:
        threshold: cosine distance above which an entrant is nobody known; None: learned while
            tracking from people who are certainly the same or certainly different (see
            `DistanceStatistics`).
        correct: seconds for which a decision, which the first images lead to at once, is
            provisional: it is made anew, for everybody whose identity is open, with the newest
            images. 0: the first is final.
        margin: share of the threshold by which another identity must be nearer than the present
            one to replace it, or, of somebody who is away, to cast doubt on it.
        interval: seconds between images of people who are close to each other, or in doubt.
        refresh: seconds between images of everybody else.
        alert: seconds for which people are watched after they were close to somebody, or no
            camera detected them.
        doubts: images in a row, unlike the person whose identity the track has, that reopen the
            question who it is: two people may have been mistaken for each other.
        rivals: number of people who are away, the latest, of whom each may turn out to be the one
            whom a track follows: somebody entered where somebody left. 0: only those present.
        quality: least share of a person that an image shows, neither hidden nor cut off.
        height: least height of an image, pixels.
        gallery: images kept of each identity.
        neighbours: nearest images that count in a comparison.
        settled: seconds; only older images serve to learn how far images of one person lie apart.
        absence: seconds after which somebody who left is not recognised any more. Some recordings
            are annotated so: who comes back is somebody new.
        weight: greatest evidence, nats, that appearance gives when a detection could be either
            of two people; 0: position decides alone, and no image is embedded for it.

    Raises:
        ValueError: a value outside its range.
    """

    threshold: float | None = None
    correct: float = 5.0
    margin: float = 0.1
    interval: float = 0.2
    refresh: float = 1.0
    alert: float = 1.5
    doubts: int = 3
    rivals: int = 30
    quality: float = 0.7
    height: float = 40.0
    gallery: int = 24
    neighbours: int = 3
    settled: float = 3.0
    absence: float = float("inf")
    weight: float = 3.0

    def __post_init__(self) -> None:
        if self.threshold is not None and not 0 < self.threshold < 2:
            raise ValueError(f"threshold {self.threshold}: a cosine distance lies in (0, 2)")
        for name in ("correct", "margin", "absence"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} {getattr(self, name)}: expected 0 or more")

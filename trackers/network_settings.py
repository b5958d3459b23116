"""What is assumed of people in a network of cameras that do not overlap."""

from __future__ import annotations

from dataclasses import dataclass

from .travel import Way


@dataclass(frozen=True)
class NetworkSettings:
    """How people are recognised who walk from camera to camera.

    Args:
        threshold: cosine distance above which an entrant is nobody known; None: learned while
            tracking, see `Recognition`.
        known: probability, before anything was seen, that an entrant has been seen before.
        images: images of an entrant before a decision.
        sure: probability from which a decision does not wait for more images.
        decide: seconds after which the likeliest is decided, however sure.
        interval: seconds between images of an entrant.
        refresh: seconds between images of a person whose identity is settled.
        alert: seconds for which people are watched after they were close to each other.
        doubts: images in a row, unlike the person whose identity the track has, after which the
            track is taken to follow somebody else; 0: never.
        quality: least share of a person that an image shows, neither hidden nor cut off.
        height: least height of an image, pixels.
        gallery: images kept of each identity.
        neighbours: nearest images that count in a comparison.
        people: identities kept; of more, the one who has been away longest is forgotten.
        settled: seconds; only older images serve to learn how far images of one person lie apart.
        weight: greatest evidence, nats, that appearance gives when a detection could be either
            of two people in one camera; 0: position decides alone.
        lost: seconds without detection after which somebody may be elsewhere already.
        travel: greatest evidence, nats, of where an entrant would have come from and how long it
            took; 0: appearance decides alone.
        ways: which cameras are neighbours, as (camera, camera, least, usual greatest seconds);
            (): learned alone.
        least: seconds that the way between two cameras takes at least, where no ways are given.
    """

    threshold: float | None = None
    known: float = 0.8
    images: int = 2
    sure: float = 0.95
    decide: float = 2.0
    interval: float = 0.2
    refresh: float = 1.0
    alert: float = 1.5
    doubts: int = 3
    quality: float = 0.7
    height: float = 40.0
    gallery: int = 24
    neighbours: int = 3
    people: int = 1000
    settled: float = 3.0
    weight: float = 3.0
    lost: float = 0.3
    travel: float = 3.0
    ways: tuple[Way, ...] = ()
    least: float = 0.0

    def __post_init__(self) -> None:
        if self.threshold is not None and not 0 < self.threshold < 2:
            raise ValueError(f"threshold {self.threshold}: a cosine distance lies in (0, 2)")
        if not 0.5 <= self.sure <= 1:
            raise ValueError(f"sure {self.sure}: a probability between 0.5 and 1 is expected")
        if self.images < 1:
            raise ValueError("images must be at least 1")

"""What is assumed when cameras are tracked by themselves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CameraSettings:
    """What the single-camera tracker assumes of people, cameras and detectors.

    Lengths are counted in heights of the person's box, so that nothing depends on the camera's
    resolution; evidence in nats, natural logarithms of odds; time in seconds, so that nothing
    depends on the frame rate.

    Args:
        jitter: standard deviation of a box's edge, heights, before it was learned from the
            detections (see `Scatter`).
        posture: standard deviations of centre x, y, width and height about what somebody's
            walk alone would give, heights: strides, arms, bending.
        acceleration: spectral density of the acceleration, heights^2/s^3.
        growth: spectral density of the rates of change of the logarithms of width and height,
            1/s^3.
        damping: decay of all rates, 1/s.
        speed: standard deviation of a new person's velocity, heights/s.
        growing: standard deviation of a new person's rates of growth, 1/s.
        cut: an edge this close to the image's border, heights, may be cut off by it.
        detection: chance that a person in full view is detected.
        clutter: detections that are no known person, per squared height.
        gate: greatest squared Mahalanobis distance of a detection from a track.
        tentative: handicap of tracks not yet confirmed in the assignment, nats.
        doubt: a detection that suits two people equally well within this, nats, is compared
            with both by appearance.
        doubled: IoU with a tracked person's detection above which a further one is no new person.
        hit: evidence of a detection whose score is one half, nats.
        memory: seconds after which a hit is news again: detectors are deceived for several
            frames running.
        lapse: seconds after which a miss is news again: so do they fail, and things hide people.
        patience: seconds without a detection that undo full certainty.
        leaving: the same for a person who walks out of the image.
        outward: speed at the image's border that counts as walking out, heights/s.
        certain: greatest evidence, nats.
        confirm: evidence at which a track is a person.
        delete: evidence at which it is given up.
        prior: evidence of the first detection of a track whose score is one half, nats.
        coast: seconds for which a person who is not detected is still reported, while the
            evidence is positive and the box in the image.
        returning: whether people are recognised who walked out of the image and come back. Off,
            as the truth of single cameras is annotated (MOTChallenge): they have a new number
            then, and only who was lost inside the image is recognised. Of no meaning to
            `NetworkTracker`.
        crowd: IoU of two people above which they may be mistaken for each other.
        stir: heights by which somebody must have moved who is certainly no thing (see `Scenery`).
        settle: seconds after which a track that has not moved may be a thing.
        renewal: weight of the latest score in the mean of a track's scores.
    """

    jitter: float = 0.06
    posture: tuple[float, float, float, float] = (0.04, 0.03, 0.10, 0.06)
    acceleration: float = 0.06
    growth: float = 0.005
    damping: float = 0.2
    speed: float = 0.5
    growing: float = 0.1
    cut: float = 0.03
    detection: float = 0.9
    clutter: float = 0.01
    gate: float = 20.0
    tentative: float = 3.0
    doubt: float = 6.0
    doubled: float = 0.6
    hit: float = 1.5
    memory: float = 0.2
    lapse: float = 1.0
    patience: float = 2.0
    leaving: float = 0.5
    outward: float = 0.1
    certain: float = 6.0
    confirm: float = 1.5
    delete: float = -4.0
    prior: float = -2.0
    coast: float = 0.6
    returning: bool = False
    crowd: float = 0.1
    stir: float = 0.5
    settle: float = 1.0
    renewal: float = 0.1

    def __post_init__(self) -> None:
        if (
            min(self.jitter, self.patience, self.leaving, self.memory, self.lapse, *self.posture)
            <= 0
        ):
            raise ValueError("jitter, posture, patience, leaving, memory, lapse must be positive")
        if not 0 < self.detection < 1:
            raise ValueError(f"detection {self.detection}: a chance between 0 and 1 is expected")

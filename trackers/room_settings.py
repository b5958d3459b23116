"""What is assumed of people, cameras and detectors in a room."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RoomSettings:
    """What the room tracker assumes of people, cameras and detectors.

    The evidence for and against a person is counted in nats: natural logarithms of odds.

    Args:
        acceleration: spectral density of people's acceleration, m^2/s^3.
        damping: decay of the velocity, 1/s; 0 for constant velocity.
        speed: standard deviation of a new person's velocity, m/s.
        detection: chance that a camera detects a person in full view.
        clutter: detections that are no known person, per square metre and view.
        height: of a standing person, metres.
        gate: greatest squared Mahalanobis distance of a detection from a track.
        sweeps: rounds over the cameras in the joint assignment.
        slack: metres by which cameras disagree beyond their noise.
        tentative: handicap of tracks not yet confirmed in the assignment, nats.
        misfit: weight of a box whose size does not suit its place, nats per unit of chi-squared.
        misfit_limit: chi-squared beyond which a box is no worse.
        hit: evidence of a detection, nats.
        memory: seconds after which a camera's hit or miss is news again: detectors fail, and
            are deceived, for several frames running.
        patience: seconds without any detection that undo full certainty.
        certain: greatest evidence, nats.
        confirm: evidence at which a track is a person.
        delete: evidence at which it is given up.
        prior: evidence of the first detection of a track.
        agreement: evidence of each further camera that sees a new person at the same place.
        group_gate: squared Mahalanobis distance up to which unexplained detections are one person.
        birth_gate: squared Mahalanobis distance within which a track that no camera sees beside
            the new one is taken to be the same person: no track is opened.
        exclusion: the same in metres: bodies do not come closer.
        merge: evidence, nats, at which two tracks that no camera sees apart are one person.
        coast: seconds for which a person whom no camera sees is still reported.
        recall: seconds for which a camera that no longer detects somebody is still said to see
            the person, in the box predicted; 0: only where there is a detection.
        unseen: but not if the cameras that should see the person make it this unlikely, nats.
        doubt: a detection whose position speaks for one person rather than another by less than
            this, nats, is compared with both by appearance.
        crowd: metres between people below which they may be mistaken for each other.
        margin: metres outside the region of interest within which people are tracked, not
            reported.

    Raises:
        ValueError: a negative `recall`.
    """

    acceleration: float = 0.1
    damping: float = 0.1
    speed: float = 0.8
    detection: float = 0.85
    clutter: float = 0.004
    height: float = 1.70
    gate: float = 16.0
    sweeps: int = 3
    slack: float = 0.1
    tentative: float = 3.0
    misfit: float = 0.35
    misfit_limit: float = 9.0
    hit: float = 3.0
    memory: float = 0.5
    patience: float = 1.0
    certain: float = 6.0
    confirm: float = 3.0
    delete: float = -4.0
    prior: float = -1.5
    agreement: float = 4.0
    group_gate: float = 9.0
    birth_gate: float = 9.0
    exclusion: float = 0.8
    merge: float = -4.0
    coast: float = 0.3
    recall: float = 0.6
    unseen: float = -1.0
    doubt: float = 3.0
    crowd: float = 1.0
    margin: float = 1.0

    def __post_init__(self) -> None:
        if not self.recall >= 0:
            raise ValueError(f"recall {self.recall}: expected 0 seconds or more")

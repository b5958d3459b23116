"""Who an entrant of a network of cameras may be: by looks, ways and where people have been."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .network_settings import NetworkSettings
from .network_visits import Choice
from .recognition import Recognition
from .travel import TravelTimes
from .whereabouts import Stay, Whereabouts

Floats = NDArray[np.float64]


class Chances:
    """How likely somebody is each of the known people; learned from what is decided.

    Args:
        settings: how people are recognised.
        default: the embedder's threshold, cosine distance; None: it has none.
    """

    def __init__(self, settings: NetworkSettings, default: float | None) -> None:
        self.settings = settings
        self.recognition = Recognition(default, known=settings.known)
        self.travel = TravelTimes(settings.ways, settings.least, settings.travel)
        self.where = Whereabouts(self.travel)

    @property
    def threshold(self) -> float:
        """The distance at which two images of one person and of two are equally likely."""
        fixed = self.settings.threshold
        return self.recognition.threshold if fixed is None else fixed

    def weigh(self, stay: Stay, candidates: list[int], distances: Floats) -> Choice:
        """How likely an entrant is each of those who can have been here.

        Args:
            stay: the entrant's.
            candidates: known people.
            distances: (candidates,) of the entrant's images to theirs.

        Returns:
            the possible ones; with a fixed threshold, the nearest or nobody is certain.
        """
        can = [k for k, i in enumerate(candidates) if self.where.possible(i, stay)]
        possible = [candidates[k] for k in can]
        near = distances[can]
        travel = self.travel.evidence([self.where.journey(i, stay) for i in possible], stay.camera)
        if self.settings.threshold is None:
            chances = self.recognition.probabilities(near, travel)
        else:
            chances = np.zeros(len(near) + 1)
            chances[int(np.argmin(np.append(near, self.settings.threshold)))] = 1.0
        return Choice(possible, near, travel, chances)

    def twin(self, candidates: list[int], distances: Floats) -> int | None:
        """The likeliest of these people, if surely they and no stranger, by looks; None: nobody.

        Args:
            candidates: known people.
            distances: (candidates,) of somebody's images to theirs.
        """
        chances = self.recognition.probabilities(distances, np.zeros(len(candidates)))
        if len(candidates) == 0 or not chances[:-1].any():
            return None
        best = int(np.argmax(chances[:-1]))
        fixed = self.settings.threshold
        if fixed is not None and distances[best] > fixed:
            return None
        if chances[best] < self.settings.sure * (chances[best] + chances[-1]):
            return None
        return candidates[best]

    def learn(self, stay: Stay, choice: Choice) -> None:
        """Take in what was known of an entrant about whom it has been decided."""
        self.recognition.learn(choice.distances, choice.travel)
        chances = self.recognition.probabilities(choice.distances, choice.travel)
        for identity, chance in zip(choice.candidates, chances, strict=False):
            journey = self.where.journey(identity, stay)
            if journey is not None:
                self.travel.learn(journey, float(chance))

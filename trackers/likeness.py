"""How alike images of one person are, and of two: learned while tracking, used at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .gallery import DistanceStatistics, Gallery
from .identity_settings import IdentitySettings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Vectors = NDArray[np.float32]


class Likeness:
    """Which distances speak for the same person, learned from the people who are present.

    Args:
        gallery: images of people.
        settings: how people are recognised.
        default: threshold until enough has been learned, cosine distance.
    """

    def __init__(self, gallery: Gallery, settings: IdentitySettings, default: float) -> None:
        self.gallery, self.settings = gallery, settings
        self.several = DistanceStatistics(default)
        """Of all images of a person at one instant together."""
        self.single = DistanceStatistics()
        """Of single images."""

    @property
    def reliable(self) -> bool:
        """Whether distances may call in question who somebody is."""
        return self.settings.threshold is not None or self.several.reliable

    def threshold(self, candidates: int) -> float:
        """The threshold in force: the given one, or the one learned so far."""
        given = self.settings.threshold
        return self.several.threshold(candidates) if given is None else given

    def returned(self, away: Floats, threshold: float) -> bool:
        """Whether images are so like somebody who is away that they may show that person.

        Half way from images of one person to the threshold: images are looked at again and again.

        Args:
            away: (people, k) distances of the images to people who are away.
            threshold: the one in force, cosine distance.
        """
        if not self.reliable or len(away) == 0:
            return False
        mean = self.several.same[1]
        return bool(away.mean(axis=1).min() < (mean + threshold) / 2)

    def stranger(self, threshold: float, lasting: bool = False) -> float:
        """The distance from which images are as unlike a person as most other people's are.

        Args:
            threshold: the one in force, which is the least.
            lasting: whether the images have been unlike the person for long; then, too, such as
                are farther than images of one person ever are.
        """
        limit = self.several.stranger
        if lasting:
            limit = min(limit, self.several.farthest)
        return max(threshold, limit)

    def evidence(self, vectors: Vectors, identities: Sequence[int]) -> Floats:
        """Log-likelihood ratios (identities, k) that images (k, d) show these people."""
        limit = self.settings.weight
        distances = self.gallery.table(vectors, identities).T
        return np.clip(self.single.log_ratio(distances), -limit, limit)

    def measure(self, identity: int, vectors: Vectors, others: Floats, time: float) -> None:
        """Learn how far images of one person, and of two, lie apart.

        Args:
            identity: whom the images show.
            vectors: (k, d) images.
            others: (people, k) their distances to people who are certainly others.
            time: seconds, now.
        """
        same = self.gallery.each(identity, vectors, time - self.settings.settled)
        if len(same) == 0:
            return
        self.several.add_same(float(same.mean()))
        self.single.add_same(same)
        if len(others):
            self.several.add_different(others.mean(axis=1))
            self.single.add_different(others)

    def doubtful(self, own: float, present: float, away: float, threshold: float) -> bool:
        """Whether images are so unlike a person that they may show another.

        Args:
            own: mean cosine distance of the images to the person.
            present: to the nearest of the others present; inf: there is none.
            away: to the nearest of those who are away, who must be clearly nearer; or inf.
            threshold: the one in force, cosine distance.
        """
        nearest = min(present, away + self.settings.margin * threshold)
        return self.reliable and own > min(threshold, nearest)


def nearest_people(
    distances: Floats, group: Ints, own: Sequence[int], present: int
) -> tuple[list[float], list[float], list[float]]:
    """Of several sets of images, to whom they lie nearest: the means over each set.

    Args:
        distances: (people, k) cosine distances to each image.
        group: (k,) which set each image belongs to, 0 to g - 1, none empty.
        own: of each of the g sets the row of the person whom it should show; -1: nobody.
        present: so many people, from the first, are present; the others are away.

    Returns:
        g mean distances to the set's own person (NaN: nobody), to the nearest other person
        present, and to the nearest who is away (inf: there is none).
    """
    member = group[:, None] == np.arange(len(own))
    means = distances @ member / member.sum(axis=0)
    rows, columns = np.asarray(own, dtype=np.int64), np.arange(len(own))
    mine = np.full(len(own), np.nan)
    columns, rows = columns[rows >= 0], rows[rows >= 0]
    mine[columns] = means[rows, columns]
    means[rows, columns] = np.inf
    here = means[:present].min(axis=0, initial=np.inf)
    away = means[present:].min(axis=0, initial=np.inf)
    return mine.tolist(), here.tolist(), away.tolist()

"""A threshold for an embedder, from how far pictures of one person lie apart, and of two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from .distance_pairs import Distances

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ENOUGH = 20
"""Distances of a kind below which nothing can be said of their distribution."""
ONE_DEVIATION = float(ndtr(-1.0))
"""The share of a normal distribution below one deviation under its middle: 15.9%."""
FEWEST = 4
"""People below which drawing them anew says nothing."""


@dataclass(frozen=True)
class Bell:
    """A normal distribution in two halves, each with a deviation of its own.

    Fitted by its middle and the quantiles one deviation off, so that a few wrong values, however
    far out, change little.

    Args:
        middle: the median.
        below, above: deviations of the two halves.
        count: values fitted.

    >>> bell = Bell(0.3, 0.05, 0.1, 1000)
    >>> round(bell.share_below(0.4), 3), round(bell.quantile(0.1587), 3)
    (0.841, 0.25)
    """

    middle: float
    below: float
    above: float
    count: int

    @classmethod
    def fitted(cls, values: ArrayLike, weights: ArrayLike | None = None) -> Bell:
        """To values (n,), with weights (n,) of any sum above 0.

        Raises:
            ValueError: no value, or no weight.
        """
        v = np.asarray(values, dtype=np.float64)
        w = np.ones(len(v)) if weights is None else np.asarray(weights, dtype=np.float64)
        if not len(v) or not w.sum() > 0:
            raise ValueError("a distribution is fitted to at least one value")
        low, middle, high = weighted_quantiles(v, w, [ONE_DEVIATION, 0.5, 1 - ONE_DEVIATION])
        return cls(middle, max(middle - low, 1e-4), max(high - middle, 1e-4), len(v))

    def share_below(self, value: float) -> float:
        """The share of the distribution below a value."""
        return float(ndtr((value - self.middle) / self._deviation(value < self.middle)))

    def quantile(self, share: float) -> float:
        """The value below which a share of the distribution lies, 0 < share < 1."""
        return float(self.middle + ndtri(share) * self._deviation(share < 0.5))

    def density(self, values: Floats) -> Floats:
        """(n,) of values (n,), each half with the mass 1/2: it may jump in the middle."""
        deviation = np.where(values < self.middle, self.below, self.above)
        z = (values - self.middle) / deviation
        return np.asarray(np.exp(-0.5 * z**2) / (deviation * np.sqrt(2 * np.pi)))

    def _deviation(self, lower: bool) -> float:
        return self.below if lower else self.above


def weighted_quantiles(values: Floats, weights: Floats, shares: list[float]) -> list[float]:
    """Values below which these shares of the weight lie, linear between midpoints.

    >>> weighted_quantiles(np.array([3.0, 1, 2]), np.ones(3), [0.5, 1 / 3])
    [2.0, 1.5]
    """
    order = np.argsort(values)
    v, w = values[order], weights[order]
    centre = (np.cumsum(w) - 0.5 * w) / w.sum()
    used = w > 0
    return [float(value) for value in np.interp(shares, centre[used], v[used])]


@dataclass(frozen=True)
class Calibration:
    """A threshold, and how it was found. All distances are cosine distances.

    Args:
        threshold: two sets nearer than this are taken for one person.
        low, high: between which it lies with 95%, by drawing the people anew; NaN with fewer
            people than `FEWEST`.
        false_accepts: wanted chance that one comparison of two people falls below it.
        accepted: share of the compared pairs of two people that do.
        refused: share of the compared pairs of one person that do not.
        expected_refused: the same by the fit.
        equal_error: where as many of one person's are refused as of two people's accepted, by
            the fit: that share.
        equal_threshold: the distance at which it is so.
        same, different: the fits.
        people: tracks that took part.
    """

    threshold: float
    low: float
    high: float
    false_accepts: float
    accepted: float
    refused: float
    expected_refused: float
    equal_error: float
    equal_threshold: float
    same: Bell
    different: Bell
    people: int


def calibrate(
    same: Distances,
    different: Distances,
    person: Ints,
    false_accepts: float = 0.01,
    rng: np.random.Generator | None = None,
    rounds: int = 200,
) -> Calibration:
    """The threshold at which so many comparisons of two people are taken for one.

    Its uncertainty comes from people, not from pairs, which are far from independent: people are
    drawn anew with replacement, and a pair counts as often as both its people together
    (Owen 2007, The pigeonhole bootstrap, section 4).

    Args:
        same, different: what was measured.
        person: (n,) of each row that they refer to.
        false_accepts: 0 to 1/2, for one comparison; with m people to compare with, about m times
            as many of those who enter are mistaken.
        rng: for the uncertainty; None: a fixed one.
        rounds: drawings.

    Raises:
        ValueError: fewer than `ENOUGH` distances of a kind, or a share out of range.
    """
    if not 0 < false_accepts < 0.5:
        raise ValueError(f"false accepts of {false_accepts}: expected a share between 0 and 0.5")
    for kind, found in (("one person", same), ("two people", different)):
        if len(found) < ENOUGH:
            raise ValueError(
                f"{len(found)} comparisons of {kind}, and at least {ENOUGH} are needed: a longer"
                " recording, or one with more people at once"
            )
    one, two = Bell.fitted(same.values), Bell.fitted(different.values)
    threshold = _kept_inside(two.quantile(false_accepts))
    drawn = _drawn_anew(different, person, false_accepts, rng or np.random.default_rng(0), rounds)
    low, high = np.quantile(drawn, [0.025, 0.975]) if drawn else (np.nan, np.nan)
    rate, where = equal_error(one, two)
    numbers = np.unique(person[np.concatenate([same.first, different.first, different.second])])
    return Calibration(
        threshold,
        float(low),
        float(high),
        false_accepts,
        accepted=float((different.values < threshold).mean()),
        refused=float((same.values >= threshold).mean()),
        expected_refused=1 - one.share_below(threshold),
        equal_error=rate,
        equal_threshold=where,
        same=one,
        different=two,
        people=len(numbers),
    )


def equal_error(same: Bell, different: Bell) -> tuple[float, float]:
    """The share of errors of both kinds at the distance at which the two are alike; and where.

    >>> rate, where = equal_error(Bell(0.2, 0.1, 0.1, 9), Bell(0.6, 0.1, 0.1, 9))
    >>> round(rate, 4), round(where, 3)
    (0.0228, 0.4)
    """

    def excess(value: float) -> float:
        return different.share_below(value) - (1 - same.share_below(value))

    reach = 10 * max(same.below, same.above, different.below, different.above)
    ends = min(same.middle, different.middle) - reach, max(same.middle, different.middle) + reach
    where = float(brentq(excess, *ends))
    return different.share_below(where), where


def _drawn_anew(
    different: Distances, person: Ints, share: float, rng: np.random.Generator, rounds: int
) -> list[float]:
    """Thresholds of people drawn with replacement."""
    first, second = person[different.first], person[different.second]
    people, place = np.unique(np.concatenate([first, second]), return_inverse=True)
    i, j = place[: len(first)], place[len(first) :]
    found: list[float] = []
    for _ in range(rounds if len(people) >= FEWEST else 0):
        times = np.bincount(rng.integers(len(people), size=len(people)), minlength=len(people))
        weights = times[i] * times[j]
        if weights.any():
            bell = Bell.fitted(different.values, weights)
            found.append(_kept_inside(bell.quantile(share)))
    return found


def _kept_inside(threshold: float) -> float:
    """A cosine distance that a tracker takes: between 0 and 2."""
    return float(np.clip(threshold, 1e-3, 1.999))

"""Learning rates over the epochs of training."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

Per = Literal["epoch", "iteration"]


@dataclass(frozen=True)
class WarmupSteps:
    """A linear rise, then a constant rate that drops after given epochs.

    Luo et al. 2019, section 3.1, equation 1, is `WarmupSteps(3.5e-4, steps=(40, 70))` for 120
    epochs. (The equation prints 3.5e-5 t/10; its text and figure 3 end the rise at 3.5e-4.)
    Lawen et al. 2019, equation 5, is `WarmupSteps(0.03, steps=(150, 225))` for 350 epochs. The code
    of Luo et al. starts the rise at a hundredth and drops one epoch earlier with today's PyTorch:
    `WarmupSteps(3.5e-4, steps=(39, 69), start=0.01)`.

    Attributes:
        rate: learning rate after the rise.
        warmup: epochs of the rise, or a part of one; 0: none.
        steps: the rate drops after each of these epochs: epoch `steps[0]` is the last before. A
            drop within an epoch, such as 1.5, is seen per iteration.
        factor: by how much it drops, 0 to 1.
        per: "epoch": one rate throughout an epoch; "iteration": the rise is continuous.
        start: the rise begins at this fraction of the rate, at the time 0, before epoch 1.

    Raises:
        ValueError: a setting out of its range; the message names it.

    >>> luo = WarmupSteps(3.5e-4, steps=(40, 70))
    >>> [f"{luo(epoch):.3g}" for epoch in (1, 2, 10, 40, 41, 70, 71)]
    ['3.5e-05', '7e-05', '0.00035', '0.00035', '3.5e-05', '3.5e-05', '3.5e-06']
    """

    rate: float
    warmup: float = 10
    steps: tuple[float, ...] = ()
    factor: float = 0.1
    per: Per = "epoch"
    start: float = 0.0

    def __post_init__(self) -> None:
        _check_rate(self.rate)
        _check_per(self.per)
        if self.warmup < 0:
            raise ValueError(f"warmup is {self.warmup} epochs: expected 0 or more")
        if any(a >= b for a, b in pairwise(self.steps)) or any(s <= 0 for s in self.steps):
            raise ValueError(f"steps are {self.steps}: expected rising epochs above 0")
        if self.steps and self.steps[0] < self.warmup:
            raise ValueError(f"the first step, {self.steps[0]}, is within warmup {self.warmup}")
        if not 0 < self.factor <= 1:
            raise ValueError(f"factor is {self.factor}: expected above 0, at most 1")
        if not 0 <= self.start <= 1:
            raise ValueError(f"start is {self.start}: expected 0 to 1")

    def __call__(self, epoch: float) -> float:
        """The learning rate.

        Args:
            epoch: counted from 1 as in the papers. Epoch t is the time from t - 1 (excluded) to t:
                iteration i (from 0) of the n of epoch t has t - 1 + (i + 1) / n, see `at`.

        Raises:
            ValueError: not above 0.
        """
        if not 0 < epoch < math.inf:
            raise ValueError(f"epoch is {epoch}: epochs count from 1")
        if self.per == "epoch":
            epoch = math.ceil(epoch)
        drops = sum(epoch > step for step in self.steps)
        if epoch < self.warmup:
            return self.rate * (self.start + (1 - self.start) * epoch / self.warmup)
        return self.rate * self.factor**drops

    def at(self, epoch: int, batch: int, batches: int) -> float:
        """The learning rate of a batch, see `CyclicCosine.at`.

        >>> WarmupSteps(0.03, warmup=2, per="iteration").at(epoch=1, batch=0, batches=10)
        0.0015
        """
        _check_batch(epoch, batch, batches)
        return self(epoch - 1 + (batch + 1) / batches)

    def shortened(self, times: float) -> WarmupSteps:
        """The same in so many times fewer epochs, the rise and the drops within them too.

        >>> found = WarmupSteps(3.5e-4, steps=(40, 70)).shortened(20)
        >>> found.warmup, found.steps, found.per
        (0.5, (2.0, 3.5), 'iteration')
        """
        steps = tuple(step / times for step in self.steps)
        return replace(self, warmup=self.warmup / times, steps=steps, per="iteration")


@dataclass(frozen=True)
class CyclicCosine:
    """Cycles from a high rate down to a low one; each next cycle starts lower.

    Lawen et al. 2019, section 3.1 (SWAG): 15 cycles of 35 epochs with decay 0.7, after the base
    training; the weights at the end of each cycle are collected. In cycle k and t epochs into it
    the rate is `least + (rate * decay**k - least) * (1 + cos(pi * t / length)) / 2`. The paper does
    not give the first rate, the least, whether the rate changes within an epoch, nor whether the
    weights before the first cycle are collected.

    Attributes:
        rate: peak of the first cycle.
        cycles: how many.
        length: epochs of a cycle.
        decay: of the peak from cycle to cycle, 0 to 1.
        least: the rate at a cycle's end, and throughout a cycle whose peak would lie below it.
        per: "iteration": falls with every batch; "epoch": one rate throughout an epoch.
        counts_start: the weights before the first cycle are collected too.

    Raises:
        ValueError: a setting out of its range; the message names it.

    >>> lawen = CyclicCosine(0.03)
    >>> [f"{lawen(epoch):.3g}" for epoch in (0, 17.5, 35, 70, 490)]
    ['0.03', '0.015', '0.021', '0.0147', '0.000203']
    >>> lawen.epochs, lawen.ends()[:3], len(lawen.ends())
    (525, (35, 70, 105), 15)
    """

    rate: float
    cycles: int = 15
    length: int = 35
    decay: float = 0.7
    least: float = 0.0
    per: Per = "iteration"
    counts_start: bool = False

    def __post_init__(self) -> None:
        _check_rate(self.rate)
        _check_per(self.per)
        if self.cycles < 1 or self.length < 1:
            raise ValueError(f"cycles {self.cycles} and length {self.length} must be at least 1")
        if not 0 < self.decay <= 1:
            raise ValueError(f"decay is {self.decay}: expected above 0, at most 1")
        if not 0 <= self.least <= self.rate:
            raise ValueError(f"least is {self.least}: expected 0 to the rate {self.rate}")

    @property
    def epochs(self) -> int:
        """Length of all cycles in epochs."""
        return self.cycles * self.length

    def __call__(self, epoch: float) -> float:
        """The learning rate.

        Args:
            epoch: time in epochs since the first cycle began, from 0 to `epochs` (excluded).

        Raises:
            ValueError: outside of that.
        """
        if not 0 <= epoch < self.epochs:
            raise ValueError(
                f"epoch is {epoch}: the cycles last from 0 to {self.epochs} (excluded)"
            )
        if self.per == "epoch":
            epoch = math.floor(epoch)
        cycle = int(epoch // self.length)
        time = (epoch - cycle * self.length) / self.length
        peak = max(self.rate * self.decay**cycle, self.least)
        return self.least + (peak - self.least) * (1 + math.cos(math.pi * time)) / 2

    def at(self, epoch: int, batch: int, batches: int) -> float:
        """The learning rate of a batch.

        Args:
            epoch: from 1.
            batch: from 0, within the epoch.
            batches: how many the epoch has.

        Raises:
            ValueError: a batch that the epoch does not have, or an epoch that is not there.
        """
        _check_batch(epoch, batch, batches)
        return self(epoch - 1 + batch / batches)

    def ends(self) -> tuple[int, ...]:
        """How many epochs are over whenever weights are collected: at the end of each cycle."""
        first = 0 if self.counts_start else 1
        return tuple(self.length * k for k in range(first, self.cycles + 1))


def _check_rate(rate: float) -> None:
    if not 0 < rate < math.inf:
        raise ValueError(f"rate is {rate}: expected a learning rate above 0")


def _check_per(per: str) -> None:
    if per not in ("epoch", "iteration"):
        raise ValueError(f"per is {per!r}: expected 'epoch' or 'iteration'")


def _check_batch(epoch: int, batch: int, batches: int) -> None:
    if epoch < 1:
        raise ValueError(f"epoch is {epoch}: epochs count from 1")
    if not 0 <= batch < batches:
        raise ValueError(f"batch is {batch} of {batches}: expected 0 to {batches - 1}")

"""A recipe: everything that the result of a training depends on, apart from the pictures."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any, Literal

import torch
from torch import nn

from ..models import StrongBaseline
from .augment import Augmentation
from .objective import Objective
from .schedules import CyclicCosine, WarmupSteps

Network = Callable[..., nn.Module]
"""A class or function of networks, or a `functools.partial` of one with some arguments given."""

STEP = 16
"""Pixels of which the sides of scaled pictures are multiples: all networks here take these."""


@dataclass(frozen=True)
class BatchSize:
    """P identities with K images each: Hermans et al. 2017; Luo et al. 2019, section 2.

    Args:
        identities: P, at least 2.
        images: K, at least 1.

    Raises:
        ValueError: fewer.
    """

    identities: int = 16
    images: int = 4

    def __post_init__(self) -> None:
        if self.identities < 2 or self.images < 1:
            raise ValueError(f"{self}: expected 2 identities or more and 1 image or more")

    def __len__(self) -> int:
        return self.identities * self.images


@dataclass(frozen=True)
class Optimiser:
    """How weights follow gradients.

    Args:
        kind: "adam", or "sgd" with momentum.
        momentum: of SGD.
        decay: L2 weight decay on everything that is trained, biases and normalisation included.
        clip: the largest norm that a gradient keeps; None: no limit.

    Raises:
        ValueError: an unknown kind or a value out of range.
    """

    kind: Literal["adam", "sgd"] = "adam"
    momentum: float = 0.9
    decay: float = 5e-4
    clip: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in ("adam", "sgd"):
            raise ValueError(f"kind is {self.kind!r}: expected 'adam' or 'sgd'")
        if not 0 <= self.momentum < 1 or self.decay < 0:
            raise ValueError(f"momentum is {self.momentum}, decay {self.decay}: out of range")
        if self.clip is not None and self.clip <= 0:
            raise ValueError(f"clip is {self.clip}: expected more than 0, or None")


@dataclass(frozen=True)
class Averaging:
    """SWAG after the last epoch: Maddox et al. 2019; Lawen et al. 2019, section 3.1.

    Args:
        schedule: learning rates of the additional epochs; weights are collected at the end of
            each cycle.
        collect: False runs the additional epochs and keeps the last weights (the row "+LR
            scheme" of Lawen et al., table 4).
        samples: 0 gives one network with the mean of the weights; S > 0 gives S networks drawn
            about it whose vectors are averaged, at S times the cost.
        scale: of the variance of the samples.

    Raises:
        ValueError: a negative number of samples or scale.
    """

    schedule: CyclicCosine = field(default_factory=partial(CyclicCosine, rate=0.03))
    collect: bool = True
    samples: int = 0
    scale: float = 1.0

    def __post_init__(self) -> None:
        if self.samples < 0 or self.scale < 0:
            raise ValueError(f"samples is {self.samples}, scale {self.scale}: expected at least 0")


@dataclass(frozen=True)
class Recipe:
    """Everything that the result of a training depends on, apart from the pictures.

    A recipe differs from another by `dataclasses.replace`. The defaults are the standard
    baseline's (Luo et al. 2019, section 2).

    Args:
        network: called with the keyword `identities`, gives a module with the properties
            `input_size`, the (height, width) of its pictures, and `arguments`, with which its
            class makes it again (but for weights). Arguments are given with
            `functools.partial`.
        batch: P x K.
        augmentation: of the pictures.
        objective: the losses.
        optimiser: of the weights.
        schedule: the learning rate of each epoch, counted from 1.
        epochs: how many, without those of `averaging`.
        averaging: None: the weights after the last epoch are the result.
        precision: of the arithmetic; "bf16" and "fp16" keep the weights in float32.
        teacher: an embedder that knows better, whose vectors the network learns too, as far as
            `objective.teacher` weighs them: what `load_embedder` takes. None: none.
        seed: of the first weights, the batches and the augmentation.

    Raises:
        ValueError: no epochs, or an unknown precision.

    >>> from dataclasses import replace
    >>> from reid_mot.models import HACNN
    >>> replace(Recipe(), network=HACNN, epochs=3).to_json()["network"]
    {'class': 'reid_mot.models.hacnn:HACNN', 'arguments': {}}
    """

    network: Network = StrongBaseline
    batch: BatchSize = field(default_factory=BatchSize)
    augmentation: Augmentation = field(default_factory=partial(Augmentation, erase=0))
    objective: Objective = field(default_factory=Objective)
    optimiser: Optimiser = field(default_factory=Optimiser)
    schedule: WarmupSteps = field(
        default_factory=partial(WarmupSteps, rate=3.5e-4, warmup=0, steps=(40, 70))
    )
    epochs: int = 120
    averaging: Averaging | None = None
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    teacher: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise ValueError(f"epochs is {self.epochs}: expected 1 or more")
        if self.precision not in ("fp32", "bf16", "fp16"):
            raise ValueError(f"precision is {self.precision!r}: expected 'fp32', 'bf16' or 'fp16'")

    @property
    def all_epochs(self) -> int:
        """Epochs with those of `averaging`."""
        if self.averaging is None:
            return self.epochs
        return self.epochs + self.averaging.schedule.epochs

    def shortened(self, times: float) -> Recipe:
        """The same recipe with so many times fewer epochs: of all phases, at least one epoch each.

        Args:
            times: at least 1.

        Raises:
            ValueError: below 1, or not finite.

        >>> Recipe(epochs=120).shortened(20).epochs
        6
        """
        if not 1 <= times < math.inf:
            raise ValueError(f"a recipe cannot be {times:g} times shorter: expected 1 or more")
        if times == 1:
            return self
        averaging = self.averaging
        if averaging is not None:
            length = max(1, round(averaging.schedule.length / times))
            averaging = replace(averaging, schedule=replace(averaging.schedule, length=length))
        return replace(
            self,
            epochs=max(1, round(self.epochs / times)),
            schedule=self.schedule.shortened(times),
            averaging=averaging,
        )

    def scaled(self, times: float) -> Recipe:
        """The same recipe with pictures so many times as large, and as much padding about them.

        Sides become the nearest multiples of 16 pixels, halves upwards, at least 16.

        Args:
            times: above 0; below 1 they get smaller.

        Raises:
            ValueError: not above 0 or not finite, or the network does not take `input_size`.

        >>> found = Recipe().scaled(0.375)
        >>> found.network.keywords, found.augmentation.pad
        ({'input_size': (96, 48)}, 4)
        """
        if not 0 < times < math.inf:
            raise ValueError(
                f"pictures cannot be {times:g} times as large: expected a finite number above 0"
            )
        if times == 1:
            return self
        sides = (math.floor(side * times / STEP + 0.5) for side in _input_size(self.network))
        height, width = (STEP * max(1, side) for side in sides)
        return replace(
            self,
            network=partial(self.network, input_size=(height, width)),
            augmentation=replace(self.augmentation, pad=round(self.augmentation.pad * times)),
        )

    def rate(self, epoch: int, batch: int, batches: int) -> float:
        """The learning rate of a batch.

        Args:
            epoch: from 1 to `all_epochs`.
            batch: from 0, within the epoch.
            batches: how many the epoch has.
        """
        if self.averaging is None or epoch <= self.epochs:
            return self.schedule.at(epoch, batch, batches)
        return self.averaging.schedule.at(epoch - self.epochs, batch, batches)

    def collects(self, epoch: int) -> bool:
        """Whether the weights after an epoch (0: before the first) are among those averaged."""
        averaging = self.averaging
        if averaging is None or not averaging.collect:
            return False
        return epoch - self.epochs in averaging.schedule.ends()

    def build(self, identities: int) -> nn.Module:
        """The network with its first weights, which depend on the seed alone.

        Args:
            identities: outputs of the classifiers.

        Raises:
            ValueError: the network lacks `input_size`, or `arguments`, with which it could be
                made again.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            network = self.network(identities=identities)
        kind = type(network).__name__
        if not isinstance(getattr(network, "input_size", None), tuple):
            raise ValueError(f"{kind} has no input_size: expected (height, width) in pixels")
        if not isinstance(getattr(network, "arguments", None), dict):
            raise ValueError(
                f"{kind} has no arguments: expected a dictionary of JSON values with which its"
                " class makes it again, since it could not be saved otherwise"
            )
        return network

    def to_json(self) -> dict[str, Any]:
        """All settings as JSON values; the network by import path and arguments."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        plain = {
            name: asdict(value) if hasattr(value, "__dataclass_fields__") else value
            for name, value in values.items()
        }
        plain["network"] = _named(self.network)
        found: dict[str, Any] = _listed(plain)
        return found


def _input_size(network: Network) -> tuple[int, int]:
    """(height, width) that a network is given, or takes where none is given."""
    parameter = inspect.signature(network).parameters.get("input_size")
    size = None if parameter is None else parameter.default
    if not (isinstance(size, tuple) and len(size) == 2):
        raise ValueError(f"{_named(network)['class']} takes no input_size=(height, width)")
    return size[0], size[1]


def _named(network: Network) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    while isinstance(network, partial):
        arguments = {**network.keywords, **arguments}
        network = network.func
    name = getattr(network, "__qualname__", type(network).__qualname__)
    module = getattr(network, "__module__", type(network).__module__)
    return {"class": f"{module}:{name}", "arguments": arguments}


def _listed(value: Any) -> Any:
    """The same value with lists for tuples, as JSON gives it back."""
    if isinstance(value, dict):
        return {name: _listed(entry) for name, entry in value.items()}
    if isinstance(value, tuple | list):
        return [_listed(entry) for entry in value]
    return value

"""The losses of an epoch as they come: their means, whether they are finite, and what is said."""

from __future__ import annotations

import math
import time

import torch
from torch import Tensor

from .state import State

CHECKED = 20
"""Batches between two looks at the losses on a GPU, which the processor has to wait for each time;
on the CPU it looks at each."""


class Tally:
    """Sums of the losses of an epoch, which goes on where the state's checkpoint left it.

    Args:
        state: its `sums` are added to.
        batches: how many the epoch has.
        pictures: how many a batch has, in all processes.
    """

    def __init__(self, state: State, batches: int, pictures: int) -> None:
        self.state, self.batches, self.pictures = state, batches, pictures
        self._waiting: list[Tensor] = []
        self._names: list[str] = []
        self._since = time.monotonic()
        self._last: dict[str, float] = {}

    def add(self, parts: dict[str, Tensor], gradient: Tensor) -> None:
        """Count a batch.

        Args:
            parts: losses () by name.
            gradient: () its length.
        """
        self._names = [*parts, "gradient"]
        self._waiting.append(torch.stack([v.detach().float() for v in (*parts.values(), gradient)]))

    @property
    def due(self) -> bool:
        """Whether it is time to look: every `CHECKED` batches, and at the end of the epoch."""
        often = CHECKED if self.state.place.device.type == "cuda" else 1
        return len(self._waiting) >= often or self.state.batch == self.batches

    def look(self) -> int | None:
        """Add up what was counted since the last look.

        Returns:
            the batch, from 0, at which a loss or the gradient was not finite; None if none was.
            In half precision a gradient may be infinite: that step is left out.
        """
        if not self._waiting:
            return None
        found = torch.stack(self._waiting).cpu()
        first = self.state.batch - len(found)
        self._waiting = []
        tested = found[:, :-1] if self.state.scaler.is_enabled() else found
        bad = ~torch.isfinite(tested).all(dim=1)
        if bad.any():
            return first + int(bad.int().argmax())
        found = torch.nan_to_num(found, posinf=0.0)
        sums = self.state.sums
        for name, total in zip(self._names, found.double().sum(dim=0).tolist(), strict=True):
            sums[name] = sums.get(name, 0.0) + total
        now = time.monotonic()
        sums["seconds"] = sums.get("seconds", 0.0) + now - self._since
        self._since = now
        self._last = dict(zip(self._names, found.double().mean(dim=0).tolist(), strict=True))
        return None

    def note(self, whole: bool = False) -> str:
        """The losses of the batches seen at the last look, or of the whole epoch, in a line."""
        losses = self._last
        if whole:
            losses = {k: v / max(1, self.state.batch) for k, v in self.state.sums.items()}
        hidden = ("gradient", "seconds")
        return " ".join(f"{k} {v:.3f}" for k, v in losses.items() if k not in hidden)

    def row(self, rate: float) -> dict[str, float]:
        """What the log keeps of the epoch.

        Args:
            rate: the learning rate at its end.
        """
        sums = self.state.sums
        batches = max(1, self.state.batch)
        means = {k: v / batches for k, v in sums.items() if k != "seconds"}
        seconds = sums.get("seconds", 0.0)
        speed = self.pictures * batches / seconds if seconds else math.nan
        return {
            "epoch": self.state.epoch,
            "batches": self.state.batch,
            "rate": rate,
            **means,
            "seconds": round(seconds, 3),
            "images_per_second": round(speed, 2),
        }

"""Where the time of a training goes, read by hooks that any loop triggers alike."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import time
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

SHARES = ("data", "network", "optimiser")

WARMUP = 3
"""Batches before those that count."""


class Cost(NamedTuple):
    """Seconds, and seconds of CPU time, of a picture; shares of the time; seconds to the start."""

    wall: float
    busy: float
    shares: tuple[float, ...]
    start: float


class Finished(Exception):
    """All batches that count are done."""


class Clock:
    """Reads the time where a batch meets the network, and before and after the optimiser.

    Args:
        batches: that count; after the last of them `Finished` is raised.
        device: of the network.
        waits: for the GPU at each reading; without it, only before and after what counts.
    """

    def __init__(self, batches: int, device: str, waits: bool) -> None:
        self.batches, self.device, self.waits = batches, device, waits
        self.parts = dict.fromkeys(SHARES, 0.0)
        self.done = -WARMUP
        self.begun = self.last = self.start = self.busy = 0.0

    def watch(self, network: nn.Module) -> nn.Module:
        """The same network, with all hooks; the time begins."""
        self.begun = self.last = time.perf_counter()
        network.register_forward_pre_hook(lambda *_: self.meet())
        register_optimizer_step_pre_hook(lambda *_: self.end("network"))
        register_optimizer_step_post_hook(lambda *_: self.step())
        return network

    def end(self, part: str) -> None:
        """A part of the time of a batch is over."""
        if self.waits:
            torch.cuda.synchronize()
        now = time.perf_counter()
        self.parts[part] += now - self.last
        self.last = now

    def meet(self) -> None:
        """A batch meets the network."""
        self.end("data")
        self.start = self.start or self.last - self.begun

    def step(self) -> None:
        """The optimiser is done with a batch."""
        self.done += 1
        if self.done in (0, self.batches) and self.device == "cuda":
            torch.cuda.synchronize()
        self.end("optimiser")
        if self.done == 0:
            self.parts, self.busy = dict.fromkeys(SHARES, 0.0), cpu_seconds()
        elif self.done == self.batches:
            self.busy = cpu_seconds() - self.busy
            raise Finished

    def cost(self, batch: int) -> Cost:
        """What the batches of so many pictures cost, when all are done."""
        wall, pictures = sum(self.parts.values()), self.batches * batch
        shares = tuple(seconds / wall for seconds in self.parts.values())
        return Cost(wall / pictures, self.busy / pictures, shares, self.start)


def cpu_seconds() -> float:
    """Of this process, and of its workers as far as /proc tells."""
    total = time.process_time()
    for child in multiprocessing.active_children():
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total

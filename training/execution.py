"""How a recipe is computed: device, arithmetic, memory layout, compilation, processes."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal, cast

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from .distributed import Place

PRECISIONS = {"bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class Execution:
    """How a recipe is computed; apart from rounding the result does not depend on it.

    Args:
        device: "cpu", "cuda", "cuda:1" ...; None: a GPU where there is one.
        channels_last: keep maps in memory with the channels innermost; None: on GPUs.
        compile: a mode of `torch.compile`, such as "default" or "reduce-overhead" (which uses
            CUDA graphs); None: not compiled.
        memory: bytes that decoded pictures may take; if they need more, each batch is decoded
            when its turn comes.
    """

    device: str | None = None
    channels_last: bool | None = None
    compile: Literal["default", "reduce-overhead", "max-autotune"] | None = None
    memory: float = 8e9

    def prepare(self, network: nn.Module, place: Place) -> nn.Module:
        """The network as the loop calls it; its weights stay those of `network`.

        With several processes on GPUs, normalisation takes its statistics over all of them.
        """
        last = place.device.type == "cuda" if self.channels_last is None else self.channels_last
        if last:
            network.to(memory_format=torch.channels_last)
        called = network
        if place.ranks > 1:
            if place.device.type == "cuda":
                called = nn.SyncBatchNorm.convert_sync_batchnorm(called)
            called = DistributedDataParallel(called, [place.device] if place.device.index else None)
        if self.compile is not None:
            called = cast(nn.Module, torch.compile(called, mode=self.compile))
        return called


def arithmetic(precision: str, device: torch.device) -> AbstractContextManager[Any]:
    """Within it, networks compute in this precision: "fp32", "bf16" or "fp16"."""
    if precision == "fp32":
        return nullcontext()
    return torch.autocast(device.type, PRECISIONS[precision])

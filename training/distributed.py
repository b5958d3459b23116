"""Training in several processes, as `torchrun` starts them: who am I, and what do the others have.

Identity batches are split over the processes; features are gathered with their gradients, so
that triplets are formed over the whole batch.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, distributed

from ..models import Output


class Place(NamedTuple):
    """A process among those that train together.

    Attributes:
        rank: 0 to `ranks` - 1; rank 0 writes files and says what happens.
        ranks: how many processes there are.
        device: where this one computes.
    """

    rank: int
    ranks: int
    device: torch.device


@contextmanager
def taking_part(device: str | torch.device | None = None) -> Iterator[Place]:
    """Join the processes that `torchrun` started, or be alone where it did not.

    Args:
        device: None: each process's own GPU (`LOCAL_RANK`) where there is one, else the CPU.

    Raises:
        ValueError: a GPU was asked for that does not exist.
    """
    if device is None:
        local = int(os.environ.get("LOCAL_RANK", "0"))
        device = f"cuda:{local}" if torch.cuda.is_available() else "cpu"
    place = torch.device(device)
    if place.type == "cuda" and (place.index or 0) >= torch.cuda.device_count():
        raise ValueError(f"there is no device {place}: found {torch.cuda.device_count()} GPUs")
    if "WORLD_SIZE" not in os.environ or int(os.environ["WORLD_SIZE"]) == 1:
        yield Place(0, 1, place)
        return
    if place.type == "cuda":
        torch.cuda.set_device(place)
    joined = distributed.is_initialized()
    if not joined:
        distributed.init_process_group("nccl" if place.type == "cuda" else "gloo")
    try:
        yield Place(distributed.get_rank(), distributed.get_world_size(), place)
    finally:
        if not joined:
            distributed.destroy_process_group()


class _Gather(torch.autograd.Function):
    """Rows of all processes, in the order of ranks; gradients go back to whose the rows are."""

    @staticmethod
    def forward(context: Any, rows: Tensor) -> Tensor:
        parts = [torch.empty_like(rows) for _ in range(distributed.get_world_size())]
        distributed.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].contiguous().clone()
        distributed.all_reduce(total)
        return total.chunk(distributed.get_world_size())[distributed.get_rank()]


def gather(rows: Tensor) -> Tensor:
    """Rows of all processes in the order of ranks; gradients flow back to each.

    Args:
        rows: (b, ...), the same b in all processes.
    """
    if rows.is_floating_point():
        gathered: Tensor = _Gather.apply(rows)
        return gathered
    parts = [torch.empty_like(rows) for _ in range(distributed.get_world_size())]
    distributed.all_gather(parts, rows.contiguous())
    return torch.cat(parts)


def others_of(output: Output, labels: Tensor, place: Place) -> tuple[Output, Tensor] | None:
    """What the other processes have at this iteration; None for a process alone.

    Args:
        output: of this process's b pictures.
        labels: (b,) of them.
        place: of this process.

    Returns:
        an output with the others' features alone, and their labels.
    """
    if place.ranks == 1:
        return None
    everyone = gather(labels)
    others = torch.ones(len(everyone), dtype=torch.bool, device=labels.device)
    others[place.rank * len(labels) : (place.rank + 1) * len(labels)] = False
    features = tuple(gather(branch.float())[others] for branch in output.features)
    return Output(output.embedding, features, ()), everyone[others]


def average(tensor: Tensor, place: Place) -> Tensor:
    """The mean over all processes, in place."""
    if place.ranks > 1:
        distributed.all_reduce(tensor)
        tensor /= place.ranks
    return tensor


def agree(flag: bool, place: Place) -> bool:
    """Whether any process says so, so that all stop at the same iteration."""
    if place.ranks == 1:
        return flag
    said = torch.tensor(float(flag), device=place.device)
    distributed.all_reduce(said, distributed.ReduceOp.MAX)
    return bool(said.item())


def wait(place: Place) -> None:
    """Until all processes are here."""
    if place.ranks > 1:
        distributed.barrier()

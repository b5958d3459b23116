"""How large and how costly a network is."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Complexity(NamedTuple):
    """Size and cost of a network.

    Attributes:
        parameters: numbers that are trained or could be; one that modules share counts once.
        macs: multiply-accumulates of convolutions and linear layers for one picture; a module
            that is used several times counts each time.
    """

    parameters: int
    macs: int


def complexity(network: nn.Module, input_size: tuple[int, int]) -> Complexity:
    """Count a network's parameters, and run it once to count its multiply-accumulates.

    Normalisation, activations, pooling, sampling and products of activations (the inside of
    attention in transformers) are not counted.

    Args:
        network: takes images (b, 3, *input_size).
        input_size: (height, width) in pixels.

    >>> complexity(nn.Conv2d(3, 8, 3, padding=1, bias=False), (10, 4))
    Complexity(parameters=216, macs=8640)
    """
    macs = 0

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal macs
        weight = module.weight
        assert isinstance(weight, Tensor)
        # Each output value is a sum over one row of the weights.
        macs += output.numel() * weight[0].numel()

    layers = [m for m in network.modules() if isinstance(m, nn.Conv1d | nn.Conv2d | nn.Linear)]
    hooks = [layer.register_forward_hook(count) for layer in layers]
    training = network.training
    like = next(network.parameters(), torch.empty(0))
    try:
        with torch.no_grad():
            network.eval()(torch.zeros(1, 3, *input_size, device=like.device, dtype=like.dtype))
    finally:
        network.train(training)
        for hook in hooks:
            hook.remove()
    return Complexity(sum(p.numel() for p in network.parameters()), macs)

"""How a recipe is computed."""

from __future__ import annotations

from contextlib import nullcontext

import torch

from reid_mot.training.distributed import Place
from reid_mot.training.execution import Execution, arithmetic

from .tiny import RECIPE

CPU = Place(0, 1, torch.device("cpu"))


def test_a_process_alone_on_the_cpu_calls_the_network_itself() -> None:
    network = RECIPE.build(4)

    assert Execution().prepare(network, CPU) is network


def test_channels_last_changes_the_order_in_memory_alone() -> None:
    network = RECIPE.build(4)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    Execution(channels_last=True).prepare(network, CPU)

    weight = network.state_dict()["stem.conv.weight"]
    assert weight.is_contiguous(memory_format=torch.channels_last)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_a_compiled_network_shares_its_weights() -> None:
    network = RECIPE.build(4)
    compiled = Execution(compile="default").prepare(network, CPU)

    assert compiled is not network
    assert next(compiled.parameters()) is next(network.parameters())


def test_half_precision_is_of_what_is_computed_within() -> None:
    one = torch.ones(2, 2)
    with arithmetic("bf16", torch.device("cpu")):
        assert (one @ one).dtype == torch.bfloat16
    assert isinstance(arithmetic("fp32", torch.device("cpu")), nullcontext)

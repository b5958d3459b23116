"""The networks of this package by name, with their size and cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from torch import nn

from .compact import CompactReID, compact_2x
from .cost import complexity
from .hacnn import HACNN
from .resnet import StrongBaseline


def standard_baseline(identities: int = 0) -> StrongBaseline:
    """The first row of Luo et al. 2019, table 1: last stride 2 and the plain neck."""
    return StrongBaseline(identities, last_stride=2, bnneck=False)


NETWORKS: dict[str, Callable[[int], nn.Module]] = {
    "compact-reid": CompactReID,
    "compact-reid-2x": compact_2x,
    "hacnn": HACNN,
    "standard-baseline": standard_baseline,
    "strong-baseline": StrongBaseline,
}
"""Names of networks, and what makes each for a number of identities."""


class Description(NamedTuple):
    """What a network is.

    Attributes:
        name: in `NETWORKS`.
        parameters: without classifiers.
        macs: multiply-accumulates of one picture.
        input_size: (height, width) in pixels.
        dim: length of a vector.
        source: the paper.
    """

    name: str
    parameters: int
    macs: int
    input_size: tuple[int, int]
    dim: int
    source: str


SOURCES = {
    "compact-reid": "Lawen et al. 2019",
    "compact-reid-2x": "Lawen et al. 2019",
    "hacnn": "Li et al. 2018",
    "standard-baseline": "Luo et al. 2019",
    "strong-baseline": "Luo et al. 2019",
}


def describe_network(name: str) -> Description:
    """Build a network without classifiers, and measure it; a second or so.

    Args:
        name: in `NETWORKS`.

    Raises:
        ValueError: there is no such network; the message lists those that exist.
    """
    if name not in NETWORKS:
        raise ValueError(f"no network is called {name!r}. Names: {', '.join(sorted(NETWORKS))}")
    network = NETWORKS[name](0)
    size, dim = network.input_size, network.dim
    assert isinstance(size, tuple)
    assert isinstance(dim, int)
    measured = complexity(network, size)
    return Description(name, measured.parameters, measured.macs, size, dim, SOURCES[name])

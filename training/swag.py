"""SWAG: a Gaussian about the weights that training passes through.

Maddox et al. 2019, with a diagonal covariance, as Lawen et al. 2019, section 3.1, use it. Collect
the weights at the end of each cycle of the learning rate; then either load their mean, which is one
network as fast as any (stochastic weight averaging), or draw several networks and average their
embeddings, at as many times the cost. Either way `update_normalisation` has to follow, since the
statistics of the batch normalisation belong to other weights.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..models.embedder import Image, Vectors, embed_in_batches
from ..models.network_embedder import TorchEmbedder
from ..models.preprocessing import Preprocessing


class Moments:
    """Mean and variance of a network's parameters, not its buffers, over the times they were added.

    Welford's method in float64 on the CPU: tiny variances keep their digits, as they do not in the
    difference of the mean square and the squared mean.

    Attributes:
        count: how often parameters were added.

    >>> moments, network = Moments(), nn.Linear(1, 1, bias=False)
    >>> for weight in (1.0, 2.0, 6.0):
    ...     _ = nn.init.constant_(network.weight, weight)
    ...     moments.add(network)
    >>> moments.mean()["weight"].item(), round(moments.variance()["weight"].item(), 6)
    (3.0, 4.666667)
    """

    def __init__(self) -> None:
        self.count = 0
        self._means: dict[str, Tensor] = {}
        self._squares: dict[str, Tensor] = {}

    def add(self, network: nn.Module) -> None:
        """Count a network's parameters as they are now.

        Raises:
            ValueError: other parameters than those before, or one that is not finite; the message
                names it. Nothing is counted then.
        """
        now = _parameters(network)
        if self.count:
            _check_same(now, self._means)
        for name, value in now.items():
            if not torch.isfinite(value).all():
                raise ValueError(f"the parameter {name} is not finite")
        self.count += 1
        for name, value in now.items():
            if self.count == 1:
                self._means[name], self._squares[name] = value, torch.zeros_like(value)
                continue
            change = value - self._means[name]
            self._means[name] += change / self.count
            self._squares[name] += change * (value - self._means[name])

    def mean(self) -> dict[str, Tensor]:
        """The mean of each parameter by name, float64.

        Raises:
            ValueError: nothing was added.
        """
        self._check_any()
        return {name: value.clone() for name, value in self._means.items()}

    def variance(self) -> dict[str, Tensor]:
        """The variance of each parameter by name, float64: divided by `count`, as in the original.

        Raises: see `mean`.
        """
        self._check_any()
        return {name: value / self.count for name, value in self._squares.items()}

    def load_mean(self, network: nn.Module) -> None:
        """Give a network the mean of the parameters; its normalisation is to be updated then.

        Raises:
            ValueError: nothing was added, or the network has other parameters.
        """
        _load(network, self.mean())

    def sample(self, network: nn.Module, generator: torch.Generator, scale: float = 1.0) -> None:
        """Give a network parameters drawn at random; its normalisation is to be updated then.

        Each is mean + sqrt(scale * variance) * e with e from a standard normal distribution.

        Args:
            network: with the parameters that were added.
            generator: on the CPU, whatever the network's device.
            scale: of the variance; 0 gives the mean.

        Raises:
            ValueError: nothing was added, the network has other parameters, or a negative scale.
        """
        if not scale >= 0:
            raise ValueError(f"scale is {scale}: expected 0 or more")
        mean, variance = self.mean(), self.variance()
        for name, value in mean.items():
            draw = torch.randn(value.shape, generator=generator, dtype=value.dtype)
            value += (scale * variance[name]).sqrt() * draw
        _load(network, mean)

    def state_dict(self) -> dict[str, Tensor]:
        """All of it as tensors by name, to be saved."""
        means = {f"mean.{name}": value.clone() for name, value in self._means.items()}
        squares = {f"squares.{name}": value.clone() for name, value in self._squares.items()}
        return {"count": torch.tensor(self.count), **means, **squares}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Be as the moments were that a state was taken of.

        Raises:
            ValueError: a state that is not one of `state_dict`; the message names what is wrong.
        """
        parts: dict[str, dict[str, Tensor]] = {"mean": {}, "squares": {}}
        for key, value in state.items():
            part, _, name = key.partition(".")
            if key == "count":
                continue
            if part not in parts or not name:
                raise ValueError(f"moments have no {key!r}: expected count, mean.* and squares.*")
            parts[part][name] = value.detach().to("cpu", torch.float64, copy=True)
        if "count" not in state:
            raise ValueError("moments without 'count'")
        _check_same(parts["squares"], parts["mean"])
        self.count = int(state["count"])
        self._means, self._squares = parts["mean"], parts["squares"]

    def _check_any(self) -> None:
        if not self.count:
            raise ValueError("no weights were added, so they have no mean")


def update_normalisation(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Measure the statistics of a network's batch normalisation anew, with its present weights.

    They become the averages of the batches' means and (unbiased) variances, weighted by batch size;
    with batches of one size that is what PyTorch's `momentum=None` gives. Only batch normalisation
    works as in training, dropout is off. Modes and momenta are put back.

    Args:
        network: with any number of batch normalisations; without any, no batch is read.
        batches: images (b, 3, height, width) float32, b at least 2: one pass over the training set,
            prepared as for training.

    Raises:
        ValueError: no batches, or one with a single picture, whose variance is not known.
    """
    layers = [m for m in network.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]
    if not layers:
        return
    device = next(network.buffers()).device
    count = 0
    with _measuring(network, layers), torch.no_grad():
        for images in batches:
            if len(images) < 2:
                raise ValueError(f"a batch has {len(images)} pictures: expected at least 2")
            count += len(images)
            for layer in layers:
                layer.momentum = len(images) / count
            network(images.to(device, non_blocking=True))
    if not count:
        raise ValueError("there are no batches to measure the normalisation with")


def sample_networks(
    network: nn.Module,
    moments: Moments,
    batches: Callable[[], Iterable[Tensor]],
    samples: int,
    generator: torch.Generator,
    scale: float = 1.0,
) -> Iterator[nn.Module]:
    """Networks drawn from the Gaussian, each with its normalisation updated.

    Args:
        network: a copy of it is made for each; it stays as it is.
        moments: of its parameters.
        batches: called once a network, for the pictures that `update_normalisation` reads.
        samples: how many.
        generator: on the CPU.
        scale: of the variance.

    Yields:
        networks in evaluation mode, on the network's device.

    Raises:
        ValueError: see `Moments.sample` and `update_normalisation`; or no samples.
    """
    if samples < 1:
        raise ValueError(f"samples is {samples}: expected at least 1")
    for _ in range(samples):
        drawn = copy.deepcopy(network).eval()
        moments.sample(drawn, generator, scale)
        update_normalisation(drawn, batches())
        yield drawn


class SampledEmbedder:
    """Several networks as one embedder: their vectors of length 1 are averaged and scaled to 1.

    Bayesian model averaging, for networks whose output is a direction. Pictures are prepared once.

    Args:
        networks: at least one, with outputs of one length, such as `sample_networks` yields.
        preprocessing, device, batch, dtype: see `TorchEmbedder`.

    Raises:
        ValueError: no networks, or lengths that differ.
    """

    def __init__(
        self,
        networks: Iterable[nn.Module],
        preprocessing: Preprocessing | None = None,
        device: str | torch.device | None = None,
        batch: int = 64,
        dtype: torch.dtype | None = None,
    ) -> None:
        self.members: Sequence[TorchEmbedder] = [
            TorchEmbedder(network, preprocessing, device, batch, dtype) for network in networks
        ]
        dims = {member.dim for member in self.members}
        if len(dims) != 1:
            raise ValueError(f"vectors of the networks have lengths {sorted(dims)}: expected one")

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self.members[0].dim

    def __call__(self, crops: list[Image]) -> Vectors:
        """Vectors (n, dim) float32 of length 1.

        Raises:
            ValueError: a crop of zero area, a network's vector that is not finite or zero, or
                vectors that cancel each other.
            TypeError: a crop that is not uint8.
        """
        return embed_in_batches(crops, self._vectors, self.dim, self.members[0].batch)

    def _vectors(self, crops: list[Image]) -> Vectors:
        inputs = torch.from_numpy(self.members[0].preprocessing(crops))
        total = torch.zeros(len(crops), self.dim)
        for member in self.members:
            vectors = member.run(inputs)
            total += vectors / vectors.norm(dim=1, keepdim=True)  # zeros become NaN: refused
        return total.numpy()


def _parameters(network: nn.Module) -> dict[str, Tensor]:
    return {
        name: value.detach().to("cpu", torch.float64, copy=True)
        for name, value in network.named_parameters()
    }


def _check_same(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    for name in sorted({*found, *expected}):
        shapes = [tuple(v[name].shape) if name in v else "none" for v in (found, expected)]
        if shapes[0] != shapes[1]:
            raise ValueError(f"the parameter {name} is {shapes[0]}: expected {shapes[1]}")


def _load(network: nn.Module, values: Mapping[str, Tensor]) -> None:
    parameters = dict(network.named_parameters())
    _check_same(parameters, values)
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(values[name])


@contextmanager
def _measuring(network: nn.Module, layers: Sequence[_BatchNorm]) -> Iterator[None]:
    """Fresh statistics, with only `layers` as in training; modes and momenta are put back."""
    modes = {module: module.training for module in network.modules()}
    momenta = [layer.momentum for layer in layers]
    network.eval()
    try:
        for layer in layers:
            layer.reset_running_stats()
            layer.train()
        yield
    finally:
        for module, training in modes.items():
            module.training = training
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum

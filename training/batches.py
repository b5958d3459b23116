"""Which pictures make a batch: P people with K pictures of each."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..sequences.views import Ints

_BATCHES, _AUGMENTATION = range(2)
"""Purposes of random generators, so that no two share their numbers."""


def batch_generator(seed: int, epoch: int, batch: int) -> np.random.Generator:
    """The generator for the augmentation of one batch, so that any batch can be made again.

    Args:
        seed: of the run.
        epoch: from 0.
        batch: its place in the epoch, from 0.
    """
    return _generator(seed, _AUGMENTATION, epoch, batch)


def _generator(seed: int, *purpose: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=purpose))


class IdentityBatches:
    """Batches of P identities with K pictures of each, for the losses that compare pictures.

    An epoch is that of the published results (Luo et al. 2019; section 3 gives P = 16, K = 4;
    their code, data/samplers/triplet_sampler.py, gives the order): every identity's pictures are
    shuffled and cut into groups of K, and what is left over is not used this time. Identities with
    fewer than K pictures give one group, drawn with replacement. Each batch takes the next group
    of P different identities that have one left, drawn at random, until fewer than P have. On
    Market-1501 that is 183 or 184 batches of 64; one group an identity would be 46.

    Args:
        labels: (n,) identity of each picture, any integers.
        identities: P, in all ranks together.
        images: K.
        seed: not negative; batches depend on it and on the epoch's number alone, so that a run
            can go on at any batch.
        rank: of this process among `ranks`, from 0.
        ranks: processes that share each batch: each gets P / ranks of its identities.

    Raises:
        ValueError: fewer than P identities, P that the ranks cannot share equally, or a number
            out of range.

    >>> batches = IdentityBatches([0, 0, 0, 1, 1, 2, 2, 2, 2], identities=2, images=2)
    >>> batches.epoch(0).shape
    (2, 4)
    """

    def __init__(
        self,
        labels: ArrayLike,
        identities: int,
        images: int,
        *,
        seed: int = 0,
        rank: int = 0,
        ranks: int = 1,
    ) -> None:
        found = np.asarray(labels)
        if found.ndim != 1:
            raise ValueError(f"labels have shape {found.shape}: expected (n,)")
        if identities < 1 or images < 1 or seed < 0:
            raise ValueError(
                f"identities {identities}, images {images}, seed {seed}: expected 1 or more, 1 or"
                " more, 0 or more"
            )
        if ranks < 1 or not 0 <= rank < ranks or identities % ranks:
            raise ValueError(
                f"rank {rank} of {ranks}: expected 0 to {ranks - 1}, and a number of ranks that"
                f" divides the {identities} identities of a batch"
            )
        numbers, counts = np.unique(found, return_counts=True)
        if len(numbers) < identities:
            raise ValueError(
                f"{len(numbers)} identities: batches need at least {identities} different ones"
            )
        self.identities, self.images, self.seed = identities, images, seed
        self.rank, self.ranks = rank, ranks
        self._rows = np.split(np.argsort(found, kind="stable"), np.cumsum(counts)[:-1])

    def epoch(self, epoch: int) -> Ints:
        """The batches of an epoch.

        Args:
            epoch: its number, not negative.

        Returns:
            (batches, P / ranks * K) indices into the labels; the K of an identity side by side.
            Every rank gets as many batches, and together they have those of one process.
        """
        rng = _generator(self.seed, _BATCHES, epoch)
        groups = [self._groups(rng, rows) for rows in self._rows]
        order = _order(rng, np.array([len(g) for g in groups]), self.identities)
        taken = np.zeros(len(groups), dtype=np.int64)
        batches = np.empty((len(order), self.identities, self.images), dtype=np.int64)
        for batch, chosen in zip(batches, order, strict=True):
            for place, identity in enumerate(chosen.tolist()):
                batch[place] = groups[identity][taken[identity]]
                taken[identity] += 1
        share = self.identities // self.ranks
        own = batches[:, self.rank * share : (self.rank + 1) * share]
        return np.ascontiguousarray(own.reshape(len(order), share * self.images))

    def _groups(self, rng: np.random.Generator, rows: Ints) -> Ints:
        """(groups, K) the rows of one identity, shuffled and cut into groups."""
        if len(rows) < self.images:
            return rng.choice(rows, (1, self.images))
        whole = len(rows) - len(rows) % self.images
        return rng.permutation(rows)[:whole].reshape(-1, self.images)


def _order(rng: np.random.Generator, groups: Ints, size: int) -> Ints:
    """(batches, size) which identities each batch takes a group of.

    Args:
        rng: draws them.
        groups: (identities,) how many groups each has.
        size: different identities in a batch.
    """
    left = groups.copy()
    order = []
    available = np.flatnonzero(left)
    while len(available) >= size:
        chosen = rng.choice(available, size, replace=False)
        order.append(chosen)
        left[chosen] -= 1
        available = np.flatnonzero(left)
    return np.array(order, dtype=np.int64).reshape(-1, size)

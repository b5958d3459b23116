from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from reid_mot.training.batches import IdentityBatches, batch_generator

counts_of_people = st.lists(st.integers(1, 13), min_size=3, max_size=9)


def labels_of(counts: list[int], seed: int = 0) -> NDArray[np.int64]:
    labels = np.repeat(np.arange(len(counts)) * 3 + 5, counts)
    return np.random.default_rng(seed).permutation(labels)


def restated(labels: NDArray[np.int64], p: int, k: int, seed: int, epoch: int) -> list[list[int]]:
    """The published sampler step by step, with lists and one group at a time."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0, epoch)))
    waiting: dict[int, list[list[int]]] = {}
    for person in sorted(set(labels.tolist())):
        rows = [row for row in range(len(labels)) if labels[row] == person]
        if len(rows) < k:
            waiting[person] = [rng.choice(rows, (1, k))[0].tolist()]
            continue
        shuffled = rng.permutation(rows).tolist()
        waiting[person] = []
        while len(shuffled) >= k:
            waiting[person].append(shuffled[:k])
            shuffled = shuffled[k:]
    people = sorted(waiting)
    batches = []
    while sum(bool(waiting[person]) for person in people) >= p:
        left = [place for place, person in enumerate(people) if waiting[person]]
        chosen = rng.choice(left, p, replace=False)
        batches.append([row for place in chosen for row in waiting[people[place]].pop(0)])
    return batches


@settings(deadline=None)
@given(counts_of_people, st.integers(1, 3), st.integers(1, 5), st.integers(0, 3))
def test_is_the_published_order(counts: list[int], p: int, k: int, epoch: int) -> None:
    labels = labels_of(counts)
    found = IdentityBatches(labels, p, k, seed=9).epoch(epoch)
    assert found.tolist() == restated(labels, p, k, 9, epoch)


@settings(deadline=None)
@given(counts_of_people, st.integers(1, 3), st.integers(1, 5), st.integers(0, 99))
def test_what_holds_for_every_epoch(counts: list[int], p: int, k: int, seed: int) -> None:
    labels = labels_of(counts)
    batches = IdentityBatches(labels, p, k, seed=seed).epoch(0)
    groups = batches.reshape(-1, p, k)
    shown = labels[groups]
    assert (shown == shown[..., :1]).all()
    assert all(len(set(batch[:, 0].tolist())) == p for batch in shown)
    possible = Counter({label: max(1, n // k) for label, n in Counter(labels.tolist()).items()})
    used = Counter(shown[..., 0].ravel().tolist())
    assert not used - possible
    assert len(possible - used) < p
    rows = Counter(batches.ravel().tolist())
    enough = Counter(labels.tolist())
    assert all(n == 1 for row, n in rows.items() if enough[int(labels[row])] >= k)


@settings(deadline=None)
@given(st.lists(st.integers(1, 13), min_size=4, max_size=9), st.integers(0, 5))
def test_ranks_share_the_batches_of_one_process(counts: list[int], epoch: int) -> None:
    labels = labels_of(counts)
    alone = IdentityBatches(labels, 4, 3).epoch(epoch)
    shared = [IdentityBatches(labels, 4, 3, rank=r, ranks=2).epoch(epoch) for r in range(2)]
    np.testing.assert_array_equal(np.hstack(shared), alone)
    assert shared[0].shape == (len(alone), 6)


def test_epochs_and_seeds_differ_and_each_can_be_had_again() -> None:
    labels = labels_of([8] * 8)
    first, second = IdentityBatches(labels, 4, 4), IdentityBatches(labels, 4, 4, seed=1)
    epochs = [first.epoch(0), first.epoch(1), second.epoch(0)]
    assert len({e.tobytes() for e in epochs}) == 3
    first.epoch(7)
    np.testing.assert_array_equal(first.epoch(1), epochs[1])


def test_leftovers_take_turns() -> None:
    """Which pictures do not fill a group is drawn anew each epoch."""
    batches = IdentityBatches([0] * 5 + [1] * 5, 2, 4)
    left = [frozenset(range(10)) - set(batches.epoch(e).ravel().tolist()) for e in range(40)]
    assert frozenset.union(*left) == frozenset(range(10))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"identities": 4, "images": 2}, "3 identities: batches need at least 4"),
        ({"identities": 0, "images": 2}, "identities 0"),
        ({"identities": 2, "images": 0}, "images 0"),
        ({"identities": 2, "images": 2, "seed": -1}, "seed -1"),
        ({"identities": 3, "images": 2, "ranks": 2}, "divides the 3 identities"),
        ({"identities": 2, "images": 2, "rank": 2, "ranks": 2}, "expected 0 to 1"),
    ],
)
def test_bad_numbers_are_refused(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        IdentityBatches([0, 1, 2, 2], **arguments)


def test_labels_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(1, 2\)"):
        IdentityBatches([[1, 2]], 1, 1)


def test_every_batch_has_random_numbers_of_its_own() -> None:
    places = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]
    drawn = [batch_generator(*place).integers(2**62) for place in places]
    assert len(set(drawn)) == len(places)
    assert batch_generator(3, 2, 1).integers(2**62) == batch_generator(3, 2, 1).integers(2**62)

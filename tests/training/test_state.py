"""What changes while a network is trained: steps, and saving without loss."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from reid_mot.models import Output
from reid_mot.training.distributed import Place
from reid_mot.training.recipe import Optimiser
from reid_mot.training.state import State, make_optimiser, read_checkpoint

from .tiny import PLAIN, SIZE

CPU = Place(0, 1, torch.device("cpu"))
LABELS = torch.tensor([0, 0, 1, 1])


def stepped(state: State, rate: float) -> tuple[torch.Tensor, Output]:
    """One step on fixed pictures."""
    images = torch.randn(4, 3, *SIZE, generator=torch.Generator().manual_seed(0))
    output = state.network(images)
    assert state.centers is not None
    parts = state.recipe.objective(output, LABELS, state.centers.centers)
    return state.step(torch.stack([*parts.values()]).sum(), rate), output


def test_a_center_moves_by_the_sum_of_differences_over_the_batch() -> None:
    state = State(PLAIN, 3, CPU)
    assert state.centers is not None
    before = state.centers.centers.detach().clone()
    _, output = stepped(state, 0.0)

    labels, features = LABELS, output.features[0].detach()
    expected = before.clone()
    for person in (0, 1):  # Luo et al.'s code: 0.5 * 2 / 4 of the sum, whatever the weight
        chosen = features[labels == person]
        expected[person] += (chosen - before[person]).sum(dim=0) / 4
    torch.testing.assert_close(state.centers.centers.detach(), expected)


def test_a_step_is_that_of_plain_gradient_descent() -> None:
    recipe = replace(PLAIN, optimiser=Optimiser("sgd", momentum=0, decay=0.1))
    state = State(recipe, 3, CPU)
    weight = dict(state.network.named_parameters())["classifier.weight"]
    before = weight.detach().clone()
    stepped(state, 0.01)

    assert weight.grad is not None
    expected = before - 0.01 * (weight.grad + 0.1 * before)
    torch.testing.assert_close(weight.detach(), expected)


def test_the_length_of_the_gradient_is_that_before_it_is_clipped() -> None:
    free, short = (
        State(replace(PLAIN, optimiser=Optimiser("sgd", clip=clip)), 3, CPU) for clip in (None, 0.5)
    )
    lengths = [stepped(state, 0.1)[0] for state in (free, short)]

    torch.testing.assert_close(lengths[0], lengths[1])
    kept = torch.stack([p.grad.norm() for p in short.network.parameters() if p.grad is not None])
    assert kept.norm().item() == pytest.approx(0.5, rel=1e-3)


def test_what_is_frozen_is_not_decayed() -> None:
    state = State(PLAIN, 3, CPU)
    trained = {id(p) for group in state.optimiser.param_groups for p in group["params"]}

    assert trained == {id(p) for p in state.network.parameters() if p.requires_grad}


def test_saving_that_fails_leaves_the_last_checkpoint(tmp_path: Path) -> None:
    state, path = State(PLAIN, 3, CPU), tmp_path / "c.pt"
    state.save(path, {"run": 1})
    before = path.read_bytes()

    with pytest.raises(Exception, match="pickle"):
        state.save(path, {"run": lambda: None})
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["c.pt"]


def test_a_state_is_read_whole(tmp_path: Path) -> None:
    one, other, path = State(PLAIN, 3, CPU), State(replace(PLAIN, seed=5), 3, CPU), tmp_path / "c"
    stepped(one, 0.1)
    one.epoch, one.batch, one.sums = 4, 2, {"id": 1.5}
    one.save(path, {})
    other.load(read_checkpoint(path))

    assert (other.epoch, other.batch, other.sums) == (4, 2, {"id": 1.5})
    for a, b in zip(one.network.parameters(), other.network.parameters(), strict=True):
        assert torch.equal(a, b)
    lengths = [stepped(state, 0.1)[0] for state in (one, other)]
    assert lengths[0] == lengths[1]


@pytest.mark.parametrize(
    ("settings", "kind"),
    [(Optimiser("adam"), torch.optim.Adam), (Optimiser("sgd", 0.8, 0.1), torch.optim.SGD)],
)
def test_the_optimiser_is_the_recipes(settings: Optimiser, kind: type) -> None:
    made = make_optimiser(settings, [torch.nn.Parameter(torch.zeros(1))])

    assert isinstance(made, kind)
    assert made.param_groups[0]["weight_decay"] == settings.decay

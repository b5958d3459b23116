from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from reid_mot.training.schedules import CyclicCosine, WarmupSteps

LUO = WarmupSteps(3.5e-4, steps=(40, 70))
LAWEN = WarmupSteps(0.03, steps=(150, 225))


@pytest.mark.parametrize(
    ("epoch", "rate"),
    [
        *[(1, 3.5e-5), (2, 7e-5), (5, 1.75e-4), (9, 3.15e-4), (10, 3.5e-4), (11, 3.5e-4)],
        *[(40, 3.5e-4), (41, 3.5e-5), (70, 3.5e-5), (71, 3.5e-6), (120, 3.5e-6)],
    ],
)
def test_luo_equation_1(epoch: int, rate: float) -> None:
    assert LUO(epoch) == pytest.approx(rate, rel=1e-12)


@pytest.mark.parametrize(
    ("epoch", "rate"),
    [
        *[(1, 3.815e-5), (2, 7.28e-5), (5, 1.7675e-4), (9, 3.1535e-4), (10, 3.5e-4)],
        *[(39, 3.5e-4), (40, 3.5e-5), (69, 3.5e-5), (70, 3.5e-6)],
    ],
)
def test_rates_that_the_code_of_luo_gives_in_todays_pytorch(epoch: int, rate: float) -> None:
    code = WarmupSteps(3.5e-4, steps=(39, 69), start=0.01)
    assert code(epoch) == pytest.approx(rate, rel=1e-12)


@pytest.mark.parametrize(
    ("epoch", "rate"),
    [
        *[(1, 0.003), (7, 0.021), (10, 0.03), (150, 0.03), (151, 0.003), (225, 0.003), (226, 3e-4)],
        *[(350, 3e-4)],
    ],
)
def test_lawen_equation_5(epoch: int, rate: float) -> None:
    assert LAWEN(epoch) == pytest.approx(rate, rel=1e-12)


def test_without_warmup_it_is_pytorchs_multi_step_schedule() -> None:
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.2)
    theirs = torch.optim.lr_scheduler.MultiStepLR(optimiser, [3, 5], gamma=0.3)
    ours = WarmupSteps(0.2, warmup=0, steps=(3, 5), factor=0.3)
    for epoch in range(1, 9):
        assert ours(epoch) == pytest.approx(theirs.get_last_lr()[0])
        optimiser.step()
        theirs.step()


def test_an_epoch_has_one_rate_or_one_an_iteration() -> None:
    whole = [
        WarmupSteps(1.0, warmup=2, steps=(3,)).at(e, b, 4) for e in (1, 2, 4) for b in range(4)
    ]
    assert whole == pytest.approx([0.5] * 4 + [1.0] * 4 + [0.1] * 4)
    fine = WarmupSteps(1.0, warmup=2, steps=(3,), per="iteration")
    assert [fine.at(1, b, 4) for b in range(4)] == pytest.approx([1 / 8, 2 / 8, 3 / 8, 4 / 8])
    assert [fine.at(e, b, 4) for e in (3, 4) for b in (0, 3)] == pytest.approx([1, 1, 0.1, 0.1])


@given(st.integers(1, 130), st.integers(1, 300))
def test_the_last_iteration_has_the_rate_of_the_paper(epoch: int, batches: int) -> None:
    fine = WarmupSteps(3.5e-4, steps=(40, 70), per="iteration")
    assert fine.at(epoch, batches - 1, batches) == LUO(epoch)


@given(st.integers(1, 130), st.integers(1, 300), st.data())
def test_per_epoch_the_batch_does_not_matter(epoch: int, batches: int, data: st.DataObject) -> None:
    batch = data.draw(st.integers(0, batches - 1))
    assert LUO.at(epoch, batch, batches) == LUO(epoch)


PEAKS = [3.00e-2, 2.10e-2, 1.47e-2, 1.03e-2, 7.2e-3, 5.04e-3, 3.53e-3, 2.47e-3, 1.73e-3]
PEAKS += [1.21e-3, 8.47e-4, 5.93e-4, 4.15e-4, 2.91e-4, 2.03e-4]


def test_peaks_of_the_cycles() -> None:
    peaks = [CyclicCosine(0.03)(35 * k) for k in range(15)]
    assert peaks == pytest.approx(PEAKS, rel=5e-3)


def test_one_cycle_is_pytorchs_cosine_annealing() -> None:
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.2)
    theirs = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimiser, 7, eta_min=0.01)
    ours = CyclicCosine(0.2, cycles=3, length=7, decay=1.0, least=0.01)
    for epoch in range(21):
        assert ours(epoch) == pytest.approx(theirs.get_last_lr()[0])
        optimiser.step()
        theirs.step()


def test_weights_are_collected_at_the_ends() -> None:
    ends = CyclicCosine(0.03).ends()
    assert [350 + end for end in ends] == list(range(385, 876, 35))
    assert CyclicCosine(0.03, counts_start=True).ends() == (0, *ends)


def test_the_rate_falls_within_a_cycle_to_the_least() -> None:
    schedule = CyclicCosine(0.03, cycles=2, length=4, least=1e-4)
    rates = [schedule.at(epoch, batch, 50) for epoch in range(1, 5) for batch in range(50)]
    assert all(a > b for a, b in pairwise(rates))
    assert rates[-1] == pytest.approx(1e-4, rel=0.1)
    assert schedule.at(5, 0, 50) == pytest.approx(0.021)


def test_a_peak_below_the_least_rate_is_the_least_rate() -> None:
    schedule = CyclicCosine(0.03, least=0.02, length=2)
    assert [schedule(t) for t in (4, 4.5, 5, 29.9)] == [0.02] * 4


def test_per_epoch_the_cosine_is_a_staircase() -> None:
    schedule = CyclicCosine(0.03, cycles=2, length=3, per="epoch")
    smooth = CyclicCosine(0.03, cycles=2, length=3)
    assert [schedule.at(e, b, 2) for e in range(1, 7) for b in range(2)] == [
        smooth(e) for e in range(6) for _ in range(2)
    ]


@given(st.floats(0, 525, exclude_max=True))
def test_the_rate_is_between_the_least_and_the_peak(epoch: float) -> None:
    cycle = math.floor(epoch / 35)
    assert 0 <= CyclicCosine(0.03)(epoch) <= 0.03 * 0.7**cycle * (1 + 1e-12)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rate": 0.0}, "rate is 0.0"),
        ({"rate": math.nan}, "rate is nan"),
        ({"warmup": -1}, "warmup is -1"),
        ({"steps": (70, 40)}, "rising"),
        ({"steps": (40, 40)}, "rising"),
        ({"steps": (0, 40), "warmup": 0}, "rising"),
        ({"steps": (5,)}, "first step, 5, is within warmup 10"),
        ({"factor": 0.0}, "factor is 0.0"),
        ({"factor": 10.0}, "factor is 10.0"),
        ({"start": 1.5}, "start is 1.5"),
        ({"per": "batch"}, "per is 'batch'"),
    ],
)
def test_impossible_steps(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WarmupSteps(**{"rate": 1.0, **settings})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rate": -1.0}, "rate is -1.0"),
        ({"cycles": 0}, "cycles 0"),
        ({"length": 0}, "length 0"),
        ({"decay": 1.1}, "decay is 1.1"),
        ({"least": 2.0}, "least is 2.0"),
        ({"per": "batch"}, "per is 'batch'"),
    ],
)
def test_impossible_cycles(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CyclicCosine(**{"rate": 1.0, **settings})


@pytest.mark.parametrize("epoch", [0, -1, math.nan, math.inf])
def test_steps_count_epochs_from_1(epoch: float) -> None:
    with pytest.raises(ValueError, match="epochs count from 1"):
        LUO(epoch)


@pytest.mark.parametrize("epoch", [-0.1, 525, math.nan])
def test_cycles_end(epoch: float) -> None:
    with pytest.raises(ValueError, match=r"from 0 to 525 \(excluded\)"):
        CyclicCosine(0.03)(epoch)


@pytest.mark.parametrize("schedule", [LUO, CyclicCosine(0.03)])
def test_a_batch_that_is_not_there(schedule: WarmupSteps | CyclicCosine) -> None:
    with pytest.raises(ValueError, match="batch is 4 of 4: expected 0 to 3"):
        schedule.at(1, 4, 4)
    with pytest.raises(ValueError, match="epochs count from 1"):
        schedule.at(0, 0, 4)


@given(st.integers(1, 120), st.integers(1, 30))
def test_a_shortened_schedule_is_the_same_in_less_time(epoch: int, times: int) -> None:
    whole = WarmupSteps(3.5e-4, warmup=10, steps=(40, 70), per="iteration")
    assert whole.shortened(times)(epoch / times) == pytest.approx(whole(epoch))


def test_a_drop_within_an_epoch() -> None:
    schedule = WarmupSteps(1.0, warmup=0, steps=(0.5,), per="iteration")
    assert [schedule.at(1, batch, 4) for batch in range(4)] == [1.0, 1.0, 0.1, 0.1]

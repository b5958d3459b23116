from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reid_mot.sequences import (
    Camera,
    Detections,
    MotChallenge,
    NoiseModel,
    Recording,
    Stream,
    Tracks,
    Wildtrack,
    WithNoisyTruth,
    noisy_detections,
)

SIZE = (1000, 800)
NONE = NoiseModel(miss=0, false=0, jitter=0)


def grid(n: int = 400) -> np.ndarray:
    """Boxes of 40 x 60 pixels well inside the image."""
    low = np.column_stack([100 + 35 * (np.arange(n) % 20), 100 + 25 * (np.arange(n) // 20)])
    return np.hstack([low, low + np.array([40, 60])]).astype(float)


def draw(noise: NoiseModel, boxes: np.ndarray | None = None, seed: int = 0) -> Detections:
    return noisy_detections(
        grid() if boxes is None else boxes, SIZE, np.random.default_rng(seed), noise
    )


def test_without_noise_the_boxes_come_back_in_another_order() -> None:
    found = draw(NONE)
    assert not np.array_equal(found.boxes, grid())
    np.testing.assert_array_equal(
        found.boxes[np.lexsort(found.boxes.T)], grid()[np.lexsort(grid().T)]
    )


def test_rate_of_misses_and_false_boxes() -> None:
    kept = [len(draw(replace(NONE, miss=0.15), seed=s)) / 400 for s in range(30)]
    assert np.mean(kept) == pytest.approx(0.85, abs=0.01)
    more = [len(draw(replace(NONE, false=0.10), seed=s)) / 400 - 1 for s in range(30)]
    assert np.mean(more) == pytest.approx(0.10, abs=0.01)
    assert len(draw(replace(NONE, miss=1))) == 0


def test_jitter_moves_each_side_on_its_own() -> None:
    found = draw(replace(NONE, jitter=3.0)).boxes
    nearest = grid()[np.abs(found[:, None] - grid()).sum(axis=-1).argmin(axis=1)]
    off = found - nearest
    np.testing.assert_allclose(off.std(axis=0), 3.0, rtol=0.15)
    np.testing.assert_allclose(np.corrcoef(off.T), np.eye(4), atol=0.2)


def test_false_boxes_have_the_given_sizes_and_lie_in_the_image() -> None:
    noise = NoiseModel(miss=1, false=1, jitter=0)
    sizes = np.array([[11.0, 23.0], [2000.0, 5.0]])
    found = noisy_detections(grid(), SIZE, np.random.default_rng(1), noise, sizes)
    extent = (found.boxes[:, 2:] - found.boxes[:, :2]).round(6)
    assert {tuple(e) for e in extent.tolist()} == {(11, 23), (1000, 5)}
    assert (found.boxes >= 0).all()
    assert (found.boxes <= [*SIZE, *SIZE]).all()


def test_scores_tell_true_from_false_on_average() -> None:
    true = draw(NONE).scores
    false = draw(NoiseModel(miss=1, false=1)).scores
    assert true.mean() == pytest.approx(0.8, abs=0.02)
    assert false.mean() == pytest.approx(0.5, abs=0.03)
    assert 0.05 <= min(true.min(), false.min()) <= max(true.max(), false.max()) <= 1


def test_boxes_stay_valid_whatever_the_jitter() -> None:
    thin = grid() * [1, 1, 0, 0] + (grid()[:, [0, 1, 0, 1]] + [0, 0, 3, 3]) * [0, 0, 1, 1]
    found = draw(NoiseModel(miss=0, false=0, jitter=30), thin)
    assert ((found.boxes[:, 2:] - found.boxes[:, :2]) >= 1).all()
    assert (found.boxes >= 0).all()


def test_boxes_are_clipped_and_dropped_outside_the_image() -> None:
    found = draw(NONE, np.array([[-20.0, 10, 30, 900], [2000, 10, 2030, 90]]))
    assert found.boxes.tolist() == [[0, 10, 30, 800]]


def test_nobody_gives_nothing() -> None:
    assert len(draw(NoiseModel(), np.empty((0, 4)))) == 0


@pytest.mark.parametrize(
    ("field", "value"), [("miss", -0.1), ("false", 1.1), ("jitter", -1.0), ("score", (0.5, -1.0))]
)
def test_model_refuses(field: str, value: object) -> None:
    with pytest.raises(ValueError, match="must"):
        NoiseModel(**{field: value})  # type: ignore[arg-type]


def recording() -> Recording:
    camera = Camera("a", SIZE)
    truth = Tracks(np.repeat(np.arange(1, 5), 100), "a", np.tile(np.arange(100), 4), grid())
    stream = Stream(camera, np.arange(1, 6), None, lambda n: np.full((800, 1000, 3), n, np.uint8))
    return Recording("r", [stream], np.arange(1, 6), 5.0, None, truth)


def table(sequence: WithNoisyTruth) -> dict[int, list[list[float]]]:
    return {v.frame: v.detections.boxes.tolist() for views in sequence for v in views}


def test_sequence_is_the_same_each_time_and_differs_by_seed_and_frame() -> None:
    sequence = WithNoisyTruth(recording(), seed=3)
    first = table(sequence)
    assert first == table(sequence) == table(WithNoisyTruth(recording(), seed=3))
    assert first != table(WithNoisyTruth(recording(), seed=4))
    assert len(first[1]) != len(first[2]) or first[1] != first[2]
    assert first[5] == []


def test_sequence_passes_on_everything_else() -> None:
    inner = recording()
    sequence = WithNoisyTruth(inner)
    assert (sequence.name, sequence.rate, len(sequence)) == ("r", 5.0, 5)
    assert sequence.truth is inner.truth
    assert [c.name for c in sequence.cameras] == ["a"]
    image = list(sequence)[2][0].image
    assert image is not None
    assert image[0, 0].tolist() == [3, 3, 3]


def test_sequence_needs_true_boxes() -> None:
    inner = recording()
    inner.truth = None
    with pytest.raises(ValueError, match="no true boxes"):
        WithNoisyTruth(inner)


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "reader"), [("wildtrack", Wildtrack), ("pets09-s2l1", MotChallenge)]
)
def test_rates_hold_on_real_sequences(
    data: Callable[[str], Path], name: str, reader: type[Recording]
) -> None:
    sequence = reader(data(name))  # type: ignore[call-arg,arg-type]
    assert sequence.truth is not None
    true = len(sequence.truth.in_boxes())
    found = sum(len(v.detections) for vs in WithNoisyTruth(sequence, seed=1) for v in vs)
    # 15% missed, 10% added, and a few jittered out of the image.
    assert 0.93 < found / true < 0.97

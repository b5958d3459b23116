import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid_mot.sequences import Detections
from reid_mot.sequences.layout import corner_cameras, region
from reid_mot.sequences.noise import (
    DetectionNoise,
    detection_chance,
    draw_detections,
    false_boxes,
    jittered,
)

CAMERA = corner_cameras()[0]
BOX = np.array([200.0, 100.0, 280.0, 300.0])


def draw(
    visible: float, noise: DetectionNoise, count: int = 20000, box: np.ndarray = BOX
) -> list[Detections]:
    return draw_detections(
        np.random.default_rng(0),
        CAMERA,
        np.tile(box, (count, 1)),
        np.full(count, visible),
        np.arange(count),
        count,
        region(),
        noise,
    )


def found(entries: list[Detections]) -> np.ndarray:
    return np.concatenate([entry.boxes for entry in entries])


@pytest.mark.parametrize(
    ("visible", "chance"), [(1.0, 0.97), (0.6, 0.97), (0.4, 0.485), (0.2, 0.0), (0.0, 0.0)]
)
def test_share_found_is_the_stated_one(visible: float, chance: float) -> None:
    noise = DetectionNoise(false_boxes=0.0)
    assert detection_chance(np.array([visible]), noise)[0] == pytest.approx(chance)
    assert len(found(draw(visible, noise))) / 20000 == pytest.approx(chance, abs=0.01)


def test_edges_err_by_the_stated_share_of_the_size() -> None:
    boxes = found(draw(1.0, DetectionNoise(false_boxes=0.0, miss=0.0)))
    error = boxes - BOX
    np.testing.assert_allclose(error.mean(axis=0), 0.0, atol=0.12)
    np.testing.assert_allclose(error.std(axis=0), [1.6, 4.0, 1.6, 4.0], rtol=0.03)


def test_scores_follow_their_distribution_and_fall_with_occlusion() -> None:
    noise = DetectionNoise(false_boxes=0.0, score=(0.8, 0.05))
    for visible, mean in ((1.0, 0.8), (0.6, 0.6)):
        scores = np.concatenate([entry.scores for entry in draw(visible, noise)])
        assert scores.mean() == pytest.approx(mean, abs=0.005)
        assert scores.std() == pytest.approx(0.05, abs=0.003)


def test_false_boxes_come_at_the_stated_rate_with_their_scores() -> None:
    entries = draw(0.0, DetectionNoise(false_boxes=0.3, false_score=(0.4, 0.1)))
    # Places that the camera does not see give none.
    assert 0.2 < len(found(entries)) / 20000 <= 0.31
    scores = np.concatenate([entry.scores for entry in entries])
    assert scores.mean() == pytest.approx(0.4, abs=0.01)


def test_without_noise_the_true_boxes_are_found() -> None:
    noise = DetectionNoise(miss=0.0, false_boxes=0.0, jitter=0.0, score=(1.0, 0.0))
    boxes = found(draw(1.0, noise, 50))
    np.testing.assert_array_equal(boxes, np.tile(BOX, (50, 1)))


def test_boxes_are_clipped_to_the_image() -> None:
    box = np.array([-40.0, 300.0, 60.0, 560.0])
    boxes = found(draw(1.0, DetectionNoise(false_boxes=0.5), 2000, box))
    assert boxes[:, :2].min() >= 0.0
    assert (boxes[:, 2:] <= CAMERA.size).all()


def test_detections_are_at_their_instants() -> None:
    noise = DetectionNoise(miss=0.0, false_boxes=0.0, jitter=0.0)
    boxes = BOX + np.arange(3.0)[:, None]
    entries = draw_detections(
        np.random.default_rng(0), CAMERA, boxes, np.ones(3), np.array([1, 1, 4]), 6, region(), noise
    )
    assert [len(entry) for entry in entries] == [0, 2, 0, 0, 1, 0]
    np.testing.assert_array_equal(entries[4].boxes[0], boxes[2])


@given(st.floats(0, 2), st.integers(0, 1000))
def test_jittered_boxes_keep_an_area(jitter: float, seed: int) -> None:
    boxes = jittered(np.random.default_rng(seed), np.tile(BOX, (50, 1)), jitter)
    assert (boxes[:, 2:] - boxes[:, :2] >= 0.2 * np.array([80.0, 200.0]) - 1e-9).all()


def test_false_boxes_have_people_s_shapes() -> None:
    boxes = false_boxes(np.random.default_rng(0), CAMERA, region(), 500)
    size = boxes[:, 2:] - boxes[:, :2]
    assert 0.2 < np.median(size[:, 0] / size[:, 1]) < 0.9
    assert len(boxes) <= 500


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("miss", 1.5),
        ("miss", float("nan")),
        ("hidden", 0.7),
        ("clear", 1.2),
        ("false_boxes", -1.0),
        ("jitter", float("inf")),
        ("score", (2.0, 0.1)),
        ("false_score", (0.5, -0.1)),
    ],
)
def test_values_outside_their_range_are_refused(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        DetectionNoise(**{field: value})  # type: ignore[arg-type]

import numpy as np
import pytest

from reid_mot.models import Embedder, HistogramEmbedder
from reid_mot.models.histogram import grey_world, joint_histogram, opponent_colours, soft_bins

RED, GREEN, BLUE, GREY = (190, 40, 40), (40, 160, 60), (40, 60, 190), (120, 120, 120)


def person(top: tuple[int, int, int], trousers: tuple[int, int, int], seed: int = 0) -> np.ndarray:
    """A figure of two colours on a grey floor, with noise."""
    image = np.full((96, 40, 3), (130, 125, 118), float)
    image[20:54, 8:32] = top
    image[54:94, 10:30] = trousers
    image += np.random.default_rng(seed).normal(0, 6, image.shape)
    return np.asarray(np.clip(image, 0, 255), dtype=np.uint8)


def test_shape_type_and_unit_length() -> None:
    embedder = HistogramEmbedder()
    vectors = embedder([person(RED, BLUE), person(BLUE, RED)[:13, :5], person(RED, RED)[:1, :1]])
    assert isinstance(embedder, Embedder)
    assert vectors.shape == (3, embedder.dim)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose((vectors**2).sum(axis=1), 1, atol=1e-6)
    assert embedder([]).shape == (0, embedder.dim)


def test_black_and_white_crops_have_vectors() -> None:
    crops = [np.zeros((8, 4, 3), np.uint8), np.full((8, 4, 3), 255, np.uint8)]
    assert np.isfinite(HistogramEmbedder()(crops)).all()


def test_batches_do_not_matter() -> None:
    crops = [person(RED, BLUE, s)[: 50 + s] for s in range(7)]
    np.testing.assert_allclose(
        HistogramEmbedder(batch=3)(crops), HistogramEmbedder()(crops), atol=1e-6
    )


def test_one_person_under_another_light_is_nearer_than_another_person() -> None:
    seen = person(RED, BLUE, 1)
    again = np.clip(person(RED, BLUE, 2) * np.array([0.68, 0.6, 0.54]), 0, 255).astype(np.uint8)
    others = [person(*c, 3) for c in ((BLUE, RED), (GREEN, BLUE), (RED, GREY), (GREY, GREY))]
    similarity = HistogramEmbedder()([seen, again, *others])
    similarity = similarity[1:] @ similarity[0]
    assert similarity[0] > similarity[1:].max() + 0.1


def test_a_loose_box_changes_less_than_another_person() -> None:
    base = person(RED, BLUE)
    loose = np.pad(base, ((6, 3), (4, 2), (0, 0)), constant_values=125)
    v = HistogramEmbedder()([base, loose, person(RED, GREEN)])
    assert v[0] @ v[1] > v[0] @ v[2] + 0.05


def test_opponent_colours_ignore_exposure_of_bright_pixels() -> None:
    rgb = np.array([[[200.0, 120, 60]]], np.float32)
    bright, dim = opponent_colours(rgb, 6), opponent_colours(np.float32(0.5) * rgb, 6)
    assert abs(bright[0] - dim[0]).max() < 0.03
    assert abs(bright[1] - dim[1]).max() < 0.03
    # One stop of six; the constant that steadies dark pixels takes a little of it away.
    np.testing.assert_allclose(bright[2] - dim[2], 1 / 6, atol=0.02)


def test_grey_is_in_the_middle_of_both_axes_and_white_is_brightest() -> None:
    values = opponent_colours(np.full((1, 1, 3), 255, np.float32), 6)
    assert [float(v.item()) for v in values] == [0.5, 0.5, 1.0]


def test_full_balance_and_exposure_undo_a_camera_exactly() -> None:
    rgb = np.random.default_rng(0).uniform(20, 90, (1, 6, 4, 3)).astype(np.float32)
    seen = rgb * np.array([2.0, 1.2, 0.7], np.float32)
    # The small constant added to means keeps this from being exact.
    np.testing.assert_allclose(grey_world(seen, 1, 1), grey_world(rgb, 1, 1), rtol=0.05)
    np.testing.assert_allclose(grey_world(seen, 0, 0), seen)


def slow_histogram(first: np.ndarray, second: np.ndarray, w: np.ndarray, bins: int) -> np.ndarray:
    """Every pair of values shared out among the four bins about it."""
    result = np.zeros((bins, bins))
    for a, b, weight in zip(first, second, w, strict=True):
        i, j = (min(int(v * (bins - 1)), bins - 2) for v in (a, b))
        p, q = a * (bins - 1) - i, b * (bins - 1) - j
        result[i, j] += weight * (1 - p) * (1 - q)
        result[i, j + 1] += weight * (1 - p) * q
        result[i + 1, j] += weight * p * (1 - q)
        result[i + 1, j + 1] += weight * p * q
    return result


def test_joint_histogram_equals_a_slow_one() -> None:
    rng = np.random.default_rng(1)
    first, second = (rng.random((3, 20)).astype(np.float32) for _ in range(2))
    windows = rng.random((3, 2, 20)).astype(np.float32)
    fast = joint_histogram(soft_bins(first, 5), soft_bins(second, 5), windows)
    for n in range(3):
        for k in range(2):
            expected = slow_histogram(first[n], second[n], windows[n, k], 5)
            np.testing.assert_allclose(fast[n, k], expected, rtol=1e-4, atol=1e-6)


def test_soft_bins_sum_to_one() -> None:
    values = np.random.default_rng(2).random((2, 6, 5)).astype(np.float32)
    np.testing.assert_allclose(soft_bins(values, 7).sum(axis=2), 1, rtol=1e-5)


def test_what_the_border_shows_counts_less() -> None:
    """Two people on two floors: discounting the floors brings each nearer to himself."""
    scenes = {}
    for who, colour in (("a", RED), ("b", GREEN)):
        for where, floor in (("wood", (150, 100, 60)), ("tiles", (90, 110, 150))):
            image = person(colour, BLUE)
            background = (np.abs(image.astype(int) - (130, 125, 118)) < 30).all(axis=2)
            image[background] = floor
            scenes[who + where] = image

    def margin(background: float) -> float:
        v = HistogramEmbedder(background=background)(list(scenes.values()))
        s = v @ v.T  # a wood, a tiles, b wood, b tiles
        return float(min(s[0, 1], s[2, 3]) - max(s[0, 2], s[1, 3]))

    assert margin(100.0) > 1.5 * margin(0.0)


def test_zero_area_is_named() -> None:
    with pytest.raises(ValueError, match="crop 1 has zero area"):
        HistogramEmbedder()([person(RED, RED), np.zeros((0, 5, 3), np.uint8)])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stripes", 0),
        ("chroma_bins", 1),
        ("balance", 1.5),
        ("background", -1),
        ("exposure", -0.1),
        ("size", (0, 3)),
    ],
)
def test_senseless_settings_are_refused(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        HistogramEmbedder(**{field: value})  # type: ignore[arg-type]

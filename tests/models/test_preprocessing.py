import json

import cv2
import numpy as np
import pytest

from reid_mot.models import Preprocessing
from reid_mot.models.preprocessing import resize


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def test_normalisation_by_hand() -> None:
    crop = np.full((3, 5, 3), (255, 51, 0), np.uint8)
    values = Preprocessing((4, 2))([crop])[0, :, 0, 0]
    expected = [(1 - 0.485) / 0.229, (0.2 - 0.456) / 0.224, (0 - 0.406) / 0.225]
    np.testing.assert_allclose(values, expected, rtol=1e-5)


def test_channel_order_goes_with_mean_and_std() -> None:
    crop = np.full((1, 1, 3), (10, 20, 30), np.uint8)
    rgb = Preprocessing((1, 1), "RGB", "NHWC", 1.0, (1, 2, 3), (1, 2, 4))
    bgr = Preprocessing((1, 1), "BGR", "NHWC", 1.0, (1, 2, 3), (1, 2, 4))
    assert rgb([crop]).ravel().tolist() == [9, 9, 6.75]
    assert bgr([crop]).ravel().tolist() == [29, 9, 1.75]


def test_layouts_hold_the_same_values() -> None:
    crops = [noise(30, 20), noise(9, 50, 1)]
    first, last = Preprocessing((8, 6))(crops), Preprocessing((8, 6), layout="NHWC")(crops)
    assert first.shape == (2, 3, 8, 6)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first.transpose(0, 2, 3, 1), last)


def test_no_crops() -> None:
    assert Preprocessing((8, 6))([]).shape == (0, 3, 8, 6)


def test_enlarging_is_bilinear() -> None:
    crop = np.zeros((1, 2, 3), np.uint8)
    crop[0, 1] = 200
    assert resize(crop, (1, 4))[0, :, 0].tolist() == [0, 50, 150, 200]


def test_strong_shrinking_is_the_mean_of_areas() -> None:
    crop = noise(40, 30)
    means = crop.reshape(10, 4, 10, 3, 3).mean(axis=(1, 3))
    assert np.abs(resize(crop, (10, 10)) - means).max() <= 0.51


def test_mild_shrinking_is_bilinear() -> None:
    crop = noise(15, 9)
    expected = cv2.resize(crop, (6, 10), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_array_equal(resize(crop, (10, 6)), expected)


def test_json_and_back() -> None:
    own = Preprocessing((160, 64), "BGR", "NHWC", 1.0, (1, 2, 3), (4, 5, 6))
    text = json.dumps(own.to_json())
    assert Preprocessing.from_json(json.loads(text), "card") == own


@pytest.mark.parametrize("field", ["size", "channels", "layout", "scale", "mean", "std"])
def test_no_field_is_guessed(field: str) -> None:
    found = Preprocessing((160, 64)).to_json()
    del found[field]
    with pytest.raises(ValueError, match=f"card.json: the preprocessing lacks '{field}'"):
        Preprocessing.from_json(found, "card.json")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("size", 160, "wrong"),
        ("size", [0, 3], "at least 1"),
        ("channels", "GBR", "'RGB' or 'BGR'"),
        ("layout", "NWHC", "'NCHW' or 'NHWC'"),
        ("mean", [0, 0], "mean is .* three numbers"),
        ("std", [1, 1, 0], "other than 0"),
        ("scale", 0, "other than 0"),
        ("means", [0, 0, 0], "unknown field 'means'"),
    ],
)
def test_wrong_fields_are_named(field: str, value: object, message: str) -> None:
    found = Preprocessing((160, 64)).to_json() | {field: value}
    with pytest.raises(ValueError, match=f"here.json: .*{message}"):
        Preprocessing.from_json(found, "here.json")


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(ValueError, match=r"x: expected an object"):
        Preprocessing.from_json([1, 2], "x")

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import stats

from reid_mot.models import Preprocessing
from reid_mot.training.augment import Augmentation, Draws, Fill, normalise

SIZE = (48, 24)
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
FILLS: list[Fill] = ["imagenet-constant", "image-mean", "zero", "random"]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def pictures(count: int, size: tuple[int, int] = SIZE) -> torch.Tensor:
    drawn = rng(5).integers(0, 256, (count, 3, *size))
    return torch.from_numpy(drawn.astype(np.uint8))


def one_by_one(images: NDArray[np.uint8], draws: Draws, pad: int, fill: str) -> NDArray[np.float64]:
    """Each picture for itself, in the order of the published transforms."""
    results = []
    height, width = images.shape[2:]
    for image, flip, (y, x), (top, left, h, w) in zip(
        images, draws.flip, draws.offset, draws.erase, strict=True
    ):
        picture = image[:, :, ::-1] if flip else image
        padded = np.pad(picture, ((0, 0), (pad, pad), (pad, pad)))
        cropped = padded[:, y : y + height, x : x + width]
        result = (cropped / 255 - MEAN[:, None, None]) / STD[:, None, None]
        colour = {
            "imagenet-constant": MEAN,
            "zero": np.zeros(3),
            "image-mean": (cropped.mean(axis=(1, 2)) / 255 - MEAN) / STD,
        }[fill]
        result[:, top : top + h, left : left + w] = colour[:, None, None]
        results.append(result)
    return np.array(results)


@pytest.mark.parametrize("fill", FILLS[:3])
def test_equals_the_transforms_one_by_one(fill: Fill) -> None:
    augmentation, images = Augmentation(fill=fill, pad=7), pictures(200)
    draws = augmentation.draw(200, SIZE, rng())
    assert draws.flip.any()
    assert (draws.erase[:, 2] > 0).any()
    expected = one_by_one(images.numpy(), draws, 7, fill)
    np.testing.assert_allclose(augmentation.apply(images, draws).numpy(), expected, atol=2e-6)


@pytest.mark.parametrize("fill", FILLS)
def test_a_picture_does_not_depend_on_its_batch(fill: Fill) -> None:
    augmentation, images = Augmentation(fill=fill), pictures(30)
    draws = augmentation.draw(30, SIZE, rng())
    together = augmentation.apply(images, draws)
    apart = [augmentation.apply(images[k : k + 7], draws[k : k + 7]) for k in range(0, 30, 7)]
    assert torch.equal(together, torch.cat(apart))
    assert together.dtype == torch.float32


@pytest.mark.gpu
@pytest.mark.parametrize("fill", FILLS)
def test_a_gpu_gives_the_same(fill: Fill) -> None:
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU")
    augmentation, images = Augmentation(fill=fill), pictures(64, (256, 128))
    draws = augmentation.draw(64, (256, 128), rng())
    there = augmentation.apply(images.cuda(), draws)
    assert there.is_cuda
    assert torch.equal(there.cpu(), augmentation.apply(images, draws))


def test_pictures_given_are_not_changed() -> None:
    images = pictures(8)
    before = images.clone()
    for augmentation in (Augmentation(), Augmentation(flip=0, pad=0, erase=1)):
        augmentation.apply(images, augmentation.draw(8, SIZE, rng()))
    assert torch.equal(images, before)


def test_everything_off_is_what_an_embedder_sees() -> None:
    augmentation, images = Augmentation(flip=0, pad=0, erase=0), pictures(4)
    result = augmentation.apply(images, augmentation.draw(4, SIZE, rng()))
    crops = [np.ascontiguousarray(image.transpose(1, 2, 0)) for image in images.numpy()]
    np.testing.assert_array_equal(result.numpy(), Preprocessing(SIZE)(crops))


def test_black_stands_for_the_border() -> None:
    white = torch.full((1, 3, 4, 4), 255, dtype=torch.uint8)
    draws = Draws(np.array([False]), np.array([[0, 0]]), np.zeros((1, 4), int), np.zeros(1, int))
    result = Augmentation(pad=1).apply(white, draws)[0, 0]
    black, bright = -MEAN[0] / STD[0], (1 - MEAN[0]) / STD[0]
    np.testing.assert_allclose(result[0], black, rtol=1e-6)
    np.testing.assert_allclose(result[:, 0], black, rtol=1e-6)
    np.testing.assert_allclose(result[1:, 1:], bright, rtol=1e-6)


def test_offsets_and_mirroring_are_uniform() -> None:
    draws = Augmentation(pad=10).draw(40000, SIZE, rng(1))
    for column in draws.offset.T:
        counts = np.bincount(column, minlength=21)
        assert len(counts) == 21
        assert stats.chisquare(counts).pvalue > 0.01
    assert stats.binomtest(int(draws.flip.sum()), 40000, 0.5).pvalue > 0.01
    share = int((draws.erase[:, 2] > 0).sum())
    assert stats.binomtest(share, 40000, 0.5).pvalue > 0.01


def published_rectangles(count: int, size: tuple[int, int], seed: int) -> NDArray[np.int64]:
    """Random erasing's algorithm 1, one number at a time."""
    random = rng(seed)
    found = []
    for _ in range(count):
        for _ in range(100):
            area = random.uniform(0.02, 0.4) * size[0] * size[1]
            ratio = random.uniform(0.3, 3.33)
            h, w = round(float(np.sqrt(area * ratio))), round(float(np.sqrt(area / ratio)))
            if w < size[1] and h < size[0]:
                top, left = random.integers(0, size[0] - h + 1), random.integers(size[1] - w + 1)
                found.append((top, left, h, w))
                break
    return np.array(found)


def measures(r: NDArray[np.int64], size: tuple[int, int]) -> list[NDArray[np.float64]]:
    """Area, aspect, and where between the borders."""
    room = size - r[:, 2:]
    return [r[:, 2] * r[:, 3] * 1.0, r[:, 2] / r[:, 3], *(r[:, :2] / room).T]


def test_rectangles_are_distributed_as_published() -> None:
    size = (256, 128)
    ours = Augmentation(erase=1).draw(4000, size, rng(2)).erase
    theirs = published_rectangles(4000, size, 3)
    for one, other in zip(measures(ours, size), measures(theirs, size), strict=True):
        assert stats.ks_2samp(one, other).pvalue > 0.01
    assert (ours[:, :2] + ours[:, 2:] <= size).all()
    assert (ours[:, 2:] < size).all()


def test_what_never_fits_is_not_erased() -> None:
    draws = Augmentation(erase=1, erase_area=(0.9, 0.9), erase_aspect=(9, 9)).draw(5, SIZE, rng())
    assert not draws.erase.any()


def test_noise_is_uniform_and_of_each_picture() -> None:
    augmentation = Augmentation(flip=0, pad=0, fill="random", mean=(0, 0, 0), std=(1, 1, 1))
    black = torch.zeros((2, 3, 64, 64), dtype=torch.uint8)
    everywhere = np.tile([0, 0, 64, 64], (2, 1))
    noise = rng().integers(0, 2**62, 2)
    draws = Draws(np.zeros(2, bool), np.zeros((2, 2), int), everywhere, noise)
    values = (augmentation.apply(black, draws) * 255).round().to(torch.int64)
    assert stats.chisquare(values.ravel().bincount(minlength=256).numpy()).pvalue > 0.01
    planes = values.reshape(6, -1).double()
    correlation = torch.corrcoef(planes) - torch.eye(6)
    assert correlation.abs().max() < 0.06


def test_the_same_generator_gives_the_same_numbers() -> None:
    one, other = (Augmentation().draw(9, SIZE, rng(4)) for _ in range(2))
    for field in dataclasses.fields(Draws):
        np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name))


def test_normalising_floats_and_bytes_is_the_same() -> None:
    images = pictures(2)
    assert torch.equal(normalise(images), normalise(images.float()))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"flip": 1.1}, "flip is 1.1"),
        ({"erase": -0.1}, "erase is -0.1"),
        ({"pad": -1}, "pad is -1"),
        ({"erase_area": (0.4, 0.02)}, "erase_area"),
        ({"erase_aspect": (0.0, 1.0)}, "erase_aspect"),
        ({"fill": "black"}, "fill is 'black': expected one of imagenet-constant"),
        ({"std": (1, 0, 1)}, "std"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Augmentation(**settings)  # type: ignore[arg-type]


def test_pictures_of_another_kind_are_refused() -> None:
    draws = Augmentation().draw(2, SIZE, rng())
    with pytest.raises(ValueError, match=r"torch\.float32.*expected torch\.uint8"):
        Augmentation().apply(pictures(2).float(), draws)
    with pytest.raises(ValueError, match="3 pictures but draws for 2"):
        Augmentation().apply(pictures(3), draws)


def test_colours_change_as_drawn() -> None:
    augmentation, images = Augmentation(flip=0, pad=0, erase=0, colour=0.4), pictures(50)
    draws = augmentation.draw(50, SIZE, rng())
    assert draws.colour is not None
    found = augmentation.apply(images, draws).numpy()
    for picture, (contrast, *gains), result in zip(
        images.numpy().astype(float), draws.colour.astype(float), found, strict=True
    ):
        changed = ((picture - 127.5) * contrast + 127.5) * np.array(gains)[:, None, None]
        expected = (changed.clip(0, 255) / 255 - MEAN[:, None, None]) / STD[:, None, None]
        np.testing.assert_allclose(result, expected, atol=2e-5)


def test_colours_are_drawn_evenly_within_their_range() -> None:
    draws = Augmentation(colour=0.3).draw(4000, SIZE, rng())
    assert draws.colour is not None
    contrast, gains = draws.colour[:, 0], draws.colour[:, 1:]
    assert stats.kstest(contrast, stats.uniform(0.7, 0.6).cdf).pvalue > 0.01
    # Two factors, one common to all three.
    assert 0.7**2 < gains.min() < gains.max() < 1.3**2
    deviation = 0.6 / np.sqrt(12)
    assert np.log(gains).std() == pytest.approx(np.sqrt(2) * deviation, rel=0.1)
    assert np.corrcoef(gains[:, 0], gains[:, 1])[0, 1] == pytest.approx(0.5, abs=0.05)


def test_without_colours_nothing_else_is_drawn() -> None:
    plain, coloured = (Augmentation(colour=c).draw(20, SIZE, rng()) for c in (0, 0.2))
    assert plain.colour is None
    np.testing.assert_array_equal(plain.erase, coloured.erase)
    np.testing.assert_array_equal(plain.noise, coloured.noise)
    assert len(coloured[3:7]) == 4
    assert coloured[3:7].colour is not None


def test_the_mean_of_a_coloured_picture_fills_it() -> None:
    augmentation = Augmentation(flip=0, pad=0, erase=1, fill="image-mean", colour=0.4)
    images = pictures(10)
    draws = augmentation.draw(10, SIZE, rng())
    whole = dataclasses.replace(draws, erase=np.zeros((10, 4), np.int64))
    coloured = augmentation.apply(images, whole)
    torch.testing.assert_close(augmentation.apply(images, draws)[0], _filled(coloured[0], draws))


def _filled(picture: torch.Tensor, draws: Draws) -> torch.Tensor:
    top, left, height, width = draws.erase[0]
    filled = picture.clone()
    mean = picture.mean(dim=(1, 2), keepdim=True)
    filled[:, top : top + height, left : left + width] = mean
    return filled


@pytest.mark.parametrize("colour", [-0.1, 1.0])
def test_colours_out_of_range(colour: float) -> None:
    with pytest.raises(ValueError, match="colour is"):
        Augmentation(colour=colour)

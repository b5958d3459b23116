import numpy as np
import pytest
import torch
from torch import Tensor, nn

from reid_mot.models import Embedder, Output, Preprocessing, TorchEmbedder

PLAIN = Preprocessing((4, 2), scale=1.0, mean=(0, 0, 0), std=(1, 1, 1))


class Means(nn.Module):
    """Mean colours, and a one so that black has a direction; remembers how it was called."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[int, bool]] = []

    def forward(self, images: Tensor) -> Tensor:
        self.seen.append((len(images), self.training))
        return torch.cat([images.mean((2, 3)), torch.ones(len(images), 1)], 1)


class Outputs(nn.Module):
    dim = 3
    input_size = (6, 5)

    def forward(self, images: Tensor) -> Output:
        f = images.mean((2, 3))
        return Output(2 * f, (f,), ())


def crop(value: int, height: int = 5, width: int = 3) -> np.ndarray:
    return np.full((height, width, 3), (value, 0, 7), np.uint8)


def test_vectors_are_the_networks_at_length_one() -> None:
    vectors = TorchEmbedder(Means(), PLAIN, device="cpu")([crop(3), crop(40, 9, 9)])
    expected = np.array([[3, 0, 7, 1], [40, 0, 7, 1]], float)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    assert vectors.dtype == np.float32


def test_it_is_an_embedder_whose_length_is_found_by_trying() -> None:
    embedder = TorchEmbedder(Means(), PLAIN, device="cpu")
    assert isinstance(embedder, Embedder)
    assert embedder.dim == 4
    assert embedder([]).shape == (0, 4)


def test_batches_are_bounded_and_in_order() -> None:
    network = Means()
    embedder = TorchEmbedder(network, PLAIN, device="cpu", batch=3)
    network.seen.clear()
    crops = [crop(v) for v in range(8)]
    vectors = embedder(crops)
    assert [n for n, _ in network.seen] == [3, 3, 2]
    np.testing.assert_allclose(vectors[:, 0] / vectors[:, 3], range(8), atol=1e-4)


def test_evaluation_during_the_call_and_the_old_mode_after() -> None:
    network = Means().train()
    TorchEmbedder(network, PLAIN, device="cpu")([crop(1)])
    assert not any(training for _, training in network.seen)
    assert network.training


def test_an_output_gives_its_embedding_and_the_networks_own_size() -> None:
    embedder = TorchEmbedder(Outputs(), device="cpu")
    assert embedder.preprocessing == Preprocessing((6, 5))
    expected = Preprocessing((6, 5))([crop(90)]).mean(axis=(2, 3))
    expected /= np.linalg.norm(expected)
    np.testing.assert_allclose(embedder([crop(90)]), expected, atol=1e-6)


def test_half_precision_arithmetic_gives_nearly_the_same_float32() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    rng = np.random.default_rng(0)
    crops = [rng.integers(0, 256, (8, 8, 3)).astype(np.uint8) for _ in range(4)]
    full = TorchEmbedder(network, Preprocessing((8, 8)), device="cpu")(crops)
    half = TorchEmbedder(network, Preprocessing((8, 8)), device="cpu", dtype=torch.bfloat16)(crops)
    assert half.dtype == np.float32
    assert (full * half).sum(axis=1).min() > 0.999
    assert not np.array_equal(full, half)


def test_gradients_are_not_kept() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    output = TorchEmbedder(network, PLAIN, device="cpu").run(torch.zeros(1, 3, 4, 2))
    assert not output.requires_grad


def test_the_number_of_a_crop_is_that_of_the_whole_list() -> None:
    network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    embedder = TorchEmbedder(network, PLAIN, device="cpu", batch=2)
    black = np.zeros((2, 2, 3), np.uint8)
    with pytest.raises(ValueError, match="the vector of crop 3 is zero"):
        embedder([crop(1), crop(1), crop(1), black])
    with pytest.raises(ValueError, match="crop 2 has zero area"):
        embedder([crop(1), crop(1), crop(1, 0)])


def test_a_network_without_a_size_needs_preprocessing() -> None:
    with pytest.raises(ValueError, match="Means has no input_size"):
        TorchEmbedder(Means())


def test_pytorch_takes_nchw() -> None:
    with pytest.raises(ValueError, match="NCHW, found NHWC"):
        TorchEmbedder(Means(), Preprocessing((4, 2), layout="NHWC"))


def test_what_is_no_vector_is_refused() -> None:
    class Pair(nn.Module):
        def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
            return images, images

    with pytest.raises(TypeError, match="the network gave tuple"):
        TorchEmbedder(Pair(), PLAIN, device="cpu")

"""The losses of a teacher against PyTorch's own functions, pair by pair."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from reid_mot.training.teacher_losses import imitation_loss, likeness_loss


def seeded(*shape: int, seed: int = 1234) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_imitation_is_one_minus_the_cosine() -> None:
    vectors, taught = seeded(6, 5), functional.normalize(seeded(6, 5, seed=1))
    wanted = functional.cosine_embedding_loss(vectors, taught, torch.ones(6))
    torch.testing.assert_close(imitation_loss(vectors, taught), wanted)
    assert imitation_loss(3 * taught, taught).item() == pytest.approx(0, abs=1e-6)


def test_imitation_wants_vectors_of_the_same_length() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3\), the teacher's \(2, 4\)"):
        imitation_loss(torch.ones(2, 3), torch.ones(2, 4))


def test_likeness_compares_every_two_pictures() -> None:
    vectors, taught = seeded(4, 5), functional.normalize(seeded(4, 3, seed=1))
    found = []
    for i in range(4):
        for j in range(4):
            if i != j:
                own = functional.cosine_similarity(vectors[i], vectors[j], dim=0)
                found.append((own - taught[i] @ taught[j]) ** 2)
    torch.testing.assert_close(likeness_loss(vectors, taught), torch.stack(found).mean())


def test_likeness_does_not_depend_on_how_vectors_are_turned() -> None:
    taught = functional.normalize(seeded(5, 4))
    turn, _ = torch.linalg.qr(seeded(4, 4, seed=2))
    assert likeness_loss(taught @ turn, taught).item() == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize(("rows", "taught"), [(1, 1), (3, 2)])
def test_likeness_wants_two_pictures_and_as_many_vectors(rows: int, taught: int) -> None:
    with pytest.raises(ValueError, match=f"{rows} and {taught} vectors"):
        likeness_loss(torch.ones(rows, 3), torch.ones(taught, 3))

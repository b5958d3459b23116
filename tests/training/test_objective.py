"""The losses chosen, weighted and averaged over branches."""

from __future__ import annotations

import pytest
import torch

from reid_mot.models import Output
from reid_mot.training.centers import center_loss
from reid_mot.training.losses import cross_entropy, triplet_hard, triplet_weighted
from reid_mot.training.objective import Objective

LABELS = torch.tensor([0, 0, 1, 1, 2, 2])


def output(branches: int, seed: int = 0) -> Output:
    """What a network of so many branches gives for six pictures of three people."""
    generator = torch.Generator().manual_seed(seed)
    features = tuple(torch.randn(6, 5, generator=generator) for _ in range(branches))
    logits = tuple(torch.randn(6, 3, generator=generator) for _ in range(branches))
    return Output(torch.cat(features, dim=1), features, logits)


def test_each_loss_is_the_mean_over_the_branches() -> None:
    found = output(2)

    parts = Objective(smoothing=0.1, triplet="hard", margin=0.3)(found, LABELS)

    expected_id = sum(cross_entropy(x, LABELS, 0.1) for x in found.logits) / 2
    expected_triplet = sum(triplet_hard(x, LABELS, 0.3) for x in found.features) / 2
    assert [*parts] == ["id", "triplet"]
    torch.testing.assert_close(parts["id"], expected_id)
    torch.testing.assert_close(parts["triplet"], expected_triplet)


def test_the_weighted_triplet_loss_sees_features_as_they_are_unless_told() -> None:
    found = output(1)

    raw = Objective(triplet="weighted", margin=None)(found, LABELS)
    unit = Objective(triplet="weighted", margin=None, unit=True)(found, LABELS)

    (features,) = found.features
    expected = triplet_weighted(features, LABELS, None, normalise=False)
    torch.testing.assert_close(raw["triplet"], expected)
    expected = triplet_weighted(features, LABELS, None, normalise=True)
    torch.testing.assert_close(unit["triplet"], expected)


def test_what_is_off_is_not_there() -> None:
    assert [*Objective(triplet=None)(output(1), LABELS)] == ["id"]


def test_the_center_loss_has_its_weight() -> None:
    found, centers = output(1), torch.ones(3, 5)

    parts = Objective(center=0.25)(found, LABELS, centers)

    expected = center_loss(found.features[0], LABELS, centers) / 4
    torch.testing.assert_close(parts["center"], expected)


def test_the_sum_over_a_batch_counts_the_pictures_of_all_processes() -> None:
    whole, centers = output(1), torch.ones(3, 5)
    halves = [
        Output(whole.embedding[k], (whole.features[0][k],), (whole.logits[0][k],))
        for k in (slice(0, 2), slice(2, 6))
    ]
    objective = Objective(triplet=None, center=1.0, center_form="sum")

    alone = objective(whole, LABELS, centers)["center"]
    first = objective(halves[0], LABELS[:2], centers, (halves[1], LABELS[2:]))["center"]
    second = objective(halves[1], LABELS[2:], centers, (halves[0], LABELS[:2]))["center"]

    # Each share is scaled up to the whole, as if the others' pictures were like its own.
    torch.testing.assert_close(first / 3 + second / 1.5, alone)


def test_a_center_loss_for_two_branches_is_refused() -> None:
    with pytest.raises(ValueError, match="needs one feature, the network has 2"):
        Objective(center=1.0)(output(2), LABELS, torch.ones(3, 5))


def test_a_network_without_classifiers_is_refused() -> None:
    found = output(1)._replace(logits=())

    with pytest.raises(ValueError, match="no logits"):
        Objective()(found, LABELS)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"smoothing": 1.0}, "smoothing is 1.0"),
        ({"triplet": "soft"}, "triplet is 'soft'"),
        ({"margin": -0.1}, "margin is -0.1"),
        ({"center": -1.0}, "center is -1.0"),
        ({"center_form": "max"}, "center_form is 'max'"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Objective(**settings)  # type: ignore[arg-type]

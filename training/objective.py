"""What a training minimises: the losses of both papers, chosen and weighted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ..models import Output
from .centers import center_loss
from .losses import cross_entropy, triplet_all, triplet_hard, triplet_weighted
from .teacher_losses import imitation_loss, likeness_loss

TRIPLETS = {"hard": triplet_hard, "weighted": triplet_weighted, "all": triplet_all}

TEACHING = {"vectors": imitation_loss, "likeness": likeness_loss}


@dataclass(frozen=True)
class Objective:
    """The sum of the losses; each is the mean over a network's branches.

    Args:
        smoothing: of the labels in the cross entropy (Luo et al. 2019, equation 3); 0: none.
        triplet: "hard": the hardest positive and negative (Lawen et al. 2019, equation 2);
            "weighted": all of them, weighted (equation 3); "all": each triplet for itself
            (equation 1); None: no triplet loss.
        margin: of the triplet loss; None: softplus in its place (equation 4).
        unit: whether the triplet loss brings features to length 1 first. Networks that do so
            themselves need it not.
        center: weight of the center loss (Luo et al. 2019, equations 5 and 6); 0: none.
        center_form: "mean" over the batch, as in the code with which the paper's numbers were
            made, or half the "sum", as the paper's equation says.
        center_rate: the learning rate of the centers, which follow the features at the same
            pace whatever the weight.
        teacher: weight of the teacher's loss, where a recipe has one; 0: none.
        teacher_form: "vectors" of the teacher are imitated, which must have the network's length,
            or the "likeness" of each two pictures.

    Raises:
        ValueError: a smoothing outside [0, 1), an unknown kind or form, a negative margin,
            weight or rate.
    """

    smoothing: float = 0.0
    triplet: Literal["hard", "weighted", "all"] | None = "hard"
    margin: float | None = 0.3
    unit: bool = False
    center: float = 0.0
    center_form: Literal["mean", "sum"] = "mean"
    center_rate: float = 0.5
    teacher: float = 0.0
    teacher_form: Literal["vectors", "likeness"] = "vectors"

    def __post_init__(self) -> None:
        if not 0 <= self.smoothing < 1:
            raise ValueError(f"smoothing is {self.smoothing}: expected at least 0 and below 1")
        if self.triplet is not None and self.triplet not in TRIPLETS:
            raise ValueError(f"triplet is {self.triplet!r}: expected one of {[*TRIPLETS]}, or None")
        if self.margin is not None and self.margin < 0:
            raise ValueError(f"margin is {self.margin}: expected at least 0, or None")
        if self.center_form not in ("mean", "sum"):
            raise ValueError(f"center_form is {self.center_form!r}: expected 'mean' or 'sum'")
        if self.teacher_form not in TEACHING:
            raise ValueError(
                f"teacher_form is {self.teacher_form!r}: expected one of {[*TEACHING]}"
            )
        for name in ("center", "center_rate", "teacher"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}: expected at least 0")

    def __call__(
        self,
        output: Output,
        labels: Tensor,
        centers: Tensor | None = None,
        others: tuple[Output, Tensor] | None = None,
        taught: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """The losses of a batch by name, weighted, so that their sum is what is minimised.

        Args:
            output: of the network for b pictures.
            labels: (b,) int64.
            centers: (identities, d), of a network with one branch, where `center` is not 0.
            others: what other processes have at the same time; triplets are formed with it, the
                anchors being this process's own.
            taught: (b, e) the teacher's vectors of the pictures, where there is one.

        Raises:
            ValueError: a network without classifier, or a center loss for several branches.
        """
        if not output.logits:
            raise ValueError("the network gives no logits: build it with the number of identities")
        parts = {"id": _mean([cross_entropy(x, labels, self.smoothing) for x in output.logits])}
        if self.triplet is not None:
            parts["triplet"] = _mean(
                [
                    TRIPLETS[self.triplet](
                        features,
                        labels,
                        self.margin,
                        self.unit,
                        others=None if others is None else (others[0].features[branch], others[1]),
                    )
                    for branch, features in enumerate(output.features)
                ]
            )
        if self.center and centers is not None:
            if len(output.features) != 1:
                raise ValueError(
                    f"the center loss needs one feature, the network has {len(output.features)}"
                )
            loss = center_loss(output.features[0], labels, centers, self.center_form)
            if self.center_form == "sum" and others is not None:
                # Processes average their gradients, the sum is over all of their pictures.
                loss = loss * (1 + len(others[1]) / len(labels))
            parts["center"] = self.center * loss
        if self.teacher and taught is not None:
            form = TEACHING[self.teacher_form]
            parts["teacher"] = self.teacher * form(output.embedding.float(), taught)
        return parts


def _mean(losses: list[Tensor]) -> Tensor:
    return torch.stack([loss.float() for loss in losses]).mean()

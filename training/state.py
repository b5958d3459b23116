"""Everything that changes while a network is trained, saved and loaded whole."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .centers import Centers
from .distributed import Place, average
from .recipe import Averaging, Optimiser, Recipe
from .swag import Moments


class State:
    """The weights, the optimiser, the centers, the moments, and how far the training has come.

    Args:
        recipe: what is trained how.
        identities: outputs of the classifiers.
        place: where this process computes.

    Attributes:
        epoch: the one that comes next or goes on, from 1.
        batch: the batch of it that comes next, from 0.
        sums: of the losses of this epoch, by name, and of its seconds.
    """

    def __init__(self, recipe: Recipe, identities: int, place: Place) -> None:
        self.recipe, self.place = recipe, place
        self.network = recipe.build(identities).to(place.device)
        trained = [p for p in self.network.parameters() if p.requires_grad]
        self.optimiser = make_optimiser(recipe.optimiser, trained)
        self.scaler = torch.amp.GradScaler(place.device.type, enabled=recipe.precision == "fp16")
        self.centers: Centers | None = None
        if recipe.objective.center:
            generator = torch.Generator().manual_seed(recipe.seed)
            dim = int(self.network.dim)  # type: ignore[arg-type]
            centers = Centers(identities, dim, recipe.objective.center_form, generator)
            self.centers = centers.to(place.device)
        averaging = recipe.averaging
        self.moments = Moments() if isinstance(averaging, Averaging) else None
        self.epoch, self.batch = 1, 0
        self.sums: dict[str, float] = {}

    def step(self, loss: Tensor, rate: float) -> Tensor:
        """Follow the gradient of a loss.

        Args:
            loss: of this process's share of the batch.
            rate: the learning rate.

        Returns:
            the length of the gradient of the network's weights, before it is clipped.
        """
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        if self.centers is not None:
            self.centers.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimiser)
        weights = [p for group in self.optimiser.param_groups for p in group["params"]]
        limit = self.recipe.optimiser.clip
        length = torch.nn.utils.clip_grad_norm_(weights, float("inf") if limit is None else limit)
        self.scaler.step(self.optimiser)
        if self.centers is not None:
            self._move_centers(self.centers)
        self.scaler.update()
        return length

    def end_epoch(self) -> None:
        """Go on to the next epoch; collect the weights where the recipe says so."""
        self._collect(self.epoch)
        self.epoch, self.batch, self.sums = self.epoch + 1, 0, {}

    def _collect(self, epoch: int) -> None:
        if self.moments is not None and self.recipe.collects(epoch):
            self.moments.add(self.network)

    def _move_centers(self, centers: Centers) -> None:
        gradient = centers.centers.grad
        assert gradient is not None
        average(gradient, self.place)
        centers.undo_weight(self.recipe.objective.center * self.scaler.get_scale())
        centers.optimiser(self.recipe.objective.center_rate).step()

    def save(self, path: Path, about: dict[str, Any]) -> None:
        """Write all of it; the file is complete or the one that was there before.

        Args:
            path: of the file.
            about: JSON values that say which run this is.
        """
        content: dict[str, Any] = {
            "about": about,
            "epoch": self.epoch,
            "batch": self.batch,
            "sums": self.sums,
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "scaler": self.scaler.state_dict(),
            "random": torch.get_rng_state(),
        }
        if self.place.device.type == "cuda":
            content["random_cuda"] = torch.cuda.get_rng_state(self.place.device)
        if self.centers is not None:
            content["centers"] = self.centers.state_dict()
        if self.moments is not None:
            content["moments"] = self.moments.state_dict()
        part = path.with_name(f".{path.name}.part")
        try:
            torch.save(content, part)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)

    def load(self, content: dict[str, Any]) -> None:
        """Go on where a saved training stopped.

        Args:
            content: what `read_checkpoint` gave.
        """
        self.network.load_state_dict(content["network"])
        self.optimiser.load_state_dict(content["optimiser"])
        self.scaler.load_state_dict(content["scaler"])
        if self.centers is not None:
            self.centers.load_state_dict(content["centers"])
        if self.moments is not None and "moments" in content:
            self.moments.load_state_dict(content["moments"])
        torch.set_rng_state(content["random"].cpu())
        if self.place.device.type == "cuda" and "random_cuda" in content:
            torch.cuda.set_rng_state(content["random_cuda"].cpu(), self.place.device)
        self.epoch, self.batch = content["epoch"], content["batch"]
        self.sums = dict(content["sums"])
        # The averaging may have been decided on only after the epochs before it.
        if self.moments is not None and "moments" not in content and not self.batch:
            self._collect(self.epoch - 1)


def make_optimiser(settings: Optimiser, weights: list[nn.Parameter]) -> torch.optim.Optimizer:
    """Adam or SGD over weights, with its learning rate still to be set."""
    if settings.kind == "adam":
        return torch.optim.Adam(weights, weight_decay=settings.decay)
    return torch.optim.SGD(weights, lr=1.0, momentum=settings.momentum, weight_decay=settings.decay)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What `State.save` wrote, on the CPU.

    Raises:
        ValueError: a file that is something else.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        if not {"about", "epoch", "batch", "network", "optimiser"} <= set(content):
            raise ValueError("it lacks parts")
    except Exception as error:
        raise ValueError(f"{path}: expected a checkpoint of a training: {error}") from error
    found: dict[str, Any] = content
    return found

"""The folder of a training, and whether a training may go on from what is there."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, cast

import torch
from torch import Tensor

from ..sequences.views import Ints
from .augment import Draws
from .batches import IdentityBatches, batch_generator
from .distributed import Place, wait
from .execution import Execution
from .memory import hold
from .pictures import Pictures, ReidData
from .recipe import Recipe
from .state import State, read_checkpoint
from .teaching import taught_vectors


@dataclass(frozen=True)
class Files:
    """Where a training writes what.

    Args:
        folder: made if it is not there.
    """

    folder: Path

    @property
    def recipe(self) -> Path:
        """All settings, and which pictures were learned from."""
        return self.folder / "recipe.json"

    @property
    def log(self) -> Path:
        """A line an epoch and a line a validation, as JSON."""
        return self.folder / "log.jsonl"

    @property
    def checkpoint(self) -> Path:
        """Everything that a training needs to go on."""
        return self.folder / "checkpoint.pt"

    @property
    def teacher(self) -> Path:
        """What the teacher says of the pictures to learn from."""
        return self.folder / "teacher.safetensors"

    @property
    def diverged(self) -> Path:
        """The batch at which a loss or gradient was not finite."""
        return self.folder / "diverged.pt"

    @property
    def embedder(self) -> Path:
        """The result, without the suffixes .safetensors and .json."""
        return self.folder / "embedder"


class Run:
    """A training: what it learns from, how far it is, and its folder.

    Args:
        recipe: all that the result depends on.
        data: what is learned from and validated on.
        folder: where it is written.
        place: of this process.
        execution: how it is computed.
        resume: whether to go on from a checkpoint, where there is one.
        log: told how far the teacher has come, where the recipe has one; None: silence.

    Raises:
        FileExistsError: there is a training already and `resume` is False.
        ValueError: a checkpoint of another recipe or of other pictures, or fewer people than a
            batch needs.
    """

    def __init__(
        self,
        recipe: Recipe,
        data: ReidData,
        folder: Path,
        place: Place,
        execution: Execution,
        resume: bool,
        log: TextIO | None = None,
    ) -> None:
        self.recipe, self.data, self.place = recipe, data, place
        self.files = Files(folder)
        self.about = {"recipe": recipe.to_json(), "pictures": described(data.train)}
        self.batches = IdentityBatches(
            data.train.labels,
            recipe.batch.identities,
            recipe.batch.images,
            seed=recipe.seed,
            rank=place.rank,
            ranks=place.ranks,
        )
        self.state = State(recipe, data.train.identities, place)
        self._begin(resume)
        self.taught = self._ask_teacher(log)  # before all pictures are decoded
        self.network = execution.prepare(self.state.network, place)
        self.size = cast(tuple[int, int], self.state.network.input_size)
        self.pictures = hold(data.train, self.size, execution.memory, place.device)
        self.labels = torch.from_numpy(data.train.labels).to(place.device)

    def _ask_teacher(self, log: TextIO | None) -> Tensor | None:
        weight, teacher = self.recipe.objective.teacher, self.recipe.teacher
        if not weight:
            return None
        if teacher is None:
            raise ValueError(
                f"objective.teacher is {weight:g}, and there is no teacher: give one with"
                " teacher=..., an embedder such as a file"
            )
        imitated = self.recipe.objective.teacher_form == "vectors"
        own = int(self.state.network.dim)  # type: ignore[arg-type]
        found = taught_vectors(
            teacher,
            self.data.train,
            self.about["pictures"],
            self.files.teacher,
            log,
            dim=own if imitated else None,
            write=self.place.rank == 0,
        )
        return found.to(self.place.device)

    def _begin(self, resume: bool) -> None:
        if self.files.checkpoint.exists():
            if not resume:
                raise FileExistsError(
                    f"{self.files.checkpoint} is there already: resume it, or take another folder"
                )
            content = read_checkpoint(self.files.checkpoint)
            done = content["epoch"] - 1
            check_same(self.files.checkpoint, content["about"], self.about, done)
            self.state.load(content)
        wait(self.place)  # nobody writes before everybody has read
        if self.place.rank == 0:
            self.files.folder.mkdir(parents=True, exist_ok=True)
            _write_json(self.files.recipe, self.about)

    def save(self) -> None:
        """Write the checkpoint, in one process for all."""
        if self.place.rank == 0:
            self.state.save(self.files.checkpoint, self.about)
        wait(self.place)

    def draws(self, epoch: int, batch: int) -> Draws:
        """The random numbers of this process's share of a batch.

        They are drawn for the whole batch, so that the result does not depend on how many
        processes share it.
        """
        generator = batch_generator(self.recipe.seed, epoch, batch)
        whole = self.recipe.augmentation.draw(len(self.recipe.batch), self.size, generator)
        share = len(whole) // self.place.ranks
        return whole[self.place.rank * share : (self.place.rank + 1) * share]

    def save_batch(self, index: int, rows: Ints) -> None:
        """Keep a batch at which the training diverged, to be looked into."""
        torch.save(
            {
                "epoch": self.state.epoch,
                "batch": index,
                "names": [str(name) for name in self.data.train.names[rows]],
                "images": self.pictures.batch(rows).cpu(),
                "labels": self.labels[torch.from_numpy(rows).to(self.labels.device)].cpu(),
            },
            self.files.diverged,
        )


def check_same(path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any], done: int) -> None:
    """Refuse to go on with another training.

    What only matters after the epochs that are done may differ: their number, and the averaging
    after them.

    Args:
        path: of the checkpoint, for the message.
        found: what identifies the checkpoint's training.
        wanted: what identifies the training that would go on.
        done: epochs that are complete.

    Raises:
        ValueError: a difference; the message names it.
    """
    base = min(found["recipe"]["epochs"], wanted["recipe"]["epochs"])
    differences = list(_differences(found, wanted, ""))
    if done <= base:
        later = ("recipe.epochs", "recipe.averaging")
        differences = [d for d in differences if not d[0].startswith(later)]
    if differences:
        name, old, new = differences[0]
        raise ValueError(
            f"{path} is of another training: {name} was {old!r} there, now it is {new!r}"
        )


def _differences(found: Any, wanted: Any, name: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        for key in sorted({*found, *wanted}):
            inner = f"{name}.{key}" if name else key
            yield from _differences(found.get(key), wanted.get(key), inner)
    elif found != wanted:
        yield name, found, wanted


def described(pictures: Pictures) -> dict[str, Any]:
    """What tells these pictures from others, without reading them; JSON values."""
    digest = hashlib.sha256()
    for column in (pictures.identity, pictures.camera):
        digest.update(column.tobytes())
    digest.update("\n".join(pictures.names.tolist()).encode())
    return {
        "count": len(pictures),
        "people": pictures.identities,
        "sha256": digest.hexdigest(),
    }


def _write_json(path: Path, content: object) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)

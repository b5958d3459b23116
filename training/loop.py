"""The training loop: from a recipe and pictures to an embedder."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import torch

from ..models import Embedder
from ..progress import Progress
from .distributed import Place, agree, others_of, taking_part, wait
from .execution import Execution, arithmetic
from .finish import embedder_of, finish, validation
from .logs import TrainingLog
from .pictures import ReidData
from .recipe import Recipe
from .run import Run
from .tally import Tally


class TrainingStopped(KeyboardInterrupt):
    """Somebody asked for it; the checkpoint is saved, and the training can go on from there."""


class TrainingDiverged(ArithmeticError):
    """A loss or gradient is not finite; its batch is saved, and the last checkpoint is kept."""


def train(
    recipe: Recipe,
    data: ReidData,
    out: str | Path,
    *,
    resume: bool = False,
    validate: int = 0,
    execution: Execution | None = None,
    tensorboard: bool = False,
    log: TextIO | None = sys.stderr,
    stop: Callable[[], bool] = lambda: False,
) -> Embedder:
    """Train a network, and write all about it into a folder.

    The folder gets recipe.json, log.jsonl (a line an epoch), checkpoint.pt after every epoch and
    when the training is stopped, and at the end embedder.safetensors with its card
    embedder.json, which `load_embedder` reads. Where `torchrun` started several processes, they
    share each batch, and the one of rank 0 writes.

    Args:
        recipe: all that the result depends on.
        data: what is learned from (`train`), and what is asked when validating (`query`,
            `gallery`).
        out: the folder.
        resume: go on from the folder's checkpoint, with the result of a training that never
            stopped; begin if there is none.
        validate: epochs between two measurements on `query` and `gallery`, with one at the end;
            0: none.
        execution: where and how it is computed; None: see the defaults of `Execution`.
        tensorboard: also write the folder's `tensorboard`; needs the package of that name.
        log: told how far it has come; None: silence.
        stop: asked after every batch; True saves the checkpoint and ends the training.

    Returns:
        the trained embedder.

    Raises:
        FileExistsError: the folder has a training already, and `resume` is False.
        ValueError: fewer people than a batch needs, no such device, or a checkpoint of another
            recipe or of other pictures; the message names what differs.
        TrainingStopped: `stop` said so.
        TrainingDiverged: a loss or gradient became infinite or NaN.
    """
    execution = Execution() if execution is None else execution
    with taking_part(execution.device) as place, _own_random_numbers(recipe.seed, place):
        first = place.rank == 0
        run = Run(recipe, data, Path(out), place, execution, resume, log if first else None)
        board = run.files.folder / "tensorboard" if tensorboard else None
        done = run.state.epoch - 1
        with TrainingLog(run.files.log, done, writing=first, tensorboard=board) as written:
            while run.state.epoch <= recipe.all_epochs:
                epoch = run.state.epoch
                written.add(_train_epoch(run, log if first else None, stop))
                run.state.end_epoch()
                run.save()
                if validate and epoch % validate == 0 and first:
                    embedder = embedder_of(run.state.network, recipe, place.device)
                    written.add({"epoch": epoch, **validation(embedder, data)})
                wait(place)
            return finish(run, measured=bool(validate))


def _train_epoch(run: Run, log: TextIO | None, stop: Callable[[], bool]) -> dict[str, float]:
    """The batches of an epoch, from the one that comes next on; what the log keeps of it."""
    recipe, state, place = run.recipe, run.state, run.place
    rows = run.batches.epoch(state.epoch)
    tally = Tally(state, len(rows), len(recipe.batch))
    progress = Progress(
        log,
        f"epoch {state.epoch}/{recipe.all_epochs}",
        len(rows),
        unit="batches",
        pace="batches/s",
        begun=state.batch,
    )
    rate = 0.0
    for images in run.pictures.batches(rows[state.batch :]):
        chosen = rows[state.batch]
        index = torch.from_numpy(chosen).to(place.device)
        labels = run.labels[index]
        draws = run.draws(state.epoch, state.batch)
        with arithmetic(recipe.precision, place.device):
            output = run.network(recipe.augmentation.apply(images, draws))
        centers = None if state.centers is None else state.centers.centers
        others = others_of(output, labels, place)
        taught = None if run.taught is None else run.taught[index]
        parts = recipe.objective(output, labels, centers, others, taught)
        rate = recipe.rate(state.epoch, state.batch, len(rows))
        gradient = state.step(torch.stack([*parts.values()]).sum(), rate)
        state.batch += 1
        tally.add(parts, gradient)
        asked = stop()
        if tally.due or (asked and place.ranks == 1):
            bad = tally.look()
            if bad is not None:
                run.save_batch(bad, rows[bad])
                raise TrainingDiverged(
                    f"epoch {state.epoch}, batch {bad}: a loss or the gradient is not finite;"
                    f" the batch is in {run.files.diverged}"
                )
            if agree(asked, place):
                run.save()
                raise TrainingStopped(f"stopped in epoch {state.epoch}")
        progress(state.batch, tally.note())
    progress.finish(state.batch, tally.note(whole=True))
    return tally.row(rate)


@contextmanager
def _own_random_numbers(seed: int, place: Place) -> Iterator[None]:
    """What a network draws while it trains, such as dropout, depends on the seed alone."""
    gpus = [place.device] if place.device.type == "cuda" else []
    with torch.random.fork_rng(devices=gpus):
        torch.manual_seed(seed + place.rank)
        yield

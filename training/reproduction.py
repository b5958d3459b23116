"""Making a published table again: its trainings, each once, and the scores of its rows."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import torch

from ..models.card import load_saved, read_card, saved_files
from ..sequences.files import read_json, write_text
from .execution import Execution
from .logs import read_log
from .loop import TrainingDiverged, train
from .measuring import Scores, measure, way
from .pictures import ReidData
from .recipe import Recipe
from .recipes.table import Cell, Row, Table
from .run import Files, described
from .succession import begin_from_others

SESSIONS, MEASURED = "sessions.jsonl", "measured.json"
"""Files in the folder of a training: what ran it on what, and what came of it."""


@dataclass(frozen=True)
class Training:
    """One training of a table.

    Args:
        recipe: of all rows that are measured on it.
        data: short name of what is learned from.
        folder: where it is.
    """

    recipe: Recipe
    data: str
    folder: Path

    @property
    def done(self) -> bool:
        """Whether its embedder is there."""
        return all(path.exists() for path in saved_files(self.folder))


@dataclass
class Reproduction:
    """A table, with what has been found so far.

    Args:
        table: all rows to be shown.
        data: data sets by short name.
        out: the folder of trainings and of the result.
        asked: the part of the table that is to be run; None: all of it.

    Attributes:
        failed: why a training (by folder) gave nothing.
        stopped: whether somebody stopped it.
    """

    table: Table
    data: Mapping[str, ReidData]
    out: Path
    asked: Table | None = None
    failed: dict[Path, str] = field(default_factory=dict)
    stopped: bool = False

    def about(self, recipe: Recipe, data: str) -> dict[str, Any]:
        """What identifies a training, as its recipe.json has it."""
        return {"recipe": recipe.to_json(), "pictures": described(self.data[data].train)}

    def training(self, row: Row, cell: Cell) -> Training | None:
        """The training that a result needs; None where the data are not given."""
        if cell.train not in self.data:
            return None
        about = json.dumps(self.about(row.recipe, cell.train), sort_keys=True)
        key = hashlib.sha256(about.encode()).hexdigest()[:10]
        return Training(row.recipe, cell.train, self.out / f"{cell.train}-{key}")

    def trainings(self) -> list[Training]:
        """All different ones that were asked for, those first from whose middle others go on."""
        return sorted(self._different(self.asked or self.table).values(), key=_turn)

    def shown(self) -> list[Training]:
        """As `trainings`, and after them those that were begun when they were asked for."""
        asked = self.trainings()
        folders = {training.folder for training in asked}
        every = self._different(self.table)
        return asked + [t for t in every.values() if t.folder.exists() and t.folder not in folders]

    def _different(self, table: Table) -> dict[Path, Training]:
        every = (self.training(row, cell) for row in table.rows for cell in row.cells)
        return {training.folder: training for training in every if training is not None}

    def tests(self, training: Training) -> dict[str, list[Row]]:
        """Short names of the data that a training is measured on, with the rows that ask for it."""
        found: dict[str, list[Row]] = {}
        for row in (self.asked or self.table).rows:
            for cell in row.cells:
                needed = self.training(row, cell)
                # Equal recipes may hold different objects, such as partial networks.
                if cell.test in self.data and needed and needed.folder == training.folder:
                    found.setdefault(cell.test, []).append(row)
        return found

    def found(self, row: Row, cell: Cell) -> dict[str, float] | None:
        """Rank-1, mAP and mINP in percent; None where nothing is known."""
        training = self.training(row, cell)
        if training is None or cell.test not in self.data or not training.done:
            return None
        scores = measured(training, cell.test, self.data[cell.test])
        return scores.get(_way(row))

    def reason(self, row: Row, cell: Cell) -> str:
        """Why nothing was found."""
        for name in (cell.train, cell.test):
            if name not in self.data:
                return f"not run: no data {name}"
        training = self.training(row, cell)
        assert training is not None
        if training.folder in self.failed:
            return f"failed: {self.failed[training.folder]}"
        known = measured(training, cell.test, self.data[cell.test]) if training.done else {}
        if known and not any(name.startswith(f"{row.feature} ") for name in known):
            return f"not measured: the network gives no {row.feature}"
        if _way(row) not in map(_way, self.tests(training).get(cell.test, [])):
            return "not run: not asked for"
        return "not run: stopped before" if self.stopped else "not run yet"


def reproduce(
    work: Reproduction,
    *,
    execution: Execution,
    command: str = "",
    log: TextIO | None = None,
    stop: Callable[[], bool] = lambda: False,
    tell: Callable[[Reproduction], None] = lambda work: None,
) -> None:
    """Run or go on with all trainings of a table, and measure them; what is done is skipped.

    A training that diverges does not keep the others from running.

    Args:
        work: what is to be done; it notes what failed, and whether it was stopped.
        execution: where and how it is computed.
        command: what was typed, to be written down.
        log: told how far it has come; None: silence.
        stop: asked often; True ends it, and a later call goes on from there.
        tell: called after each training, when all its scores are there.

    Raises:
        ValueError: data that do not fit a recipe, such as too few people.
    """
    trainings = work.trainings()
    for number, training in enumerate(trainings, 1):
        try:
            if not training.done:
                _say(log, f"training {number} of {len(trainings)}: {training.folder}\n")
                _train(work, training, execution, command, log, stop)
            _measure(work, training, execution, log, stop)
        except TrainingDiverged as error:
            work.failed[training.folder] = str(error)
        except KeyboardInterrupt:
            work.stopped = True
            return
        tell(work)


def measured(training: Training, test: str, data: ReidData) -> Scores:
    """The scores of a training's embedder that were written down; empty if there are none.

    Args:
        training: done.
        test: short name of the data.
        data: scores on other pictures do not count.
    """
    path = training.folder / MEASURED
    found = read_json(path).get(test) if path.exists() else None
    if not found or found["about"] != _tested(training, data):
        return {}
    scores: Scores = found["scores"]
    return scores


def facts(training: Training) -> dict[str, Any]:
    """What a training took: epochs, seed, seconds, hardware and commands, as far as known."""
    files = Files(training.folder)
    rows = read_log(files.log) if files.log.exists() else []
    sessions = training.folder / SESSIONS
    lines = sessions.read_text("utf-8").splitlines() if sessions.exists() else []
    ran = [json.loads(line) for line in lines]
    epochs = [row for row in rows if row.get("seconds") is not None]
    return {
        "folder": training.folder.name,
        "train": training.data,
        "epochs": max((row["epoch"] for row in epochs), default=0),
        "of": training.recipe.all_epochs,
        "seed": training.recipe.seed,
        "seconds": round(sum(row["seconds"] for row in epochs), 1),
        "hardware": list(dict.fromkeys(session["hardware"] for session in ran)),
        "commands": list(dict.fromkeys(session["command"] for session in ran)),
        "began_as": next((s["began_as"] for s in ran if s["began_as"]), None),
    }


def hardware(device: str | None = None) -> str:
    """The name of the processor that computes.

    Args:
        device: see `Execution`.
    """
    place = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    if place.type == "cuda":
        return torch.cuda.get_device_name(place)
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text("utf-8").splitlines() if listed.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or platform.machine()
    threads = torch.get_num_threads()
    return f"{name}, {threads} thread{'s' if threads > 1 else ''}"


def _train(
    work: Reproduction,
    training: Training,
    execution: Execution,
    command: str,
    log: TextIO | None,
    stop: Callable[[], bool],
) -> None:
    training.folder.mkdir(parents=True, exist_ok=True)
    others = [path for path in sorted(work.out.iterdir()) if path.is_dir()]
    about = work.about(training.recipe, training.data)
    source = begin_from_others(training.folder, about, others)
    session = {
        "command": command,
        "hardware": hardware(execution.device),
        "began_as": None if source is None else source.name,
    }
    with (training.folder / SESSIONS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(session) + "\n")
    train(
        training.recipe,
        work.data[training.data],
        training.folder,
        resume=True,
        execution=execution,
        log=log,
        stop=stop,
    )


def _measure(
    work: Reproduction,
    training: Training,
    execution: Execution,
    log: TextIO | None,
    stop: Callable[[], bool],
) -> None:
    for test, rows in work.tests(training).items():
        data = work.data[test]
        found = measured(training, test, data)
        if all(_way(row) in found for row in rows):
            continue
        embedder = load_saved(training.folder, execution.device)
        again = [(row.feature, row.metric) for row in rows if row.rerank]
        scores = measure(embedder, data, dict.fromkeys(again), log=log, stop=stop)
        path = training.folder / MEASURED
        content = read_json(path) if path.exists() else {}
        content[test] = {"about": _tested(training, data), "scores": {**found, **scores}}
        write_text(path, json.dumps(content, indent=1) + "\n")


def _tested(training: Training, data: ReidData) -> dict[str, Any]:
    """What scores depend on: the weights and the pictures."""
    weights = read_card(saved_files(training.folder)[0]).sha256
    return {
        "weights": weights,
        "query": described(data.query),
        "gallery": described(data.gallery),
    }


def _way(row: Row) -> str:
    return way(row.feature, row.metric, row.rerank)


def _turn(training: Training) -> int:
    """First those without averaging, from which others go on; then those that collect weights."""
    averaging = training.recipe.averaging
    if averaging is None:
        return 0
    return 1 if averaging.collect else 2


def _say(log: TextIO | None, text: str) -> None:
    if log is not None:
        log.write(text)

"""The log of a training: one JSON object a line, which can be read while it is written."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from ..sequences.errors import FormatError
from ..sequences.files import read_text, write_text

Row = dict[str, Any]
"""What was measured, by name. `epoch`, from 1, is always among it; a number that was not finite is
None."""


class TrainingLog:
    """Rows that are added to a file, each in one piece and at once; a context manager.

    Args:
        path: of the file, made if it is not there. Rows there of epochs after `epochs`, and a last
            line that is not complete, are cut off when the context is entered: that is how the log
            of a training looks that goes on from a checkpoint.
        epochs: how many are done; 0: the log begins anew.
        writing: False: nothing is read or written, as in all processes of a training but one.
        tensorboard: a folder that gets the numbers as scalars for TensorBoard too; None: none.

    Raises:
        FormatError: a file that is not such a log, when the context is entered.
        ImportError: TensorBoard is asked for and not installed, when the context is entered.
    """

    def __init__(
        self,
        path: str | Path,
        epochs: int = 0,
        *,
        writing: bool = True,
        tensorboard: str | Path | None = None,
    ) -> None:
        self.path, self.epochs, self.writing = Path(path), epochs, writing
        self.tensorboard = tensorboard
        self._file: TextIO | None = None
        self._board: Any = None

    def __enter__(self) -> TrainingLog:
        if self.writing:
            kept = read_log(self.path) if self.epochs and self.path.exists() else []
            if self.tensorboard is not None:
                self._board = _board(self.tensorboard, self.epochs)
            lines = [_line(row) for row in kept if row["epoch"] <= self.epochs]
            write_text(self.path, "".join(lines))
            self._file = self.path.open("a", encoding="utf-8", newline="\n")
        return self

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a row, which is in the file when this returns.

        Args:
            row: JSON values by name; `epoch` is an integer from 1. NaN and infinity are written as
                null, since JSON has no names for them.

        Raises:
            ValueError: a row without epoch, or the log is not open.
        """
        if not self.writing:
            return
        if self._file is None:
            raise ValueError(f"the log {self.path} is not open: use it in a with statement")
        if not _has_epoch(row):
            raise ValueError(f"the row {dict(row)} has no epoch: expected an integer from 1")
        self._file.write(_line(row))
        self._file.flush()
        if self._board is not None:
            for name, value in row.items():
                if name != "epoch" and _is_number(value):
                    self._board.add_scalar(name, value, row["epoch"])
            self._board.flush()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for open_thing in (self._file, self._board):
            if open_thing is not None:
                open_thing.close()
        self._file = self._board = None


def read_log(path: str | Path) -> list[Row]:
    """The rows of a log, in the order in which they were added.

    A last line that is being written, or was when the process ended, is left out.

    Args:
        path: of a file that `TrainingLog` wrote.

    Raises:
        FormatError: another line is not an object with an epoch; the message names it.
        FileNotFoundError: there is no such file.
    """
    *lines, last = read_text(path).split("\n")
    rows = [_row(path, number, line) for number, line in enumerate(lines, 1)]
    try:
        return [*rows, _row(path, len(lines) + 1, last)]
    except FormatError:
        return rows


def _row(path: str | Path, number: int, line: str) -> Row:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise FormatError(path, "a JSON object", line=number, found=line)
    if not _has_epoch(row):
        found = row.get("epoch")
        raise FormatError(path, "an integer from 1", line=number, field="epoch", found=found)
    return row


def _line(row: Mapping[str, Any]) -> str:
    values = {name: _finite(value) for name, value in row.items()}
    return json.dumps(values, allow_nan=False) + "\n"


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _has_epoch(row: Mapping[str, Any]) -> bool:
    epoch = row.get("epoch")
    return isinstance(epoch, int) and not isinstance(epoch, bool) and epoch >= 1


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _board(folder: str | Path, epochs: int) -> Any:
    """A writer of TensorBoard's event files, which hides what was there of later epochs."""
    try:
        module = import_module("torch.utils.tensorboard")
    except ImportError as error:
        needed = "pip install 'reid-mot[tensorboard]'"
        raise ImportError(f"TensorBoard's files need tensorboard: {needed}") from error
    return module.SummaryWriter(str(folder), purge_step=epochs + 1)

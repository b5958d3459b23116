"""Rows of numbers in text files: read in one go, and the faulty line found when that fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from .cameras import Floats
from .errors import FormatError
from .files import read_text
from .views import Ints


@dataclass(frozen=True, eq=False)
class Rows:
    """A table of numbers, and where each row stood.

    Args:
        path: the file.
        names: what its k columns hold.
        values: (n, k).
        lines: (n,) line numbers counted from 1.
    """

    path: Path
    names: tuple[str, ...]
    values: Floats
    lines: Ints

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, name: str) -> Floats:
        """(n,) the column of this name."""
        return np.asarray(self.values[:, self.names.index(name)])

    def refuse(self, bad: NDArray[np.bool_], name: str, expected: str) -> None:
        """Raise a `FormatError` for the first row that is marked, if there is one."""
        if bad.any():
            row = int(np.argmax(bad))
            found = float(self.column(name)[row])
            raise FormatError(
                self.path, expected, line=int(self.lines[row]), field=name, found=found
            )

    def finite(self, *names: str) -> Floats:
        """(n, len(names)) these columns; not a number and infinities are refused."""
        for name in names:
            self.refuse(~np.isfinite(self.column(name)), name, "a finite number")
        return np.column_stack([self.column(name) for name in names])

    def whole(self, name: str, least: int) -> Ints:
        """(n,) a column of whole numbers that are not below `least`; 3.0 is whole, 3.5 is not."""
        column = self.column(name)
        with np.errstate(invalid="ignore"):
            whole = np.isfinite(column) & (column == np.floor(column)) & (np.abs(column) < 2**53)
        self.refuse(~whole, name, "a whole number")
        self.refuse(column < least, name, f"a whole number of {least} or more")
        return column.astype(np.int64)

    def refuse_duplicates(self, frame: Ints, identity: Ints, where: str = "") -> None:
        """Refuse the second row of an identity at one frame; negative identities are nobody's."""
        order = np.lexsort((np.arange(len(frame)), identity, frame))
        f, i = frame[order], identity[order]
        again = np.zeros(len(order), dtype=bool)
        again[order[1:][(f[1:] == f[:-1]) & (i[1:] == i[:-1]) & (i[1:] >= 0)]] = True
        if again.any():
            at = int(frame[int(np.argmax(again))])
            self.refuse(again, "identity", f"every identity once at frame {at}{where}")


def read_rows(path: str | Path, layouts: Mapping[int, Sequence[str]]) -> Rows:
    """Read a text file of numbers separated by commas, semicolons, tabs or blanks.

    Byte order marks, CRLF, blank lines and separators at the end of a line are accepted; the
    separator is that of the first line.

    Args:
        path: the file.
        layouts: the column counts that the format knows, and the columns' names for each.

    Raises:
        FormatError: a line with another number of columns than the rest, a column count that the
            format does not know, or something that is not a number.
    """
    text = read_text(path)
    lines = [(n, line) for n, line in enumerate(text.split("\n"), start=1) if line.strip()]
    numbers = np.array([n for n, _ in lines], dtype=np.int64)
    if not lines:
        names = tuple(layouts[max(layouts)])
        return Rows(Path(path), names, np.empty((0, len(names))), numbers)
    separator = next((s for s in ";," if s in lines[0][1]), None)
    if separator is None:
        separator, content = ",", [",".join(line.split()) for _, line in lines]
    else:
        content = [line.rstrip(separator + " \t") for _, line in lines]
    width = _width(path, numbers, [line.count(separator) + 1 for line in content], layouts)
    names = tuple(layouts[width])
    try:
        if "_" in text or not text.isascii():
            raise ValueError(
                "Python reads 1_0 and foreign digits as numbers; other programs do not"
            )
        values = np.array(list(map(float, separator.join(content).split(separator))))
    except ValueError:
        _refuse_first_word(path, numbers, [line.split(separator) for line in content], names)
    return Rows(Path(path), names, values.reshape(len(lines), width), numbers)


def _width(
    path: str | Path, lines: Ints, counts: list[int], layouts: Mapping[int, Sequence[str]]
) -> int:
    """The number of columns of every line; lines that have another are refused."""
    times = Counter(counts)
    # A truncated line has too few columns: of equally frequent counts, believe the larger.
    usual = max(times, key=lambda count: (count in layouts, times[count], count))
    if usual not in layouts:
        known = ", ".join(str(n) for n in sorted(layouts))
        line = int(lines[counts.index(usual)])
        raise FormatError(path, f"a line of {known} columns", line=line, found=f"{usual} columns")
    for line, count in zip(lines.tolist(), counts, strict=True):
        if count != usual:
            missing = layouts[usual][count] if count < usual else None
            raise FormatError(
                path,
                f"{usual} columns as in the other lines",
                line=line,
                field=missing,
                found=f"{count} columns",
            )
    return usual


def _refuse_first_word(
    path: str | Path, lines: Ints, rows: list[list[str]], names: Sequence[str]
) -> NoReturn:
    for line, words in zip(lines.tolist(), rows, strict=True):
        for name, word in zip(names, words, strict=True):
            if not _is_number(word):
                raise FormatError(path, "a number", line=line, field=name, found=word.strip())
    raise FormatError(path, "plain ASCII digits")


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return "_" not in word and word.isascii()

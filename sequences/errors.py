"""The error of every reader: which file, which line, which field, and what was expected."""

from pathlib import Path


class FormatError(ValueError):
    """A file that does not hold what its format demands.

    Args:
        path: the file or folder that was read.
        expected: what should have stood there, in words.
        line: line number counted from 1, where the file has lines.
        field: the name of the column, key or attribute that is wrong.
        found: what stood there instead.

    >>> print(FormatError("gt.txt", "a number", line=3, field="width", found="12x"))
    gt.txt, line 3, field 'width': expected a number, found '12x'
    """

    def __init__(
        self,
        path: str | Path,
        expected: str,
        *,
        line: int | None = None,
        field: str | None = None,
        found: object = None,
    ) -> None:
        self.path, self.line, self.field = Path(path), line, field
        where = str(path)
        if line is not None:
            where += f", line {line}"
        if field is not None:
            where += f", field '{field}'"
        message = f"{where}: expected {expected}"
        if found is not None:
            message += f", found {found!r}"
        super().__init__(message)

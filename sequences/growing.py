"""A `.npy` file that grows row by row, for arrays that are too large to be held."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray


class RowFile:
    """A `.npy` file of float32 (n, width) to whose end rows are written.

    It can be read after `close`, or at the end of a `with` block; until then its header says that
    it is empty.

    Args:
        path: of the file; one that exists is replaced.
        width: numbers in a row.
    """

    def __init__(self, path: str | Path, width: int) -> None:
        self.width, self._rows = width, 0
        self._file = Path(path).open("wb")  # noqa: SIM115
        self._write_header()

    def __len__(self) -> int:
        """Rows written so far."""
        return self._rows

    def append(self, rows: NDArray[np.float32]) -> None:
        """Write rows (k, width) at the end.

        Raises:
            ValueError: another shape.
        """
        if rows.ndim != 2 or rows.shape[1] != self.width:
            raise ValueError(f"rows of shape {rows.shape}: expected (k, {self.width})")
        self._file.write(np.ascontiguousarray(rows, dtype="<f4").tobytes())
        self._rows += len(rows)

    def close(self) -> None:
        """Say in the header how many rows there are, and close the file."""
        if not self._file.closed:
            # NumPy leaves room in headers for any number of rows, so that this one fits in place.
            self._file.seek(0)
            self._write_header()
            self._file.close()

    def _write_header(self) -> None:
        shape = (self._rows, self.width)
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        npy.write_array_header_1_0(self._file, header)

    def __enter__(self) -> RowFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

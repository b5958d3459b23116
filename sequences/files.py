"""Reading text and JSON as people write them, and writing files that are never half there."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import FormatError


def read_text(path: str | Path) -> str:
    """The text of a UTF-8 file, without a byte order mark, lines ending in a bare newline.

    Raises:
        FormatError: the file is not UTF-8 text.
        FileNotFoundError: there is no such file.
    """
    raw = Path(path).read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise FormatError(path, "text in UTF-8", line=line) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_json(path: str | Path) -> Any:
    """The value in a JSON file.

    Raises:
        FormatError: not JSON, or an object that has the same key twice.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise FormatError(path, "every key once", field=twice)
        return result

    try:
        return json.loads(read_text(path), object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise FormatError(path, f"JSON ({error.msg})", line=error.lineno) from None


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary name in the same folder that becomes `path` when the block ends well.

    When the block raises, the temporary file is removed and `path` stays as it was. The folder is
    created where it does not exist. The temporary name ends like `path`, because some writers
    choose the format by it.

    Raises:
        FileNotFoundError: the block ended without having written the file.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".writing-") as folder:
        draft = Path(folder) / target.name
        yield draft
        os.replace(draft, target)


def write_text(path: str | Path, text: str) -> None:
    """Write a UTF-8 file in one step, with bare newlines on every system."""
    with replacing(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")

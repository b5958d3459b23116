"""The folder of a comparison: results that are there already, and those that come to them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..comparing import Result, Row, markdown_of, row_of
from ..run_folder import SETTINGS, check_free, plain, write_settings
from ..sequences import FormatError
from ..sequences.files import read_json, write_text
from .outputs import provenance

TABLE, TEXT = "compare.json", "compare.md"


@dataclass
class Compared:
    """Results of a comparison, in a folder that is always complete up to the last one.

    Args:
        folder: there already.
        about: what all results have in common, in terms of JSON.
        results: in the order in which they were made.
    """

    folder: Path
    about: Mapping[str, object]
    results: list[Result]

    @classmethod
    def opened(cls, folder: Path, about: Mapping[str, object], overwrite: bool) -> Compared:
        """What an earlier run of the same command has done, or a new folder.

        Raises:
            FileExistsError: another comparison, or something else, is there.
            FormatError: results that cannot be read.
        """
        path = folder / SETTINGS
        earlier = read_json(path) if path.is_file() else None
        if not overwrite and isinstance(earlier, dict) and "compared" in earlier:
            there = earlier["compared"]
            changed = sorted(k for k in {*about, *there} if there.get(k) != about.get(k))
            if changed:
                raise FileExistsError(
                    f"{folder} is a comparison with another {', '.join(changed)}: --overwrite"
                    " begins anew, or name another folder"
                )
            return cls(folder, about, _read(folder / TABLE))
        check_free(folder, overwrite)
        folder.mkdir(parents=True, exist_ok=True)
        for name in (TABLE, TEXT):
            (folder / name).unlink(missing_ok=True)
        write_settings(folder, {**provenance(), "compared": about})
        return cls(folder, about, [])

    def has(self, embedder: str, sequence: str) -> bool:
        """Whether a result is there."""
        return any(r.embedder == embedder and r.sequence == sequence for r in self.results)

    def add(self, result: Result) -> None:
        """Take a result in, and write the table."""
        self.results.append(result)
        names = list(dict.fromkeys(r.embedder for r in self.results))
        write_text(self.folder / TABLE, json.dumps(self.content(names), indent=1) + "\n")
        write_text(self.folder / TEXT, markdown_of(self.rows(names), self._notes()))
        write_settings(self.folder, {**provenance(), "compared": self.about})

    def rows(self, embedders: Sequence[str]) -> list[Row]:
        """A row for each embedder that has a result, in this order."""
        own = ([r for r in self.results if r.embedder == name] for name in embedders)
        return [row_of(found) for found in own if found]

    def content(self, embedders: Sequence[str]) -> dict[str, Any]:
        """Results and rows, in terms of JSON; what has no value is null."""
        rows = json.dumps([plain(row) for row in self.rows(embedders)])
        return {
            "results": [result.to_json() for result in self.results],
            "rows": json.loads(rows, parse_constant=lambda _: None),
        }

    def _notes(self) -> list[str]:
        sequences = list(dict.fromkeys(result.sequence for result in self.results))
        labels = sorted({result.label for result in self.results})
        more = " Of several the mean, the least and the greatest." if len(sequences) > 1 else ""
        return [
            f"Sequences: {', '.join(sequences)}.{more}",
            f"Scores: {', '.join(labels)}. Entries: what they came to in the end.",
            "ms/instant: tracker and embedder, without decoding or drawing pictures.",
        ]


def _read(path: Path) -> list[Result]:
    if not path.is_file():
        return []
    content = read_json(path)
    try:
        return [Result.from_json(entry) for entry in content["results"]]
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(path, f"results of `reid-mot compare` ({error})") from None

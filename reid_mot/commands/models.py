"""`reid-mot models`: which networks and embedders there are, and what saved weights are."""

from __future__ import annotations

import argparse
import json
import sys
from importlib.metadata import entry_points
from pathlib import Path
from textwrap import fill
from typing import Any

from ..models import load_embedder
from ..models.loading import GROUP
from ..models.shipped import shipped_weights, weights_path
from ..run_folder import plain

NAME = "models"
SUMMARY = "list networks and embedders, or show what saved weights are"
DESCRIPTION = """\
List the networks of this package and the embedders that have names, or show what saved weights are.

in:   nothing; or one or more embedders: weights with their card (.safetensors or .json, or a folder
      with both), .onnx, .xml of OpenVINO, a short name, or package.module:attribute.
out:  a table of networks (parameters without classifiers, multiply-accumulates of one picture,
      input height x width in pixels, length of the vector, paper), and the names for --embedder. Of
      each embedder given, its card: network, preprocessing, data, licence, scores, threshold
      (cosine distance below which two pictures are taken for one person), how it was trained.
"""
EXAMPLES = """\
  reid-mot models
      what there is
  reid-mot models runs/best.safetensors
      what these weights are, and whether they are those the card was written with
  reid-mot models net.onnx histogram --json
      the same of other embedders, as JSON
"""

BACKBONES = """\
strong-baseline takes any classification network of torchvision or timm as its backbone, such as
StrongBaseline(backbone="timm:vit_small_patch16_224") in Python.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "embedders", nargs="*", metavar="EMBEDDER", help="a file, or another name for --embedder"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, not tables")


def run(options: argparse.Namespace) -> int:
    """Print what there is; returns 0."""
    if options.embedders:
        cards = [describe(what) for what in options.embedders]
        text = json.dumps(cards, indent=2) if options.json else "\n\n".join(map(_listed, cards))
    else:
        content = catalogue()
        text = json.dumps(content, indent=2) if options.json else _tables(content)
    sys.stdout.write(f"{text}\n")
    return 0


def catalogue() -> dict[str, list[dict[str, Any]]]:
    """Networks, weights that come with the package, and published short names."""
    from ..models import NETWORKS, describe_network

    published = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return {
        "networks": [describe_network(name)._asdict() for name in NETWORKS],
        "weights": [describe(str(path)) for path in shipped_weights().values()],
        "embedders": [{"name": point.name, "object": point.value} for point in published],
    }


def describe(what: str) -> dict[str, Any]:
    """What an embedder is, in terms of JSON: its card, or what it says of itself.

    Args:
        what: see `load_embedder`; cards are read without importing their networks.

    Raises:
        ValueError, FileNotFoundError, ImportError: see `load_embedder` and `read_card`.
    """
    path = weights_path(what)
    if path.is_dir() or path.suffix in (".safetensors", ".json"):
        return _card(path)
    try:
        embedder = load_embedder(what)
    except TypeError as error:
        # What was named is there, but is no embedder: a mistake of typing.
        raise ValueError(str(error)) from error
    found: dict[str, Any] = {"name": what, "class": type(embedder).__name__, "dim": embedder.dim}
    if path.is_file():
        found["bytes"] = _size(path)
    preprocessing = getattr(embedder, "preprocessing", None)
    if preprocessing is not None:
        found["preprocessing"] = preprocessing.to_json()
    return found


def _size(path: Path) -> int:
    """Of a file of weights in bytes, with the .bin of an OpenVINO model."""
    parts = [path, path.with_suffix(".bin")] if path.suffix == ".xml" else [path]
    return sum(part.stat().st_size for part in parts)


def _card(path: Path) -> dict[str, Any]:
    from ..models.card import read_card, saved_files, sha256_of

    card_file, weights = saved_files(path)
    card = read_card(card_file)
    if not weights.is_file():
        raise FileNotFoundError(f"there are no weights at {weights}")
    return {
        "name": weights.stem,
        "weights": str(weights),
        "bytes": weights.stat().st_size,
        **{name: plain(getattr(card, name)) for name in card.__dataclass_fields__},
        "preprocessing": card.preprocessing.to_json(),
        "unchanged": sha256_of(weights) == card.sha256,
    }


def _listed(card: dict[str, Any]) -> str:
    """A line for each field that says something."""
    shown = {key: value for key, value in card.items() if value not in ("", {}, None)}
    if "unchanged" in shown and not shown.pop("unchanged"):
        shown["sha256"] += "  (of other weights than these: they will not be loaded)"
    width = max(map(len, shown))
    indent = " " * (width + 2)
    return "\n".join(
        fill(f"{key.ljust(width)}  {_value(value)}", 100, subsequent_indent=indent)
        for key, value in shown.items()
    )


def _value(value: object) -> str:
    """A value of a card in a line.

    >>> _value({"size": [160, 64], "scores": {"rank-1": 94.1}, "bytes": 11934000})
    'size=[160, 64], scores=(rank-1=94.1), bytes=11,934,000'
    """
    if isinstance(value, dict):
        pairs = ((name, _value(entry), isinstance(entry, dict)) for name, entry in value.items())
        return ", ".join(
            f"{name}=({text})" if deep else f"{name}={text}" for name, text, deep in pairs
        )
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def _retrieval(scores: dict[str, float]) -> str:
    """Scores in a few words: rank-1 and mAP of one data set are a pair.

    >>> _retrieval({"Duke rank-1": 81.25, "Duke mAP": 60.0, "speed": 3})
    'Duke 81.2 / 60.0, speed 3'
    """
    found = []
    for name, value in scores.items():
        data, rank, rest = name.partition(" rank-1")
        if rank and not rest and f"{data} mAP" in scores:
            found.append(f"{data} {value:.1f} / {scores[f'{data} mAP']:.1f}")
        elif not (name.endswith(" mAP") and f"{name.removesuffix(' mAP')} rank-1" in scores):
            found.append(f"{name} {value:g}")
    return ", ".join(found)


def megabytes(size: int) -> str:
    """A file's size in three figures.

    >>> megabytes(11_934_000), megabytes(94_130_000), megabytes(21_345)
    ('11.9 MB', '94.1 MB', '0.0213 MB')
    """
    return f"{size / 1e6:.3g} MB" if size < 1e8 else f"{size / 1e6:.0f} MB"


def _tables(content: dict[str, list[dict[str, Any]]]) -> str:
    networks = [["network", "parameters", "MACs", "input", "dim", "paper"]]
    for one in content["networks"]:
        height, width = one["input_size"]
        size = f"{height} x {width}"
        counts = [f"{one['parameters']:,}", f"{one['macs'] / 1e6:,.0f} M", size, str(one["dim"])]
        networks.append([one["name"], *counts, one["source"]])
    lines = [*_table(networks), "", BACKBONES]
    named = [["embedder", "what it is"]]
    for one in content["weights"]:
        said = [one["data"], one["licence"], _retrieval(one["scores"])]
        named.append([one["name"], "; ".join(filter(None, said))])
    named += [[one["name"], one["object"]] for one in content["embedders"]]
    return "\n".join(lines + _table(named))


def _table(rows: list[list[str]]) -> list[str]:
    """Rows in columns: the first and the last to the left, numbers between them to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join([row[0].ljust(widths[0]), *cells[1:-1], row[-1]]))
    return lines

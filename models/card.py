"""Saved embedders: weights as safetensors, and a JSON card that says what they are."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import nn

from .checkpoints import load_exactly, read_tensors
from .network_embedder import TorchEmbedder
from .preprocessing import Preprocessing

FORMAT = "reid-mot embedder 1"


@dataclass(frozen=True)
class Card:
    """What a file of weights is and where it comes from.

    Args:
        network: the import path of a subclass of `torch.nn.Module`, "package.module:Class".
        arguments: keyword arguments that make the network, JSON values.
        preprocessing: what it wants to be fed.
        dim: length of a vector.
        sha256: of the file of weights.
        recipe: how it was trained: settings by name.
        data: the data set it was trained on.
        licence: of the weights.
        scores: what was measured, by name, such as {"market1501 rank-1": 94.1}.
        threshold: cosine distance below which two pictures are taken for one person, or None.
    """

    network: str
    arguments: dict[str, Any]
    preprocessing: Preprocessing
    dim: int
    sha256: str = ""
    recipe: dict[str, Any] = field(default_factory=dict)
    data: str = ""
    licence: str = ""
    scores: dict[str, float] = field(default_factory=dict)
    threshold: float | None = None


def save_embedder(
    embedder: TorchEmbedder,
    path: str | Path,
    *,
    recipe: Mapping[str, Any] | None = None,
    data: str = "",
    licence: str = "",
    scores: Mapping[str, float] | None = None,
    threshold: float | None = None,
    half: bool = False,
) -> Card:
    """Write `path`.safetensors and `path`.json; each is complete or not there.

    Args:
        embedder: its network must have a property `arguments`, a dictionary of JSON values with
            which its class makes it again.
        path: without suffix; folders are made.
        recipe: see `Card`, as are the others.
        data: the data set.
        licence: of the weights.
        scores: what was measured.
        threshold: cosine distance.
        half: write weights in 16 bits, at half the size; they are read as 32 bits again.

    Returns:
        the card.

    Raises:
        ValueError: the network cannot be made again from its arguments, or a weight is too large
            for 16 bits; it is named.
    """
    kind = type(embedder.network)
    arguments = getattr(embedder.network, "arguments", None)
    if not isinstance(arguments, dict) or "<locals>" in kind.__qualname__:
        raise ValueError(
            f"{kind.__qualname__} cannot be saved: expected a class of a module with a property"
            " 'arguments', the keyword arguments that make it again"
        )
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    state = embedder.network.state_dict()
    tensors = {name: tensor.cpu().contiguous().clone() for name, tensor in state.items()}
    if half:
        tensors = {name: _halved(tensor, name) for name, tensor in tensors.items()}
    weights = path.with_name(path.name + ".safetensors")
    # The library writes files that only their owner may read.
    _write(weights, lambda part: part.write_bytes(save(tensors)))
    card = Card(
        network=f"{kind.__module__}:{kind.__qualname__}",
        arguments=arguments,
        preprocessing=embedder.preprocessing,
        dim=embedder.dim,
        sha256=sha256_of(weights),
        recipe=dict(recipe or {}),
        data=data,
        licence=licence,
        scores=dict(scores or {}),
        threshold=threshold,
    )
    text = json.dumps({"format": FORMAT, **_plain(card)}, indent=2) + "\n"
    _write(path.with_name(path.name + ".json"), lambda part: part.write_text(text, "utf-8"))
    return card


def read_card(path: str | Path) -> Card:
    """The card in a JSON file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a field that is missing, unknown or of a wrong type; it is named.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no card at {path}")
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: expected JSON: {error}") from error
    if not isinstance(found, dict) or found.pop("format", None) != FORMAT:
        raise ValueError(f"{path}, field 'format': expected {FORMAT!r}")
    kinds: dict[str, tuple[type, ...]] = {
        "network": (str,),
        "arguments": (dict,),
        "preprocessing": (dict,),
        "dim": (int,),
        "sha256": (str,),
        "recipe": (dict,),
        "data": (str,),
        "licence": (str,),
        "scores": (dict,),
        "threshold": (int, float, type(None)),
    }
    for name, types in kinds.items():
        if name not in found or not isinstance(found[name], types):
            expected = " or ".join(t.__name__ for t in types)
            raise ValueError(f"{path}, field {name!r}: expected {expected}")
    for name in found:
        if name not in kinds:
            raise ValueError(f"{path}: unknown field {name!r}")
    preprocessing = Preprocessing.from_json(found.pop("preprocessing"), str(path))
    return Card(preprocessing=preprocessing, **found)


def load_saved(path: str | Path, device: str | torch.device | None = None) -> TorchEmbedder:
    """The embedder that `save_embedder` wrote.

    The card names the class of the network, whose module is imported: load cards only from
    people whose packages you would install. Nothing else in the files is executed.

    Args:
        path: see `saved_files`.
        device: see `TorchEmbedder`.

    Returns:
        one that computes with a folded copy of its network.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a card that is wrong, weights other than those the card was written with,
            or tensors that do not fit the network; they are named.
        ImportError: the network's module or class is missing.
    """
    card_file, weights = saved_files(path)
    card = read_card(card_file)
    network = build_network(card, str(card_file))
    load_exactly(network, read_tensors(weights), str(weights))
    if sha256_of(weights) != card.sha256:
        raise ValueError(f"{weights}: other weights than those {card_file} was written with")
    threshold = card.threshold
    embedder = TorchEmbedder(network, card.preprocessing, device, threshold=threshold, fold=True)
    if embedder.dim != card.dim:
        raise ValueError(f"{card_file}, field 'dim': {card.dim}; the network has {embedder.dim}")
    return embedder


def saved_files(path: str | Path) -> tuple[Path, Path]:
    """The card and the weights of a saved embedder, there or not.

    Args:
        path: of the card, of the weights, or of both without suffix; or a folder in which both
            are called "embedder".

    >>> [file.as_posix() for file in saved_files("runs/best.safetensors")]
    ['runs/best.json', 'runs/best.safetensors']
    """
    stem = Path(path)
    if stem.is_dir():
        stem = stem / "embedder"
    elif stem.suffix in (".json", ".safetensors"):
        stem = stem.with_suffix("")
    card, weights = (stem.with_name(stem.name + suffix) for suffix in (".json", ".safetensors"))
    return card, weights


def build_network(card: Card, source: str) -> nn.Module:
    """The network that a card describes, with first weights.

    Raises:
        ImportError: its module or class is missing.
        ValueError: it is not a class of networks, or does not take these arguments.
    """
    module, _, name = card.network.partition(":")
    try:
        kind: object = importlib.import_module(module)
        for part in name.split("."):
            kind = getattr(kind, part)
    except (ImportError, AttributeError) as error:
        raise ImportError(f"{source}, field 'network': {card.network!r}: {error}") from error
    # Only classes of networks are called, whatever a card says.
    if not (isinstance(kind, type) and issubclass(kind, nn.Module)):
        raise ValueError(f"{source}, field 'network': {card.network!r} is no class of networks")
    try:
        return kind(**card.arguments)
    except TypeError as error:
        raise ValueError(f"{source}, field 'arguments': {error}") from error


def _halved(tensor: torch.Tensor, name: str) -> torch.Tensor:
    if not tensor.is_floating_point():
        return tensor
    half = tensor.half()
    if not torch.isfinite(half).all():
        raise ValueError(f"{name} is too large for 16 bits: {float(tensor.abs().max())}")
    return half


def _plain(card: Card) -> dict[str, Any]:
    values = {name: getattr(card, name) for name in card.__dataclass_fields__}
    return {**values, "preprocessing": card.preprocessing.to_json()}


def _write(path: Path, write: Callable[[Path], object]) -> None:
    """Write under another name first, so that the file is never half there."""
    part = path.with_name(f".{path.name}.part")
    try:
        write(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """Of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

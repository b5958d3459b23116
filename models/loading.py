"""From what a user typed to an embedder: a short name, a file, or an object of a package."""

from __future__ import annotations

import inspect
from pathlib import Path

from .embedder import Embedder
from .naming import call_factory, find_named
from .shipped import shipped_weights

GROUP = "reid_mot.embedders"
"""The entry-point group under which packages publish short names of embedders."""


def load_embedder(what: str | Path, device: str | None = None) -> Embedder:
    """The embedder that this names.

    Args:
        what: a short name under the entry-point group `reid_mot.embedders`, such as
            "histogram", or of weights that come with the package; or the path of a file (.onnx,
            .xml of OpenVINO, .safetensors or its .json card) or of a folder with a saved
            embedder; or "package.module:attribute", which is an embedder, or a class or function
            that returns one.
        device: where networks run: "cpu", "cuda", "cuda:1" ...; None is each one's own default.
            An embedder whose class or function has no parameter `device` must be given None.

    Raises:
        ValueError: no such name (the message lists those that exist), or a file of an unknown
            kind, or `device` for something that has no use for one.
        FileNotFoundError: a path where there is nothing.
        ImportError: the package or attribute does not exist.
        TypeError: the attribute is not an embedder.

    >>> load_embedder("reid_mot.models:HistogramEmbedder").dim
    448
    """
    return find_named(
        what,
        "embedder",
        GROUP,
        lambda path: _from_path(path, device),
        lambda thing, name: as_embedder(thing, name, device),
        shipped_weights(),
        _network_advice,
    )


def _network_advice(name: str) -> str | None:
    # Networks take seconds to import: only who makes a mistake waits.
    from .catalogue import NETWORKS

    if name.replace("_", "-") not in NETWORKS:
        return None
    return (
        f"{name!r} is a network without weights, not an embedder: `reid-mot train` makes one of"
        " it, whose folder is named here"
    )


def _from_path(path: Path, device: str | None) -> Embedder:
    # Each kind needs a library that takes a while to import, or that is not installed.
    if path.suffix == ".onnx":
        from .onnx_embedder import OnnxEmbedder

        return OnnxEmbedder(path, device=device)
    if path.suffix == ".xml":
        from .openvino_embedder import OpenVinoEmbedder

        return OpenVinoEmbedder(path, device=device)
    if path.is_dir() or path.suffix in (".safetensors", ".json"):
        from .card import load_saved

        return load_saved(path, device)
    raise ValueError(
        f"{path}: expected .onnx, .xml (OpenVINO), .safetensors with its card, or a folder with"
        " embedder.safetensors and embedder.json"
    )


def as_embedder(thing: object, name: str, device: str | None = None) -> Embedder:
    """The embedder that an object is, or that it returns when called.

    Args:
        thing: an `Embedder`; or a class or function that returns one, called with no argument,
            or with `device` if it has such a parameter and `device` is not None.
        name: what the messages call it.
        device: see `load_embedder`.

    Raises:
        TypeError: it is none of these.
        ValueError: `device` was given and it has no use for one.
    """
    made = inspect.isclass(thing) or inspect.isroutine(thing)
    result: object = thing
    if made or not isinstance(thing, Embedder):
        if not callable(thing):
            kind = type(thing).__name__
            raise TypeError(f"{name} is {kind}: expected an embedder or its factory")
        result = call_factory(thing, name, {"device": device})
    elif device is not None:
        raise ValueError(f"{name} takes no device, found {device!r}")
    if not isinstance(result, Embedder):
        raise TypeError(
            f"{name} gave {type(result).__name__}: expected an embedder, which has the property"
            " 'dim' and is called with a list of crops"
        )
    return result

"""From what a user typed to an embedder: a short name, a file, or an object of a package."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from .embedder import Embedder

GROUP = "reid_mot.embedders"
"""The entry-point group under which packages publish short names of embedders."""


def load_embedder(what: str | Path, device: str | None = None) -> Embedder:
    """The embedder that this names.

    Args:
        what: a short name under the entry-point group `reid_mot.embedders`, such as
            "histogram"; or the path of a file (.onnx, .xml of OpenVINO, .safetensors or its .json
            card) or of a folder with a saved embedder; or "package.module:attribute", which is
            an embedder, or a class or function that returns one.
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
    text = str(what)
    if isinstance(what, Path) or Path(text).exists():
        return _from_path(Path(what), device)
    module, colon, attribute = text.partition(":")
    if colon and "/" not in text and "\\" not in text:
        return _from_import(module, attribute, device)
    published = {point.name: point for point in entry_points(group=GROUP)}
    if text in published:
        return _from_entry_point(published[text], device)
    if Path(text).suffix or "/" in text or "\\" in text:
        return _from_path(Path(text), device)
    names = ", ".join(sorted(published)) or "none is installed"
    raise ValueError(
        f"no embedder is called {text!r}. Names: {names}."
        " Or give the path of a file, or package.module:attribute."
    )


def _from_path(path: Path, device: str | None) -> Embedder:
    # Each kind needs a library that takes a while to import, or that is not installed.
    if not path.exists():
        raise FileNotFoundError(f"there is no embedder at {path}")
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


def _from_import(module: str, attribute: str, device: str | None) -> Embedder:
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise  # the module is there, but lacks something it needs
        raise ImportError(f"{module}:{attribute}: there is no module {module!r}") from None
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise ImportError(f"{module}:{attribute}: {module!r} has no {part!r}")
        found = getattr(found, part)
    return as_embedder(found, f"{module}:{attribute}", device)


def _from_entry_point(point: EntryPoint, device: str | None) -> Embedder:
    return as_embedder(point.load(), f"{point.name} ({point.value})", device)


def _has_parameter(function: Callable[..., object], name: str) -> bool:
    try:
        return name in inspect.signature(function).parameters
    except ValueError:  # some built-in functions and classes do not tell
        return False


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
    if not made and isinstance(thing, Embedder):
        result: object = thing
        takes_device = False
    elif callable(thing):
        takes_device = _has_parameter(thing, "device")
        result = thing(device=device) if takes_device and device is not None else thing()
    else:
        raise TypeError(f"{name} is {type(thing).__name__}: expected an embedder or its factory")
    if device is not None and not takes_device:
        raise ValueError(f"{name} takes no device, found {device!r}")
    if not isinstance(result, Embedder):
        raise TypeError(
            f"{name} gave {type(result).__name__}: expected an embedder, which has the property"
            " 'dim' and is called with a list of crops"
        )
    return result

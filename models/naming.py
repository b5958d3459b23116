"""From what a user typed to the object that it names: a file, a short name, or an import path."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import TypeVar

Thing = TypeVar("Thing")


def find_named(
    what: str | Path,
    noun: str,
    group: str,
    from_path: Callable[[Path], Thing],
    from_object: Callable[[object, str], Thing],
    files: Mapping[str, Path] | None = None,
    advice: Callable[[str], str | None] | None = None,
) -> Thing:
    """What a short name, the path of a file, or "package.module:attribute" leads to.

    Args:
        what: a path; or a text, which is taken for a path if there is something of that name, or
            if it has a suffix or a slash and is no published name.
        noun: what is looked for, for messages.
        group: the entry-point group under which packages publish short names.
        from_path: opens a file or folder, which exists.
        from_object: makes use of an imported object; the text is what messages call it.
        files: more short names, of files; where a package publishes the same name, ours holds.
        advice: what to say of a name that means something else; None: nothing.

    Raises:
        ValueError: no such name; the message lists those that exist.
        FileNotFoundError: a path where there is nothing.
        ImportError: the package or attribute does not exist.
    """
    text = str(what)
    if isinstance(what, Path) or Path(text).exists():
        return from_path(_existing(Path(what), noun))
    module, colon, attribute = text.partition(":")
    is_path = "/" in text or "\\" in text
    if colon and not is_path:
        return from_object(import_attribute(module, attribute), text)
    ours = files or {}
    if text in ours:
        return from_path(ours[text])
    published = {point.name: point for point in entry_points(group=group)}
    if text in published:
        point = published[text]
        return from_object(point.load(), f"{point.name} ({point.value})")
    if Path(text).suffix or is_path:
        return from_path(_existing(Path(text), noun))
    names = ", ".join(sorted({*published, *ours})) or "none is installed"
    said = None if advice is None else advice(text)
    raise ValueError(
        f"{said or f'no {noun} is called {text!r}'}. Names: {names}."
        " Or give the path of a file, or package.module:attribute."
    )


def _existing(path: Path, noun: str) -> Path:
    if not path.exists():
        raise FileNotFoundError(f"there is no {noun} at {path}")
    return path


def import_attribute(module: str, attribute: str) -> object:
    """The attribute, perhaps with dots, of a module that is imported.

    Raises:
        ImportError: there is no such module or attribute, or the module lacks what it needs.

    >>> import_attribute("math", "tau.real")
    6.283185307179586
    """
    try:
        found: object = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise  # the module is there, but lacks something it needs
        raise ImportError(f"{module}:{attribute}: there is no module {module!r}") from None
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise ImportError(f"{module}:{attribute}: {module!r} has no {part!r}")
        found = getattr(found, part)
    return found


def call_factory(
    factory: Callable[..., object], name: str, options: Mapping[str, object]
) -> object:
    """What a class or function returns, called with those options that are not None.

    Args:
        factory: is called with keywords alone.
        name: what messages call it.
        options: by the names of parameters.

    Raises:
        ValueError: it has no such parameter.
    """
    given = {key: value for key, value in options.items() if value is not None}
    takes = parameters(factory)
    for key, value in given.items():
        if key not in takes:
            raise ValueError(f"{name} takes no {key}, found {value!r}")
    return factory(**given)


def parameters(function: Callable[..., object]) -> Mapping[str, inspect.Parameter]:
    """The parameters of a function or class; none for built-in ones that do not tell."""
    try:
        return inspect.signature(function).parameters
    except ValueError:
        return {}

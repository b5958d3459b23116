"""From what a user typed to the object that it names: trackers, readers, and their settings."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, get_args, get_type_hints

from .models.embedder import Embedder
from .sequences.cameras import Floats
from .settings import changed
from .trackers import Tracker
from .trackers.known_people import KnownPeople

TRACKERS = "reid_mot.trackers"
SEQUENCES = "reid_mot.sequences"
"""The entry-point groups under which packages publish short names."""


def load_named(what: str, group: str) -> object:
    """The object that a short name of an entry-point group, or "package.module:attribute", names.

    Raises:
        ValueError: no such name; the message lists those there are.
        ImportError: no such module or attribute.
    """
    kind = group.rpartition(".")[2].removesuffix("s")
    if ":" in what:
        point = EntryPoint(kind, what, group)
    else:
        published = {entry.name: entry for entry in entry_points(group=group)}
        if what not in published:
            names = ", ".join(sorted(published)) or "none is installed"
            raise ValueError(
                f"no {kind} is called {what!r}. Names: {names}. Or give package.module:attribute."
            )
        point = published[what]
    try:
        return point.load()
    except ModuleNotFoundError as error:
        raise ImportError(f"{kind} {point.value}: {error}") from None
    except AttributeError as error:
        raise ImportError(f"{kind} {point.value}: {error}") from None


@dataclass(frozen=True)
class Chosen:
    """A tracker, and what to write down about it.

    Args:
        tracker: ready to run.
        name: where its class or function lives.
        settings: parameter to dataclass, of all that can be set.
    """

    tracker: Tracker
    name: str
    settings: Mapping[str, object]


def make_tracker(
    factory: object,
    *,
    embedder: Embedder | None = None,
    region: Floats | None = None,
    changes: Mapping[str, object] | None = None,
    gallery: KnownPeople | None = None,
) -> Chosen:
    """A tracker with what it can use.

    Args:
        factory: a class or function that returns a tracker; called with those of the keywords
            `embedder`, `region` and `gallery` that it has, and with its parameters that are
            dataclasses, such as `settings`, where they are changed. Or a tracker, taken as it is.
        embedder: refused where the tracker has no use for one.
        region: (k, 2) corners in metres; left out where the tracker has no use for it.
        changes: fields of `settings`, or of another parameter as in "noise.score", and the
            values that they get.
        gallery: who is known already; refused where the tracker has no use for it.

    Raises:
        ValueError: an embedder, a gallery or changes for a tracker without them, an unknown field
            or a value of the wrong type.
        TypeError: something that is no tracker.
    """
    name = f"{getattr(factory, '__module__', '')}:{getattr(factory, '__qualname__', factory)}"
    if not callable(factory):
        name = f"{type(factory).__module__}:{type(factory).__qualname__}"
    takes = parameters(factory)
    given: dict[str, object] = {}
    if embedder is not None:
        if "embedder" not in takes:
            raise ValueError(f"tracker {name} takes no embedder")
        given["embedder"] = embedder
    if region is not None and "region" in takes:
        given["region"] = region
    if gallery is not None:
        if "gallery" not in takes:
            raise ValueError(f"tracker {name} takes no gallery: room and network do")
        given["gallery"] = gallery
    settings = default_settings(factory, takes)
    for parameter, values in _by_parameter(changes or {}).items():
        if parameter not in settings:
            listed = ", ".join(settings) or "nothing"
            raise ValueError(f"tracker {name} has no {parameter!r} to set: it has {listed}")
        given[parameter] = settings[parameter] = changed(settings[parameter], values)
    tracker = factory(**given) if callable(factory) else factory
    if not isinstance(tracker, Tracker):
        raise TypeError(f"{name} gave {type(tracker).__name__}: expected a tracker with 'step'")
    return Chosen(tracker, name, settings)


def _by_parameter(changes: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Changes by the parameter that they belong to: what stands before the dot, or `settings`."""
    grouped: dict[str, dict[str, object]] = {}
    for name, value in changes.items():
        parameter, dot, field = name.rpartition(".")
        grouped.setdefault(parameter if dot else "settings", {})[field] = value
    return grouped


def parameters(factory: object) -> Mapping[str, inspect.Parameter]:
    """What a class or function takes; nothing for others, and for built-in ones that hide it."""
    try:
        return inspect.signature(factory).parameters if callable(factory) else {}
    except ValueError:
        return {}


def default_settings(factory: object, takes: Mapping[str, inspect.Parameter]) -> dict[str, object]:
    """The parameters of a tracker that are dataclasses, and what they are by default.

    A parameter that is None by default counts by its type, `Settings | None`.
    """
    function: Any = factory.__init__ if isinstance(factory, type) else factory  # type: ignore[misc]
    hints = get_type_hints(function) if takes else {}
    found: dict[str, object] = {}
    for name, parameter in takes.items():
        if is_dataclass(parameter.default) and not isinstance(parameter.default, type):
            found[name] = parameter.default
        elif parameter.default is None:
            for kind in get_args(hints.get(name)):
                if isinstance(kind, type) and is_dataclass(kind) and _needs_nothing(kind):
                    found[name] = kind()
    return found


def _needs_nothing(kind: type) -> bool:
    """Whether a class can be called without arguments."""
    return all(
        parameter.default is not inspect.Parameter.empty
        for parameter in inspect.signature(kind).parameters.values()
    )


def called(reader: object) -> Callable[..., Any]:
    """A reader as a function of a path.

    Raises:
        TypeError: it cannot be called.
    """
    if not callable(reader):
        raise TypeError(f"{type(reader).__name__} is no reader: expected a class or function")
    return reader

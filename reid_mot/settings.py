"""Changing settings: fields of dataclasses and arguments of functions, by name, with checks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import partial
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Settings = TypeVar("Settings")


def changed(settings: Settings, changes: Mapping[str, object]) -> Settings:
    """A copy of a dataclass with some fields changed.

    Args:
        settings: an instance of a dataclass.
        changes: values by field; "field.inner" reaches into a field that is itself a dataclass
            (made with its defaults where it is None), and is an argument of a field that is a
            class or function, which becomes a `functools.partial`.

    Raises:
        ValueError: an unknown field (the message lists all), a value of the wrong type, or one
            that a dataclass itself refuses.

    >>> from reid_mot.training.recipe import BatchSize, Recipe
    >>> changed(BatchSize(16, 4), {"identities": 8})
    BatchSize(identities=8, images=4)
    >>> changed(Recipe(), {"batch.images": 2, "network.last_stride": 2}).network.keywords
    {'last_stride': 2}
    """
    kind: Any = type(settings)
    hints = get_type_hints(kind)
    known = {entry.name for entry in fields(kind)}
    direct: dict[str, object] = {}
    inner: dict[str, dict[str, object]] = {}
    for name, value in changes.items():
        field, dot, rest = name.partition(".")
        if field not in known:
            raise ValueError(f"{kind.__name__} has no field {field!r}. Fields: {listed(settings)}")
        if dot:
            inner.setdefault(field, {})[rest] = value
        else:
            _check(f"{kind.__name__}.{field}", value, hints[field], getattr(settings, field))
            direct[field] = tuple(value) if isinstance(value, list) else value
    result: Any = replace(settings, **direct)  # type: ignore[type-var]
    parts = {
        field: _inside(f"{kind.__name__}.{field}", getattr(result, field), hints[field], values)
        for field, values in inner.items()
    }
    final: Settings = replace(result, **parts)
    return final


def with_arguments(function: Callable[..., Any], changes: Mapping[str, object]) -> partial[Any]:
    """A class or function with some of its arguments given.

    Raises:
        ValueError: it has no such parameter (the message lists all), or a value of the wrong type.

    >>> with_arguments(partial(int, base=2), {"base": 8})("17")
    15
    """
    bare, name = bare_function(function)
    parameters = _parameters(bare)
    body: Any = bare.__init__ if isinstance(bare, type) else bare  # type: ignore[misc]
    hints = _hints(body)
    anything = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    for key, value in changes.items():
        if key not in parameters and not anything and parameters:
            names = ", ".join(_arguments(function))
            raise ValueError(f"{name} takes no {key!r}. It takes: {names or 'nothing'}")
        if key in hints:
            _check(f"{name}: {key}", value, hints[key], _default(parameters.get(key)))
    given = {k: tuple(v) if isinstance(v, list) else v for k, v in changes.items()}
    return partial(function, **given)


def listed(settings: object) -> str:
    """All that `changed` can change, as "name=value, name.inner=value, ..."."""
    return ", ".join(_listed(settings, ""))


def bare_function(function: Callable[..., Any]) -> tuple[Callable[..., Any], str]:
    """What a `functools.partial` calls in the end, and its name."""
    while isinstance(function, partial):
        function = function.func
    return function, getattr(function, "__qualname__", type(function).__qualname__)


def fits(value: object, hint: object) -> bool:
    """Whether a value is what a field's type says; whole numbers pass for float.

    >>> fits(3, float), fits(0.5, int), fits(None, int | None), fits(True, int)
    (True, False, True, False)
    """
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(fits(value, part) for part in parts)
    if origin is Literal:
        return value in parts
    if hint is None or hint is NoneType:
        return value is None
    if origin is tuple and isinstance(value, tuple | list):
        if len(parts) == 2 and parts[1] is Ellipsis:
            return all(fits(entry, parts[0]) for entry in value)
        return len(value) == len(parts) and all(map(fits, value, parts))
    if isinstance(value, bool):
        return hint in (bool, object, Any)
    if hint is float:
        return isinstance(value, int | float)
    kind: Any = origin or hint
    return isinstance(value, kind) if isinstance(kind, type) else True


def _inside(name: str, value: object, hint: object, changes: Mapping[str, object]) -> object:
    if value is None:
        kinds = [part for part in get_args(hint) if isinstance(part, type) and is_dataclass(part)]
        value = kinds[0]() if kinds else None
    if is_dataclass(value) and not isinstance(value, type):
        return changed(value, changes)
    if callable(value):
        return with_arguments(value, changes)
    raise ValueError(f"{name} is {value!r}: it has no {next(iter(changes))!r} to set")


def _check(name: str, value: object, hint: object, now: object) -> None:
    if not fits(value, hint):
        wanted = str(hint) if get_args(hint) else getattr(hint, "__name__", str(hint))
        like = "" if now is inspect.Parameter.empty else f" (such as {now!r})"
        raise ValueError(f"{name}: expected {wanted.replace('typing.', '')}{like}, found {value!r}")


def _listed(settings: Any, prefix: str) -> Iterator[str]:
    for entry in fields(settings):
        name, value = f"{prefix}{entry.name}", getattr(settings, entry.name)
        if is_dataclass(value) and not isinstance(value, type):
            yield from _listed(value, f"{name}.")
        elif inspect.isroutine(value) or isinstance(value, type | partial):
            yield f"{name}={bare_function(value)[1]}"
            yield from (f"{name}.{argument}" for argument in _arguments(value))
        else:
            yield f"{name}={value!r}"


def _arguments(function: Callable[..., Any]) -> Iterator[str]:
    """ "name=value" of each parameter that can be given by name, "name" where it has no value."""
    for parameter in _parameters(function).values():
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            empty = parameter.default is parameter.empty
            yield parameter.name if empty else f"{parameter.name}={parameter.default!r}"


def _parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    try:
        return inspect.signature(function).parameters
    except ValueError:  # built-in ones that hide it
        return {}


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return get_type_hints(function)
    except (NameError, TypeError):  # what is only imported for type checkers
        return {}


def _default(parameter: inspect.Parameter | None) -> object:
    return inspect.Parameter.empty if parameter is None else parameter.default

"""From a name to a recipe or a table: of this folder, or of anybody's package."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from ...models import NETWORKS
from ...models.naming import import_attribute
from ..recipe import Network, Recipe
from .table import Table


def recipe_names() -> list[str]:
    """Names of all recipes of this folder, "module:attribute", sorted."""
    return sorted(
        f"{module}:{attribute}"
        for module in _modules()
        for attribute, value in vars(_import(module)).items()
        if isinstance(value, Recipe)
    )


def table_names() -> list[str]:
    """Names of all tables of this folder, sorted."""
    return [name for name in _modules() if isinstance(vars(_import(name)).get("TABLE"), Table)]


def find_recipe(name: str) -> Recipe:
    """The recipe of this name.

    Args:
        name: "module:attribute" of this folder, such as "strong_baseline:warmup"; "module" alone
            means its attribute `published`; hyphens stand for underscores. Or
            "package.module:attribute" of any other.

    Raises:
        ValueError: no such recipe; the message lists those of this folder.
        ImportError: no such package, module or attribute.
    """
    module, colon, attribute = name.partition(":")
    own = module.replace("-", "_")
    if own in _modules():
        found = vars(_import(own)).get(attribute.replace("-", "_") or "published")
    else:
        found = import_attribute(module, attribute) if colon else None
        if colon and not isinstance(found, Recipe):
            raise ValueError(f"{name} is {type(found).__name__}: expected a Recipe")
    if not isinstance(found, Recipe):
        raise ValueError(
            f"no recipe is called {name!r}. Names: {', '.join(recipe_names())}."
            " Or give package.module:attribute."
        )
    return found


def find_table(name: str) -> Table:
    """The published table of this name.

    Args:
        name: of a module of this folder, such as "luo_table1" or "luo-table1"; or
            "package.module:attribute".

    Raises:
        ValueError: no such table; the message lists those of this folder.
        ImportError: no such package, module or attribute.
    """
    module, colon, attribute = name.partition(":")
    if colon:
        found = import_attribute(module, attribute)
        if not isinstance(found, Table):
            raise ValueError(f"{name} is {type(found).__name__}: expected a Table")
        return found
    names = table_names()
    own = name.replace("-", "_")
    if own not in names:
        raise ValueError(
            f"no table is called {name!r}. Names: {', '.join(names)}."
            " Or give package.module:attribute."
        )
    table: Table = vars(_import(own))["TABLE"]
    return table


def find_network(name: str) -> Network:
    """The network of this name: in `models.NETWORKS`, or "package.module:attribute".

    Raises:
        ValueError: no such network; the message lists those there are.
        ImportError: no such package, module or attribute.
    """
    if name in NETWORKS:
        return NETWORKS[name]
    module, colon, attribute = name.partition(":")
    if not colon:
        raise ValueError(
            f"no network is called {name!r}. Names: {', '.join(sorted(NETWORKS))}."
            " Or give package.module:attribute."
        )
    found = import_attribute(module, attribute)
    if not callable(found):
        raise ValueError(f"{name} is {type(found).__name__}: expected a class or function")
    return found


def _modules() -> list[str]:
    folder = import_module(__package__ or "")
    return sorted(entry.name for entry in pkgutil.iter_modules(folder.__path__))


def _import(module: str) -> object:
    return import_module(f".{module}", __package__)

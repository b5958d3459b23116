"""What the commands that train share: recipes with changes, where to compute, when to stop."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.error import URLError

from ..interruption import Interruption
from ..settings import changed

if TYPE_CHECKING:
    from ..training.execution import Execution
    from ..training.recipe import Recipe

COMPILE = ("default", "reduce-overhead", "max-autotune")
"""Modes of `torch.compile`."""


def add_training_arguments(parser: argparse.ArgumentParser) -> None:
    """Say how settings are changed, where it is computed, and for how long."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="change a setting, such as epochs=10, batch.identities=8, optimiser.kind=sgd,"
        " network=hacnn (a name of `reid-mot models`, or package.module:attribute) or"
        " network.last_stride=2 (an argument of the network); an unknown field lists all",
    )
    parser.add_argument(
        "--shorten",
        type=float,
        default=1.0,
        metavar="TIMES",
        help="so many times fewer epochs in all phases, with rates that rise and fall as much"
        " sooner (before what --set changes)",
    )
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        metavar="TIMES",
        help="pictures so many times as large, such as 0.5, and as much padding about them; sides"
        " become multiples of 16 pixels, at least 16 (before what --set changes)",
    )
    parser.add_argument("--device", help="cpu, cuda, cuda:1 ... (default a GPU where there is one)")
    parser.add_argument(
        "--compile",
        nargs="?",
        const="default",
        choices=COMPILE,
        metavar="MODE",
        help=f"compile the network: {', '.join(COMPILE)}",
    )
    parser.add_argument(
        "--memory",
        type=float,
        default=8.0,
        metavar="GB",
        help="what decoded pictures may take; if they need more they are decoded again in every"
        " epoch (default 8)",
    )
    parser.add_argument(
        "--minutes", type=float, metavar="M", help="stop after this time, as Ctrl-C does"
    )


def execution_of(options: argparse.Namespace) -> Execution:
    """Where and how the options want it computed.

    Raises:
        ValueError: memory or minutes that are not above 0.
    """
    from ..training.execution import Execution

    for name in ("memory", "minutes"):
        value = getattr(options, name)
        if value is not None and not value > 0:
            raise ValueError(f"--{name} {value:g}: expected more than 0")
    return Execution(device=options.device, compile=options.compile, memory=options.memory * 1e9)


def with_changes(
    recipe: Recipe, changes: Mapping[str, object], shorten: float = 1.0, scale: float = 1.0
) -> Recipe:
    """A recipe with settings changed; `network` may be a name, see `find_network`.

    Args:
        recipe: as it was.
        changes: values by field.
        shorten: see `Recipe.shortened`.
        scale: see `Recipe.scaled`; of another `network`, if one is given.

    Raises:
        ValueError: an unknown field or network, or a value of the wrong type or out of range.
        ImportError: a network that cannot be imported.
    """
    from ..training.recipes.names import find_network

    wanted = dict(changes)
    first = {"network": wanted.pop("network")} if "network" in wanted else {}
    if isinstance(first.get("network"), str):
        first["network"] = find_network(str(first["network"]))
    return changed(changed(recipe, first).shortened(shorten).scaled(scale), wanted)


@contextmanager
def downloads_explained() -> Iterator[None]:
    """Within it, a download that fails says what can be done instead.

    Raises:
        OSError: the download failed.
    """
    try:
        yield
    except URLError as error:
        raise OSError(
            f"the network's first weights cannot be downloaded ({error.reason}):"
            " --set network.weights=FILE takes a state dict that is here,"
            " --set network.weights=None begins with random weights"
        ) from error


def check_network(recipe: Recipe) -> None:
    """Build the network once, so that what is wrong with it is known before the training.

    Raises:
        ValueError: it cannot be made with the keyword `identities`, or see `Recipe.build`.
    """
    with downloads_explained():
        try:
            recipe.build(identities=2)
        except TypeError as error:
            raise ValueError(f"the network cannot be made: {error}") from error


def stopping(asked: Interruption, minutes: float | None) -> Callable[[], bool]:
    """The question whether to stop: because somebody asked, or the time is up."""
    end = None if minutes is None else time.monotonic() + 60 * minutes
    return lambda: bool(asked) or (end is not None and time.monotonic() >= end)

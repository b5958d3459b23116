"""The command line: `reid-mot demo | track | score | simulate | embed | export | models`."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Protocol

from . import __version__
from .commands import (
    audit,
    calibrate,
    compare,
    demo,
    embed,
    evaluate,
    export,
    gallery,
    models,
    reproduce,
    score,
    simulate,
    track,
    train,
)

__all__ = ["main"]

USAGE_ERROR = 2
INTERRUPTED = 130
"""Exit statuses, as shells have them."""


class Command(Protocol):
    """What a module of `commands` holds."""

    NAME: str
    SUMMARY: str
    DESCRIPTION: str
    EXAMPLES: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Say what the command takes."""

    def run(self, options: argparse.Namespace) -> int:
        """Do it, and return the exit status."""


COMMANDS: tuple[Command, ...] = (
    demo,
    track,
    score,
    audit,
    calibrate,
    compare,
    simulate,
    embed,
    export,
    gallery,
    models,
    train,
    evaluate,
    reproduce,
)

DESCRIPTION = """\
Track people through several cameras, recognise them when they come back, and score the result
with MOTA and IDF1.
"""

EPILOGUE = """\
begin here:
  reid-mot demo                                 a rendered room, tracked; needs no data
  reid-mot simulate room --seconds 20           the room as files in MOTChallenge's layout
  reid-mot track room --out tracked --video     who is who in these files
  reid-mot score room tracked                   the scores again, from the files

reid-mot COMMAND --help says what goes in, what comes out, and gives examples.
"""


def build_parser() -> argparse.ArgumentParser:
    """The parser of everything that may be typed."""
    parser = argparse.ArgumentParser(
        prog="reid-mot",
        description=DESCRIPTION,
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"reid-mot {__version__}")
    several = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    for command in COMMANDS:
        one = several.add_parser(
            command.NAME,
            help=command.SUMMARY,
            description=command.DESCRIPTION,
            epilog="examples:\n" + command.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(one)
        one.add_argument("--quiet", action="store_true", help="say nothing while working")
        one.add_argument("--debug", action="store_true", help="show where an error came from")
        one.set_defaults(run=command.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: without the program's name; None: those of the process.

    Returns:
        the exit status: 0, or 2 for a mistake of the user's or in a file, or 130 when interrupted.
    """
    parser = build_parser()
    typed = list(sys.argv[1:] if arguments is None else arguments)
    options = parser.parse_args(_with_joined_values(typed))
    if options.command is None:
        parser.print_help()
        return 0
    if os.getcwd() not in sys.path:
        # So that package.module:attribute finds a module of the user's; last, to hide nothing.
        sys.path.append(os.getcwd())
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has seen enough; Python would complain once more at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        sys.stderr.write(f"reid-mot {options.command}: interrupted, nothing was written\n")
        return INTERRUPTED
    except (ValueError, OSError, ImportError) as error:
        if options.debug:
            traceback.print_exc()
        sys.stderr.write(f"reid-mot {options.command}: error: {_message(error)}\n")
        return USAGE_ERROR
    return status


def _with_joined_values(arguments: list[str]) -> list[str]:
    """`--region -3,-9,9,27` as `--region=-3,-9,9,27`: argparse takes the value for an option."""
    result: list[str] = []
    for argument in arguments:
        if result and result[-1] == "--region":
            result[-1] += f"={argument}"
        else:
            result.append(argument)
    return result


def _message(error: Exception) -> str:
    """One line; errors of the operating system say which file first."""
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__


if __name__ == "__main__":
    sys.exit(main())

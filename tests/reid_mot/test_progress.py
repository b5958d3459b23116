"""Lines about how far a run has come."""

from __future__ import annotations

import io

from reid_mot.progress import Progress


class Terminal(io.StringIO):
    """Text that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_line_has_count_pace_and_time_left() -> None:
    progress = Progress(io.StringIO(), "tracking", total=300)

    assert progress.line(100, 4.0) == "tracking: 100/300 instants, 25.0 frames/s, 8 s left"


def test_without_a_total_nothing_is_said_of_the_time_left() -> None:
    assert Progress(io.StringIO(), "x").line(10, 2.0) == "x: 10 instants, 5.0 frames/s"


def test_elsewhere_a_new_line_every_five_seconds() -> None:
    out, clock = io.StringIO(), Clock()
    progress = Progress(out, "tracking", 100, clock)
    for done in range(1, 13):
        clock.now += 1
        progress(done)

    assert [line.split(",")[0] for line in out.getvalue().splitlines()] == [
        "tracking: 5/100 instants",
        "tracking: 10/100 instants",
    ]


def test_a_terminal_has_one_line_that_is_written_over() -> None:
    out, clock = Terminal(), Clock()
    progress = Progress(out, "tracking", 5, clock)
    for done in range(1, 6):
        clock.now += 0.5
        progress(done)
    progress.finish(5)

    said = out.getvalue()
    assert said.count("\n") == 1
    assert said.endswith("\n")
    assert said.count("\r") == 6


def test_a_shorter_line_wipes_out_a_longer_one() -> None:
    out, clock = Terminal(), Clock()
    progress = Progress(out, "tracking", 10000, clock)
    clock.now += 1
    progress(1)
    clock.now += 1
    progress.finish(1)
    first, last = out.getvalue().rstrip("\n").split("\r")[1:]

    assert len(last) >= len(first)


def test_quiet_is_quiet() -> None:
    progress = Progress(None, "tracking", 10)
    progress(1)
    progress.finish(10)

    assert progress.stream is None

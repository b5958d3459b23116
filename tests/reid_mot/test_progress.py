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


def test_what_was_done_before_does_not_count_for_the_pace() -> None:
    clock = Clock()
    progress = Progress(
        io.StringIO(), "training", 100, clock, unit="batches", pace="batches/s", begun=40
    )

    said = progress.line(50, 5.0, "id 3.20")

    assert said == "training: 50/100 batches, 2.0 batches/s, id 3.20, 25 s left"


def test_it_is_due_after_a_while_and_never_without_a_stream() -> None:
    clock = Clock()
    spoken, silent = Progress(io.StringIO(), "x", clock=clock), Progress(None, "x", clock=clock)
    assert not spoken.due
    clock.now += 6
    assert spoken.due
    assert not silent.due

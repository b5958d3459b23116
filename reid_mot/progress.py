"""How far a long run has come, on standard error."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

TERMINAL_SECONDS = 0.2
"""Between two updates of the line on a terminal."""
LOG_SECONDS = 5.0
"""Between two lines elsewhere, such as in a log file."""


def duration(seconds: float) -> str:
    """A time in few characters.

    >>> duration(7.4), duration(75), duration(7260)
    ('7 s', '1:15', '2:01:00')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Progress:
    """What is done, its rate, and the time left: one line that is updated on a terminal, and a
    new line every few seconds elsewhere.

    Args:
        stream: written to; None: nothing is said.
        what: what is being done, in a word or two.
        total: how many there are to do; None where it is not known.
        clock: seconds, never going back.
        unit: what is counted.
        pace: what is counted, a second.
        begun: how many were done before this run, which goes on with another.
    """

    def __init__(
        self,
        stream: TextIO | None,
        what: str,
        total: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        unit: str = "instants",
        pace: str = "frames/s",
        begun: int = 0,
    ) -> None:
        self.stream, self.what, self.total, self._clock = stream, what, total, clock
        self.unit, self.pace, self.begun = unit, pace, begun
        self._start = clock()
        self._said = self._start
        self._width = 0
        self._terminal = stream is not None and stream.isatty()

    @property
    def due(self) -> bool:
        """Whether it is time to say something."""
        if self.stream is None:
            return False
        between = TERMINAL_SECONDS if self._terminal else LOG_SECONDS
        return self._clock() - self._said >= between

    def __call__(self, done: int, note: str = "") -> None:
        """Say that so many are done, and a note of the moment, if it is time to."""
        if self.due:
            self._said = self._clock()
            self._say(self.line(done, self._said - self._start, note))

    def finish(self, done: int, note: str = "") -> None:
        """Say how many were done in how much time, and a note, and end the line."""
        if self.stream is None:
            return
        seconds = self._clock() - self._start
        pace = f", {(done - self.begun) / seconds:.1f} {self.pace}" if seconds > 0 else ""
        note = f", {note}" if note else ""
        self._say(f"{self.what}: {self._count(done)} in {duration(seconds)}{pace}{note}")
        if self._terminal:
            self.stream.write("\n")
            self.stream.flush()

    def line(self, done: int, seconds: float, note: str = "") -> str:
        """What is said after `done`, those of this run having taken `seconds`."""
        pace = (done - self.begun) / seconds if seconds > 0 else 0.0
        text = f"{self.what}: {self._count(done)}, {pace:.1f} {self.pace}"
        if note:
            text += f", {note}"
        if self.total is not None and pace > 0:
            text += f", {duration(max(0, self.total - done) / pace)} left"
        return text

    def _count(self, done: int) -> str:
        return f"{done} {self.unit}" if self.total is None else f"{done}/{self.total} {self.unit}"

    def _say(self, text: str) -> None:
        assert self.stream is not None
        if self._terminal:
            # Blanks wipe out what a longer line has left.
            self.stream.write("\r" + text.ljust(self._width))
            self._width = len(text)
        else:
            self.stream.write(text + "\n")
        self.stream.flush()

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
    """Instants done, their rate, and the time left: one line that is updated on a terminal, and a
    new line every few seconds elsewhere.

    Args:
        stream: written to; None: nothing is said.
        what: what is being done, in a word or two.
        total: number of instants; None where it is not known.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        stream: TextIO | None,
        what: str,
        total: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stream, self.what, self.total, self._clock = stream, what, total, clock
        self._start = clock()
        self._said = self._start
        self._width = 0
        self._terminal = stream is not None and stream.isatty()

    def __call__(self, done: int) -> None:
        """Say that so many instants are done, if it is time to."""
        if self.stream is None:
            return
        now = self._clock()
        if now - self._said >= (TERMINAL_SECONDS if self._terminal else LOG_SECONDS):
            self._said = now
            self._say(self.line(done, now - self._start))

    def finish(self, done: int) -> None:
        """Say how many instants were done in how much time, and end the line."""
        if self.stream is None:
            return
        seconds = self._clock() - self._start
        pace = f", {done / seconds:.1f} frames/s" if seconds > 0 else ""
        self._say(f"{self.what}: {self._count(done)} in {duration(seconds)}{pace}")
        if self._terminal:
            self.stream.write("\n")
            self.stream.flush()

    def line(self, done: int, seconds: float) -> str:
        """What is said after `done` instants that took `seconds`."""
        pace = done / seconds if seconds > 0 else 0.0
        text = f"{self.what}: {self._count(done)}, {pace:.1f} frames/s"
        if self.total is not None and pace > 0:
            text += f", {duration(max(0, self.total - done) / pace)} left"
        return text

    def _count(self, done: int) -> str:
        return f"{done} instants" if self.total is None else f"{done}/{self.total} instants"

    def _say(self, text: str) -> None:
        assert self.stream is not None
        if self._terminal:
            # Blanks wipe out what a longer line has left.
            self.stream.write("\r" + text.ljust(self._width))
            self._width = len(text)
        else:
            self.stream.write(text + "\n")
        self.stream.flush()

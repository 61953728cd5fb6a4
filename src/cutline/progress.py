"""A search shows itself while it lasts: one line on standard error, on a terminal only, gone when it is done.

    with shown(True, "reading rides.csv") as told:
        fit_rows(rows, progress=told)

A thread of its own paints the line, so that its clock goes on while a pass does. It replaces nothing of the process,
and begins only once a search has lasted: a quick one costs an event, and loads no rich.
"""

from __future__ import annotations

import contextlib
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from cutline.solvers import Progress

    Watch = Callable[[Progress], None]

SOON = 0.3  # seconds without a line
EVERY = 0.2  # seconds between two paintings
RECENT = 6  # steps whose rate says how long the rest will take


@contextlib.contextmanager
def shown(wanted: bool | Watch | None, doing: str, after: float = SOON) -> Iterator[Watch | None]:
    """What to tell after each step: whom the caller named, or a line; None where nobody asked, or nobody looks.

    Args:
        wanted: a callable is passed on as it is.
        doing: what the line says until the first step.
        after: seconds until the line appears.
    """
    if callable(wanted):
        yield wanted
        return
    if not wanted or not is_terminal(sys.stderr):
        yield None
        return
    line, over = Line(doing), threading.Event()
    painter = threading.Thread(target=_paint, args=(line, sys.stderr, after, over), name="cutline-line", daemon=True)
    painter.start()
    try:
        yield line.tell
    finally:
        over.set()
        painter.join()


@dataclass(slots=True)
class Line:
    """What is being done, since when, and the last steps of its stage."""

    doing: str
    begun: float = field(default_factory=time.perf_counter)
    steps: tuple[tuple[float, Progress], ...] = ()

    def tell(self, step: Progress) -> None:
        same = self.steps if self.steps and self.steps[-1][1].stage == step.stage else ()
        self.steps = (*same[1 - RECENT :], (time.perf_counter(), step))  # in one go: another thread reads it

    def words(self, now: float) -> str:
        """Passes, loss and decrement, the time spent, and the time left where there is something to say."""
        steps, spent = self.steps, spoken(now - self.begun)
        if not steps:
            return f"{self.doing}, {spent}"
        last = steps[-1][1]
        said = f"{last.stage}: pass {last.passes:,}, loss {last.loss:.6g}"
        if last.decrement is not None:
            said += f", decrement {last.decrement:.0e} to {last.tol:.0e}"
        left = seconds_left(steps, now)
        return f"{said}, {spent}" if left is None else f"{said}, {spent}, about {spoken(left)} left"


def seconds_left(steps: tuple[tuple[float, Progress], ...], now: float) -> float | None:
    """The digits its decrement still has to lose, at the seconds a digit took; None where that says nothing."""
    (begun, first), (then, last) = steps[0], steps[-1]
    high, low = first.decrement, last.decrement
    if high is None or low is None or not 0 < last.tol < low < high:
        return None
    left = (then - begun) * math.log(low / last.tol) / math.log(high / low) - (now - then)
    return left if left >= 1 else None


def spoken(seconds: float) -> str:
    """A length of time: 7 s, 2 min 5 s, 1 h 40 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person is looking at `stream`."""
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def plain(text: str) -> str:
    """`text` with control characters spelled out: a column name must not be able to drive the terminal."""
    return "".join(c if c.isprintable() or c in "\n " else c.encode("unicode_escape").decode() for c in text)


def _paint(line: Line, screen: TextIO, after: float, over: threading.Event) -> None:
    if over.wait(after):
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    live = Live(
        console=Console(file=screen),
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with contextlib.suppress(OSError, ValueError), live:  # a terminal that goes away ends no search
        while True:
            said = plain(line.words(time.perf_counter()))
            live.update(Text(said, no_wrap=True, overflow="ellipsis"), refresh=True)
            if over.wait(EVERY):
                return

"""A fit shows itself while it lasts: one line on standard error, on a terminal only, gone when the fit is done."""

from __future__ import annotations

import contextlib
import math
import os
import sys
import time
from collections.abc import Callable, Iterator

from cutline.solvers import Progress

EVERY = 0.05  # seconds between two paintings: a small fit takes its steps faster than an eye


@contextlib.contextmanager
def shown(wanted: bool) -> Iterator[Callable[[Progress], None] | None]:
    """A callback for `fit_rows`, or None where nobody asked or nobody looks."""
    if not wanted or sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    begun, first = time.perf_counter(), dict[str, float]()
    painted = -math.inf
    # no thread and nothing of the process replaced: two fits may run at once
    with Live(
        console=Console(file=sys.stderr),
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as line:

        def show(step: Progress) -> None:
            nonlocal painted
            now = time.perf_counter()
            if step.decrement is not None:
                first.setdefault(step.stage, step.decrement)
            if now - painted >= EVERY:
                painted = now
                said = words(step, now - begun, first.get(step.stage))
                line.update(Text(said, no_wrap=True, overflow="ellipsis"), refresh=True)

        yield show


def words(step: Progress, seconds: float, first: float | None) -> str:
    """Passes, loss, decrement and the time left: a decrement's digits are its clock."""
    said = f"{step.stage}: pass {step.passes:,}, loss {step.loss:.6g}"
    if step.decrement is not None:
        said += f", decrement {step.decrement:.0e} to {step.tol:.0e}"
    said += f", {seconds:.0f} s"
    if first is not None and step.decrement is not None and 0 < step.tol < step.decrement < first:
        done = math.log(first / step.decrement) / math.log(first / step.tol)
        said += f", about {seconds * (1 - done) / done:.0f} s left"
    return said

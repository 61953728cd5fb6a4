"""Long work shows itself: one line on standard error while it lasts, on a terminal only, gone when done."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Callable, Iterator
from typing import Any

from cutline.faces.cli import output

Watch = Callable[[Any], None]
"""Takes a cutline.solvers.base.Progress: passes, rows, loss, decrement, stage, tol."""


def share_done(first: float | None, now: float | None, tol: float) -> float:
    """How far a decrement has come from `first` to `tol`, 0 to 1, counted in digits: they are its clock."""
    if not first or now is None or first <= tol:
        return 0.0
    if now <= tol:
        return 1.0
    return min(max(math.log(first / now) / math.log(first / tol), 0.0), 1.0)


def words(report: Any) -> str:
    """Passes, rows, loss, decrement, and what is left."""
    said = f"{report.stage}: pass {report.passes:,} over {report.rows:,} rows, loss {report.loss:.6g}"
    return said if report.decrement is None else f"{said}, decrement {report.decrement:.0e} to {report.tol:.0e}"


@contextlib.contextmanager
def shown(first_words: str, quiet: bool = False) -> Iterator[Watch | None]:
    """A watcher to hand to `cutline.fit`, or None where nobody looks."""
    if quiet or not output.is_terminal(sys.stderr):
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.text import Text

    class Plain(TextColumn):  # a column name such as age[old] is no markup
        def render(self, task: Any) -> Text:
            return Text(output.plain(task.description))

    console = Console(file=sys.stderr, no_color=not output.colored(sys.stderr))
    bars = (BarColumn(bar_width=20),) if console.width >= 110 else ()  # the words say it too
    columns = (SpinnerColumn(), Plain(""), *bars, TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(first_words, total=None)
        started: dict[str, float] = {}

        def watch(report: Any) -> None:
            if report.decrement is not None:
                started.setdefault(report.stage, report.decrement)
            done = share_done(started.get(report.stage), report.decrement, report.tol)
            bar.update(task, description=words(report), completed=done, total=1 if done else None)

        yield watch

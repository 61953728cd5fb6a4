"""Facts on a terminal, or as plain text in a pipe.

rich lays both out, because it knows that a Hangul syllable is two columns wide. A terminal gets its own
width (at least 80 columns) and a rule under table headings; a pipe gets one line a fact, however long,
without rules, color or trailing blanks, so that grep and diff see words.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cutline.faces.cli import facts, output
from cutline.model import words

if TYPE_CHECKING:
    from cutline.model import Model

PIPE_WIDTH = 1_000_000  # rich wraps at a width; a pipe has none


class Page:
    """Collects a report and writes it to standard output in one go."""

    def __init__(self) -> None:
        self.terminal = output.is_terminal(sys.stdout)
        seen = Console(file=sys.stdout)
        self.buffer = StringIO()
        color = seen.color_system if output.colored(sys.stdout) else None
        self.console = Console(
            file=self.buffer,
            width=max(seen.width, 80) if self.terminal else PIPE_WIDTH,
            force_terminal=color is not None,
            color_system=color,  # type: ignore[arg-type]
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
        )

    def heading(self, text: str) -> None:
        self.console.print(Text(words.clean(text), style="bold"))

    def gap(self) -> None:
        self.console.print()

    def pairs(self, pairs: Sequence[facts.Pair], style: str = "dim") -> None:
        """Names in one column, their sentences beside them."""
        if not pairs:
            return
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True, style=style)
        grid.add_column(overflow="fold")
        for name, said in pairs:
            grid.add_row(Text(words.clean(name)), Text(words.clean(said)))
        self.console.print(Padding(grid, (0, 0, 0, 2), expand=False))

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Texts left, numbers right; only the first column may wrap: half a number is a wrong number."""
        longest = max(words.cells(row[0]) for row in rows)
        table = Table(
            box=box.SIMPLE_HEAD if self.terminal else None,
            padding=(0, 1, 0, 0) if self.terminal else (0, 2, 0, 0),
            pad_edge=False,
            show_edge=False,
            header_style="bold",
        )
        for i, column in enumerate(columns):
            if i == 0:
                table.add_column(Text(words.clean(column)), overflow="fold", min_width=min(longest, 12))
            else:
                table.add_column(Text(words.clean(column)), justify="right", no_wrap=True)
        for row in rows:
            style = "dim" if row[1] == "-" else ""  # aliased
            table.add_row(*(Text(words.clean(cell)) for cell in row), style=style)
        needed = self.console.measure(table).minimum
        self.console.print(table, width=max(needed, self.console.width), soft_wrap=needed > self.console.width)

    def write(self) -> None:
        lines = self.buffer.getvalue().splitlines()
        output.write(sys.stdout, "\n".join(line.rstrip() for line in lines) + "\n")


def report(model: Model, source: str | None = None, last: Sequence[facts.Pair] = ()) -> None:
    """Print a model; `source` names its table where that is known, `last` is what `fit` adds."""
    said = words.report(model)
    page = Page()
    page.heading(said.title)
    page.pairs([*([("data", source)] if source else []), *said.above, *facts.columns(model)])
    page.gap()
    page.table(said.header, said.rows)
    page.gap()
    page.pairs(said.below)
    for name, texts, style in (("warning", said.warnings, "bold yellow"), ("note", said.notes, "dim")):
        if texts:
            page.gap()
            page.pairs([(name, text) for text in texts], style=style)
    if last:
        page.gap()
        page.pairs(last)
    page.write()


def scores(values: Mapping[str, Any], source: str, labels: tuple[str, str]) -> None:
    """Print the document of `cutline score` and its confusion matrix; `labels` are (negative, positive)."""
    page = Page()
    page.heading(f"Scores of {source}: the probability of {words.clean(labels[1])}")
    page.pairs(facts.scores(values))
    page.gap()
    header = [f"at threshold {values['threshold']:g}", *(f"predicted {label}" for label in labels)]
    rows = [
        [f"really {label}", *(f"{values[f'{truth}_{called}']:,.15g}" for truth, called in cells)]
        for label, cells in zip(
            labels,
            [(("true", "negative"), ("false", "positive")), (("false", "negative"), ("true", "positive"))],
        )
    ]
    page.table(header, rows)
    page.write()

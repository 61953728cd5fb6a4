"""The table as it was read: columns, the name of where they came from, and the way back to a line.

Nothing is interpreted here. Columns of a text file are text; columns of anything else keep their Arrow types. What a
column means (numbers, a category, a label) is decided by the plan, which sees the whole column.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import pyarrow as pa

from cutline.errors import DataError, UsageError

T = TypeVar("T")


@dataclass(frozen=True)
class ReadOptions:
    """How a text file is written; everything but `na` and `decimal` is ignored for other sources."""

    delimiter: str | None = None  # None: found by looking
    encoding: str | None = None  # None: UTF-8, a byte order mark, or CP949 when nothing else fits
    header: bool = True
    decimal: str = "."
    na: tuple[str, ...] = ()  # more words for a missing value, beside columns.NA
    on_bad_rows: Literal["fail", "reject"] = "fail"

    def __post_init__(self) -> None:
        object.__setattr__(self, "na", (self.na,) if isinstance(self.na, str) else tuple(self.na))
        named = {"\\t": "\t", "tab": "\t", "space": " ", "comma": ",", "semicolon": ";", "pipe": "|"}
        delimiter = None if self.delimiter is None else named.get(self.delimiter, self.delimiter)
        object.__setattr__(self, "delimiter", delimiter)
        if delimiter is not None and (len(delimiter.encode()) != 1 or delimiter in '"\r\n\0'):
            raise UsageError(f"delimiter must be one ASCII character (or 'tab'), got {self.delimiter!r}.")
        if self.decimal not in (".", ","):
            raise UsageError(f"decimal must be '.' or ',', got {self.decimal!r}.")
        if self.decimal == delimiter:
            raise UsageError(f"delimiter and decimal are both {self.decimal!r}; one character cannot be both.")
        if self.on_bad_rows not in ("fail", "reject"):
            raise UsageError(f"on_bad_rows must be 'fail' or 'reject', got {self.on_bad_rows!r}.")


@dataclass(frozen=True)
class Rejected:
    """Rows that could not be read: how many, the file that keeps them, and the first few in words."""

    count: int
    path: Path
    lines: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length with the name of their source."""

    data: pa.Table
    origin: str
    rejected: Rejected | None = None
    notes: tuple[str, ...] = ()
    line_of: Callable[[int], int] | None = None  # row -> line of the text file; None: there are no lines
    counts_from: int = 0
    _memory: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.data.column_names)

    @property
    def n_rows(self) -> int:
        return self.data.num_rows

    def where(self, row: int) -> str:
        """'line 12' of a text file, 'row 11' of another file (from 1) or of an object in memory (from 0)."""
        return f"row {row + self.counts_from}" if self.line_of is None else f"line {self.line_of(row)}"

    def value(self, row: int, column: str) -> str:
        """One value as it stands in the table, without surrounding blanks: for messages."""
        return str(self.data.column(column)[row].as_py()).strip()

    def error(self, row: int, column: str, message: str) -> DataError:
        """A DataError that begins with file, line and column."""
        return DataError(f"{self.origin}, {self.where(row)}, column {column!r}: {message}")

    def require(self, name: str, role: str) -> None:
        """Raise a DataError that suggests the nearest name when there is no such column."""
        if name not in self.names:
            raise DataError(f"{role} {name!r} is not a column of {self.origin}{nearest(name, self.names)}")

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """`make()`, computed once for this table: plan and encoding read the same columns."""
        if key not in self._memory:
            self._memory[key] = make()
        return self._memory[key]


def nearest(name: str, names: Iterable[str]) -> str:
    """'; did you mean 'age'?' or '; the columns are ...': the end of a message about an unknown name."""
    folded = {other.casefold(): other for other in names}
    close = difflib.get_close_matches(name.strip().casefold(), folded, n=1)
    if close:
        return f"; did you mean {folded[close[0]]!r}?"
    return f"; the columns are {listing(names)}."


def listing(words: Iterable[str], most: int = 10) -> str:
    """'a', 'b', 'c' and 4 more."""
    quoted = [repr(word) for word in words]
    rest = f" and {len(quoted) - most} more" if len(quoted) > most else ""
    return ", ".join(quoted[:most]) + rest

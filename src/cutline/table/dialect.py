"""Delimiter and header of a text file, found by looking at its first lines and said, never guessed past a doubt."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutline.errors import DataError

from .table import ReadOptions, listing

CANDIDATES = (",", ";", "\t", "|", " ")
NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")
SAMPLE = 1 << 16  # characters


@dataclass(frozen=True)
class Dialect:
    """What the engine is told: delimiter, column names, empty lines before the first, whether that is a header."""

    delimiter: str
    names: tuple[str, ...]
    skip: int
    header: bool
    notes: tuple[str, ...]


def find_dialect(path: Path, origin: str, options: ReadOptions) -> Dialect:
    """Look at the first lines of a UTF-8 file; raises DataError where the header is not one."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        sample = stream.read(SAMPLE)
    lines = sample.splitlines(keepends=True)
    if len(sample) == SAMPLE and len(lines) > 1:
        lines = lines[:-1]  # cut short
    skip = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    lines = lines[skip:]
    if not lines:
        raise DataError(f"{origin} is empty: a header line and rows were expected.")

    delimiter = options.delimiter or max(
        (mark for mark in CANDIDATES if mark != options.decimal), key=lambda mark: _fit(lines, mark)
    )
    records = _first(parse(lines, delimiter), 200)
    width = _usual_width(records)
    first = tuple(word.strip() for word in records[0])
    elsewhere = [mark for mark in CANDIDATES[:4] if len(first) == 1 and mark in first[0]]
    if options.delimiter is not None and elsewhere:
        raise DataError(
            f"{origin} splits into one column with the delimiter {delimiter!r}, but {elsewhere[0]!r} stands in its "
            f"first line {first[0]!r}; say which delimiter it has with --delimiter."
        )
    notes = () if delimiter == "," else (f"delimiter {delimiter!r}",)
    if not options.header:
        return Dialect(delimiter, tuple(f"column{i + 1}" for i in range(width)), skip, False, notes)
    _check_names(first, width, origin, skip + 1)
    return Dialect(delimiter, first, skip, True, notes + _odd_names(first))


def parse(lines: Iterable[str], delimiter: str) -> Any:
    """Records of a text file as the table engine splits them (a `csv.reader`, whose `line_num` counts lines)."""
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != " ")


def _first(records: Iterable[list[str]], most: int) -> list[list[str]]:
    found = []
    try:
        for record in records:
            if record:
                found.append(record)
            if len(found) == most:
                break
    except csv.Error:  # a field of more than 128 KB: an unclosed quote, which the engine names
        pass
    return found or [[""]]


def _usual_width(records: list[list[str]]) -> int:
    return Counter(map(len, records)).most_common(1)[0][0]


def _fit(lines: list[str], delimiter: str) -> tuple[bool, bool, bool, float, int]:
    """How well a delimiter explains the first lines: the header has as many fields as nearly all rows, and blanks
    count last."""
    records = _first(parse(lines, delimiter), 200)
    width = _usual_width(records)
    share = sum(len(record) == width for record in records) / len(records)
    splits = max(width, 1 if delimiter == " " else len(records[0])) > 1
    return splits, delimiter != " ", len(records[0]) == width, share, width


def _check_names(names: tuple[str, ...], width: int, origin: str, line: int) -> None:
    place = f"{origin}, line {line}"
    if len(names) == 1 < width:
        raise DataError(
            f"{place}: {names[0]!r} is one field where the rows have {width}. It reads like a title or a comment, not "
            "a header; delete that line (and say --no-header if rows follow at once)."
        )
    if all(NUMBER.fullmatch(name) or name in ("", "?", "NA") for name in names):
        raise DataError(
            f"{place}: a header was expected, but every field is a number: {listing(names, 5)}. If this is the first "
            "row of data, say --no-header (columns are then column1, column2, ...); else write a header."
        )
    if "" in names:
        raise DataError(
            f"{place}: column {names.index('') + 1} has no name (R and pandas write row names so); write a name for it "
            "in the header."
        )
    twice = {name: count for name, count in Counter(names).items() if count > 1}
    if twice:
        places = "; ".join(
            f"{name!r} names columns {' and '.join(str(i + 1) for i, other in enumerate(names) if other == name)}"
            for name in twice
        )
        raise DataError(f"{place}: column names must differ, but {places}; rename one of each in the header.")


def _odd_names(names: tuple[str, ...]) -> tuple[str, ...]:
    numbers = [name for name in names if NUMBER.fullmatch(name)]
    if not numbers:
        return ()
    return (f"the header has numbers for names ({listing(numbers, 3)}); say --no-header if that line is data",)

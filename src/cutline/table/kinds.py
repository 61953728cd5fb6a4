"""The kind of one column, decided over all of its values: numbers, a category, or an error that says what to do.

Nothing is turned into dozens of terms in silence: dates, identifiers and numbers spoiled by a few words are refused
with column, line and value; what is merely unusual is noted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cutline.errors import DataError

from .arrow import flags, pc
from .columns import (
    EXACT,
    Numbers,
    Spelling,
    as_numbers,
    boolean,
    canonical,
    distinct,
    is_number,
    is_numeric,
    plain,
)
from .plan import Category, Numeric
from .spoiled import check_finite, check_spoiled
from .table import Table

MANY_LEVELS = 20
SAMPLE = 1_000  # values that mostly tell whether there are fractions among them
SMALL = 100  # rows up to which a row number may be the only feature: the hours 1 to 6 of a first example

Found = tuple[Numeric | Category, tuple[str, ...]]


@dataclass(frozen=True)
class Asked:
    """How a column came to be a feature."""

    named: bool  # in --features or --categorical; else it was taken because it was there
    categorical: bool
    alone: bool  # the only feature
    grouped: bool  # each row stands for many trials, so a level may well have one row


def find_kind(table: Table, name: str, asked: Asked, spelling: Spelling) -> Found:
    """The field a column makes, its levels those of all rows, and notes; raises DataError with a remedy."""
    column = plain(table, name)
    if pa.types.is_boolean(column.type) or isinstance(column.type, pa.DictionaryType) or asked.categorical:
        return _category(table, name, asked, spelling)
    numbers = as_numbers(table, name, spelling)
    if np.all(numbers.missing):
        raise _all_missing(table, name)
    if not np.any(numbers.bad):
        return _numeric(table, name, asked, numbers)
    check_spoiled(table, name, numbers)
    return _category(table, name, asked, spelling)


def tidy(words: Sequence[str]) -> tuple[str, ...]:
    """Distinct words as sorted levels: numbers by value and in one spelling, all else by code point."""
    numeric = all(map(is_number, words))
    return tuple(sorted(set(spelled(words)), key=lambda word: (float(word) if numeric else 0.0, word)))


def spelled(words: Sequence[str]) -> list[str]:
    """Each word as its level is spelled, in the order given."""
    if all(map(is_number, words)):
        return [canonical(word) for word in words]
    same = [boolean(word) for word in words]
    return same if set(same) <= {"False", "True"} else list(words)


def _all_missing(table: Table, name: str) -> DataError:
    return DataError(f"{table.origin}, column {name!r}: every value is missing; leave it out with --drop {name}.")


def _numeric(table: Table, name: str, asked: Asked, numbers: Numbers) -> Found:
    values, missing = numbers.values, numbers.missing
    check_finite(table, name, values)
    whole = _are_whole(values[:SAMPLE], missing[:SAMPLE]) and _are_whole(values, missing)
    notes: list[str] = []
    if whole and np.nanmax(np.abs(values)) >= EXACT:
        row = _first_inexact(table, name, values)
        if row is not None:
            raise table.error(
                row,
                name,
                f"{table.value(row, name)} is an integer beyond 2^53, an identifier rather than a measurement; leave "
                f"it out with --drop {name}, or take it as a category with --categorical {name}.",
            )
    n = len(values)
    in_order = whole and bool(np.all(np.diff(values) == 1))
    # few rows may well be a permutation by chance, or by design
    if whole and n > (2 if in_order else MANY_LEVELS) and _is_numbering(values):
        said = f"column {name!r} is the row number ({values[0]:.0f} to {values[-1]:.0f})"
        if not in_order:
            said = f"column {name!r} numbers the rows, each of {min(values):.0f} to {max(values):.0f} once"
        if not asked.named and not (asked.alone and n <= SMALL):
            raise DataError(
                f"{table.origin}: {said}, an identifier rather than a measurement; leave it out with --drop {name}, or "
                "name the columns to use, this one among them, with --features."
            )
        notes.append(f"{said}; it is used as a number.")
    text = plain(table, name)
    if whole and not is_numeric(text.type):
        coded = flags(pc.match_substring_regex(text, r"^\s*[+-]?0\d"))
        if coded.any():
            row = int(np.argmax(coded))
            notes.append(
                f"column {name!r} is read as numbers, though some have leading zeros ({table.value(row, name)}, "
                f"{table.where(row)}); if they are codes, say --categorical {name}."
            )
    return Numeric(name), tuple(notes)


def _are_whole(values: np.ndarray, missing: np.ndarray) -> bool:
    return bool(np.all(missing | (values == np.floor(values))))


def _is_numbering(values: np.ndarray) -> bool:
    """Whether integers are 0..n-1 or 1..n in any order."""
    first, n = np.min(values), len(values)
    return first in (0, 1) and np.max(values) == first + n - 1 and len(np.unique(values)) == n


def _first_inexact(table: Table, name: str, values: np.ndarray) -> int | None:
    column = plain(table, name)
    large = np.abs(values) >= EXACT
    if pa.types.is_floating(column.type):
        return None
    if not is_numeric(column.type):
        large &= flags(pc.match_substring_regex(column, r"^\s*[+-]?\d+\s*$"))
    return int(np.argmax(large)) if large.any() else None


def _category(table: Table, name: str, asked: Asked, spelling: Spelling) -> Found:
    found = distinct(table, name, spelling)
    n_valid = int(np.sum(found.codes >= 0))
    if n_valid == 0:
        raise _all_missing(table, name)
    ordered = isinstance(plain(table, name).type, pa.DictionaryType)
    levels = tuple(dict.fromkeys(spelled(found.values))) if ordered else tidy(found.values)
    k = len(levels)
    example = f"{found.values[0]!r}, {found.values[min(1, k - 1)]!r}, ..."
    if not asked.categorical and not asked.grouped:
        remedy = f"leave it out with --drop {name}, or take it all the same with --categorical {name}."
        if k > 2 and k >= 0.9 * n_valid:
            raise DataError(
                f"{table.origin}, column {name!r}: {k} different texts in {n_valid} rows ({example}) read like an "
                f"identifier, and would be {k - 1} terms; {remedy}"
            )
        if k > MANY_LEVELS and 5 * k > n_valid:
            raise DataError(
                f"{table.origin}, column {name!r}: {k} different texts ({example}) in {n_valid} rows are too many for "
                f"a category, fewer than five rows a level; group them, {remedy}"
            )
    note = f"column {name!r} has {k} levels, so {k - 1} terms; drop or group it if that is not meant."
    return Category(name, levels, levels[0]), (note,) if k > MANY_LEVELS else ()

"""One column seen two ways: as numbers, or as codes of its distinct values.

Both know what is missing: null, NaN, and text that is empty or one of a few words. Text is taken without surrounding
blanks. Planning and prediction read columns through the same two functions, so they cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from cutline.errors import DataError

from .arrow import flags, floats, indices, pc, text_array
from .table import Table

NA = ("", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NAN", "null", "NULL")
REAL = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?(?i:inf(inity)?)$"
EXACT = 2**53  # from here on integers are not exact in float64


@dataclass(frozen=True)
class Spelling:
    """How missing values and decimals are spelled in text."""

    na: tuple[str, ...] = NA
    decimal: str = "."


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column as float64 (n,): NaN where missing and where `bad`, text that is no number."""

    values: np.ndarray
    bad: np.ndarray

    @cached_property
    def missing(self) -> np.ndarray:
        """bool (n,), not to be written to: it takes no memory where nothing is missing."""
        missing = np.isnan(self.values) & ~self.bad
        return missing if missing.any() else np.broadcast_to(np.False_, missing.shape)


@dataclass(frozen=True, eq=False)
class Distinct:
    """A column as int64 codes (n,) into its distinct values, -1 where missing; all `values` occur."""

    codes: np.ndarray
    values: tuple[str, ...]


def plain(table: Table, name: str) -> pa.ChunkedArray:
    """The column in one of the types Cutline reads: text, numbers, booleans, or a dictionary of these."""

    def make() -> pa.ChunkedArray:
        column = table.data.column(name)
        kind = column.type
        if isinstance(kind, pa.DictionaryType):
            return column.unify_dictionaries()
        if kind == pa.string_view():
            return column.cast(pa.large_string())
        if isinstance(kind, pa.BaseExtensionType) and kind.extension_name == "arrow.bool8":
            return column.cast(pa.bool_())
        if _is_text(kind) or is_numeric(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind):
            return column
        if pa.types.is_temporal(kind):
            raise DataError(DATE.format(where=f"{table.origin}, column {name!r}", what=f"of type {kind}"))
        raise DataError(
            f"{table.origin}, column {name!r} is of type {kind}, which is neither numbers nor text; leave it out with "
            "--drop, or turn it into plain columns first."
        )

    return table.once(("plain", name), make)


DATE = (
    "{where} holds dates or times ({what}), which have no one meaning as numbers: make a number of it first "
    "(days since the start, age in years, the month), or leave it out with --drop."
)


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view()


def is_numeric(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def as_numbers(table: Table, name: str, spelling: Spelling) -> Numbers:
    """The column as numbers, text that is no number marked."""

    def make() -> Numbers:
        column = plain(table, name)
        if isinstance(column.type, pa.DictionaryType):
            wanted = pa.large_string() if _is_text(column.type.value_type) else column.type.value_type
            column = pa.chunked_array([chunk.dictionary_decode().cast(wanted) for chunk in column.chunks], wanted)
        if not _is_text(column.type):
            return Numbers(floats(column), np.zeros(len(column), bool))
        read = column
        for text in (lambda: column, lambda: pc.utf8_trim_whitespace(column)):  # blanks are rare: looked for last
            kept = _without(text(), spelling.na)
            read = kept if spelling.decimal == "." else _with_point(kept)
            try:
                return Numbers(floats(read), np.zeros(len(column), bool))
            except pa.ArrowInvalid:
                continue
        good = pc.match_substring_regex(read, REAL)
        return Numbers(floats(pc.if_else(good, read, pa.nulls(len(read), read.type))), flags(pc.invert(good)))

    return table.once(("numbers", name, spelling), make)


def _without(text: pa.ChunkedArray, na: tuple[str, ...]) -> pa.ChunkedArray:
    missing = pc.is_in(text, value_set=text_array(na).cast(text.type))
    return pc.if_else(missing, pa.nulls(len(text), text.type), text)


def _with_point(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Decimal commas as points; a point that stands there already (a thousands separator) spoils the number."""
    return pc.replace_substring(pc.replace_substring(text, ".", "?"), ",", ".")


def distinct(table: Table, name: str, spelling: Spelling) -> Distinct:
    """The column as codes of its distinct values, in the order a dictionary type gives them, else of occurrence."""

    def make() -> Distinct:
        column = plain(table, name)
        if not isinstance(column.type, pa.DictionaryType):
            column = column.dictionary_encode()
        whole = column.combine_chunks()
        codes = indices(whole)
        words = [None if word is None else word.strip() for word in _words(whole.dictionary)]
        used = np.unique(codes[codes >= 0])
        values: dict[str, int] = {}
        lookup = np.full(len(words) + 1, -1)  # the last entry serves code -1
        for code in used:
            word = words[code]
            if word is not None and word not in spelling.na:
                lookup[code] = values.setdefault(word, len(values))
        return Distinct(lookup[codes], tuple(values))

    return table.once(("distinct", name, spelling), make)


def _words(values: pa.Array) -> list[str | None]:
    if pa.types.is_boolean(values.type):
        return [None if value is None else str(value) for value in values.to_pylist()]
    return values.cast(pa.large_string()).to_pylist()


def canonical(word: str) -> str:
    """One spelling a number: '1.0' and '+1' are '1'. What has a leading zero is a code, not a number, and is kept."""
    if not is_number(word) or re.match(r"[+-]?0\d", word):
        return word
    if re.fullmatch(r"[+-]?\d+", word):
        return str(int(word))
    value = float(word)
    return str(int(value)) if value.is_integer() and abs(value) < EXACT else repr(value)


def is_number(word: str) -> bool:
    return re.match(REAL, word) is not None


def boolean(word: str) -> str:
    """'true' and 'TRUE' are 'True'; other words stay."""
    return word.capitalize() if word.lower() in ("true", "false") else word


def match(words: Sequence[str], levels: Sequence[str]) -> np.ndarray:
    """For each word the position of its level (int64), -1 where there is none.

    A word is its level literally, or as a number where all levels are numbers, or as a boolean.
    """
    at = {level: i for i, level in enumerate(levels)}
    numeric = all(is_number(level) and canonical(level) == level for level in levels)
    same = canonical if numeric else boolean
    return np.array([at.get(word, at.get(same(word), -1)) for word in words], np.int64)

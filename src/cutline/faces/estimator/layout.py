"""Which coefficient belongs to what: the columns of a frame, in its order, each category column with its levels.

A fit has numbers first and then factors (`Block`); a reader expects the order of the frame. The layout knows both. It
predicts by a gather: a level's coefficient is looked up once for each distinct value and then taken for each row.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutline.errors import DataError
from cutline.faces.estimator.frames import Distinct, Frame
from cutline.table.table import listing


def codes_dtype(most: int) -> Any:
    """The type of category codes up to `most`: the narrowest a `Block` takes."""
    return np.int32 if most <= np.iinfo(np.int32).max else np.int64


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the frame: its levels in order, or None for numbers."""

    name: str
    levels: tuple[Hashable, ...] | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a frame; `full` where every level has a coefficient, else all but the first."""

    columns: tuple[Column, ...]
    full: bool

    def carried(self, column: Column) -> tuple[Hashable, ...]:
        """The levels with a coefficient."""
        return (column.levels or ())[0 if self.full else 1 :]

    def names(self) -> list[str]:
        """One name a coefficient: the column's, or column=level."""
        out: list[str] = []
        for column in self.columns:
            here = self.carried(column)
            out.extend([column.name] if column.levels is None else [f"{column.name}={level}" for level in here])
        return out

    def places(self) -> np.ndarray:
        """For each coefficient in the frame's order its feature in the block, int64 (p,)."""
        number, factor = 0, sum(column.levels is None for column in self.columns)
        out: list[int] = []
        for column in self.columns:
            if column.levels is None:
                out.append(number)
                number += 1
            else:
                width = len(self.carried(column))
                out.extend(range(factor, factor + width))
                factor += width
        return np.array(out, dtype=np.int64)

    def numbers(self) -> list[int]:
        """The number columns' positions in the frame."""
        return [j for j, column in enumerate(self.columns) if column.levels is None]

    def log_odds(self, frame: Frame, coef: np.ndarray, intercept: float) -> np.ndarray:
        """The linear predictor of each row, float64 (n,): one gather a factor."""
        eta = np.full(frame.n_rows, intercept)
        weights: list[float] = []
        at = 0
        for j, column in enumerate(self.columns):
            if column.levels is None:
                weights.append(coef[at])
                at += 1
                continue
            width = len(self.carried(column))
            here = coef[at : at + width] if self.full else np.concatenate([[0.0], coef[at : at + width]])
            at += width
            found = frame.distinct(j)
            _check_present(column.name, found)
            eta += _of_values(column, found, here)[found.codes]
        if weights:
            eta += product(frame.numbers(self.numbers()), np.array(weights))
            if not np.isfinite(eta).all():
                check_finite(frame, self.numbers())
        return eta


def read(frame: Frame, full: bool) -> tuple[Layout, np.ndarray, np.ndarray | None, tuple[int, ...]]:
    """The layout of a frame, its numbers (n, k), its codes (n, f) as a `Block` has them, and levels a factor.

    Without a coefficient for each level, code 0 is the first one; else nothing has code 0.

    Raises:
        DataError: a column is neither numbers nor categories, or a category is missing.
    """
    found: dict[int, Distinct] = {}
    columns: list[Column] = []
    for j, name in enumerate(frame.names):
        if frame.kind(j) == "number":
            columns.append(Column(name))
            continue
        found[j] = frame.distinct(j)
        _check_present(name, found[j])
        columns.append(Column(name, tuple(found[j].values[v] for v in _in_order(name, found[j]))))
    layout = Layout(tuple(columns), full)
    coded = [j for j in found if layout.carried(columns[j])]
    levels = tuple(len(layout.carried(columns[j])) for j in coded)
    codes = np.empty((len(coded), frame.n_rows), codes_dtype(max(levels, default=0)))  # a factor in one piece
    for row, j in zip(codes, coded):
        at = {level: i + int(full) for i, level in enumerate(columns[j].levels or ())}
        np.take(np.array([at.get(v, 0) for v in found[j].values], codes.dtype), found[j].codes, out=row, mode="clip")
        del found[j]
    numbers = layout.numbers()
    x = frame.numbers(numbers) if numbers else np.empty((frame.n_rows, 0))
    return layout, x, codes.T if coded else None, levels


def product(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """x @ w in float64, (n,): float32 a block of rows at a time, for all of it in float64 would be a copy."""
    with np.errstate(all="ignore"):  # NaN and infinity are looked for in the result
        if x.dtype == np.float64:
            return x @ w
        out = np.empty(len(x))
        step = max(1, 2**17 // max(1, x.shape[1]))
        for first in range(0, len(x), step):
            out[first : first + step] = x[first : first + step].astype(np.float64) @ w
        return out


def check_finite(frame: Frame, columns: list[int]) -> None:
    """Name the first number column that holds NaN or infinity; the first words are scikit-learn's."""
    for j in columns:
        values = frame.numbers([j])[:, 0]
        bad = ~np.isfinite(values)
        if bad.any():
            row = int(np.argmax(bad))
            what = "NaN" if np.isnan(values[row]) else f"infinity or a value too large for {values.dtype}"
            raise DataError(
                f"Input X contains {what}.\ncolumn {frame.names[j]!r}: expected a number in every row, and "
                f"{_rows(bad)} none; fill them first (sklearn.impute has ways), or leave these rows out"
            )


def _check_present(name: str, found: Distinct) -> None:
    codes = found.codes
    missing = codes < 0
    if None in found.values:
        missing = missing | (codes == found.values.index(None))
    if missing.any():
        raise DataError(
            f"Input X contains missing values.\ncolumn {name!r}: expected a category in every row, and "
            f"{_rows(missing)} none; make what is missing a level of its own (fill it with 'missing'), or leave these "
            "rows out"
        )


def _rows(bad: np.ndarray) -> str:
    count, first = int(bad.sum()), int(np.argmax(bad))
    return f"{count:,} of {len(bad):,} rows (the first: {first}) {'has' if count == 1 else 'have'}"


def _in_order(name: str, found: Distinct) -> list[int]:
    """The values that occur, by position: in the order that is meant where one is, else sorted."""
    used = np.flatnonzero(np.bincount(found.codes, minlength=len(found.values))).tolist()
    if found.ordered:
        return used
    try:
        return sorted(used, key=lambda v: found.values[v])
    except TypeError:
        kinds = listing(sorted({type(found.values[v]).__name__ for v in used}))
        raise DataError(f"column {name!r}: expected levels of one type, got {kinds}; make them all text") from None


def _of_values(column: Column, found: Distinct, coef: np.ndarray) -> np.ndarray:
    """The coefficient of each distinct value."""
    levels = column.levels or ()
    at = {level: i for i, level in enumerate(levels)}
    place = np.array([at.get(value, -1) for value in found.values], dtype=np.int64)
    if (place < 0).any():
        unseen = place[found.codes] < 0
        if unseen.any():
            row, known = int(np.argmax(unseen)), listing(map(str, levels), 5)
            raise DataError(
                f"column {column.name!r}: expected one of the {len(levels):,} levels of the fit ({known}), got "
                f"{found.values[found.codes[row]]!r} in row {row} ({int(unseen.sum()):,} rows hold a level the fit has "
                "not seen); fit on rows that hold it, or turn it into a level that the fit knows"
            )
    return coef[place]

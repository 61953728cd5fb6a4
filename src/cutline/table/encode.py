"""Numbers from a table by a plan: for fitting, rows that cannot be used are dropped and counted; for prediction, every
row keeps its place and those that cannot be scored are named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cutline.errors import DataError

from .columns import as_numbers, distinct, match
from .label import Outcome, outcome, role
from .plan import Category, Numeric, Plan
from .table import Table, listing

Reason = Literal["missing value", "unseen level", "not a number"]
UNSEEN = -2  # codes: -1 missing, 0 the reference, 1.. the other levels
MOST_LEVELS = 10  # unseen levels named one by one


@dataclass(frozen=True, eq=False)
class Encoded:
    """Rows to fit: x (n, k) and codes (n, f) as in the plan's block layout, y in [0, 1], rows of the table kept.

    The columns of x lie in one piece each, as a table keeps them: copied so, hashed without a copy, and read faster.
    """

    x: np.ndarray
    codes: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None
    offset: np.ndarray | None
    rows: np.ndarray
    dropped: dict[str, int]
    imputed: dict[str, int]
    grouped: bool


@dataclass(frozen=True)
class Problem:
    """Why some rows cannot be scored: `count` rows, the first at `first` ('line 3')."""

    column: str
    reason: Reason
    value: str
    count: int
    first: str


@dataclass(frozen=True, eq=False)
class Scorable:
    """Every row of a table in order; `ok` (n,) marks those that can be scored, the others hold zeros."""

    x: np.ndarray
    codes: np.ndarray
    offset: np.ndarray | None
    ok: np.ndarray
    problems: tuple[Problem, ...]
    imputed: dict[str, int]


def field_codes(table: Table, f: Category, plan: Plan) -> np.ndarray:
    """int64 (n,): 0 the reference, 1.. the other levels in order, -1 missing, UNSEEN."""
    found = distinct(table, f.name, plan.spelling)
    lookup = match(found.values, (f.reference, *f.others))
    return np.append(np.where(lookup < 0, UNSEEN, lookup), -1)[found.codes]


def field_missing(table: Table, f: Numeric | Category, plan: Plan) -> np.ndarray:
    """bool (n,): where a field has no value."""
    if isinstance(f, Numeric):
        return as_numbers(table, f.name, plan.spelling).missing
    return distinct(table, f.name, plan.spelling).codes < 0


def select(plan: Plan, table: Table) -> tuple[np.ndarray, dict[str, int], Outcome]:
    """The rows to fit (int64), the others counted once each under their first reason, and the labels of all."""
    found = outcome(plan, table)
    drops = list(found.drops)
    if plan.offset is not None:
        drops.append((f"missing {plan.offset}", np.isnan(role(table, plan.offset, "offset", plan.spelling))))
    if plan.missing != "impute":
        drops += [(f"missing {f.name}", field_missing(table, f, plan)) for f in plan.fields]
    keep = np.ones(table.n_rows, bool)
    dropped: dict[str, int] = {}
    for reason, lost in drops:
        if not lost.any():
            continue
        count = int(np.sum(keep & lost))
        if count and plan.missing == "fail" and reason.startswith("missing "):
            first = table.where(int(np.argmax(lost)))
            raise DataError(
                f"{table.origin}, column {reason[8:]!r}: {int(np.sum(lost))} values are missing, the first in {first}, "
                "and --missing fail allows none; fill them in, or say --missing drop or impute."
            )
        if count:
            dropped[reason] = dropped.get(reason, 0) + count
            keep &= ~lost
    return np.flatnonzero(keep), dropped, found


def encode(plan: Plan, table: Table) -> Encoded:
    """Rows to fit as arrays; raises DataError where a column holds what the plan does not know."""
    rows, dropped, found = select(plan, table)
    if found.unknown[rows].any():
        row = int(rows[np.argmax(found.unknown[rows])])
        assert plan.label is not None
        raise table.error(
            row, plan.label.column, f"a label other than {plan.label.negative!r} and {plan.label.positive!r}."
        )
    x, codes, imputed, problems = _fields(plan, table, rows)
    if problems:
        first = problems[0]
        raise DataError(f"{table.origin}, {first.first}, column {first.column!r}: {first.reason} {first.value!r}.")
    weight = None if found.weight is None else found.weight[rows]
    offset = None if plan.offset is None else role(table, plan.offset, "offset", plan.spelling)[rows]
    grouped = plan.label is not None and plan.label.kind != "binary"
    return Encoded(x, codes, found.y[rows], weight, offset, rows, dropped, imputed, grouped)


def encode_for_prediction(
    plan: Plan, table: Table, unseen: Literal["empty", "reference", "fail"] = "empty"
) -> Scorable:
    """Every row as arrays; columns are found by name. Raises DataError for a missing column, and with
    `unseen="fail"` for an unseen level."""
    for name in (*(f.name for f in plan.fields), *([] if plan.offset is None else [plan.offset])):
        table.require(name, "the model's column")
    x, codes, imputed, problems = _fields(plan, table, np.arange(table.n_rows))
    new = [p for p in problems if p.reason == "unseen level"]
    if new and unseen == "fail":
        raise DataError(
            f"{table.origin}, {new[0].first}, column {new[0].column!r}: the level {new[0].value!r} was not there when "
            "the model was fitted; fit again with it, or say --unseen empty or reference."
        )
    if unseen == "reference":
        codes[codes == UNSEEN] = 0
    ok = np.all(np.isfinite(x), axis=1) & np.all(codes >= 0, axis=1)
    offset = None
    if plan.offset is not None:
        numbers = as_numbers(table, plan.offset, plan.spelling)
        offset = np.where(np.isfinite(numbers.values), numbers.values, 0.0)
        known = np.isfinite(numbers.values)
        bad = np.flatnonzero(~known & ~numbers.missing)
        problems += _problems(table, Numeric(plan.offset), np.flatnonzero(numbers.missing), bad, plan)
        ok &= known
    x[~ok], codes[~ok] = 0.0, 0
    return Scorable(x, codes, offset, ok, tuple(problems), imputed)


def encode_label(plan: Plan, table: Table) -> tuple[np.ndarray, np.ndarray | None, np.ndarray, tuple[Problem, ...]]:
    """y (n,), weight (n,) or None, ok (n,) and problems of a table that is to be scored."""
    if plan.label is None:
        raise DataError("this model was fitted without a label column, so there is nothing to score against.")
    for name in (plan.label.column, plan.weights, plan.trials):
        if name is not None:
            table.require(name, "the model's column")
    found = outcome(plan, table)
    problems = _level_problems(table, plan.label.column, np.flatnonzero(found.unknown), plan)
    ok = ~found.unknown
    for reason, lost in found.drops:
        if lost.any() and reason.startswith("missing "):
            problems.append(_problem(table, reason[8:], "missing value", "", np.flatnonzero(lost)))
        ok &= ~lost
    y = np.where(ok, found.y, 0.0)
    return y, None if found.weight is None else np.where(ok, found.weight, 0.0), ok, tuple(problems)


def _fields(plan: Plan, table: Table, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict[str, int], list[Problem]]:
    """x (m, k), codes (m, f), fills counted and problems, in table order, of the m `rows`."""
    x = np.empty((len(plan.numeric), len(rows))).T
    codes = np.empty((len(rows), len(plan.categories)), np.int64)
    imputed: dict[str, int] = {}
    problems: list[Problem] = []
    taken = slice(None) if len(rows) == table.n_rows else rows
    into = {Numeric: iter(x.T), Category: iter(codes.T)}
    for f in plan.fields:
        column = next(into[type(f)])
        if isinstance(f, Numeric):
            numbers = as_numbers(table, f.name, plan.spelling)
            column[:] = numbers.values[taken]
            odd = np.flatnonzero(~np.isfinite(column))
            missing, fill = numbers.missing[rows[odd]], f.fill
        else:
            column[:] = field_codes(table, f, plan)[taken]
            odd = np.flatnonzero(column < 0)
            missing, fill = column[odd] == -1, None
            if f.fill is not None:
                fill = match([f.fill], (f.reference, *f.others))[0]
        lost, bad = odd[missing], rows[odd[~missing]]
        if len(lost) and fill is not None:
            column[lost] = fill
            imputed[f.name], lost = len(lost), lost[:0]
        problems += _problems(table, f, rows[lost], bad, plan)
    return x, codes, imputed, problems


def _problems(table: Table, f: Numeric | Category, missing: np.ndarray, bad: np.ndarray, plan: Plan) -> list[Problem]:
    found = [_problem(table, f.name, "missing value", "", missing)] if len(missing) else []
    if isinstance(f, Category):
        return found + _level_problems(table, f.name, bad, plan)
    if len(bad):
        found.append(_problem(table, f.name, "not a number", table.value(int(bad[0]), f.name), bad))
    return found


def _level_problems(table: Table, name: str, unseen: np.ndarray, plan: Plan) -> list[Problem]:
    """One problem a level, most frequent first; beyond ten the rest together."""
    if not len(unseen):
        return []
    found = distinct(table, name, plan.spelling)
    codes = found.codes[unseen]
    counts = np.bincount(codes, minlength=len(found.values))
    order = [int(i) for i in np.argsort(-counts, kind="stable") if counts[i]]
    problems = [_problem(table, name, "unseen level", found.values[i], unseen[codes == i]) for i in order[:MOST_LEVELS]]
    if rest := order[MOST_LEVELS:]:
        words = f"{len(rest)} more levels: {listing((found.values[i] for i in rest), 3)}"
        problems.append(_problem(table, name, "unseen level", words, unseen[np.isin(codes, rest)]))
    return problems


def _problem(table: Table, name: str, reason: Reason, value: str, rows: np.ndarray) -> Problem:
    return Problem(name, reason, value, len(rows), table.where(int(rows[0])))

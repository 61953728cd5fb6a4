"""The label: which of two words is positive, or how many of how many; and the roles a column of numbers may play.

Two labels are sorted (numbers by value, words by code point) and the last is positive, as R's factor and
scikit-learn's `classes_` have it. Grouped data give each row a proportion y = successes / trials and a weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cutline.errors import DataError

from .columns import Spelling, as_numbers, distinct, match
from .kinds import spelled, tidy
from .plan import Choices, Label, Plan
from .spoiled import check_finite
from .table import Table, listing


@dataclass(frozen=True, eq=False)
class Outcome:
    """y in [0, 1] (n,), NaN where missing or unknown; weight (n,) or None; reasons to drop rows, in order."""

    y: np.ndarray
    weight: np.ndarray | None
    drops: tuple[tuple[str, np.ndarray], ...]
    unknown: np.ndarray  # a label, but neither of the two


def find_label(table: Table, choices: Choices, spelling: Spelling) -> Label:
    """The label of the whole target column; raises DataError naming labels, counts and lines."""
    target = choices.target
    assert target is not None
    if choices.trials is not None:
        return Label(target, "count", "failure", "success")
    if _is_proportion(table, choices, spelling):
        if choices.positive is not None:
            raise DataError(f"positive names a label, {choices.positive!r}, but column {target!r} holds proportions.")
        return Label(target, "proportion", "failure", "success")
    words = distinct(table, target, spelling).values
    labels = tidy(words)
    if len(labels) != 2:
        raise _not_two(table, target, spelling, labels)
    if choices.positive is None:
        return Label(target, "binary", labels[0], labels[1])
    at = int(match([str(choices.positive).strip()], labels)[0])
    if at < 0:
        raise DataError(
            f"positive label {choices.positive!r} is not in column {target!r}, which has {listing(labels)}."
        )
    return Label(target, "binary", labels[1 - at], labels[at])


def _is_proportion(table: Table, choices: Choices, spelling: Spelling) -> bool:
    """Whether the target is numbers in [0, 1] with fractions among them, which need weights."""
    assert choices.target is not None
    numbers = as_numbers(table, choices.target, spelling)
    values = numbers.values[~numbers.missing]
    if not len(values) or numbers.bad.any() or values.min() < 0 or values.max() > 1:
        return False
    fraction = ~numbers.missing & (numbers.values % 1 > 0)
    if not fraction.any():
        return False
    if choices.weights is None:
        row = int(np.argmax(fraction))
        raise table.error(
            row,
            choices.target,
            f"two labels were expected, but {numbers.values[row]:g} is a proportion; name the column that says of how "
            "many with --weights.",
        )
    return True


def _not_two(table: Table, target: str, spelling: Spelling, labels: tuple[str, ...]) -> DataError:
    found = distinct(table, target, spelling)
    if not labels:
        return DataError(f"{table.origin}, column {target!r}: every label is missing.")
    names = spelled(found.values)
    position = {label: i for i, label in enumerate(labels)}
    codes = np.array([position[name] for name in names] + [-1])[found.codes]
    shown = []
    for label in labels[:6]:
        rows = codes == position[label]
        shown.append(f"{label!r} ({np.sum(rows)} rows, first {table.where(int(np.argmax(rows)))})")
    more = f" and {len(labels) - 6} more" if len(labels) > 6 else ""
    said = f"{table.origin}, column {target!r} should have two labels and has {len(labels)}: {', '.join(shown)}{more}."
    if len(labels) == 1:
        return DataError(f"{said} With one label there is nothing to tell apart; check the column and the rows.")
    return DataError(
        f"{said} Mend the odd ones or mark them missing with --na; if these are counts of successes, name the trials "
        "with --trials."
    )


def outcome(plan: Plan, table: Table) -> Outcome:
    """Labels, weights and the rows they lose; raises DataError for numbers out of range, with column and line."""
    label = plan.label
    assert label is not None
    drops: list[tuple[str, np.ndarray]] = []
    unknown = np.zeros(table.n_rows, bool)
    weight = None
    if label.kind == "binary":
        found = distinct(table, label.column, plan.spelling)
        codes = np.append(match(found.values, (label.negative, label.positive)), -1)[found.codes]
        y = np.where(codes < 0, np.nan, codes.astype(float))
        missing = found.codes < 0
        unknown = (codes < 0) & ~missing
    else:
        y = role(table, label.column, "target", plan.spelling)
        missing = np.isnan(y)
    drops.append((f"missing {label.column}", missing))
    if plan.trials is not None:
        y, weight = _counts(plan, table, y)
        drops += [(f"missing {plan.trials}", np.isnan(weight)), ("0 trials", weight == 0)]
    elif label.kind == "proportion":
        _check(table, label.column, y, (y < 0) | (y > 1), "a proportion must be within 0 and 1")
    if plan.weights is not None:
        given = role(table, plan.weights, "weight", plan.spelling)
        _check(table, plan.weights, given, given < 0, "a weight cannot be negative")
        weight = given if weight is None else weight * given
        drops += [(f"missing {plan.weights}", np.isnan(given)), ("weight 0", given == 0)]
    return Outcome(y, weight, tuple(drops), unknown)


def _counts(plan: Plan, table: Table, successes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    assert plan.label is not None
    assert plan.trials is not None
    trials = role(table, plan.trials, "number of trials", plan.spelling)
    remedy = "; for proportions, name the column that says of how many with --weights instead of --trials"
    _check(table, plan.label.column, successes, successes % 1 > 0, "a count of successes must be whole" + remedy)
    _check(table, plan.trials, trials, (trials % 1 > 0) | (trials < 0), "a number of trials must be whole, 0 or more")
    out = (successes < 0) | (successes > trials)
    _check(table, plan.label.column, successes, out, f"a count of successes must be within 0 and {plan.trials!r}")
    with np.errstate(invalid="ignore", divide="ignore"):
        return successes / trials, trials


def role(table: Table, name: str, what: str, spelling: Spelling) -> np.ndarray:
    """A column that must be finite numbers (n,), NaN where missing."""
    numbers = as_numbers(table, name, spelling)
    if numbers.bad.any():
        row = int(np.argmax(numbers.bad))
        value = table.data.column(name)[row].as_py()
        raise table.error(
            row, name, f"a {what} must be a number, got {value!r}; mend it, or mark it missing with --na."
        )
    check_finite(table, name, numbers.values)
    return numbers.values


def _check(table: Table, name: str, values: np.ndarray, wrong: np.ndarray, message: str) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        raise table.error(row, name, f"{values[row]:g} came, and {message}.")


def check_both(table: Table, label: Label, y: np.ndarray, weight: np.ndarray | None, dropped: dict[str, int]) -> None:
    """Raise unless successes and failures are both among the rows kept."""
    positive = float(np.sum(y if weight is None else y * weight))
    negative = float(np.sum(1 - y if weight is None else (1 - y) * weight))
    if positive > 0 and negative > 0:
        return
    reasons = ", ".join(f"{reason}: {n}" for reason, n in dropped.items())
    keep = "; --missing impute or --drop may keep more" if any(r.startswith("missing ") for r in dropped) else ""
    lost = f" after dropping {sum(dropped.values())} ({reasons}{keep})"
    lost = lost if dropped else ""
    if not len(y):
        raise DataError(f"{table.origin}: no rows are left{lost}.")
    only = label.negative if positive == 0 else label.positive
    raise DataError(
        f"{table.origin}, column {label.column!r} has one label only, {only!r}, in the {len(y)} rows to fit{lost}. "
        "With one label there is nothing to tell apart; check the column and the rows."
    )

"""From the user's choices and a table to a plan.

Kinds are found over whole columns. Then the rows to fit are known, and levels, reference and fills are those of these
rows: a level met only in dropped rows would be a term without data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cutline.errors import DataError, UsageError

from .columns import NA, Spelling, as_numbers, match
from .encode import field_codes, select
from .kinds import Asked, find_kind
from .label import check_both, find_label
from .plan import Category, Choices, Numeric, Plan
from .table import ReadOptions, Table, listing

IN_FULL = 3  # columns whose refusal is told in full


def make_plan(table: Table, choices: Choices, options: ReadOptions) -> tuple[Plan, tuple[str, ...]]:
    """A plan for `table` and notes for the user.

    Raises UsageError where the choices contradict each other, DataError where the table does not hold what they ask.
    """
    check_choices(choices)
    _check_columns(table, choices)
    spelling = Spelling(tuple(dict.fromkeys((*NA, *(word.strip() for word in options.na)))), options.decimal)
    label = find_label(table, choices, spelling)
    names = _features(table, choices)
    notes: list[str] = []
    fields: list[Numeric | Category] = []
    refused: dict[str, DataError] = {}
    for name in names:
        categorical = name in choices.categorical
        named = categorical or (choices.features is not None and name in choices.features)
        asked = Asked(named, categorical, len(names) == 1, label.kind != "binary")
        try:
            field, said = find_kind(table, name, asked, spelling)
        except DataError as fault:
            refused[name] = fault
            continue
        fields.append(field)
        notes += said
    if refused:
        raise _together(refused)
    plan = Plan(
        tuple(fields),
        label,
        choices.weights,
        choices.offset,
        choices.trials,
        choices.missing,
        spelling.na,
        spelling.decimal,
    )
    rows, dropped, found = select(plan, table)
    weight = None if found.weight is None else found.weight[rows]
    check_both(table, label, found.y[rows], weight, dropped)
    settled = []
    for field in fields:
        field, said = _settle(plan, table, field, rows, weight, choices)
        settled.append(field)
        notes += said
    plan = replace(plan, fields=tuple(settled))
    _check_terms(plan)
    return plan, tuple(notes)


def check_choices(choices: Choices) -> None:
    """Raise UsageError for choices that contradict each other whatever the table holds."""
    roles = {"target": choices.target, "weights": choices.weights, "offset": choices.offset, "trials": choices.trials}
    if choices.target is None:
        raise UsageError("target: name the column to predict with --target.")
    if choices.missing not in ("drop", "impute", "fail"):
        raise UsageError(f"missing must be 'drop', 'impute' or 'fail', got {choices.missing!r}.")
    if choices.trials is not None and choices.positive is not None:
        raise UsageError(f"positive={choices.positive!r} names a label, but with trials the target is a count.")
    taken: dict[str, str] = {}
    for role, name in roles.items():
        if name is None:
            continue
        if name in taken:
            raise UsageError(f"column {name!r} is named as {taken[name]} and as {role}; a column has one role.")
        taken[name] = role
    lists = {
        "features": choices.features or (),
        "drop": choices.drop,
        "categorical": choices.categorical,
        "reference": tuple(choices.reference),
    }
    for argument, names in lists.items():
        for name in names:
            if name in taken:
                raise UsageError(f"column {name!r} is the {taken[name]} and cannot stand in {argument} too.")
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise UsageError(f"column {twice[0]!r} stands twice in {argument}.")
    for argument in ("features", "categorical", "reference"):
        both = [name for name in lists[argument] if name in choices.drop]
        if both:
            raise UsageError(f"column {both[0]!r} stands in {argument} and in drop; choose one.")
    if choices.features is not None:
        for argument in ("categorical", "reference"):
            left_out = [name for name in lists[argument] if name not in choices.features]
            if left_out:
                raise UsageError(f"column {left_out[0]!r} stands in {argument} but not in features; add it there.")


def _check_columns(table: Table, choices: Choices) -> None:
    for role in ("target", "weights", "offset", "trials"):
        name = getattr(choices, role)
        if name is not None:
            table.require(name, role)
    for role, names in (
        ("feature", choices.features or ()),
        ("drop:", choices.drop),
        ("categorical:", choices.categorical),
        ("reference:", choices.reference),
    ):
        for name in names:
            table.require(name, role)


def _features(table: Table, choices: Choices) -> list[str]:
    if choices.features is not None:
        return [name for name in table.names if name in choices.features]
    other = {choices.target, choices.weights, choices.offset, choices.trials, *choices.drop}
    names = [name for name in table.names if name not in other]
    if not names:
        raise DataError(
            f"{table.origin} has no column left to predict {choices.target!r} from ({listing(table.names)})."
        )
    return names


def _together(refused: Mapping[str, DataError]) -> DataError:
    """The first few refusals in full and the other columns by name, so that a wide table needs no twenty attempts."""
    names = list(refused)
    if len(names) == 1:
        return refused[names[0]]
    told = "\n".join(str(refused[name]) for name in names[:IN_FULL])
    rest = names[IN_FULL:]
    more = f"\n{len(rest)} more columns cannot be used as they are: {listing(rest, len(rest))}." if rest else ""
    return DataError(f"{told}{more}\nTo leave all of them out: --drop {','.join(names)}")


def _settle(
    plan: Plan,
    table: Table,
    field: Numeric | Category,
    rows: np.ndarray,
    weight: np.ndarray | None,
    choices: Choices,
) -> tuple[Numeric | Category, tuple[str, ...]]:
    """The field with the levels of the rows to fit, its reference, and its fill where missing values are filled."""
    name = field.name
    impute = plan.missing == "impute"
    if isinstance(field, Numeric):
        if name in choices.reference:
            raise DataError(
                f"reference: column {name!r} holds numbers and has no levels; say --categorical {name} to give it some."
            )
        if not impute:  # rows with a missing value are gone
            return field, ()
        values = as_numbers(table, name, plan.spelling).values[rows]
        known = ~np.isnan(values)
        if not known.any():
            raise DataError(f"{table.origin}, column {name!r} has no value in the {len(rows)} rows to fit; drop it.")
        fill = float(np.average(values[known], weights=None if weight is None else weight[known]))
        lost = int(np.sum(~known))
        return replace(field, fill=fill), (
            f"{lost} missing values of {name!r} are filled with its mean, {fill:g}.",
        ) if lost else ()
    codes = field_codes(table, field, plan)[rows]
    counts = np.bincount(
        codes[codes >= 0], weights=None if weight is None else weight[codes >= 0], minlength=len(field.levels)
    )
    order = (field.reference, *field.others)
    met = {level for level, count in zip(order, counts, strict=True) if count > 0}
    levels = tuple(level for level in field.levels if level in met)
    if not levels:
        raise DataError(f"{table.origin}, column {name!r} has no value in the {len(rows)} rows to fit; drop it.")
    reference = _reference(name, levels, choices)
    notes = [f"{name!r} is a category of {len(levels)} levels, reference {reference!r}."]
    if len(levels) == 1:
        notes = [f"{name!r} is {levels[0]!r} in every row to fit, so it has no term."]
    fill = None
    if impute:
        fill = max(levels, key=lambda level: counts[order.index(level)])
        lost = int(np.sum(codes == -1))
        notes += (
            [f"{lost} missing values of {name!r} are filled with its most frequent level, {fill!r}."] if lost else []
        )
    return Category(name, levels, reference, fill), tuple(notes)


def _reference(name: str, levels: tuple[str, ...], choices: Choices) -> str:
    if name not in choices.reference:
        return levels[0]
    asked = str(choices.reference[name]).strip()
    at = int(match([asked], levels)[0])
    if at < 0:
        raise DataError(f"reference: {asked!r} is no level of column {name!r} in the rows to fit: {listing(levels)}.")
    return levels[at]


def _check_terms(plan: Plan) -> None:
    twice = [name for name, count in Counter(("(intercept)", *plan.terms())).items() if count > 1]
    if twice:
        raise DataError(f"two columns would have terms named {twice[0]!r}; rename one column or level.")

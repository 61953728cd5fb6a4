"""From a table to log-odds, probabilities and labels, in numpy.

    eta = intercept + x w + sum over factors of w_f[code] + offset        p = sigmoid(eta)

A row that cannot be scored is NaN and is counted; aliased terms count zero.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from cutline.curve import sigmoid
from cutline.errors import CutlineWarning, UsageError

if TYPE_CHECKING:
    from cutline.model.value import Model
    from cutline.table import Label, Plan, Problem, ReadOptions, Table

# a level that the fit never saw: the row stays empty, counts as the reference level, or is an error
Unseen = Literal["empty", "reference", "fail"]


@dataclass(frozen=True)
class Scored:
    """Every row of a table, in order: log-odds and probability (n,) with NaN, prediction (n,) as written or None."""

    log_odds: np.ndarray
    probability: np.ndarray
    prediction: np.ndarray
    problems: tuple[Problem, ...]
    imputed: dict[str, int]


def threshold(model: Model, asked: float | None) -> float:
    """The threshold asked for, or the model's; raises `UsageError` outside 0 to 1."""
    cut = model.threshold if asked is None else asked
    if isinstance(cut, bool) or not isinstance(cut, int | float) or not 0 <= cut <= 1:
        raise UsageError(f"threshold: expected a probability from 0 to 1, but {cut!r} came; use for example 0.5")
    return float(cut)


def as_table(model: Model, data: Any, options: ReadOptions | None) -> Table:
    """Read `data` the way the model's own table was read (its tokens for missing values, its decimal mark)."""
    from cutline.table import ReadOptions, Table, read

    if isinstance(data, Table):
        return data
    return read(data, options or ReadOptions(na=model.plan.na, decimal=model.plan.decimal))


def block_weights(model: Model) -> tuple[float, np.ndarray]:
    """The intercept, and the other weights in block order (numbers first, then levels); aliased ones are zero."""
    w = np.where(np.isnan(model.weights), 0.0, model.weights)
    first = int(model.intercept)
    return (float(w[0]) if first else 0.0), w[first:][model.plan.block_order()]


def log_odds(model: Model, x: np.ndarray, codes: np.ndarray, offset: np.ndarray | None) -> np.ndarray:
    """Log-odds (n,) of rows given as numbers x (n, k) and level codes (n, f): 0 the reference, 1.. the others."""
    constant, w = block_weights(model)
    # an overflow is an answer here: a probability of 0 or 1
    with np.errstate(over="ignore", invalid="ignore"):
        eta = constant + x @ w[: x.shape[1]]
        for j, levels in enumerate(_level_weights(model.plan, w[x.shape[1] :])):
            eta += np.take(levels, codes[:, j])
        return eta if offset is None else eta + offset


def _level_weights(plan: Plan, w: np.ndarray) -> list[np.ndarray]:
    sizes = [len(field.levels) - 1 for field in plan.categories]
    ends = np.cumsum(sizes, dtype=np.int64)
    return [np.concatenate([[0.0], w[end - size : end]]) for size, end in zip(sizes, ends)]


def decide(model: Model, table: Table, unseen: Unseen) -> tuple[np.ndarray, tuple[Problem, ...], dict[str, int]]:
    """Log-odds (n,) with NaN where a row cannot be scored, the problems, and the values filled in by column."""
    from cutline.table import encode_for_prediction

    if unseen not in get_args(Unseen):
        raise UsageError(f"unseen: expected one of {', '.join(get_args(Unseen))}, but {unseen!r} came")
    rows = encode_for_prediction(model.plan, table, unseen)
    # rows that cannot be scored hold zeros: computed like the others, then emptied
    eta = np.where(rows.ok, log_odds(model, rows.x, rows.codes, rows.offset), np.nan)
    return eta, rows.problems, rows.imputed


def decide_loudly(model: Model, data: Any, unseen: Unseen, options: ReadOptions | None) -> np.ndarray:
    """Log-odds (n,) of whatever holds a table; warns, on behalf of its caller's caller, about rows left empty."""
    eta, problems, imputed = decide(model, as_table(model, data, options), unseen)
    if problems or imputed:
        warnings.warn(describe(problems, imputed, np.isnan(eta)), CutlineWarning, stacklevel=3)
    return eta


def describe(problems: tuple[Problem, ...], imputed: dict[str, int], empty: np.ndarray) -> str:
    """In words: which rows could not be scored, which levels counted as the reference, which values were filled."""
    parts = []
    if problems and empty.any():
        parts.append(f"{int(empty.sum())} of {len(empty)} rows could not be scored and are empty")
    elif problems:
        parts.append("every row was scored, levels never seen as the reference level")
    for q in problems:
        value = f" {q.value!r}" if q.value else ""
        rows = "1 row" if q.count == 1 else f"{q.count} rows, the first is"
        parts.append(f"column {q.column!r}: {q.reason}{value} ({rows}{',' if q.count == 1 else ''} {q.first})")
    for name, count in imputed.items():
        parts.append(f"column {name!r}: {count} missing values filled with the model's own")
    return "; ".join(parts)


def label_values(label: Label) -> tuple[Any, Any]:
    """(negative, positive) as a Python user expects them: whole numbers as int, True/False as bool, else text.

    Only where both labels read back as exactly what they were: "01" stays a text. A table's own type is not kept in a
    plan, so whole numbers that were texts come back as int too.
    """
    texts = (label.negative, label.positive)
    if set(texts) == {"True", "False"}:
        return texts[0] == "True", texts[1] == "True"
    for kind in (int, float):
        values = _as(kind, texts)
        if values is not None:
            return values
    return texts


def _as(kind: Any, texts: tuple[str, str]) -> tuple[Any, Any] | None:
    try:
        values = kind(texts[0]), kind(texts[1])
    except ValueError:
        return None
    return values if (str(values[0]), str(values[1])) == texts and all(map(math.isfinite, values)) else None


def label_rows(probability: np.ndarray, cut: float, negative: Any, positive: Any) -> np.ndarray:
    """Labels (n,) of dtype object: positive where p >= cut, None where p is NaN."""
    labels = np.full(len(probability), None, dtype=object)
    labels[probability >= cut] = positive
    labels[probability < cut] = negative
    return labels


def score_rows(model: Model, table: Table, unseen: Unseen, asked: float | None) -> Scored:
    """Probability, label as written, problems and fills of every row of a table."""
    cut = threshold(model, asked)
    eta, problems, imputed = decide(model, table, unseen)
    probability = sigmoid(eta)
    prediction = label_rows(probability, cut, model.label.negative, model.label.positive)
    return Scored(eta, probability, prediction, problems, imputed)

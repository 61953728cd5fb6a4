"""How well a model predicts rows it may not have seen.

The rows are scored by the model alone; their log-odds then become the one column of a block, and every metric is a sum
over it like any other. Calibration is a logistic regression of the outcome on the log-odds: Cox, "Two further
applications of a model
for binary
regression", Biometrika 45 (1958) 562-565: slope 1 and intercept 0 for a model that means what it says.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch

from cutline.block import Block
from cutline.coordinates import Coordinates
from cutline.errors import DataError, FitError
from cutline.fitting.rows import fit_rows
from cutline.model import Model, Unseen
from cutline.model.prediction import as_table, describe
from cutline.rows import together
from cutline.sources.memory import Memory
from cutline.summands.metrics import Fit, Judged, Ranked, Ranking
from cutline.table import Problem, ReadOptions, encode_label


@dataclass(frozen=True, slots=True)
class Scores:
    """Metrics over the rows that could be scored; None where one does not exist, and `notes` says why.

    `rows` counts them and `skipped` the others by reason; `weight` is their total weight (trials, or prior weights).
    `log_loss` and `brier` are means. `precision` is None where nothing is called positive, `recall` where nothing is.
    """

    rows: int
    skipped: dict[str, int]
    weight: float
    positive: str
    threshold: float
    log_loss: float
    brier: float
    auc: float | None
    accuracy: float
    precision: float | None
    recall: float | None
    true_negative: float
    false_positive: float
    false_negative: float
    true_positive: float
    calibration_slope: float | None
    calibration_intercept: float | None
    base_rate: float
    notes: tuple[str, ...] = ()


def score(
    model: Model,
    data: Any,
    *,
    threshold: float | None = None,
    unseen: Unseen = "empty",
    options: ReadOptions | None = None,
) -> Scores:
    """Judge a model on labeled rows.

    Args:
        model: a fitted model.
        data: a table with the model's columns and its target (and trials or weights, where it was fitted with them).
        threshold: rows of at least this probability are called positive; the model's own by default.
        unseen: what becomes of levels the model has not seen, as for prediction.
        options: how text is read; by default with the model's own words for a missing value and its decimal mark.

    Raises:
        DataError: a column is missing, a label is unknown, or no row can be scored.
    """
    table = as_table(model, data, options)
    scored = model.score_rows(table, unseen=unseen)
    y, weight, labeled, problems = encode_label(model.plan, table)
    usable = labeled & ~np.isnan(scored.log_odds)
    if weight is not None:
        usable &= weight > 0
    if not usable.any():
        why = describe((*problems, *scored.problems), {}, ~usable)
        raise DataError(f"{table.origin}: expected rows with a known label and every feature; {why}")
    level = model.threshold if threshold is None else threshold
    block = Block(
        torch.from_numpy(scored.log_odds[usable][:, None]),
        torch.from_numpy(y[usable]),
        weight=None if weight is None else torch.from_numpy(weight[usable]),
    )
    rows, at, one = Memory(block), Coordinates(1, intercept=False), torch.ones(1, dtype=torch.float64)
    fit, ranking = cast("tuple[Fit, Ranking]", rows.sum(together(Judged(one, at, level), Ranked(one, at))))
    auc = ranking.auc()
    slope, intercept, notes = _calibration(rows)
    if auc is None:
        notes = ("all labels are the same, so there is no area under the curve", *notes)
    yes, called = fit.true_positive + fit.false_negative, fit.true_positive + fit.false_positive
    return Scores(
        rows=block.n_rows,
        skipped=_skipped(labeled, usable, problems),
        weight=fit.weight,
        positive=model.label.positive,
        threshold=level,
        log_loss=fit.loss / fit.weight,
        brier=fit.squares / fit.weight,
        auc=auc,
        accuracy=(fit.true_positive + fit.true_negative) / fit.weight,
        precision=fit.true_positive / called if called else None,
        recall=fit.true_positive / yes if yes else None,
        true_negative=fit.true_negative,
        false_positive=fit.false_positive,
        false_negative=fit.false_negative,
        true_positive=fit.true_positive,
        calibration_slope=slope,
        calibration_intercept=intercept,
        base_rate=yes / fit.weight,
        notes=notes,
    )


def _calibration(rows: Memory) -> tuple[float | None, float | None, tuple[str, ...]]:
    try:
        fit = fit_rows(rows, names=["log-odds"])
    except FitError as error:
        return None, None, (f"no calibration slope: {error}",)
    if fit.separation is not None:
        return None, None, ("no calibration slope: the log-odds separate the labels",)
    intercept, slope = (float(v) for v in fit.weights)
    if math.isnan(slope):
        return None, None, ("no calibration slope: every row has the same log-odds",)
    return slope, intercept, ()


def _skipped(labeled: np.ndarray, usable: np.ndarray, problems: tuple[Problem, ...]) -> dict[str, int]:
    """Rows by why they were left out: each by its label first, and then by its features."""
    reasons = {
        f"{p.column} {p.value!r} is no label of the model" if p.value else f"{p.reason} in {p.column}": p.count
        for p in problems
    }
    reasons["a feature is missing or unseen"] = int((~usable).sum()) - int((~labeled).sum())
    return {reason: count for reason, count in reasons.items() if count}

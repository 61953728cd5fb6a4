"""What the command line says beside a model's own report: columns, scores, rows that were not scored.

As in `cutline.model.words`, report first and renderer second: (name, sentence) pairs and lines of plain text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cutline.model.words import number
from cutline.table import Category

if TYPE_CHECKING:
    from cutline.model import Model
    from cutline.model.prediction import Scored

Pair = tuple[str, str]

METRICS = {
    "log_loss": "log-loss",
    "brier": "Brier score",
    "auc": "AUC",
    "base_rate": "share of positives",
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "calibration_slope": "calibration slope",
    "calibration_intercept": "  and intercept",
}
HINTS = {"calibration_slope": " (1 is right)", "calibration_intercept": " (0 is right)"}
MOST = 12


def columns(model: Model) -> list[Pair]:
    """Which columns are numbers and which are categories, and what each level is compared with."""
    fields = model.plan.fields
    numbers = [field.name for field in fields if not isinstance(field, Category)]
    pairs = [("numbers", some(numbers))] if numbers else []
    for field in fields:
        if isinstance(field, Category):
            others = [level for level in field.levels if level != field.reference]
            pairs.append(("category", f"{field.name}: {some(others)}; the reference is {field.reference}"))
    return pairs


def some(names: list[str]) -> str:
    """The names, or the first of them and how many more."""
    more = f" and {len(names) - MOST:,} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more


def scores(values: Mapping[str, Any]) -> list[Pair]:
    """The metrics of `cutline score`, one a line, from its JSON document."""
    skipped = values["skipped"]
    reasons = ", ".join(f"{reason} ({n:,})" for reason, n in skipped.items())
    rows = f"{values['rows']:,} scored, {sum(skipped.values()):,} skipped" + (f": {reasons}" if reasons else "")
    pairs = [("rows", rows)]
    if values["weight"] != values["rows"]:
        pairs.append(("weight", number(values["weight"])))
    for key, said in METRICS.items():
        value = values[key]
        pairs.append((said, number(value) + (HINTS.get(key, "") if value is not None else "")))
    return pairs + [("note", note) for note in values["notes"]]


def problems(scored: Scored) -> list[str]:
    """Rows that could not be scored, or not as they were, one sentence a line."""
    n = len(scored.probability)
    empty = n - int((scored.probability >= 0).sum())
    lines = [f"{empty:,} of {n:,} rows could not be scored; their probability is empty"] if empty else []
    for found in scored.problems:
        said = f"{found.reason} {found.value!r}" if found.value else found.reason
        often = "once" if found.count == 1 else f"{found.count:,} times"
        lines.append(f"column {found.column!r}: {said}, {often}, first in {found.first}")
    for column, filled in scored.imputed.items():
        lines.append(f"column {column!r}: {filled:,} missing values filled with the model's own")
    return lines

"""How a model file proves itself: a checksum for each key, and two synthetic rows with their log-odds."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from cutline.errors import ModelFileError
from cutline.model import document, prediction

if TYPE_CHECKING:
    from cutline.model.value import Model


def digest(value: Any) -> str:
    """16 hex digits of the SHA-256 of a value, the same for however a tool lays out its JSON (1.0 or 1, key order)."""
    text = json.dumps(_floats(value), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]


def _floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_floats(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def synthetic_rows(model: Model) -> list[dict[str, Any]]:
    """Two made-up rows and their log-odds: everything zero or at its reference; then no two numbers alike, last levels.

    None of it is the user's data. A reader in another language checks itself by them, and so does a later version.
    """
    plan = model.plan
    k = len(plan.numeric)
    plain_row = ([0.0] * k, [f.reference for f in plan.categories], 0.0)
    graded = ([(j + 1) / (k + 1) for j in range(k)], [(f.reference, *f.others)[-1] for f in plan.categories], 1.0)
    rows = []
    for numbers, levels, offset in (plain_row, graded):
        row = dict(zip([f.name for f in (*plan.numeric, *plan.categories)], [*numbers, *levels]))
        if plan.offset is not None:
            row[plan.offset] = offset
        codes = [(f.reference, *f.others).index(level) for f, level in zip(plan.categories, levels)]
        x, z = np.array([numbers], dtype=np.float64), np.array([codes], dtype=np.int64)
        eta = prediction.log_odds(model, x, z, None if plan.offset is None else np.array([offset]))
        rows.append({"row": row, "log_odds": document.plain(eta[0])})
    return rows


def verify(model: Model, checks: list[dict[str, Any]]) -> None:
    """Hold this library, on this machine, to the log-odds written with the file."""
    with np.errstate(over="ignore"):
        scale = 1.0 + float(np.nansum(np.abs(model.weights)))
    for i, (stored, now) in enumerate(zip(checks, synthetic_rows(model))):
        then, here = stored["log_odds"], now["log_odds"]
        same = then is here if then is None or here is None else abs(then - here) <= 1e-9 * scale
        if stored["row"] != now["row"] or not same:
            raise ModelFileError(
                f"at 'checks[{i}]': expected log-odds {then} for its synthetic row, but this version computes {here}; "
                "do not use this file's predictions: fit and save again with this version"
            )

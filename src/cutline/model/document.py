"""A model as JSON values: the document `cutline fit --json` prints, and the parts the model file shares with it.

Numbers keep their full precision; what JSON cannot say (NaN, an infinite end of an interval, an odds ratio beyond the
largest float) is null.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, get_type_hints

import numpy as np

from cutline.model.parts import Certificate, Rows, Separation, Statistics

if TYPE_CHECKING:
    from cutline.model.value import Model
    from cutline.model.wald import CutLine

INTERVAL_METHODS = {"wald": "Wald", "penalized likelihood": "profile penalized likelihood", None: None}


def plain(value: Any) -> Any:
    """`value` in JSON's own types: numpy scalars and tuples unwrapped, numbers that are not finite as null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    # the name of a file may hold bytes that are no text, which UTF-8 cannot write
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8")


def to_document(model: Model) -> dict[str, Any]:
    """The one JSON document of a fit, its keys always the same ones in the same order."""
    plan, label = model.plan, model.label
    rows = rows_json(model.rows)
    dropped, imputed = rows.pop("dropped"), rows.pop("imputed")
    return {
        "version": model.version,
        "target": label.column,
        "kind": label.kind,
        "positive": label.positive,
        "negative": label.negative,
        "threshold": plain(model.threshold),
        "reference_levels": {f.name: f.reference for f in plan.categories},
        "weights": plan.weights,
        "offset": plan.offset,
        "trials": plan.trials,
        "missing": plan.missing,
        "rows": rows,
        "dropped": dropped,
        "imputed": imputed,
        "penalty": model.penalty,
        "requested_penalty": model.requested_penalty,
        "C": plain(model.C),
        "intercept": model.intercept,
        "terms": term_rows(model),
        "test": model.test,
        "interval_method": INTERVAL_METHODS[model.test],
        "conf_level": plain(model.conf_level),
        "no_errors_reason": model.no_errors_reason,
        "cut_line": cut_line_json(model.cut_line()),
        **statistics_json(model.statistics),
        "certificate": certificate_json(model.certificate),
        "separation": separation_json(model.separation),
        "warnings": plain(model.warnings),
        "notes": plain(model.notes),
        "settings": plain(model.settings),
        "fingerprint": model.fingerprint,
    }


def term_rows(model: Model) -> list[dict[str, Any]]:
    """One row a term: term, coef, std_error, odds_ratio, ci_low, ci_high, z, p; null where there is none."""
    coef, errors, ratios = model.coef, model.std_errors, model.odds_ratios
    z, p, ends = model.z_values, model.p_values, model.conf_int()
    return [
        plain(
            {
                "term": t,
                "coef": coef[t],
                "std_error": errors[t],
                "odds_ratio": ratios[t],
                "ci_low": ends[t][0],
                "ci_high": ends[t][1],
                "z": z[t],
                "p": p[t],
            }
        )
        for t in model.terms
    ]


# --- parts, each said once: to_document and the model file both use these -------------------------------------------


def rows_json(rows: Rows) -> dict[str, Any]:
    return plain(asdict(rows))


def statistics_json(s: Statistics) -> dict[str, Any]:
    flat = plain(asdict(s))
    test = {"chi2": flat.pop("lr_chi2"), "df": flat.pop("lr_df"), "p": flat.pop("lr_p")}
    return {**flat, "lr_test": test}


def certificate_json(certificate: Certificate) -> dict[str, Any]:
    return plain(asdict(certificate))


def separation_json(separation: Separation | None) -> dict[str, Any] | None:
    return None if separation is None else plain(asdict(separation))


def cut_line_json(cut: CutLine | None) -> dict[str, Any] | None:
    return None if cut is None else plain(asdict(cut))


def read_statistics(part: dict[str, Any]) -> Statistics:
    test = part["lr_test"]
    flat = {**part, "lr_chi2": test["chi2"], "lr_df": test["df"], "lr_p": test["p"]}
    return Statistics(**_values(Statistics, flat))


def read_rows(part: dict[str, Any]) -> Rows:
    return Rows(**_values(Rows, part))


def read_certificate(part: dict[str, Any]) -> Certificate:
    return Certificate(**_values(Certificate, part))


def read_separation(part: dict[str, Any] | None) -> Separation | None:
    if part is None:
        return None
    return Separation(**{**_values(Separation, part), "terms": tuple(part["terms"])})


def _values(kind: type, part: dict[str, Any]) -> dict[str, Any]:
    """The fields of a dataclass out of its JSON object: null is NaN where the field is a float."""
    hints = get_type_hints(kind)
    return {f.name: _number(part[f.name]) if hints[f.name] is float else part[f.name] for f in fields(kind)}


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)

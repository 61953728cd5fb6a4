"""Do the parts of a model fit together? Each check raises ValueError, its message beginning with the field's name.

They run whenever a model is made, by a fit or from a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cutline.model.value import Model

INTERCEPT = "(intercept)"
PENALTIES = ("none", "l2", "firth")
TESTS = ("wald", "penalized likelihood", None)


def check_names(model: Model) -> None:
    if model.plan.label is None:
        raise ValueError("plan: expected a label, but none came")
    expected = (INTERCEPT,) * model.intercept + tuple(model.plan.terms())
    if tuple(model.terms) != expected:
        raise ValueError(
            f"terms: expected the plan's {len(expected)} terms ({_few(expected)}), but {_few(model.terms)} came"
        )
    if model.penalty not in PENALTIES:
        raise ValueError(f"penalty: expected one of {', '.join(PENALTIES)}, but {model.penalty!r} came")
    if not 0 < model.conf_level < 1:
        raise ValueError(f"conf_level: expected a number between 0 and 1, but {model.conf_level!r} came")
    if not 0 <= model.threshold <= 1:
        raise ValueError(f"threshold: expected a number from 0 to 1, but {model.threshold!r} came")


def check_weights(model: Model) -> None:
    t = len(model.terms)
    if model.weights.shape != (t,):
        raise ValueError(f"weights: expected {t} numbers, but the shape {model.weights.shape} came")
    if np.isinf(model.weights).any():
        raise ValueError("weights: expected finite numbers (NaN where aliased), but an infinite one came")
    cov, variances = model.covariance, model.variances
    aliased = np.isnan(model.weights)
    if variances is not None:
        if cov is not None:
            raise ValueError("variances: expected them only where there is no covariance, but both came")
        if variances.shape != (t,):
            raise ValueError(f"variances: expected {t} numbers, but the shape {variances.shape} came")
        variances[aliased] = np.nan
        if not (np.isfinite(variances) & (variances >= 0) | aliased).all():
            raise ValueError("variances: expected finite numbers of 0 or more outside aliased terms, but others came")
    if cov is None:
        return
    if cov.shape != (t, t):
        raise ValueError(f"covariance: expected {t} x {t} numbers, but the shape {cov.shape} came")
    cov[aliased, :] = cov[:, aliased] = np.nan
    kept = cov[np.ix_(~aliased, ~aliased)]
    if not np.isfinite(kept).all():
        raise ValueError("covariance: expected finite numbers outside aliased terms, but others came")
    variance = np.diagonal(kept)
    if (variance < 0).any():
        term = [m for m, a in zip(model.terms, aliased) if not a][int(np.argmin(variance))]
        raise ValueError(f"covariance: expected variances, but the one of {term!r} is negative")
    # an inverse is symmetric but for rounding: half of it is stored, so the halves must be one
    scale = np.outer(np.sqrt(variance), np.sqrt(variance))
    if (np.abs(kept - kept.T) > 1e-6 * scale).any():
        raise ValueError("covariance: expected a symmetric matrix, but its halves differ")
    lower = np.tril_indices(t, -1)
    cov[lower] = (cov[lower] + cov.T[lower]) / 2
    cov.T[lower] = cov[lower]


def check_test(model: Model) -> None:
    t = len(model.terms)
    if model.test not in TESTS:
        raise ValueError(f"test: expected one of {', '.join(map(repr, TESTS))}, but {model.test!r} came")
    if (model.test is None) != (model.covariance is None and model.variances is None and model.p is None):
        raise ValueError(f"test: expected errors where there is a test and none where not, but {model.test!r} came")
    if (model.test is None) != (model.no_errors_reason is not None):
        raise ValueError("no_errors_reason: expected a reason exactly where there is no test")
    if (model.test == "penalized likelihood") != (model.p is not None and model.ci is not None):
        raise ValueError("p: expected p and ci exactly where the test is 'penalized likelihood'")
    if model.p is None or model.ci is None:
        if model.test == "wald" and (model.p is not None or model.ci is not None):
            raise ValueError("p: under Wald's test p and ci are derived, but they came")
        return
    if model.p.shape != (t,) or model.ci.shape != (t, 2):
        raise ValueError(f"p: expected {t} p-values and {t} intervals, but {model.p.shape} and {model.ci.shape} came")
    aliased = np.isnan(model.weights)
    model.p[aliased] = model.ci[aliased] = np.nan
    if not ((model.p >= 0) & (model.p <= 1) | aliased).all():
        raise ValueError("p: expected numbers from 0 to 1")
    if not ((model.ci[:, 0] <= model.ci[:, 1]) | aliased).all():
        raise ValueError("ci: expected low ends at or below high ends")


def _few(names: tuple[str, ...]) -> str:
    return ", ".join(map(repr, names[:5])) + (", ..." if len(names) > 5 else "")

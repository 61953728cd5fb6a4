"""Models made by hand, for the tests of the model room."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cutline.model import Certificate, Model, Rows, Separation, Statistics
from cutline.table import Category, Label, Numeric, Plan

BINARY = Label(column="result", kind="binary", negative="fail", positive="pass")
COUNT = Label(column="dead", kind="count", negative="failure", positive="success")

STATISTICS = Statistics(
    n_rows=400, weight=400.0, log_likelihood=-229.25874623794, log_likelihood_kernel=-229.25874623794,
    null_log_likelihood=-249.98825878, deviance=458.51749247589, null_deviance=499.97651755491, df_residual=394,
    df_null=399, lr_chi2=41.459025, lr_df=5, lr_p=7.578194e-08, aic=470.51749247589, bic=494.466279,
    bic_n=400, mcfadden_r2=0.0829, auc=0.6928, auc_error=0.0,
)  # fmt: skip
CERTIFICATE = Certificate(
    gradient=3.1e-12, decrement=4.2e-9, bound=8.8e-18, bound_kind="exact", passes=6, rows=400,
    stop="the gradient is zero to the tolerance asked for", solver="newton", tol=1e-6,
)  # fmt: skip
ROWS = Rows(read=403, used=400, dropped={"missing result": 1, "missing gre": 2}, rejected=0, imputed={})


def plan(*fields: Numeric | Category, label: Label = BINARY, **other: Any) -> Plan:
    settings = {"weights": None, "offset": None, "trials": None, "missing": "drop", "na": (), "decimal": "."}
    return Plan(fields=tuple(fields), label=label, **{**settings, **other})


def model(plan: Plan, weights: Any, covariance: Any = None, *, intercept: bool = True, **other: Any) -> Model:
    """A model over `plan`; Wald's test where a covariance is given, none where not."""
    parts = {
        "terms": ("(intercept)",) * intercept + plan.terms(),
        "penalty": "none" if covariance is not None else "l2",
        "C": None if covariance is not None else 1.0,
        "conf_level": 0.95,
        "test": "wald" if covariance is not None else None,
        "no_errors_reason": None if covariance is not None else "a penalty biases the coefficients",
        "statistics": STATISTICS,
        "rows": ROWS,
        "certificate": CERTIFICATE,
        "fingerprint": "0" * 64,
        "settings": {"seed": 0, "tol": 1e-6, "solver": "auto"},
        "version": "0.1.0",
    }
    if covariance is None:
        parts["statistics"] = RIDGE
    parts = {**parts, **other}
    parts.setdefault("requested_penalty", "auto" if parts["penalty"] != "l2" else "l2")
    return Model(plan=plan, weights=np.array(weights, dtype=float), covariance=covariance, intercept=intercept, **parts)


# UCLA graduate admissions (UCLA Statistical Consulting, "Logit Regression: R Data Analysis Examples"): the printed
# coefficients and standard errors; covariances between terms are not printed, and no test here needs them
ADMIT_TERMS = ("(intercept)", "gre", "gpa", "rank[2]", "rank[3]", "rank[4]")
ADMIT_COEF = (-3.989979, 0.002264, 0.804038, -0.675443, -1.340204, -1.551464)
ADMIT_ERRORS = (1.139951, 0.001094, 0.331819, 0.316490, 0.345306, 0.417832)


def admissions(**other: Any) -> Model:
    fields = (Numeric("gre"), Numeric("gpa"), Category("rank", ("1", "2", "3", "4"), "1"))
    label = Label(column="admit", kind="binary", negative="0", positive="1")
    return model(plan(*fields, label=label), ADMIT_COEF, np.diag(np.square(ADMIT_ERRORS)), **other)


# a penalty has no degrees of freedom: no test, no criteria
RIDGE = replace(STATISTICS, lr_chi2=None, lr_df=None, lr_p=None, aic=None, bic=None)


def one_number(b0: float = -13.0, b1: float = 0.226, cov: Any = ((40.0, -0.7), (-0.7, 0.0125)), **other: Any) -> Model:
    return model(plan(Numeric("score")), (b0, b1), None if cov is None else np.array(cov), **other)


def wide() -> Model:
    """Too many terms for a covariance, were they more: one variance a term, one term aliased."""
    m = mixed()
    variances = np.diagonal(m.cov)
    return replace(m, covariance=None, variances=variances)


def firth() -> Model:
    """The exam scores' kind: separated, so Firth's penalty, with a profile interval open to one side."""
    return one_number(
        cov=((75.0, -1.29), (-1.29, 0.0225)),
        penalty="firth",
        test="penalized likelihood",
        p=np.array([0.06, 0.0495]),
        ci=np.array([[-np.inf, 0.5], [0.0007, np.inf]]),
        separation=Separation("complete", ("score",), {"score": 1.0}, "score above 57.5 splits the classes"),
        warnings=("score separates the classes",),
        statistics=replace(STATISTICS, penalized_log_likelihood=-3.25, lr_chi2=3.86, lr_df=1, lr_p=0.0495),
        notes=("positive label: 'pass'",),
    )


def mixed(**other: Any) -> Model:
    """A category between two numbers, one aliased number, an offset."""
    fields = (Numeric("나이"), Category("반", ("가", "나", "다"), "나"), Numeric("twice", fill=2.5))
    cov = np.array([[4, 1, 0, 0, 9], [1, 3, 0, 0, 9], [0, 0, 2, 0, 9], [0, 0, 0, 1, 9], [9, 9, 9, 9, 9.0]])
    return model(plan(*fields, offset="exposure"), (0.5, -0.25, 1.0, 2.0, np.nan), cov, **other)

"""The same numbers as statsmodels and scikit-learn, fitted here and now on real data, to a millionth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import published_cases as published
import pytest
import statsmodels.api as sm
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

import cutline

pytestmark = pytest.mark.usefixtures("either_way")

TOL = 1e-10
SAME = {"rel": 1e-6, "abs": 1e-12}


def dummies(frame: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """Text columns as 0/1 columns named as cutline names them, without the reference level."""
    parts = []
    for name in frame.columns:
        if name in columns:
            levels = [level for level in sorted(frame[name].unique()) if level != columns[name]]
            parts += [(frame[name] == level).astype(float).rename(f"{name}[{level}]") for level in levels]
        else:
            parts.append(frame[name].astype(float))
    return pd.concat(parts, axis=1)


def titanic() -> tuple[pd.DataFrame, dict[str, Any], pd.DataFrame, pd.Series, dict[str, Any]]:
    frame = published.r("carData", "TitanicSurvival", "survived", "sex", "age", "passengerClass")
    known = frame.dropna()  # cutline drops the 263 passengers of unknown age itself
    x = dummies(known.drop(columns="survived"), {"sex": "female", "passengerClass": "1st"})
    return frame, {"target": "survived"}, x, (known["survived"] == "yes").astype(float), {}


def spam() -> tuple[pd.DataFrame, dict[str, Any], pd.DataFrame, pd.Series, dict[str, Any]]:
    frame = published.r("DAAG", "spam7")
    return frame, {"target": "yesno"}, frame.drop(columns="yesno"), (frame["yesno"] == "y").astype(float), {}


def weighted_offset() -> tuple[pd.DataFrame, dict[str, Any], pd.DataFrame, pd.Series, dict[str, Any]]:
    """Mroz's women, those who attended college counted twice, the effect of income fixed at -0.03, no intercept."""
    frame = published.r("wooldridge", "mroz", "inlf", "educ", "exper", "age", "kidslt6", "nwifeinc")
    frame = frame.assign(count=1 + (frame["educ"] > 12), fixed=-0.03 * frame["nwifeinc"]).drop(columns="nwifeinc")
    choices = {"target": "inlf", "weights": "count", "offset": "fixed", "intercept": False}
    other = {"freq_weights": frame["count"], "offset": frame["fixed"]}
    return frame, choices, frame[["educ", "exper", "age", "kidslt6"]], frame["inlf"], other


def proportions() -> tuple[pd.DataFrame, dict[str, Any], pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    frame = published.star98()
    y = pd.DataFrame({"above": frame["above"], "below": frame["tested"] - frame["above"]})
    return frame, {"target": "above", "trials": "tested"}, frame.drop(columns=["above", "tested"]), y, {}


def affairs() -> tuple[pd.DataFrame, dict[str, Any], pd.DataFrame, pd.Series, dict[str, Any]]:
    frame = published.affairs()
    return frame, {"target": "affair"}, frame.drop(columns="affair"), frame["affair"], {}


@pytest.mark.parametrize("load", [titanic, spam, weighted_offset, proportions, affairs], ids=lambda load: load.__name__)
def test_statsmodels_has_the_same_fit(load: Any) -> None:
    data, choices, x, y, keywords = load()
    intercept = choices.get("intercept", True)
    if intercept:
        x = x.assign(**{"(intercept)": 1.0})
    scale = x.abs().max()  # statsmodels inverts X'WX as it stands: star98 costs it digits unless scaled
    theirs = sm.GLM(y, x / scale, family=sm.families.Binomial(), **keywords).fit(tol=1e-14, maxiter=100)

    ours = cutline.fit(data, tol=TOL, **choices)
    assert set(ours.terms) == set(x.columns)
    assert ours.coef == pytest.approx(dict(theirs.params / scale), **SAME)
    assert ours.std_errors == pytest.approx(dict(theirs.bse / scale), **SAME)
    assert ours.p_values == pytest.approx(dict(theirs.pvalues), rel=1e-4, abs=1e-300)  # far tails magnify z
    cov = theirs.cov_params().loc[list(ours.terms), list(ours.terms)].to_numpy()
    unit = np.outer(scale[list(ours.terms)], scale[list(ours.terms)])
    spread = np.sqrt(np.outer(np.diag(cov), np.diag(cov)))
    np.testing.assert_allclose(ours.cov * unit / spread, cov / spread, atol=1e-6)
    for level in (0.5, 0.95):
        low_high = theirs.conf_int(1 - level).div(scale, axis=0)
        for term, ends in ours.conf_int(level).items():
            assert ends == pytest.approx(tuple(low_high.loc[term]), **SAME)
    one_row_one_trial = y.ndim == 1 and not keywords
    # GLM clips probabilities at 2e-16 in its likelihood, which costs spam, with margins beyond 36, seven units
    log_likelihood = sm.Logit(y, x / scale).loglike(theirs.params) if one_row_one_trial else theirs.llf
    assert ours.log_likelihood == pytest.approx(log_likelihood, rel=1e-9)
    assert ours.aic == pytest.approx(-2 * log_likelihood + 2 * len(ours.terms), rel=1e-9)
    assert ours.deviance == pytest.approx(-2 * log_likelihood if one_row_one_trial else theirs.deviance, rel=1e-9)
    assert ours.statistics.df_residual == len(y) - len(ours.terms)  # rows, as R: statsmodels counts the weights
    if intercept:
        assert ours.statistics.null_deviance == pytest.approx(theirs.null_deviance, rel=1e-9)


def breast_cancer() -> tuple[pd.DataFrame, pd.Series]:
    data = load_breast_cancer(as_frame=True)
    return (data.data - data.data.mean()) / data.data.std(), data.target


def spam_standardized() -> tuple[pd.DataFrame, pd.Series]:
    _, _, x, y, _ = spam()
    return (x - x.mean()) / x.std(), y.astype(int)


@pytest.mark.parametrize("load", [breast_cancer, spam_standardized], ids=lambda load: load.__name__)
@pytest.mark.parametrize("C", [0.1, 1.0, 10.0])
def test_scikit_learn_has_the_same_penalized_fit(load: Any, C: float) -> None:
    """scikit-learn's newton-cholesky at tol=1e-10 (its lbfgs default is 1e-4 off)."""
    x, y = load()
    theirs = LogisticRegression(C=C, solver="newton-cholesky", tol=1e-10, max_iter=1000).fit(x.to_numpy(), y)
    ours = cutline.fit(x.assign(label=y), "label", penalty="l2", C=C, tol=TOL)
    assert ours.coef["(intercept)"] == pytest.approx(theirs.intercept_[0], **SAME)
    for name, weight in zip(x.columns, theirs.coef_[0]):
        assert ours.coef[name] == pytest.approx(weight, **SAME), name
    assert ours.predict_proba(x) == pytest.approx(theirs.predict_proba(x.to_numpy())[:, 1], rel=1e-6)
    assert all(error is None for error in ours.std_errors.values())  # an L2 fit has none to give

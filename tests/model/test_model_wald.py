"""Wald arithmetic against a published table, and Firth's stored p and intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_cases import ADMIT_TERMS, admissions, firth, mixed, model, one_number, plan, wide

from cutline.errors import UsageError
from cutline.model import wald
from cutline.table import Category, Numeric

# UCLA Statistical Consulting, "Logit Regression: R Data Analysis Examples", as printed by summary(), confint.default()
# and exp(coef())
ADMIT_Z = (-3.500, 2.070, 2.423, -2.134, -3.881, -3.713)
ADMIT_P = (0.000465, 0.038465, 0.015388, 0.032829, 0.000104, 0.000205)
ADMIT_LOW = (-6.2242418514, 0.0001202298, 0.1536836760, -1.2957512650, -2.0169920597, -2.3703986294)
ADMIT_HIGH = (-1.755716295, 0.004408622, 1.454391423, -0.055134591, -0.663415773, -0.732528724)
ADMIT_ODDS = (0.0185001, 1.0022670, 2.2345448, 0.5089310, 0.2617923, 0.2119375)


def test_admissions_as_published():
    m = admissions()
    assert tuple(m.coef) == ADMIT_TERMS
    # the inputs are printed to six decimals: gre's z and ends carry that rounding, relatively the largest
    assert list(m.z_values.values()) == pytest.approx(ADMIT_Z, abs=6e-4)
    assert list(m.p_values.values()) == pytest.approx(ADMIT_P, rel=5e-3)
    low, high = zip(*m.conf_int().values())
    assert low == pytest.approx(ADMIT_LOW, abs=2e-6)
    assert high == pytest.approx(ADMIT_HIGH, abs=2e-6)
    assert list(m.odds_ratios.values()) == pytest.approx(ADMIT_ODDS, rel=2e-6)


@pytest.mark.parametrize(
    ("z", "p"),
    # Abramowitz and Stegun 1964, table 26.1 and 26.2; 5.73e-7 is physics' five sigma
    [(0.0, 1.0), (1.0, 0.317310507862914), (1.96, 0.0499957902964409), (5.0, 5.73303143758389e-07)],
)
def test_two_sided(z, p):
    assert wald.two_sided(z) == pytest.approx(p, rel=1e-13)
    assert wald.two_sided(-z) == wald.two_sided(z)


@pytest.mark.parametrize(
    ("level", "q"), [(0.95, 1.959963984540054), (0.9, 1.6448536269514722), (0.99, 2.5758293035489004)]
)
def test_quantile(level, q):
    assert wald.quantile(level) == pytest.approx(q, rel=1e-15)


@pytest.mark.parametrize("level", [0, 1, 95, -0.1, math.nan, "0.95", None])
def test_a_level_outside_0_to_1_is_refused(level):
    with pytest.raises(UsageError, match="between 0 and 1"):
        wald.quantile(level)


@given(st.floats(-37, 37))
def test_signed_root_undoes_p(z):
    assert wald.signed_root(wald.two_sided(z), z) == pytest.approx(z, rel=1e-9, abs=1e-8)


def test_signed_root_at_the_ends():
    assert wald.signed_root(1.0, -2.0) == 0.0
    assert wald.signed_root(0.0, -2.0) == -math.inf
    assert wald.signed_root(5e-324, 1.0) == math.inf


def test_wider_level_is_wider_and_default_is_the_fits():
    m = admissions(conf_level=0.9)
    assert m.conf_int() == m.conf_int(0.9)
    for term, (low, high) in m.conf_int(0.99).items():
        assert low < m.conf_int()[term][0] < m.coef[term] < m.conf_int()[term][1] < high


def test_firth_says_what_was_stored():
    m = firth()
    assert m.p_values == {"(intercept)": 0.06, "score": 0.0495}
    assert m.conf_int() == m.conf_int(0.95) == {"(intercept)": (-math.inf, 0.5), "score": (0.0007, math.inf)}
    # z and p say the same, and z has the coefficient's sign
    assert wald.two_sided(m.z_values["score"]) == pytest.approx(0.0495, rel=1e-12)
    assert m.z_values["score"] > 0 > m.z_values["(intercept)"]
    assert m.std_errors["score"] == pytest.approx(0.15)
    with pytest.raises(UsageError, match=r"conf_level=0\.9"):
        m.conf_int(0.9)


def test_aliased_terms_are_none_everywhere():
    m = mixed()
    for values in (m.coef, m.std_errors, m.z_values, m.p_values, m.odds_ratios):
        assert values["twice"] is None
        assert None not in [values[t] for t in m.terms if t != "twice"]
    assert m.conf_int()["twice"] == (None, None)
    assert np.isnan(m.cov[4]).all()
    assert np.isnan(m.cov[:, 4]).all()
    assert np.isfinite(m.cov[:4, :4]).all()


def test_l2_has_coefficients_and_a_reason_instead_of_errors():
    m = one_number(cov=None)
    assert m.coef["score"] == 0.226
    assert m.cov is None
    assert set(m.std_errors.values()) == set(m.p_values.values()) == set(m.z_values.values()) == {None}
    assert m.conf_int() == {"(intercept)": (None, None), "score": (None, None)}
    assert m.no_errors_reason


def test_odds_ratio_beyond_float_is_infinite():
    m = one_number(b1=1000.0)
    assert m.odds_ratios["score"] == math.inf


def test_a_model_is_a_value():
    m = admissions()
    with pytest.raises(ValueError, match="read-only"):
        m.weights[0] = 1.0
    with pytest.raises(AttributeError):
        m.threshold = 0.3
    assert "400 rows" in repr(m)
    assert (m.log_likelihood, m.deviance) == (m.statistics.log_likelihood, m.statistics.deviance)
    assert (m.aic, m.bic) == (m.statistics.aic, m.statistics.bic)


def test_variances_alone_give_the_same_errors_tests_and_intervals():
    a, b = mixed(), wide()
    assert b.cov is None
    for name in ("std_errors", "z_values", "p_values"):
        assert getattr(a, name) == getattr(b, name)
    assert a.conf_int(0.9) == b.conf_int(0.9)
    assert a.summary() == b.summary()


def test_covariance_is_made_symmetric_from_rounding_only():
    cov = np.array([[2.0, 0.5 + 1e-15], [0.5, 1.0]])
    m = one_number(cov=cov)
    assert np.array_equal(m.cov, m.cov.T)
    assert cov[0, 1] != cov[1, 0]  # the caller's array is not touched
    with pytest.raises(ValueError, match=r"covariance: .*symmetric"):
        one_number(cov=[[2.0, 0.6], [0.5, 1.0]])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"terms": ("(intercept)", "age")}, "terms: .*'score'.*'age'"),
        ({"weights": [1.0]}, "weights: expected 2 numbers"),
        ({"weights": [1.0, np.inf]}, "weights: expected finite"),
        ({"covariance": np.eye(3)}, "covariance: expected 2 x 2"),
        ({"covariance": np.diag([1.0, -1.0])}, "covariance: .*'score' is negative"),
        ({"covariance": np.diag([1.0, np.nan])}, "covariance: expected finite"),
        ({"variances": np.ones(2)}, "variances: .*both came"),
        ({"covariance": None, "variances": np.ones(3)}, "variances: expected 2 numbers"),
        ({"covariance": None, "variances": np.array([1.0, -1.0])}, "variances: expected finite numbers of 0 or more"),
        ({"covariance": None, "variances": np.array([1.0, np.nan])}, "variances: expected finite"),
        ({"penalty": "l1"}, "penalty: expected one of none, l2, firth"),
        ({"conf_level": 95}, "conf_level: "),
        ({"threshold": np.nan}, "threshold: "),
        ({"test": "score"}, "test: "),
        ({"test": None}, "test: "),
        ({"test": "penalized likelihood"}, "p: "),
        ({"p": np.ones(2)}, "p: under Wald"),
        ({"no_errors_reason": "why"}, "no_errors_reason: "),
        ({"test": "penalized likelihood", "p": np.ones(3), "ci": np.ones((2, 2))}, "p: expected 2"),
        ({"test": "penalized likelihood", "p": np.array([2, 1]), "ci": np.ones((2, 2))}, "p: expected numbers"),
        ({"test": "penalized likelihood", "p": np.ones(2), "ci": np.array([[1, 0], [0, 1]])}, "ci: "),
    ],
)
def test_parts_that_do_not_fit_are_refused(change, said):
    parts = {"weights": (-13.0, 0.226), "covariance": np.eye(2), **change}
    with pytest.raises(ValueError, match=said):
        model(plan(Numeric("score")), **parts)


def test_a_plan_without_a_label_is_no_model():
    with pytest.raises(ValueError, match="plan: expected a label"):
        model(plan(Category("a", ("x", "y"), "x"), label=None), (0.0, 1.0), np.eye(2))

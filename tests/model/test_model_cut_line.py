"""The cut line: delta interval against MASS::dose.p's published numbers, Fieller's against its definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given
from hypothesis import strategies as st
from model_cases import firth, mixed, model, one_number, plan

from cutline.errors import UsageError
from cutline.model import CutLine, wald
from cutline.table import Category, Numeric

# Bliss's insects: Faraway, "Extending the Linear Model with R", "Prediction and Effective Doses": coefficients and
# covariance as printed, and dose.p(modl, p=c(0.5, 0.9)): 2 (SE 0.1784367), 3.8911 (SE 0.3449965)
BLISS_COEF = (-2.3237899, 1.1618949)
BLISS_COV = ((0.17463024, -0.06582336), (-0.06582336, 0.03291168))


@pytest.mark.parametrize(("p", "dose", "error"), [(0.5, 2.0, 0.1784367), (0.9, 3.8911, 0.3449965)])
def test_bliss_as_published(p, dose, error):
    cut = one_number(*BLISS_COEF, cov=BLISS_COV).cut_line(p=p)
    assert cut.value == pytest.approx(dose, abs=1e-4)
    assert cut.std_error == pytest.approx(error, rel=1e-6)
    assert (cut.low, cut.high) == pytest.approx((cut.value - 1.959964 * error, cut.value + 1.959964 * error), rel=1e-5)
    assert (cut.term, cut.method, cut.level, cut.p, cut.note) == ("score", "delta", 0.95, p, "")


@pytest.mark.parametrize(
    ("p", "dose", "error"),
    # the example of ?MASS::dose.p (Venables and Ripley 2002, section 7.2): females of the tobacco budworm
    [(0.25, 2.231265, 0.2499089), (0.5, 3.263587, 0.2297539), (0.75, 4.295910, 0.2746874)],
)
def test_budworm_as_published(p, dose, error):
    killed = np.array([1, 4, 9, 13, 18, 20, 0, 2, 6, 10, 12, 16])
    female = np.repeat([0.0, 1.0], 6)
    x = np.column_stack([female, 1 - female, np.tile(np.arange(6.0), 2)])
    fit = sm.GLM(np.column_stack([killed, 20 - killed]), x, family=sm.families.Binomial()).fit(tol=1e-12)
    pick = np.ix_([0, 2], [0, 2])  # the females' constant and the slope: a straight line in log2 dose
    cut = one_number(*np.asarray(fit.params)[[0, 2]], cov=np.asarray(fit.cov_params())[pick]).cut_line(p=p)
    assert cut.value == pytest.approx(dose, rel=5e-7)
    assert cut.std_error == pytest.approx(error, rel=5e-6)


def test_by_hand():
    # m = 2, var = (v00 + 2 m v01 + m^2 v11) / b1^2 = (1 - 1.6 + 1) / 4 = 0.1; Fieller: a = 4 - q^2 0.25, c = 0.1
    cut = one_number(-4.0, 2.0, cov=((1.0, -0.4), (-0.4, 0.25))).cut_line()
    q = 1.959963984540054
    assert cut.value == 2.0
    assert cut.std_error == pytest.approx(math.sqrt(0.1), rel=1e-14)
    a, c, v = 4 - q * q * 0.25, 0.1, 0.4
    root = math.sqrt((q * q * c) ** 2 + q * q * a * v)
    assert cut.fieller == pytest.approx((2 + (q * q * c - root) / a, 2 + (q * q * c + root) / a), rel=1e-14)


line = st.tuples(
    st.floats(-5, 5),
    st.floats(-3, 3),
    st.floats(0.01, 2),
    st.floats(0.01, 2),
    st.floats(-0.9, 0.9),
    st.floats(0.5, 0.99),
)


@given(line)
def test_fieller_is_where_the_line_is_q_errors_from_zero(case):
    b0, b1, s0, s1, r, level = case
    assume(abs(b1) > 1e-3)
    cov = (s0 * s0, r * s0 * s1, s1 * s1)
    cut = wald.find_cut_line("x", (b0, b1), cov, level=level)
    q = wald.quantile(level)
    assert cut.low < cut.value < cut.high
    if abs(b1) <= q * s1:
        assert cut.fieller is None
        assert "unbounded" in cut.note
        return
    assume(abs(b1) > 1.001 * q * s1)
    low, high = cut.fieller
    assert low < cut.value < high
    for x in (low, high):
        error = math.sqrt(cov[0] + 2 * x * cov[1] + x * x * cov[2])
        assert abs(b0 + b1 * x) == pytest.approx(q * error, rel=1e-6)


def test_unbounded_fieller_is_said_in_one_sentence():
    cut = firth().cut_line()
    assert cut.method == "delta"
    assert cut.low < cut.value < cut.high
    assert cut.fieller is None
    assert cut.note == "Fieller's interval is unbounded: the slope's Wald z, 1.51 in size, does not exceed 1.96."
    # at 80% the quantile is 1.28: the same slope has one
    assert firth().cut_line(level=0.8).fieller is not None


def test_l2_has_a_value_and_no_interval():
    m = one_number(cov=None)
    assert m.cut_line() == CutLine(
        "score", 13.0 / 0.226, None, None, None, 0.95, None, None, f"No interval: {m.no_errors_reason}", 0.5
    )


def test_a_variance_lost_to_rounding_is_said():
    # a feature near 1e9 with a spread of 1: v00 - m^2 v11 cancels to nothing in float64
    m = 1.7e9
    cut = one_number(-m, 1.0, cov=((m * m * 0.01, -m * 0.01), (-m * 0.01, 0.01))).cut_line()
    assert cut.value == m
    assert cut.method is None
    assert cut.low is None
    assert "center 'score'" in cut.note


@pytest.mark.parametrize(
    "none",
    [
        one_number(b1=0.0),
        one_number(b1=np.nan),
        one_number(b0=np.nan),
        mixed(),
        model(plan(Numeric("a")), [1.0], np.eye(1), intercept=False),
        model(plan(Numeric("a"), offset="o"), [1.0, 2.0], np.eye(2)),
        model(plan(Category("a", ("x", "y"), "x")), [1.0, 2.0], np.eye(2)),
        model(plan(), [1.0], np.eye(1)),
    ],
    ids=["slope 0", "aliased", "aliased intercept", "more terms", "no intercept", "offset", "a category", "nothing"],
)
def test_none_where_there_is_none(none):
    assert none.cut_line() is None


def test_wrong_arguments_are_refused():
    for p in (0.0, 1.0, 50):
        with pytest.raises(UsageError, match="between 0 and 1"):
            one_number().cut_line(p=p)
    for m in (one_number(), mixed()):
        with pytest.raises(UsageError, match=r"95% as 0\.95"):
            m.cut_line(level=95)

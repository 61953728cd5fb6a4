"""Every published table comes out to the digits printed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import published_data as typed
import pytest
from published_cases import CASES, Case, r
from scipy import optimize, special, stats

import cutline

pytestmark = pytest.mark.usefixtures("either_way")

TOL = 1e-10  # the certificate's decrement: a ten-billionth of a standard error, below any digit printed


def misses(label: str, value: float, printed: str) -> list[str]:
    """A line saying what came instead of `printed`, if `value` does not round to it (half a unit of its last digit)."""
    number = Decimal(printed)
    half_unit = Decimal(5).scaleb(int(number.as_tuple().exponent) - 1)
    close = np.isfinite(value) and abs(Decimal(float(value)) - number) <= half_unit
    return [] if close else [f"{label}: published {printed}, came {value:.10g}"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_published_numbers_come_out_to_the_digits_printed(case: Case) -> None:
    model = cutline.fit(case.load(), tol=TOL, **case.fit)
    intervals = model.conf_int()
    table = case.rows()
    assert not table or set(table) == set(model.terms)
    bad: list[str] = []
    for term, printed in table.items():
        low, high = intervals[term]
        came: dict[str, Any] = {
            "coef": model.coef[term],
            "se": model.std_errors[term],
            "p": model.p_values[term],
            "low": low,
            "high": high,
        }
        for column, number in printed.items():
            bad += misses(f"{term} {column}", came[column], number)
    for figure, number in case.figures.items():
        bad += misses(figure, getattr(model.statistics, figure), number)
    assert not bad, f"{case.name} ({case.citation}):\n" + "\n".join(bad)


def test_budworm_lethal_doses() -> None:
    """Venables & Ripley, dose.p(budworm.lg0, cf = c(1, 3), p = 1:3/4): log2 dose that kills p of the females, its error.

    MASS-Ex.Rout.save: 2.231265 (0.2499089), 3.263587 (0.2297539), 4.295910 (0.2746874); see published_cases.py for the digit less here.
    """
    frame = r("drc", "H.virescens")
    female = (frame["sex"] == "F").astype(int)
    data = {
        "female": female,
        "male": 1 - female,
        "ldose": np.log2(frame["dose"]),
        "dead": frame["numdead"],
        "n": frame["total"],
    }
    model = cutline.fit(data, "dead", trials="n", intercept=False, tol=TOL)
    assert model.terms == ("female", "male", "ldose")
    bad: list[str] = []
    for p, dose, error in (
        (0.25, "2.231265", "0.249909"),
        (0.50, "3.263587", "0.229754"),
        (0.75, "4.295910", "0.274687"),
    ):
        slope = model.coef["ldose"]
        came = (special.logit(p) - model.coef["female"]) / slope
        along = np.array([-1 / slope, 0, -came / slope])  # the delta method
        bad += misses(f"LD{p:.0%}", came, dose)
        bad += misses(f"LD{p:.0%} error", np.sqrt(along @ model.cov @ along), error)
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize(
    ("load", "fit", "separating"),
    [
        (typed.endometrial, {"target": "HG"}, "NV"),
        (typed.urinary_infection, {"target": "case", "weights": "count"}, "dia"),
    ],
    ids=["endometrial", "urinary infection"],
)
def test_auto_fits_the_separated_classics_by_firth(load: Any, fit: dict[str, Any], separating: str) -> None:
    """Heinze & Schemper (2002), Heinze & Ploner: only this column's maximum likelihood estimate is infinite."""
    with pytest.warns(cutline.CutlineWarning, match=separating):
        auto = cutline.fit(load(), **fit)
    asked = cutline.fit(load(), penalty="firth", **fit)
    assert (auto.requested_penalty, auto.penalty) == ("auto", "firth")
    assert auto.separation is not None
    assert auto.separation.kind == "quasi-complete"
    assert auto.separation.terms == (separating,)
    assert auto.coef == pytest.approx(asked.coef, rel=1e-6)
    with pytest.raises(cutline.SeparationError, match=separating):
        cutline.fit(load(), penalty="none", **fit)


@pytest.mark.parametrize(
    ("no_0", "yes_0", "no_1", "yes_1"),
    [(10, 0, 5, 5), (0, 7, 8, 3), (12, 3, 4, 9), (20, 0, 0, 20)],
    ids=["zero cell", "zero cell, other corner", "no zero", "complete separation"],
)
def test_firth_of_a_two_by_two_table_adds_a_half_to_each_cell(no_0: int, yes_0: int, no_1: int, yes_1: int) -> None:
    """Firth (1993), Biometrika 80, 27-38, section 3.3; Heinze & Schemper (2002), section 2: in a saturated model.

    The Jeffreys term of p is log(n p q) / 2 a group, which is half a success and half a failure more. With the
    slope held at zero both groups' terms stay (logistf's profile keeps the full determinant): one more of each.
    """
    data = {"x": [0, 0, 1, 1], "y": [0, 1, 0, 1], "n": [no_0, yes_0, no_1, yes_1]}
    model = cutline.fit(data, "y", weights="n", penalty="firth", tol=TOL)

    sizes = np.array([no_0 + yes_0, no_1 + yes_1])
    yes = np.array([yes_0, yes_1])
    chance = (yes + 0.5) / (sizes + 1)
    eta = special.logit(chance)
    assert model.coef["(intercept)"] == pytest.approx(eta[0], rel=1e-8, abs=1e-8)
    assert model.coef["x"] == pytest.approx(eta[1] - eta[0], rel=1e-8)
    variance = 1 / (sizes * chance * (1 - chance))
    assert model.std_errors["(intercept)"] == pytest.approx(np.sqrt(variance[0]), rel=1e-7)
    assert model.std_errors["x"] == pytest.approx(np.sqrt(variance.sum()), rel=1e-7)

    def penalized(p: np.ndarray | float) -> float:  # up to a constant
        return float(np.sum((yes + 0.5) * np.log(p) + (sizes - yes + 0.5) * np.log1p(-np.asarray(p))))

    chi2 = 2 * (penalized(chance) - penalized((yes.sum() + 1) / (sizes.sum() + 2)))
    assert model.p_values["x"] == pytest.approx(stats.chi2.sf(chi2, 1), rel=1e-6)
    for end in model.conf_int()["x"]:  # where twice the profile's fall is the chi-squared quantile
        top = optimize.minimize_scalar(
            lambda b, end=end: -penalized(special.expit(np.array([b, b + end]))), bracket=tuple(sorted(eta))
        )
        assert 2 * (penalized(chance) + top.fun) == pytest.approx(stats.chi2.ppf(0.95, 1), rel=1e-5)

"""`cutline.fit` on tables: relations that must hold whatever the data, and what a user is told."""

from __future__ import annotations

import functools
import math
import operator
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import statsmodels.api as sm

import cutline
from cutline import CutlineWarning, DataError, SeparationError, UsageError

pytestmark = pytest.mark.usefixtures("either_way")


def people(n: int = 300) -> dict[str, list]:
    draw = np.random.default_rng(8)
    age, dose = draw.normal(50, 10, n), draw.exponential(2, n)
    city = draw.choice(["busan", "daegu", "seoul"], n)
    eta = 0.05 * (age - 50) - 0.4 * dose + 0.7 * (city == "seoul") + 0.2
    ill = np.where(draw.uniform(size=n) < 1 / (1 + np.exp(-eta)), "yes", "no")
    return {"age": age.tolist(), "city": city.tolist(), "dose": dose.tolist(), "ill": ill.tolist()}


def close(a: dict, b: dict, rel: float = 1e-7) -> None:
    assert a.keys() == b.keys()
    for term in a:
        assert a[term] == pytest.approx(b[term], rel=rel, abs=1e-9), term


def test_terms_stand_in_the_tables_order_and_agree_with_statsmodels() -> None:
    data = people()
    model = cutline.fit(data, "ill")
    assert list(model.coef) == ["(intercept)", "age", "city[daegu]", "city[seoul]", "dose"]
    frame = pd.DataFrame(data)
    design = sm.add_constant(
        pd.DataFrame(
            {"age": frame.age, "d": frame.city == "daegu", "s": frame.city == "seoul", "dose": frame.dose}
        ).astype(float)
    )
    theirs = sm.Logit((frame.ill == "yes").astype(float), design).fit(disp=0, tol=1e-12)
    np.testing.assert_allclose(list(model.coef.values()), theirs.params, rtol=1e-7)
    np.testing.assert_allclose(list(model.std_errors.values()), theirs.bse, rtol=1e-7)
    np.testing.assert_allclose(list(model.p_values.values()), theirs.pvalues, rtol=1e-5)
    np.testing.assert_allclose(model.cov, theirs.cov_params(), rtol=1e-6)
    np.testing.assert_allclose(list(model.conf_int(0.9).values()), theirs.conf_int(0.1), rtol=1e-6)
    s = model.statistics
    assert (s.log_likelihood, s.aic, s.bic) == pytest.approx((theirs.llf, theirs.aic, theirs.bic))
    assert (s.lr_chi2, s.lr_p, s.mcfadden_r2) == pytest.approx((theirs.llr, theirs.llr_pvalue, theirs.prsquared))
    np.testing.assert_allclose(model.predict_proba(data), theirs.predict(design), rtol=1e-8)


def test_every_kind_of_table_gives_the_same_model(tmp_path) -> None:
    data = people()
    frame = pd.DataFrame(data)
    frame.to_csv(tmp_path / "d.csv", index=False)
    frame.to_parquet(tmp_path / "d.parquet")
    first = cutline.fit(data, "ill")
    for same in (frame, pl.DataFrame(data), pa.table(data), tmp_path / "d.csv", str(tmp_path / "d.parquet")):
        other = cutline.fit(same, "ill")
        assert other.coef == first.coef
        assert other.fingerprint == first.fingerprint


def test_swapping_the_classes_turns_every_sign() -> None:
    a, b = cutline.fit(people(), "ill"), cutline.fit(people(), "ill", positive="no")
    close({t: -v for t, v in b.coef.items()}, a.coef)
    assert b.log_likelihood == pytest.approx(a.log_likelihood, rel=1e-12)


def test_doubling_the_rows_is_a_weight_of_two() -> None:
    data = people()
    twice = {name: column * 2 for name, column in data.items()}
    weighted = cutline.fit({**data, "w": [2] * 300}, "ill", weights="w")
    model = cutline.fit(twice, "ill")
    close(weighted.coef, model.coef)
    close(weighted.std_errors, model.std_errors)
    assert weighted.log_likelihood == pytest.approx(model.log_likelihood)
    assert (weighted.statistics.bic_n, model.statistics.bic_n) == (300, 600)  # R's nobs: rows, whatever their weight


def test_columns_permuted_and_rescaled() -> None:
    data = people()
    model = cutline.fit(data, "ill")
    moved = {"dose": [1000 * v for v in data["dose"]], "ill": data["ill"], "city": data["city"], "age": data["age"]}
    other = cutline.fit(moved, "ill")
    assert other.coef["dose"] * 1000 == pytest.approx(model.coef["dose"], rel=1e-8)
    assert other.coef["city[seoul]"] == pytest.approx(model.coef["city[seoul]"], rel=1e-8)


def test_another_reference_level_is_another_reading_of_the_same_fit() -> None:
    a, b = cutline.fit(people(), "ill"), cutline.fit(people(), "ill", reference={"city": "seoul"})
    assert b.coef["city[busan]"] == pytest.approx(-a.coef["city[seoul]"], rel=1e-7)
    assert b.deviance == pytest.approx(a.deviance, rel=1e-12)


def test_successes_of_trials_are_their_rows() -> None:
    grouped = cutline.fit({"x": [0, 1, 2], "s": [2, 5, 9], "n": [10, 10, 12]}, "s", trials="n")
    share = cutline.fit({"x": [0, 1, 2], "s": [0.2, 0.5, 0.75], "n": [10, 10, 12]}, "s", weights="n")
    x = functools.reduce(operator.iadd, ([v] * n for v, n in zip([0, 1, 2], [10, 10, 12])), [])
    y = functools.reduce(operator.iadd, ([1] * s + [0] * (n - s) for s, n in [(2, 10), (5, 10), (9, 12)]), [])
    rows = cutline.fit({"x": x, "y": y}, "y")
    for model in (grouped, share):
        close(model.coef, rows.coef)
        close(model.std_errors, rows.std_errors)
        constant = sum(math.log(math.comb(n, s)) for s, n in [(2, 10), (5, 10), (9, 12)])
        assert model.log_likelihood == pytest.approx(rows.log_likelihood + constant, rel=1e-10)
        assert model.statistics.log_likelihood_kernel == pytest.approx(rows.log_likelihood, rel=1e-10)
        assert model.statistics.df_residual == 1


def test_an_offset_is_a_coefficient_of_one() -> None:
    data = people()
    data["age"] = [a / 50 for a in data["age"]]
    model = cutline.fit(data, "ill", features="dose", offset="age")
    design = sm.add_constant(np.array(data["dose"]))
    theirs = sm.GLM(
        (np.array(data["ill"]) == "yes") * 1.0, design, sm.families.Binomial(), offset=np.array(data["age"])
    )
    result = theirs.fit(tol=1e-12)
    np.testing.assert_allclose(list(model.coef.values()), result.params, rtol=1e-6)
    assert model.statistics.null_deviance == pytest.approx(result.null_deviance, rel=1e-6)
    np.testing.assert_allclose(
        model.decision_function(data), design @ result.params + data["age"], rtol=1e-6, atol=1e-7
    )


def test_without_an_intercept() -> None:
    data = people()
    model = cutline.fit(data, "ill", features=["dose"], intercept=False)
    theirs = sm.Logit((np.array(data["ill"]) == "yes") * 1.0, np.array(data["dose"])).fit(disp=0)
    assert list(model.coef) == ["dose"]
    assert model.coef["dose"] == pytest.approx(theirs.params[0], rel=1e-7)
    assert model.statistics.null_deviance == pytest.approx(2 * 300 * math.log(2))  # R's: p = 1/2


def test_the_exam_scores() -> None:
    """The deck's table: a cut line at 57.5 though maximum likelihood has no answer."""
    data = {"score": [45, 50, 55, 60, 65, 70], "result": ["불합격"] * 3 + ["합격"] * 3}
    with pytest.warns(CutlineWarning, match="every row up to 55 is 불합격 and every row from 60 is 합격.*Firth"):
        model = cutline.fit(data, "result")
    assert model.label.positive == "합격"
    assert (model.penalty, model.requested_penalty) == ("firth", "auto")
    assert model.coef["score"] == pytest.approx(0.226, abs=5e-4)
    assert model.p_values["score"] == pytest.approx(0.0495, abs=5e-5)
    cut = model.cut_line()
    assert cut.value == pytest.approx(57.5, abs=1e-6)
    assert cut.method == "delta"
    assert "unbounded" in cut.note
    with pytest.raises(SeparationError, match=r"score separates the classes.*--penalty firth"):
        cutline.fit(data, "result", penalty="none")
    assert list(model.predict({"score": [57.4, 57.6]})) == ["불합격", "합격"]


def test_a_ridge_has_coefficients_and_says_why_it_has_no_errors() -> None:
    from sklearn.linear_model import LogisticRegression

    data = people()
    model = cutline.fit(data, "ill", features=["age", "dose"], penalty="l2", C=0.1, tol=1e-9)
    theirs = LogisticRegression(C=0.1, solver="newton-cholesky", tol=1e-12)
    theirs.fit(np.column_stack([data["age"], data["dose"]]), data["ill"])
    assert [model.coef["age"], model.coef["dose"]] == pytest.approx(theirs.coef_[0].tolist(), rel=1e-7)
    assert set(model.std_errors.values()) == {None}
    assert "ridge" in model.no_errors_reason
    assert model.aic is None


def test_aliased_columns_keep_their_row_and_predict_nothing() -> None:
    data = people()
    data["months"] = [12 * a for a in data["age"]]
    with pytest.warns(CutlineWarning, match="months is exactly collinear with age"):
        model = cutline.fit(data, "ill")
    assert model.coef["months"] is None
    assert model.std_errors["months"] is None
    plain = cutline.fit(people(), "ill")
    close({t: v for t, v in model.coef.items() if t != "months"}, plain.coef)
    np.testing.assert_allclose(model.predict_proba(data), plain.predict_proba(data), rtol=1e-9)


def test_imputed_values_are_stored_counted_and_doubted() -> None:
    data = people()
    data["dose"][3] = data["dose"][7] = None
    model = cutline.fit(data, "ill", missing="impute")
    assert model.rows.imputed == {"dose": 2}
    assert any("standard errors do not know" in w for w in model.warnings)
    with pytest.warns(CutlineWarning, match="filled"):
        assert np.isfinite(model.predict_proba({"age": [50], "city": ["busan"], "dose": [None]})).all()
    assert cutline.fit(data, "ill").rows.dropped == {"missing dose": 2}
    with pytest.raises(DataError, match="dose"):
        cutline.fit(data, "ill", missing="fail")


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"penalty": "l1"}, "penalty: expected"),
        ({"C": 2.0}, "C: it is the strength of an l2 penalty"),
        ({"penalty": "l2", "C": 0}, "C: expected a finite number above 0"),
        ({"solver": "adam"}, "solver: expected"),
        ({"penalty": "firth", "solver": "lbfgs"}, "Fisher scoring"),
        ({"tol": 0}, "tol: expected"),
        ({"conf_level": 95}, "conf_level: expected a level between 0 and 1"),
        ({"max_passes": 0}, "max_passes: expected"),
    ],
)
def test_calls_that_are_wrong_whatever_the_data_say(choice: dict, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        cutline.fit(people(), "ill", **choice)


def test_progress_is_told_in_passes() -> None:
    seen = []
    cutline.fit(people(), "ill", progress=seen.append)
    assert [p.passes for p in seen] == sorted(p.passes for p in seen)
    assert seen[-1].decrement <= 1e-6
    assert {p.rows for p in seen} == {300}


def test_a_fit_leaves_torchs_threads_as_it_found_them() -> None:
    """Also for threads born later."""
    code = (
        "import torch, threading, cutline; torch.set_num_threads(2)\n"
        "cutline.fit({'x': [1, 2, 3, 4], 'y': [0, 1, 0, 1]}, 'y')\n"
        "seen = []; t = threading.Thread(target=lambda: seen.append(torch.get_num_threads())); t.start(); t.join()\n"
        "print(torch.get_num_threads(), *seen)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["2", "2"]


def test_scores_are_scikit_learns_metrics() -> None:
    from sklearn import metrics

    data = people(400)
    train = {name: column[:250] for name, column in data.items()}
    test = {name: column[250:] for name, column in data.items()}
    model = cutline.fit(train, "ill")
    p, y = model.predict_proba(test), np.array(test["ill"]) == "yes"
    scores = cutline.score(model, test, threshold=0.4)
    called = p >= 0.4
    assert scores.log_loss == pytest.approx(metrics.log_loss(y, p))
    assert scores.brier == pytest.approx(metrics.brier_score_loss(y, p))
    assert scores.auc == pytest.approx(metrics.roc_auc_score(y, p))
    assert scores.accuracy == pytest.approx(metrics.accuracy_score(y, called))
    assert scores.precision == pytest.approx(metrics.precision_score(y, called))
    assert scores.recall == pytest.approx(metrics.recall_score(y, called))
    cells = (scores.true_negative, scores.false_positive, scores.false_negative, scores.true_positive)
    assert cells == tuple(metrics.confusion_matrix(y, called).ravel())
    eta = model.decision_function(test)
    slope = sm.Logit(y.astype(float), sm.add_constant(eta)).fit(disp=0).params
    assert [scores.calibration_intercept, scores.calibration_slope] == pytest.approx(slope.tolist(), rel=1e-6)
    own = cutline.score(model, train)
    assert own.calibration_slope == pytest.approx(1.0, abs=1e-6)  # maximum likelihood is calibrated on its own rows


def test_rows_without_a_label_or_a_level_are_skipped_and_counted() -> None:
    data = people(100)
    model = cutline.fit(data, "ill")
    data["ill"][0], data["city"][1] = None, "jeju"
    scores = cutline.score(model, data)
    assert scores.rows == 98
    assert sum(scores.skipped.values()) == 2
    with pytest.raises(DataError, match=r"could not be scored.*unseen level 'jeju'"):
        cutline.score(model, {"age": [1.0], "city": ["jeju"], "dose": [1.0], "ill": ["yes"]})


def test_where_profiles_cost_too_much_the_rest_is_walds_and_said(monkeypatch) -> None:
    from cutline.fitting import job

    data = people()
    data["ill"] = ["yes" if c == "seoul" else i for c, i in zip(data["city"], data["ill"])]
    with pytest.warns(CutlineWarning, match=r"Every row with city\[seoul\] is yes"):
        whole = cutline.fit(data, "ill")
    monkeypatch.setattr(job, "AFFORDABLE", 0)
    with pytest.warns(CutlineWarning):
        quick = cutline.fit(data, "ill")
    assert any("of 4 terms are Wald's" in w for w in quick.warnings)
    assert quick.p_values["city[seoul]"] == whole.p_values["city[seoul]"]
    se, coef = quick.std_errors["age"], quick.coef["age"]
    assert quick.conf_int()["age"] == pytest.approx((coef - 1.959963985 * se, coef + 1.959963985 * se), rel=1e-8)
    assert quick.conf_int()["age"] == pytest.approx(whole.conf_int()["age"], rel=0.1)  # nearly quadratic there


def test_bad_lines_set_aside_are_said(tmp_path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("x,y\n1,0\n2\n3,1\n4,0\n2,1\n")
    with pytest.warns(CutlineWarning, match="set aside"):
        model = cutline.fit(path, "y", on_bad_rows="reject")
    assert model.rows.rejected == 1
    assert any("1 could not be read" in w and "line 3" in w for w in model.warnings)


def test_every_level_that_separates_is_named() -> None:
    x = ["a"] * 6 + ["b"] * 6 + ["c"] * 3 + ["d"] * 2
    y = [0, 1, 0, 1, 0, 1] * 2 + [1] * 3 + [0] * 2
    with pytest.warns(CutlineWarning, match=r"every row with x\[d\] is 0"):
        model = cutline.fit({"x": x, "y": y}, "y")
    assert set(model.separation.terms) == {"x[c]", "x[d]"}

"""The JSON document of a fit: stable keys, full precision, no NaN."""

from __future__ import annotations

import json

import numpy as np
import pytest
from model_cases import admissions, firth, mixed, model, one_number, plan

from cutline.model import dumps, to_document
from cutline.table import Label, Numeric

KEYS = [
    "version", "target", "kind", "positive", "negative", "threshold", "reference_levels", "weights", "offset", "trials",
    "missing", "rows", "dropped", "imputed", "penalty", "requested_penalty", "C", "intercept", "terms", "test",
    "interval_method", "conf_level", "no_errors_reason", "cut_line", "n_rows", "weight", "log_likelihood",
    "log_likelihood_kernel", "null_log_likelihood", "deviance", "null_deviance", "df_residual", "df_null", "aic", "bic",
    "bic_n", "mcfadden_r2", "auc", "auc_error", "penalized_log_likelihood", "lr_test", "certificate", "separation", "warnings", "notes", "settings",
    "fingerprint",
]  # fmt: skip
TERM_KEYS = ["term", "coef", "std_error", "odds_ratio", "ci_low", "ci_high", "z", "p"]

NOTHING = model(
    plan(Numeric("x"), label=Label("y", "binary", "0", "1")),
    [np.nan, 1e4],
    np.diag([1.0, 0.0]),
)


@pytest.mark.parametrize("m", [admissions(), firth(), mixed(), one_number(cov=None), NOTHING])
def test_keys_are_stable_and_nothing_is_nan(m):
    text = json.dumps(to_document(m), allow_nan=False)  # raises on NaN and infinities
    document = json.loads(text)
    assert list(document) == KEYS
    assert [list(row) for row in document["terms"]] == [TERM_KEYS] * len(m.terms)
    assert [row["term"] for row in document["terms"]] == list(m.terms)


def test_numbers_have_full_precision():
    m = admissions()
    rows = json.loads(json.dumps(to_document(m)))["terms"]
    for row in rows:
        t = row["term"]
        low, high = m.conf_int()[t]
        assert row == {
            "term": t, "coef": m.coef[t], "std_error": m.std_errors[t], "odds_ratio": m.odds_ratios[t],
            "ci_low": low, "ci_high": high, "z": m.z_values[t], "p": m.p_values[t],
        }  # fmt: skip


def test_what_it_says():
    d = to_document(mixed())
    assert (d["target"], d["positive"], d["negative"], d["kind"]) == ("result", "pass", "fail", "binary")
    assert d["reference_levels"] == {"반": "나"}
    assert d["rows"] == {"read": 403, "used": 400, "rejected": 0}
    assert d["dropped"] == {"missing result": 1, "missing gre": 2}
    assert d["offset"] == "exposure"
    assert d["lr_test"] == {"chi2": 41.459025, "df": 5, "p": 7.578194e-08}
    assert d["terms"][4] == dict.fromkeys(TERM_KEYS) | {"term": "twice"}
    assert d["interval_method"] == "Wald"
    assert d["cut_line"] is None


def test_firths_document():
    d = to_document(firth())
    assert d["interval_method"] == "profile penalized likelihood"
    assert (d["terms"][0]["ci_low"], d["terms"][0]["ci_high"]) == (None, 0.5)
    assert d["terms"][1]["p"] == 0.0495
    assert d["separation"] == {
        "kind": "complete", "terms": ["score"], "direction": {"score": 1.0}, "message": "score above 57.5 splits the classes",
    }  # fmt: skip
    cut = d["cut_line"]
    assert list(cut) == ["term", "value", "std_error", "low", "high", "level", "method", "fieller", "note", "p"]
    assert cut["value"] == 13.0 / 0.226
    assert (cut["method"], cut["fieller"]) == ("delta", None)


def test_l2_gives_the_reason():
    d = to_document(one_number(cov=None))
    assert d["terms"][1]["coef"] == 0.226
    assert d["terms"][1]["odds_ratio"] == np.exp(0.226)
    assert {d["terms"][1][key] for key in ("std_error", "ci_low", "ci_high", "z", "p")} == {None}
    assert d["no_errors_reason"] == "a penalty biases the coefficients"
    assert (d["aic"], d["bic"]) == (None, None)
    assert d["lr_test"] == {"chi2": None, "df": None, "p": None}
    assert (d["penalty"], d["C"], d["interval_method"], d["test"]) == ("l2", 1.0, None, None)


def test_infinite_is_null():
    d = to_document(NOTHING)
    assert d["terms"][1]["odds_ratio"] is None  # exp(10000)
    assert d["terms"][1]["z"] is None  # over a standard error of zero
    assert d["terms"][1]["p"] == 0.0


@pytest.mark.parametrize("m", [mixed(), firth()])
def test_the_model_file_says_shared_parts_in_the_same_words(m):
    body, d = json.loads(dumps(m)), to_document(m)
    for key in ("certificate", "separation", "settings", "warnings", "notes", "penalty", "conf_level", "fingerprint"):
        assert body[key] == d[key]
    assert {key: d[key] for key in body["statistics"]} == body["statistics"]

"""Prediction: log-odds by hand, ties, labels as the user knows them, rows that cannot be scored."""

from __future__ import annotations

import json
import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_cases import COUNT, admissions, mixed, model, one_number, plan

from cutline.errors import CutlineWarning, DataError, UsageError
from cutline.model import dumps, prediction
from cutline.table import Category, Label, Numeric, read

# the intercept of mixed() is 0.5, 나이 -0.25, 반[가] 1, 반[다] 2 (reference 나), twice aliased, exposure the offset
ROWS = {"나이": [2.0, 4.0, -8.0], "반": ["나", "가", "다"], "twice": [1.0, 1e6, 3.0], "exposure": [0.0, 0.5, 1.0]}
ETA = [0.0, 0.5 - 1.0 + 1.0 + 0.5, 0.5 + 2.0 + 2.0 + 1.0]


def test_log_odds_by_hand():
    assert mixed().decision_function(ROWS) == pytest.approx(ETA, abs=1e-15)
    assert mixed().predict_proba(ROWS) == pytest.approx([1 / (1 + math.exp(-e)) for e in ETA], rel=1e-15)


def test_columns_are_matched_by_name_in_any_order():
    shuffled = {"extra": ["x"] * 3, **dict(reversed(ROWS.items()))}
    assert np.array_equal(mixed().decision_function(shuffled), mixed().decision_function(ROWS))


def test_a_csv_gives_what_the_columns_give(tmp_path):
    path = tmp_path / "rows.csv"
    lines = [",".join(ROWS), *(",".join(map(str, row)) for row in zip(*ROWS.values()))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert np.array_equal(mixed().decision_function(path), mixed().decision_function(ROWS))
    assert np.array_equal(mixed().predict_proba(read(path)), mixed().predict_proba(ROWS))


@pytest.mark.parametrize("m", [mixed(), admissions(), one_number()])
def test_the_files_synthetic_rows_score_as_written_through_the_whole_road(m):
    checks = json.loads(dumps(m))["checks"]
    data = {name: [check["row"][name] for check in checks] for name in checks[0]["row"]}
    assert m.decision_function(data) == pytest.approx([check["log_odds"] for check in checks], rel=1e-14)


def test_no_intercept_and_no_columns():
    m = model(plan(Numeric("a"), label=COUNT, trials="n"), [2.0], np.eye(1), intercept=False)
    assert m.decision_function({"a": [0.0, 1.5]}).tolist() == [0.0, 3.0]
    assert m.predict({"a": [-1.0, 1.5]}).tolist() == ["failure", "success"]


@given(st.floats(-1e308, 1e308))
def test_sigmoid_never_overflows(eta):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        p = float(prediction.sigmoid(np.array([eta]))[0])
    assert 0 <= p <= 1
    if abs(eta) < 700:
        assert p == pytest.approx(1 / (1 + math.exp(-eta)), rel=1e-15)


def test_sigmoid_keeps_small_probabilities():
    # 1 / (1 + exp(700)) is 9.86e-305: far below what 1 - p could say
    assert prediction.sigmoid(np.array([-700.0]))[0] == pytest.approx(9.859676543759770e-305, rel=1e-12)
    assert prediction.sigmoid(np.array([0.0, np.inf, -np.inf])).tolist() == [0.5, 1.0, 0.0]


def test_an_overflowing_margin_is_a_certain_answer():
    m = one_number(0.0, 1e200)
    assert m.predict_proba({"score": [1e200, -1e200]}).tolist() == [1.0, 0.0]


def test_a_tie_at_the_threshold_is_positive():
    m = one_number(-1.0, 1.0)
    assert m.predict_proba({"score": [1.0]})[0] == 0.5
    assert m.predict({"score": [1.0, math.nextafter(1.0, 0.0)]}).tolist() == ["pass", "fail"]
    p = m.predict_proba({"score": [2.0]})[0]
    assert m.predict({"score": [2.0]}, p).tolist() == ["pass"]
    assert m.predict({"score": [2.0]}, math.nextafter(p, 1.0)).tolist() == ["fail"]
    assert m.predict({"score": [-1e9, 1e9]}, 0).tolist() == ["pass", "pass"]


def test_the_models_own_threshold_is_used():
    m = one_number(-1.0, 1.0, threshold=0.9)
    assert m.predict({"score": [2.0]}).tolist() == ["fail"]
    assert m.predict({"score": [2.0]}, threshold=0.5).tolist() == ["pass"]


@pytest.mark.parametrize("bad", [-0.1, 1.1, 50, math.nan, "0.5", True])
def test_a_threshold_outside_0_to_1_is_refused(bad):
    with pytest.raises(UsageError, match="threshold: expected a probability from 0 to 1"):
        one_number().predict({"score": [1.0]}, bad)


@pytest.mark.parametrize(
    ("negative", "positive", "expected"),
    [
        ("0", "1", (0, 1)),
        ("1", "2", (1, 2)),
        ("-1", "1", (-1, 1)),
        ("0.0", "1.0", (0.0, 1.0)),
        ("False", "True", (False, True)),
        ("불합격", "합격", ("불합격", "합격")),
        ("0", "yes", ("0", "yes")),
        ("01", "02", ("01", "02")),
        ("1_0", "2", ("1_0", "2")),
        ("nan", "inf", ("nan", "inf")),
        ("false", "true", ("false", "true")),
    ],
)
def test_labels_come_back_as_they_were(negative, positive, expected):
    found = prediction.label_values(Label("y", "binary", negative, positive))
    assert found == expected
    assert [type(v) for v in found] == [type(v) for v in expected]


def test_predictions_compare_with_whole_number_labels():
    m = model(plan(Numeric("x"), label=Label("y", "binary", "0", "1")), [0.0, 1.0], np.eye(2))
    labels = m.predict({"x": [-1.0, 1.0]})
    assert labels.dtype == object
    assert (labels == np.array([0, 1])).all()
    # for the command line the label is the text it was
    assert m.score_rows(read({"x": [-1.0, 1.0]})).prediction.tolist() == ["0", "1"]


DOUBTFUL = {**ROWS, "반": ["나", "라", None]}


def test_a_row_that_cannot_be_scored_is_empty_counted_and_named():
    with pytest.warns(CutlineWarning, match=r"2 of 3 rows could not be scored") as caught:
        p = mixed().predict_proba(DOUBTFUL)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert "'반'" in str(caught[0].message)
    assert "'라'" in str(caught[0].message)
    assert np.isnan(p).tolist() == [False, True, True]
    assert p[0] == 0.5
    with pytest.warns(CutlineWarning, match="2 of 3") as caught:
        assert mixed().predict(DOUBTFUL).tolist() == ["pass", None, None]
    assert caught[0].filename == __file__
    with pytest.warns(CutlineWarning, match="2 of 3") as caught:
        assert np.isnan(mixed().decision_function(DOUBTFUL)).sum() == 2
    assert caught[0].filename == __file__


def test_score_rows_hands_over_problems_without_a_warning():
    scored = mixed().score_rows(read(DOUBTFUL))
    assert scored.prediction.tolist() == ["pass", None, None]
    assert {(q.column, q.reason, q.count) for q in scored.problems} == {
        ("반", "unseen level", 1),
        ("반", "missing value", 1),
    }
    assert scored.imputed == {}


def test_an_unseen_level_counts_as_the_reference_only_when_asked():
    rows = {**ROWS, "반": ["나", "라", "다"]}
    with pytest.warns(CutlineWarning, match="^every row was scored, levels never seen as the reference.*'라'"):
        eta = mixed().decision_function(rows, unseen="reference")
    assert eta == pytest.approx([0.0, 0.5 - 1.0 + 0.5, ETA[2]], abs=1e-15)
    with pytest.raises(DataError, match="라"):
        mixed().decision_function(rows, unseen="fail")
    with pytest.raises(UsageError, match="unseen: expected one of empty, reference, fail"):
        mixed().decision_function(rows, unseen="drop")


@pytest.mark.parametrize("column", ["나이", "반", "exposure"])
def test_a_missing_column_is_named(column):
    rows = {name: values for name, values in ROWS.items() if name != column}
    with pytest.raises(DataError, match=column):
        mixed().predict_proba(rows)


def test_imputing_models_fill_and_say_so():
    p = plan(Numeric("a", fill=2.0), Category("b", ("x", "y"), "x", fill="y"), missing="impute")
    m = model(p, (0.0, 1.0, 10.0), np.eye(3))
    with pytest.warns(CutlineWarning, match=r"^column 'a': 1 missing values filled.*'b': 1 missing"):
        eta = m.decision_function({"a": [None, 1.0], "b": ["x", None]})
    assert eta.tolist() == [2.0, 11.0]

"""The label: two words or two numbers, counts out of trials, proportions with weights."""

from __future__ import annotations

import numpy as np
import pytest

from cutline.errors import DataError, UsageError
from cutline.table import Choices, Label, ReadOptions, encode, encode_label, make_plan, read

X = {"x": [0.5, 1.5, 2.5, 0.25]}


def fit(columns, **choices):
    table = read({**X, **columns})
    plan, notes = make_plan(table, Choices("y", **choices), ReadOptions())
    return plan, encode(plan, table), notes


@pytest.mark.parametrize(
    ("values", "negative", "positive", "y"),
    [
        ([0, 1, 1, 0], "0", "1", [0, 1, 1, 0]),
        ([2, 1, 1, 2], "1", "2", [1, 0, 0, 1]),
        ([10, 9, 9, 10], "9", "10", [1, 0, 0, 1]),
        (["10", "9", " 9 ", "10.0"], "9", "10", [1, 0, 0, 1]),
        ([0.0, 1.0, 1.0, 0.0], "0", "1", [0, 1, 1, 0]),
        ([-1, 1, 1, -1], "-1", "1", [0, 1, 1, 0]),
        ([True, False, False, True], "False", "True", [1, 0, 0, 1]),
        (["true", "FALSE", "False", "True"], "False", "True", [1, 0, 0, 1]),
        (["합격", "불합격", "불합격", "합격"], "불합격", "합격", [1, 0, 0, 1]),
        (["yes", "no", "no", "yes"], "no", "yes", [1, 0, 0, 1]),
        ([1.5, 2.5, 2.5, 1.5], "1.5", "2.5", [0, 1, 1, 0]),
    ],
)
def test_the_last_of_two_is_positive(values, negative, positive, y):
    plan, encoded, _ = fit({"y": values})
    assert plan.label == Label("y", "binary", negative, positive)
    assert encoded.y.tolist() == y
    assert encoded.weight is None
    assert not encoded.grouped


@pytest.mark.parametrize(
    ("values", "chosen", "y"),
    [
        (["b", "a", "a", "b"], "a", [0, 1, 1, 0]),
        ([1, 2, 1, 2], "1.0", [1, 0, 1, 0]),
        ([True, False, True, False], "false", [0, 1, 0, 1]),
    ],
)
def test_the_positive_label_can_be_chosen(values, chosen, y):
    assert fit({"y": values}, positive=chosen)[1].y.tolist() == y
    with pytest.raises(DataError, match=r"positive label 'maybe' is not in column 'y', which has "):
        fit({"y": values}, positive="maybe")


def test_missing_labels_are_dropped_and_counted():
    _, encoded, _ = fit({"y": ["a", None, "b", "NA"]})
    assert encoded.dropped == {"missing y": 2}
    assert encoded.rows.tolist() == [0, 2]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            ["a", "b", "c", "a"],
            r"has 3: 'a' \(2 rows, first row 0\), 'b' \(1 rows, first row 1\), 'c' \(1 rows, first row 2\)",
        ),
        (["a", "a", None, "a"], r"has 1: 'a' \(3 rows, first row 0\).*nothing to tell apart"),
        ([None, None, None, None], "every label is missing"),
        ([3, 1, 4, 2], r"has 4: '1' .*name the trials with --trials"),
        ([0.5, 1, 0, 0.25], "row 0, column 'y': .* 0.5 is a proportion; .*--weights"),
    ],
)
def test_labels_that_are_not_two(values, message):
    with pytest.raises(DataError, match=message):
        fit({"y": values})


def test_one_label_may_be_left_after_dropping():
    with pytest.raises(DataError, match=r"one label only, '1', in the 2 rows to fit after dropping 2 \(missing z: 2"):
        fit({"y": [0, 1, 1, 0], "z": [None, 1.5, 2.5, None]})
    with pytest.raises(DataError, match="no rows are left"):
        fit({"y": [0, 1, 1, 0], "z": [None, 1.5, None, None], "w": [1, 0, 1, 1]}, weights="w")


def test_counts_out_of_trials():
    _, encoded, _ = fit({"y": [1, 2, 0, 3], "n": [4, 2, 0, None], "w": [1, 2, 1, 1]}, trials="n", weights="w")
    assert encoded.y.tolist() == [0.25, 1.0]
    assert encoded.weight is not None
    assert encoded.weight.tolist() == [4.0, 4.0]
    assert encoded.dropped == {"missing n": 1, "0 trials": 1}
    assert encoded.grouped


@pytest.mark.parametrize(
    ("y", "n", "message"),
    [
        ([1, 3, 0, 1], [4, 2, 2, 2], "row 1, column 'y': 3 came, and a count of successes must be within 0 and 'n'"),
        ([1, -1, 0, 1], [4, 2, 2, 2], "row 1, column 'y': -1 came"),
        (
            [0.5, 1, 0, 1],
            [4, 2, 2, 2],
            "row 0, column 'y': 0.5 came, .* must be whole; .*--weights instead of --trials",
        ),
        ([1, 1, 0, 1], [4, 2.5, 2, 2], "row 1, column 'n': 2.5 came, and a number of trials must be whole"),
        ([1, 1, 0, 1], ["4", "two", "2", "2"], "row 1, column 'n': a number of trials must be a number, got 'two'"),
        ([0, 0, 0, 0], [4, 2, 2, 2], "one label only, 'failure'"),
        ([4, 2, 2, 2], [4, 2, 2, 2], "one label only, 'success'"),
    ],
)
def test_counts_that_cannot_be(y, n, message):
    with pytest.raises(DataError, match=message):
        fit({"y": y, "n": n}, trials="n")


def test_proportions_have_weights():
    plan, encoded, _ = fit({"y": [0.25, 1, 0, 0.5], "n": [4, 2, 3, 2]}, weights="n")
    assert plan.label == Label("y", "proportion", "failure", "success")
    assert encoded.y.tolist() == [0.25, 1, 0, 0.5]
    assert encoded.weight is not None
    assert encoded.weight.tolist() == [4, 2, 3, 2]
    assert encoded.grouped
    with pytest.raises(DataError, match="holds proportions"):
        fit({"y": [0.25, 1, 0, 0.5], "n": [4, 2, 3, 2]}, weights="n", positive="1")


def test_rows_without_weight_are_dropped():
    plan, encoded, _ = fit({"y": [0, 1, 1, 0], "w": [1.5, 0, 2, None]}, weights="w")
    assert encoded.weight is not None
    assert encoded.weight.tolist() == [1.5, 2]
    assert encoded.dropped == {"missing w": 1, "weight 0": 1}
    assert plan.terms() == ("x",)


@pytest.mark.parametrize(
    ("w", "message"),
    [
        ([1, -1, 1, 1], "row 1, column 'w': -1 came, and a weight cannot be negative"),
        ([1, np.inf, 1, 1], "row 1, column 'w': inf is infinite"),
        (["1", "x", "1", "1"], "row 1, column 'w': a weight must be a number, got 'x'"),
    ],
)
def test_weights_that_cannot_be(w, message):
    with pytest.raises(DataError, match=message):
        fit({"y": [0, 1, 1, 0], "w": w}, weights="w")


def test_an_offset_is_read_and_its_missing_rows_dropped():
    _, encoded, _ = fit({"y": [0, 1, 1, 0], "o": ["0.5", "", "-1", "2"]}, offset="o")
    assert encoded.offset is not None
    assert encoded.offset.tolist() == [0.5, -1, 2]
    assert encoded.dropped == {"missing o": 1}
    with pytest.raises(DataError, match="column 'o': inf is infinite"):
        fit({"y": [0, 1, 1, 0], "o": [np.inf, 0, 1, 1]}, offset="o")


def test_labels_of_a_table_to_score():
    plan, _, _ = fit({"y": ["no", "yes", "no", "yes"], "w": [1, 2, 1, 1]}, weights="w")
    table = read({"y": ["yes", None, "perhaps", "no"], "w": [1, 1, 1, 0.5]})
    y, weight, ok, problems = encode_label(plan, table)
    assert y.tolist() == [1, 0, 0, 0]
    assert ok.tolist() == [True, False, False, True]
    assert weight is not None
    assert weight.tolist() == [1, 0, 0, 0.5]
    assert [(p.column, p.reason, p.value, p.count, p.first) for p in problems] == [
        ("y", "unseen level", "perhaps", 1, "row 2"),
        ("y", "missing value", "", 1, "row 1"),
    ]
    with pytest.raises(DataError, match="'w' is not a column"):
        encode_label(plan, read({"y": ["yes"]}))


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"features": ("y", "x")}, "'y' is the target and cannot stand in features too"),
        ({"weights": "y"}, "'y' is named as target and as weights"),
        ({"offset": "x", "features": ("x",)}, "'x' is the offset and cannot stand in features"),
        ({"trials": "x", "weights": "x"}, "'x' is named as weights and as trials"),
        ({"features": ("x",), "drop": ("x",)}, "'x' stands in features and in drop"),
        ({"features": ("x", "x")}, "'x' stands twice in features"),
        ({"features": ("x",), "categorical": ("z",)}, "'z' stands in categorical but not in features"),
        ({"categorical": ("x",), "drop": ("x",)}, "'x' stands in categorical and in drop"),
        ({"drop": ("z",), "reference": {"z": "1"}}, "'z' stands in reference and in drop"),
        ({"trials": "z", "positive": "1"}, "the target is a count"),
        ({"missing": "zero"}, "missing must be"),
    ],
)
def test_choices_that_contradict_each_other(choices, message):
    with pytest.raises(UsageError, match=message):
        fit({"y": [0, 1, 1, 0], "z": [1.5, 2.5, 3.5, 4.5]}, **choices)


def test_no_target():
    with pytest.raises(UsageError, match="--target"):
        make_plan(read({"x": [1]}), Choices(None), ReadOptions())


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"features": ("Age",)}, "feature 'Age' is not a column of the dict; did you mean 'age'"),
        ({"drop": ("agee",)}, "did you mean 'age'"),
        ({"weights": "qqq"}, "weights 'qqq' is not a column of the dict; the columns are 'age', 'y'"),
        ({"reference": {"age": "1"}}, "'age' holds numbers and has no levels; say --categorical age"),
        ({"drop": ("age",)}, "no column left"),
    ],
)
def test_choices_the_table_does_not_bear(choices, message):
    with pytest.raises(DataError, match=message):
        make_plan(read({"age": [1, 3, 2, 4], "y": [0, 1, 0, 1]}), Choices("y", **choices), ReadOptions())
    with pytest.raises(DataError, match=r"target 'Y ' is not a column .* did you mean 'y'"):
        make_plan(read({"age": [1, 3, 2, 4], "y": [0, 1, 0, 1]}), Choices("Y "), ReadOptions())

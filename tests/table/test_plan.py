"""The plan: terms, block layout, levels of the rows to fit, fills, and its JSON form."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest

from cutline.errors import DataError, ModelFileError
from cutline.table import Category, Choices, Label, Numeric, Plan, ReadOptions, encode, make_plan, read

PLAN = Plan(
    fields=(
        Category("race", ("black", "other", "white"), "other"),
        Numeric("age", fill=31.5),
        Category("smoke", ("False", "True"), "False", fill="True"),
        Numeric("lwt"),
    ),
    label=Label("low", "binary", "0", "1"),
    weights="w",
    offset=None,
    trials=None,
    missing="impute",
    na=("", "NA"),
    decimal=".",
)


def test_terms_are_in_table_order_and_blocks_are_not():
    assert PLAN.terms() == ("race[black]", "race[white]", "age", "smoke[True]", "lwt")
    assert PLAN.block_order().tolist() == [2, 4, 0, 1, 3]
    assert PLAN.block_order().dtype == np.int64
    layout = [PLAN.terms()[i] for i in PLAN.block_order()]
    assert layout == ["age", "lwt", "race[black]", "race[white]", "smoke[True]"]


def test_json_round_trip():
    assert Plan.from_json(json.loads(json.dumps(PLAN.to_json(), allow_nan=False))) == PLAN
    bare = Plan((), None, None, None, None, "drop", (), ",")
    assert Plan.from_json(json.loads(json.dumps(bare.to_json()))) == bare
    assert bare.block_order().tolist() == []


def _damage(path, value):
    document = copy.deepcopy(PLAN.to_json())
    spot = document
    for key in path[:-1]:
        spot = spot[key]
    if value is KeyError:
        del spot[path[-1]]
    else:
        spot[path[-1]] = value
    return document


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        _damage(["fields"], KeyError),
        _damage(["surprise"], 1),
        _damage(["missing"], "guess"),
        _damage(["decimal"], ";"),
        _damage(["na"], [1]),
        _damage(["weights"], 3),
        _damage(["label", "kind"], "ternary"),
        _damage(["label", "positive"], None),
        _damage(["label"], "low"),
        _damage(["fields", 0], "race"),
        _damage(["fields", 0, "kind"], "text"),
        _damage(["fields", 0, "levels"], ["black", "black", "other"]),
        _damage(["fields", 0, "levels"], "black"),
        _damage(["fields", 0, "levels"], ["black", 3, "other"]),
        _damage(["fields", 0, "reference"], "green"),
        _damage(["fields", 2, "fill"], "perhaps"),
        _damage(["fields", 1, "fill"], float("nan")),
        _damage(["fields", 1, "fill"], "31"),
        _damage(["fields", 1, "fill"], True),
        _damage(["fields", 1, "name"], "race"),
        _damage(["fields", 1, "name"], KeyError),
    ],
)
def test_a_damaged_plan_is_refused(document):
    with pytest.raises(ModelFileError):
        Plan.from_json(document)


def test_features_follow_the_table_whatever_their_order():
    table = read({"b": [1.5, 2.5], "a": [3.5, 1.5], "y": [0, 1], "c": ["u", "v"]})
    plan, _ = make_plan(table, Choices("y", features=("c", "a")), ReadOptions())
    assert plan.terms() == ("a", "c[v]")


def test_levels_are_those_of_the_rows_to_fit():
    table = read({"c": ["a", "b", "a", "b", "z"], "x": [1.5, 2.5, 3.5, 5.5, None], "y": [0, 1, 1, 0, 1]})
    plan, notes = make_plan(table, Choices("y"), ReadOptions())
    assert plan.fields[0] == Category("c", ("a", "b"), "a")
    assert any("2 levels" in note for note in notes)
    with pytest.raises(DataError, match="'z' is no level of column 'c' in the rows to fit: 'a', 'b'"):
        make_plan(table, Choices("y", reference={"c": "z"}), ReadOptions())


def test_the_reference_can_be_chosen():
    table = read({"c": [1, 2, 3, 2], "b": [True, False, True, False], "y": [0, 1, 1, 0]})
    choices = Choices("y", categorical=("c",), reference={"c": "2.0", "b": "TRUE"})
    plan, _ = make_plan(table, choices, ReadOptions())
    assert plan.terms() == ("c[1]", "c[3]", "b[False]")
    encoded = encode(plan, table)
    assert encoded.codes.tolist() == [[1, 0], [0, 1], [2, 0], [0, 1]]


def test_a_constant_category_has_no_term_and_a_note():
    table = read({"c": ["a", "a", "a"], "x": [1, 5, 2], "y": [0, 1, 1]})
    plan, notes = make_plan(table, Choices("y"), ReadOptions())
    assert plan.terms() == ("x",)
    assert any("'c' is 'a' in every row" in note for note in notes)


def test_fills_are_the_weighted_mean_and_the_most_frequent_level():
    table = read(
        {"x": [1.0, 3.0, None, 9.0], "c": ["u", "v", "v", None], "w": [1, 3, 1, 0], "y": [0, 1, 1, 0]},
    )
    plan, notes = make_plan(table, Choices("y", weights="w", missing="impute"), ReadOptions())
    assert plan.fields == (Numeric("x", fill=2.5), Category("c", ("u", "v"), "u", fill="v"))
    assert any("1 missing values of 'x' are filled with its mean, 2.5" in note for note in notes)
    encoded = encode(plan, table)
    assert encoded.x[:, 0].tolist() == [1.0, 3.0, 2.5]
    assert encoded.imputed == {"x": 1}
    assert encoded.dropped == {"weight 0": 1}


def test_a_weight_of_two_fills_as_two_rows():
    one = {"x": [1.0, 4.0, None, 2.0], "c": ["u", "v", None, "u"], "y": [0, 1, 1, 0], "w": [1, 2, 1, 3]}
    two = {name: np.repeat(np.array(values, object), one["w"]).tolist() for name, values in one.items() if name != "w"}
    plans = [
        make_plan(read(data), Choices("y", weights=w, missing="impute"), ReadOptions())[0]
        for data, w in ((one, "w"), (two, None))
    ]
    assert plans[0].fields == plans[1].fields


def test_terms_must_differ():
    table = read({"a[x]": [1.5, 2.5], "a": ["w", "x"], "y": [0, 1]})
    with pytest.raises(DataError, match=r"'a\[x\]'"):
        make_plan(table, Choices("y"), ReadOptions())
    with pytest.raises(DataError, match="intercept"):
        make_plan(read({"(intercept)": [1.5, 2.5], "y": [0, 1]}), Choices("y"), ReadOptions())

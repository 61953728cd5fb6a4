"""Encoding: what is dropped is counted once, what is predicted keeps its place."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline.errors import DataError
from cutline.table import Choices, ReadOptions, encode, encode_for_prediction, make_plan, read

TRAIN = {
    "age": [30.0, 41.5, 22.0, 50.0, 61.0, 33.0],
    "city": ["seoul", "busan", "jeju", "seoul", "busan", "jeju"],
    "grade": [1, 2, 1, 2, 1, 2],
    "member": [True, False, True, False, False, True],
    "y": [0, 1, 0, 1, 0, 1],
}


def planned(data=TRAIN, options=None, **choices):
    table = read(data)
    options = options or ReadOptions()
    return table, make_plan(table, Choices("y", categorical=("grade",), **choices), options)[0]


def test_columns_lie_in_one_piece_each_also_without_some_rows():
    for missing, rows in ((2.0, 3), (None, 2)):
        table = read({"a": [1.5, missing, 3.0], "b": [4.5, 5.0, 6.0], "y": [0, 1, 1]})
        encoded = encode(make_plan(table, Choices("y"), ReadOptions())[0], table)
        assert encoded.x.shape == (rows, 2)
        assert encoded.x.strides == (8, 8 * rows)
        assert encoded.x[-1].tolist() == [3.0, 6.0]


def test_arrays_have_the_layout_the_core_expects():
    table, plan = planned()
    encoded = encode(plan, table)
    assert encoded.x.dtype == np.float64
    assert encoded.codes.dtype == np.int64
    assert encoded.x.tolist() == [[30.0], [41.5], [22.0], [50.0], [61.0], [33.0]]
    assert encoded.codes[:, 0].tolist() == [2, 0, 1, 2, 0, 1]
    assert encoded.codes[:, 1].tolist() == [0, 1, 0, 1, 0, 1]
    assert encoded.codes[:, 2].tolist() == [1, 0, 1, 0, 0, 1]
    assert encoded.y.tolist() == [0, 1, 0, 1, 0, 1]
    assert encoded.rows.tolist() == [0, 1, 2, 3, 4, 5]
    assert encoded.rows.dtype == np.int64
    assert (encoded.weight, encoded.offset, encoded.dropped, encoded.imputed) == (None, None, {}, {})


def test_each_dropped_row_has_one_reason_in_a_stable_order():
    data = {
        "x": [1.5, None, None, 4.5, 5.5, None],
        "c": ["u", None, "v", None, "u", "v"],
        "w": [1, 1, None, 1, 0, 1],
        "y": [0, 1, 0, None, 1, 1],
        "z": [2.5, 1.5, 1.5, 1.5, 1.5, 4.5],
    }
    more = {name: [*values, *[v for v in values if v is not None][:1] * 2] for name, values in data.items()}
    more["y"][-1] = 1
    table = read(more)
    plan, _ = make_plan(table, Choices("y", weights="w"), ReadOptions())
    encoded = encode(plan, table)
    assert list(encoded.dropped.items()) == [("missing y", 1), ("missing w", 1), ("weight 0", 1), ("missing x", 2)]
    assert len(encoded.rows) + sum(encoded.dropped.values()) == table.n_rows
    assert encoded.rows.tolist() == [0, 6, 7]


def test_missing_fail_names_column_place_and_count(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("x,y\n1.5,0\nNA,1\n,1\n4.5,0\n2.5,1\n")
    with pytest.raises(DataError, match=r"column 'x': 2 values are missing, the first in line 3, .*--missing"):
        make_plan(read(path), Choices("y", missing="fail"), ReadOptions())


def _places(scorable):
    return [(p.column, p.reason, p.value, p.count, p.first) for p in scorable.problems]


def test_a_row_that_cannot_be_scored_keeps_its_place():
    _, plan = planned()
    new = {
        "member": [True, False, None, True, False],
        "age": ["31", "x", "40", "", "inf"],
        "extra": [0, 0, 0, 0, 0],
        "grade": ["1", "2.0", "1", "1", "2"],
        "city": ["seoul", "busan", "jeju", "daegu", "daegu"],
    }
    scorable = encode_for_prediction(plan, read(new))
    assert scorable.ok.tolist() == [True, False, False, False, False]
    assert scorable.x[0].tolist() == [31.0]
    assert scorable.codes[0].tolist() == [2, 0, 1]
    assert np.isfinite(scorable.x).all()
    assert (scorable.codes >= 0).all()
    assert _places(scorable) == [
        ("age", "missing value", "", 1, "row 3"),
        ("age", "not a number", "x", 2, "row 1"),
        ("city", "unseen level", "daegu", 2, "row 3"),
        ("member", "missing value", "", 1, "row 2"),
    ]


def test_unseen_levels_as_reference_or_as_an_error():
    _, plan = planned()
    new = {**TRAIN, "city": ["daegu", None, "jeju", "seoul", "busan", "jeju"]}
    scorable = encode_for_prediction(plan, read(new), "reference")
    assert scorable.ok.tolist() == [True, False, True, True, True, True]
    assert scorable.codes[0].tolist() == [0, 0, 1]
    assert [p.reason for p in scorable.problems] == ["missing value", "unseen level"]
    with pytest.raises(DataError, match=r"row 0, column 'city': the level 'daegu' .*--unseen empty or reference"):
        encode_for_prediction(plan, read(new), "fail")


def test_many_unseen_levels_are_summed():
    _, plan = planned()
    new = {name: [values[0]] * 40 for name, values in TRAIN.items()} | {"city": [f"c{i % 20}" for i in range(40)]}
    problems = encode_for_prediction(plan, read(new)).problems
    assert len(problems) == 11
    assert sum(p.count for p in problems) == 40
    assert problems[-1].value.startswith("10 more levels")


def test_fills_are_used_and_counted_at_prediction():
    data = {
        **TRAIN,
        "age": [30.0, None, 22.0, 50.0, 61.0, 37.0],
        "city": ["jeju", "busan", "jeju", None, "busan", "jeju"],
    }
    _, plan = planned(data, missing="impute")
    new = {"age": [None, 1.0], "city": [None, "moon"], "grade": [1, None], "member": [None, True]}
    scorable = encode_for_prediction(plan, read(new), "reference")
    assert scorable.ok.tolist() == [True, True]
    assert scorable.x[:, 0].tolist() == [40.0, 1.0]
    assert scorable.codes.tolist() == [[1, 0, 0], [0, 0, 1]]
    assert scorable.imputed == {"age": 1, "city": 1, "grade": 1, "member": 1}
    assert _places(scorable) == [("city", "unseen level", "moon", 1, "row 1")]


def test_a_missing_column_is_named_and_extra_ones_are_ignored():
    _, plan = planned()
    with pytest.raises(
        DataError, match=r"the model's column 'grade' is not a column of the dict; did you mean 'Grade'"
    ):
        encode_for_prediction(plan, read({"age": [1], "Grade": [1], "city": ["jeju"], "member": [True]}))


def test_an_offset_is_needed_where_the_model_has_one():
    table = read({"x": [1.5, 2.5, 3.5], "o": [0.5, 1.0, 2.0], "y": [0, 1, 0]})
    plan, _ = make_plan(table, Choices("y", offset="o"), ReadOptions())
    scorable = encode_for_prediction(plan, read({"x": [1, 2, 3], "o": ["0.5", "", "x"]}))
    assert scorable.offset is not None
    assert scorable.offset.tolist() == [0.5, 0, 0]
    assert scorable.ok.tolist() == [True, False, False]
    assert [(p.column, p.reason) for p in scorable.problems] == [("o", "missing value"), ("o", "not a number")]
    with pytest.raises(DataError, match="'o' is not a column"):
        encode_for_prediction(plan, read({"x": [1]}))


@pytest.mark.parametrize(
    ("trained", "predicted"),
    [
        (["1", "2", "1", "2", "1", "2"], pa.array([1, 2, 1, 2, 1, 2], pa.int8())),
        (["1", "2", "1", "2", "1", "2"], [1.0, 2.0, 1.0, 2.0, 1.0, 2.0]),
        ([1, 2, 1, 2, 1, 2], ["1.0", " 2", "+1", "2.00", "1", "2"]),
        ([1.5, 2, 1.5, 2, 1.5, 2], ["1.5", "2", "1.50", "2.0", "1.5", "2"]),
        ([1, 2, 1, 2, 1, 2], pd.Categorical([1, 2, 1, 2, 1, 2])),
        ([False, True, False, True, False, True], ["false", "TRUE", "False", "true", "FALSE", "True"]),
        (["no", "yes", "no", "yes", "no", "yes"], pl.Series(["no", "yes"] * 3, dtype=pl.Categorical)),
        (["1", "3+", "1", "3+", "1", "3+"], [" 1", "3+", "1 ", "3+", "1", "3+"]),
    ],
)
def test_a_level_is_a_level_whatever_its_type(trained, predicted):
    table, plan = planned({"grade": trained, "y": [0, 1, 1, 0, 0, 1]})
    scorable = encode_for_prediction(plan, read({"grade": predicted}))
    assert scorable.ok.all()
    assert scorable.codes[:, 0].tolist() == [0, 1, 0, 1, 0, 1]
    assert encode(plan, table).codes[:, 0].tolist() == [0, 1, 0, 1, 0, 1]


def test_levels_that_only_look_alike_stay_apart():
    _, plan = planned({"grade": ["1.1", "1.10", "a", "1.1", "1.10", "a"], "y": [0, 1, 1, 0, 0, 1]})
    assert plan.terms() == ("grade[1.10]", "grade[a]")
    assert encode_for_prediction(plan, read({"grade": ["1.100"]})).ok.tolist() == [False]


def test_text_is_read_as_the_plan_reads_it():
    options = ReadOptions(decimal=",", na=("-9",))
    data = {"age": ["1,5", "-9", "3,5", "2,5"], "y": [0, 1, 0, 1]}
    plan, _ = make_plan(read(data), Choices("y"), options)
    scorable = encode_for_prediction(plan, read({"age": ["4,25", "-9", "4.25"]}))
    assert scorable.ok.tolist() == [True, False, False]
    assert scorable.x[0, 0] == 4.25
    assert [(p.reason, p.value) for p in scorable.problems] == [("missing value", ""), ("not a number", "4.25")]


def test_a_date_where_numbers_were_is_an_error():
    _, plan = planned()
    with pytest.raises(DataError, match=r"'age'.*dates or times"):
        encode_for_prediction(plan, read({**TRAIN, "age": pd.date_range("2020-01-01", periods=6)}))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "NA", "1", "2.5", " 7 "]),
            st.sampled_from(["a", "b", "c", "", "null"]),
            st.sampled_from(["no", "yes", ""]),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_no_row_is_lost_or_shifted(rows):
    rows = [("1", "a", "no"), ("2.5", "b", "yes"), ("9", "b", "yes"), ("8.5", "a", "no"), ("3", "c", "no"), *rows]
    table = read({"x": [r[0] for r in rows], "c": [r[1] for r in rows], "y": [r[2] for r in rows]})
    plan, _ = make_plan(table, Choices("y", features=("x", "c")), ReadOptions())
    encoded = encode(plan, table)
    assert len(encoded.rows) + sum(encoded.dropped.values()) == len(rows)
    for i, row in enumerate(encoded.rows):
        x, c, y = rows[row]
        assert encoded.x[i, 0] == float(x)
        assert plan.categories[0].levels[encoded.codes[i, 0]] == c
        assert encoded.y[i] == (y == "yes")
    scorable = encode_for_prediction(plan, table)
    complete = [x.strip() not in ("", "NA") and c not in ("", "null") for x, c, _ in rows]
    assert scorable.ok.tolist() == complete


def test_columns_of_nothing_are_missing_values():
    _, plan = planned()
    empty = {"age": [None, None], "city": pa.nulls(2), "grade": [None, 1], "member": ["", "true"]}
    scorable = encode_for_prediction(plan, read(empty))
    assert scorable.ok.tolist() == [False, False]
    assert [(p.column, p.count) for p in scorable.problems] == [("age", 2), ("city", 2), ("grade", 1), ("member", 1)]

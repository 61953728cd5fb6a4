"""The kind of one column: numbers, a category, or a refusal with a remedy."""

from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cutline.errors import DataError
from cutline.table import Category, Choices, Numeric, ReadOptions, encode, make_plan, read


def plan_of(columns, options=None, **choices):
    """The plan and notes of columns beside an alternating label."""
    if isinstance(columns, dict):
        n = len(next(iter(columns.values())))
        columns = {**columns, "y": [i % 2 for i in range(n)]}
    return make_plan(read(columns), Choices("y", **choices), options or ReadOptions())


def field_of(values, **more):
    plan, notes = plan_of({"x": values}, **more)
    return plan.fields[0], notes


@pytest.mark.parametrize(
    "values",
    [
        ["1", " 2.5", "-3e-2 ", "+4", ".5", "6."],
        [1, 2, 4, 8],
        [0.5, None, 2.5, 3.5],
        np.array([1.5, 2.5, 3.5], np.float16),
        np.array([1, 2, 4], np.uint8),
        [Decimal("1.50"), Decimal("2.25"), None],
        pa.array([1.5, 2.5, 4]).cast(pa.string()).cast(pa.string_view()),
        pa.array(["1.5", "2.5", "4"], pa.large_string()),
        pd.array([1, None, 4, 9], dtype="Int64"),
        ["3", "NA", "4", "", "nan", "6", "N/A", "NULL", "8", "null", "9", "5"],
    ],
)
def test_numbers(values):
    field, notes = field_of(values)
    assert field == Numeric("x")
    assert notes == ()


def test_values_of_numbers_are_exact():
    table = read({"x": [" 0.1", "+1e-3", "NA", "123456789012.5"], "y": [0, 1, 0, 1]})
    encoded = encode(make_plan(table, Choices("y"), ReadOptions())[0], table)
    assert encoded.x[:, 0].tolist() == [0.1, 1e-3, 123456789012.5]


def test_decimal_commas():
    options = ReadOptions(decimal=",")
    table = read({"x": ["3,14", "-2", ",5", "1e3"], "y": [0, 1, 0, 1]})
    plan, _ = make_plan(table, Choices("y"), options)
    assert encode(plan, table).x[:, 0].tolist() == [3.14, -2, 0.5, 1000]


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        (["b", "a", "b", " a "], ("a", "b")),
        ([True, False, True, None], ("False", "True")),
        (["TRUE", "false", "True", "FALSE"], ("False", "True")),
        (pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 0, None, 1], pa.int8())), ("False", "True")),
        (pd.Categorical(["m", "s", "m", "l"], categories=["s", "m", "l", "xl"]), ("s", "m", "l")),
        (pl.Series(["hi", "lo", "lo", "hi"], dtype=pl.Enum(["lo", "hi"])), ("lo", "hi")),
        (pl.Series(["hi", "lo", "lo", "hi"], dtype=pl.Categorical), ("hi", "lo")),
        (pd.Categorical([10, 9, 10, 9]), ("9", "10")),
        (pa.array(["가", "나", "가", "나"], pa.large_string()), ("가", "나")),
    ],
)
def test_categories(values, levels):
    field, notes = field_of(values)
    assert field == Category("x", levels, levels[0])
    assert any(f"{len(levels)} levels, reference {levels[0]!r}" in note for note in notes)


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        ([10, 9, 10, 2], ("2", "9", "10")),
        (["10", "9.0", "10.0", "+9"], ("9", "10")),
        ([1.5, 2.0, 1.5, 2.0], ("1.5", "2")),
        (["007", "7", "007", "7"], ("007", "7")),
        ([2**60 + 1, 2**60, 2**60 + 1, 2**60], (str(2**60), str(2**60 + 1))),
        (["1", "2", "3+", "1.0"], ("1", "1.0", "2", "3+")),
    ],
)
def test_categories_on_request(values, levels):
    field, _ = field_of(values, categorical=("x",))
    assert field == Category("x", levels, levels[0])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["1", "2", "x", "4"], r"row 2, column 'x': 'x' is not a number, while 3 .*--na 'x'.*--categorical x"),
        (["?", "1", "?", "?", "2", "?"], r"row 0, column 'x': '\?' is not a number.*--na '\?'"),
        (["1.5", "-", "2.5", "."], "row 1, column 'x': '-' is not a number"),
        (["0", "1", "2", "3+"], "'3\\+' is not a number.*--categorical"),
        (["1,234", "2,345", "17"], "row 0, column 'x': .*'1,234' has a thousands separator.*--decimal ,"),
        (["1 234", "2 345", "17"], "'1 234' has a thousands separator"),
        (["1,5", "2,25"], "'1,5' is written with a decimal comma; say --decimal ,"),
        (["12%", "13 %"], "'12%' has a percent sign"),
        (["$12", "$1,300"], "'\\$12' has a currency sign"),
        (["1200원", "1300원"], "currency sign"),
        (["2020-01-31", "2020-02-01"], "holds dates or times \\(such as 2020-01-31\\).*--drop"),
        (["2020-01-31 10:00", "2020-02-01T00:00:00Z", None], "dates"),
        (["31/01/2020", "1.2.20"], "dates"),
        (["10:30", "11:45 pm"], "dates"),
        (["2020년 1월 3일", "2020년 2월 3일"], "dates"),
        ([datetime.date(2020, 1, 1), datetime.date(2021, 1, 1)], "dates or times \\(of type date32"),
        ([datetime.timedelta(1), datetime.timedelta(2)], "dates or times \\(of type duration"),
        ([[1], [2]], "of type list<.*--drop"),
        ([b"a", b"b"], "of type binary"),
        (["inf", "1"], "row 0, column 'x': inf is infinite"),
        ([1.0, -np.inf], "row 1, column 'x': -inf is infinite"),
        (["1", "1e999"], "row 1, column 'x': 1e999 is infinite"),
        ([None, None], "every value is missing.*--drop x"),
        (["NA", ""], "every value is missing"),
        (pa.nulls(3), "every value is missing"),
        ([2**53 + 2, 1], "beyond 2\\^53"),
        (["9007199254740993", "1"], "beyond 2\\^53.*--categorical x"),
        (["kim", "lee", "park", "choi"], "4 different texts in 4 rows \\('kim', 'lee', ...\\) read like an identifier"),
        ([f"t{i // 3}" for i in range(90)], "30 different texts .* too many"),
    ],
)
def test_refusals_name_column_row_and_remedy(values, message):
    with pytest.raises(DataError, match=message) as caught:
        field_of(values)
    assert "'x'" in str(caught.value)


def test_a_thousands_point_is_not_a_decimal_point():
    with pytest.raises(DataError, match=r"'1\.234' has a thousands separator"):
        plan_of({"x": ["1.234", "2,5", "3,5"]}, ReadOptions(decimal=","))
    with pytest.raises(DataError, match=r"'3\.14' is written with a decimal point"):
        plan_of({"x": ["3.14", "2,5", "3,5"]}, ReadOptions(decimal=","))


def test_words_for_missing_can_be_added():
    table = read({"x": ["1", "?", "3", " ? "], "y": [0, 1, 1, 0]})
    plan, _ = make_plan(table, Choices("y"), ReadOptions(na=("?",)))
    assert plan.fields == (Numeric("x"),)
    assert encode(plan, table).dropped == {"missing x": 2}


def test_question_marks_may_be_a_level_of_a_text():
    field, _ = field_of(["?", "private", "?", "state", "?", "private", "state", "?"])
    assert field == Category("x", ("?", "private", "state"), "?")


def test_row_numbers():
    other = [3.5, 1.5, 2.5, 9.5]
    for numbers in ([1, 2, 3, 4], ["0", "1", "2", "3"]):
        with pytest.raises(DataError, match=r"'id' is the row number .*--drop id"):
            plan_of({"id": numbers, "x": other})
        plan, notes = plan_of({"id": numbers, "x": other}, features=("id", "x"))
        assert plan.fields[0] == Numeric("id")
        assert "is the row number" in notes[0]
        plan, notes = plan_of({"hours": numbers})
        assert "is the row number" in notes[0]
    assert plan_of({"dose": [2, 1, 4, 3], "x": other})[0].fields[0] == Numeric("dose")
    shuffled = [(7 * i) % 30 for i in range(30)]
    with pytest.raises(DataError, match="numbers the rows, each of 0 to 29 once"):
        plan_of({"id": shuffled, "x": [i % 7 for i in range(30)]})
    with pytest.raises(DataError, match="row number"):
        plan_of({"id": list(range(101))})


def test_identifiers_are_taken_when_asked_for():
    names = [f"name {i}" for i in range(30)]
    with pytest.raises(DataError, match=r"read like an identifier.*--categorical x"):
        plan_of({"x": names}, features=("x",))
    plan, notes = plan_of({"x": names}, categorical=("x",))
    assert len(plan.terms()) == 29
    assert any("30 levels, so 29 terms" in note for note in notes)
    with pytest.raises(DataError, match="beyond"):
        field_of([2**60, 1, 2, 3], features=("x",))


def test_many_levels_and_leading_zeros_are_noted():
    _, notes = field_of([f"level {i % 25}" for i in range(500)])
    assert "25 levels, so 24 terms" in notes[0]
    field, notes = field_of(["02138", "10001", "00501"])
    assert field == Numeric("x")
    assert "leading zeros (02138, row 0)" in notes[0]
    assert "--categorical x" in notes[0]


def test_a_grouped_table_may_have_one_row_a_level():
    table = read({"dose": ["low", "mid", "high"], "died": [1, 2, 3], "n": [5, 5, 5]})
    plan, _ = make_plan(table, Choices("died", trials="n"), ReadOptions())
    assert plan.terms() == ("dose[low]", "dose[mid]")


def test_a_file_names_lines(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text('age,y\n41,0\n"4\n2",1\n')
    with pytest.raises(DataError, match=r"d\.csv, line 3, column 'age'"):
        make_plan(read(path), Choices("y"), ReadOptions())


def test_a_column_nobody_uses_may_be_anything():
    plan, _ = plan_of(
        {"x": [1.5, 2.5], "when": [datetime.date(2020, 1, 1)] * 2, "all": [None, None]}, drop=("when", "all")
    )
    assert [f.name for f in plan.fields] == ["x"]


def test_all_columns_that_cannot_be_used_are_named_at_once():
    columns = {
        "name": ["kim", "lee", "park", "choi"],
        "x": [1.5, 2.5, 3.5, 4.5],
        "born": ["2001-01-31"] * 4,
        "none": [None] * 4,
    }
    with pytest.raises(DataError, match=r"(?s)column 'name': 4 .*column 'born'.*column 'none'.*--drop name,born,none$"):
        plan_of(columns)

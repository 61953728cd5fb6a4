"""Frames, Arrow files and Parquet: the same table through any door; and what the room does not import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cutline.errors import DataError, UsageError
from cutline.table import Choices, ReadOptions, encode, make_plan, read

ROWS = {"score": [30.5, 45.0, None, 70.0], "sex": ["m", "f", "m", None], "result": ["fail", "fail", "pass", "pass"]}


def arrays(data, **choices):
    table = read(data)
    plan, _ = make_plan(table, Choices("result", missing="impute", **choices), ReadOptions())
    encoded = encode(plan, table)
    return plan, encoded.x.tolist(), encoded.codes.tolist(), encoded.y.tolist()


def test_every_door_leads_to_the_same_table(tmp_path: Path):
    table = pa.table(ROWS)
    pq.write_table(table, tmp_path / "t.parquet")
    with pa.ipc.new_file(tmp_path / "t.arrow", table.schema) as sink:
        sink.write_table(table)
    with pa.ipc.new_stream(tmp_path / "s.feather", table.schema) as sink:
        sink.write_table(table)
    (tmp_path / "t.csv").write_text("score,sex,result\n30.5,m,fail\n45,f,fail\n,m,pass\n70,NA,pass\n")
    frame = pd.DataFrame(ROWS)
    doors = [
        ROWS,
        table,
        pa.RecordBatchReader.from_batches(table.schema, table.to_batches()),
        table.to_batches()[0],
        frame,
        frame.astype({"sex": "category"}),
        frame.convert_dtypes(),
        frame.set_index(pd.Index([9, 8, 7, 6])),
        pl.DataFrame(ROWS),
        pl.DataFrame(ROWS).with_columns(pl.col("sex").cast(pl.Categorical)),
        {"score": np.array([30.5, 45, np.nan, 70]), "sex": pd.Series(ROWS["sex"]), "result": pl.Series(ROWS["result"])},
        tmp_path / "t.parquet",
        str(tmp_path / "t.arrow"),
        tmp_path / "s.feather",
        tmp_path / "t.csv",
    ]
    wanted = arrays(ROWS)
    for door in doors:
        plan, *rest = arrays(door, reference={"sex": "f"})
        assert rest == list(wanted[1:]), door
        assert plan.terms() == ("score", "sex[m]")


def test_chunks_with_different_dictionaries_agree():
    chunks = [pa.array(["b", "a"]).dictionary_encode(), pa.array(["c", "b", "a", None]).dictionary_encode()]
    table = read(pa.table({"c": pa.chunked_array(chunks), "y": [0, 1, 0, 1, 0, 1]}))
    plan, _ = make_plan(table, Choices("y", features=("c",)), ReadOptions())
    assert plan.categories[0].levels == ("b", "a", "c")
    assert encode(plan, table).codes[:, 0].tolist() == [0, 1, 2, 0, 1]


def test_where_says_rows_of_a_frame():
    assert read(pd.DataFrame({"a": [1, 2]})).where(1) == "row 1"
    assert read(pd.DataFrame({"a": [1, 2]})).origin == "DataFrame"


def test_an_index_is_no_column(tmp_path):
    frame = pd.DataFrame({"a": [1, 2, 3]}, index=pd.Index([5, 6, 7], name="who"))
    table = read(frame)
    assert table.names == ("a",)
    assert table.notes == ("the index ('who') is not a column",)
    frame.to_parquet(tmp_path / "t.parquet")
    assert read(tmp_path / "t.parquet").names == ("a",)
    assert read(pd.DataFrame({"a": [1, 2, 3]})[1:]).names == ("a",)


def test_column_names_that_are_no_text():
    assert read(pd.DataFrame({0: [1], "a": [2]})).names == ("0", "a")
    assert read({1: [1], "a": [2]}).names == ("1", "a")


@pytest.mark.parametrize("data", [[1, 2], np.ones((3, 2)), 5, None, {"a": 5}, {"a": "text"}])
def test_what_is_no_table_is_a_usage_error(data):
    with pytest.raises(UsageError, match="must be"):
        read(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"a": [1, 2], "b": [1]}, "one length"),
        ({"a": [1, "x"]}, "all numbers or all text"),
        (pd.DataFrame({"a": [1, "x"]}, dtype=object), "all numbers or all text"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "'a'"),
        (pa.Table.from_arrays([[1], [2]], names=["a", "a"]), "several columns named 'a'"),
        (pd.DataFrame({"a": []}), "no rows"),
        ({}, "no columns"),
        (pd.Series([1, 2]), "cannot be read as columns"),
    ],
)
def test_frames_that_cannot_be_read(data, message):
    with pytest.raises(DataError, match=message):
        read(data)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.parquet", b"a,b\n1,2\n", "something else"),
        ("t.parquet", b"ARROW1\0\0abc", "an Arrow file"),
        ("t.arrow", b"PAR1 and more", "Parquet"),
        ("t.feather", b"", "cannot be read"),
    ],
)
def test_files_that_are_not_what_their_name_says(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        read(tmp_path / name)


def test_a_truncated_parquet_file(tmp_path):
    pq.write_table(pa.table(ROWS), tmp_path / "t.parquet")
    whole = (tmp_path / "t.parquet").read_bytes()
    (tmp_path / "t.parquet").write_bytes(whole[:-30])
    with pytest.raises(DataError, match=r"t\.parquet cannot be read"):
        read(tmp_path / "t.parquet")


def test_the_room_is_light(tmp_path):
    (tmp_path / "t.csv").write_text("x,c,y\n1.5,u,a\n ,v,b\nx2,v,a\n")
    pq.write_table(pa.table(ROWS), tmp_path / "t.parquet")
    code = (
        "import sys, cutline.table as t\n"
        "def heavy():\n"
        "    return sorted({'torch', 'scipy', 'sklearn', 'duckdb', 'pandas', 'polars', 'pyarrow.dataset'} & set(sys.modules))\n"
        f"t.read({str(tmp_path / 't.parquet')!r})\n"
        "print(heavy())\n"
        f"table = t.read({str(tmp_path / 't.csv')!r})\n"
        "plan, _ = t.make_plan(table, t.Choices('y', categorical=('x',), missing='impute'), t.ReadOptions())\n"
        "t.encode(plan, table)\n"
        "t.encode_for_prediction(plan, table)\n"
        "print(heavy())\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["[]", "['duckdb']"]

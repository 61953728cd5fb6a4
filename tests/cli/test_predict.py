"""Predictions: which rows, which columns, which file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

TRAIN = "age,city,y\n" + "".join(
    f"{20 + i * 7 % 41},{['서울', '부산', '대구'][i % 3]},{int(i * i % 5 < 2)}\n" for i in range(60)
)
NEW = 'row,age,city,data_row\nx,31,부산,"a,b"\ny,,서울,\nz,40,광주,"q""q"\nw,50,광주,7\n'


@pytest.fixture
def cities(cli: Callable, table: Callable[..., Path], tmp_path: Path) -> Path:
    path = tmp_path / "cities.json"
    ran = cli("fit", table(TRAIN, "train.csv"), "--target", "y", "--out", path, "--quiet")
    assert ran.code == 0, ran.err
    return path


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_rows_that_cannot_be_scored_are_empty_and_named(cli: Callable, cities: Path, table: Callable) -> None:
    ran = cli("predict", cities, table(NEW))
    assert ran.code == 0
    rows = rows_of(ran.out)
    assert [row["row"] for row in rows] == ["1", "2", "3", "4"]
    assert [bool(row["probability"]) for row in rows] == [True, False, False, False]
    assert [bool(row["prediction"]) for row in rows] == [True, False, False, False]
    for words in ("3 of 4 rows", "'age'", "'city'", "'광주'", "line 3", "line 4", "2 times"):
        assert words in ran.err, ran.err
    assert all(line.startswith("cutline: ") for line in ran.err.splitlines())


def test_unseen_reference_scores_them(cli: Callable, cities: Path, table: Callable) -> None:
    ran = cli("predict", cities, table(NEW), "--unseen", "reference")
    rows = rows_of(ran.out)
    assert [bool(row["probability"]) for row in rows] == [True, False, True, True]
    same = rows_of(cli("predict", cities, table(NEW.replace("광주", "대구"))).out)
    assert [row["probability"] for row in rows] == [row["probability"] for row in same]
    assert "'광주'" in ran.err, "asked for, and still said"


def test_kept_columns_keep_their_text_and_give_way_to_ours(cli: Callable, cities: Path, table: Callable) -> None:
    ran = cli("predict", cities, table(NEW), "--keep", "row,city,data_row")
    rows = rows_of(ran.out)
    assert list(rows[0]) == ["row", "probability", "prediction", "data_data_row", "city", "data_row"]
    assert [row["data_data_row"] for row in rows] == ["x", "y", "z", "w"]
    assert [row["data_row"] for row in rows] == ["a,b", "", 'q"q', "7"]
    assert "'row' is written as 'data_data_row'" in ran.err


def test_parquet_holds_what_csv_holds(cli: Callable, cities: Path, table: Callable, tmp_path: Path) -> None:
    path = table(NEW)
    ran = cli("predict", cities, path, "--keep", "city", "--out", tmp_path / "p.parquet")
    assert (ran.code, ran.out) == (0, "")
    assert "p.parquet" in ran.err
    found = pq.read_table(tmp_path / "p.parquet").to_pylist()
    expected = rows_of(cli("predict", cities, path, "--keep", "city").out)
    assert [{k: "" if v is None else str(v) for k, v in row.items()} for row in found] == expected


def test_csv_file_holds_what_standard_output_says(cli: Callable, cities: Path, table: Callable, tmp_path: Path) -> None:
    path = table(NEW)
    assert cli("predict", cities, path, "--out", tmp_path / "P.CSV").code == 0
    assert (tmp_path / "P.CSV").read_bytes() == cli("predict", cities, path).out.encode()


def test_parquet_in_parquet_out(cli: Callable, cities: Path, tmp_path: Path) -> None:
    import pyarrow as pa

    pq.write_table(pa.table({"city": ["부산", "대구"], "age": [31, 44], "on": [True, None]}), tmp_path / "n.parquet")
    ran = cli("predict", cities, tmp_path / "n.parquet", "--keep", "on,age", "--out", tmp_path / "p.parquet")
    assert ran.code == 0, ran.err
    found = pq.read_table(tmp_path / "p.parquet")
    assert found.schema.field("on").type == pa.bool_()
    assert found.column("age").to_pylist() == [31, 44]
    assert "2 rows scored" in ran.err


def test_threshold(cli: Callable, cities: Path, table: Callable) -> None:
    low = rows_of(cli("predict", cities, table(TRAIN), "--threshold", "0.0001").out)
    high = rows_of(cli("predict", cities, table(TRAIN), "--threshold", "0.9999").out)
    assert {row["prediction"] for row in low} == {"1"}
    assert {row["prediction"] for row in high} == {"0"}


def test_a_tie_is_positive(cli: Callable, cities: Path, table: Callable) -> None:
    first = rows_of(cli("predict", cities, table(TRAIN)).out)[0]["probability"]
    again = rows_of(cli("predict", cities, table(TRAIN), "--threshold", first).out)[0]
    assert (again["probability"], again["prediction"]) == (first, "1")


def test_columns_are_found_by_name(cli: Callable, cities: Path, table: Callable) -> None:
    one = rows_of(cli("predict", cities, table("age,city\n31,부산\n")).out)
    other = rows_of(cli("predict", cities, table("extra,city,age\n9,부산,31\n")).out)
    assert one == other


def test_an_old_file_survives_a_failure(cli: Callable, cities: Path, table: Callable, tmp_path: Path) -> None:
    out = tmp_path / "p.csv"
    out.write_text("old")
    assert cli("predict", cities, table("age\n31\n"), "--out", out).code == 1
    assert out.read_text() == "old"


def test_score_counts_what_it_skips(cli: Callable, cities: Path, table: Callable) -> None:
    ran = cli("score", cities, table(TRAIN + "31,광주,1\n31,부산,\n"))
    assert ran.code == 0, ran.err
    for words in ("60 scored, 2 skipped", "log-loss", "Brier", "AUC", "recall", "really 0", "predicted 1"):
        assert words in ran.out, ran.out

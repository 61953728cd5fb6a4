"""Predictions as CSV or Parquet: row, probability, prediction, then the columns asked to be kept.

`row` counts the data rows from 1, so that it stays true when the file is sorted. A kept column that has one
of these names is written as data_<name>. A row that could not be scored has no probability and no
prediction.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from cutline.faces.cli import output

if TYPE_CHECKING:
    from cutline.model.prediction import Scored
    from cutline.table import Table

OURS = ("row", "probability", "prediction")
_CHUNK = 50_000  # rows put into text at a time


def kept_names(keep: Sequence[str], table: Table) -> dict[str, str]:
    """Column of the table -> its name in the output; raises DataError where the table has no such column."""
    for name in keep:
        table.require(name, "--keep")
    taken = {*OURS, *keep}
    names: dict[str, str] = {}
    for name in keep:
        new = name
        while new in OURS or (new != name and new in taken):
            new = f"data_{new}"
        names[name] = new
        taken.add(new)
    return names


def columns(scored: Scored, table: Table, names: dict[str, str]) -> dict[str, Any]:
    """The output, column by column, as lists; None is an empty cell."""
    probability = [None if math.isnan(p) else p for p in scored.probability.tolist()]
    kept = {new: table.data.column(table.names.index(name)).to_pylist() for name, new in names.items()}
    return {
        "row": list(range(1, table.n_rows + 1)),
        "probability": probability,
        "prediction": list(scored.prediction),
        **kept,
    }


def csv_chunks(named: dict[str, Any]) -> Iterator[str]:
    """The output as CSV text, a piece at a time."""
    n = len(named["row"])
    for start in range(0, max(n, 1), _CHUNK):
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if start == 0:
            writer.writerow(named)
        writer.writerows(zip(*(column[start : start + _CHUNK] for column in named.values())))
        yield text.getvalue()


def write(out: str | None, scored: Scored, table: Table, names: dict[str, str]) -> None:
    """Write the predictions to `out` (.csv or .parquet), or as CSV to standard output."""
    if out is None or out == "-":
        for text in csv_chunks(columns(scored, table, names)):
            output.write_utf8(text)
        return
    with output.replacing(out) as file:
        if out.lower().endswith(".csv"):
            for text in csv_chunks(columns(scored, table, names)):
                file.write(text.encode("utf-8"))
        else:
            _write_parquet(file, scored, table, names)


def _write_parquet(file: BinaryIO, scored: Scored, table: Table, names: dict[str, str]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    named = {
        "row": pa.array(range(1, table.n_rows + 1), pa.int64()),
        "probability": pa.array(scored.probability, pa.float64(), from_pandas=True),  # NaN becomes null
        "prediction": pa.array(list(scored.prediction), pa.string()),
        **{new: table.data.column(table.names.index(name)) for name, new in names.items()},
    }
    parquet.write_table(pa.table(named), file)

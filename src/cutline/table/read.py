"""Anything a user calls a table, read into one: a path by what its name and first bytes say, a frame by Arrow."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from cutline.errors import DataError, UsageError

from .decode import foreign
from .table import ReadOptions, Table, listing

PARQUET, ARROW = (".parquet", ".pq"), (".arrow", ".feather", ".ipc")


def read(data: Any, options: ReadOptions = ReadOptions()) -> Table:  # noqa: B008 - frozen
    """Read a path ('-': standard input), a data frame, an Arrow object or a dict of columns.

    Raises DataError where the table cannot be read and UsageError where `data` is no table at all.
    """
    if isinstance(data, Table):
        return data
    if isinstance(data, (str, os.PathLike)):
        return _read_path(os.fspath(data), options)
    return _read_object(data)


def _read_path(name: str, options: ReadOptions) -> Table:
    from .text import read_text

    if name == "-":
        return read_text(None, "standard input", options)
    path = Path(name)
    if path.is_dir():
        raise DataError(f"{name} is a folder; name one file in it.")
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
    except FileNotFoundError:
        raise DataError(f"{name} does not exist; check the path (the working folder is {Path.cwd()}).") from None
    except OSError as fault:
        raise DataError(f"{name} cannot be opened: {fault.strerror}.") from None
    if path.suffix.lower() in PARQUET + ARROW:
        return _read_binary(path, head)
    return read_text(path, path.name, options)


def _read_binary(path: Path, head: bytes) -> Table:
    try:
        if path.suffix.lower() in PARQUET:
            import pyarrow.parquet as pq

            data = pq.ParquetFile(path).read()
        else:
            with pa.memory_map(str(path)) as source:
                whole = head.startswith(b"ARROW1")
                data = (pa.ipc.open_file(source) if whole else pa.ipc.open_stream(source)).read_all()
    except (pa.ArrowException, OSError) as fault:
        kind, _ = foreign(head) or ("something else", "")
        raise DataError(
            f"{path.name} cannot be read as its name says; its first bytes are those of {kind} ({_short(fault)}). "
            "Write it again, or give it the ending it should have."
        ) from None
    return _checked(data, path.name, is_file=True)


def _read_object(data: Any) -> Table:
    origin = type(data).__name__
    if isinstance(data, Mapping):
        wrong = [
            key for key, column in data.items() if isinstance(column, (str, bytes)) or not hasattr(column, "__len__")
        ]
        if wrong:
            raise UsageError(f"column {wrong[0]!r} of the dict must be a list or an array of values, one a row.")
        data, origin = {str(key): _column(column) for key, column in data.items()}, "the dict"
    elif not hasattr(data, "__arrow_c_stream__") and not hasattr(data, "__arrow_c_array__"):
        raise UsageError(
            "data must be a path, a pandas, polars or pyarrow table, or a dict of columns; got "
            f"{origin}. For an array: {{'x1': X[:, 0], 'x2': X[:, 1], 'y': y}}."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pandas: column names that are not text become text, as we want
            table = pa.table(data)
    except (pa.ArrowException, TypeError, ValueError) as fault:
        raise DataError(
            f"{origin} cannot be read as columns of one type and one length each: {_short(fault)} Make that column "
            "all numbers or all text."
        ) from None
    return _checked(table, origin)


def _column(values: Any) -> Any:
    """A column of a dict; a Series goes through Arrow, which keeps the order of its categories."""
    return pa.chunked_array(values) if hasattr(values, "__arrow_c_stream__") else values


def _checked(data: pa.Table, origin: str, is_file: bool = False) -> Table:
    notes: tuple[str, ...] = ()
    stored = (data.schema.pandas_metadata or {}).get("index_columns", ())
    index = [name for name in stored if isinstance(name, str) and name in data.column_names]
    if index:
        data = data.drop_columns(index)
        named = [name for name in index if not name.startswith("__index_level_")]
        notes = (f"the index ({listing(named)}) is not a column",) if named else ()
    twice = [name for name, count in Counter(data.column_names).items() if count > 1]
    if twice:
        raise DataError(f"{origin} has several columns named {twice[0]!r}; rename them.")
    if data.num_rows == 0 or data.num_columns == 0:
        raise DataError(f"{origin} has no {'rows' if data.num_columns else 'columns'}.")
    return Table(data, origin, None, notes, counts_from=int(is_file))


def _short(fault: BaseException) -> str:
    text = " ".join(str(part) for part in fault.args) if fault.args else str(fault)
    text = " ".join(text.split())
    return (text if len(text) < 200 else text[:197] + "...").rstrip(".") + "."

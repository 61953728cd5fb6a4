"""Text files through DuckDB: strict, with an explicit dialect, every column as text, every bad row accounted for.

The engine's reading is parallel and fast; its errors are replaced by ours, found from the byte positions it reports
(its own line numbers do not count line ends inside quotes).
"""

from __future__ import annotations

import csv
import glob
import itertools
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from cutline.errors import DataError

from .decode import Utf8, to_utf8
from .dialect import Dialect, find_dialect, parse
from .table import ReadOptions, Rejected, Table


def read_text(path: Path | None, origin: str, options: ReadOptions) -> Table:
    """A delimited text file as a table of text columns; `path` None is standard input."""
    file = to_utf8(path, origin, options.encoding)
    dialect = find_dialect(file.path, origin, options)
    data, bad = _read(file, dialect, origin)
    notes = dialect.notes
    if file.encoding not in ("utf-8", "utf-8-sig"):
        notes = (f"encoding {file.encoding.upper()}" + (" (it is not UTF-8)" if file.guessed else ""), *notes)
    rejected = None
    if bad:
        _check_bad(bad, data.num_rows, file, dialect, origin, options)
        rejected = _keep(bad, path)
    if len(dialect.names) == 1:
        data = data.slice(0, data.num_rows - _empty_at_end(file.path))  # an empty line is a missing value elsewhere
    if data.num_rows == 0:
        raise DataError(f"{origin} has a header and no {'readable ' if bad else ''}rows; add rows below it.")
    return Table(data, origin, rejected, notes, _line_map(file, dialect, data.num_rows, [b.line for b in bad]))


@dataclass(frozen=True)
class _Bad:
    line: int
    kind: str
    text: str
    fault: str


def _read(file: Utf8, dialect: Dialect, origin: str) -> tuple[pa.Table, list[_Bad]]:
    import duckdb

    offline: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    columns = {f"c{i}": "VARCHAR" for i in range(len(dialect.names))}
    try:
        with duckdb.connect(config=offline) as engine:
            data = engine.sql(
                "SELECT * FROM read_csv(?, auto_detect=false, delim=?, quote='\"', escape='\"', nullstr='', skip=?, "
                "header=?, columns=?, store_rejects=true, compression='none', hive_partitioning=false)",
                params=[glob.escape(str(file.path)), dialect.delimiter, dialect.skip, dialect.header, columns],
            ).to_arrow_table()
            faults = engine.execute(
                "SELECT line_byte_position, error_type, csv_line, error_message FROM reject_errors "
                "ORDER BY line_byte_position, column_idx"
            ).fetchall()
    except RuntimeError as fault:
        if str(fault) == "Query interrupted":  # what DuckDB makes of Ctrl-C
            raise KeyboardInterrupt from None
        raise
    except duckdb.Error as fault:
        raise DataError(f"{origin} cannot be read: {str(fault).splitlines()[0]}") from None
    data = data.rename_columns(list(dialect.names))
    if not faults:
        return data, []
    breaks = np.flatnonzero(np.fromfile(file.path, np.uint8) == ord("\n"))
    bad: dict[int, _Bad] = {}
    for position, kind, text, message in faults:
        body = text.lstrip("\r\n")  # empty lines before a row are reported with it
        start = position - 1 + len(text.encode()) - len(body.encode())
        line = int(np.searchsorted(breaks, start)) + 1
        bad.setdefault(line, _Bad(line, kind, body.rstrip("\r\n"), _explain(kind, body, message, dialect)))
    return data, list(bad.values())


def _explain(kind: str, text: str, message: str, dialect: Dialect) -> str:
    if kind in ("MISSING COLUMNS", "TOO MANY COLUMNS"):
        found, wanted = len(next(parse(text.splitlines(keepends=True), dialect.delimiter))), len(dialect.names)
        return f"{wanted} fields were expected and {found} came"
    if kind == "UNQUOTED VALUE" and "\n" in text.strip():
        return "a quote opens here and is not closed on its line"
    if kind == "UNQUOTED VALUE":
        return "a quoted field does not end at its closing quote"
    if kind == "LINE SIZE OVER MAXIMUM":
        return "this row is longer than two million bytes, most often because a quote is not closed"
    return message.splitlines()[0]


def _check_bad(bad: list[_Bad], n_read: int, file: Utf8, dialect: Dialect, origin: str, options: ReadOptions) -> None:
    """Raise for bad rows, unless they may be rejected and every row is either read or rejected."""
    swallowed = [
        b for b in bad if b.kind == "LINE SIZE OVER MAXIMUM" or ("\n" in b.text and b.kind == "UNQUOTED VALUE")
    ]
    if options.on_bad_rows == "fail" or swallowed:
        first = (swallowed if options.on_bad_rows == "reject" else bad)[0]
        row = first.text if len(first.text) <= 120 else first.text[:117] + "..."
        more = f" {len(bad) - 1} more rows are bad." if len(bad) > 1 and not swallowed else ""
        remedy = (
            "Mend that line, or say --delimiter if the delimiter is another"
            + ("" if swallowed else ", or (when fitting) --on-bad-rows reject to set bad rows aside")
            + f" (delimiter now: {dialect.delimiter!r})."
        )
        raise DataError(f"{origin}, line {first.line}: {first.fault}: {row!r}.{more} {remedy}")
    n_lines = len(_record_lines(file, dialect))
    if n_lines != n_read + len(bad):
        raise DataError(
            f"{origin} has {n_lines} rows, of which {n_read} were read and {len(bad)} rejected: the rest cannot be "
            f"accounted for. The first bad row is line {bad[0].line}; mend it and the rows after it."
        )


def _keep(bad: list[_Bad], path: Path | None) -> Rejected:
    """Write the rejected rows beside the data (else into the working folder, else a temporary one)."""
    name = "stdin.rejects.csv" if path is None else f"{path.name}.rejects.csv"
    folders = [Path.cwd(), Path(tempfile.gettempdir())]
    for folder in folders if path is None else [path.parent, *folders]:
        target = _free(folder / name)
        try:
            with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8", newline="") as sink:
                writer = csv.writer(sink)
                writer.writerow(["line", "reason", "text"])
                writer.writerows([b.line, b.fault, b.text] for b in bad)
            os.replace(sink.name, target)
        except OSError:
            continue
        first = tuple(f"line {b.line}: {b.fault}" for b in bad[:5])
        return Rejected(len(bad), target, first)
    raise DataError(f"{len(bad)} bad rows could not be kept: no folder for {name} can be written to.")


def _free(path: Path) -> Path:
    """The path, or the first of its numbered siblings that names no file: nothing of the user's is overwritten."""
    candidates = (path.with_name(f"{path.stem}-{i}{path.suffix}") for i in itertools.count(2))
    return path if not path.exists() else next(other for other in candidates if not other.exists())


def _empty_at_end(path: Path) -> int:
    """How many empty lines end the file."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - (1 << 16)))
        tail = stream.read().replace(b"\r", b"")
    return max(0, len(tail) - len(tail.rstrip(b"\n")) - 1)


def _line_map(file: Utf8, dialect: Dialect, n_rows: int, bad: list[int]) -> Callable[[int], int]:
    """A function from row to line that reads the file again only where lines and rows do not simply run in step."""
    ahead = dialect.skip + dialect.header + 1
    if file.lines == n_rows + ahead - 1 and not bad:
        return lambda row: row + ahead
    memory: list[np.ndarray] = []

    def line_of(row: int) -> int:
        if not memory:
            lines = _record_lines(file, dialect)
            memory.append(lines[~np.isin(lines, bad)])
        return int(memory[0][row])

    return line_of


def _record_lines(file: Utf8, dialect: Dialect) -> np.ndarray:
    """The line on which each record after the header begins, bad ones included."""
    found = []
    csv.field_size_limit(1 << 30)
    with file.path.open(encoding="utf-8-sig", newline="") as stream:
        reader = parse(itertools.islice(stream, dialect.skip, None), dialect.delimiter)
        line = dialect.skip + 1
        for record in reader:
            if record or len(dialect.names) == 1:
                found.append(line)
            line = dialect.skip + reader.line_num + 1
    return np.array(found[dialect.header :], np.int64)

"""What the text of an option means, and which options contradict each other.

Lists: names are separated by commas, and the option may be repeated. A name that itself holds a comma, or
begins or ends with a space, goes in double quotes inside the shell's own ('"height, cm",age'); a double
quote inside them is doubled, as in CSV.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from cutline.errors import UsageError

_ITEM = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^",][^,]*)?)\s*(,|$)')


def names(option: str, values: Iterable[str] | None) -> tuple[str, ...]:
    """The names in all `values` of one list option, in order, each once; UsageError where one is empty."""
    found: dict[str, None] = {}
    for value in values or ():
        for name in _split(option, value):
            if not name:
                raise UsageError(
                    f"{option} {value!r}: expected names separated by commas, but one is empty; remove the extra comma"
                )
            found[name] = None
    return tuple(found)


def tokens(option: str, values: Iterable[str] | None) -> tuple[str, ...]:
    """As `names`, but an empty token is allowed and says nothing new: an empty cell is missing anyway."""
    return tuple(dict.fromkeys(t for value in values or () for t in _split(option, value) if t))


def _split(option: str, value: str) -> list[str]:
    items: list[str] = []
    at = 0
    while True:
        match = _ITEM.match(value, at)
        if match is None:
            raise UsageError(
                f'{option} {value!r}: a name that begins with " must end with " before the next comma, '
                'and a " inside it is written twice'
            )
        quoted, plain, end = match.groups()
        items.append(quoted.replace('""', '"') if quoted is not None else (plain or "").strip())
        at = match.end()
        if not end:
            return items


def references(values: Iterable[str] | None) -> dict[str, str]:
    """COLUMN=LEVEL pairs; a column whose name holds '=' goes in double quotes ('"a=b"=c')."""
    chosen: dict[str, str] = {}
    for value in values or ():
        match = re.fullmatch(r'"((?:[^"]|"")*)"=(.*)|([^=]+)=(.*)', value, re.DOTALL)
        if match is None:
            raise UsageError(
                f"--reference {value!r}: expected COLUMN=LEVEL, for example --reference race=white; "
                "repeat the option for another column"
            )
        quoted, quoted_level, plain, level = match.groups()
        column = quoted.replace('""', '"') if quoted is not None else plain
        level = quoted_level if quoted is not None else level
        if chosen.setdefault(column, level) != level:
            raise UsageError(f"--reference names two levels for {column!r}: {chosen[column]!r} and {level!r}; keep one")
    return chosen


def between(option: str, value: float | None, low: float, high: float) -> None:
    """UsageError unless low < value < high (None passes: the option was not given)."""
    if value is not None and not low < value < high:  # NaN fails too
        wanted = f"a number above {low:g}" if math.isinf(high) else f"a number between {low:g} and {high:g}"
        ends = "" if math.isinf(high) else ", both excluded"
        raise UsageError(f"{option} {value:g}: expected {wanted}{ends}")


def check_fit(target: str, chosen: Mapping[str, Any], *, data: str, out: str | None) -> None:
    """What is wrong with a `fit` whatever the data say; UsageError names the option."""
    if chosen["features"] and chosen["drop"]:
        raise UsageError(
            "--features and --drop were both given; --features names the columns to use, --drop the columns "
            "to leave out, so keep one of them"
        )
    used = {
        "--features": chosen["features"],
        "--drop": chosen["drop"],
        "--categorical": chosen["categorical"],
    }
    for option, columns in used.items():
        if target in (columns or ()):
            raise UsageError(f"{option} names {target!r}, which is the --target; a column cannot explain itself")
    C, penalty = chosen["C"], chosen["penalty"]
    if C is not None and penalty != "l2":
        raise UsageError(
            f"--C {C:g} goes with --penalty l2, and the penalty is {penalty!r}; add the one or drop the other"
        )
    between("--C", C, 0, math.inf)
    between("--tol", chosen["tol"], 0, math.inf)
    between("--conf-level", chosen["conf_level"], 0, 1)
    if out == "-":
        raise UsageError("--out -: a model goes to a file; for standard output use --json")
    if out is not None:
        from cutline.faces.cli.output import may_write

        may_write("--out", out, data)


def check_predict(threshold: float | None, *, out: str | None, inputs: tuple[str, ...]) -> None:
    """What is wrong with a `predict` whatever the data say; UsageError names the option."""
    between("--threshold", threshold, 0, 1)
    if out is None or out == "-":
        return
    if not out.lower().endswith((".csv", ".parquet")):
        raise UsageError(f"--out {out}: expected a name that ends in .csv or .parquet")
    from cutline.faces.cli.output import may_write

    may_write("--out", out, *inputs)

"""Texts that were meant as numbers: what spoils a column of numbers is named with its line and its remedy.

Were such a column taken as a category, 10,000 prices with a currency sign would be 9,999 terms.
"""

from __future__ import annotations

import re

import numpy as np

from cutline.errors import DataError

from .columns import DATE, Numbers
from .table import Table

FORMS = tuple(
    (re.compile(pattern), message)
    for pattern, message in (
        (
            r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?",
            "has a thousands separator; write it without (or say --decimal , where the comma is the decimal mark)",
        ),
        (r"[+-]?\d{1,3}([.' \u2019\u00a0\u202f]\d{3})+(,\d+)?", "has a thousands separator; write it without"),
        (r"[+-]?\d*,\d+", "is written with a decimal comma; say --decimal ,"),
        (r"[+-]?\d*\.\d+", "is written with a decimal point, while --decimal says a comma"),
        (r"[+-]?[\d.,]+\s*%", "has a percent sign; write the number alone"),
        (
            r"[+-]?[$€£¥₩]\s*[\d.,]+|[+-]?[\d.,]+\s*([$€£¥₩원]|USD|EUR|KRW)",
            "has a currency sign; write the number alone",
        ),
    )
)
TIME = re.compile(
    r"\d{4}([-/.])\d{1,2}\1\d{1,2}\.?([T ].*)?|\d{1,2}([-/.])\d{1,2}\3(\d{2}|\d{4})( .*)?"
    r"|\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?"
    r"|\d{1,2}[- ][A-Za-z]{3,9}[- ,]+(\d{2}|\d{4})|[A-Za-z]{3,9} \d{1,2},? \d{4}|\d{4}년.*"
)
LIKE_MISSING = ("?", "??", ".", "-", "--", "none", "unknown", "missing", "n.a.", "na", "nil", "(null)", "결측")
SAMPLE = 1000  # texts looked at one by one


def check_spoiled(table: Table, name: str, numbers: Numbers) -> None:
    """Raise where half of the values are numbers, or are written like numbers or times; words like '?' do not count."""
    bad = np.flatnonzero(numbers.bad)
    texts = [(int(row), table.value(int(row), name)) for row in bad[:SAMPLE]]
    odd = [(row, text) for row, text in texts if _form(text) is not None]
    times = [text for _, text in texts if TIME.fullmatch(text)]
    words = sum(text.lower() not in LIKE_MISSING for _, text in texts) - len(odd) - len(times)
    n_good = int(np.sum(np.isfinite(numbers.values)))
    good = n_good * len(texts) / len(bad)  # on the scale of the texts looked at
    if len(times) > good + len(odd) + words:
        raise DataError(DATE.format(where=f"{table.origin}, column {name!r}", what=f"such as {times[0]}"))
    if good + len(odd) == 0 or good + len(odd) < words + len(times):
        return
    if odd:
        row, text = odd[0]
        raise table.error(row, name, f"a number was expected, but {text!r} {_form(text)}.")
    row, text = texts[0]
    quoted = f'"{text}"' if "'" in text else f"'{text}'"
    raise table.error(
        row,
        name,
        f"{text!r} is not a number, while {n_good} other values of this column are. If it stands for a missing value, "
        f"say --na {quoted}; if the column is a category, say --categorical {name}; else mend the file.",
    )


def check_finite(table: Table, name: str, values: np.ndarray) -> None:
    """Raise for the first infinity."""
    infinite = np.isinf(values)
    if infinite.any():
        row = int(np.argmax(infinite))
        raise table.error(
            row, name, f"{table.value(row, name)} is infinite; mend it, or mark it missing (leave the field empty)."
        )


def _form(text: str) -> str | None:
    return next((message for pattern, message in FORMS if pattern.fullmatch(text)), None)

"""Lesson 6's last screen: a learner's own table, as `cutline.fit` reads it, and a model with rows to draw."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import cutline
from cutline import deck
from cutline.errors import CutlineError
from cutline.model import Model
from cutline.table import ReadOptions, Table, encode, read

DRAWN = 400  # rows in a picture, at most; more would only blacken it
SAMPLE_NAME = "시험점수.csv"


def sample() -> bytes:
    """The deck's six pupils as a file with Korean headers, as a spreadsheet would save it."""
    rows = (f"{score:g},{result}" for score, result in zip(deck.EXAM_SCORES, deck.EXAM_RESULTS))
    return "\n".join(["점수,결과", *rows, ""]).encode("utf-8-sig")


@dataclass(frozen=True)
class Own:
    """A table that was read, or in words why not."""

    name: str
    contents: bytes
    table: Table | None
    error: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Its columns."""
        return () if self.table is None else self.table.names

    @property
    def rows(self) -> int:
        """How many there are."""
        return 0 if self.table is None else self.table.n_rows


@dataclass(frozen=True)
class Fitted:
    """A model of a learner's table and at most `DRAWN` of its rows as numbers, or in words why not."""

    model: Model | None
    x: np.ndarray
    y: np.ndarray
    error: str = ""


def look(name: str, contents: bytes) -> Own:
    """Read a file that came through the browser."""
    with tempfile.TemporaryDirectory() as folder:
        path = _saved(folder, name, contents)
        try:
            return Own(name, contents, read(str(path), ReadOptions()))
        except CutlineError as error:
            return Own(name, contents, None, str(error))


def numbers_among(own: Own, target: str | None) -> list[str]:
    """The columns, other than the target, in which most filled cells are numbers: what one would try first."""
    found = []
    for name in own.names:
        cells = [] if own.table is None else own.table.data.column(name).slice(0, 200).to_pylist()
        cells = [cell for cell in cells if cell not in (None, "")]
        if name != target and sum(map(_is_number, cells)) > 0.8 * max(len(cells), 1):
            found.append(name)
    return found


def likely_target(own: Own) -> str | None:
    """The last column with just two different values, else the last."""
    for name in reversed(own.names):
        if own.table is not None and len(set(own.table.data.column(name).to_pylist()) - {None, ""}) == 2:
            return name
    return own.names[-1] if own.names else None


def fitted(own: Own, target: str | None, features: Sequence[str]) -> Fitted:
    """What `cutline.fit` says of it."""
    none = np.zeros((0, 0))
    if own.table is None or target is None or not features:
        return Fitted(None, none, none, own.error)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the model's own summary says them all
        try:
            model = cutline.fit(str(_saved(folder, own.name, own.contents)), target=target, features=list(features))
            rows = encode(model.plan, own.table)
        except CutlineError as error:
            return Fitted(None, none, none, str(error))
    step = max(1, len(rows.y) // DRAWN)
    return Fitted(model, rows.x[::step], rows.y[::step])


def numeric_terms(model: Model) -> list[str]:
    """Its columns where all of them are plain numbers, so that it can be drawn; else none."""
    fields = model.plan.fields
    plain = model.intercept and all(not hasattr(field, "levels") and not hasattr(field, "others") for field in fields)
    return [field.name for field in fields] if plain and None not in model.coef.values() else []


def _saved(folder: str, name: str, contents: bytes) -> Path:
    path = Path(folder) / (Path(name.replace("\\", "/")).name or "data.csv")
    path.write_bytes(contents)
    return path


def _is_number(cell: object) -> bool:
    try:
        float(str(cell).replace(",", ""))
    except ValueError:
        return False
    return True

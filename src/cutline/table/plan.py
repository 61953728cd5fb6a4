"""What a table means to a model: its fields, its label, and the words and marks its text is read by.

A plan is plain data. It is made once from the whole table, stored in the model, and read again at every prediction.
The JSON form is checked key by key, since a model file may come from anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from cutline.errors import ModelFileError

from .columns import Spelling

Missing = Literal["drop", "impute", "fail"]


@dataclass(frozen=True)
class Choices:
    """What the user said about the columns."""

    target: str | None
    positive: str | None = None
    features: tuple[str, ...] | None = None
    drop: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    reference: Mapping[str, str] = field(default_factory=dict)
    weights: str | None = None
    offset: str | None = None
    trials: str | None = None
    missing: Missing = "drop"


@dataclass(frozen=True)
class Numeric:
    """A column of numbers; `fill` stands in for a missing value."""

    name: str
    fill: float | None = None


@dataclass(frozen=True)
class Category:
    """A column of levels, the reference among them; the others have a term each, in order."""

    name: str
    levels: tuple[str, ...]
    reference: str
    fill: str | None = None

    @property
    def others(self) -> tuple[str, ...]:
        return tuple(level for level in self.levels if level != self.reference)


@dataclass(frozen=True)
class Label:
    """The target: two labels, a count of successes out of trials, or a proportion with weights."""

    column: str
    kind: Literal["binary", "count", "proportion"]
    negative: str
    positive: str


@dataclass(frozen=True)
class Plan:
    """Columns -> numbers; see the module."""

    fields: tuple[Numeric | Category, ...]
    label: Label | None
    weights: str | None
    offset: str | None
    trials: str | None
    missing: Missing
    na: tuple[str, ...]
    decimal: str

    @property
    def spelling(self) -> Spelling:
        return Spelling(self.na, self.decimal)

    @property
    def numeric(self) -> tuple[Numeric, ...]:
        return tuple(f for f in self.fields if isinstance(f, Numeric))

    @property
    def categories(self) -> tuple[Category, ...]:
        return tuple(f for f in self.fields if isinstance(f, Category))

    def terms(self) -> tuple[str, ...]:
        """Names of the coefficients in table order: 'age', 'race[other]'; no intercept."""
        return tuple(term for f in self.fields for term in _terms(f))

    def block_order(self) -> np.ndarray:
        """int64 (p,): the position in `terms()` of each column of a block, numbers first, then categories."""
        starts = np.cumsum([0] + [len(_terms(f)) for f in self.fields])
        ordered = sorted(range(len(self.fields)), key=lambda i: isinstance(self.fields[i], Category))
        spans = [np.arange(starts[i], starts[i + 1]) for i in ordered]
        return np.concatenate(spans).astype(np.int64) if spans else np.empty(0, np.int64)

    def to_json(self) -> dict[str, Any]:
        fields = [{"kind": type(f).__name__.lower(), **asdict(f)} for f in self.fields]
        for f in fields:
            if "levels" in f:
                f["levels"] = list(f["levels"])
        label = None if self.label is None else asdict(self.label)
        return {
            "fields": fields,
            "label": label,
            "weights": self.weights,
            "offset": self.offset,
            "trials": self.trials,
            "missing": self.missing,
            "na": list(self.na),
            "decimal": self.decimal,
        }

    @staticmethod
    def from_json(document: Any) -> Plan:
        """The inverse of `to_json`; raises ModelFileError on anything unexpected."""
        optional = str | None
        types = {"fields": list, "label": dict | None, "weights": optional, "offset": optional, "trials": optional}
        _expect(document, types | {"missing": str, "na": list, "decimal": str}, "plan")
        _one_of(document["missing"], ("drop", "impute", "fail"), "missing")
        _one_of(document["decimal"], (".", ","), "decimal")
        fields = tuple(_field(item) for item in document["fields"])
        names = [f.name for f in fields]
        if len(set(names)) < len(names):
            raise ModelFileError("the plan of this model names a column twice; the file is damaged.")
        label = document["label"]
        if label is not None:
            _expect(label, {"column": str, "kind": str, "negative": str, "positive": str}, "label")
            _one_of(label["kind"], ("binary", "count", "proportion"), "kind of the label")
            label = Label(**label)
        na = _texts(document["na"], "na")
        return Plan(**{**document, "fields": fields, "label": label, "na": na})


def _terms(f: Numeric | Category) -> tuple[str, ...]:
    return (f.name,) if isinstance(f, Numeric) else tuple(f"{f.name}[{level}]" for level in f.others)


def _field(item: Any) -> Numeric | Category:
    kind = item.get("kind") if isinstance(item, dict) else None
    _one_of(kind, ("numeric", "category"), "kind of a field")
    rest = {key: value for key, value in item.items() if key != "kind"}
    if kind == "numeric":
        _expect(rest, {"name": str, "fill": float | int | None}, "field")
        fill = rest["fill"]
        if fill is not None and not np.isfinite(fill):
            raise ModelFileError(f"the fill of {rest['name']!r} must be a finite number, got {fill}.")
        return Numeric(rest["name"], None if fill is None else float(fill))
    _expect(rest, {"name": str, "levels": list, "reference": str, "fill": str | None}, "field")
    levels = _texts(rest["levels"], "levels")
    if len(set(levels)) < len(levels) or rest["reference"] not in levels or rest["fill"] not in (None, *levels):
        raise ModelFileError(f"the levels of {rest['name']!r} do not agree with its reference or fill.")
    return Category(rest["name"], levels, rest["reference"], rest["fill"])


def _expect(item: Any, types: dict[str, Any], what: str) -> None:
    if not isinstance(item, dict) or set(item) != set(types):
        found = sorted(item) if isinstance(item, dict) else type(item).__name__
        raise ModelFileError(f"the {what} of this model should have the keys {sorted(types)}, found {found}.")
    for key, wanted in types.items():
        if not isinstance(item[key], wanted) or isinstance(item[key], bool):
            raise ModelFileError(f"{key!r} in the {what} of this model is of a wrong type: {item[key]!r}.")


def _one_of(value: Any, allowed: tuple[str, ...], what: str) -> None:
    if value not in allowed:
        raise ModelFileError(f"{what} in this model should be one of {allowed}, found {value!r}.")


def _texts(items: list[Any], what: str) -> tuple[str, ...]:
    if not all(isinstance(item, str) for item in items):
        raise ModelFileError(f"{what!r} in this model should hold text only, found {items!r}.")
    return tuple(items)

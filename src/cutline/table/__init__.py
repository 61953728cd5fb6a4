"""A user's table, read strictly, planned over whole columns and encoded as numbers."""

from __future__ import annotations

from .encode import Encoded, Problem, Scorable, encode, encode_for_prediction, encode_label
from .plan import Category, Choices, Label, Numeric, Plan
from .planning import check_choices, make_plan
from .read import read
from .table import ReadOptions, Rejected, Table

__all__ = [
    "Category",
    "Choices",
    "Encoded",
    "Label",
    "Numeric",
    "Plan",
    "Problem",
    "ReadOptions",
    "Rejected",
    "Scorable",
    "Table",
    "check_choices",
    "encode",
    "encode_for_prediction",
    "encode_label",
    "make_plan",
    "read",
]

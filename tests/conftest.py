"""Shapes are types, and under pytest they are checked: every annotated function of the core, at each call."""

from __future__ import annotations

import jaxtyping

import cutline.summands.kernels  # these two before the hook is there, which would wrap what numba reads
import cutline.summands.looking  # noqa: F401

CORE = [
    "cutline.terms",
    "cutline.factor",
    "cutline.symmetric",
    "cutline.penalty",
    "cutline.rows",
    "cutline.coordinates",
    "cutline.summands",
    "cutline.sources",
    "cutline.solvers",
    "cutline.objective",
    "cutline.inference",
    "cutline.fitting.start",
    "cutline.fitting.statistics",
    "cutline.testing",
]
jaxtyping.install_import_hook(CORE, "beartype.beartype")

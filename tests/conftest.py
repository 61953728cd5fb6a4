"""Shapes are types, and under pytest they are checked: every annotated function of the core, at each call."""

from __future__ import annotations

import jaxtyping
import pytest

import cutline.summands.kernels  # these two before the hook is there, which would wrap what numba reads
import cutline.summands.looking  # noqa: F401

CORE = [
    "cutline.terms",
    "cutline.factor",
    "cutline.symmetric",
    "cutline.penalty",
    "cutline.block",
    "cutline.rows",
    "cutline.coordinates",
    "cutline.summands",
    "cutline.sources",
    "cutline.solvers",
    "cutline.objective",
    "cutline.inference",
    "cutline.fitting.start",
    "cutline.fitting.small",
    "cutline.fitting.statistics",
    "cutline.testing",
]
jaxtyping.install_import_hook(CORE, "beartype.beartype")


@pytest.fixture
def by_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """No table is small: each is fitted as large ones are."""
    from cutline.fitting import small

    monkeypatch.setattr(small, "SMALL", 0)


@pytest.fixture(params=["held", "by blocks"])
def either_way(request: pytest.FixtureRequest) -> None:
    """A small table as it is fitted, and as it would be if it were large."""
    if request.param == "by blocks":
        request.getfixturevalue("by_blocks")

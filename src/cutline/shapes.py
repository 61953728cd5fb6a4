"""Shapes are types: the few a fit has, by name, checked at each call while the tests run.

Within one function equal letters are equal sizes: n rows, p features, q free parameters, k of something at once.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int, Real
from torch import Tensor

Row = Float[Tensor, "n"]
"""One number a row."""
Share = Real[Tensor, "n"]
"""A share of successes a row; where all are 0 or 1, a byte will do."""
RowMany = Float[Tensor, "n *k"]
"""One number a row, or k of them."""
Design = Float[Tensor, "n q"]
"""Rows as a matrix of what theta multiplies."""
Codes = Int[Tensor, "n f"]
"""One category code a row and factor."""

Vec = Float[Tensor, "p"]
Mat = Float[Tensor, "p p"]
"""What belongs to the parameters at hand."""
Theta = Float[Tensor, "q"]
ThetaMat = Float[Tensor, "q q"]
Entries = Int[Tensor, "q"]
"""What belongs to the free ones, where others stand beside them."""
Full = Float[Tensor, "full"]
FullMat = Float[Tensor, "full full"]
"""What belongs to all of them: intercept and features."""
Many = Float[Tensor, "k"]
"""k numbers: steps along a ray, the losses there."""
ThetaMany = Float[Tensor, "q k"]
Center = Float[Tensor, "c"] | None
"""What to subtract from each number column."""
Units = tuple[Float[Tensor, " c"], Float[Tensor, " c"]] | None
"""The same, and what to multiply it by."""
Core = Float[Tensor, "c c"]  # a dense part of a Hessian
Edge = Float[Tensor, "c l"]  # beside it, by the levels of one factor
Levels = Float[Tensor, " l"]
Chosen = Int[Tensor, " c"]  # entries of theta

Columns = Float[np.ndarray, "q n"]  # of a small table, held as an array
Known = Real[np.ndarray, "n"]  # of each row
Point = Float[np.ndarray, "q"]
Square = Float[np.ndarray, "q q"]

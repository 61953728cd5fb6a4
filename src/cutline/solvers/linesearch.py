"""How far to go along a direction, with as few passes as can be.

The full step is tried where it is wanted most, by evaluating everything there: nearly always it is accepted and costs
nothing
extra. Only when it fails are many losses along the ray asked for, in one pass, and the best one taken.
"""

from __future__ import annotations

import torch
from torch import Tensor

from cutline.penalty import Penalty
from cutline.solvers.base import Smooth

SUFFICIENT = 1e-4  # Armijo's constant, Nocedal & Wright 2006, eq. 3.6a
NOISE = 16 * torch.finfo(torch.float64).eps  # a sum of float64 losses is no better known than this, relatively


def accepts(before: float, after: float, slope: float) -> bool:
    """Is the drop from `before` to `after` enough for a step of directional derivative `slope` (negative)?

    Within rounding of the loss nothing can be told from its value, and the step is accepted.
    """
    return after <= before + SUFFICIENT * slope + NOISE * abs(before)


def best_along(f: Smooth, g: Penalty, w: Tensor, d: Tensor, before: float, steps: Tensor) -> float | None:
    """The step of lowest value of f + g along the ray, or None if none is below `before`. One pass."""
    values = f.along(w, d, steps) + torch.tensor([g.value(w + t * d) for t in steps], dtype=torch.float64)
    values = torch.where(values.isfinite(), values, torch.inf)
    best = int(values.argmin())
    return float(steps[best]) if float(values[best]) < before else None


def shorter(count: int, first: float, ratio: float) -> Tensor:
    """first, first * ratio, first * ratio^2, ..."""
    return first * ratio ** torch.arange(count, dtype=torch.float64)

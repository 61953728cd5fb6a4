"""How far to go along a direction, with as few passes as can be.

The full step is tried where it is wanted most, by evaluating everything there: nearly always it is accepted and costs
nothing extra. Only when it fails are many losses along the ray asked for, in one pass, and the best one taken.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from cutline.penalty import Penalty
from cutline.solvers.base import Smooth

SUFFICIENT = 1e-4  # Armijo's constant, Nocedal & Wright 2006, eq. 3.6a
NEAR = 1e-10  # a drop smaller than this share of the value is lost in the rounding of its parts


def accepts(before: float, after: float, slope: float) -> bool:
    """Is the drop from `before` to `after` enough for a step of directional derivative `slope` (negative)?

    Where the drop that can be hoped for is within rounding, the value tells nothing and the full step is taken.
    """
    blur = NEAR * (1 + abs(before))
    if -slope <= blur:
        return after <= before + 10 * blur
    return after <= before + SUFFICIENT * slope


def best_along(f: Smooth, g: Penalty, w: Tensor, d: Tensor, before: float, rays: Sequence[Tensor]) -> float | None:
    """The step of lowest value of f + g along the ray, or None if none is below `before`: one pass for each of `rays`.

    The next ray is asked only where the one before had nothing.
    """
    for steps in rays:
        values = f.along(w, d, steps) + torch.tensor([g.value(w + t * d) for t in steps], dtype=torch.float64)
        values = torch.where(values.isfinite(), values, torch.inf)
        best = int(values.argmin())
        if float(values[best]) < before:
            return float(steps[best])
    return None


def shorter(count: int, first: float, ratio: float) -> Tensor:
    """first, first * ratio, first * ratio^2, ..."""
    return first * ratio ** torch.arange(count, dtype=torch.float64)


# Halves, and then powers of ten: where every row is far on the wrong side there is no curvature, and the full step is
# longer than any number of halvings.
RAYS = (shorter(6, first=0.5, ratio=0.5), shorter(40, first=1e-2, ratio=0.1))

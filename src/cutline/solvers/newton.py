"""Newton's method with a ray query: w := w - t H^-1 grad.

Nocedal & Wright 2006, Alg. 3.2, lifting a Hessian that is singular to rounding as in Alg. 3.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor

from cutline.factor import lifted_factor
from cutline.penalty import Penalty
from cutline.shapes import Mat, Vec
from cutline.solvers.base import Precondition, Smooth, Step, Stop
from cutline.solvers.linesearch import RAYS, accepts, best_along
from cutline.terms import Terms


def newton_direction(hess: Mat, grad: Vec) -> tuple[Vec, float]:
    """-H^-1 grad and the decrement sqrt(grad' H^-1 grad); a singular H is lifted first."""
    back, decrement = lifted_factor(hess).step(grad)
    return -back, decrement


@dataclass(frozen=True, slots=True)
class Newton:
    """Newton's method; each step costs one pass with the Hessian, two when the full step is refused."""

    def steps(self, f: Smooth, g: Penalty, w: Tensor, /, precondition: Precondition | None = None) -> Iterator[Step]:
        step = standing(f, g, w)
        while True:
            if not bool(cast(Tensor, step.hess).isfinite().all()):
                yield replace(step, stop=Stop.DIVERGED)
                return
            direction, decrement = newton_direction(cast(Tensor, step.hess), step.grad)
            step = replace(step, decrement=decrement, ahead=step.w + direction)
            yield step
            slope = float(step.grad @ direction)
            ahead = standing(f, g, cast(Tensor, step.ahead), 1.0)
            if not accepts(step.value, ahead.value, slope):
                size = best_along(f, g, step.w, direction, step.value, RAYS)
                if size is None:
                    yield replace(step, size=0.0, stop=Stop.ROUNDING)
                    return
                ahead = standing(f, g, step.w + size * direction, size)
            step = ahead


def standing(f: Smooth, g: Penalty, w: Tensor, size: float = 0.0) -> Step:
    """Value, gradient and Hessian of f + g at w: one pass."""
    t: Terms = f.at(w, 2)
    grad, hess = cast(Tensor, t.grad) + g.grad(w), cast(Tensor, t.hess).to(torch.float64, copy=True)
    hess.diagonal().add_(g.curvature(w))
    return Step(w, t.value + g.value(w), grad, t.weight, size, None, hess)

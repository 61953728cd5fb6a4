"""Limited-memory BFGS: the inverse Hessian from the last few steps and gradients.

Nocedal & Wright 2006, Alg. 7.4 (two-loop recursion) and Alg. 7.5, started from a given inverse Hessian when there is
one, with the scaling of eq. 7.20 otherwise.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from cutline.penalty import Penalty
from cutline.solvers.base import Precondition, Smooth, Step, Stop
from cutline.solvers.linesearch import RAYS, accepts, best_along

Pair = tuple[Tensor, Tensor, float]  # s, y, 1 / s'y


def two_loop(grad: Tensor, pairs: deque[Pair], precondition: Precondition) -> Tensor:
    """The inverse Hessian estimate times grad (Alg. 7.4)."""
    q, alphas = grad.clone(), list[float]()
    for s, y, rho in reversed(pairs):
        alphas.append(rho * float(s @ q))
        q -= alphas[-1] * y
    r = precondition(q)
    for (s, y, rho), alpha in zip(pairs, reversed(alphas)):
        r = r + (alpha - rho * float(y @ r)) * s
    return r


@dataclass(frozen=True, slots=True)
class LBFGS:
    """L-BFGS; each step costs one pass with the gradient, two or three when the unit step is refused.

    Args:
        memory: how many pairs of steps and gradients are kept.
    """

    memory: int = 20

    def steps(self, f: Smooth, g: Penalty, w: Tensor, /, precondition: Precondition | None = None) -> Iterator[Step]:
        pairs: deque[Pair] = deque(maxlen=self.memory)

        def initial(v: Tensor) -> Tensor:
            if precondition is not None:
                return precondition(v)
            # eq. 7.20; before any pair is known, the gradient of the mean loss
            return v * (1 / (pairs[-1][2] * float(pairs[-1][1] @ pairs[-1][1])) if pairs else 1 / weight)

        t = f.at(w, 1)
        value, grad, weight, size = t.value + g.value(w), cast(Tensor, t.grad) + g.grad(w), t.weight, 0.0
        while True:
            direction = -two_loop(grad, pairs, initial)
            slope = float(grad @ direction)
            decrement = max(-slope, 0.0) ** 0.5
            ahead, known = w + direction, bool(pairs or precondition)
            yield Step(w, value, grad, weight, size, decrement if known else None, ahead=ahead if known else None)
            size, new = 1.0, ahead
            t = f.at(new, 1)
            reached = t.value + g.value(new)
            if not accepts(value, reached, slope):
                found = best_along(f, g, w, direction, value, RAYS)
                if found is None:
                    yield Step(w, value, grad, weight, 0.0, decrement, stop=Stop.ROUNDING)
                    return
                size, new = found, w + found * direction
                t = f.at(new, 1)
            new_grad = cast(Tensor, t.grad) + g.grad(new)
            s, y = new - w, new_grad - grad
            curvature = float(s @ y)
            if curvature > torch.finfo(torch.float64).eps * float(y @ y):
                pairs.append((s, y, 1 / curvature))
            w, value, grad = new, t.value + g.value(new), new_grad

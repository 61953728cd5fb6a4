"""Gradient descent, the deck's solver:  W := W - alpha d cost / d W.

The cost is the *mean* loss, so that a step means what it means in the deck. Cauchy 1847; Nocedal & Wright 2006, section
3.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from torch import Tensor

from cutline.penalty import Penalty
from cutline.solvers.base import Precondition, Smooth, Step, Stop
from cutline.solvers.linesearch import best_along, shorter


@dataclass(frozen=True, slots=True)
class GradientDescent:
    """Steepest descent on the mean loss.

    Args:
        step: the learning rate alpha, taken as given even where it climbs; None searches the ray (one more pass a
        step).
    """

    step: float | None = None

    def steps(self, f: Smooth, g: Penalty, w: Tensor, /, precondition: Precondition | None = None) -> Iterator[Step]:
        size, longest = 0.0, 1.0
        while True:
            t = f.at(w, 1)
            value, grad = t.value + g.value(w), cast(Tensor, t.grad) + g.grad(w)
            direction = -grad / t.weight if precondition is None else -precondition(grad)
            decrement = None if precondition is None else max(-float(grad @ direction), 0.0) ** 0.5
            yield Step(w, value, grad, t.weight, size, decrement)
            if self.step is None:
                found = best_along(f, g, w, direction, value, [shorter(40, first=longest, ratio=0.5)])
                if found is None:
                    yield Step(w, value, grad, t.weight, 0.0, decrement, stop=Stop.ROUNDING)
                    return
                size, longest = found, max(64.0, 8 * found)
            else:
                size = self.step
            w = w + size * direction

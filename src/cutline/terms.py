"""The currency: what a sum over rows is worth to a solver.

Every fit is minimized from the same four numbers of the rows, and they add: the terms of two blocks are the
sum of their terms. That is why a fit does not care who computed them, or where.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from cutline.shapes import Mat, Vec


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """Loss, gradient and Hessian of some rows at one w, in float64; a rough Hessian may be float32.

    `weight` is the total weight of the rows, `value` their summed loss in nats, `grad` (p,) and `hess` (p, p) its
    derivatives. What was not asked for is None.
    """

    weight: float
    value: float
    grad: Vec | None = None
    hess: Mat | None = None

    def __add__(self, other: Terms) -> Terms:
        return self._plus(other, Tensor.add)

    def joined(self, other: Terms, /) -> Terms:
        """The same sum in the memory of these terms, which are given up."""
        return self._plus(other, Tensor.add_)

    def _plus(self, other: Terms, add: Callable[[Tensor, Tensor], Tensor]) -> Terms:
        return Terms(
            self.weight + other.weight,
            self.value + other.value,
            None if self.grad is None or other.grad is None else add(self.grad, other.grad),
            None if self.hess is None or other.hess is None else add(self.hess, other.hess),
        )

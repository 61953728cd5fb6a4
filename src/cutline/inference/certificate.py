"""How near the minimum is, in terms that can be checked.

The loss of logistic regression is generalized self-concordant: along a direction that moves no linear predictor by
more than r, its curvature changes by a factor of at most e^r (Bach, "Self-concordant analysis for logistic
regression", EJS 4 (2010), Prop. 1). With H the Hessian here, lambda the Newton decrement, and S the largest
sqrt(z_i' H^-1 z_i) of any row, a displacement v has r <= S |v|_H, so with t = |v|_H the loss there is at least

    F - lambda t + (e^(-St) + St - 1) / S^2.

Where lambda S < 1 that has a minimum, and so

    F - F* <= (u + (1 - u) log(1 - u)) / S^2,    u = lambda S,

about lambda^2 / 2 once u is small; and its being bounded proves that a minimum exists. That is what the decrement alone
cannot tell: on separated data it falls to nothing too, while S grows as fast.

S is a maximum over rows, a pass of its own. Nearly always a bound will do that needs none: with a_j the largest |z_ij|
of each column, S^2 <= a' |H^-1| a.

The same inequality looks one step ahead. After a full Newton step, along which no margin moves by more than
r = lambda S, the gradient is  int_0^1 (H(t) - H) d dt,  and so

    lambda_+ <= lambda e^(r/2) (e^r - 1 - r) / r,        S_+ <= S e^(r/2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from cutline.coordinates import Coordinates
from cutline.factor import factor
from cutline.rows import Rows
from cutline.shapes import Theta
from cutline.summands.logistic import LargestQuadratic

MOST = 1.0  # the r beyond which a Newton step is not foreseen
HALF = 0.5  # on separated data lambda S is exactly 1, and rounding may put it on either side


@dataclass(frozen=True, slots=True)
class Proof:
    """lambda S, and the bound on F - F* where that is below one: None proves nothing."""

    reach: float
    bound: float | None


def prove(
    rows: Rows,
    at: Coordinates,
    hess: Tensor,
    decrement: float,
    largest: Theta | None = None,
    *,
    foreseen: bool = False,
) -> Proof:
    """Bound how far the loss is above its minimum, given the Hessian here, or one foreseen Newton step before.

    Args:
        rows: one pass over them, where `largest` is not given or does not do.
        hess: of the loss and its L2 penalty at the point, (q, q); the bound holds for both together.
        decrement: sqrt(grad' H^-1 grad) there.
        largest: the largest absolute value of each column in the coordinates `at`, over all rows.
        foreseen: was the step here foreseen, and `hess` is that of the point before it?
    """
    found = factor(hess)
    if found is None:
        return Proof(math.inf, None)
    inverse, grown = found.inverse(), math.exp(MOST / 2) if foreseen else 1.0
    if largest is not None and decrement * (furthest := grown * furthest_at_most(inverse, largest)) < HALF:
        return bounded(decrement, furthest)
    return bounded(decrement, grown * math.sqrt(max(rows.sum(LargestQuadratic(inverse, at)).value, 0.0)))


def furthest_at_most(inverse: Tensor, largest: Theta) -> float:
    """No less than S: sqrt(a' |H^-1| a)."""
    return math.sqrt(float(largest @ inverse.abs() @ largest))


def bounded(decrement: float, furthest: float) -> Proof:
    """The proof that lambda and S (or more) make."""
    reach = decrement * furthest
    if not reach < HALF:
        return Proof(reach, None)
    if reach < 1e-4:  # the series, where the formula would cancel: u^2/2 + u^3/6 + ...
        return Proof(reach, decrement**2 * (0.5 + reach / 6 + reach**2 / 6))
    return Proof(reach, decrement**2 * (reach + (1 - reach) * math.log1p(-reach)) / reach**2)


def after_newton(decrement: float, furthest: float) -> tuple[float, float]:
    """No less than lambda and S after a full Newton step from here: (inf, inf) where nothing can be said."""
    r = decrement * furthest
    if not r < MOST:
        return math.inf, math.inf
    grown = math.exp(r / 2)
    # the series, where e^r - 1 - r would cancel
    curved = r * (0.5 + r / 6 + r**2 / 24) if r < 1e-3 else (math.expm1(r) - r) / r
    return decrement * grown * curved, furthest * grown

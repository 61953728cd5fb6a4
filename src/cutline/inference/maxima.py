"""Firth's penalized likelihood may have several maxima: which of those found is the highest.

The likelihood is log-concave and Jeffreys' prior is not: where a few rows lie far out, one maximum may give the
information to them and another to the rows around the border of the classes. So the search is repeated from where the
rows would lead had each been seen a * p / n times more, half as a success and half as a failure (p coefficients, n rows
by weight): with a = 1, R's brglm starts there and the answer is near Firth's (Rigon & Aliverti, "Conjugate priors and
bias reduction for logistic regression models", Statistics & Probability Letters 202 (2023)); with a = 1/100 it is near
maximum likelihood where that exists, and far along the direction that separates the classes where it does not. These
are convex problems, so each start is one point, whatever the order of the rows.

Where no row's leverage is large the prior is all but flat around the maximum, and the others are not looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Literal, TypeVar

from torch import Tensor

from cutline.block import Block
from cutline.coordinates import Coordinates
from cutline.factor import factor
from cutline.inference.profile import or_what_stands, solve
from cutline.objective import Firth, LogLoss
from cutline.penalty import NoPenalty
from cutline.rows import Addable, Counted, Rows, Summand, width
from cutline.shapes import Mat, Theta, Units
from cutline.solvers import Newton, Solution, Step, Stop, minimize
from cutline.summands.logistic import Maximum, both_tails, curvatures, predictor

T = TypeVar("T", bound=Addable)

STARTS = (1.0, 0.01)  # p / n times this many rows added to each
LOW = 0.2  # a leverage up to which no other maximum is looked for
APART = 1e-2  # standard errors between two maxima, below which they are one


@dataclass(frozen=True, slots=True, eq=False)
class Highest:
    """The best maximum found, and the others: where each is, (q,), and how much lower, best first."""

    solution: Solution
    others: tuple[tuple[Theta, float], ...] = ()


def highest(
    f: Firth,
    start: Tensor,
    *,
    tol: float,
    max_passes: int,
    watch: Sequence[Callable[[Step], None]] = (),
    interrupt: Literal["raise", "return"] = "raise",
) -> Highest:
    """The highest maximum of Firth's likelihood that `start` and the starts of this module lead to.

    Ctrl-C is raised, or ends the search with the best that stands.
    """
    found = [solve(f, start, tol=tol, max_passes=max_passes, watch=watch, interrupt=interrupt)]
    if found[0].stop is not Stop.CONVERGED or not f.coords.size:
        return Highest(found[0])

    def look() -> Solution:
        if _largest_leverage(f, found[0]) > LOW:
            for share in STARTS:
                begin = _flattened_minimum(f, start, share * f.coords.size / found[0].step.weight)
                there = solve(f, begin, tol=tol, max_passes=max_passes, watch=watch)
                if there.stop in (Stop.CONVERGED, Stop.ROUNDING):
                    found.append(there)
        return found[0]

    cut_short = or_what_stands(look, found[0], interrupt).stop is Stop.INTERRUPTED
    best = found[0]
    for s in found:  # a later one has to be better by more than rounding: the first of equals is the answer
        best = s if s.step.value < best.step.value - 1e-9 * (1 + abs(best.step.value)) else best
    others = list[Solution]()
    for s in sorted(found, key=lambda s: s.step.value):
        if all(_apart(s, seen) > APART for seen in (best, *others)):
            others.append(s)
    passes, trace = sum(s.passes for s in found), tuple(v for s in found for v in s.trace)
    stop = Stop.INTERRUPTED if cut_short else best.stop
    return Highest(
        replace(best, passes=passes, trace=trace, stop=stop),
        tuple((s.w, s.step.value - best.step.value) for s in others),
    )


def _apart(a: Solution, b: Solution) -> float:
    """The distance of two points, in the standard errors at either, the shorter."""
    d = a.w - b.w
    return min(float(d @ s.step.hess @ d) ** 0.5 for s in (a, b) if s.step.hess is not None)


def _flattened_minimum(f: Firth, start: Tensor, share: float) -> Tensor:
    loss = LogLoss(Counted(Flattened(f.rows, share)), f.coords)
    return minimize(loss, NoPenalty(), Newton(), start, tol=1e-2, max_passes=60).w


def _largest_leverage(f: Firth, there: Solution) -> float:
    found = None if there.step.hess is None else factor(there.step.hess)
    return 1.0 if found is None else f.rows.sum(LargestLeverage(there.w, found.inverse(), f.coords)).value


@dataclass(frozen=True, slots=True)
class Flattened:
    """Rows as if each, of weight m, had m * share more beside it, half a success and half a failure."""

    rows: Rows
    share: float

    @property
    def n_rows(self) -> int:
        return self.rows.n_rows

    @property
    def n_features(self) -> int:
        return self.rows.n_features

    @property
    def width(self) -> float:
        return width(self.rows)

    def sum(self, summand: Summand[T], /) -> T:
        return self.rows.sum(Flat(summand, self.share))

    def sample(self, m: int, seed: int, /, units: Units = None) -> Rows:
        return replace(self, rows=self.rows.sample(m, seed, units))


@dataclass(frozen=True, slots=True)
class Flat(Generic[T]):
    """Any summand, of a block so flattened."""

    summand: Summand[T]
    share: float

    def __call__(self, block: Block, /) -> T:
        y = (block.y.double() + self.share / 2) / (1 + self.share)
        return self.summand(replace(block, y=y, weight=block.weights() * (1 + self.share)))


@dataclass(frozen=True, slots=True, eq=False)
class LargestLeverage:
    """The largest leverage of a row, its weight taken as so many rows: max p (1 - p) z' H^-1 z."""

    theta: Theta
    inverse: Mat
    at: Coordinates

    def __call__(self, block: Block, /) -> Maximum:
        view = self.at.view(block)
        each = curvatures(both_tails(predictor(view, self.theta)), None) * view.quadratic(self.inverse)
        each = each[block.weights() > 0]
        return Maximum(float(each.max()) if each.numel() else 0.0)

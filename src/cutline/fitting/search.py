"""The search for a minimum: a solver with its limits, run until what it believes is so.

search -> (a Hessian, where one is wanted or in doubt) -> proof -> (nothing proved: separated?) -> search on, or done
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from torch import Tensor

from cutline.factor import Bordered, factor, lifted_factor
from cutline.inference.apart import Apart
from cutline.inference.certificate import Proof, after_newton, bounded, furthest_at_most, prove
from cutline.model import Separation
from cutline.objective import Firth, LogLoss
from cutline.penalty import Penalty
from cutline.rows import together
from cutline.shapes import Theta
from cutline.solvers import LBFGS, Foresight, Precondition, Solution, Solver, Step, Stop, minimize
from cutline.solvers.newton import newton_direction, standing
from cutline.summands.arrow import Arrow
from cutline.summands.logistic import LargestEntries, Logistic
from cutline.terms import Terms

DENSE_HESSIAN = 4_000  # coefficients beyond which no Hessian is formed
SOON = 40  # passes on one Hessian; from there on a few new ones take less
PATIENCE = 30  # passes after which classes that might be separated are looked at
DRAFTED = 12  # passes of a search that a sample began; where the sample is like all rows, half as many are all it takes
FAR = 1.0  # a decrement after these that is not on its way: something the sample lacks rules the loss
CLOSE = 0.1  # a decrement from which one more Newton step may be enough


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """A solver with its limits, ready to run from any point; `then` goes on where it has not settled soon."""

    solver: Solver
    precondition: Precondition | None
    tol: float
    budget: int
    watch: Callable[[Step], None]
    foresight: Foresight | None = None
    interrupt: Literal["raise", "return"] = "raise"
    apart: Apart | None = None
    drafted: bool = False
    then: Solver | None = None

    def leaning_on(self, look: Look) -> Search:
        """L-BFGS goes on from a Hessian as Newton does; gradient descent stays what it was asked to be."""
        hess = look.solution.step.hess
        if not isinstance(self.solver, LBFGS) or (hess is None and look.bordered is None):
            return self
        known = look.bordered or lifted_factor(cast(Tensor, hess))
        return replace(self, precondition=known.solve)

    def run(self, f: LogLoss | Firth, g: Penalty, w: Tensor, passes: int, tol: float | None = None) -> Solution:
        return minimize(
            f,
            g,
            self.solver,
            w,
            tol=tol or self.tol,
            max_passes=passes,
            precondition=self.precondition,
            watch=[self.watch],
            foresight=self.foresight,
            interrupt=self.interrupt,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Doubts:
    """What is asked of a search's end.

    Args:
        hessian: is the Hessian at the end wanted for itself?
        exists: is it known that there is a minimum: by a penalty, or because a sample of the rows has one?
        largest: the largest absolute value of each column, where all rows were asked.
        separated: the last resort.
    """

    hessian: bool
    exists: bool
    largest: Theta | None
    separated: Callable[[], Separation | None]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A solution, and the Hessian there where only an arrow of it could be formed."""

    solution: Solution
    bordered: Bordered | None = None

    @property
    def knows(self) -> bool:
        """Is there a Hessian?"""
        return self.bordered is not None or self.solution.step.hess is not None


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Where a search ended, the Hessian there if one was formed, and what was proved about the minimum.

    `others` are lesser minima, and how much higher. `lost` says that a sample's start led nowhere, `switched` that the
    search's second solver had to go on.
    """

    solution: Solution
    bound: float | None = None
    exact: bool = False
    separation: Separation | None = None
    others: tuple[tuple[Theta, float], ...] = ()
    bordered: Bordered | None = None
    lost: bool = False
    switched: bool = False

    @property
    def hess(self) -> Tensor | None:
        return self.solution.step.hess


def one_newton_step(largest: Theta) -> Foresight:
    """Foresight for Newton's method, and a proof: self-concordance bounds what a full step leaves."""

    def see(step: Step, _: Sequence[float]) -> float:
        if step.hess is None or step.decrement is None or step.decrement > CLOSE:
            return math.inf
        found = factor(step.hess)
        if found is None:
            return math.inf
        return after_newton(step.decrement, furthest_at_most(found.inverse(), largest))[0]

    return see


def certified(f: LogLoss, g: Penalty, search: Search, theta: Tensor, doubts: Doubts) -> Found:
    """Search until what the search believes is so: the decrement by a Hessian, and a minimum proved to exist."""
    begun, believed, asked = f.passes, search.tol, False

    def watch(step: Step) -> None:
        search.watch(step)
        far = step.decrement is None or step.decrement > FAR
        if search.drafted and far and f.passes - begun >= DRAFTED:
            raise _LostError(step)

    soon, switched = PATIENCE if search.then is None else SOON, False
    try:
        solution = replace(search, watch=watch).run(f, g, theta, min(search.budget, soon))
    except _LostError as lost:
        return Found(Solution(lost.step, Stop.BUDGET, f.passes - begun, ()), lost=True)
    except KeyboardInterrupt:
        if search.interrupt == "raise":
            raise
        return as_it_stands(f, g, search, theta)
    try:
        left = search.budget - (f.passes - begun)
        if search.then is not None and left > 0 and solution.stop not in (Stop.CONVERGED, Stop.INTERRUPTED):
            search, switched = replace(search, solver=search.then, precondition=None), True
            solution = _on(solution, search.run(f, g, solution.w, min(left, PATIENCE)))
        while solution.stop is not Stop.INTERRUPTED:
            solid, look = doubts.exists and solution.stop is Stop.CONVERGED, Look(solution)
            if doubts.hessian or not (solid or look.knows):
                look = looked_at(f, g, solution, search.apart)
                solution = look.solution
            decrement = math.inf if solution.step.decrement is None else solution.step.decrement
            bound = _proof(f, look, search.apart, doubts.largest, decrement).bound
            exact = bound is not None
            # without a Hessian nothing can be proved, and only a search that has not settled gives cause to doubt
            unsettled = look.knows or solution.stop is not Stop.CONVERGED
            if not exact and not asked and not doubts.exists and unsettled:
                separation, asked = doubts.separated(), True
                if separation is not None:
                    return Found(solution, separation=separation, switched=switched)
            left = search.budget - (f.passes - begun)
            if decrement <= search.tol or solution.stop in (Stop.ROUNDING, Stop.DIVERGED) or left <= 0:
                said = bound if exact else None if look.knows else estimate(solution)
                return Found(solution, said, exact, bordered=look.bordered, switched=switched)
            # A solver that believed it was done too early is asked for as much more as it was wrong by.
            if solution.stop is Stop.CONVERGED:
                believed = min(0.3 * believed, search.tol**2 / decrement)
            search = search.leaning_on(look)
            solution = _on(solution, search.run(f, g, solution.w, left, believed))
    except KeyboardInterrupt:
        if search.interrupt == "raise":
            raise
        solution = replace(solution, stop=Stop.INTERRUPTED)
    return Found(solution, estimate(solution), switched=switched)  # no more passes for one who wants no more


def _on(one: Solution, more: Solution) -> Solution:
    """A search and the one that went on where it stood."""
    return replace(more, passes=one.passes + more.passes, trace=one.trace + more.trace)


class _LostError(Exception):
    """A sample's start led nowhere near."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.step = step


def as_it_stands(f: LogLoss, g: Penalty, search: Search, w: Tensor) -> Found:
    """A point never measured on all rows: one pass, and how near it is by whatever Hessian is known."""
    if search.precondition is None and f.coords.size <= DENSE_HESSIAN:
        step = standing(f, g, w)
        step = replace(step, decrement=newton_direction(cast(Tensor, step.hess), step.grad)[1])
    else:
        t = f.at(w, 1)
        grad = cast(Tensor, t.grad) + g.grad(w)
        lean = search.precondition
        decrement = None if lean is None else max(float(grad @ lean(grad)), 0.0) ** 0.5
        step = Step(w, t.value + g.value(w), grad, t.weight, decrement=decrement)
    solution = Solution(step, Stop.INTERRUPTED, 1, (step.value,))
    return Found(solution, estimate(solution))


def estimate(solution: Solution) -> float | None:
    """How far the value is above its minimum, as half the decrement's square has it: None where there is no decrement.

    It is the solver's, or of a search that was interrupted. A Hessian that proved nothing says nothing either.
    """
    decrement = solution.step.decrement
    return decrement**2 / 2 if decrement is not None and math.isfinite(decrement) else None


def looked_at(f: LogLoss, g: Penalty, solution: Solution, apart: Apart | None = None) -> Look:
    """The solution looked at with a Hessian, or an arrow of it where that is what fits: a pass, or none."""
    step = solution.step
    lost = solution.stop is Stop.DIVERGED or not bool(step.w.isfinite().all())
    if lost or (step.hess is not None and not solution.foreseen):
        return Look(solution)
    if f.coords.size <= DENSE_HESSIAN:
        there = standing(f, g, step.w)
        if not bool(cast(Tensor, there.hess).isfinite().all()):
            return Look(solution)
        _, decrement = newton_direction(cast(Tensor, there.hess), there.grad)
        return Look(replace(solution, step=replace(there, decrement=decrement), foreseen=False))
    if apart is None:
        return Look(solution)
    both = f.rows.sum(together(Logistic(step.w, f.coords, 1), apart.hessian(f.coords, step.w)))
    t, arrow = cast("tuple[Terms, Arrow]", both)
    bordered, grad = apart.factored(arrow, f.coords, g, step.w), cast(Tensor, t.grad) + g.grad(step.w)
    there = replace(step, value=t.value + g.value(step.w), grad=grad, decrement=bordered.step(grad)[1])
    return Look(replace(solution, step=there, foreseen=False), bordered)


def _proof(f: LogLoss, look: Look, apart: Apart | None, largest: Theta | None, decrement: float) -> Proof:
    """What the Hessian proves: nothing without one. A foreseen step has that of the point before it."""
    hess, bordered = look.solution.step.hess, look.bordered
    if hess is None and bordered is None:
        return Proof(math.inf, None)
    if largest is None and f.coords.size:
        largest = f.rows.sum(LargestEntries(f.coords)).values
    if hess is not None:
        return prove(f.rows, f.coords, hess, decrement, largest, foreseen=look.solution.foreseen)
    if bordered is None or apart is None or largest is None or bordered.lifted:
        return Proof(math.inf, None)
    return bounded(decrement, apart.furthest_at_most(bordered.variances.sqrt(), largest, f.coords))

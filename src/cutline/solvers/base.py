"""The seam between a function and whatever minimizes it, and the one outer loop.

A solver is a generator of `Step`s: only its mathematics. The loop owns tolerance, budget, the trace and who watches.
A function answers three questions (terms at w, losses along a ray, Hessian times v) and counts what they cost in
passes over the data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise
from typing import Literal, Protocol, cast, runtime_checkable

from cutline.penalty import Penalty
from cutline.shapes import Many, Mat, Vec
from cutline.terms import Terms

Foresight = Callable[["Step", Sequence[float]], float]
"""The decrement to expect at step.ahead, given the step and the decrements of the full steps before it; infinity where
nothing can be said."""

Precondition = Callable[[Vec], Vec]
"""An approximate inverse Hessian, applied to a gradient."""

TRUSTED = 0.25  # a step that gained less than this says nothing of the next


@runtime_checkable
class Smooth(Protocol):
    """f in  minimize f(w) + g(w), twice differentiable."""

    @property
    def passes(self) -> int:
        """Passes over the data spent so far, whoever spent them."""
        ...

    def at(self, w: Vec, order: Literal[0, 1, 2], /) -> Terms:
        """Value, and gradient (order 1), and Hessian (order 2) at w."""
        ...

    def along(self, w: Vec, d: Vec, steps: Many, /) -> Many:
        """f(w + step * d) for each step, in one pass."""
        ...

    def hvp(self, w: Vec, v: Vec, /) -> Vec:
        """The Hessian at w times v."""
        ...


class Stop(Enum):
    """How a minimization ended."""

    CONVERGED = "the Newton decrement fell to the tolerance"
    BUDGET = "the allowed passes over the data are spent"
    ROUNDING = "no step lowers the loss any more: rounding is all that is left"
    INTERRUPTED = "it was interrupted"
    DIVERGED = "the loss is no longer a finite number"


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Where a solver stands.

    `value`, `grad` (p,) and `hess` (p, p) are those of f + g; `decrement` is sqrt(grad' H^-1 grad), exact where the
    solver has H and its estimate otherwise, None where it has neither; `size` is the step that led here; `ahead` is
    where it looks next; `stop` is set by a solver that cannot go on.
    """

    w: Vec
    value: float
    grad: Vec
    weight: float
    size: float = 0.0
    decrement: float | None = None
    hess: Mat | None = None
    ahead: Vec | None = None
    stop: Stop | None = None


@runtime_checkable
class Solver(Protocol):
    """A frozen dataclass of settings whose `steps` is the algorithm, so that a lesson can call next()."""

    def steps(self, f: Smooth, g: Penalty, w: Vec, /, precondition: Precondition | None = None) -> Iterator[Step]:
        """Yield where it stands, w first, for as long as anyone asks."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """What a watcher is told after each step. `rows` is what one pass reads; `stage` says what the passes are for."""

    passes: int
    rows: int
    loss: float
    decrement: float | None
    stage: str
    tol: float


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Where a minimization ended, why, and the loss at each step on the way.

    Where the last step was `foreseen`, it was taken without looking: its value, gradient and decrement are what its
    foresight said, and its Hessian is the one before it.
    """

    step: Step
    stop: Stop
    passes: int
    trace: tuple[float, ...]
    foreseen: bool = False

    @property
    def w(self) -> Vec:
        return self.step.w


def minimize(
    f: Smooth,
    g: Penalty,
    solver: Solver,
    w: Vec,
    *,
    tol: float,
    max_passes: int,
    precondition: Precondition | None = None,
    watch: Sequence[Callable[[Step], None]] = (),
    foresight: Foresight | None = None,
    interrupt: Literal["raise", "return"] = "raise",
) -> Solution:
    """Minimize f + g from w until the decrement is at most `tol` or `max_passes` are spent.

    A decrement of 1e-6 leaves every coefficient within a millionth of its standard error of the minimum (Boyd &
    Vandenberghe 2004, section 9.5.1). A solver without a decrement runs until its budget is spent. With `foresight`,
    the last step is taken without looking where the decrement it leaves is known to be small enough: a pass saved.
    Ctrl-C is raised, or ends the search with the last step.
    """
    first, trace, before, foreseen = f.passes, list[float](), list[float](), False
    step = stop = None
    try:
        for step in solver.steps(f, g, w, precondition):
            trace.append(step.value)
            for see in watch:
                see(step)
            stop = step.stop
            if not math.isfinite(step.value):
                stop = Stop.DIVERGED
            elif step.decrement is not None and step.decrement <= tol:
                stop = Stop.CONVERGED
            elif stop is None and f.passes - first >= max_passes:
                stop = Stop.BUDGET
            elif foresight is not None and step.ahead is not None and (left := foresight(step, before)) <= tol:
                step, stop, foreseen = _taken(step, left), Stop.CONVERGED, True
            if stop is not None:
                break
            before = [*before, step.decrement] if step.decrement is not None and step.size in (0.0, 1.0) else []
    except KeyboardInterrupt:
        if interrupt == "raise" or step is None:
            raise
        stop = Stop.INTERRUPTED
    if step is None or stop is None:
        raise RuntimeError("a solver yields steps for as long as it is asked; this one returned")
    return Solution(step, stop, f.passes - first, tuple(trace), foreseen)


def _taken(step: Step, left: float) -> Step:
    """The step ahead, as a model that is good to `left` standard errors has it."""
    lost = cast(float, step.decrement)
    assert step.ahead is not None
    grad = step.grad * (left / lost)
    return replace(step, w=step.ahead, value=step.value - lost**2 / 2, grad=grad, size=1.0, decrement=left, ahead=None)


def by_rate(step: Step, before: Sequence[float]) -> float:
    """Foresight from the rates so far: what the next step leaves if it gains a third of what the last two did.

    An estimate: while it forgets no pair, L-BFGS is BFGS, which converges superlinearly (Nocedal & Wright 2006, Theorem
    6.6), so that rates improve; but they vary on the way, and one alone may promise too much.
    """
    return _by_rates(step, before, 2)


def by_last_rate(step: Step, before: Sequence[float]) -> float:
    """The same from the last rate alone, for a search whose end is looked at anyway."""
    return _by_rates(step, before, 1)


def _by_rates(step: Step, before: Sequence[float], rates: int) -> float:
    if len(before) < rates or step.decrement is None or step.size != 1.0:
        return math.inf
    known = [*before[-rates:], step.decrement]
    rate = max(last / first for first, last in pairwise(known))
    return 3 * rate * step.decrement if rate < TRUSTED else math.inf

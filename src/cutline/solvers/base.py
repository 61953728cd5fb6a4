"""The seam between a function and whatever minimizes it, and the one outer loop.

A solver is a generator of `Step`s: only its mathematics. The loop owns tolerance, budget, the trace and who watches.
A function answers three questions (terms at w, losses along a ray, Hessian times v) and counts what they cost in
passes over the data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol, runtime_checkable

from cutline.penalty import Penalty
from cutline.shapes import Many, Mat, Vec
from cutline.terms import Terms

Precondition = Callable[[Vec], Vec]
"""An approximate inverse Hessian, applied to a gradient."""


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
    DIVERGED = "the loss is no longer a finite number"


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Where a solver stands.

    `value`, `grad` (p,) and `hess` (p, p) are those of f + g; `decrement` is sqrt(grad' H^-1 grad), exact where the
    solver has H and its estimate otherwise, None where it has neither; `size` is the step that led here; `stop` is
    set by a solver that cannot go on.
    """

    w: Vec
    value: float
    grad: Vec
    weight: float
    size: float = 0.0
    decrement: float | None = None
    hess: Mat | None = None
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
    """Where a minimization ended, why, and the loss at each step on the way."""

    step: Step
    stop: Stop
    passes: int
    trace: tuple[float, ...]

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
) -> Solution:
    """Minimize f + g from w until the decrement is at most `tol` or `max_passes` are spent.

    A decrement of 1e-6 leaves every coefficient within a millionth of its standard error of the minimum (Boyd &
    Vandenberghe 2004, section 9.5.1). A solver without a decrement runs until its budget is spent.
    """
    first, trace = f.passes, list[float]()
    for step in solver.steps(f, g, w, precondition):
        trace.append(step.value)
        for see in watch:
            see(step)
        spent = f.passes - first
        stop = step.stop
        if not math.isfinite(step.value):
            stop = Stop.DIVERGED
        elif step.decrement is not None and step.decrement <= tol:
            stop = Stop.CONVERGED
        elif stop is None and spent >= max_passes:
            stop = Stop.BUDGET
        if stop is not None:
            return Solution(step, stop, spent, tuple(trace))
    raise RuntimeError("a solver yields steps for as long as it is asked; this one returned")

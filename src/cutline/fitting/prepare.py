"""What a search is given: coordinates, columns that can be estimated, a start, and a solver with what speeds it up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

import torch

from cutline.coordinates import Coordinates
from cutline.errors import DataError
from cutline.factor import lifted_factor
from cutline.fitting.precondition import at_base_rate, by_diagonal, diagonal, precondition
from cutline.fitting.search import DENSE_HESSIAN, one_newton_step
from cutline.fitting.start import base_rate, draft, drawn, largest, standardized
from cutline.inference.aliasing import Aliased, find_aliased, find_aliased_beside
from cutline.inference.apart import Apart, set_apart
from cutline.objective import LogLoss
from cutline.penalty import NoPenalty, Penalty
from cutline.rows import Counted, together, width
from cutline.shapes import Theta
from cutline.solvers import Foresight, Precondition, by_rate
from cutline.solvers.newton import standing
from cutline.summands.moments import ColumnMoments, Moments, Outcome, OutcomeCounts
from cutline.summands.sweep import worth_compiling
from cutline.terms import Terms

LEAN = 100  # coefficients from which one Hessian for a whole search takes less time than several

SolverName = Literal["auto", "newton", "lbfgs", "gradient-descent"]


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What is to be fitted: rows, the penalty in whatever coordinates, and what columns and labels are called."""

    rows: Counted
    penalty: Callable[[Coordinates], Penalty]
    solver: SolverName
    intercept: bool
    order: Sequence[int]
    seed: int
    names: Sequence[str]
    labels: tuple[str, str]
    interrupt: Literal["raise", "return"] = "raise"


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """Where a search starts and what it may lean on.

    `known` are terms summed already, at `theta`; `largest` the largest entry of each column where all rows were asked;
    `drafted` says that a sample was asked instead, and overlaps; `interrupted` that its search was, and theta stands.
    `apart` is a factor whose elimination leaves a Hessian that can be formed, where all of it cannot. `impatient` says
    that Newton's method is to take over where the solver takes long.
    """

    coords: Coordinates
    outcome: Outcome
    theta: Theta
    solver: SolverName
    aliased: tuple[Aliased, ...] = ()
    precondition: Precondition | None = None
    known: tuple[Theta, Terms] | None = None
    largest: Theta | None = None
    drafted: bool = False
    interrupted: bool = False
    apart: Apart | None = None
    impatient: bool = False

    def foresight(self, *, hessian: bool) -> Foresight | None:
        """How far a search may see; with a Hessian wanted at the end, Newton's last look costs nothing."""
        if self.solver == "newton":
            return None if hessian or self.largest is None else one_newton_step(self.largest)
        return by_rate if self.drafted else None


def from_sample(task: Task) -> Ready | None:
    """Start from a sample, where rows are many and it raises no doubt: all rows are asked for their outcomes only.

    Where a pass costs a GPU no more than a few of its calls, a sample would cost as much as the passes it saves.
    """
    q = task.rows.n_features + int(task.intercept)
    m = drawn(task.rows.n_rows, q)
    if m is None or task.rows.at_hand or task.solver == "gradient-descent" or q > DENSE_HESSIAN:
        return None
    outcome = task.rows.sum(OutcomeCounts())
    _check_outcome(outcome, task.labels)
    asked = {"intercept": task.intercept, "seed": task.seed, "interrupt": task.interrupt}
    found = draft(task.rows, m, outcome, task.penalty, **asked)
    if found is None:
        return None
    solver: SolverName = "lbfgs" if task.solver == "auto" else task.solver
    lean = found.factor.solve if solver == "lbfgs" or found.interrupted else None
    known = {"precondition": lean, "drafted": True, "interrupted": found.interrupted}
    return Ready(found.coords, outcome, found.theta, solver, **known)


def from_rows(task: Task) -> Ready:
    """Start from no effect but the base rate, having asked all rows what they hold."""
    rows = task.rows
    looked = ColumnMoments(worth_compiling(rows.n_rows, width(rows)))
    moments, outcome = cast("tuple[Moments, Outcome]", rows.sum(together(looked, OutcomeCounts())))
    _check_outcome(outcome, task.labels)
    _check_numbers(moments, task.names)
    coords, constant = standardized(moments, task.intercept)
    aliased = [Aliased(j, ()) for j in constant]
    g = task.penalty(coords)
    theta, known, arrow = base_rate(coords, outcome), None, None
    apart = set_apart(coords, moments.levels) if coords.size > DENSE_HESSIAN else None
    if apart is not None and isinstance(g, NoPenalty):
        arrow = rows.sum(apart.hessian(coords, theta))
        aliased += find_aliased_beside(rows, coords, task.order, *apart.of_theta(arrow, coords))
    elif isinstance(g, NoPenalty) and coords.size <= DENSE_HESSIAN:
        terms = LogLoss(rows, coords).at(theta, 2)
        aliased += find_aliased(rows, coords, task.order, cast(torch.Tensor, terms.hess))
        known = (theta, terms)
    if len(aliased) > len(constant):
        coords, known = coords.without([a.feature for a in aliased]), None
        g, theta = task.penalty(coords), base_rate(coords, outcome)
    solver, auto = task.solver, task.solver == "auto"
    if auto:
        solver = "newton" if coords.size < min(LEAN, DENSE_HESSIAN + 1) else "lbfgs"
    lean: Precondition | None = None
    impatient = auto and LEAN <= coords.size <= DENSE_HESSIAN
    if impatient:
        lean = leaning(LogLoss(rows, coords, known, rough=known is None), g, theta)
    elif solver == "lbfgs" and apart is not None:
        if arrow is None:
            flat = at_base_rate(coords, moments, theta)
            lean = apart.guide(rows, coords, flat, g, theta, task.seed).solve
        else:
            lean = apart.factored(arrow, coords, g, theta).solve
    elif solver == "lbfgs" and coords.size > DENSE_HESSIAN:
        lean = precondition(rows, coords, g, theta, moments, task.seed)
    elif solver != "newton":
        lean = by_diagonal(diagonal(coords, moments) + g.curvature(theta))
    most = largest(coords, moments)
    return Ready(coords, outcome, theta, solver, tuple(aliased), lean, known, most, apart=apart, impatient=impatient)


def leaning(f: LogLoss, g: Penalty, theta: Theta) -> Precondition:
    """The inverse of the Hessian here, for a whole search."""
    hess = cast(torch.Tensor, standing(f, g, theta).hess)
    if f.rough and not bool(hess.isfinite().all()):  # weights that float32 has no room for
        return leaning(replace(f, rough=False), g, theta)
    return lifted_factor(hess).solve


def _check_outcome(outcome: Outcome, labels: tuple[str, str]) -> None:
    if not outcome.weight > 0:
        raise DataError(
            "expected rows of positive weight, and every weight is zero; mend the weights or leave them out"
        )
    if not 0 < outcome.successes < outcome.weight:
        only = labels[int(outcome.successes > 0)]
        raise DataError(f"expected two classes, and every row is {only!r}; there is nothing to tell apart")


def _check_numbers(moments: Moments, names: Sequence[str]) -> None:
    wild = (~moments.finite()).nonzero().flatten().tolist()
    if wild:
        raise DataError(
            f"column {names[wild[0]]!r}: expected finite numbers whose squares can be added up, and it holds NaN, "
            "infinity or numbers beyond 1e150; mend or rescale it"
        )

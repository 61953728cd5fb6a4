"""From rows to coefficients: which columns can be estimated, minimize, certify, and say so where there is no minimum.

    rows -> moments -> coordinates -> minimize -> certificate -> (not certified: separated?) -> RowsFit

Nothing here knows of tables: `cutline.fit` and the scikit-learn estimator both stand on `fit_rows`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

import torch
from torch import Tensor

from cutline.coordinates import Coordinates
from cutline.errors import DataError, FitError
from cutline.factor import lifted_factor
from cutline.fitting.start import measured, precondition, standardized, starting_point
from cutline.inference.aliasing import Aliased, find_aliased
from cutline.inference.certificate import prove
from cutline.inference.profile import solve
from cutline.inference.separation import find_separation
from cutline.model import Certificate, Separation
from cutline.objective import Firth, LogLoss, ridge
from cutline.penalty import NoPenalty, Penalty
from cutline.rows import Counted, Rows, together
from cutline.solvers import (
    LBFGS,
    GradientDescent,
    Newton,
    Precondition,
    Progress,
    Solution,
    Solver,
    Step,
    Stop,
    minimize,
)
from cutline.summands.moments import ColumnMoments, Moments, Outcome, OutcomeCounts
from cutline.threads import one_thread_each

PenaltyName = Literal["none", "l2", "firth"]
SolverName = Literal["auto", "newton", "lbfgs", "gradient-descent"]
SOLVERS: dict[str, tuple[Solver, int]] = {  # the solver, and the passes it is allowed
    "newton": (Newton(), 300),
    "lbfgs": (LBFGS(), 5_000),
    "gradient-descent": (GradientDescent(), 50_000),
}
DENSE_HESSIAN = 4_000  # coefficients beyond which no Hessian is formed
PATIENCE = 30  # passes after which classes that might be separated are looked at
LOOSE = 1e-3  # where rounding ends a search above its tolerance, a thousandth of a standard error still is an answer


@dataclass(frozen=True, slots=True, eq=False)
class RowsFit:
    """What a fit of rows found, in the user's units and the block's order of features.

    `weights` holds the intercept (where there is one) and then w, NaN at `aliased` features; `covariance` is None
    where it was not asked for or does not exist. `loss` is the summed loss there and `objective` the same with its
    penalty. Where the
    classes are
    `separation`, the weights are where the search stood and mean nothing.
    """

    weights: Tensor
    covariance: Tensor | None
    loss: float
    objective: float
    certificate: Certificate
    separation: Separation | None
    aliased: tuple[Aliased, ...]
    moments: Moments
    outcome: Outcome
    coords: Coordinates
    theta: Tensor
    short: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Where a search ended, the Hessian there if one was formed, and what was proved about the minimum."""

    solution: Solution
    hess: Tensor | None
    bound: float | None = None
    exact: bool = False
    separation: Separation | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """A solver with its limits, ready to run from any point."""

    solver: Solver
    precondition: Precondition | None
    tol: float
    budget: int
    watch: Callable[[Step], None]

    def with_hessian(self, hess: Tensor) -> _Search:
        """L-BFGS goes on from a Hessian as Newton does; gradient descent stays what it was asked to be."""
        return replace(self, precondition=lifted_factor(hess).solve) if isinstance(self.solver, LBFGS) else self

    def run(self, f: LogLoss | Firth, g: Penalty, w: Tensor, passes: int, tol: float | None = None) -> Solution:
        limits = {"tol": tol or self.tol, "max_passes": passes}
        return minimize(f, g, self.solver, w, **limits, precondition=self.precondition, watch=[self.watch])


@one_thread_each()
def fit_rows(
    rows: Rows,
    *,
    penalty: PenaltyName = "none",
    C: float = 1.0,
    intercept: bool = True,
    solver: SolverName = "auto",
    tol: float = 1e-6,
    max_passes: int | None = None,
    covariance: bool = True,
    names: Sequence[str] | None = None,
    labels: tuple[str, str] = ("0", "1"),
    order: Sequence[int] | None = None,
    seed: int = 0,
    progress: Callable[[Progress], None] | None = None,
    short: Literal["raise", "return"] = "raise",
) -> RowsFit:
    """Fit a logistic regression to rows, wherever they are.

    Args:
        penalty: none is maximum likelihood, l2 adds |w|^2 / (2C) to the summed loss, firth is Firth's penalized
        likelihood.
        C: the inverse strength of l2, as in scikit-learn.
        intercept: estimate one, without penalty.
        solver: "auto" takes Newton while a Hessian fits and L-BFGS beyond; firth is always by Fisher scoring.
        tol: the Newton decrement at which to stop, so that coefficients are within `tol` standard errors of the
        minimum.
        max_passes: passes over the data the search may spend.
        covariance: is the inverse Hessian wanted? There is none under l2.
        names: the features, for messages.
        labels: what a failure and a success are called, for messages.
        order: the features in the order in which aliased columns keep their place; the block's by default.
        seed: of the samples that start a large fit and look for separation.
        progress: told after every step.
        short: whether a search that stopped short is an error, or returned with the sentence that says so.

    Raises:
        FitError: the search stopped short, for a reason other than separation.
    """
    counted = rows if isinstance(rows, Counted) else Counted(rows)
    names = names or [f"x{j}" for j in range(rows.n_features)]
    moments, outcome = cast("tuple[Moments, Outcome]", counted.sum(together(ColumnMoments(), OutcomeCounts())))
    _check_rows(moments, outcome, names, labels)
    coords, constant = standardized(moments, intercept)
    aliased = [Aliased(j, ()) for j in constant]
    if penalty != "l2" and coords.size <= DENSE_HESSIAN:
        aliased += find_aliased(counted, coords, order or range(rows.n_features))
        coords = coords.without([a.feature for a in aliased])

    def watch(step: Step) -> None:
        if progress is not None:
            progress(Progress(counted.passes, rows.n_rows, step.value, step.decrement, "fit", tol))

    chosen = "newton" if penalty == "firth" else solver
    if chosen == "auto":
        chosen = "newton" if coords.size <= DENSE_HESSIAN else "lbfgs"
    g = ridge(coords, C) if penalty == "l2" else NoPenalty()
    method, budget = SOLVERS[chosen]
    scaled = None if chosen == "newton" else precondition(coords, g, moments)
    search = _Search(method, scaled, tol, max_passes or budget, watch)
    theta = starting_point(rows, coords, outcome, g, newton=chosen == "newton" and penalty != "firth", seed=seed)
    if penalty == "firth":
        f = Firth(counted, coords, coords)
        solution = solve(f, theta, tol=tol, max_passes=search.budget, watch=[watch])
        found = _Found(solution, solution.step.hess)
    else:

        def separated() -> Separation | None:
            return find_separation(counted, coords, names, labels, seed) if penalty == "none" else None

        found = _certified(LogLoss(counted, coords), g, search, theta, separated)
    solution = found.solution
    stopped = _stopped_short(solution, search, chosen) if found.separation is None else None
    if stopped is not None and short == "raise":
        raise FitError(stopped)
    loss = solution.step.value - g.value(solution.w)
    if penalty == "firth":
        loss = LogLoss(counted, coords).at(solution.w, 0).value
    weights = coords.to_user(solution.w)
    cov = None
    if covariance and penalty != "l2" and found.hess is not None and found.separation is None:
        cov = coords.covariance(lifted_factor(found.hess).inverse())
    gone = torch.tensor([a.feature + int(intercept) for a in aliased], dtype=torch.long)
    weights[gone] = torch.nan
    if cov is not None:
        cov[gone] = torch.nan
        cov[:, gone] = torch.nan
    certificate = Certificate(
        gradient=float(solution.step.grad.abs().max()) / outcome.weight if coords.size else 0.0,
        decrement=math.inf if solution.step.decrement is None else solution.step.decrement,
        bound=found.bound,
        bound_kind="none" if found.bound is None else "exact" if found.exact else "estimate",
        passes=counted.passes,
        rows=rows.n_rows,
        stop=solution.stop.value,
        solver="fisher-scoring" if penalty == "firth" else chosen,
        tol=tol,
    )
    return RowsFit(
        weights=weights,
        covariance=cov,
        loss=loss,
        objective=solution.step.value,
        certificate=certificate,
        separation=found.separation,
        aliased=tuple(aliased),
        moments=moments,
        outcome=outcome,
        coords=coords,
        theta=solution.w,
        short=stopped,
    )


def _certified(
    f: LogLoss, g: Penalty, search: _Search, theta: Tensor, separated: Callable[[], Separation | None]
) -> _Found:
    """Search until what the search believes is so: the decrement by a Hessian, and a minimum proved to exist."""
    begun, believed, asked = f.passes, search.tol, False
    solution = search.run(f, g, theta, min(search.budget, PATIENCE))
    while True:
        solution, hess = measured(f, g, solution, DENSE_HESSIAN)
        decrement = math.inf if solution.step.decrement is None else solution.step.decrement
        bound = None if hess is None else prove(f.rows, f.coords, hess, decrement).bound
        exact = bound is not None
        # without a Hessian nothing can be proved, and only a search that has not settled gives cause to doubt
        if not exact and not asked and (hess is not None or solution.stop is not Stop.CONVERGED):
            separation, asked = separated(), True
            if separation is not None:
                return _Found(solution, hess, separation=separation)
        left = search.budget - (f.passes - begun)
        if decrement <= search.tol or solution.stop in (Stop.ROUNDING, Stop.DIVERGED) or left <= 0:
            # Without a Hessian the decrement is the solver's estimate, and so is half its square.
            estimate = decrement**2 / 2 if hess is None and math.isfinite(decrement) else None
            return _Found(solution, hess, bound if exact else estimate, exact)
        # A solver that believed it was done too early is asked for as much more as it was wrong by.
        if solution.stop is Stop.CONVERGED:
            believed = min(0.3 * believed, search.tol**2 / decrement)
        search = search if hess is None else search.with_hessian(hess)
        more = search.run(f, g, solution.w, left, believed)
        solution = replace(more, passes=solution.passes + more.passes, trace=solution.trace + more.trace)


def _check_rows(moments: Moments, outcome: Outcome, names: Sequence[str], labels: tuple[str, str]) -> None:
    if not outcome.weight > 0:
        raise DataError(
            "expected rows of positive weight, and every weight is zero; mend the weights or leave them out"
        )
    if not 0 < outcome.successes < outcome.weight:
        only = labels[int(outcome.successes > 0)]
        raise DataError(f"expected two classes, and every row is {only!r}; there is nothing to tell apart")
    wild = (~(moments.mean.isfinite() & moments.m2.isfinite())).nonzero().flatten().tolist()
    if wild:
        raise DataError(
            f"column {names[wild[0]]!r}: expected finite numbers whose squares can be added up, and it holds NaN, "
            "infinity or numbers beyond 1e150; mend or rescale it"
        )


def _stopped_short(solution: Solution, search: _Search, name: str) -> str | None:
    """Why a search is no answer, and what would be one; None where it is."""
    decrement = math.inf if solution.step.decrement is None else solution.step.decrement
    if decrement <= (LOOSE if solution.stop is Stop.ROUNDING else search.tol):
        return None
    remedy = (
        "take the newton solver, which does not depend on how the columns are conditioned"
        if name != "newton"
        else "look for columns that are nearly collinear or of enormous range, or take the l2 penalty"
    )
    return (
        f"the search for the best coefficients stopped short: {solution.stop.value}, after {solution.passes} passes "
        f"of the {name} solver, with every coefficient only within {decrement:.2g} standard errors of the best "
        f"(asked: {search.tol:.2g}); {remedy}"
    )

"""From rows to coefficients: which columns can be estimated, minimize, certify, and say so where there is no minimum.

    rows -> moments -> coordinates -> minimize -> certificate -> (not certified: separated?) -> RowsFit

Nothing here knows of tables: `cutline.fit` and the scikit-learn estimator both stand on `fit_rows`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from cutline.coordinates import Coordinates
from cutline.errors import FitError
from cutline.factor import lifted_factor
from cutline.fitting.prepare import Ready, SolverName, Task, from_rows, from_sample
from cutline.fitting.search import PATIENCE, Doubts, Found, Search, as_it_stands, certified
from cutline.fitting.small import settle
from cutline.inference.aliasing import Aliased
from cutline.inference.apart import user_variances
from cutline.inference.maxima import highest
from cutline.inference.separation import find_pure_levels, find_separation
from cutline.model import Certificate, Separation
from cutline.objective import Firth, LogLoss, ridge
from cutline.penalty import NoPenalty, Penalty
from cutline.rows import Counted, Rows
from cutline.solvers import LBFGS, GradientDescent, Newton, Progress, Solution, Solver, Step, Stop
from cutline.summands.moments import Outcome
from cutline.threads import one_thread_each

PenaltyName = Literal["none", "l2", "firth"]
SOLVERS: dict[str, tuple[Solver, int]] = {  # the solver, and the passes it is allowed
    "newton": (Newton(), 300),
    "lbfgs": (LBFGS(), 5_000),
    "gradient-descent": (GradientDescent(), 50_000),
}
LOOSE = 1e-3  # where rounding ends a search above its tolerance, a thousandth of a standard error still is an answer


@dataclass(frozen=True, slots=True, eq=False)
class RowsFit:
    """What a fit of rows found, in the user's units and the block's order of features.

    `weights` holds the intercept (where there is one) and then w, NaN at `aliased` features; `covariance` is None where
    it was not asked for or does not exist; where it would be too large, `variances` is its diagonal. `loss` is the
    summed loss there and `objective` the same with its penalty. Where the classes are separated, the weights are where
    the search stood and mean nothing. `lesser` are other maxima of Firth's likelihood: their weights, and how much
    lower they are.
    """

    weights: Tensor
    covariance: Tensor | None
    loss: float
    objective: float
    certificate: Certificate
    separation: Separation | None
    aliased: tuple[Aliased, ...]
    outcome: Outcome
    coords: Coordinates
    theta: Tensor
    short: str | None = None
    lesser: tuple[tuple[Tensor, float], ...] = ()
    variances: Tensor | None = None


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
    interrupt: Literal["raise", "return"] = "raise",
    workers: int | None = None,
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
        interrupt: whether Ctrl-C during the search is raised, or ends it with what stands and its certificate.
        workers: how many threads share a pass; None is as many as torch has.

    Raises:
        FitError: the search stopped short, for a reason other than separation.
        ValueError: `workers` is below one.
    """
    counted = rows if isinstance(rows, Counted) else Counted(rows)
    names = names or [f"x{j}" for j in range(rows.n_features)]

    def watch(step: Step) -> None:
        if progress is not None:
            progress(Progress(counted.passes, rows.n_rows, step.value, step.decrement, "fit", tol))

    def penalized(at: Coordinates) -> Penalty:
        return ridge(at, C) if penalty == "l2" else NoPenalty()

    wanted = covariance and penalty == "none"

    def search(ready: Ready) -> Found:
        method, budget = SOLVERS[ready.solver]
        ahead = ready.foresight(hessian=wanted)
        how = Search(
            method,
            ready.precondition,
            tol,
            (max_passes or budget) - vain,
            watch,
            ahead,
            interrupt,
            ready.apart,
            ready.drafted,
            SOLVERS["newton"][0] if ready.impatient else None,
        )
        if penalty == "firth":
            f = Firth(counted, ready.coords, ready.coords)
            best = highest(f, ready.theta, tol=tol, max_passes=how.budget, watch=[watch], interrupt=interrupt)
            return Found(best.solution, others=best.others)

        def separated() -> Separation | None:
            if penalty != "none":
                return None
            if ready.apart is not None:  # too many terms for a linear program
                return find_pure_levels(counted, ready.coords, names, labels)
            return find_separation(counted, ready.coords, names, labels, seed)

        doubts = Doubts(wanted, ready.drafted or penalty == "l2", ready.largest, separated)
        f = LogLoss(counted, ready.coords, ready.known)
        if ready.interrupted:
            return as_it_stands(f, penalized(ready.coords), how, ready.theta)
        return certified(f, penalized(ready.coords), how, ready.theta, doubts)

    solver = "newton" if penalty == "firth" else solver
    task = Task(counted, penalized, solver, intercept, order or range(rows.n_features), seed, names, labels, interrupt)
    watching = [watch] if progress is not None else []
    brief, begun = max_passes is not None and max_passes < 2 * PATIENCE, counted.passes
    with one_thread_each(workers):
        settled = None if penalty == "firth" or brief else settle(task, tol, watching, hessian=wanted)
        vain = counted.passes - begun
        if settled is not None:
            ready, found = settled
        else:
            ready = None if penalty == "firth" else from_sample(task)
            found = search(ready := ready or from_rows(task))
        if found.lost or (ready.drafted and found.solution.stop in (Stop.DIVERGED, Stop.ROUNDING)):
            found = search(ready := from_rows(task))  # the sample misled: ask all rows
        name = "newton" if found.switched else ready.solver
        stopped = _stopped_short(found.solution, tol, name) if found.separation is None else None
        if stopped is not None and short == "raise" and found.solution.stop is not Stop.INTERRUPTED:
            raise FitError(stopped)
        loss = found.solution.step.value - penalized(ready.coords).value(found.solution.w)
        if penalty == "firth":
            loss = LogLoss(counted, ready.coords).at(found.solution.w, 0).value
        cov = variances = None
        if covariance and penalty != "l2" and found.separation is None and not stopped:
            if found.hess is not None:
                cov = ready.coords.covariance(lifted_factor(found.hess).inverse())
            elif found.bordered is not None and not found.bordered.lifted:
                variances = user_variances(found.bordered, ready.coords)
    weights = ready.coords.to_user(found.solution.w)
    _without_aliased(ready, weights, cov, variances)
    return RowsFit(
        weights,
        cov,
        variances=variances,
        loss=loss,
        objective=found.solution.step.value,
        certificate=_certificate(ready, found, counted, tol, "fisher-scoring" if penalty == "firth" else name),
        separation=found.separation,
        aliased=ready.aliased,
        outcome=ready.outcome,
        coords=ready.coords,
        theta=found.solution.w,
        short=stopped,
        lesser=tuple((ready.coords.to_user(w), drop) for w, drop in found.others),
    )


def _without_aliased(ready: Ready, weights: Tensor, cov: Tensor | None, variances: Tensor | None) -> None:
    """Write NaN where nothing could be estimated."""
    if not ready.aliased:
        return
    gone = torch.tensor([a.feature + int(ready.coords.intercept) for a in ready.aliased], dtype=torch.long)
    for each in (weights, variances, cov, None if cov is None else cov.t()):
        if each is not None:
            each[gone] = torch.nan


def _certificate(ready: Ready, found: Found, rows: Counted, tol: float, solver: str) -> Certificate:
    step = found.solution.step
    return Certificate(
        gradient=float(step.grad.abs().max()) / ready.outcome.weight if ready.coords.size else 0.0,
        decrement=math.inf if step.decrement is None else step.decrement,
        bound=found.bound,
        bound_kind="none" if found.bound is None else "exact" if found.exact else "estimate",
        passes=rows.passes,
        rows=rows.n_rows,
        stop=found.solution.stop.value,
        solver=solver,
        tol=tol,
    )


def _stopped_short(solution: Solution, tol: float, name: str) -> str | None:
    """Why a search is no answer, and what would be one; None where it is."""
    decrement = math.inf if solution.step.decrement is None else solution.step.decrement
    if decrement <= (LOOSE if solution.stop is Stop.ROUNDING else tol):
        return None
    if solution.stop is Stop.INTERRUPTED:
        return (
            f"the search was interrupted after {solution.passes} passes, with every coefficient only within "
            f"{decrement:.2g} standard errors of the best (asked: {tol:.2g}); run it again to its end"
        )
    remedy = (
        "take the newton solver, which does not depend on how the columns are conditioned"
        if name != "newton"
        else "look for columns that are nearly collinear or of enormous range, or take the l2 penalty"
    )
    return (
        f"the search for the best coefficients stopped short: {solution.stop.value}, after {solution.passes} passes "
        f"of the {name} solver, with every coefficient only within {decrement:.2g} standard errors of the best "
        f"(asked: {tol:.2g}); {remedy}"
    )

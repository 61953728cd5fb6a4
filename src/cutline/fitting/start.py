"""Before a search and after it: the coordinates it moves in, where it starts, and what its last point is worth."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import torch
from torch import Tensor

from cutline.coordinates import Coordinates
from cutline.objective import LogLoss
from cutline.penalty import Penalty
from cutline.rows import Counted, Rows
from cutline.solvers import Newton, Precondition, Solution, minimize
from cutline.solvers.newton import newton_direction
from cutline.summands.logistic import Logistic
from cutline.summands.moments import Moments, Outcome

LARGE = 100_000  # rows from which a sample, a good start for the price of a fraction of a pass, is worth its trouble


def standardized(moments: Moments, intercept: bool) -> tuple[Coordinates, list[int]]:
    """Coordinates in which every feature has mean 0 and deviation 1, and the constant features, held at zero.

    Without an intercept nothing is centered, the scale is the root mean square, and a constant is a column like any
    other unless it is zero.
    """
    p = len(moments.mean)
    constant = moments.constant() if intercept else (moments.low == 0) & (moments.high == 0)
    deviation = moments.deviation(intercept)
    usable = (deviation > 0) & deviation.isfinite() & ~constant
    scale = torch.where(usable, 1 / deviation, 1.0)
    center = moments.mean[: moments.dense] if intercept and moments.dense else None
    coords = Coordinates(p, intercept, center, scale)
    gone = constant.nonzero().squeeze(1).tolist()
    return coords.without(gone), gone


def starting_point(rows: Rows, coords: Coordinates, outcome: Outcome, g: Penalty, *, newton: bool, seed: int) -> Tensor:
    """No effect but the base rate; for Newton on many rows, the minimum over a sample of them."""
    theta = torch.zeros(coords.size, dtype=torch.float64)
    if coords.intercept:
        share = outcome.successes / outcome.weight
        theta[0] = torch.logit(torch.tensor(share, dtype=torch.float64), eps=1e-9) - outcome.offset / outcome.weight
    few = max(20_000, 50 * coords.size)
    if not newton or rows.n_rows < LARGE or rows.n_rows < 4 * few:
        return theta
    sample = Counted(rows.sample(few, seed))
    solution = minimize(LogLoss(sample, coords), g, Newton(), theta, tol=1e-2, max_passes=12)
    # a sample that is separated, or of one class, has run away: it costs its passes and no more
    return solution.w if bool(solution.w.isfinite().all()) and float(solution.w.abs().max()) < 20 else theta


def precondition(coords: Coordinates, g: Penalty, moments: Moments) -> Precondition:
    """The inverse of a diagonal no smaller than the Hessian's: a quarter of the weighted squares of each column."""
    theta = torch.zeros(coords.size, dtype=torch.float64)
    i = int(coords.intercept)
    squares = torch.full((coords.n_full,), moments.weight, dtype=torch.float64)
    if coords.scale is not None:
        centered = torch.arange(coords.n_features) < (0 if coords.center is None else len(coords.center))
        mean = torch.where(centered, 0.0, moments.mean)
        squares[i:] = (moments.m2 + moments.weight * mean**2) * coords.scale**2
    diagonal = squares[coords.entries()] / 4 + g.curvature(theta)
    return lambda v: v / diagonal


def measured(f: LogLoss, g: Penalty, solution: Solution, most: int) -> tuple[Solution, Tensor | None]:
    """The solution with its decrement measured by a Hessian: Newton has one, others pay a pass while one fits."""
    step = solution.step
    if step.hess is not None:
        return solution, step.hess
    if f.coords.size > most or not bool(step.w.isfinite().all()):
        return solution, None
    hess = cast(Tensor, f.rows.sum(Logistic(step.w, f.coords, 2)).hess) + torch.diag(g.curvature(step.w))
    _, decrement = newton_direction(hess, step.grad)
    return replace(solution, step=replace(step, decrement=decrement)), hess

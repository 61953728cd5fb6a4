"""Before a search: the coordinates it moves in and where it starts, from all rows or, where they are many, a sample.

A sample costs a fraction of a pass and gives three things: coordinates, a point within a few standard errors of the
minimum, and a Hessian near enough to that of all rows for a search to multiply its error by about 2 sqrt(p / m) a pass
(m rows drawn; Erdogdu & Montanari, "Convergence rates of sub-sampled Newton methods", NIPS 2015, Theorem 3.2). It is
believed only where it raises no doubt: what a sample separates, or leaves constant, says nothing of the other rows,
but where its columns are independent and its classes overlap, so they are and do in all rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from cutline.coordinates import Coordinates
from cutline.factor import Factor, factor
from cutline.inference.aliasing import independent
from cutline.inference.certificate import prove
from cutline.objective import LogLoss
from cutline.penalty import NoPenalty, Penalty
from cutline.rows import Counted, Rows
from cutline.shapes import Theta
from cutline.solvers import LBFGS, Newton, Solution, Step, by_rate, minimize
from cutline.summands.moments import ColumnMoments, Moments, Outcome

LARGE = 50_000  # rows from which a sample is worth its trouble
FEW, ENOUGH = 10, 1_000  # rows drawn for each coefficient: between these, a tenth of all rows
DEAR = 300  # coefficients from which a Hessian costs so many passes that a search on the sample makes do with two
WILD = 20.0  # standard deviations' worth of log-odds: a sample whose coefficients are larger has run away


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


def largest(coords: Coordinates, moments: Moments) -> Theta:
    """The largest absolute value of each column in these coordinates, from the ranges of the features."""
    center = torch.zeros_like(moments.mean)
    if coords.center is not None:
        center[: len(coords.center)] = coords.center
    reach = coords.scaled(torch.maximum((moments.low - center).abs(), (moments.high - center).abs()))
    full = torch.cat([reach.new_ones(1), reach]) if coords.intercept else reach
    return full[coords.entries()]


def base_rate(coords: Coordinates, outcome: Outcome) -> Theta:
    """No effect but the share of successes."""
    theta = torch.zeros(coords.size, dtype=torch.float64)
    if coords.intercept:
        share = outcome.successes / outcome.weight
        theta[0] = math.log(share / (1 - share)) - outcome.offset / outcome.weight
    return theta


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """What a sample says: coordinates, its minimum there, and the Hessian's factor, in the weight of all rows."""

    coords: Coordinates
    theta: Theta
    factor: Factor


def draft(
    rows: Rows, outcome: Outcome, penalty: Callable[[Coordinates], Penalty], *, intercept: bool, seed: int
) -> Draft | None:
    """A draft from a sample, or None where rows are few or the sample raises a doubt."""
    q = rows.n_features + int(intercept)
    m = int(min(max(rows.n_rows / 10, FEW * q), ENOUGH * q))
    if rows.n_rows < LARGE or rows.n_rows < 4 * m:
        return None
    sample = Counted(rows.sample(m, seed))
    moments = sample.sum(ColumnMoments())
    if not bool((moments.mean.isfinite() & moments.m2.isfinite()).all()):
        return None
    coords, constant = standardized(moments, intercept)
    if constant:
        return None
    g = penalty(coords)
    solution = _solved(rows, sample, coords, g, base_rate(coords, outcome), seed)
    hess = solution.step.hess
    if hess is None or not bool(hess.isfinite().all()) or not float(solution.w.abs().max()) < WILD:
        return None
    found = factor(hess)
    if found is None:
        return None
    if isinstance(g, NoPenalty):
        lost = math.inf if solution.step.decrement is None else solution.step.decrement
        if not independent(found) or prove(sample, coords, hess, lost, largest(coords, moments)).bound is None:
            return None
    return Draft(coords, solution.w, found)


def _solved(rows: Rows, sample: Counted, coords: Coordinates, g: Penalty, theta: Theta, seed: int) -> Solution:
    """The minimum over the sample, to a third of what the sample itself errs by."""
    f, n, m = LogLoss(sample, coords), rows.n_rows, sample.n_rows
    tol = 0.3 * math.sqrt(coords.size * n / m)
    if coords.size < DEAR:
        few = max(100 * coords.size, 1_000)
        if few < m / 4:  # a Hessian of fewer rows first: it costs little and most steps are far from the minimum
            smaller = LogLoss(Counted(rows.sample(few, seed + 1)), coords)
            rough = minimize(smaller, g, Newton(), theta, tol=math.sqrt(coords.size * n / few), max_passes=12)
            theta = rough.w if bool(rough.w.isfinite().all()) and float(rough.w.abs().max()) < WILD else theta
        return minimize(f, g, Newton(), theta, tol=tol, max_passes=12)
    first = _hessian(f, g, theta)
    known = factor(first)
    solution = minimize(
        f, g, LBFGS(), theta, tol=tol, max_passes=60, precondition=known.solve if known else None, foresight=by_rate
    )
    return Solution(_with_hessian(f, g, solution.step), solution.stop, solution.passes, solution.trace)


def _hessian(f: LogLoss, g: Penalty, theta: Theta) -> Tensor:
    return cast(Tensor, f.at(theta, 2).hess) + torch.diag(g.curvature(theta))


def _with_hessian(f: LogLoss, g: Penalty, step: Step) -> Step:
    return Step(step.w, step.value, step.grad, step.weight, decrement=step.decrement, hess=_hessian(f, g, step.w))

"""Before a search: the coordinates it moves in and where it starts, from all rows or, where they are many, a sample.

A sample costs a fraction of a pass and gives three things: coordinates, a point within a few standard errors of the
minimum, and a Hessian near enough to that of all rows for a search to multiply its error by about 2 sqrt(p / m) a pass
(m rows drawn; Erdogdu & Montanari, "Convergence rates of sub-sampled Newton methods", NIPS 2015). It is
believed only where it raises no doubt: what a sample separates, or leaves constant, says nothing of the other rows,
but where its columns are independent and its classes overlap, so they are and do in all rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, cast

import torch
from torch import Tensor

from cutline.coordinates import Coordinates
from cutline.factor import Factor, factor, lifted_factor
from cutline.inference.aliasing import independent
from cutline.inference.certificate import prove
from cutline.objective import LogLoss
from cutline.penalty import NoPenalty, Penalty
from cutline.rows import Counted, Rows, width
from cutline.shapes import Theta
from cutline.solvers import LBFGS, Newton, Solution, Step, Stop, by_last_rate, minimize
from cutline.solvers.newton import standing
from cutline.summands.logistic import LargestEntries
from cutline.summands.moments import ColumnMoments, Moments, Outcome, OutcomeCounts
from cutline.summands.sweep import worth_compiling

LARGE = 50_000  # rows from which a sample is worth its trouble
FEW, ENOUGH = 10, 2_000  # rows drawn for each coefficient: between these, a tenth of all rows
FEWER = 100  # and before these, to find where columns lie and to begin a search
DEAR = 300  # coefficients from which a Hessian costs so many passes that a search on the sample makes do with two
CLEAR = 1e-4  # share of a column's variance the others leave, from which products in float32 are a guide
NEAR, MORE = 0.4, 6  # of a proof's reach, and passes over a sample that may be spent to come so near
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
    return coords.padded(reach, 1.0)


def base_rate(coords: Coordinates, outcome: Outcome) -> Theta:
    """No effect but the share of successes."""
    theta = torch.zeros(coords.size, dtype=torch.float64)
    if coords.intercept:
        share = outcome.successes / outcome.weight
        theta[0] = math.log(share / (1 - share)) - outcome.offset / outcome.weight
    return theta


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """What a sample says: coordinates, its minimum there, and the Hessian's factor, in the weight of all rows.

    Where its search was interrupted, theta is where that stood and nothing more was asked.
    """

    coords: Coordinates
    theta: Theta
    factor: Factor
    interrupted: bool = False


def drawn(n: int, q: int) -> int | None:
    """How many of n rows a sample takes for q coefficients; None where it is not worth its trouble."""
    m = int(min(max(n / 10, FEW * q), ENOUGH * q))
    return m if n >= max(LARGE, 4 * m) else None


def draft(
    rows: Rows,
    m: int,
    outcome: Outcome,
    penalty: Callable[[Coordinates], Penalty],
    *,
    intercept: bool,
    seed: int,
    interrupt: Literal["raise", "return"] = "raise",
) -> Draft | None:
    """A draft from a sample of m rows, or None where it raises a doubt.

    Few rows say first where the columns lie, so that the sample can be kept in their units and in float32, and where a
    search on it may begin, if a part of the sample is rows enough for that. Where they say too little, the sample says
    it itself.
    """
    enough = max(FEWER * (rows.n_features + int(intercept)), 1_000)
    begun = enough < m / 4
    few = rows.sample(enough if begun else m // 8, seed + 1)
    coords = _laid_out(few, intercept)
    if coords is not None:
        units, at = coords.units(), coords.beyond_units()
        sample = rows.sample(m, seed, units)
        few = few.sample(few.n_rows, seed, units) if begun else None  # all of them, in their units
    else:
        sample, few = rows.sample(m, seed), None
        at = coords = _laid_out(sample, intercept)
    if at is None or coords is None or not sample.sum(OutcomeCounts()).weight > 0:
        return None
    many = worth_compiling(rows.n_rows, width(rows))
    f, g = LogLoss(Counted(sample), at, rough=True, of_many=many), penalty(coords)
    first = None if few is None else replace(f, rows=Counted(few))
    solution = _solved(rows.n_rows, f, first, g, base_rate(coords, outcome), interrupt)
    hess = solution.step.hess
    if hess is None or not bool(hess.isfinite().all()):
        return None
    if solution.stop is Stop.INTERRUPTED:
        return Draft(coords, solution.w, lifted_factor(hess), interrupted=True)
    if not float(solution.w.abs().max()) < WILD:
        return None
    try:
        found = _undoubted(f, g, solution.step)
    except KeyboardInterrupt:
        if interrupt == "raise":
            raise
        hess = cast(Tensor, standing(f, g, solution.w).hess)  # once more: that one may be spent
        return Draft(coords, solution.w, lifted_factor(hess), interrupted=True)
    return None if found is None else Draft(coords, *found)


def _undoubted(f: LogLoss, g: Penalty, step: Step) -> tuple[Theta, Factor] | None:
    """A point and its Hessian's factor, if that is regular and, without a penalty, proves that there is a minimum.

    Where the point is too far from the minimum for a proof, a few steps more on the sample cost little beside a search
    that has nothing to begin with.
    """
    found, hess = _factored(f, g, step)
    if found is None or not isinstance(g, NoPenalty):
        return None if found is None else (step.w, found)
    if not independent(found):
        return None
    decrement, entries = found.step(step.grad)[1], f.rows.sum(LargestEntries(f.coords)).values
    proof = prove(f.rows, f.coords, hess, decrement, entries)
    if proof.bound is None and math.isfinite(proof.reach):
        near = NEAR * decrement / proof.reach
        step = minimize(f, g, Newton(), step.w, tol=near, max_passes=MORE).step
        found, hess = _factored(f, g, step) if bool(cast(Tensor, step.hess).isfinite().all()) else (None, hess)
        if found is not None:
            proof = prove(f.rows, f.coords, hess, found.step(step.grad)[1], entries)
    return None if found is None or proof.bound is None else (step.w, found)


def _factored(f: LogLoss, g: Penalty, step: Step) -> tuple[Factor | None, Tensor]:
    """The Hessian's factor, and the Hessian: made anew in float64 where float32 does not do.

    Under a penalty the factor is all that is asked for, and takes the Hessian's place.
    """
    hess = cast(Tensor, step.hess)
    found = factor(hess, spent=not isinstance(g, NoPenalty))
    if found is None or not _clear(found):
        hess = cast(Tensor, standing(replace(f, rough=False), g, step.w).hess)
        found = factor(hess)
    return found, hess


def _clear(found: Factor) -> bool:
    """Whether no column is so nearly a combination of others that a product in float32 says nothing of the rest."""
    return float(found.lower.diagonal().min()) ** 2 >= CLEAR


def _laid_out(rows: Rows, intercept: bool) -> Coordinates | None:
    """Coordinates in which these rows are standardized; None where a column is constant in them, or not finite."""
    moments = rows.sum(ColumnMoments())
    coords, constant = standardized(moments, intercept)
    return None if constant or not bool(moments.finite().all()) else coords


def _shrunk(start: Theta, solution: Solution, m: int) -> Theta:
    """Where the minimum over all rows is to be expected, from that over m of them and the start, which is no effect.

    With few rows for each coefficient a sample's slopes are too large, and their Hessian, of rows too sure, too flat.
    They are shrunk by what the likelihood ratio G says of others: by (G - q) / G (van Houwelingen & le Cessie,
    "Predictive value of statistical models", Statistics in Medicine 9 (1990), 1303-1325). Where a sample's own minimum
    is to prove that there is one, it is of no use.
    """
    ratio = 2 * (solution.trace[0] - solution.step.value) * m / solution.step.weight
    return start + max(0.0, 1 - len(start) / ratio) * (solution.w - start) if ratio > 0 else start


def _solved(
    n: int,
    f: LogLoss,
    few: LogLoss | None,
    g: Penalty,
    theta: Theta,
    interrupt: Literal["raise", "return"],
) -> Solution:
    """The minimum over a sample of n rows, to a third of what the sample itself errs by.

    A Hessian costs the sample as much as many gradients, so it is formed once, at the end, to be kept. The search leans
    on that of few rows, where there are these, or else on that of the start.
    """
    q, m, hess = f.coords.size, f.rows.n_rows, None
    tol = 0.3 * math.sqrt(q * n / m)
    if few is not None:
        few_tol = math.sqrt(q * n / few.rows.n_rows)
        rough = minimize(few, g, Newton(), theta, tol=few_tol, max_passes=12, interrupt=interrupt)
        if rough.stop is Stop.INTERRUPTED:
            return rough
        if bool(rough.w.isfinite().all()) and float(rough.w.abs().max()) < WILD:
            theta, hess = rough.w, rough.step.hess
    elif q >= DEAR:
        hess = standing(f, g, theta).hess
    if hess is None:
        return minimize(f, g, Newton(), theta, tol=tol, max_passes=12, interrupt=interrupt)
    known = factor(hess, spent=True)
    if few is not None and (known is None or not _clear(known)):
        known = factor(cast(Tensor, standing(replace(few, rough=False), g, theta).hess))
    limits = {"precondition": known.solve if known else None, "foresight": by_last_rate, "interrupt": interrupt}
    rough = minimize(f, g, LBFGS(), theta, tol=tol, max_passes=60, **limits)
    if rough.stop is not Stop.INTERRUPTED:
        if rough.stop is Stop.DIVERGED or not bool(rough.w.isfinite().all()):
            return rough
        w = rough.w if few is not None or isinstance(g, NoPenalty) else _shrunk(theta, rough, m)
        del known, limits  # a wide one takes room
        try:
            return replace(rough, step=standing(f, g, w), foreseen=False)
        except KeyboardInterrupt:
            if interrupt == "raise":
                raise
    return replace(rough, step=replace(rough.step, hess=standing(f, g, rough.w).hess), stop=Stop.INTERRUPTED)

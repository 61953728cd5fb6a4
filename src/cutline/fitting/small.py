"""A small table, of few rows or of few columns: Newton's method on one matrix, with nothing between its sums.

A pass over a thousand rows takes some tens of microseconds, and the blocks, views and tensors between two passes
several times as long. So a small table is read once, put in theta's units, and summed from there by a few calls of BLAS
and LAPACK. The search is the same, by the same rules: from the base rate, full steps, `minimize` to end it, a proof
that there is a minimum.

Only what goes well is settled here. Where a column cannot be estimated, a step is refused, or nothing is proved, the
answer is None, and the fit is made as that of any other table, which knows what to do then and what to say.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from scipy.linalg import lapack as scipys_lapack  # pyright: ignore[reportMissingTypeStubs]
from torch import Tensor

from cutline.coordinates import Coordinates
from cutline.fitting.prepare import LEAN, Ready, Task
from cutline.fitting.search import CLOSE, Found, estimate
from cutline.fitting.start import base_rate
from cutline.inference.aliasing import CLEAR
from cutline.inference.certificate import MOST, after_newton, bounded
from cutline.objective import LogLoss
from cutline.penalty import NoPenalty, Penalty
from cutline.rows import Counted, together
from cutline.shapes import Columns, Known, Point, Square
from cutline.solvers import Precondition, Smooth, Step, Stop, minimize
from cutline.solvers.linesearch import accepts
from cutline.summands.held import Held, Holding
from cutline.summands.moments import Outcome, OutcomeCounts

lapack: Any = scipys_lapack  # its functions are made as it is loaded

SMALL = 600_000  # numbers up to which what lies between two sums is worth leaving out
PLAIN = 20  # passes after which a search is out of the way; classes that are separated make it endless
PIECE = 2**17  # numbers of a piece of rows
SHORT = 400  # rows too few for a piece
ALONE = 2**18  # multiplications up to which numpy's BLAS does a product alone: two threads spend longer meeting


@dataclass(frozen=True, slots=True, eq=False)
class Turned:
    """Rows in theta's units, (q, n), each turned so that its label is 0: its loss is softplus of its predictor t."""

    z: Columns
    weight: Known | None
    offset: Known | None

    def pieces(self) -> list[Turned]:
        """The rows cut into pieces whose temporaries a cache holds, and whose Hessian numpy's BLAS makes alone."""
        (q, n), weight, offset = self.z.shape, self.weight, self.offset
        size = ALONE // q**2
        size = size if size >= SHORT else PIECE // q
        cuts = (slice(first, first + size) for first in range(0, n, size))
        return [
            Turned(self.z[:, cut], None if weight is None else weight[cut], None if offset is None else offset[cut])
            for cut in cuts
        ]

    def terms(self, theta: Point) -> tuple[float, Point, Square]:
        """The summed loss, its gradient and its Hessian: with a = exp(-|t|) no digit is lost at any margin."""
        z, weight = self.z, self.weight
        t = theta @ z
        if self.offset is not None:
            t += self.offset
        a = np.exp(-np.abs(t))
        inner = 1.0 / (1.0 + a)
        outer = a * inner
        each = np.maximum(t, 0.0)
        each += np.log1p(a)
        residual, bend = np.where(t >= 0, inner, outer), inner * outer
        if weight is not None:
            each *= weight
            residual *= weight
            bend *= weight
        return float(each.sum()), z @ residual, _times(z * bend, z.T)


class _AsideError(Exception):
    """Something out of the way: a step that is refused, a column that others determine, numbers that are not finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Direct:
    """Newton's method by full steps on rows held as one matrix; it raises where it may not go on.

    Each of its sums is counted as a pass, though the user's rows are read once.

    Args:
        pieces: the rows, in the coordinates of the penalty and the start.
        rows: where passes are counted.
        weight: of all rows.
        regular: may no column be a combination of others?
    """

    pieces: Sequence[Turned]
    rows: Counted
    weight: float
    regular: bool

    def steps(self, f: Smooth, g: Penalty, w: Tensor, /, precondition: Precondition | None = None) -> Iterator[Step]:
        theta, ridge, size, last, slope = w.numpy(), g.curvature(w).numpy(), 0.0, math.inf, 0.0
        while True:
            self.rows.passes += 1
            with np.errstate(all="ignore"):  # what is not finite is found, and told elsewhere
                value, grad, hess = _summed(self.pieces, theta)
                value += 0.5 * float(ridge @ (theta * theta))
                grad += ridge * theta
                hess.flat[:: len(hess) + 1] += ridge
                lower, failed = lapack.dpotrf(hess, lower=1)
                back, _ = lapack.dpotrs(lower, grad, lower=1)
                squared = float(grad @ back)
            if failed or not (math.isfinite(value) and squared >= 0) or not accepts(last, value, slope):
                raise _AsideError
            if size == 0 and self.regular and (lower.diagonal() ** 2 <= CLEAR * hess.diagonal()).any():
                raise _AsideError
            ahead = torch.from_numpy(theta - back)
            grad, hess = torch.from_numpy(grad), torch.from_numpy(hess)
            yield Step(w, value, grad, self.weight, size, math.sqrt(squared), hess, ahead)
            w, theta, size, last, slope = ahead, ahead.numpy(), 1.0, value, -squared


def settle(
    task: Task, tol: float, watch: Sequence[Callable[[Step], None]], *, hessian: bool
) -> tuple[Ready, Found] | None:
    """The fit of a small table, if all goes well; None where it does not, or where the table is not small.

    Ctrl-C before its first step is raised, whatever the task says: nothing stands yet.

    Args:
        hessian: is the Hessian at the end wanted for itself?
    """
    rows, q = task.rows, task.rows.n_features + int(task.intercept)
    small = 0 < q < LEAN and rows.n_rows * q <= SMALL
    if not small or task.solver not in ("auto", "newton"):
        return None
    held, outcome = cast("tuple[Held, Outcome]", rows.sum(together(Holding(), OutcomeCounts())))
    if outcome.rows < rows.n_rows or outcome.saturated or not 0 < outcome.successes < outcome.weight:
        return None
    seen = _standardized(held, task.intercept)
    if seen is None:
        return None
    coords, turned, largest = seen
    g, theta = task.penalty(coords), base_rate(coords, outcome)
    ready = Ready(coords, outcome, theta, "newton")
    try:
        solution = minimize(
            LogLoss(rows, coords),
            g,
            Direct(turned.pieces(), rows, outcome.weight, isinstance(g, NoPenalty)),
            theta,
            tol=tol,
            max_passes=PLAIN,
            watch=watch,
            foresight=None if hessian else lambda step, _: _foreseen(step, largest),
            interrupt=task.interrupt,
        )
    except _AsideError:
        return None
    if solution.stop is Stop.INTERRUPTED:
        return ready, Found(solution, estimate(solution))
    if solution.stop is not Stop.CONVERGED:
        return None
    grown = math.exp(MOST / 2) if solution.foreseen else 1.0
    bound = bounded(cast(float, solution.step.decrement), grown * _furthest(solution.step, largest)).bound
    return None if bound is None else (ready, Found(solution, bound, exact=True))


def _summed(pieces: Sequence[Turned], theta: Point) -> tuple[float, Point, Square]:
    value, grad, hess = pieces[0].terms(theta)
    for piece in pieces[1:]:
        v, g, h = piece.terms(theta)
        value += v
        grad += g
        hess += h
    return value, grad, hess


@np.errstate(all="ignore")
def _standardized(held: Held, intercept: bool) -> tuple[Coordinates, Turned, Point] | None:
    """Coordinates of mean 0 and deviation 1, the rows in them, and the largest entry of each column there.

    As `start.standardized` has them; None where a column has one value only, or numbers that are not finite.
    """
    (p, n), i = held.x.shape, int(intercept)
    z, center, weight = np.ones((p + i, n)), np.zeros(p), held.weight
    total = n if weight is None else float(weight.sum())

    def mean(columns: Columns) -> Point:
        # by no BLAS, which would call another thread to so many numbers
        return (columns.sum(1) if weight is None else np.einsum("ij,j->i", columns, weight)) / total

    x = z[i:]
    x[:] = held.x
    low, high = x.min(1), x.max(1)
    idle = low == high
    if (idle if intercept else idle & (low == 0)).any():
        return None
    dense, middle = slice(held.dense if intercept else 0), mean(x) if intercept else np.zeros(p)
    x[dense] -= middle[dense, None]
    # what rounding left: a column of 1e6 and deviation 1 keeps its digits
    center[dense] = middle[dense] + mean(x[dense])
    x[dense] -= (center - middle)[dense, None]
    middle[dense] = 0.0
    scale = 1.0 / np.sqrt(mean(x * x) - middle**2)
    if not (np.isfinite(scale) & (scale > 0)).all():
        return None
    x *= scale[:, None]
    largest = np.ones(p + i)
    largest[i:] = np.maximum(high - center, center - low) * scale
    turn = np.where(held.y > 0.5, -1.0, 1.0)
    z *= turn
    centered = torch.from_numpy(center[: held.dense]) if intercept and held.dense else None
    coords = Coordinates(p, intercept, centered, torch.from_numpy(scale))
    return coords, Turned(z, weight, None if held.offset is None else held.offset * turn), largest


def _foreseen(step: Step, largest: Point) -> float:
    """What one more Newton step leaves at most, by self-concordance."""
    if step.decrement is None or step.decrement > CLOSE:
        return math.inf
    return after_newton(step.decrement, _furthest(step, largest))[0]


def _furthest(step: Step, largest: Point) -> float:
    """No less than the largest sqrt(z' H^-1 z) of any row: sqrt(a' |H^-1| a)."""
    lower, _ = lapack.dpotrf(cast(Tensor, step.hess).numpy(), lower=1)
    half, _ = lapack.dtrtri(lower, lower=1)  # dpotri asks for threads, at any size
    return math.sqrt(float(largest @ np.abs(_times(half.T, half)) @ largest))


def _times(a: Square | Columns, b: np.ndarray) -> Square:
    """a @ b: where numpy's BLAS would call another thread, by torch, which is held to one."""
    if a.size * b.shape[1] <= ALONE:
        return a @ b
    return (torch.from_numpy(a) @ torch.from_numpy(b)).numpy()

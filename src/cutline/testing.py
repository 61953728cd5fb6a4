"""For whoever adds a place for rows or a solver: checks it must pass, and problems whose answers are known.

>>> from cutline.sources.memory import Memory
>>> from cutline.testing import check_rows, check_solver, problems
>>> block = problems()[0].block
>>> check_rows(Memory(block, block_rows=7), block)
>>> from cutline.solvers import LBFGS
>>> for problem in problems():
...     check_solver(LBFGS(), problem)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor

from cutline.block import Block
from cutline.coordinates import Coordinates
from cutline.objective import LogLoss
from cutline.penalty import L2, NoPenalty, Penalty
from cutline.rows import Counted, Rows, together
from cutline.solvers import Smooth, Solver, Stop, minimize
from cutline.solvers.newton import newton_direction
from cutline.sources.memory import Memory
from cutline.summands.logistic import Logistic
from cutline.summands.moments import ColumnMoments, Moments, Outcome, OutcomeCounts
from cutline.terms import Terms


def assert_close(actual: Tensor, expected: Tensor, dtype: torch.dtype = torch.float64) -> None:
    """Equal to what arithmetic in `dtype` can promise for sums of a few thousand rows."""
    rtol, atol = {torch.float64: (1e-10, 1e-10), torch.float32: (2e-4, 2e-4)}[dtype]
    torch.testing.assert_close(actual, expected, rtol=rtol, atol=atol)


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Rows, a penalty, and the minimum where it is known exactly."""

    name: str
    block: Block
    penalty: Callable[[Coordinates], Penalty]
    known: Tensor | None = None

    @property
    def coords(self) -> Coordinates:
        return Coordinates(self.block.n_features)

    def function(self) -> LogLoss:
        return LogLoss(Counted(Memory(self.block)), self.coords)


def problems() -> list[Problem]:
    """Small problems of every kind a solver meets; the same ones each time."""
    draw = torch.Generator().manual_seed(20260)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=draw, dtype=torch.float64)

    def labels(eta: Tensor) -> Tensor:
        return (torch.rand(len(eta), generator=draw, dtype=torch.float64) < torch.sigmoid(eta)).double()

    def free(coords: Coordinates) -> Penalty:
        return NoPenalty()

    def ridge(coords: Coordinates) -> Penalty:
        return L2(torch.cat([torch.zeros(1), torch.ones(coords.size - 1)]).double())

    x = normal(300, 4)
    w = torch.tensor([1.0, -2.0, 0.0, 0.5], dtype=torch.float64)
    eta = x @ w - 0.3
    table = Block(
        torch.zeros(4, 0, dtype=torch.float64),
        torch.tensor([0.2, 0.5, 0.75, 0.9], dtype=torch.float64),
        codes=torch.arange(4)[:, None],
        levels=(3,),
        weight=torch.tensor([10.0, 20.0, 40.0, 10.0], dtype=torch.float64),
    )
    logit = torch.logit(table.y)
    heavy = normal(300, 2) / torch.rand(300, 2, generator=draw, dtype=torch.float64).clamp(min=0.02)
    return [
        # y = p makes the gradient vanish at the very w the labels were made from
        Problem(
            "constructed optimum",
            Block(x, torch.sigmoid(eta)),
            free,
            torch.cat([torch.tensor([-0.3]).double(), w]),
        ),
        # a saturated table: the fitted shares are the observed ones
        Problem("saturated table", table, free, torch.cat([logit[:1], logit[1:] - logit[0]])),
        Problem("labels", Block(x, labels(eta)), free),
        Problem("ridge", Block(x, labels(eta)), ridge),
        Problem(
            "weights and offset",
            Block(x, labels(eta), weight=torch.arange(300) % 3 + 0.5, offset=normal(300)),
            free,
        ),
        Problem("heavy tails", Block(heavy, labels(heavy.sum(1).clamp(-3, 3))), free),
    ]


def check_rows(rows: Rows, block: Block, dtype: torch.dtype = torch.float64) -> None:
    """Assert that a place for rows adds up what `block`, all of them at once, adds up to.

    Raises:
        AssertionError: a sum, its count of rows, or its sample is not what it should be.
    """
    assert (rows.n_rows, rows.n_features) == (block.n_rows, block.n_features)
    coords = Coordinates(block.n_features)
    theta = torch.linspace(-0.5, 0.5, coords.size, dtype=torch.float64)
    summand = Logistic(theta, coords, 2)
    one, two = cast(Terms, rows.sum(summand)), summand(block)
    wide = torch.float64
    assert_close(
        torch.tensor([one.weight, one.value], dtype=wide), torch.tensor([two.weight, two.value], dtype=wide), dtype
    )
    assert_close(cast(Tensor, one.grad), cast(Tensor, two.grad), dtype)
    assert_close(cast(Tensor, one.hess), cast(Tensor, two.hess), dtype)
    again = cast(Terms, rows.sum(summand))
    assert again.value == one.value, "the same sum twice must be equal to the last bit"
    assert torch.equal(cast(Tensor, again.grad), cast(Tensor, one.grad)), (
        "the same sum twice must be equal to the last bit"
    )
    moments, outcome = cast("tuple[Moments, Outcome]", rows.sum(together(ColumnMoments(), OutcomeCounts())))
    whole = cast(Moments, ColumnMoments()(block))
    for name in ("mean", "m2", "low", "high"):
        assert_close(getattr(moments, name), getattr(whole, name), dtype)
    assert outcome.rows == OutcomeCounts()(block).rows
    share = rows.sample(max(block.n_rows // 2, 1), 0)
    assert 0 < share.n_rows <= block.n_rows
    everything = rows.sample(block.n_rows, 0)
    assert everything.n_rows == block.n_rows, "a sample of all rows is all rows"


def check_solver(solver: Solver, problem: Problem, *, tol: float = 1e-6, max_passes: int = 20_000) -> None:
    """Assert that a solver reaches the minimum of a problem: by its Newton decrement, and by the known answer if there
    is one.

    Raises:
        AssertionError: it stopped elsewhere, or spent passes it did not count.
    """
    f, g = problem.function(), problem.penalty(problem.coords)
    start = torch.zeros(problem.coords.size, dtype=torch.float64)
    precondition, before = _diagonal(f, g, start), f.passes
    solution = minimize(f, g, solver, start, tol=tol, max_passes=max_passes, precondition=precondition)
    assert solution.stop in (Stop.CONVERGED, Stop.ROUNDING), f"{problem.name}: {solution.stop.value}"
    assert solution.passes == f.passes - before, (
        f"{problem.name}: {f.passes - before} passes made, {solution.passes} reported"
    )
    decrement = exact_decrement(f, g, solution.w)
    # a diagonal's own decrement is not the Hessian's: ten times the tolerance covers these problems' conditioning
    assert decrement <= 10 * tol, f"{problem.name}: {decrement:.2g} standard errors from the minimum"
    if problem.known is not None:
        torch.testing.assert_close(solution.w, problem.known, rtol=1e-5, atol=1e-5)


def exact_decrement(f: Smooth, g: Penalty, w: Tensor) -> float:
    """sqrt(grad' H^-1 grad) of f + g at w."""
    t = f.at(w, 2)
    return newton_direction(cast(Tensor, t.hess) + torch.diag(g.curvature(w)), cast(Tensor, t.grad) + g.grad(w))[1]


def _diagonal(f: Smooth, g: Penalty, w: Tensor) -> Callable[[Tensor], Tensor]:
    diagonal = cast(Tensor, f.at(w, 2).hess).diagonal() + g.curvature(w)
    return lambda v: v / diagonal


def shuffled(block: Block, seed: int = 0) -> Block:
    """The same rows in another order."""
    order = torch.randperm(block.n_rows, generator=torch.Generator().manual_seed(seed))
    return replace(block.rows(order), start=0)

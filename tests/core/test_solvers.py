"""Every solver on every problem; every way to stop; and the deck's own loop, digit for digit."""

from __future__ import annotations

import itertools

import pytest
import torch

from cutline.block import Block
from cutline.coordinates import Coordinates
from cutline.objective import LogLoss
from cutline.penalty import NoPenalty
from cutline.rows import Counted
from cutline.solvers import LBFGS, GradientDescent, Newton, Solver, Stop, minimize
from cutline.sources.memory import Memory
from cutline.terms import Terms
from cutline.testing import Problem, check_solver, problems

SOLVERS: list[Solver] = [Newton(), LBFGS(), LBFGS(memory=3), GradientDescent()]


@pytest.mark.parametrize("problem", problems(), ids=lambda p: p.name)
@pytest.mark.parametrize("solver", SOLVERS, ids=repr)
def test_solvers_conform(solver: Solver, problem: Problem) -> None:
    check_solver(solver, problem)


def deck() -> LogLoss:
    x = torch.tensor([[1, 2], [2, 3], [3, 1], [4, 3], [5, 3], [6, 2]]).double()
    return LogLoss(Counted(Memory(Block(x, torch.tensor([0, 0, 0, 1, 1, 1]).double()))), Coordinates(2))


def test_gradient_descent_prints_the_decks_numbers() -> None:
    """Zeros, step 1 on the mean loss, 1001 updates: cost, H, W and b as on the slides."""
    steps = GradientDescent(step=1.0).steps(deck(), NoPenalty(), torch.zeros(3).double())
    states = list(itertools.islice(steps, 1002))
    costs = [f"{states[epoch].value / 6:.6f}" for epoch in range(0, 1001, 100)]
    assert costs == [
        "0.693147",
        "0.134722",
        "0.080643",
        "0.057900",
        "0.045300",
        "0.037261",
        "0.031673",
        "0.027556",
        "0.024394",
        "0.021888",
        "0.019852",
    ]
    b, w1, w2 = states[1001].w.tolist()
    assert [f"{v:.4f}" for v in (w1, w2, b)] == ["3.2530", "1.5179", "-14.4819"]
    x = deck().rows._rows.blocks[0].x  # type: ignore[attr-defined]
    h = torch.sigmoid(x @ torch.tensor([w1, w2]).double() + b)
    assert [f"{v:.4e}" for v in h.tolist()] == [
        "2.7648e-04",
        "3.1608e-02",
        "3.8977e-02",
        "9.5622e-01",
        "9.9823e-01",
        "9.9969e-01",
    ]
    first = [f"{state.value / 6:.3f}" for state in states[:8]]
    assert first == ["0.693", "1.009", "1.411", "2.546", "0.621", "0.812", "1.592", "0.442"]  # a step of 1 climbs first


def run(solver: Solver, f, w: float = 0.0, **limits):
    return minimize(
        f, NoPenalty(), solver, torch.full((1,), w, dtype=torch.float64), **{"tol": 1e-8, "max_passes": 50, **limits}
    )


class Curve:
    """A function of one number, given by its value and two derivatives."""

    def __init__(self, value, slope, curvature) -> None:
        self.parts, self.passes = (value, slope, curvature), 0

    def at(self, w, order) -> Terms:
        self.passes += 1
        v, g, h = (part(float(w[0])) for part in self.parts)
        return Terms(
            1.0,
            v,
            torch.tensor([g], dtype=torch.float64),
            torch.tensor([[h]], dtype=torch.float64) if order == 2 else None,
        )

    def along(self, w, d, steps):
        self.passes += 1
        return torch.tensor([self.parts[0](float(w[0] + t * d[0])) for t in steps], dtype=torch.float64)

    def hvp(self, w, v):
        raise NotImplementedError


def test_every_stop_is_produced() -> None:
    bowl = Curve(lambda x: x * x, lambda x: 2 * x, lambda x: 2.0)
    assert run(Newton(), bowl, 3.0).stop is Stop.CONVERGED
    assert run(GradientDescent(step=1e-3), bowl, 3.0, max_passes=7).stop is Stop.BUDGET
    assert run(GradientDescent(step=1.5), bowl, 1e200, max_passes=10_000).stop is Stop.DIVERGED
    # a kink no step gets below, with a slope that never vanishes
    kink = Curve(abs, lambda x: 1.0, lambda x: 1.0)
    for solver in (Newton(), LBFGS(), GradientDescent()):
        assert run(solver, kink, 0.0).stop is Stop.ROUNDING
    nan = Curve(lambda x: float("nan"), lambda x: float("nan"), lambda x: float("nan"))
    for solver in (Newton(), LBFGS(), GradientDescent()):
        assert run(solver, nan, 1.0).stop is Stop.DIVERGED


def test_newton_goes_back_along_the_ray_where_the_full_step_climbs() -> None:
    """log cosh: Newton's full steps from beyond 1.09 run away."""
    from math import cosh, log, tanh

    f = Curve(
        lambda x: abs(x) + log(1 + 2.718281828459045 ** (-2 * abs(x))), tanh, lambda x: cosh(min(abs(x), 300)) ** -2
    )
    solution = run(Newton(), f, 20.0)
    assert solution.stop is Stop.CONVERGED
    assert abs(float(solution.w[0])) < 1e-6


def test_watchers_see_every_step_and_the_trace_keeps_the_loss() -> None:
    seen = []
    f = problems()[2].function()
    solution = minimize(f, NoPenalty(), Newton(), torch.zeros(5).double(), tol=1e-6, max_passes=50, watch=[seen.append])
    assert [s.value for s in seen] == list(solution.trace)
    assert seen[-1] is solution.step or seen[-1].value == solution.step.value
    assert list(solution.trace) == sorted(solution.trace, reverse=True)

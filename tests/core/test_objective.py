"""Derivatives are those of the plain formula, and every road to a number agrees."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from cutline.block import Block
from cutline.coordinates import Coordinates
from cutline.factor import factor, lifted_factor
from cutline.objective import Firth, LogLoss, ridge
from cutline.rows import Counted
from cutline.sources.memory import Memory
from cutline.testing import Problem, assert_close, problems

EXTREME = torch.tensor([[1e4], [-1e4], [50.0], [-50.0], [0.0]], dtype=torch.float64)


def plain_loss(block: Block, theta: Tensor) -> Tensor:
    """The textbook's formula on the dense matrix, for autograd."""
    z = torch.cat([torch.ones(block.n_rows, 1).double(), block.dense()], 1)
    eta = z @ theta + (0 if block.offset is None else block.offset)
    return (
        block.weights() * torch.nn.functional.binary_cross_entropy_with_logits(eta, block.y, reduction="none")
    ).sum()


def plain_firth(block: Block, theta: Tensor) -> Tensor:
    z = torch.cat([torch.ones(block.n_rows, 1).double(), block.dense()], 1)
    p = torch.sigmoid(z @ theta + (0 if block.offset is None else block.offset))
    information = z.T @ ((block.weights() * p * (1 - p))[:, None] * z)
    return plain_loss(block, theta) - 0.5 * torch.logdet(information)


@pytest.mark.parametrize("problem", problems(), ids=lambda p: p.name)
def test_terms_are_the_derivatives_of_the_plain_loss(problem: Problem) -> None:
    f, block = problem.function(), problem.block
    theta = torch.linspace(-0.6, 0.4, problem.coords.size).double()
    t = f.at(theta, 2)
    assert t.value == pytest.approx(float(plain_loss(block, theta)), rel=1e-12)
    assert_close(t.grad, torch.func.grad(lambda w: plain_loss(block, w))(theta))
    assert_close(t.hess, torch.func.hessian(lambda w: plain_loss(block, w))(theta))
    assert_close(f.at(theta, 1).grad, t.grad)
    v = torch.linspace(1, -2, problem.coords.size).double()
    assert_close(f.hvp(theta, v), t.hess @ v)
    steps = torch.tensor([0.0, 0.5, 1.0, 3.0]).double()
    there = torch.tensor([f.at(theta + s * v, 0).value for s in steps], dtype=torch.float64)
    assert_close(f.along(theta, v, steps), there)
    assert f.passes == 8


def test_a_ridge_acts_in_the_users_units_and_leaves_the_intercept_free() -> None:
    block = problems()[2].block
    coords = Coordinates(4, True, torch.tensor([1.0, 2, 3, 4]).double(), torch.tensor([0.1, 1, 10, 2]).double())
    g = ridge(coords, C=0.5)
    theta = torch.linspace(-1, 1, 5).double()
    user = coords.to_user(theta)
    assert g.value(theta) == pytest.approx(float((user[1:] ** 2).sum()) / (2 * 0.5))
    assert_close(g.grad(theta), torch.func.grad(lambda t: (coords.scale**2 * t[1:] ** 2).sum())(theta))
    assert_close(
        torch.diag(g.curvature(theta)), torch.func.hessian(lambda t: (coords.scale**2 * t[1:] ** 2).sum())(theta)
    )
    assert block.n_features == 4


@pytest.mark.parametrize("problem", problems(), ids=lambda p: p.name)
def test_firths_score_is_the_derivative_of_its_likelihood(problem: Problem) -> None:
    block, coords = problem.block, problem.coords
    f = Firth(Counted(Memory(block)), coords, coords)
    theta = torch.linspace(-0.6, 0.4, coords.size).double()
    t = f.at(theta, 2)
    assert t.value == pytest.approx(float(plain_firth(block, theta)), rel=1e-12)
    assert_close(t.grad, torch.func.grad(lambda w: plain_firth(block, w))(theta))
    v = torch.linspace(1, -1, coords.size).double() / 5
    steps = torch.tensor([0.5, 1.0]).double()
    there = torch.tensor([f.at(theta + s * v, 0).value for s in steps], dtype=torch.float64)
    assert_close(f.along(theta, v, steps), there)
    assert_close(f.hvp(theta, v), t.hess @ v)


def test_firths_profile_keeps_the_determinant_of_all_entries() -> None:
    """logistf's definition: what is held still counts in the information."""
    block = problems()[2].block
    coords = Coordinates(4)
    held = coords.hold(2, 0.7)
    f = Firth(Counted(Memory(block)), held, coords)
    theta = torch.linspace(-0.5, 0.5, 4).double()

    def profiled(w: Tensor) -> Tensor:
        return plain_firth(block, torch.cat([w[:2], torch.tensor([0.7], dtype=torch.float64), w[2:]]))

    t = f.at(theta, 2)
    assert t.value == pytest.approx(float(profiled(theta)), rel=1e-12)
    assert_close(t.grad, torch.func.grad(profiled)(theta))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_margins_of_ten_thousand_keep_their_digits(dtype: torch.dtype) -> None:
    block = Block(EXTREME.to(dtype), torch.tensor([0, 1, 1, 0, 1.0], dtype=dtype))
    f = LogLoss(Counted(Memory(block)), Coordinates(1, intercept=False))
    t = f.at(torch.ones(1).double(), 2)
    # two rows ten thousand on the wrong side, two fifty on the right one: log(1 + e^-50) each
    tail = 1.9287498479639178e-22
    assert t.value == pytest.approx(2e4 + 2 * tail + 0.6931471805599453, rel=1e-15)
    right = LogLoss(Counted(Memory(block.rows(torch.tensor([2, 3])))), Coordinates(1, intercept=False))
    assert right.at(torch.ones(1).double(), 1).value == pytest.approx(2 * tail, rel=1e-12)
    assert float(right.at(torch.ones(1).double(), 1).grad[0]) == pytest.approx(-100 * tail, rel=1e-12)


def test_a_factor_solves_inverts_and_refuses() -> None:
    draw = torch.Generator().manual_seed(0)
    a = torch.randn(6, 6, generator=draw).double()
    units = torch.logspace(-8, 8, 6).double()
    h = (a @ a.T + torch.eye(6)) * units[:, None] * units
    answer = 1 / units
    found, v = factor(h), h @ answer
    assert found is not None
    torch.testing.assert_close(found.solve(v), answer, rtol=1e-10, atol=0)
    assert found.step(v)[1] ** 2 == pytest.approx(float(v @ found.solve(v)), rel=1e-10)
    torch.testing.assert_close(found.inverse() @ v, answer, rtol=1e-8, atol=0)
    assert found.log_det() == pytest.approx(float(torch.logdet(h)), rel=1e-8)
    kept, spent = h.clone(), h.clone()
    assert torch.equal(factor(kept).lower, found.lower)
    assert torch.equal(kept, h), "who asks for a factor keeps the matrix"
    again = factor(spent, spent=True)
    assert torch.equal(again.lower, found.lower)
    assert again.lower.data_ptr() == spent.data_ptr(), "unless it is spent: then the factor lies in its memory"
    singular = torch.ones(3, 3).double()
    assert factor(-singular) is None
    assert torch.isfinite(lifted_factor(singular).solve(torch.ones(3).double())).all()

"""A small table held as one matrix: the same fit as by blocks, and whatever is out of the way is left to them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import event, given, settings
from hypothesis import strategies as st

from cutline import csr
from cutline.block import Block
from cutline.coordinates import Coordinates
from cutline.errors import DataError
from cutline.factor import factor
from cutline.fitting import fit_rows, rows, small
from cutline.fitting.prepare import Task
from cutline.fitting.rows import RowsFit
from cutline.fitting.small import Turned, settle
from cutline.inference import certificate
from cutline.inference.certificate import Proof, furthest_at_most
from cutline.objective import LogLoss, ridge
from cutline.rows import Counted
from cutline.solvers import Progress, Step, Stop
from cutline.sources.memory import Memory
from cutline.summands.held import Holding
from cutline.summands.logistic import Logistic


def block(n: int = 400, p: int = 3, seed: int = 0, *, slope: float = 1.0, **known) -> Block:
    """Columns of different means and scales, and the two labels drawn from the model."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(n, p)) @ (np.eye(p) + 0.3 * draw.normal(size=(p, p)))
    y = x @ draw.normal(size=p) * slope / math.sqrt(max(p, 1)) + draw.logistic(size=n) > 0.3
    x = x * 10 ** draw.uniform(-3, 3, p) + draw.normal(size=p) * 5
    return Block(torch.from_numpy(x), torch.from_numpy(y.astype(np.int8)), **known)


def positive(n: int = 400, seed: int = 1) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).uniform(0.2, 3, n))


def sparse(n: int = 400) -> Block:
    dense = block(n).x * (torch.arange(n * 3).view(n, 3) % 5 < 2)
    held = dense.to_sparse_csr()
    return replace(block(n), x=csr.matrix(held.crow_indices(), held.col_indices(), held.values(), (n, 3)))


CODES = torch.from_numpy(np.random.default_rng(2).integers(0, [3, 4], (400, 2)))
KINDS = {
    "numbers": block(),
    "one column": block(p=1),
    "no columns": block(p=0),
    "float32": replace(block(), x=block().x.float()),
    "by columns": replace(block(), x=block().x.t().contiguous().t()),
    "shares that are labels": replace(block(), y=block().y.double()),
    "weights": block(weight=positive()),
    "an offset": block(offset=positive() - 1),
    "levels": block(codes=CODES, levels=(2, 3), weight=positive()),
    "sparse": sparse(),
    "steep": block(slope=12.0),
    "many rows": block(9_000, 12, weight=positive(9_000), offset=positive(9_000, 4) - 1),
    "many rows of as many columns as numpy multiplies alone": block(2_000, 24),
    "many rows of one more": block(9_000, 25),
    "wide": block(900, 50),
    "a large mean": replace(block(), x=block().x / block().x.std(0) + 1e6),
}


class Settled(list):
    """What `settle` gave, each time it was asked."""


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> Settled:
    found = Settled()

    def watched(*args, **how):
        found.append(settle(*args, **how))
        return found[-1]

    monkeypatch.setattr(rows, "settle", watched)
    return found


def both(data: Block, monkeypatch: pytest.MonkeyPatch, **how) -> tuple[RowsFit, RowsFit]:
    """The fit as it is made, and by blocks."""
    one = fit_rows(Memory(data), short="return", **how)
    with monkeypatch.context() as patch:
        patch.setattr(small, "SMALL", 0)
        return one, fit_rows(Memory(data), short="return", **how)


HOW = [
    {},
    {"penalty": "l2"},
    {"penalty": "l2", "tol": 0.05},
    {"intercept": False},
    {"covariance": False},
    {"covariance": False, "tol": 1e-9},
]
# nothing to fit; columns that differ from one another in the twelfth digit of their squares
NOT_SO = [("no columns", {"intercept": False}), ("a large mean", {"intercept": False})]


@pytest.mark.parametrize(("kind", "how"), [(k, how) for k in KINDS for how in HOW if (k, how) not in NOT_SO], ids=str)
def test_it_is_the_fit_by_blocks(kind: str, how: dict, settled: Settled, monkeypatch: pytest.MonkeyPatch) -> None:
    data = KINDS[kind]
    one, two = both(data, monkeypatch, **how)
    assert settled[0] is not None
    assert settled[1] is None
    assert one.certificate.passes == two.certificate.passes
    assert one.certificate.stop == two.certificate.stop == Stop.CONVERGED.value
    assert one.certificate.bound_kind == two.certificate.bound_kind == "exact"
    tol = how.get("tol", 1e-6)
    assert one.certificate.decrement <= tol
    # the same mathematics: rounding, which is all that is between them, lies far below the digits of a decrement
    rel = 1e-6 if tol > 1e-6 else 1e-3
    assert one.certificate.decrement == pytest.approx(two.certificate.decrement, rel=rel, abs=1e-11)
    assert one.certificate.bound == pytest.approx(two.certificate.bound, rel=rel, abs=1e-22)
    hess = Logistic(one.theta, one.coords, 2)(data).hess
    apart = two.coords.from_user(one.weights) - two.theta
    assert float(apart @ hess @ apart) ** 0.5 < max(1e-3 * tol, 1e-9)
    assert one.loss == pytest.approx(two.loss, rel=1e-12)
    assert one.objective == pytest.approx(two.objective, rel=1e-12)
    assert one.outcome == two.outcome
    if two.covariance is None:
        assert one.covariance is None
    else:
        errors = two.covariance.diagonal().sqrt()
        off = (one.covariance - two.covariance) / (errors * errors[:, None])
        assert float(off.abs().max()) < 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_its_sums_are_those_of_a_block(kind: str) -> None:
    data = KINDS[kind]
    held = Holding()(data)
    coords, turned, largest = small._standardized(held, True)
    theta = torch.linspace(-2, 3, coords.size).double()
    value, grad, hess = turned.terms(theta.numpy())
    terms = Logistic(theta, coords, 2)(data)
    assert value == pytest.approx(terms.value, rel=1e-12)
    scale = terms.grad.abs().max()
    torch.testing.assert_close(torch.from_numpy(grad), terms.grad, rtol=1e-9, atol=1e-9 * float(scale))
    torch.testing.assert_close(torch.from_numpy(hess), terms.hess, rtol=1e-9, atol=1e-9 * float(terms.hess.max()))
    np.testing.assert_allclose(largest, np.abs(turned.z).max(1), rtol=1e-9)


def test_no_digit_is_lost_at_any_margin() -> None:
    turned = Turned(np.array([[1.0, -1.0]]), None, None)
    for margin in (700.0, 40.0, 1e-9):
        value, grad, hess = turned.terms(np.array([margin]))
        tail = 1 / (1 + math.exp(margin))
        assert value == pytest.approx(margin + 2 * math.log1p(math.exp(-margin)), rel=1e-15)
        assert grad[0] == pytest.approx(math.tanh(margin / 2), rel=1e-12)
        assert hess[0, 0] == pytest.approx(2 * tail * (1 - tail), rel=1e-12)


def test_blocks_held_one_after_the_other_are_all_rows() -> None:
    data = block(weight=positive(), offset=positive(seed=3))
    whole = fit_rows(Memory(data))
    parts = fit_rows(Memory(data, block_rows=90))
    assert torch.equal(whole.weights, parts.weights)


def twin(eps: float) -> Block:
    x = torch.randn(400, 2, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    return replace(block(), x=torch.stack([x[:, 0], x[:, 0] + eps * x[:, 1]], 1))


ASIDE = {
    "a constant": replace(block(), x=torch.cat([block().x, torch.full((400, 1), 2.0)], 1)),
    "a twin": replace(block(), x=torch.cat([block().x, block().x[:, :1] * 3 + 1], 1)),
    "a level nobody has": block(codes=CODES[:, :1], levels=(4,)),
    "separated": replace(block(), y=(block().x[:, 0] > block().x[:, 0].median()).to(torch.int8)),
    "separated by an indicator": replace(
        block(60), y=(torch.arange(60) % 2).to(torch.int8), x=torch.arange(60.0)[:, None] % 2
    ),
    "nearly a twin": twin(1e-6),
    "a twin but for rounding": twin(3e-8),
    "shares": replace(block(), y=torch.linspace(0, 1, 400).double()),
    "no weight": block(weight=torch.cat([positive(399), torch.zeros(1)])),
    "more columns than rows": block(20, 30),
}


DETERMINED = ("a constant", "a twin", "a twin but for rounding", "a level nobody has", "more columns than rows")


@pytest.mark.parametrize("kind", ASIDE)
def test_what_is_out_of_the_way_is_left_to_the_blocks(kind, settled: Settled, monkeypatch: pytest.MonkeyPatch) -> None:
    data = ASIDE[kind]
    one, two = both(data, monkeypatch)
    assert settled == [None, None]
    assert torch.equal(one.weights.nan_to_num(), two.weights.nan_to_num()), "the same road, and the same bits"
    assert bool(one.aliased) == (kind in DETERMINED)
    assert [a.feature for a in one.aliased] == [a.feature for a in two.aliased]
    assert (one.separation is None) == (two.separation is None)
    assert one.certificate.passes > two.certificate.passes, "what was spent in vain is told"


def test_under_a_penalty_more_columns_than_rows_are_nothing_out_of_the_way(settled: Settled) -> None:
    found = fit_rows(Memory(block(20, 30)), penalty="l2", covariance=False)
    assert settled[0] is not None
    assert found.certificate.bound_kind == "exact"


def overshooting() -> Block:
    x = np.r_[np.linspace(-1, 1, 2_000), 40.0, 45.0, 0.0]
    return Block(torch.from_numpy(x[:, None]), torch.from_numpy(np.r_[np.zeros(2_000), 1, 1, 1].astype(np.int8)))


def test_a_step_that_is_refused_is_left_to_the_blocks(settled: Settled) -> None:
    """From the base rate the full step overshoots: few successes, and all of them far out."""
    told = list[Progress]()
    found = fit_rows(Memory(overshooting()), penalty="l2", C=1e6, progress=told.append)
    assert settled == [None]
    assert found.certificate.bound_kind == "exact"
    losses = [step.loss for step in told]
    first = next(k for k in range(1, len(told)) if told[k].loss == losses[0])
    assert losses[:first] == sorted(losses[:first], reverse=True), "nobody is told of a step that is refused"
    assert told[first].passes > told[first - 1].passes + 1

    coords, turned, _ = small._standardized(Holding()(overshooting()), True)
    counted, theta = Counted(Memory(overshooting())), torch.tensor([math.log(3 / 2_000), 0.0]).double()
    direct = small.Direct(turned.pieces(), counted, 2_003.0, regular=False)
    steps = direct.steps(LogLoss(counted, coords), ridge(coords, 1e6), theta)
    last = next(steps)
    ahead, _, _ = small._summed(turned.pieces(), last.ahead.numpy())
    assert last.value < ahead < math.inf, "finite and larger, so that nothing but the rule refuses it"
    with pytest.raises(small._AsideError):
        next(steps)


def test_a_refused_step_and_ctrl_c_leave_what_stands() -> None:
    def stop(step: Progress) -> None:
        if step.passes > 2:
            raise KeyboardInterrupt

    found = fit_rows(Memory(overshooting()), penalty="l2", C=1e6, progress=stop, interrupt="return")
    assert found.certificate.stop == Stop.INTERRUPTED.value


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("wild", [math.nan, math.inf, 1e200])
def test_numbers_that_are_not_finite_are_named_as_ever(wild: float, intercept: bool, settled: Settled) -> None:
    data = block()
    data.x[7, 1] = wild
    with pytest.raises(DataError, match="column 'x1': expected finite numbers"):
        fit_rows(Memory(data), intercept=intercept)
    assert settled == [None]


def test_a_solver_that_is_named_is_asked(settled: Settled) -> None:
    assert fit_rows(Memory(block()), solver="lbfgs").certificate.solver == "lbfgs"
    assert settled == [None]


@pytest.mark.parametrize(("n", "held"), [(149_000, True), (151_000, False)])
def test_a_narrow_table_is_small_up_to_600_000_numbers(n: int, held: bool, settled: Settled, monkeypatch) -> None:
    """However many rows; by blocks it begins with a sample."""
    one, two = both(block(n), monkeypatch, covariance=False)
    assert (settled[0] is not None) == held
    assert settled[1] is None
    apart = two.coords.from_user(one.weights) - two.theta
    hess = Logistic(two.theta, two.coords, 2)(block(n)).hess
    assert float(apart @ hess @ apart) ** 0.5 < 2e-6


@pytest.mark.parametrize("budget", [9, 60, 100])
def test_a_budget_is_held_to_whatever_was_spent_in_vain(budget: int, settled: Settled) -> None:
    found = fit_rows(Memory(ASIDE["separated"]), max_passes=budget, short="return")
    assert settled == ([] if budget == 9 else [None])
    assert found.separation is not None
    spent_beside = 10  # moments and the test for separation are no passes of the search
    assert found.certificate.passes <= budget + spent_beside


def test_nothing_to_estimate_is_left_to_the_blocks(settled: Settled) -> None:
    found = fit_rows(Memory(block(p=0)), intercept=False)
    assert settled == [None]
    assert found.loss == pytest.approx(400 * math.log(2))
    assert found.certificate.bound_kind == "exact"


def test_numbers_that_know_their_gradient_or_are_half_as_long_are_numbers() -> None:
    data = block()
    assert torch.equal(
        fit_rows(Memory(replace(data, x=data.x.clone().requires_grad_()))).weights, fit_rows(Memory(data)).weights
    )
    short = replace(data, x=data.x.bfloat16())
    wide = replace(data, x=data.x.bfloat16().double())
    one, two = (fit_rows(Memory(each)).weights.nan_to_num() for each in (short, wide))
    assert torch.equal(one, two)


def test_what_a_user_was_given_by_numpy_is_as_it_was() -> None:
    seen, data = list[dict](), block()
    x, before = data.x.clone(), np.geterr()
    fit_rows(Memory(data), progress=lambda step: seen.append(np.geterr()))
    assert seen[0] == before
    assert torch.equal(data.x, x)


def test_a_block_without_weights_beside_one_with_them_has_ones() -> None:
    """And without an offset none. `Memory` cuts no such blocks, but another place for rows may."""
    data = block(weight=torch.cat([positive(150), torch.ones(250).double()]))
    data = replace(data, offset=torch.cat([torch.zeros(150).double(), positive(250)]))
    one, two = data.slice(0, 150), data.slice(150, 400)

    class Apart(Memory):
        def sum(self, summand, /):
            return summand(replace(one, offset=None)) + summand(replace(two, weight=None))

    assert torch.equal(fit_rows(Apart(data)).weights, fit_rows(Memory(data)).weights)


@pytest.mark.parametrize("covariance", [True, False])
def test_where_the_last_step_is_foreseen_a_row_may_see_farther(covariance: bool, monkeypatch) -> None:
    seen = list[float]()

    def bounded(decrement: float, furthest: float) -> Proof:
        seen.append(furthest)
        return certificate.bounded(decrement, furthest)

    monkeypatch.setattr(small, "bounded", bounded)
    found = fit_rows(Memory(block()), covariance=covariance)
    hess = Logistic(found.theta, found.coords, 2)(block()).hess
    _, _, largest = small._standardized(Holding()(block()), True)
    here = furthest_at_most(factor(hess).inverse(), torch.from_numpy(largest))
    # one step before, the Hessian is another by no more than the step is long
    assert seen == [pytest.approx(here if covariance else here * math.exp(0.5), rel=1e-2)]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31), q=st.integers(1, 70), mixed=st.floats(0, 0.999))
def test_a_row_can_see_no_farther_than_is_said(seed: int, q: int, mixed: float) -> None:
    draw = np.random.default_rng(seed)
    z = np.sqrt(1 - mixed) * draw.normal(size=(200, q)) + np.sqrt(mixed) * draw.normal(size=(200, 1))
    hess = torch.from_numpy(z.T @ z + np.eye(q))
    largest = np.abs(z).max(0)
    step = Step(torch.zeros(q).double(), 0.0, torch.zeros(q).double(), 1.0, hess=hess)
    said = small._furthest(step, largest)
    inverse = np.linalg.inv(hess.numpy())
    assert said == pytest.approx(math.sqrt(largest @ np.abs(inverse) @ largest), rel=1e-9)
    assert said >= math.sqrt(np.einsum("ij,jk,ik->i", z, inverse, z).max()) * (1 - 1e-12)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_interrupted_what_stands_is_returned(k: int, settled: Settled) -> None:
    def stop(step: Progress) -> None:
        if step.passes == k + 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_rows(Memory(block()), progress=stop)
    found = fit_rows(Memory(block()), progress=stop, interrupt="return")
    assert len(settled) == 1, "the other was raised from it"
    assert settled[0] is not None
    assert found.certificate.stop == Stop.INTERRUPTED.value
    assert found.certificate.passes == k + 1
    assert found.certificate.bound_kind == "estimate"
    assert "interrupted" in found.short


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    n=st.integers(8, 300),
    p=st.integers(1, 8),
    slope=st.floats(0, 6),
    C=st.floats(1e-3, 1e4),
)
def test_under_any_penalty_the_minimum_is_within_the_bound(seed: int, n: int, p: int, slope: float, C: float) -> None:
    data = block(n, p, seed, slope=slope)
    if not 0 < int(data.y.sum()) < n:
        return
    task = Task(Counted(Memory(data)), lambda at: ridge(at, C), "auto", True, range(p), 0, [], ("0", "1"))
    small_one = settle(task, 1e-6, [], hessian=False)
    found = fit_rows(Memory(data), penalty="l2", C=C, covariance=False)
    assert small_one is None or torch.equal(small_one[1].solution.w, found.theta)
    event(f"settled: {small_one is not None}")
    better = fit_rows(Memory(data), penalty="l2", C=C, covariance=False, solver="lbfgs", tol=1e-9, short="return")
    g = ridge(found.coords, C)

    def objective(fit: RowsFit) -> float:
        theta = found.coords.from_user(fit.weights)
        return Logistic(theta, found.coords, 0)(data).value + g.value(theta)

    blur = 1e-14 * (1 + found.objective)
    assert objective(found) - objective(better) <= found.certificate.bound + blur
    assert found.certificate.decrement <= 1e-6


def test_coordinates_are_those_of_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = (found.coords for found in both(KINDS["levels"], monkeypatch))
    assert isinstance(one, Coordinates)
    torch.testing.assert_close(one.center, two.center)
    torch.testing.assert_close(one.scale, two.scale)

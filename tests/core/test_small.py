"""A small table held as one matrix: the same fit as by blocks, and whatever is out of the way is left to them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cutline import csr
from cutline.coordinates import Coordinates
from cutline.errors import DataError
from cutline.fitting import fit_rows, rows, small
from cutline.fitting.rows import RowsFit
from cutline.fitting.small import Turned, settle
from cutline.objective import ridge
from cutline.rows import Block
from cutline.solvers import Progress, Stop
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
    "many rows": block(9_000, 12),
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


HOW = [{}, {"penalty": "l2"}, {"intercept": False}, {"covariance": False}]
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
    assert one.certificate.decrement <= 1e-6
    # each within a millionth of a standard error, and rounding the same in both up to the conditioning
    hess = Logistic(one.theta, one.coords, 2)(data).hess
    apart = two.coords.from_user(one.weights) - two.theta
    assert float(apart @ hess @ apart) ** 0.5 < 3e-6
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


ASIDE = {
    "a constant": replace(block(), x=torch.cat([block().x, torch.full((400, 1), 2.0)], 1)),
    "a twin": replace(block(), x=torch.cat([block().x, block().x[:, :1] * 3 + 1], 1)),
    "a level nobody has": block(codes=CODES[:, :1], levels=(4,)),
    "separated": replace(block(), y=(block().x[:, 0] > block().x[:, 0].median()).to(torch.int8)),
    "separated by a hair": replace(
        block(60), y=(torch.arange(60) % 2).to(torch.int8), x=torch.arange(60.0)[:, None] % 2
    ),
    "shares": replace(block(), y=torch.linspace(0, 1, 400).double()),
    "no weight": block(weight=torch.cat([positive(399), torch.zeros(1)])),
    "more columns than rows": block(20, 30),
}


@pytest.mark.parametrize("kind", ASIDE)
def test_what_is_out_of_the_way_is_left_to_the_blocks(kind, settled: Settled, monkeypatch: pytest.MonkeyPatch) -> None:
    data = ASIDE[kind]
    one, two = both(data, monkeypatch)
    assert settled == [None, None]
    assert torch.equal(one.weights.nan_to_num(), two.weights.nan_to_num())
    assert [a.feature for a in one.aliased] == [a.feature for a in two.aliased]
    assert (one.separation is None) == (two.separation is None)
    assert one.certificate.passes > two.certificate.passes, "what was spent in vain is told"


def test_under_a_penalty_more_columns_than_rows_are_nothing_out_of_the_way(settled: Settled) -> None:
    found = fit_rows(Memory(block(20, 30)), penalty="l2", covariance=False)
    assert settled[0] is not None
    assert found.certificate.bound_kind == "exact"


def test_a_step_that_is_refused_is_left_to_the_blocks(settled: Settled) -> None:
    """From the base rate the full step overshoots: few successes, and all of them far out."""
    x = np.r_[np.linspace(-1, 1, 2_000), 40.0, 45.0, 0.0]
    y = np.r_[np.zeros(2_000), 1, 1, 1].astype(np.int8)
    found = fit_rows(Memory(Block(torch.from_numpy(x[:, None]), torch.from_numpy(y))), penalty="l2", C=1e6)
    assert settled == [None]
    assert found.certificate.bound_kind == "exact"


@pytest.mark.parametrize("wild", [math.nan, math.inf, 1e200])
def test_numbers_that_are_not_finite_are_named_as_ever(wild: float) -> None:
    data = block()
    data.x[7, 1] = wild
    with pytest.raises(DataError, match="column 'x1': expected finite numbers"):
        fit_rows(Memory(data))


@pytest.mark.parametrize("how", [{"solver": "lbfgs"}, {"max_passes": 9}], ids=str)
def test_a_solver_named_or_a_small_budget_is_held_to(how: dict, settled: Settled) -> None:
    fit_rows(Memory(block()), **how)
    assert settled in ([], [None])


@pytest.mark.parametrize("k", [1, 2, 3])
def test_interrupted_what_stands_is_returned(k: int, settled: Settled) -> None:
    def stop(step: Progress) -> None:
        if step.passes == k + 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_rows(Memory(block()), progress=stop)
    found = fit_rows(Memory(block()), progress=stop, interrupt="return")
    assert len(settled) == 1, "the other was raised from it"
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
    found = fit_rows(Memory(data), penalty="l2", C=C, covariance=False)
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

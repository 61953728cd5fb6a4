"""Large rows: a sample, a handful of passes, and the same answer as Newton's method on all rows."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from cutline import csr
from cutline.block import Block
from cutline.coordinates import Coordinates
from cutline.errors import DataError, FitError
from cutline.factor import bordered, factor
from cutline.fitting import start
from cutline.fitting.prepare import leaning
from cutline.fitting.rows import RowsFit, fit_rows
from cutline.inference.certificate import after_newton
from cutline.objective import LogLoss, ridge
from cutline.penalty import NoPenalty
from cutline.rows import Counted
from cutline.solvers import LBFGS, Newton, Solution, Step, Stop, by_last_rate, by_rate, minimize
from cutline.sources.memory import Memory, _chosen
from cutline.summands.arrow import ArrowHessian, HeadHessian
from cutline.summands.logistic import Logistic

pytestmark = pytest.mark.usefixtures("by_blocks")  # narrow tables of so many rows are small ones too


def dense(n: int, p: int, seed: int, *, base: float = -0.5, tail: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Correlated columns of different means and scales."""
    draw = np.random.default_rng(seed)
    x = draw.standard_t(3, size=(n, p)) if tail else draw.normal(size=(n, p))
    x = x @ (np.eye(p) + 0.3 * draw.normal(size=(p, p)))
    eta = x @ draw.normal(size=p) * (1.5 / math.sqrt(p * (1 + 0.09 * p))) + base
    y = (draw.random(n) < 1 / (1 + np.exp(-eta))).astype(float)
    return x * 10 ** draw.uniform(-2, 2, p) + draw.normal(size=p) * 5, y


def rows(x: np.ndarray, y: np.ndarray) -> Memory:
    return Memory(Block(torch.from_numpy(x), torch.from_numpy(y)))


def fast(x: np.ndarray, y: np.ndarray, **options) -> RowsFit:
    return fit_rows(rows(x, y), **({"covariance": False, "penalty": "l2"} | options))


def exact(x: np.ndarray, y: np.ndarray, **options) -> RowsFit:
    """Newton on all rows, its last step looked at."""
    return fit_rows(rows(x, y), **({"penalty": "l2", "solver": "newton", "tol": 1e-9, "short": "return"} | options))


def apart(one: RowsFit, two: RowsFit, x: np.ndarray, y: np.ndarray) -> float:
    """How many standard errors apart two answers are: the decrement's own norm."""
    at = Coordinates(x.shape[1], True)
    hess = LogLoss(Counted(rows(x, y)), at).at(two.weights, 2).hess
    unit = hess.diagonal().rsqrt()
    step = (one.weights - two.weights) / unit
    return float(step @ (hess * unit[:, None] * unit) @ step) ** 0.5


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("penalty", ["none", "l2"])
def test_a_dense_fit_takes_at_most_six_full_passes_after_its_sample(seed: int, penalty: str) -> None:
    x, y = dense(250_000, 20, seed)
    found = fast(x, y, penalty=penalty, seed=seed)
    assert found.certificate.solver == "lbfgs"
    assert found.certificate.decrement <= 1e-6
    assert found.certificate.passes <= 1 + 6  # and one that reads the outcomes only
    assert apart(found, exact(x, y, penalty=penalty), x, y) <= 1e-6


@pytest.mark.parametrize(
    "options",
    [{"base": -8.0}, {"tail": True}, {"base": 6.0, "tail": True}],
    ids=["rare", "tails", "rare failures, tails"],
)
def test_rare_outcomes_and_heavy_tails_keep_to_the_certificate(options: dict) -> None:
    x, y = dense(200_000, 10, 7, **options)
    found = fast(x, y, penalty="none")
    assert found.certificate.decrement <= 1e-6
    assert apart(found, exact(x, y, penalty="none"), x, y) <= 2e-6


def test_few_rows_for_each_coefficient_are_shrunk_and_save_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample's slopes are too large; shrunk, its Hessian is nearer to that of all rows."""
    table = rows(*dense(50_000, 400, 4))
    shrunk = fit_rows(table, penalty="l2", covariance=False)
    monkeypatch.setattr(start, "_shrunk", lambda begun, solution, m: solution.w)
    plain = fit_rows(table, penalty="l2", covariance=False)
    assert shrunk.certificate.passes < plain.certificate.passes
    torch.testing.assert_close(shrunk.theta, plain.theta, rtol=0, atol=1e-6)


def test_a_sample_without_effects_begins_where_there_are_none() -> None:
    """(G - q) / G of the way: all of it where effects are strong, none of it where G is what chance gives."""
    begun, end = torch.zeros(4).double(), torch.ones(4).double()
    for drop, kept in ((1_000.0, 0.8), (200.0, 0.0), (100.0, 0.0), (0.0, 0.0), (-1.0, 0.0)):
        step = Step(end, 5_000.0 - drop, end, weight=10_000.0)  # a weight of 100 for each of 100 rows
        found = start._shrunk(begun, Solution(step, Stop.CONVERGED, 3, (5_000.0, 4_900.0)), 100)
        torch.testing.assert_close(found, kept * end)


def test_a_sample_that_weighs_nothing_is_dropped() -> None:
    x, y = (torch.from_numpy(part) for part in dense(50_000, 300, 6))
    m, successes = start.drawn(50_000, 301), int(y.sum())
    weight = torch.zeros(50_000).double()
    weight[_chosen(y, successes, m // 8, 1)[0]] = 1  # the rows that say where columns lie, and none of the sample's
    weight[_chosen(y, successes, m, 0)[0]] = 0
    found = fit_rows(Memory(Block(x, y, weight=weight)), penalty="l2", covariance=False)
    few = weight > 0
    alone = fit_rows(Memory(Block(x[few], y[few])), penalty="l2", covariance=False)
    torch.testing.assert_close(found.weights, alone.weights, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("order", ["positives first", "drift", "a column only in the last rows"])
def test_the_order_of_rows_does_not_fool_the_sample(order: str) -> None:
    x, y = dense(120_000, 5, 3)
    if order == "a column only in the last rows":
        x[:-200, 2] = 1.0
    keys = {"positives first": -y, "drift": x[:, 0]}.get(order, np.arange(len(y)))
    by = np.argsort(keys, kind="stable")
    found = fast(x[by], y[by], penalty="none")
    assert found.certificate.decrement <= 1e-6
    assert apart(found, exact(x[by], y[by], penalty="none"), x, y) <= 2e-6


@pytest.mark.parametrize("seed", range(3))
def test_another_sample_changes_nothing_the_certificate_does_not_say(seed: int) -> None:
    x, y = dense(120_000, 6, 11)
    one, two = fast(x, y, seed=seed), fast(x, y, seed=seed + 100)
    assert not torch.equal(one.weights, two.weights)
    assert apart(one, two, x, y) <= 2e-6
    assert torch.equal(one.weights, fast(x, y, seed=seed).weights)  # the same bits for the same seed


def test_with_a_covariance_the_end_is_looked_at_and_the_bound_is_exact() -> None:
    x, y = dense(120_000, 6, 5)
    found = fast(x, y, penalty="none", covariance=True)
    assert found.certificate.bound_kind == "exact"
    assert found.certificate.decrement <= 1e-6
    there = exact(x, y, penalty="none", covariance=True)
    torch.testing.assert_close(found.covariance, there.covariance, rtol=1e-6, atol=0)


def test_without_one_the_last_step_is_foreseen_and_better_than_foreseen() -> None:
    x, y = dense(120_000, 6, 5)
    found = fast(x, y)
    assert found.certificate.bound_kind == "estimate"
    assert apart(found, exact(x, y), x, y) <= found.certificate.decrement


def test_float32_rows_agree_with_float64_to_the_certificate() -> None:
    x, y = dense(150_000, 8, 2)
    x = x.astype(np.float32)
    narrow, wide = fast(x, y, penalty="none"), fast(x.astype(float), y, penalty="none")
    assert apart(narrow, wide, x.astype(float), y) <= 2e-6


def test_what_is_not_a_number_is_named_though_the_sample_missed_it() -> None:
    x, y = dense(120_000, 4, 1)
    x[70_001, 2] = np.nan
    with pytest.raises(DataError, match="column 'x2'"):
        fast(x, y)


def test_twins_and_constants_are_found_in_large_rows() -> None:
    x, y = dense(120_000, 4, 1)
    x = np.column_stack([x, x[:, 0] + x[:, 1], np.ones(len(x))])
    found = fast(x, y, penalty="none")
    assert sorted(a.feature for a in found.aliased) == [4, 5]


def test_large_separated_rows_are_found_out() -> None:
    x, y = dense(120_000, 4, 1)
    x[:, 3] = np.where(y > 0, np.abs(x[:, 3]) + 1, -np.abs(x[:, 3]))
    found = fast(x, y, penalty="none", names=["a", "b", "c", "tell"], short="return")
    assert found.separation is not None
    assert "tell" in found.separation.message


def test_a_sample_too_far_for_a_proof_is_searched_a_little_further() -> None:
    """One success in two thousand: information is small, and what a sample errs by weighs the more."""
    draw = np.random.default_rng(5)
    x = draw.normal(size=(200_000, 10))
    y = (draw.random(200_000) < 1 / (1 + np.exp(8 - x @ draw.normal(size=10) / 2))).astype(float)
    found = fast(x, y, penalty="none")
    assert found.certificate.solver == "lbfgs"  # a sample's: without one, ten columns are Newton's
    assert found.certificate.passes <= 7
    assert apart(found, exact(x, y, penalty="none"), x, y) <= 2e-6


def test_a_sample_keeps_the_rare_class_whole() -> None:
    x, y = dense(100_000, 3, 4, base=-8.0)
    sample = rows(x, y).sample(5_000, 1)
    kept = torch.cat([b.y for b in sample.blocks])
    weight = torch.cat([b.weights() for b in sample.blocks])
    assert 0 < y.sum() < 2_500
    assert float(kept.sum()) == y.sum()
    assert set(weight[kept > 0].tolist()) == {1.0}
    assert float(weight.sum()) == pytest.approx(100_000, rel=0.01)


# ---- foresight


def test_what_self_concordance_foresees_holds() -> None:
    """The bound on the decrement after a Newton step, against the decrement looked at."""
    x, y = dense(2_000, 5, 9)
    at = Coordinates(5, True, torch.from_numpy(x.mean(0)), torch.from_numpy(1 / x.std(0)))
    f, seen = LogLoss(Counted(rows(x, y)), at), []
    minimize(f, NoPenalty(), Newton(), torch.zeros(6).double(), tol=1e-12, max_passes=12, watch=[seen.append])
    z = torch.from_numpy(np.column_stack([np.ones(len(x)), (x - x.mean(0)) / x.std(0)]))
    checked = 0
    for step, following in itertools.pairwise(seen):
        inverse = factor(step.hess).inverse()
        furthest = float((z @ inverse * z).sum(1).max()) ** 0.5
        most, grown = after_newton(step.decrement, furthest)
        if math.isfinite(most) and following.decrement > 1e-12:
            after = float((z @ factor(following.hess).inverse() * z).sum(1).max()) ** 0.5
            assert following.decrement <= most * (1 + 1e-9)
            assert after <= grown * (1 + 1e-9)
            checked += 1
    assert checked >= 2
    assert after_newton(3.0, 0.5) == (math.inf, math.inf)


def test_foresight_saves_newton_its_last_look() -> None:
    x, y = dense(3_000, 5, 9)
    looked, unseen = fit_rows(rows(x, y)), fast(x, y, penalty="none")
    assert unseen.certificate.passes == looked.certificate.passes - 1
    assert unseen.certificate.bound_kind == "exact"
    assert apart(unseen, looked, x, y) <= unseen.certificate.decrement + 1e-9


def test_rates_are_believed_only_where_steps_gain() -> None:
    from cutline.solvers import Step

    def step(decrement: float | None, size: float = 1.0) -> Step:
        return Step(torch.zeros(1), 0.0, torch.zeros(1), 1.0, size, decrement)

    assert by_rate(step(1e-2), [1.0]) == math.inf  # one rate is no trend
    assert by_last_rate(step(1e-2), [50.0, 1.0]) == by_last_rate(step(1e-2), [1.0]) == pytest.approx(3e-4)
    assert by_last_rate(step(1e-2), []) == by_last_rate(step(0.5), [1.0]) == math.inf
    assert by_rate(step(1e-2), [50.0, 1.0]) == pytest.approx(3 * 0.02 * 1e-2)
    assert by_rate(step(1e-2), [3.0, 1.0]) == math.inf
    assert by_rate(step(0.5), [50.0, 1.0]) == math.inf
    assert by_rate(step(1e-2, size=0.5), [50.0, 1.0]) == math.inf


@pytest.mark.parametrize("options", [{}, {"base": -5.0}, {"tail": True}], ids=["plain", "rare", "tails"])
def test_what_rates_foresee_holds(options: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each decrement of searches on a sample's Hessian, against what the rates before it promised."""
    import cutline.fitting.prepare as prepare

    promised, pairs = [], []

    def listen(step, before) -> float:
        promised.append(by_rate(step, before))
        return math.inf  # and look at every step

    monkeypatch.setattr(prepare, "by_rate", listen)
    for seed, p in enumerate((3, 6, 12, 25, 4, 8)):
        promised.clear()
        seen = []
        x, y = dense(60_000, p, seed, **options)
        fast(x, y, penalty="none", tol=1e-8, progress=lambda told, seen=seen: seen.append(told.decrement))
        pairs += [(most, after) for most, after in zip(promised, seen[1:]) if math.isfinite(most)]
    assert len(pairs) >= 5
    assert all(after <= most for most, after in pairs)


def test_an_interrupted_search_returns_what_stands() -> None:
    x, y = dense(3_000, 5, 9)

    def stop(p) -> None:
        if p.decrement < 1.0:
            raise KeyboardInterrupt

    found = fit_rows(rows(x, y), progress=stop, interrupt="return", short="return")
    assert found.certificate.stop == Stop.INTERRUPTED.value
    assert 1e-6 < found.certificate.decrement < 1.0
    assert "interrupted" in found.short
    with pytest.raises(KeyboardInterrupt):
        fit_rows(rows(x, y), progress=stop)


# ---- Hessians too large to form


def levels(n: int = 4_000, seed: int = 0) -> Block:
    draw = np.random.default_rng(seed)
    codes = np.stack([draw.integers(0, 7, n), draw.integers(0, 31, n), draw.integers(0, 4, n)], 1).astype(np.int32)
    x = draw.normal(size=(n, 2)) * [1, 100] + [0, 50]
    y = (draw.random(n) < 1 / (1 + np.exp(-x[:, 0] + 0.3 * (codes[:, 0] % 3)))).astype(float)
    weight = torch.from_numpy(draw.uniform(0.5, 2, n))
    return Block(torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(codes), (6, 30, 3), weight)


@pytest.mark.parametrize("size", [4_000, 999])
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("apart_", [0, 1, 2])
def test_an_arrow_is_the_hessian_with_one_factor_set_apart(apart_: int, intercept: bool, size: int) -> None:
    block = levels()
    center = torch.tensor([0.0, 50.0]).double() if intercept else None
    at = Coordinates(41, intercept, center, torch.linspace(0.5, 2, 41).double())
    theta = torch.linspace(-0.3, 0.3, at.size).double()
    hess = Logistic(theta, at, 2)(block).hess
    first = int(intercept) + 2 + sum((6, 30, 3)[:apart_])
    own = torch.arange(first, first + (6, 30, 3)[apart_])
    where = torch.arange(at.size)[~torch.isin(torch.arange(at.size), own)]
    summed = Memory(block, size).sum(ArrowHessian(theta, at, apart_))
    assert bool(summed.loose) == (size == 4_000), "beyond as many loose cells as the edge has, it is settled"
    arrow = summed.scaled(at.scales()[where], at.scales()[own])
    torch.testing.assert_close(arrow.core, hess[where][:, where])
    torch.testing.assert_close(arrow.edge, hess[where][:, own])
    torch.testing.assert_close(torch.diag(arrow.diagonal), hess[own][:, own])
    lift = torch.full((at.size,), 0.1).double()
    solve = bordered(arrow.core + torch.diag(lift[where]), arrow.edge, arrow.diagonal + lift[own], where).solve
    torch.testing.assert_close(solve(theta), torch.linalg.solve(hess + torch.diag(lift), theta))


@pytest.mark.parametrize("sparse", [False, True])
def test_a_head_is_a_part_of_the_hessian(sparse: bool) -> None:
    block = levels()
    if sparse:
        draw = np.random.default_rng(1)
        from scipy.sparse import random_array

        m = random_array((4_000, 50), density=0.1, format="csr", rng=draw)
        block = Block(csr.matrix(m.indptr, m.indices, m.data, m.shape), block.y)
    at = Coordinates(block.n_features, True, None, torch.linspace(0.5, 2, block.n_features).double())
    theta = torch.linspace(-0.3, 0.3, at.size).double()
    chosen = torch.tensor([0, 2, 5, 17, 40])
    hess = Logistic(theta, at, 2)(block).hess
    head = Memory(block, 999).sum(HeadHessian(theta, at, chosen))
    torch.testing.assert_close(head, hess[chosen][:, chosen], rtol=1e-6, atol=1e-6 * float(hess.diagonal().max()))


def test_many_levels_take_a_handful_of_passes() -> None:
    """More levels than a Hessian is formed for: the largest factor is eliminated."""
    draw = np.random.default_rng(5)
    n, sizes = 100_000, (4_200, 40)
    codes = np.stack([1 + draw.integers(0, k, n) for k in sizes], 1).astype(np.int32)
    x = draw.normal(size=(n, 3))
    eta = x @ [0.5, -0.2, 0.1] + (0.5 * draw.normal(size=sizes[0]))[codes[:, 0] - 1]
    y = (draw.random(n) < 1 / (1 + np.exp(-eta))).astype(float)
    block = Block(torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(codes), sizes)
    found = fit_rows(Memory(block), penalty="l2", covariance=False)
    assert found.certificate.decrement <= 1e-6
    assert found.certificate.passes <= 20
    f, g = LogLoss(Counted(Memory(block)), found.coords), ridge(found.coords, 1.0)
    grad = f.at(found.theta, 1).grad + g.grad(found.theta)
    assert float(grad.abs().max()) <= 1e-4
    plain = minimize(f, g, LBFGS(), found.theta, tol=0.0, max_passes=5)
    assert plain.step.value >= found.objective - 1e-9 * found.objective


def test_wide_sparse_rows_lean_on_their_heaviest_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(6)
    n, p = 20_000, 6_000
    share = 1 / np.arange(1, p + 1)
    columns = draw.choice(p, size=(n, 30), p=share / share.sum())
    from scipy.sparse import csr_array

    m = csr_array((np.full(n * 30, 0.2), columns.ravel(), np.arange(0, 30 * n + 1, 30)), shape=(n, p))
    m.sum_duplicates()
    y = (draw.random(n) < 1 / (1 + np.exp(-m @ draw.normal(size=p)))).astype(float)
    block = Block(csr.matrix(m.indptr, m.indices, m.data, m.shape), torch.from_numpy(y))
    found = fit_rows(Memory(block), penalty="l2", covariance=False)
    assert found.certificate.decrement <= 1e-6
    assert found.certificate.passes <= 40
    monkeypatch.setattr("cutline.fitting.precondition.HEAD", 1)
    assert fit_rows(Memory(block), penalty="l2", covariance=False).certificate.passes > 1.5 * found.certificate.passes
    from sklearn.linear_model import LogisticRegression

    peer = LogisticRegression(tol=1e-10, max_iter=1_000).fit(m, y)
    np.testing.assert_allclose(found.weights[1:], peer.coef_[0], atol=1e-5)


def test_a_row_the_sample_lacks_that_rules_the_loss_costs_a_few_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """One row at 1e6 in every column: the sample's Hessian says nothing of it, so the search soon starts from all."""
    x, y = dense(120_000, 8, 1)
    x[5] = 1e6
    found = fast(x, y, penalty="none")
    assert found.certificate.solver == "newton"
    assert found.certificate.decrement <= 1e-6
    assert apart(found, exact(x, y, penalty="none"), x, y) <= 2e-6
    with pytest.raises(FitError, match="allowed passes"):  # no start again for one who allows fewer passes than that
        fast(x, y, penalty="none", max_passes=8)
    monkeypatch.setattr("cutline.fitting.search.DRAFTED", 30)
    assert fast(x, y, penalty="none").certificate.passes > 1.5 * found.certificate.passes


def test_a_draft_is_dropped_where_its_search_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample whose Hessian is nonsense costs passes, and not the answer."""
    import cutline.fitting.prepare as prepare

    x, y = dense(120_000, 4, 1)
    honest = prepare.draft

    def nonsense(*args, **options):
        found = honest(*args, **options)
        return replace(found, factor=factor(torch.diag(torch.logspace(-12, 12, 5).double())))

    monkeypatch.setattr(prepare, "draft", nonsense)
    found = fast(x, y, penalty="none", max_passes=200)
    assert found.certificate.decrement <= 1e-6
    assert apart(found, exact(x, y, penalty="none"), x, y) <= 2e-6


# ---- rough Hessians, and one Hessian for a whole search


def test_a_rough_hessian_is_the_hessian_to_six_digits_and_the_rest_is_exact() -> None:
    x, y = dense(5_000, 30, 3)
    at = Coordinates(30, True, torch.from_numpy(x.mean(0)), torch.from_numpy(1 / x.std(0)))
    theta = torch.linspace(-0.3, 0.3, 31).double()
    whole, rough = (rows(x, y).sum(Logistic(theta, at, 2, rough=said)) for said in (False, True))
    assert rough.value == whole.value
    assert torch.equal(rough.grad, whole.grad)
    torch.testing.assert_close(rough.hess, whole.hess, rtol=0, atol=2e-6 * float(whole.hess.diagonal().max()))
    assert not torch.equal(rough.hess, whole.hess)


@pytest.mark.parametrize("penalty", ["l2", "none"])
@pytest.mark.parametrize("apart_by", [1e-3, 1e-4])
def test_columns_too_near_each_other_for_float32_are_multiplied_again(apart_by: float, penalty: str) -> None:
    """A Hessian whose smallest pivot is 1e-6 or 1e-8 is noise in float32: a search that leaned on it would be lost.

    The few rows that begin a search have one too, and their float32 cannot tell 1e-8 from nothing.
    """
    draw = np.random.default_rng(4)
    x = draw.normal(size=(60_000, 1)) + apart_by * draw.normal(size=(60_000, 8))
    eta = x[:, 0] + 0.1 / apart_by * (x[:, 1] - x[:, 2])
    y = (draw.random(60_000) < 1 / (1 + np.exp(-eta))).astype(float)
    found = fast(x, y, penalty=penalty)
    assert found.certificate.passes <= 9
    assert apart(found, exact(x, y, penalty=penalty), x, y) < 1e-5


@pytest.mark.parametrize(("n", "levels"), [(60_000, 7), (3_000, 120)])
def test_a_table_of_nothing_but_categories_is_fitted(n: int, levels: int) -> None:
    draw = np.random.default_rng(7)
    codes = draw.integers(1, levels + 1, (n, 2))
    y = (draw.random(n) < 1 / (1 + np.exp(0.5 - codes[:, 0] / levels))).astype(float)
    block = Block(
        torch.zeros(n, 0, dtype=torch.float64), torch.from_numpy(y), torch.from_numpy(codes), (levels, levels)
    )
    found, slow = (fit_rows(Memory(block), penalty="l2", solver=name) for name in ("auto", "newton"))
    assert found.certificate.decrement <= 1e-6
    # both within 1e-6 standard errors, and those of levels are below one under a ridge of C = 1
    torch.testing.assert_close(found.weights, slow.weights, rtol=0, atol=2e-6)


@pytest.mark.parametrize("penalty", ["l2", "none"])
@pytest.mark.parametrize(("n", "p"), [(60_000, 5), (3_000, 110)])
def test_units_that_float32_has_no_room_for_change_nothing(n: int, p: int, penalty: str) -> None:
    """Column j is multiplied by 1e-45 or 1e45, and the penalty aside the answer is divided by it."""
    x, y = dense(n, p, 6)
    unit = 10.0 ** np.where(np.arange(p) % 2, 45, -45)
    found, wild = fast(x, y, penalty="none"), fast(x * unit, y, penalty=penalty)
    assert wild.certificate.decrement <= 1e-6
    assert wild.certificate.passes <= 2 * found.certificate.passes
    if penalty == "none":
        torch.testing.assert_close(wild.weights[1:] * torch.from_numpy(unit), found.weights[1:], rtol=1e-5, atol=0)


@pytest.mark.parametrize("penalty", ["l2", "none"])
def test_from_a_hundred_coefficients_on_one_hessian_serves_a_search(penalty: str) -> None:
    x, y = dense(3_000, 120, 5)
    found, newton = fast(x, y, penalty=penalty), exact(x, y, penalty=penalty)
    assert found.certificate.solver == "lbfgs"
    assert found.certificate.decrement <= 1e-6
    assert found.objective <= newton.objective + 1e-9
    assert apart(found, newton, x, y) < 1e-5
    assert found.certificate.bound_kind == ("estimate" if penalty == "l2" else "exact")


@pytest.mark.parametrize("most", [8, 45])
def test_who_goes_on_has_no_more_passes_than_are_left(most: int) -> None:
    draw = np.random.default_rng(0)
    x = draw.normal(size=(2_000, 110))
    y = (x @ draw.normal(size=110) > 0).astype(float)
    found = fast(x, y, C=1e6, max_passes=most, short="return")
    # beside the search: what the columns hold, a Hessian to lean on, one to measure its end by, and a last step's two
    assert found.certificate.passes <= most + 5
    assert found.short is not None
    assert found.certificate.solver == ("lbfgs" if most < 40 else "newton")


def test_a_hessian_that_float32_has_no_room_for_is_multiplied_in_float64() -> None:
    x, y = dense(3_000, 5, 7)
    weight = torch.full((3_000,), 1e45, dtype=torch.float64)
    f = LogLoss(Counted(Memory(Block(torch.from_numpy(x), torch.from_numpy(y), weight=weight))), Coordinates(5))
    theta, v = torch.zeros(6).double(), torch.linspace(1, 2, 6).double()
    found = leaning(replace(f, rough=True), NoPenalty(), theta)(v)
    torch.testing.assert_close(found, factor(f.at(theta, 2).hess).solve(v), rtol=1e-12, atol=0)


def test_where_it_does_not_serve_newton_goes_on() -> None:
    """Separated classes under a faint penalty: the curvature at the minimum is nothing like that of the start."""
    draw = np.random.default_rng(0)
    x = draw.normal(size=(2_000, 110))
    y = (x @ draw.normal(size=110) > 0).astype(float)
    found, newton = fast(x, y, C=1e6), exact(x, y, C=1e6)
    assert found.certificate.solver == "newton"
    assert found.certificate.passes < 100
    assert found.objective == pytest.approx(newton.objective, rel=1e-9)

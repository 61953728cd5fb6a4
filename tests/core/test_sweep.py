"""The compiled sweep: the terms torch computes, in every layout, at every margin, and without numba too."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from cutline import csr
from cutline.block import Block
from cutline.coordinates import NEARBY, Coordinates
from cutline.fitting.rows import fit_rows
from cutline.objective import LogLoss
from cutline.rows import Counted, width
from cutline.sources.memory import Memory, _how_many_stretches
from cutline.summands import hessian
from cutline.summands import sweep as sweeping
from cutline.summands.logistic import FirthScore, HessianTimes, Logistic, LossAlong, SquaresOf
from cutline.summands.moments import ColumnMoments
from cutline.terms import Terms
from cutline.threads import one_thread_each

K, N = 7, 1_003


def numbers(kind: str, dtype: torch.dtype, draw: torch.Generator) -> torch.Tensor:
    x = (3 * torch.randn(N, K, generator=draw, dtype=torch.float64) + 1).to(dtype)
    match kind:
        case "by columns":
            return x.t().contiguous().t()
        case "wider rows":
            return torch.cat([x, x], 1)[:, :K]
        case "longer columns":
            return torch.cat([x, x]).t().contiguous().t()[:N]
        case "sparse":
            held = csr_array(torch.where(x < 2, 0.0, x).numpy())
            return csr.matrix(held.indptr, held.indices, held.data, held.shape)
    return x


@pytest.mark.parametrize("kind", ["by rows", "by columns", "wider rows", "longer columns", "sparse"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("factors", [False, True])
def test_a_sweep_gives_the_terms_of_torch(kind: str, dtype: torch.dtype, weighted: bool, factors: bool) -> None:
    draw = torch.Generator().manual_seed(3)
    codes = torch.stack([torch.randint(0, 4, (N,), generator=draw), torch.randint(0, 9, (N,), generator=draw)], 1)
    for offset, intercept, centered in itertools.product((False, True), (False, True), (False, True)):
        if centered and (kind == "sparse" or not intercept):
            continue
        y = torch.rand(N, generator=draw) < 0.4
        block = Block(
            numbers(kind, dtype, draw),
            y.to(torch.int8) if intercept else y.float(),
            codes.int() if factors else None,
            (3, 8) if factors else (),
            torch.rand(N, generator=draw) if weighted else None,
            torch.randn(N, generator=draw) if offset else None,
        )
        p = block.n_features
        center = torch.rand(K, generator=draw, dtype=torch.float64) if centered else None
        at = Coordinates(p, intercept, center, torch.rand(p, generator=draw, dtype=torch.float64) + 0.5)
        at = at.without([2, p - 1])
        theta = torch.randn(at.size, generator=draw, dtype=torch.float64)
        same(Logistic(theta, at, 1, compiled=True)(block), Logistic(theta, at, 1)(block))
        assert sweeping.sweep(block, at, at.line(theta)) is not None
        curved, exact = Logistic(theta, at, 2, compiled=True, rough=True)(block), Logistic(theta, at, 2)(block)
        same(curved, exact)
        reach = exact.hess.diagonal().sqrt()

        def off(hess: torch.Tensor, exact: Terms = exact, reach: torch.Tensor = reach) -> float:
            return float(((hess - exact.hess) / reach / reach[:, None]).abs().max())

        # Higham, "Accuracy and Stability of Numerical Algorithms" (2002), 3.1
        assert off(curved.hess) < (N + 6) * 2**-24
        assert off(Logistic(theta, at, 2, compiled=True)(block).hess) < 2 * (N + 6) * 2**-53


@pytest.mark.parametrize("kind", ["by rows", "by columns", "wider rows", "longer columns"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_rows_gathered_by_a_loop_are_those_torch_gathers(kind: str, dtype: torch.dtype) -> None:
    draw = torch.Generator().manual_seed(9)
    x, index = numbers(kind, dtype, draw), torch.arange(0, N, 3)
    units = (torch.randn(K, generator=draw, dtype=torch.float64), torch.rand(K, generator=draw, dtype=torch.float64))
    for chosen in (index, index[:5], index[-1:]):
        scaled = torch.empty(len(chosen), K)
        assert sweeping.gathered(x, chosen, units, scaled)
        assert torch.equal(scaled, ((x[chosen] - units[0]) * units[1]).float())
    assert not sweeping.gathered(torch.ones(9, 2 * K)[:, ::2], index[:1], units, torch.empty(1, K))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("by_rows", [True, False])
@pytest.mark.parametrize(
    ("n", "k", "wider"),
    [(1, 3, 3), (5, 1_200, 1_200), (700, 600, 600), (6, 127, 127), (7, 130, 140), (300, 4, 40), (40, 0, 0), (9, 1, 5)],
)
def test_rows_of_any_shape_are_swept(n: int, k: int, wider: int, by_rows: bool, weighted: bool) -> None:
    """One row; wider than a tile; in strips; far apart; no numbers; one column. With weights of zero, one entry held."""
    draw = torch.Generator().manual_seed(n)
    x = torch.randn(n, wider, generator=draw, dtype=torch.float64)
    x = x[:, :k] if by_rows else x.t().contiguous().t()[:, :k]
    weight = torch.randint(0, 3, (n,), generator=draw).double() if weighted else None
    block = Block(x, (torch.rand(n, generator=draw) < 0.5).float(), weight=weight)
    at = Coordinates(k, True, torch.rand(k, dtype=torch.float64), torch.full((k,), 0.1).double())
    for held in (at, at.hold(1, 0.7)) if k else (at,):
        theta = torch.randn(held.size, generator=draw, dtype=torch.float64)
        swept, exact = Logistic(theta, held, 1, compiled=True)(block), Logistic(theta, held, 1)(block)
        same(swept, exact)
        exact = Logistic(theta, held, 2)(block)
        most = float(exact.hess.diagonal().max()) if held.size else 0.0
        # an exact one also sees that the predictors, sums of k numbers, are rounded differently
        for rough, bound in ((True, (n + 6) * 2**-24), (False, 2 * (n + k + 6) * 2**-53)):
            curved = Logistic(theta, held, 2, compiled=True, rough=rough)(block)
            torch.testing.assert_close(curved.hess.double(), exact.hess, rtol=0, atol=bound * most)
            assert torch.equal(curved.hess, curved.hess.t())


@pytest.mark.parametrize("kind", ["by rows", "by columns"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("far", [0.0, 0.99, 1.01, 1e3])
def test_columns_far_from_zero_lose_no_digits(kind: str, dtype: torch.dtype, far: float) -> None:
    """Near zero one product stands for all centers, beyond NEARBY deviations each number is centered by itself."""
    draw = torch.Generator().manual_seed(2)
    units = torch.logspace(-8, 8, K, dtype=torch.float64)
    x = ((numbers("by rows", torch.float64, draw) + far * NEARBY) * units).to(dtype)
    x = x if kind == "by rows" else x.t().contiguous().t()
    at = Coordinates(K, True, far * NEARBY * units, 1 / units)
    assert (sweeping._centers(at)[0] is None) == (far < 1)
    theta = torch.randn(at.size, generator=draw, dtype=torch.float64)
    block = Block(x, (torch.rand(N, generator=draw) < 0.4).to(torch.int8))
    # float64 is always centered number by number
    swept, exact = (
        Logistic(theta, at, 1, compiled=True)(block),
        Logistic(theta, at, 1)(replace(block, x=x.double())),
    )
    multiplied = Logistic(theta, at, 1)(block)
    assert (at.view(block).shift is not None) == (far < 1 and dtype == torch.float32)
    # a sum of N products, of up to ten deviations each, with predictors that are rounded at NEARBY deviations
    bound = 10 * N * (K * NEARBY * float(theta.abs().max()) + N) * 2**-53
    for found in (swept, multiplied):
        torch.testing.assert_close(found.grad, exact.grad, rtol=0, atol=bound)
        assert abs(found.value - exact.value) < bound


def test_float32_near_zero_sums_to_what_float64_does() -> None:
    """Its centers are taken away after a product with a vector, and from each number in a Hessian."""
    draw = torch.Generator().manual_seed(3)
    x = (torch.randn(400, 5, generator=draw) * 3 + 20).float()
    at = Coordinates(5, True, torch.full((5,), 20.0).double(), torch.full((5,), 1 / 3).double())
    y = (torch.rand(400, generator=draw) < 0.4).double()
    short, long = Block(x, y), Block(x.double(), y)
    assert at.view(short).shift is not None
    assert at.view(long).shift is None
    theta, other = torch.randn(2, 6, generator=draw, dtype=torch.float64)
    steps, inverse = torch.tensor([0.5, 1.0]).double(), torch.eye(6).double()
    one, two = (Logistic(theta, at, 2)(block) for block in (short, long))
    same(one, two)
    torch.testing.assert_close(one.hess, two.hess, rtol=1e-11, atol=1e-11)
    for summand in (
        LossAlong(theta, other, steps, at),
        HessianTimes(theta, other, at),
        FirthScore(theta, inverse, at),
        SquaresOf(torch.stack([theta, other], 1), at),
    ):
        torch.testing.assert_close(summand(short), summand(long), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize(
    ("kind", "levels"),
    [*itertools.product(["by rows", "sparse"], [(), (3, 8), (0, 8)]), ("none", (3, 8)), ("none", (0, 8))],
)
def test_a_rough_hessian_of_torch_is_the_hessian(kind: str, intercept: bool, levels: tuple[int, ...]) -> None:
    draw = torch.Generator().manual_seed(5)
    x = torch.zeros(N, 0, dtype=torch.float64) if kind == "none" else numbers(kind, torch.float64, draw)
    codes = torch.stack([torch.randint(0, size + 1, (N,), generator=draw) for size in levels], 1) if levels else None
    block = Block(x, (torch.rand(N, generator=draw) < 0.4).float(), codes, levels)
    whole = Coordinates(block.n_features, intercept, None, torch.rand(block.n_features, dtype=torch.float64) + 0.5)
    for at in (whole, Coordinates(block.n_features, intercept), whole.hold(0, 0.3)):
        theta = 0.3 * torch.randn(at.size, generator=draw, dtype=torch.float64)
        exact = Logistic(theta, at, 2)(block).hess
        for compiled in (False, True):
            found = Logistic(theta, at, 2, compiled=compiled, rough=True)(block).hess
            torch.testing.assert_close(
                found.double(), exact, rtol=0, atol=(N + 6) * 2**-24 * float(exact.diagonal().max())
            )


@pytest.mark.parametrize("kind", ["by rows", "by columns", "sparse", "no loop reads them"])
@pytest.mark.parametrize("levels", [(), (3, 8)])
@pytest.mark.parametrize("rough", [True, False])
def test_the_hessians_of_many_blocks_are_added_up_in_place(kind: str, levels: tuple[int, ...], rough: bool) -> None:
    draw = torch.Generator().manual_seed(8)
    x = numbers(kind, torch.float64, draw)
    x = torch.cat([x, x], 1)[:, ::2] if kind == "no loop reads them" else x
    codes = torch.stack([torch.randint(0, size + 1, (N,), generator=draw) for size in levels], 1) if levels else None
    block = Block(x, (torch.rand(N, generator=draw) < 0.4).float(), codes, levels)
    at = Coordinates(block.n_features, True, None, torch.rand(block.n_features, dtype=torch.float64) + 0.5)
    for held in (at, at.hold(2, 0.4)):
        theta = 0.3 * torch.randn(held.size, generator=draw, dtype=torch.float64)
        cut, exact = Memory(block, 10), Logistic(theta, held, 2)(block)
        assert len(cut._runs[0]) > 1
        found = cut.sum(Logistic(theta, held, 2, compiled=True, rough=rough))
        same(found, exact)
        bound = (N + 6) * 2.0 ** (-24 if rough else -52)
        torch.testing.assert_close(
            found.hess.double(), exact.hess, rtol=0, atol=bound * float(exact.hess.diagonal().max())
        )


@pytest.mark.parametrize("rough", [True, False])
def test_a_hessian_is_compiled_where_a_pass_is(rough: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[bool]()

    def listen(x: torch.Tensor, at: Coordinates, d: torch.Tensor, rough: bool, total: np.ndarray | None) -> np.ndarray:
        asked.append(rough)
        return sweeping.curved(x, at, d, rough, total)

    monkeypatch.setattr(hessian, "curved", listen)
    block = Block(torch.randn(50, 3).double(), torch.ones(50, dtype=torch.int8))
    for compiled in (True, False):
        Logistic(torch.zeros(4).double(), Coordinates(3), 2, compiled=compiled, rough=rough)(block)
    assert asked == [rough]


def test_rows_are_shared_out_by_the_root_of_their_length() -> None:
    def stretches(n: int, k: int) -> int:
        return _how_many_stretches(Block(torch.zeros(1, 1).expand(n, k), torch.zeros(1).expand(n)))

    assert [stretches(n, 100) for n in (10, 50_000, 200_000, 1_000_000, 10_000_000, 10**9)] == [4, 4, 8, 16, 52, 64]


def same(one: Terms, two: Terms) -> None:
    assert one.weight == pytest.approx(two.weight, rel=1e-12)
    assert one.value == pytest.approx(two.value, rel=1e-12)
    assert one.grad is not None
    torch.testing.assert_close(one.grad, two.grad, rtol=1e-11, atol=1e-11 * float(one.grad.abs().max()))


def test_shares_of_successes_and_numbers_of_neither_layout() -> None:
    x = torch.randn(100, 12, dtype=torch.float64)[:, ::2]  # every other number of a row
    at, y = Coordinates(6), torch.rand(100, dtype=torch.float64)
    theta = torch.randn(7, dtype=torch.float64)
    assert sweeping.sweep(Block(x, y), at, at.line(theta)) is None
    same(Logistic(theta, at, 1, compiled=True)(Block(x, y)), Logistic(theta, at, 1)(Block(x, y)))
    same(Logistic(theta, at, 1, compiled=True)(Block(x.contiguous(), y)), Logistic(theta, at, 1)(Block(x, y)))


def test_its_exponential_is_good_to_a_unit_in_the_last_place() -> None:
    from cutline.summands import kernels

    eta = np.concatenate([np.linspace(-700, 700, 200_001), np.geomspace(1e-300, 1, 1_000)])
    out, shifted = np.empty_like(eta), np.empty_like(eta)
    kernels._decay(eta, out, shifted, shifted.view(np.int64))
    np.testing.assert_allclose(out, np.exp(-np.abs(eta)), rtol=np.finfo(float).eps)


@pytest.mark.parametrize("size", [30.0, 1e3, 1e4])
def test_residuals_keep_their_digits_in_both_tails(size: float) -> None:
    """A gradient of zero on separated rows would pass for a minimum; beyond exp(-700) nothing is left to tell."""
    x = torch.linspace(-1, 1, 200, dtype=torch.float64)[:, None]
    at, theta = Coordinates(1, False), torch.tensor([size], dtype=torch.float64)
    for y in ((x[:, 0] > 0).double(), (x[:, 0] < 0).double()):
        same(Logistic(theta, at, 1, compiled=True)(Block(x, y)), Logistic(theta, at, 1)(Block(x, y)))


def test_a_number_that_is_none_is_seen() -> None:
    x = torch.randn(1_000, 3, dtype=torch.float64)
    x[500, 1] = torch.nan
    found = Logistic(torch.ones(4, dtype=torch.float64), Coordinates(3), 1, compiled=True)(Block(x, torch.ones(1_000)))
    assert np.isnan(found.value)


def test_a_large_fit_sweeps_and_gives_the_same_bits_with_any_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "WORTH", 5e6)
    draw = np.random.default_rng(5)
    x = draw.normal(size=(120_000, 60)) * 3 + 100
    y = (draw.random(120_000) < 1 / (1 + np.exp(-(x[:, 0] - 100) / 3))).astype(float)
    rows = Memory(Block(torch.from_numpy(x), torch.from_numpy(y)))
    assert sweeping.worth_compiling(rows.n_rows, width(rows))
    one, two = (fit_rows(rows, penalty="l2", covariance=False, workers=workers).weights for workers in (1, 2))
    assert torch.equal(one, two)


def test_a_compiler_is_loaded_for_what_rows_hold_and_not_for_their_features(monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry of sparse rows, and a category, cost as much as four numbers side by side, and no zero costs anything."""
    asked = list[bool]()

    class Asked(Memory):
        def sum(self, summand, /):
            asked.append(summand.compiled)
            return super().sum(summand)

    y = torch.zeros(1_000).double()
    words = csr_array((np.ones(5_000), np.arange(5_000), np.arange(0, 5_001, 5)), shape=(1_000, 5_000))
    sparse = Block(csr.matrix(words.indptr, words.indices, words.data, words.shape), y)
    mixed = Block(torch.zeros(1_000, 12).double(), y, torch.zeros(1_000, 2, dtype=torch.int32), (700, 800))
    for rows in (Counted(Asked(block)) for block in (sparse, mixed)):
        assert width(rows) == 20
        f, theta = LogLoss(rows, Coordinates(rows.n_features)), torch.zeros(rows.n_features + 1).double()
        for worth in (20_000, 20_001):
            monkeypatch.setattr(sweeping, "WORTH", worth)
            f.at(theta, 1)
    assert asked == [True, False] * 2


def test_without_numba_torch_computes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(6)
    x = draw.normal(size=(100_000, 55))
    y = (draw.random(100_000) < 1 / (1 + np.exp(-x[:, 0]))).astype(float)
    rows = Memory(Block(torch.from_numpy(x), torch.from_numpy(y)))
    monkeypatch.setattr(sweeping, "WORTH", 5e6)
    assert sweeping.worth_compiling(rows.n_rows, width(rows))
    swept = fit_rows(rows, penalty="none")
    monkeypatch.setattr(sweeping, "kernels", lambda: None)
    assert not sweeping.worth_compiling(rows.n_rows, width(rows))
    plain = fit_rows(rows, penalty="none")
    assert swept.covariance is not None
    errors = swept.covariance.diagonal().sqrt()
    assert float(((swept.weights - plain.weights) / errors).abs().max()) <= 2e-6


def test_long_blocks_are_swept_whole_and_add_up_to_the_same() -> None:
    draw = torch.Generator().manual_seed(8)
    x = torch.randn(40_000, 30, generator=draw, dtype=torch.float64)
    block = Block(x, (torch.rand(40_000, generator=draw) < 0.3).float())
    theta = torch.randn(31, generator=draw, dtype=torch.float64)
    for size in (1_000, 3_001, 40_000):
        with one_thread_each(2):
            found = Memory(block, size).sum(Logistic(theta, Coordinates(30), 1, compiled=True))
        same(found, Logistic(theta, Coordinates(30), 1)(block))


def test_its_logarithm_is_good_to_a_few_units_in_the_last_place() -> None:
    from cutline.summands import kernels

    a = np.concatenate([10.0 ** np.linspace(-300, 0, 3_001), np.linspace(1e-3, 1, 3_001)])
    s = a / (2 + a)
    found = np.array([2 * one * kernels._artanh(one * one) for one in s])
    np.testing.assert_allclose(found, np.log1p(a), rtol=1e-15)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_moments_of_sparse_rows_are_the_same_compiled(dtype: torch.dtype) -> None:
    draw = torch.Generator().manual_seed(4)
    block = Block(numbers("sparse", dtype, draw), torch.ones(N), weight=torch.rand(N, generator=draw) + 0.1)
    full = block.x.to_dense()
    full[:, 0], full[:, 1] = full[:, 0].abs() + 1, 0.0  # a column without zeros, and one of zeros only
    held = csr_array(full.numpy())
    block = Block(csr.matrix(held.indptr, held.indices, held.data, held.shape), block.y, weight=block.weight)
    plain, compiled = (Memory(block, 100).sum(ColumnMoments(said)) for said in (False, True))
    for name in ("mean", "m2", "low", "high"):
        torch.testing.assert_close(getattr(compiled, name), getattr(plain, name))
    assert compiled.constant().tolist() == [False, True] + [False] * (K - 2)
    held.data[5] = np.nan
    assert not bool(Memory(block, 100).sum(ColumnMoments(True)).finite().all())

"""Is there a minimum, how near is it, and which columns can be estimated."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from cutline.block import Block
from cutline.errors import FitError
from cutline.fitting import fit_rows
from cutline.rows import Counted
from cutline.sources.memory import Memory
from cutline.testing import problems


def block(x, y, **known) -> Block:
    x, y = (torch.tensor(np.asarray(v, dtype=float)) for v in (x, y))
    return Block(x[:, None] if x.dim() == 1 else x, y, **known)


def fit(x, y, **settings):
    return fit_rows(Memory(block(x, y)), **settings)


EXAM = ([45, 50, 55, 60, 65, 70], [0, 0, 0, 1, 1, 1])


# --- separation ------------------------------------------------------------------------------------------------------


def test_the_exam_scores_are_separated_and_the_sentence_says_where() -> None:
    s = fit(*EXAM, names=["score"], labels=("fail", "pass")).separation
    assert s is not None
    assert (s.kind, s.terms) == ("complete", ("score",))
    assert "every row up to 55 is fail and every row from 60 is pass" in s.message


def test_the_trap_a_small_decrement_is_no_proof() -> None:
    """Newton looks converged on separated data: loss and decrement near 1e-10, margins still moving by 5 a step."""
    from cutline.coordinates import Coordinates
    from cutline.inference.certificate import prove
    from cutline.objective import LogLoss
    from cutline.penalty import NoPenalty
    from cutline.solvers import Newton, minimize

    at = Coordinates(1, center=torch.tensor([57.5]).double(), scale=torch.tensor([0.1]).double())
    f = LogLoss(Counted(Memory(block(*EXAM))), at)
    end = minimize(f, NoPenalty(), Newton(), torch.zeros(2).double(), tol=1e-5, max_passes=60)
    assert end.step.decrement < 1e-5
    assert end.step.value < 1e-9
    proof = prove(f.rows, at, end.step.hess, end.step.decrement)
    assert proof.bound is None
    assert proof.reach > 0.5


@pytest.mark.parametrize(
    ("x", "y", "kind", "terms", "words"),
    [
        ([1, 2, 3, 3, 4, 5], [0, 0, 0, 1, 1, 1], "quasi-complete", ("x0",), "but for rows at 3"),
        ([5, 4, 3, 2, 1], [0, 0, 1, 1, 1], "complete", ("x0",), "every row up to 3 is 1 and every row from 4 is 0"),
        ([[0, 1], [0, 2], [0, 3], [0, 1], [1, 2], [1, 3]], [0, 1, 0, 1, 1, 1], "quasi-complete", ("x0",), "at 0"),
        ([[1, 0], [2, 1], [3, 2], [1, 1], [2, 2], [3, 3]], [0, 0, 0, 1, 1, 1], "complete", ("x0", "x1"), "combination"),
    ],
)
def test_kinds_of_separation(x, y, kind, terms, words) -> None:
    s = fit(x, y).separation
    assert s is not None
    assert (s.kind, s.terms) == (kind, terms)
    assert words in s.message


def test_a_level_of_one_class_is_named() -> None:
    codes = torch.tensor([0, 0, 0, 1, 1, 1, 2, 2])[:, None]
    y = torch.tensor([0, 1, 0, 1, 0, 1, 1, 1]).double()
    rows = Memory(Block(torch.zeros(8, 0).double(), y, codes, (2,)))
    s = fit_rows(rows, names=["city[b]", "city[c]"], labels=("no", "yes")).separation
    assert s is not None
    assert s.terms == ("city[c]",)
    assert "Every row with city[c] is yes" in s.message


def separated_by_program(x: np.ndarray, y: np.ndarray) -> bool:
    """One linear program over all rows (Konis 2007), on the plain design."""
    z = np.column_stack([np.ones(len(x)), x]) * (2 * y - 1)[:, None]
    best = linprog(-z.sum(0), A_ub=-z, b_ub=np.zeros(len(z)), bounds=(-1, 1), method="highs")
    return -best.fun > 1e-7


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 30), st.integers(1, 3), st.booleans())
def test_separation_is_found_exactly_when_a_program_over_all_rows_finds_it(seed, n, p, whole) -> None:
    draw = np.random.default_rng(seed)
    x = draw.integers(0, 4, (n, p)).astype(float) if whole else draw.normal(size=(n, p)).round(2)
    y = draw.integers(0, 2, n).astype(float)
    assume(0 < y.sum() < n)
    design = np.column_stack([np.ones(n), x])
    assume(np.linalg.matrix_rank(design) == p + 1)
    found = fit(x, y).separation
    assert (found is not None) == separated_by_program(x, y)
    if found is not None:  # the direction is one: every row on its own side, some strictly
        slopes = np.array([found.direction.get(f"x{j}", 0.0) for j in range(p)])
        margin = x @ slopes
        assert margin[y == 1].min() >= margin[y == 0].max() - 1e-6 * np.abs(margin).max()


def test_few_rows_are_enough_to_see_that_many_overlap_or_do_not() -> None:
    """Beyond 20,000 rows the program starts from a sample and takes in the rows it got wrong."""
    draw = np.random.default_rng(1)
    x = draw.normal(size=(60_000, 3))
    eta = x @ [1.0, -1.0, 0.5]
    assert fit(x, (eta > 0.3).astype(float)).separation.kind == "complete"
    y = (eta > 0.3).astype(float)
    y[np.argmax(eta)] = 0.0  # one row on the wrong side, which the sample most likely lacks
    assert fit(x, y).separation is None


def test_rows_of_both_outcomes_overlap() -> None:
    x, y = torch.tensor([[1.0], [2.0], [3.0]]).double(), torch.tensor([0.0, 0.5, 1.0]).double()
    rows = Memory(Block(x, y, weight=torch.tensor([4.0, 2.0, 4.0]).double()))
    assert fit_rows(rows).separation is not None  # both at 2, but below it all fail and above it all pass
    rows = Memory(Block(x, torch.tensor([0.25, 0.5, 1.0]).double(), weight=torch.tensor([4.0, 2.0, 4.0]).double()))
    assert fit_rows(rows).separation is None


def test_many_rows_of_both_outcomes_and_a_rare_level_overlap() -> None:
    """Each such row counts twice among the signed rows: that must not pass for having seen them all."""
    from cutline.coordinates import Coordinates
    from cutline.inference.separation import find_separation

    n, draw = 30_000, torch.Generator().manual_seed(0)
    y = torch.randint(1, 4, (n,), generator=draw).double() / 4
    codes = torch.zeros(n, 1, dtype=torch.long)
    codes[17], codes[4_000], codes[29_000] = 1, 1, 1
    y[17], y[4_000], y[29_000] = 1.0, 1.0, 0.0
    rows = Memory(Block(torch.randn(n, 1, generator=draw).double(), y, codes, (1,), torch.full((n,), 4.0).double()))
    for seed in range(4):
        assert find_separation(rows, Coordinates(2), ["x", "rare[b]"], ("0", "1"), seed) is None


def test_one_wild_row_does_not_hide_that_the_others_overlap() -> None:
    draw = np.random.default_rng(0)
    x = np.sort(draw.normal(size=2_000))
    y = (np.arange(2_000) >= 1_000).astype(float)
    y[997:1_003] = [1, 0, 1, 0, 1, 0]
    x[-1] = 1e10
    assert fit(x, y, short="return").separation is None


def test_a_pure_reference_level_is_named() -> None:
    codes = torch.tensor([0, 0, 0, 1, 1, 1, 2, 2])[:, None]
    y = torch.tensor([1, 1, 1, 1, 0, 1, 0, 1]).double()
    s = fit_rows(Memory(Block(torch.zeros(8, 0).double(), y, codes, (2,))), names=["city[b]", "city[c]"]).separation
    assert "Every row at the reference level of city is 1" in s.message


# --- certificate -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", [p for p in problems() if p.name != "ridge"], ids=lambda p: p.name)
def test_the_bound_holds(problem) -> None:
    """Stopped early, the loss is above its minimum by no more than the certificate says."""
    best = fit_rows(Memory(problem.block), tol=1e-10)
    for tol in (0.3, 0.1, 0.01):
        early = fit_rows(Memory(problem.block), tol=tol, solver="lbfgs")
        assert early.certificate.decrement <= tol
        if early.certificate.bound is not None:  # far out nothing is proved, and nothing is said
            assert early.loss - best.loss <= early.certificate.bound * (1 + 1e-9) + 1e-12
    assert early.certificate.bound_kind == "exact"
    error = (best.weights - early.weights) / best.covariance.diagonal().sqrt()
    assert float(error.abs().max()) <= 1.1 * 0.01  # within tol standard errors, as promised


def test_every_solver_is_held_to_the_same_tolerance() -> None:
    rows = Memory(problems()[5].block)
    fits = [fit_rows(rows, solver=s, tol=1e-6) for s in ("newton", "lbfgs", "gradient-descent")]
    for f in fits:
        assert f.certificate.decrement <= 1e-6
        torch.testing.assert_close(f.weights, fits[0].weights, rtol=1e-5, atol=1e-6)


def test_a_budget_too_small_is_an_error_that_says_what_to_do() -> None:
    rows = Memory(problems()[5].block)
    with pytest.raises(FitError, match=r"gradient-descent solver.*standard errors.*newton solver"):
        fit_rows(rows, solver="gradient-descent", max_passes=3, tol=1e-8)
    returned = fit_rows(rows, solver="gradient-descent", max_passes=3, tol=1e-8, short="return")
    assert "stopped short" in returned.short


# --- columns that cannot be estimated --------------------------------------------------------------------------------


def wide(n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(4)
    x = draw.normal(size=(n, 3))
    return x, (draw.uniform(size=n) < 1 / (1 + np.exp(-x[:, 0]))).astype(float)


def test_constant_and_collinear_columns_are_left_out_the_later_first() -> None:
    x, y = wide()
    extra = np.column_stack([x, np.full(200, 7.0), x[:, 0] - 2 * x[:, 2] + 5, x[:, 1]])
    found = fit(extra, y)
    assert {a.feature: a.on for a in found.aliased} == {3: (), 4: (0, 2), 5: (1,)}
    plain = fit(x, y)
    torch.testing.assert_close(found.weights[:4], plain.weights, rtol=1e-8, atol=1e-10)
    assert found.weights[4:].isnan().all()
    assert found.covariance[4:].isnan().all()
    first = fit(extra, y, order=[5, 4, 3, 2, 1, 0])
    assert {a.feature for a in first.aliased} == {3, 1, 0}


@pytest.mark.parametrize(("noise", "aliased"), [(1e-9, True), (1e-5, False)])
def test_nearly_collinear_is_told_from_collinear_on_the_rows(noise: float, aliased: bool) -> None:
    """Cross products hold half the digits: a column 1e-5 off its twin can be estimated, and one 1e-9 off cannot."""
    x, y = wide(2_000)
    twin = x[:, 0] + noise * np.random.default_rng(0).normal(size=2_000)
    assert bool(fit(np.column_stack([x, twin]), y).aliased) == aliased


def test_the_twin_of_a_suspect_is_found_beside_it() -> None:
    x, y = wide(2_000)
    near = x[:, 0] + 2e-6 * np.random.default_rng(0).normal(size=2_000)
    found = fit(np.column_stack([x, near, near]), y, short="return")
    assert [a.feature for a in found.aliased] == [4]


def test_float32_is_how_numbers_are_kept_and_not_computed() -> None:
    x, y = wide(5_000)
    x32 = x.astype(np.float32)
    for columns in (x32, x32 + np.float32(1e6)):
        narrow = fit_rows(Memory(Block(torch.from_numpy(columns), torch.from_numpy(y))), tol=1e-9)
        wide_ = fit(columns.astype(float), y, tol=1e-9)
        torch.testing.assert_close(narrow.weights, wide_.weights, rtol=1e-9, atol=1e-12)
        assert narrow.certificate.decrement <= 1e-9


def test_without_an_intercept_a_constant_is_a_column() -> None:
    x, y = wide()
    one = fit(np.column_stack([np.ones(200), x]), y, intercept=False)
    two = fit(x, y)
    assert not one.aliased
    torch.testing.assert_close(one.weights, two.weights, rtol=1e-7, atol=1e-9)
    torch.testing.assert_close(one.covariance, two.covariance, rtol=1e-6, atol=1e-9)


# --- hard columns ----------------------------------------------------------------------------------------------------


def test_units_do_not_matter() -> None:
    """Columns scaled by 1e-8 to 1e8, and far from zero."""
    x, y = wide()
    plain, units = fit(x, y, tol=1e-9), np.array([1e-8, 1.0, 1e8])
    scaled = fit(x * units, y, tol=1e-9)
    torch.testing.assert_close(scaled.weights[1:] * torch.tensor(units), plain.weights[1:], rtol=1e-8, atol=0)
    far = fit(x + 1e6, y, tol=1e-9)
    torch.testing.assert_close(far.weights[1:], plain.weights[1:], rtol=1e-8, atol=0)
    assert far.certificate.bound_kind == "exact"


def test_heavy_tails_and_rare_events_converge_with_a_certificate() -> None:
    draw = np.random.default_rng(0)
    x = draw.standard_cauchy(size=(3_000, 2))
    y = (draw.uniform(size=3_000) < 1 / (1 + np.exp(-np.clip(x[:, 0], -3, 3)))).astype(float)
    assert fit(x, y).certificate.bound_kind == "exact"
    x = draw.normal(size=(100_000, 2))
    y = (draw.uniform(size=100_000) < 1 / (1 + np.exp(9.5 - x[:, 0]))).astype(float)
    rare = fit(x, y)
    assert 3 <= y.sum() <= 40
    assert rare.certificate.decrement <= 1e-6
    assert rare.certificate.bound_kind == "exact"


@pytest.mark.usefixtures("by_blocks")
def test_a_sample_changes_the_start_and_not_the_answer() -> None:
    """From 50,000 rows a sample starts the search; sorted rows do not fool it."""
    draw = np.random.default_rng(3)
    x = draw.normal(size=(120_000, 3))
    y = (draw.uniform(size=120_000) < 1 / (1 + np.exp(2 - x[:, 0] + x[:, 1]))).astype(float)
    order = np.argsort(y, kind="stable")
    fits = [fit(x[o], y[o], seed=seed) for o, seed in ((np.arange(120_000), 0), (order, 0), (order, 5))]
    for f in fits[1:]:
        torch.testing.assert_close(f.weights, fits[0].weights, rtol=1e-6, atol=1e-8)


def test_rows_without_an_answer_are_refused_before_any_work() -> None:
    x, y = wide()
    rows = block(x, y)
    from dataclasses import replace

    from cutline.errors import DataError

    with pytest.raises(DataError, match="every weight is zero"):
        fit_rows(Memory(replace(rows, weight=torch.zeros(200).double())))
    with pytest.raises(DataError, match="every row is 'no'"):
        fit(x, 0 * y, labels=("no", "yes"))
    for bad in (np.nan, np.inf, 1e200):
        x[3, 1] = bad
        with pytest.raises(DataError, match="column 'dose'"):
            fit(x, y, names=["age", "dose", "x"])


def test_gradient_descent_does_not_go_round_and_round() -> None:
    draw = np.random.default_rng(2)
    x = draw.normal(size=(1_000, 6)) @ np.linalg.cholesky(0.1 * np.eye(6) + 0.9)
    y = (draw.uniform(size=1_000) < 1 / (1 + np.exp(-x[:, 0]))).astype(float)
    found = fit(x, y, solver="gradient-descent", max_passes=2_000, short="return")
    assert found.certificate.passes <= 2_100
    assert found.certificate.decrement <= 1e-5

"""Many levels: one factor set apart gives errors, certificate, aliasing and separation as a whole Hessian would."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

import cutline
from cutline import SeparationError
from cutline.block import Block
from cutline.coordinates import Coordinates
from cutline.fitting import fit_rows, prepare, rows, search, small
from cutline.fitting import table as fitting_table
from cutline.fitting.precondition import at_base_rate
from cutline.fitting.rows import find_pure_levels
from cutline.fitting.start import standardized
from cutline.inference.aliasing import find_aliased, find_aliased_beside
from cutline.inference.apart import Apart, set_apart, user_variances
from cutline.objective import ridge
from cutline.penalty import L2, NoPenalty
from cutline.rows import Counted
from cutline.sources.memory import Memory
from cutline.summands.logistic import LargestEntries, LargestQuadratic, Logistic
from cutline.summands.moments import ColumnMoments
from cutline.symmetric import schur_complement

SIZES = (6, 30, 3)


@pytest.fixture
def no_dense_hessian(monkeypatch: pytest.MonkeyPatch, by_blocks: None) -> None:
    for room in (prepare, search, fitting_table):
        monkeypatch.setattr(room, "DENSE_HESSIAN", 10)


def block(n: int = 6_000, seed: int = 0) -> Block:
    draw = np.random.default_rng(seed)
    codes = np.stack([draw.integers(0, k + 1, n) for k in SIZES], 1).astype(np.int32)
    x = draw.normal(size=(n, 2)) * [1, 10] + [3, 5]
    eta = 0.5 * x[:, 0] - 1.5 + 0.3 * (codes[:, 1] % 3)
    y = (draw.random(n) < 1 / (1 + np.exp(-eta))).astype(float)
    weight = torch.from_numpy(draw.uniform(0.5, 2, n))
    return Block(torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(codes), SIZES, weight)


def coordinates(intercept: bool, held: tuple[int, ...]) -> Coordinates:
    center = torch.tensor([3.0, 5.0]).double() if intercept else None
    return Coordinates(41, intercept, center, torch.linspace(0.1, 2, 41).double()).without(held)


@pytest.mark.parametrize("held", [(), (1,), (5, 20)])
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("factor", [0, 1, 2])
def test_variances_solutions_and_reach_are_those_of_the_whole_hessian(factor: int, intercept: bool, held) -> None:
    data, at = block(), coordinates(intercept, held)
    theta, g = torch.linspace(-0.3, 0.3, at.size).double(), NoPenalty()
    hess, apart = Logistic(theta, at, 2)(data).hess, Apart(factor, SIZES)
    found = apart.factored(Memory(data, 999).sum(apart.hessian(at, theta)), at, g, theta)
    inverse = torch.linalg.inv(hess)
    torch.testing.assert_close(found.variances, inverse.diagonal(), rtol=1e-10, atol=0)
    torch.testing.assert_close(user_variances(found, at), at.covariance(inverse).diagonal(), rtol=1e-10, atol=0)
    v = torch.linspace(1, 2, at.size).double()
    torch.testing.assert_close(found.step(v)[0], inverse @ v, rtol=1e-8, atol=1e-12)
    assert found.step(v)[1] == pytest.approx(float(v @ inverse @ v) ** 0.5, rel=1e-10)
    largest = LargestEntries(at)(data).values
    reach = apart.furthest_at_most(found.variances.sqrt(), largest, at)
    assert reach >= LargestQuadratic(inverse, at)(data).value ** 0.5


def test_a_penalty_is_part_of_it() -> None:
    data, at = block(), coordinates(True, ())
    theta, g = torch.zeros(at.size).double(), L2(torch.linspace(0, 5, at.size).double())
    apart = Apart(1, SIZES)
    found = apart.factored(apart.hessian(at, theta)(data), at, g, theta)
    hess = Logistic(theta, at, 2)(data).hess + torch.diag(g.curvature(theta))
    torch.testing.assert_close(found.variances, torch.linalg.inv(hess).diagonal(), rtol=1e-10, atol=0)


def test_the_factor_of_most_levels_is_set_apart_where_the_rest_is_a_core() -> None:
    at = Coordinates(41, True)
    assert set_apart(at, SIZES) == Apart(1, SIZES)
    assert set_apart(at, ()) is None
    assert set_apart(Coordinates(6_000, True), (3_000, 2_900)) is None


@pytest.mark.usefixtures("no_dense_hessian")
@pytest.mark.parametrize("intercept", [True, False])
def test_a_fit_has_errors_and_an_exact_certificate(intercept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    found = fit_rows(Memory(block()), intercept=intercept, tol=1e-8)
    assert found.covariance is None
    monkeypatch.undo()
    monkeypatch.setattr(small, "SMALL", 0)
    whole = fit_rows(Memory(block()), intercept=intercept, tol=1e-10)
    torch.testing.assert_close(found.weights, whole.weights, rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(found.variances, whole.covariance.diagonal(), rtol=1e-7, atol=0)
    assert (found.certificate.bound_kind, found.certificate.solver) == ("exact", "lbfgs")
    assert whole.objective <= found.objective <= whole.objective + found.certificate.bound + 1e-9


@pytest.mark.usefixtures("no_dense_hessian")
def test_without_a_covariance_asked_for_there_is_none_and_existence_is_proved_all_the_same() -> None:
    found = fit_rows(Memory(block()), covariance=False)
    assert (found.covariance, found.variances) == (None, None)
    assert found.certificate.bound_kind == "exact"


# --- columns that cannot be estimated --------------------------------------------------------------------------------


def nested(n: int = 5_000) -> Block:
    """A region a city lies in, a number that only depends on the city, and a twin of another number."""
    draw = np.random.default_rng(2)
    city = draw.integers(0, 31, n)
    codes = np.stack([city // 5, city, draw.integers(0, 4, n)], 1).astype(np.int32)
    x = draw.normal(size=(n, 4))
    x[:, 1], x[:, 3] = np.sqrt(city), x[:, 0] + 2
    y = (draw.random(n) < 1 / (1 + np.exp(-x[:, 0]))).astype(float)
    return Block(torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(codes), SIZES)


@pytest.mark.usefixtures("no_dense_hessian")
def test_what_the_levels_determine_is_left_out_and_so_are_twins() -> None:
    data = nested()
    found = fit_rows(Memory(data), tol=1e-9)
    gone = {a.feature: a.on for a in found.aliased}
    assert set(gone) == {1, 3, *range(4, 10)}
    assert gone[3] == (0,)
    assert gone[1] == tuple(range(10, 40)), "every city but its reference"
    assert gone[4] == tuple(range(10 + 4, 10 + 9)), "the cities of the first region"
    left = fit_rows(Memory(Block(data.x[:, [0, 2]].clone(), data.y, data.codes[:, 1:].clone(), SIZES[1:])), tol=1e-9)
    kept = ~found.weights.isnan()
    torch.testing.assert_close(found.weights[kept], left.weights, rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(found.variances[kept], left.variances, rtol=1e-6, atol=0)
    assert found.variances[~kept].isnan().all()


def test_beside_the_levels_the_same_are_found_as_in_the_whole_hessian() -> None:
    """Told to keep the levels first, the search in the whole Hessian agrees."""
    data, at = nested(), Coordinates(43, True, torch.zeros(4).double())
    theta, apart = torch.zeros(at.size).double(), Apart(1, SIZES)
    arrow, where = apart.of_theta(apart.hessian(at, theta)(data), at)
    order = [*range(10, 40), *range(10), *range(40, 43)]
    rows = Memory(data)
    beside = find_aliased_beside(rows, at, range(43), arrow, where)
    whole = find_aliased(rows, at, order, Logistic(theta, at, 2)(data).hess)
    assert {a.feature for a in beside} == {a.feature for a in whole}
    few = nested()
    few.x[:, 1] += torch.linspace(0, 1, len(few.y)).double()
    few.x[:, 3] = few.x[:, 2] ** 2
    few.codes[:, 0] = few.codes[torch.randperm(len(few.y), generator=torch.Generator().manual_seed(0)), 0]
    arrow, where = apart.of_theta(apart.hessian(at, theta)(few), at)
    assert find_aliased_beside(Memory(few), at, range(43), arrow, where) == []


# --- levels of one outcome -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_dense_hessian")
@pytest.mark.parametrize(("level", "outcome"), [(7, 1.0), (30, 0.0), (0, 1.0)])
def test_a_level_of_one_outcome_is_named(level: int, outcome: float) -> None:
    data = block()
    data.y[data.codes[:, 1] == level] = outcome
    names = ["u", "v"] + [f"{f}[{k}]" for f, size in zip("abc", SIZES) for k in range(1, size + 1)]
    found = fit_rows(Memory(data), names=names, labels=("no", "yes"))
    label = "yes" if outcome else "no"
    where = f"with b[{level}]" if level else "at the reference level of b"
    assert f"very row {where} is {label}" in found.separation.message
    assert found.certificate.bound is None
    assert (found.covariance, found.variances) == (None, None)


def test_levels_of_both_outcomes_are_not_named_and_weightless_rows_do_not_count() -> None:
    data, at = block(), Coordinates(41, True)
    names = [str(j) for j in range(41)]
    assert find_pure_levels(Counted(Memory(data)), at, names, ("0", "1")) is None
    data.weight[(data.codes[:, 1] == 7) & (data.y == 1)] = 0.0
    assert find_pure_levels(Counted(Memory(data)), at, names, ("0", "1")).terms == (names[2 + 6 + 6],)


def table(n: int = 4_000) -> pd.DataFrame:
    draw = np.random.default_rng(4)
    frame = pd.DataFrame({"x": draw.normal(size=n), "city": [f"c{k:02d}" for k in draw.integers(0, 40, n)]})
    frame["kind"] = [f"k{k}" for k in draw.integers(0, 3, n)]
    frame["y"] = (draw.random(n) < 1 / (1 + np.exp(-frame.x - 0.1 * (frame.city == "c03")))).astype(int)
    return frame


@pytest.mark.usefixtures("by_blocks")
def test_a_model_of_many_levels_keeps_variances(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    whole = cutline.fit(table(), "y", tol=1e-9)
    for room in (prepare, search):
        monkeypatch.setattr(room, "DENSE_HESSIAN", 10)
    model = cutline.fit(table(), "y", tol=1e-9)
    assert model.cov is None
    assert (model.test, model.no_errors_reason) == ("wald", None)
    for term, error in whole.std_errors.items():
        assert model.std_errors[term] == pytest.approx(error, rel=1e-7)
        assert model.p_values[term] == pytest.approx(whole.p_values[term], rel=1e-5)
        assert model.conf_int()[term] == pytest.approx(whole.conf_int()[term], rel=1e-5)
    model.save(tmp_path / "m.json")
    again = cutline.load(tmp_path / "m.json")
    assert again.std_errors == model.std_errors
    assert again.summary() == model.summary()


@pytest.mark.usefixtures("no_dense_hessian")
def test_separated_levels_too_many_for_firth_are_an_error_that_says_what_to_do() -> None:
    frame = table()
    frame.loc[frame.city == "c05", "y"] = 1
    with pytest.raises(SeparationError, match=r"Every row with city\[c05\] is 1.*penalty l2.*merge"):
        cutline.fit(frame, "y")


def test_a_penalized_fit_of_many_levels_still_has_no_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "user_variances", lambda *_: pytest.fail("nobody asked"))
    monkeypatch.setattr(prepare, "DENSE_HESSIAN", 10)
    monkeypatch.setattr(search, "DENSE_HESSIAN", 10)
    assert cutline.fit(table(), "y", penalty="l2").test is None


def test_a_schur_complement_is_the_same_by_strips() -> None:
    draw = torch.Generator().manual_seed(1)
    half, edge = (torch.randn(600, n, generator=draw, dtype=torch.float64) for n in (700, 900))
    core, diagonal = half @ half.t(), torch.rand(900, generator=draw, dtype=torch.float64) + 0.5
    torch.testing.assert_close(schur_complement(core, edge, diagonal), core - (edge / diagonal) @ edge.t())
    torch.testing.assert_close(
        schur_complement(core, edge.float(), diagonal), core - (edge / diagonal) @ edge.t(), rtol=0, atol=1e-2
    )


@pytest.mark.parametrize("held", [(), (4,)])
def test_a_guide_has_the_diagonal_of_all_rows_and_hangs_together_as_a_sample_does(held) -> None:
    draw = torch.Generator().manual_seed(2)
    n, levels = 60_000, (40, 5)
    x = torch.randn(n, 2, generator=draw, dtype=torch.float64) * 3 + 5
    codes = torch.stack([torch.randint(0, 41, (n,), generator=draw), torch.randint(0, 6, (n,), generator=draw)], 1)
    rows = Memory(Block(x, (torch.rand(n, generator=draw) < 0.5).float(), codes.int(), levels))
    moments = rows.sum(ColumnMoments())
    at = standardized(moments, True)[0].without(held)
    theta, g = torch.zeros(at.size, dtype=torch.float64), ridge(at, 1.0)
    across = at_base_rate(at, moments, theta)
    hess = rows.sum(Logistic(theta, at, 2)).hess + torch.diag(g.curvature(theta))
    torch.testing.assert_close(across + g.curvature(theta), hess.diagonal())
    guide = Apart(0, levels).guide(rows, at, across, g, theta, 1)
    v = torch.randn(at.size, generator=draw, dtype=torch.float64)
    found = guide.solve(v)
    assert guide.edge.dtype == torch.float32
    # 2,400 rows are drawn, which err by about sqrt(48 / 2400) = 0.14 in the norm of the Hessian
    off = found - torch.linalg.solve(hess, v)
    assert float(off @ hess @ off) ** 0.5 < 2 * 0.14 * float(found @ hess @ found) ** 0.5

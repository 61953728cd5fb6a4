"""Firth's penalized likelihood where it has more than one maximum: the highest is found, and the others are said."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import torch
from scipy.optimize import minimize, minimize_scalar

import cutline
from cutline.block import Block
from cutline.fitting import fit_rows
from cutline.fitting.start import base_rate
from cutline.inference import maxima
from cutline.inference.profile import solve
from cutline.objective import Firth
from cutline.rows import Counted
from cutline.sources.memory import Memory

warnings_off = pytest.mark.filterwarnings("ignore::cutline.CutlineWarning")
QUANTILE = 3.841458820694124  # of chi-squared on one degree of freedom, 95%


def penalized(x: np.ndarray, y: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The penalized log-likelihood of one column at intercepts and slopes b (2, k), from its definition."""
    eta = b[0] + x[:, None] * b[1]
    d = np.exp(-np.abs(eta)) / (1 + np.exp(-np.abs(eta))) ** 2
    s0, s1, s2 = d.sum(0), (x[:, None] * d).sum(0), (x[:, None] ** 2 * d).sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        prior = np.log(s0 * s2 - s1**2) / 2
    value = (y[:, None] * eta - np.logaddexp(0, eta)).sum(0) + prior
    return np.where(np.isnan(value), -np.inf, value)


def highest_by_grid(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Slopes of both signs over five powers of ten and cut lines over the scores, polished at the best few."""
    slopes = np.concatenate([-np.geomspace(1e-4, 10, 120), np.geomspace(1e-4, 10, 240)])
    cuts = np.linspace(x.min() - 20, x.max() + 20, 700)
    w, c = (each.ravel() for each in np.meshgrid(slopes, cuts))
    values = penalized(x, y, np.stack([-w * c, w]))
    best = (-np.inf, np.zeros(2))
    for i in np.argsort(values)[-400::20]:
        unit = np.array([1.0, 1 / x.std()])
        start = np.array([w[i] * (x.mean() - c[i]), w[i]]) / unit

        def lost(u: np.ndarray, unit: np.ndarray = unit) -> float:
            return -float(penalized(x - x.mean(), y, (u * unit)[:, None])[0])

        found = minimize(lost, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 2000})
        if -found.fun > best[0]:
            best = (-found.fun, found.x * unit)
    return best


def scores(outlier: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array([45, 50, 55, 60, 65, 70, outlier]), np.array([0.0, 0, 0, 1, 1, 1, 1])


@warnings_off
@pytest.mark.parametrize("outlier", [75, 100, 120, 125, 150, 200, 230, 250, 300, 500, 1000])
def test_an_outlier_makes_two_maxima_and_the_higher_is_found(outlier: float) -> None:
    x, y = scores(outlier)
    value, (_, slope) = highest_by_grid(x, y)
    model = cutline.fit({"score": x, "passed": y}, "passed", penalty="firth")
    assert model.statistics.penalized_log_likelihood == pytest.approx(value, abs=1e-7)
    assert model.coef["score"] == pytest.approx(slope, rel=1e-3)
    two = any("maxima" in w for w in model.warnings)
    assert two == (outlier > 120), "up to 120 the likelihood has one maximum, as the grid shows"


@warnings_off
@pytest.mark.parametrize("outlier", [90, 125, 200, 500])
def test_profile_intervals_are_about_the_highest(outlier: float) -> None:
    """At either end the likelihood, maximized over the intercept by search, is a quantile lower; further out lower."""
    x, y = scores(outlier)
    model = cutline.fit({"score": x, "passed": y}, "passed", penalty="firth")
    top = model.statistics.penalized_log_likelihood

    def ratio(slope: float) -> float:
        middle = np.linspace(-100, 100, 20_001)  # the log-odds at the scores' mean
        best = middle[penalized(x - x.mean(), y, np.stack([middle, np.full_like(middle, slope)])).argmax()]

        def lost(b: float) -> float:
            return -float(penalized(x - x.mean(), y, np.array([[b], [slope]]))[0])

        return 2 * (top + minimize_scalar(lost, bounds=(best - 0.1, best + 0.1), method="bounded").fun)

    low, high = model.conf_int()["score"]
    assert low < model.coef["score"] < high
    for end, out in ((low, -1), (high, 1)):
        assert ratio(end) == pytest.approx(QUANTILE, rel=1e-4)
        steps = np.geomspace(1e-3, 1.0, 12) * (high - low)
        assert min(ratio(end + out * step) for step in steps) > QUANTILE, "outside there is nothing plausible"


def random_problem(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Few rows, Student's t on one degree of freedom, steep: where several maxima are usual."""
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(8, 30)), int(rng.integers(1, 4))
    x = rng.standard_t(1, size=(n, p))
    y = (rng.random(n) < 1 / (1 + np.exp(-np.clip(x @ rng.normal(size=p) * 4, -30, 30)))).astype(float)
    y[:2] = 0, 1
    return x, y


@warnings_off
def test_other_starts_hardly_ever_find_better() -> None:
    """Against 10 random starts on 15 heavy-tailed problems: beaten once, where the base rate alone is twice."""
    beaten = alone = 0
    for seed in range(15):
        x, y = random_problem(seed)
        rows = Memory(Block(torch.from_numpy(x), torch.from_numpy(y)))
        best = fit_rows(rows, penalty="firth")
        f = Firth(Counted(rows), best.coords, best.coords)
        rate = base_rate(best.coords, best.outcome)
        rng, values = np.random.default_rng(seed), [solve(f, rate).step.value]
        for size in (0.3, 1.0, 3.0, 8.0, 20.0):
            for _ in range(2):
                start = torch.from_numpy(rng.normal(size=best.coords.size) * size)
                if math.isfinite(f.at(start, 0).value):
                    values.append(solve(f, start).step.value)
        assert best.objective <= values[0] + 1e-9
        beaten += min(values) < best.objective - 1e-3
        alone += min(best.objective, *values) < values[0] - 1e-3
    assert (beaten, alone) == (1, 2)


@warnings_off
def test_where_no_leverage_is_large_one_search_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    real = maxima._flattened_minimum
    monkeypatch.setattr(maxima, "_flattened_minimum", lambda *given: asked.append(given) or real(*given))
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 2))
    y = (x[:, 0] + rng.logistic(size=400) > 0).astype(float)
    fit_rows(Memory(Block(torch.from_numpy(x), torch.from_numpy(y))), penalty="firth")
    assert not asked
    x[0], y[0] = 60.0, 0.0
    fit_rows(Memory(Block(torch.from_numpy(x), torch.from_numpy(y))), penalty="firth")
    assert len(asked) == len(maxima.STARTS)


def test_a_weight_of_two_is_two_rows_also_in_the_starts() -> None:
    x, y = random_problem(3)
    double = Memory(Block(torch.from_numpy(np.repeat(x, 2, 0)), torch.from_numpy(np.repeat(y, 2))))
    weighted = Memory(Block(torch.from_numpy(x), torch.from_numpy(y), weight=torch.full((len(y),), 2.0).double()))
    a, b = (fit_rows(rows, penalty="firth", tol=1e-9) for rows in (double, weighted))
    torch.testing.assert_close(a.weights, b.weights, rtol=1e-6, atol=1e-9)
    assert a.certificate.passes == b.certificate.passes


def test_more_than_one_maximum_is_said() -> None:
    x, y = scores(125)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # asked for Firth's penalty: said in the model, and no alarm
        model = cutline.fit({"score": x, "passed": y}, "passed", penalty="firth")
    assert "2 maxima that were found" in " ".join(model.warnings)
    assert "the next is 0.56 lower" in " ".join(model.warnings)
    again = cutline.fit({"score": x, "passed": y}, "passed", penalty="firth")
    np.testing.assert_array_equal(again.weights, model.weights)

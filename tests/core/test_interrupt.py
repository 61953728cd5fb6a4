"""Ctrl-C in the middle of a search: raised, or what stands is returned and says what it is."""

from __future__ import annotations

import warnings
from contextlib import nullcontext

import numpy as np
import pytest
import torch

import cutline
from cutline import CutlineWarning, UsageError
from cutline.block import Block
from cutline.fitting import fit_rows, prepare, search
from cutline.fitting import table as fitting_table
from cutline.rows import Rows
from cutline.solvers import Progress, Stop
from cutline.sources.memory import Memory


def table(n: int = 300) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 2))
    return {"a": x[:, 0], "b": x[:, 1], "y": (x @ [1.0, -1.0] + rng.logistic(size=n) > 0).astype(int)}


class Stops:
    """A watcher that is interrupted at its k-th step."""

    def __init__(self, k: int) -> None:
        self.left = k

    def __call__(self, step: Progress) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("solver", ["newton", "lbfgs", "gradient-descent"])
@pytest.mark.parametrize("penalty", ["auto", "none", "l2"])
def test_what_stands_is_returned_when_asked_to(penalty: str, solver: str, k: int, tmp_path) -> None:
    with pytest.raises(KeyboardInterrupt):
        cutline.fit(table(), "y", penalty=penalty, solver=solver, progress=Stops(k))
    with pytest.warns(CutlineWarning, match="interrupted after .* within .* standard errors"):
        model = cutline.fit(table(), "y", penalty=penalty, solver=solver, progress=Stops(k), interrupt="return")
    assert model.certificate.stop == Stop.INTERRUPTED.value
    assert 1e-6 < model.certificate.decrement < np.inf
    assert "was interrupted" in " ".join(model.warnings)
    assert model.covariance is None
    assert ("interrupted" in model.no_errors_reason) == (penalty != "l2")
    model.save(tmp_path / "m.json")
    again = cutline.load(tmp_path / "m.json")
    np.testing.assert_array_equal(again.weights, model.weights)
    assert "interrupted" in again.summary()


@pytest.mark.parametrize("k", [1, 2])
def test_under_firths_penalty_too(k: int, tmp_path) -> None:
    with pytest.raises(KeyboardInterrupt):
        cutline.fit(table(), "y", penalty="firth", progress=Stops(k))
    with pytest.warns(CutlineWarning, match="interrupted after .* within .* standard errors"):
        model = cutline.fit(table(), "y", penalty="firth", progress=Stops(k), interrupt="return")
    assert model.certificate.stop == Stop.INTERRUPTED.value
    assert 1e-6 < model.certificate.decrement < np.inf
    assert model.test is None
    assert "interrupted" in model.no_errors_reason
    model.save(tmp_path / "m.json")
    assert "interrupted" in cutline.load(tmp_path / "m.json").summary()


def separated() -> dict[str, list[float]]:
    return {"a": [1.5, 2, 3, 4, 5, 6, 7, 9], "b": [0, 1, 0, 1, 1, 0, 1, 0], "y": [0, 0, 0, 0, 1, 1, 1, 1]}


def test_a_profile_interrupted_leaves_the_rest_to_wald() -> None:
    """The estimate stands, with its errors; the intervals found stand; the others are Wald's, and said to be."""
    whole = cutline.fit(separated(), "y", penalty="firth")

    def stop(step: Progress) -> None:
        if step.stage == "interval of b":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cutline.fit(separated(), "y", penalty="firth", progress=stop)
    model = cutline.fit(separated(), "y", penalty="firth", progress=stop, interrupt="return")
    np.testing.assert_array_equal(model.weights, whole.weights)
    assert model.conf_int()["a"] == whole.conf_int()["a"]
    low, high = model.conf_int()["b"]
    assert low + high == pytest.approx(2 * model.coef["b"])
    assert "intervals of 1 terms are Wald's: the profiles" in " ".join(model.warnings)


def test_interrupted_among_the_starts_of_firth_the_first_answer_stands() -> None:
    """The first maximum is whole: it has a decrement below the tolerance, and standard errors."""
    seen: list[Progress] = []

    def stop(step: Progress) -> None:
        seen.append(step)
        if len(seen) > 1 and step.stage == "fit" and seen[-2].decrement <= step.tol:
            raise KeyboardInterrupt

    model = cutline.fit(separated(), "y", penalty="firth", progress=stop, interrupt="return")
    assert model.certificate.stop == Stop.INTERRUPTED.value
    assert model.certificate.decrement <= 1e-6
    assert model.std_errors["a"] > 0


class Interrupted:
    """Rows whose k-th pass is interrupted, once."""

    def __init__(self, rows: Rows, k: int) -> None:
        self.rows, self.left = rows, k
        self.n_rows, self.n_features = rows.n_rows, rows.n_features

    def sum(self, summand, /):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return self.rows.sum(summand)

    def sample(self, m: int, seed: int, /, units=None) -> Rows:
        return self.rows.sample(m, seed, units)


class InterruptedSample(Interrupted):
    """Rows whose sample is interrupted in its k-th pass."""

    def __init__(self, rows: Rows, k: int) -> None:
        super().__init__(rows, 0)
        self.k = k

    def sample(self, m: int, seed: int, /, units=None) -> Rows:
        return Interrupted(self.rows.sample(m, seed, units), self.k)


def large(n: int, p: int) -> Memory:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(n, p))
    y = (x @ rng.normal(size=p) / np.sqrt(p) + rng.logistic(size=n) > 0).astype(float)
    return Memory(Block(torch.from_numpy(x), torch.from_numpy(y)))


@pytest.mark.usefixtures("by_blocks")
@pytest.mark.parametrize("penalty", ["none", "l2"])
@pytest.mark.parametrize(("n", "p", "k"), [(60_000, 2, 3), (50_000, 300, 4)])  # in few rows, and in the sample
def test_in_a_sample_its_best_point_is_measured_on_all_rows_and_stands(n: int, p: int, k: int, penalty) -> None:
    rows = large(n, p)
    whole = fit_rows(rows, penalty=penalty)
    with pytest.raises(KeyboardInterrupt):
        fit_rows(InterruptedSample(rows, k), penalty=penalty)
    found = fit_rows(InterruptedSample(rows, k), penalty=penalty, interrupt="return")
    assert found.certificate.stop == Stop.INTERRUPTED.value
    assert found.certificate.passes <= 3, "the outcomes, and one look"
    assert "interrupted" in found.short
    assert found.certificate.bound_kind == "estimate"
    # what it says of itself is so: how far it is from the minimum, in value, within the sample's own error
    assert found.objective - whole.objective == pytest.approx(found.certificate.bound, rel=0.5)


@pytest.mark.usefixtures("by_blocks")
@pytest.mark.parametrize("k", range(1, 12))
@pytest.mark.parametrize("solver", ["newton", "lbfgs"])
def test_interrupted_in_any_pass_something_stands_from_the_first_look_on(solver, k: int) -> None:
    rows = large(300, 3)
    plain = fit_rows(rows, solver=solver)
    if k == 1:  # what the columns hold: nothing stands yet
        with pytest.raises(KeyboardInterrupt):
            fit_rows(Interrupted(rows, k), solver=solver, interrupt="return")
        return
    if k == 2:  # which columns can be estimated
        with pytest.raises(KeyboardInterrupt):
            fit_rows(Interrupted(rows, k), solver=solver, interrupt="return")
        return
    found = fit_rows(Interrupted(rows, k), solver=solver, interrupt="return")
    over = k > plain.certificate.passes
    assert (found.certificate.stop != Stop.INTERRUPTED.value) == over
    assert plain.objective <= found.objective + 1e-9
    assert found.certificate.decrement >= plain.certificate.decrement or over


@pytest.mark.usefixtures("by_blocks")
def test_a_search_from_a_sample_too() -> None:
    with pytest.warns(CutlineWarning, match="was interrupted"):
        model = cutline.fit(table(60_000), "y", progress=Stops(2), interrupt="return")
    whole = cutline.fit(table(60_000), "y")
    assert model.statistics.log_likelihood == pytest.approx(whole.statistics.log_likelihood, abs=10)


def test_interrupted_at_the_minimum_nothing_is_missing_but_the_errors() -> None:
    def stop(step: Progress) -> None:
        if step.decrement is not None and step.decrement <= step.tol:
            raise KeyboardInterrupt

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = cutline.fit(table(), "y", solver="lbfgs", progress=stop, interrupt="return")
    assert model.certificate.decrement <= 1e-6
    np.testing.assert_allclose(model.weights, cutline.fit(table(), "y").weights, rtol=1e-5)


@pytest.mark.usefixtures("by_blocks")
def test_too_many_coefficients_for_a_hessian_have_no_errors_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for room in (prepare, search):
        monkeypatch.setattr(room, "DENSE_HESSIAN", 2)
    model = cutline.fit(table(), "y")
    assert model.covariance is None
    assert "too many coefficients" in model.no_errors_reason


def test_arguments_are_checked() -> None:
    with pytest.raises(UsageError, match="interrupt: expected raise or return, got 'stop'"):
        cutline.fit(table(), "y", interrupt="stop")


def test_progress_is_a_line_or_whom_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(fitting_table, "shown", lambda *given: asked.append(given) or nullcontext(given[0] or None))
    for wanted in (None, Stops(0)):
        cutline.fit(table(), "y", progress=wanted)
    assert asked[0] == (None, "reading the table")
    assert asked[1][0].left < 0, "it is told of the steps"

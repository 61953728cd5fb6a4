"""Ctrl-C in the middle of a search: raised, or what stands is returned and says what it is."""

from __future__ import annotations

import warnings
from contextlib import nullcontext

import numpy as np
import pytest

import cutline
from cutline import CutlineWarning, UsageError
from cutline.fitting import prepare, search
from cutline.fitting import table as fitting_table
from cutline.solvers import Progress, Stop


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

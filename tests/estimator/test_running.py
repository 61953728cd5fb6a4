"""How a fit runs: where, by how many workers, who is told of its steps, and who may stop it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.sparse import csr_array
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss

from cutline import LogisticRegression
from cutline.faces.estimator import classifier
from cutline.solvers import Progress, Stop
from elsewhere import elsewhere, no_gpu


@pytest.fixture
def cancer() -> tuple[np.ndarray, np.ndarray]:
    x, y = load_breast_cancer(return_X_y=True)
    return (x - x.mean(0)) / x.std(0), y


def test_workers_reach_the_fit(monkeypatch: pytest.MonkeyPatch, cancer: Any) -> None:
    real, seen = classifier.fit_rows, []

    def spy(rows: Any, *, workers: int | None, **rest: Any) -> Any:
        seen.append(workers)
        return real(rows, workers=workers, **rest)

    monkeypatch.setattr(classifier, "fit_rows", spy)
    for n_jobs in (None, 3, 1, -1):
        LogisticRegression(n_jobs=n_jobs).fit(*cancer)
    assert seen[:3] == [None, 3, 1]
    assert seen[3] >= 1
    for wrong in (0, 1.5, "all"):
        with pytest.raises(ValueError, match="n_jobs: expected"):
            LogisticRegression(n_jobs=wrong).fit(*cancer)


@pytest.mark.parametrize("device", ["cpu", torch.device("cpu"), "cpu:0"])
def test_the_device_is_where_the_passes_are_made(device: Any, cancer: Any) -> None:
    x, y = cancer
    expected = LogisticRegression().fit(x, y)
    for given in (x, torch.from_numpy(x), pd.DataFrame(x)):
        model = LogisticRegression(device=device).fit(given, y)
        np.testing.assert_allclose(model.coef_, expected.coef_, rtol=1e-10)


KINDS_OF_X: dict[str, Any] = {
    "array": (lambda x: x, {}),
    "tensor": (torch.from_numpy, {}),
    "integers": (lambda x: torch.from_numpy((8 * x).round()).int(), {}),
    "frame": (lambda x: pd.DataFrame(x).rename(columns=str).assign(of=pd.Categorical(x[:, 0] > 0)), {}),
    "sparse": (lambda x: csr_array(x * (x > 0)), {}),
    "weights": (lambda x: x, {"class_weight": "balanced"}),
    "no penalty": (lambda x: x[:, :3], {"penalty": None}),
}


@pytest.mark.parametrize("kind", KINDS_OF_X)
@pytest.mark.parametrize("where", ["elsewhere", pytest.param("cuda", marks=no_gpu)])
def test_a_fit_elsewhere_is_the_fit_here(kind: str, where: str, cancer: Any) -> None:
    """Wherever X is, and whether the device is asked for or is where X is."""
    make, settings = KINDS_OF_X[kind]
    x, y = cancer
    given, weight = make(x), np.linspace(0, 2, len(y)) if kind == "weights" else None
    expected = LogisticRegression(tol=1e-9, **settings).fit(given, y, weight)
    with elsewhere() if where == "elsewhere" else nullcontext(torch.device(where)) as there:
        model = LogisticRegression(tol=1e-9, device=there, **settings).fit(given, y, weight)
        np.testing.assert_allclose(model.coef_, expected.coef_, rtol=1e-6, atol=1e-9)
        if isinstance(given, torch.Tensor):
            given = given.to(there)
            for device in (None, there, "cpu"):
                model = LogisticRegression(tol=1e-9, device=device, **settings).fit(given, torch.from_numpy(y))
                np.testing.assert_allclose(model.coef_, expected.coef_, rtol=1e-6, atol=1e-9)
            np.testing.assert_allclose(model.decision_function(given), expected.decision_function(make(x)), atol=1e-6)
    assert type(model.coef_) is np.ndarray


def test_a_device_that_will_not_do_is_refused_before_any_work(monkeypatch: pytest.MonkeyPatch, cancer: Any) -> None:
    monkeypatch.setattr(classifier, "enter", lambda *given: pytest.fail("work was begun"))
    for device, words in (("mps", "float32 only"), ("meta", "that torch computes on here"), ("gpu", "expected 'cpu'")):
        with pytest.raises(ValueError, match=f"device: .*{words}"):
            LogisticRegression(device=device).fit(*cancer)


class Stops:
    """A watcher that is interrupted at its k-th step."""

    def __init__(self, k: int) -> None:
        self.left = k

    def __call__(self, step: Progress) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("solver", ["newton", "lbfgs", "gradient-descent"])
def test_an_interrupted_fit_returns_what_stands_when_asked_to(solver: str, cancer: Any) -> None:
    with pytest.raises(KeyboardInterrupt):
        LogisticRegression(solver=solver, progress=Stops(3)).fit(*cancer)
    with pytest.warns(ConvergenceWarning, match="interrupted after .* within .* standard errors"):
        model = LogisticRegression(solver=solver, progress=Stops(3), interrupt="return").fit(*cancer)
    certificate = model.certificate_
    assert certificate.stop == Stop.INTERRUPTED.value
    assert 1e-6 < certificate.decrement < np.inf
    assert certificate.bound_kind == "estimate"
    assert certificate.bound > 0
    best = LogisticRegression().fit(*cancer)
    loss = [log_loss(cancer[1], one.predict_proba(cancer[0])) for one in (model, best)]
    assert loss[0] < np.log(2)
    with pytest.raises(ValueError, match="interrupt: expected 'raise' or 'return', got 'stop'"):
        LogisticRegression(interrupt="stop").fit(*cancer)


def test_progress_shows_a_line_or_tells_whom_it_is_given(monkeypatch: pytest.MonkeyPatch, cancer: Any) -> None:
    seen: list[Progress] = []
    told = LogisticRegression(progress=seen.append).fit(*cancer)
    assert [step.passes for step in seen] == sorted(step.passes for step in seen)
    assert {step.rows for step in seen} == {569}
    asked = []
    monkeypatch.setattr(classifier, "shown", lambda *given: asked.append(given) or nullcontext())
    np.testing.assert_array_equal(LogisticRegression(progress=True).fit(*cancer).coef_, told.coef_)
    assert asked == [(True, "fitting")]

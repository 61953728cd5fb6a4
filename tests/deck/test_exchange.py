"""A fitted model becomes a module and a trained module a model, and neither says more of itself than is true."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import cutline
from cutline import deck
from cutline.errors import CutlineWarning, DataError, UsageError
from cutline.nn import BinaryClassifier, inputs, train

N = 300


def pupils() -> dict[str, Any]:
    """Overlapping classes, a category between two numbers, and a column that is twice another."""
    rng = np.random.default_rng(7)
    hours, score = rng.normal(10, 3, N), rng.normal(57.5, 8, N)
    room = rng.choice(["가", "나", "다"], N)
    log_odds = 0.3 * (hours - 10) + 0.1 * (score - 57.5) + (room == "다")
    passed = np.where(rng.random(N) < 1 / (1 + np.exp(-log_odds)), "합격", "불합격")
    return {"hours": hours.tolist(), "room": room.tolist(), "score": score.tolist(), "passed": passed.tolist()}


DATA = pupils()
Y = torch.tensor([[float(label == "합격")] for label in DATA["passed"]], dtype=torch.float64)


@pytest.fixture(scope="module")
def fitted() -> cutline.Model:
    return cutline.fit(DATA, "passed")


# --- a model into a module ------------------------------------------------------------------------------------------


def test_a_module_says_what_its_model_says(fitted: cutline.Model) -> None:
    module = BinaryClassifier.from_model(fitted, dtype=torch.float64)
    h = module(inputs(fitted, DATA, dtype=torch.float64))
    assert h.shape == (N, 1)
    np.testing.assert_allclose(h.detach().numpy().ravel(), fitted.predict_proba(DATA), rtol=1e-13)


def test_its_inputs_are_the_terms_in_order(fitted: cutline.Model) -> None:
    assert fitted.terms == ("(intercept)", "hours", "room[나]", "room[다]", "score")
    x = inputs(fitted, DATA)
    assert x.dtype == torch.float32
    expected = [
        [h, float(r == "나"), float(r == "다"), s] for h, r, s in zip(DATA["hours"], DATA["room"], DATA["score"])
    ]
    torch.testing.assert_close(x, torch.tensor(expected))
    module = BinaryClassifier.from_model(fitted)
    assert module.linear.weight.tolist()[0] == pytest.approx([fitted.coef[t] for t in fitted.terms[1:]], rel=1e-6)
    assert module.linear.weight.dtype == torch.float32


def test_no_random_number_is_drawn_and_the_module_can_be_trained(fitted: cutline.Model) -> None:
    before = torch.get_rng_state()
    module = BinaryClassifier.from_model(fitted, dtype=torch.float64)
    assert torch.equal(torch.get_rng_state(), before)
    x = inputs(fitted, DATA, dtype=torch.float64)
    history = train(module, x, Y, output="probability", lr=1e-6, epochs=3, log=None)
    # at the maximum of the likelihood there is nothing to gain
    assert history.cost[0] == pytest.approx(-fitted.log_likelihood / N, rel=1e-12)
    assert history.cost[-1] == pytest.approx(history.cost[0], rel=1e-12)


def test_an_aliased_term_counts_nothing() -> None:
    with pytest.warns(CutlineWarning, match="collinear"):
        model = cutline.fit({**DATA, "twice": [2 * h for h in DATA["hours"]]}, "passed", features=["hours", "twice"])
    module = BinaryClassifier.from_model(model)
    assert module.linear.weight[0, 1] == 0
    assert module.linear.in_features == 2


def test_a_model_without_intercept_is_a_module_without_bias() -> None:
    model = cutline.fit(DATA, "passed", features=["hours", "score"], intercept=False)
    module = BinaryClassifier.from_model(model, dtype=torch.float64)
    assert module.linear.bias is None
    h = module(inputs(model, DATA, dtype=torch.float64)).detach().numpy().ravel()
    np.testing.assert_allclose(h, model.predict_proba(DATA), rtol=1e-13)


def test_a_model_with_an_offset_is_refused() -> None:
    known = [(s - 57.5) / 10 for s in DATA["score"]]
    model = cutline.fit({**DATA, "known": known}, "passed", features=["hours"], offset="known")
    with pytest.raises(UsageError, match="'known' to the log-odds"):
        BinaryClassifier.from_model(model)


def test_weights_a_type_cannot_hold_are_refused(fitted: cutline.Model) -> None:
    large = replace(fitted, weights=np.array([1e200, 0, 0, 0, 0]))
    with pytest.raises(UsageError, match=r"torch.float32 overflows. Use float64"):
        BinaryClassifier.from_model(large)
    assert BinaryClassifier.from_model(large, dtype=torch.float64).linear.bias.item() == 1e200


def test_a_row_that_cannot_be_scored_is_nan_and_said(fitted: cutline.Model) -> None:
    some = {"hours": [1.0, None, 3.0], "room": ["가", "나", "라"], "score": [50.0, 60.0, 70.0]}
    with pytest.warns(CutlineWarning, match="2 of 3 rows cannot be scored and are NaN") as said:
        x = inputs(fitted, some)
    assert torch.isnan(x).any(1).tolist() == [False, True, True]
    assert "room: unseen level, first in row 2" in str(said[0].message)


# --- a module into a model ------------------------------------------------------------------------------------------


def trained(epochs: int = 20) -> tuple[BinaryClassifier, torch.Tensor]:
    """Two scaled columns, trained by the deck's loop in float64."""
    x = torch.tensor([DATA["hours"], DATA["score"]], dtype=torch.float64).T
    x = (x - x.mean(0)) / x.std(0)
    module = BinaryClassifier(2, dtype=torch.float64)
    for p in module.parameters():
        nn.init.zeros_(p)
    train(module, x, Y, output="probability", epochs=epochs, log=None)
    return module, x


def export(module: BinaryClassifier, x: torch.Tensor, y: torch.Tensor = Y, **changes: Any) -> cutline.Model:
    names = {"features": ["hours", "score"], "target": "passed", "labels": ("불합격", "합격")}
    return module.to_model(x, y, **{**names, **changes})


def test_a_model_says_what_its_module_says() -> None:
    module, x = trained()
    model = export(module, x)
    table = {"score": x[:, 1].tolist(), "hours": x[:, 0].tolist()}  # by name, not by place
    np.testing.assert_allclose(model.predict_proba(table), module(x).detach().numpy().ravel(), rtol=1e-13)
    assert set(model.predict(table)) == {"합격", "불합격"}
    assert model.coef == {
        "(intercept)": module.linear.bias.item(),
        "hours": module.linear.weight[0, 0].item(),
        "score": module.linear.weight[0, 1].item(),
    }


def test_it_has_no_standard_errors_and_says_why() -> None:
    model = export(*trained())
    assert model.cov is None
    assert set(model.std_errors.values()) == {None}
    assert set(model.p_values.values()) == {None}
    assert model.no_errors_reason is not None
    assert "trained by hand" in model.no_errors_reason
    assert "trained by hand" in " ".join(model.summary().split())


def test_its_statistics_are_those_of_its_weights() -> None:
    module, x = trained(epochs=1)
    model = export(module, x)
    h = module(x).detach().double().numpy().ravel()
    y = Y.numpy().ravel()
    assert model.log_likelihood == pytest.approx(float(np.sum(y * np.log(h) + (1 - y) * np.log(1 - h))), rel=1e-12)
    share = y.mean()
    null = N * (share * np.log(share) + (1 - share) * np.log(1 - share))
    assert model.statistics.null_log_likelihood == pytest.approx(null, rel=1e-12)
    assert model.deviance == pytest.approx(-2 * model.log_likelihood)
    pairs = h[y == 1][:, None] - h[y == 0]
    assert model.statistics.auc == pytest.approx(np.mean((pairs > 0) + 0.5 * (pairs == 0)), rel=1e-12)
    assert model.rows.used == N
    assert model.certificate.rows == N


def test_far_from_the_maximum_it_says_how_far_and_tests_nothing() -> None:
    module, x = trained(epochs=0)
    model = export(module, x)
    decrement = model.certificate.decrement
    # the Newton decrement by hand: sqrt(g' H^-1 g) at these weights
    z = np.column_stack([np.ones(N), x.numpy()])
    h = module(x).detach().numpy().ravel()
    g, hess = z.T @ (h - Y.numpy().ravel()), z.T @ ((h * (1 - h))[:, None] * z)
    assert decrement == pytest.approx(math.sqrt(g @ np.linalg.solve(hess, g)), rel=1e-9)
    assert any("not at the maximum of the likelihood" in text for text in model.warnings)
    assert model.statistics.lr_chi2 is None
    assert model.aic is None
    assert model.separation is None


def test_at_the_maximum_it_has_an_exact_bound_and_the_numbers_of_a_fit() -> None:
    module, x = trained(epochs=400)
    model = export(module, x)
    fit = cutline.fit({"hours": x[:, 0].tolist(), "score": x[:, 1].tolist(), "passed": DATA["passed"]}, "passed")
    assert model.certificate.decrement < 1e-3
    assert model.certificate.bound_kind == "exact"
    assert model.warnings == ()
    gap = fit.log_likelihood - model.log_likelihood
    assert -1e-12 * N <= gap <= model.certificate.bound + 1e-12 * N  # type: ignore[operator]
    assert model.aic == pytest.approx(fit.aic, rel=1e-9)
    assert model.statistics.lr_p == pytest.approx(fit.statistics.lr_p, rel=1e-6)


def test_the_decks_six_points_are_said_to_be_separated() -> None:
    x, y = torch.tensor(deck.SIX_POINTS), torch.tensor(deck.SIX_LABELS)
    module = BinaryClassifier(2)
    for p in module.parameters():
        nn.init.zeros_(p)
    train(module, x, y, output="probability", log=None)
    model = export(module, x, y, features=["x1", "x2"], target="y", labels=(0, 1))
    assert [f"{v:.4f}" for v in model.coef.values()] == ["-14.4819", "3.2530", "1.5179"]
    assert model.separation is not None
    assert model.separation.kind == "complete"
    assert "larger" in model.warnings[0]
    assert model.aic is None
    assert model.predict({"x1": [1, 6], "x2": [2, 2]}).tolist() == [0, 1]


def test_a_saturated_module_is_exported_all_the_same() -> None:
    x, y = torch.tensor(deck.EXAM_SCORES).reshape(-1, 1), torch.tensor(deck.EXAM_PASSED)
    module = BinaryClassifier(1)
    nn.init.constant_(module.linear.weight, 1000.0)
    nn.init.constant_(module.linear.bias, -57_500.0)
    model = export(module, x, y, features=["score"])
    assert model.log_likelihood == pytest.approx(0.0, abs=1e-300)
    assert model.cut_line().value == 57.5  # type: ignore[union-attr]
    assert model.separation is not None


def test_a_constant_column_keeps_the_weight_it_got_by_hand() -> None:
    module, x = trained()
    wide = BinaryClassifier(3, dtype=torch.float64)
    wide.load_state_dict(
        {
            "linear.weight": torch.cat([module.linear.weight.detach(), torch.tensor([[0.5]], dtype=torch.float64)], 1),
            "linear.bias": module.linear.bias.detach() - 0.5,
        }
    )
    model = export(wide, torch.cat([x, torch.ones(N, 1)], 1), features=["hours", "score", "one"])
    assert model.coef["one"] == 0.5
    assert model.log_likelihood == pytest.approx(export(module, x).log_likelihood, rel=1e-12)


def test_without_a_bias_there_is_no_intercept() -> None:
    _, x = trained(0)
    module = BinaryClassifier(2, bias=False, dtype=torch.float64)
    model = export(module, x)
    assert model.terms == ("hours", "score")
    np.testing.assert_allclose(
        model.predict_proba({"hours": x[:, 0].tolist(), "score": x[:, 1].tolist()}),
        module(x).detach().numpy().ravel(),
        rtol=1e-13,
    )


def test_it_saves_and_loads(tmp_path: Path) -> None:
    module, x = trained()
    model = export(module, x)
    model.save(tmp_path / "m.json")
    back = cutline.load(tmp_path / "m.json")
    assert back.coef == model.coef
    assert back.certificate == model.certificate
    assert back.no_errors_reason == model.no_errors_reason
    assert back.fingerprint == model.fingerprint


def test_the_fingerprint_is_of_the_rows() -> None:
    module, x = trained(0)
    one = export(module, x).fingerprint
    assert len(one) == 64
    assert export(module, x.clone(), Y.flatten()).fingerprint == one
    assert export(module, x + 1e-9).fingerprint != one


def test_round_trip_with_categories(fitted: cutline.Model) -> None:
    module = BinaryClassifier.from_model(fitted, dtype=torch.float64)
    back = module.to_model(inputs(fitted, DATA, dtype=torch.float64), Y, like=fitted)
    assert back.coef == fitted.coef
    assert back.plan == fitted.plan
    assert back.log_likelihood == pytest.approx(fitted.log_likelihood, rel=1e-13)
    assert back.aic == pytest.approx(fitted.aic, rel=1e-13)
    assert back.statistics.auc == fitted.statistics.auc
    assert back.certificate.bound_kind == "exact"
    np.testing.assert_allclose(back.predict_proba(DATA), fitted.predict_proba(DATA), rtol=1e-13)


# --- what it refuses ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features": None}, "features: expected the names of the module's 2 inputs, but None"),
        ({"features": "ab"}, "features: expected the names"),
        ({"features": ["hours"]}, "features: expected 2 names"),
        ({"features": ["hours", "hours"]}, "all different"),
        ({"features": ["hours", "passed"]}, "none of them the target 'passed'"),
        ({"labels": ("합격", "합격")}, "two different words"),
        ({"labels": ("a", "b", "c")}, "two different words"),
    ],
)
def test_names_that_do_not_fit(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        export(*trained(0), **changes)


def test_rows_that_do_not_fit() -> None:
    module, x = trained(0)
    with pytest.raises(UsageError, match=r"x: expected the shape \(300, 2\), but \(300, 1\)"):
        export(module, x[:, :1])
    with pytest.raises(UsageError, match=r"y: expected the shape \(300, 1\) or \(300,\), but \(300, 2\)"):
        export(module, x, torch.cat([Y, Y], 1))
    with pytest.raises(DataError, match="y: expected both labels, 0 and 1"):
        export(module, x, torch.ones_like(Y))
    with pytest.raises(DataError, match="y: expected both labels, 0 and 1"):
        export(module, x, Y / 2)


def test_broken_weights_are_no_model() -> None:
    module, x = trained(0)
    nn.init.constant_(module.linear.bias, math.nan)
    with pytest.raises(UsageError, match="its training broke down"):
        export(module, x)


def test_a_model_it_is_not_like(fitted: cutline.Model) -> None:
    module, x = trained(0)
    with pytest.raises(UsageError, match="like: expected a model of the module's 2 inputs"):
        module.to_model(x, Y, like=fitted)
    with pytest.raises(UsageError, match="features, like: expected one of them"):
        module.to_model(x, Y, like=fitted, features=["a", "b"])
    counts = cutline.fit({"dead": [1, 3, 7], "of": [10, 10, 10], "dose": [1, 2, 3]}, "dead", trials="of")
    with pytest.raises(UsageError, match="two labels without weights or offset"):
        BinaryClassifier.from_model(counts).to_model(x[:, :1], Y, like=counts)


def test_training_needs_no_tables() -> None:
    code = "import sys, cutline.nn; sys.exit(any(m in sys.modules for m in ('pyarrow', 'duckdb', 'sklearn', 'pandas')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""The figures hold the deck's lines, number for number; how they look is for eyes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import warnings
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib import font_manager
from matplotlib.axes import Axes

import cutline
from cutline import deck, plots
from cutline.errors import CutlineWarning, UsageError

X = np.arange(-5.0, 5.0, 0.1)
SINGLE = [
    plots.sigmoid_curve,
    plots.sigmoid_slopes,
    plots.sigmoid_shifts,
    plots.threshold,
    plots.line_and_s_curve,
    plots.cost_curves,
    plots.linear_cost_bowl,
]
DOUBLE = [plots.costs_over_w, plots.two_valleys]


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def deck_sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def named(ax: Axes, label: str) -> tuple[np.ndarray, np.ndarray]:
    exact = [line for line in ax.lines if line.get_label() == label]
    (line,) = exact or [line for line in ax.lines if str(line.get_label()).startswith(label)]
    return np.asarray(line.get_xdata(), dtype=float), np.asarray(line.get_ydata(), dtype=float)


def assert_middle_line(ax: Axes) -> None:
    (dotted,) = [line for line in ax.lines if line.get_linestyle() == ":" and len(line.get_xdata()) == 2]  # type: ignore[arg-type]
    assert list(dotted.get_xdata()) == [0, 0]  # type: ignore[arg-type]
    assert list(dotted.get_ydata()) == [1.0, 0.0]  # type: ignore[arg-type]


# --- the deck's three figures ---------------------------------------------------------------------------------------


def test_the_sigmoid_on_the_decks_hundred_points() -> None:
    ax = plots.sigmoid_curve()
    x, y = named(ax, "sigmoid")
    assert np.array_equal(x, X)
    np.testing.assert_allclose(y, deck_sigmoid(X), rtol=4e-16)
    assert_middle_line(ax)
    assert ax.get_title() == "Sigmoid function, W = 1, b = 0"


def test_three_slopes() -> None:
    ax = plots.sigmoid_slopes()
    assert len(ax.lines) == 4
    for w in (0.5, 1, 2):
        x, y = named(ax, f"W = {w:g}")
        assert np.array_equal(x, X)
        np.testing.assert_allclose(y, deck_sigmoid(w * X), rtol=4e-16)
    assert_middle_line(ax)


def test_three_shifts() -> None:
    ax = plots.sigmoid_shifts()
    assert len(ax.lines) == 4
    for b in (0.5, 1, 1.5):
        x, y = named(ax, f"b = {b:g}")
        assert np.array_equal(x, X)
        np.testing.assert_allclose(y, deck_sigmoid(X + b), rtol=4e-16)
    assert_middle_line(ax)


def test_any_w_and_b() -> None:
    _, y = named(plots.sigmoid_curve(w=-3, b=2), "sigmoid")
    np.testing.assert_allclose(y, deck_sigmoid(-3 * X + 2), rtol=1e-15)


def test_lines_differ_without_their_color() -> None:
    for ax in (plots.sigmoid_slopes(), plots.sigmoid_shifts(), plots.cost_curves()):
        curves = [line for line in ax.lines if len(line.get_xdata()) > 2]  # type: ignore[arg-type]
        assert len({line.get_linestyle() for line in curves}) == len(curves)
    many = plots.sigmoid_slopes([0.1 * k for k in range(1, 21)])
    assert len({(line.get_color(), line.get_linestyle()) for line in many.lines[:20]}) == 20


# --- the threshold --------------------------------------------------------------------------------------------------


def test_the_threshold_cuts_at_minus_b_over_w() -> None:
    ax = plots.threshold()
    assert named(ax, "threshold 0.5")[1].tolist() == [0.5, 0.5]
    assert named(ax, "cut at x = 0")[0].tolist() == [0.0, 0.0]
    assert np.array_equal(named(ax, "H(x)")[0], X)


@pytest.mark.parametrize(("p", "w", "b"), [(0.9, 1.0, 0.0), (0.3, -2.0, 15.0), (0.5, 0.226, -13.0), (0.5, 2.0, 0.01)])
def test_any_threshold_is_in_the_picture_and_cuts_where_the_curve_says(p: float, w: float, b: float) -> None:
    ax = plots.threshold(p, w, b)
    cut = named(ax, "cut")[0][0]
    assert deck_sigmoid(w * cut + b) == pytest.approx(p)
    x, _ = named(ax, "H(x)")
    assert x[0] < cut < x[-1]
    answers = {text.get_text()[-1]: text.get_position()[0] for text in ax.texts}
    assert deck_sigmoid(w * answers["1"] + b) > p > deck_sigmoid(w * answers["0"] + b)


@pytest.mark.parametrize("p", [0, 1, -0.5, float("nan")])
def test_a_threshold_is_a_probability(p: float) -> None:
    with pytest.raises(UsageError, match="p: expected a probability between 0 and 1"):
        plots.threshold(p)


def test_a_flat_curve_has_no_cut() -> None:
    with pytest.raises(UsageError, match="w: expected a slope other than 0"):
        plots.threshold(w=0)


# --- the exam scores ------------------------------------------------------------------------------------------------


def test_line_and_s_curve_on_the_exam_scores() -> None:
    ax = plots.line_and_s_curve()
    # least squares by hand: slope 22.5 / 437.5 through the means (57.5, 0.5)
    x, y = named(ax, "straight line")
    np.testing.assert_allclose(y, 0.5 + 22.5 / 437.5 * (x - 57.5), atol=1e-12)
    assert y.min() < 0
    assert y.max() > 1
    x, y = named(ax, "S-curve")
    np.testing.assert_allclose(y, deck_sigmoid(deck.EXAM_W * x + deck.EXAM_B), rtol=1e-12)
    assert named(ax, "fail")[0].tolist() == [45, 50, 55]
    assert named(ax, "pass")[0].tolist() == [60, 65, 70]
    assert "cut line 57.5" in [text.get_text() for text in ax.texts]


def test_an_s_curve_of_your_own() -> None:
    x, y = named(plots.line_and_s_curve(w=1.0, b=-56.0), "S-curve")
    np.testing.assert_allclose(y, deck_sigmoid(x - 56), rtol=1e-12)
    ax = plots.line_and_s_curve(w=1.0, b=0.0)  # a cut line out of the picture is left out
    assert not [text for text in ax.texts if "cut line" in text.get_text()]


def fitted(**changes: object) -> SimpleNamespace:
    parts: dict[str, object] = {
        "coef": {"(intercept)": -29.0, "score": 0.5},
        "terms": ("(intercept)", "score"),
        "intercept": True,
        "plan": SimpleNamespace(fields=(SimpleNamespace(name="score"),)),
    }
    return SimpleNamespace(**{**parts, **changes})


def test_the_s_curve_of_a_model() -> None:
    ax = plots.line_and_s_curve(fitted())  # type: ignore[arg-type]
    x, y = named(ax, "S-curve")
    np.testing.assert_allclose(y, deck_sigmoid(0.5 * x - 29), rtol=1e-12)
    assert "cut line 58" in [text.get_text() for text in ax.texts]


def test_firths_fit_is_the_curve_drawn_by_default() -> None:
    with pytest.warns(CutlineWarning, match="Firth"):
        model = cutline.fit({"score": deck.EXAM_SCORES, "result": deck.EXAM_RESULTS}, "result", positive="합격")
    _, fitted_curve = named(plots.line_and_s_curve(model), "S-curve")
    _, default = named(plots.line_and_s_curve(), "S-curve")
    np.testing.assert_allclose(fitted_curve, default, rtol=1e-5)


def test_a_model_with_other_columns_is_refused() -> None:
    two = fitted(coef={"(intercept)": 1.0, "a": 1.0, "b": 1.0}, terms=("(intercept)", "a", "b"))
    two.plan = SimpleNamespace(fields=(SimpleNamespace(name="a"), SimpleNamespace(name="b")))
    with pytest.raises(UsageError, match=r"one numeric column, but the terms \(intercept\), a, b came"):
        plots.line_and_s_curve(two)  # type: ignore[arg-type]
    level = SimpleNamespace(name="sex", levels=("f", "m"))
    words = fitted(terms=("(intercept)", "sex[m]"), plan=SimpleNamespace(fields=(level,)))
    with pytest.raises(UsageError, match="one numeric column"):
        plots.line_and_s_curve(words)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="one numeric column"):
        plots.line_and_s_curve(fitted(coef={"(intercept)": 1.0, "score": None}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given", [{"w": 1.0}, {"b": 1.0}, {"model": fitted(), "w": 1.0, "b": 1.0}, {"model": fitted(), "b": 1.0}]
)
def test_a_model_or_w_and_b(given: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="model, w, b: expected"):
        plots.line_and_s_curve(**given)  # type: ignore[arg-type]


# --- the costs ------------------------------------------------------------------------------------------------------


def test_the_cost_of_one_row() -> None:
    ax = plots.cost_curves()
    h, cost = named(ax, "y = 1")
    assert h[0] == 0.001
    assert h[-1] == 0.999
    np.testing.assert_allclose(cost, -np.log(h))
    h, cost = named(ax, "y = 0")
    np.testing.assert_allclose(cost, -np.log(1 - h))
    assert named(ax, "H = 0.5")[1] == pytest.approx(0.693147, abs=5e-7)


def test_the_bowl_of_the_linear_cost() -> None:
    w, cost = named(plots.linear_cost_bowl(), "mean")
    x, y = np.array(deck.EXAM_SCORES) - 57.5, np.array(deck.EXAM_PASSED)
    np.testing.assert_allclose(cost, [np.mean((k * x + 0.5 - y) ** 2) for k in w])
    assert w[np.argmin(cost)] == pytest.approx(22.5 / 437.5)
    second = np.diff(cost, 2)
    np.testing.assert_allclose(second, second[0], rtol=1e-9)  # a parabola: one bend everywhere


def test_both_costs_on_the_centered_scores() -> None:
    upper, lower = plots.costs_over_w()
    x, y = np.array(deck.EXAM_SCORES) - 57.5, np.array(deck.EXAM_PASSED)
    w, squared = named(upper, "cost")
    assert np.array_equal(w, np.arange(-100, 101) / 100)
    h = deck_sigmoid(np.outer(w, x))
    np.testing.assert_allclose(squared, np.mean((h - y) ** 2, axis=1), rtol=1e-12)
    _, entropy = named(lower, "cost")
    np.testing.assert_allclose(entropy, -np.mean(y * np.log(h) + (1 - y) * np.log(1 - h), axis=1), rtol=1e-8)
    assert named(upper, "slope at W = -1: -0.11")
    assert named(lower, "slope at W = -1: -7.44")
    assert not [line for line in (*upper.lines, *lower.lines) if "lowest" in str(line.get_label())]


def test_two_valleys_and_one() -> None:
    upper, lower = plots.two_valleys()
    found = [[str(line.get_label()) for line in ax.lines if "lowest" in str(line.get_label())] for ax in (upper, lower)]
    assert found == [["lowest at W = -0.07: 0.245", "lowest at W = 0.74: 0.311"], ["lowest at W = -0.08: 0.681"]]


def test_costs_on_data_of_your_own() -> None:
    upper, lower = plots.costs_over_w([0.0, 800.0], [0.0, 1.0], ws=[-2, 0, 1], b=0.5)
    # margins of -1600: sure and wrong, without overflow
    assert named(lower, "cost")[1][0] == pytest.approx((np.log1p(np.exp(0.5)) + 1599.5) / 2)
    assert named(upper, "cost")[0].tolist() == [-2, 0, 1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"x": [1, 2]}, "expected both or neither"),
        ({"y": [1, 0]}, "expected both or neither"),
        ({"x": [1, 2], "y": [1]}, "two lists of one length"),
        ({"x": [], "y": []}, "two lists of one length"),
        ({"x": [[1, 2]], "y": [[0, 1]]}, "two lists of one length"),
        ({"ws": [1, 2]}, "ws: expected a list of at least three"),
    ],
)
def test_costs_on_data_that_do_not_fit(given: dict[str, list[float]], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        plots.costs_over_w(**given)  # type: ignore[arg-type]


# --- where they are drawn -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", SINGLE)
def test_a_given_axes_is_drawn_into_and_nothing_else_is_made(draw: Callable[..., Axes]) -> None:
    figure = mpl.figure.Figure()
    ax = figure.subplots()
    before = plt.get_fignums(), dict(mpl.rcParams)
    assert draw(ax=ax) is ax
    assert (plt.get_fignums(), dict(mpl.rcParams)) == before
    assert figure.axes == [ax]


@pytest.mark.parametrize("draw", DOUBLE)
def test_two_given_axes_too(draw: Callable[..., tuple[Axes, Axes]]) -> None:
    pair = tuple(mpl.figure.Figure().subplots(1, 2))
    assert draw(axes=pair) == pair
    assert plt.get_fignums() == []
    assert [ax.get_xlabel() for ax in pair] == ["W", "W"]


@pytest.mark.parametrize("draw", [*SINGLE, *DOUBLE])
def test_every_figure_has_a_title_names_on_its_axes_and_a_legend(draw: Callable[..., Axes]) -> None:
    drawn = draw()
    panels: tuple[Axes, ...] = drawn if isinstance(drawn, tuple) else (drawn,)
    assert len(plt.get_fignums()) == 1
    for ax in panels:
        assert ax.get_title()
        assert ax.get_ylabel()
        assert ax.get_legend() is not None
    assert panels[-1].get_xlabel()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        panels[0].figure.canvas.draw()  # no missing glyph, no layout that cannot be kept


# --- fonts ----------------------------------------------------------------------------------------------------------


def families(ax: Axes) -> list[list[str]]:
    texts = [ax.title, ax.xaxis.label, *ax.texts, *ax.get_xticklabels()]
    return [list(text.get_fontfamily()) for text in texts]


def install(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    fonts = [SimpleNamespace(name=name) for name in names]
    monkeypatch.setattr(font_manager, "fontManager", SimpleNamespace(ttflist=fonts))


def test_a_hangul_font_is_used_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        install(patched, "DejaVu Sans", "NanumGothic")
        ax = plots.threshold()
    assert all(family == ["NanumGothic", "DejaVu Sans"] for family in families(ax))
    ax.set_title("시그모이드")  # keeps the font
    assert ax.title.get_fontfamily() == ["NanumGothic", "DejaVu Sans"]


def test_without_one_the_font_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        install(patched, "DejaVu Sans")
        ax = plots.threshold()
    assert all(family == ["sans-serif"] for family in families(ax))


def test_a_font_the_user_chose_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    with mpl.rc_context({"font.family": ["serif"]}), monkeypatch.context() as patched:
        install(patched, "NanumGothic")
        ax = plots.threshold()
        assert all(family == ["serif"] for family in families(ax))


# --- without matplotlib ---------------------------------------------------------------------------------------------


def test_without_matplotlib_the_error_says_what_to_type() -> None:
    code = """
        import sys
        sys.modules["matplotlib"] = None
        from cutline import plots
        try:
            plots.sigmoid_curve()
        except ModuleNotFoundError as error:
            print(error)
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert "python -m pip install 'cutline[plots]'" in run.stdout


def test_importing_plots_imports_neither_matplotlib_nor_torch() -> None:
    code = "import sys; import cutline.plots; sys.exit('matplotlib' in sys.modules or 'torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

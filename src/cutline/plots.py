"""The deck's figures, drawn by matplotlib: the S-curve, what W and b do to it, and what its cost looks like.

Each function draws into `ax`, or into a new figure where none is given, and returns the Axes to be changed and
saved: ``plots.sigmoid_curve().figure.savefig("sigmoid.png")``. Nothing else of matplotlib's state is touched. Lines
differ in style as well as in color. Text is in a Hangul font where one is installed, so a title may be Korean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cutline import deck
from cutline.curve import sigmoid
from cutline.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cutline.model import Model

# Okabe and Ito's colors, which color-blind eyes can tell apart; five colors and four styles go round out of step
BLUE, RED, GREEN, GRAY = "#0072B2", "#D55E00", "#009E73", "#6B6B6B"
_COLORS = (RED, GREEN, BLUE, "#CC79A7", "#000000")
_STYLES = ("--", "-", "-.", ":")
_HANGUL = (
    "NanumGothic",
    "NanumBarunGothic",
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
)


def sigmoid_curve(w: float = 1.0, b: float = 0.0, *, ax: Axes | None = None) -> Axes:
    """The S-curve sigmoid(w x + b) on -5..5 by 0.1, with the deck's dotted line in the middle."""
    return _family([(w, b)], f"Sigmoid function, W = {w:g}, b = {b:g}", ax)


def sigmoid_slopes(ws: Sequence[float] = (0.5, 1.0, 2.0), *, ax: Axes | None = None) -> Axes:
    """What W does: the greater, the steeper; b is 0."""
    return _family([(w, 0.0) for w in ws], "W sets how steep the curve is (b = 0)", ax, "W = {0:g}")


def sigmoid_shifts(bs: Sequence[float] = (0.5, 1.0, 1.5), *, ax: Axes | None = None) -> Axes:
    """What b does: it moves the curve to the left; W is 1, so the middle is at x = -b."""
    return _family([(1.0, b) for b in bs], "b moves the curve sideways (W = 1)", ax, "b = {1:g}")


def threshold(p: float = 0.5, w: float = 1.0, b: float = 0.0, *, ax: Axes | None = None) -> Axes:
    """From a probability to a label: 1 where sigmoid(w x + b) is at least `p`, 0 where it is below."""
    if not 0 < p < 1:
        raise UsageError(f"p: expected a probability between 0 and 1, but {p!r} came; use for example 0.5.")
    if w == 0:
        raise UsageError("w: expected a slope other than 0, but 0 came: a flat curve never crosses the threshold.")
    ax = _axes(ax)
    x = _deck_x()
    cut = float((np.log(p / (1 - p)) - b) / w)
    # grown to hold the cut, so that both answers are in the picture
    x = x if x[0] < cut < x[-1] else np.arange(cut - 5.0, cut + 5.0, 0.1)
    ax.plot(x, sigmoid(w * x + b), color=BLUE, label="H(x) = sigmoid(Wx + b)")
    ax.axhline(p, color=GRAY, linestyle="--", label=f"threshold {p:g}")
    ax.plot([cut, cut], [0.0, 1.0], color=GRAY, linestyle=":", label=f"cut at x = {_plain(cut)}")
    sides = [(x[0], cut), (cut, x[-1])]
    zeros, ones = sides if w > 0 else sides[::-1]
    for side, color, height, text in (
        (ones, BLUE, 0.38, f"H ≥ {p:g}: predict 1"),
        (zeros, RED, 0.62, f"H < {p:g}: predict 0"),
    ):
        ax.axvspan(*side, color=color, alpha=0.08, linewidth=0)
        height -= 0.12 * (abs(height + 0.02 - p) < 0.06)  # not on the threshold's own line
        ax.text(sum(side) / 2, height, text, ha="center", color=color)
    where = "lower right" if w > 0 else "lower left"
    title = "The threshold turns a probability into a label"
    return _finish(ax, title, "x", "H(x)", probability=True, legend=where)


def line_and_s_curve(
    model: Model | None = None, *, w: float | None = None, b: float | None = None, ax: Axes | None = None
) -> Axes:
    """Why a straight line will not do: least squares on the exam scores beside the S-curve.

    The S-curve is a fitted model's (an intercept and one numeric column, the score), or that of `w` and `b`; where
    neither is given, Firth's fit of these scores, because plain maximum likelihood has no answer on them.
    """
    w, b = _slope(model, w, b)
    ax = _axes(ax)
    score, passed = np.array(deck.EXAM_SCORES), np.array(deck.EXAM_PASSED)
    x = np.arange(35.0, 80.0, 0.1)
    slope, start = np.polyfit(score, passed, 1)
    ax.axhspan(1.0, 1.4, color=GRAY, alpha=0.12, linewidth=0)
    ax.axhspan(-0.4, 0.0, color=GRAY, alpha=0.12, linewidth=0)
    ax.plot(x, slope * x + start, color=RED, linestyle="--", label="straight line (least squares)")
    ax.plot(x, sigmoid(w * x + b), color=BLUE, label="S-curve, sigmoid(Wx + b)")
    for label, value, marker in (("fail (0)", 0.0, "X"), ("pass (1)", 1.0, "o")):
        at = score[passed == value]
        ax.plot(at, np.full(len(at), value), marker, color="black", markersize=8, clip_on=False, label=label)
    ax.text(35.5, 1.05, "above 1: no probability", color=GRAY)
    ax.text(79.5, -0.12, "below 0: no probability", ha="right", color=GRAY)
    if w != 0 and 35 < -b / w < 80:
        cut = -b / w
        ax.plot([cut, cut], [0.0, 1.0], color=GRAY, linestyle=":")
        ax.text(cut, 1.05, f"cut line {_plain(cut)}", ha="center", color="black")
    ax.set_ylim(-0.4, 1.4)
    ax.set_xlim(35, 80)
    title = "Exam scores: a straight line leaves 0 to 1, the S-curve cannot"
    return _finish(ax, title, "score", "result", legend=(0.57, 0.29))


def cost_curves(*, ax: Axes | None = None) -> Axes:
    """What one row costs at the probability H: -log H where its label is 1, -log(1 - H) where it is 0."""
    ax = _axes(ax)
    h = np.arange(1, 1000) / 1000
    ax.plot(h, -np.log(h), color=BLUE, label="y = 1: -log H")
    ax.plot(h, -np.log(1 - h), color=RED, linestyle="--", label="y = 0: -log(1 - H)")
    ax.plot([0.5], [np.log(2)], "o", color="black", label="H = 0.5: log 2 = 0.6931")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 7)
    return _finish(ax, "The cost of one row: sure and wrong is dear", "H(x), the predicted probability", "cost")


def linear_cost_bowl(*, ax: Axes | None = None) -> Axes:
    """The squared error of a straight line over W, on the centered exam scores: a bowl with one lowest point."""
    ax = _axes(ax)
    x, y = np.array(deck.EXAM_SCORES) - deck.EXAM_CENTER, np.array(deck.EXAM_PASSED)
    b = float(y.mean())
    best = float(x @ (y - b) / (x @ x))
    w = best + np.arange(-100, 101) / 1000

    def cost(w: Any) -> Any:
        return np.mean((np.multiply.outer(w, x) + b - y) ** 2, axis=-1)

    ax.plot(w, cost(w), color=BLUE, label="mean of (Wx + b - y)²")
    ax.plot([best], [cost(best)], "o", color="black", label=f"lowest at W = {best:.3f}")
    ax.set_ylim(bottom=0)
    return _finish(ax, f"A straight line's squared error is a bowl (b = {b:g})", "W", "cost")


def costs_over_w(
    x: Sequence[float] | None = None,
    y: Sequence[float] | None = None,
    *,
    ws: Sequence[float] | None = None,
    b: float = 0.0,
    axes: tuple[Axes, Axes] | None = None,
) -> tuple[Axes, Axes]:
    """Squared error against cross-entropy, each over W in its own panel, with every lowest point marked.

    Of the hypothesis sigmoid(W x + b) on the rows `x`, `y`; by default the centered exam scores and W from -1 to 1.
    There squared error has no second valley: it goes flat where the model is most wrong, and that is its fault.
    """
    if (x is None) != (y is None):
        raise UsageError("x, y: expected both or neither, but one came; give the rows and their labels together.")
    if x is None or y is None:
        x, y = np.array(deck.EXAM_SCORES) - deck.EXAM_CENTER, deck.EXAM_PASSED  # type: ignore[assignment]
    x_, y_ = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if x_.ndim != 1 or x_.shape != y_.shape or not len(x_):
        raise UsageError(f"x, y: expected two lists of one length, but shapes {x_.shape} and {y_.shape} came.")
    w = np.arange(-100, 101) / 100 if ws is None else np.asarray(ws, dtype=float)
    if w.ndim != 1 or len(w) < 3:
        raise UsageError(f"ws: expected a list of at least three values of W, but the shape {w.shape} came.")
    z = np.multiply.outer(w, x_) + b
    h = sigmoid(z)
    squared = np.mean((h - y_) ** 2, axis=-1)
    entropy = np.mean(np.logaddexp(0, z) - y_ * z, axis=-1)
    # the slopes at the first W, by the chain rule: flat where h (1 - h) is small, and steep without it
    off = (h[0] - y_) * x_
    slopes = float(np.mean(2 * off * h[0] * (1 - h[0]))), float(np.mean(off))
    upper, lower = axes or _two_axes()
    _cost_panel(upper, w, squared, slopes[0], RED, "--", "Squared error over a sigmoid")
    _cost_panel(lower, w, entropy, slopes[1], BLUE, "-", "Cross-entropy")
    if axes is None:
        upper.set_xlabel("")  # the panels share their W
    return upper, lower


def two_valleys(*, axes: tuple[Axes, Axes] | None = None) -> tuple[Axes, Axes]:
    """`costs_over_w` on five points where squared error really has two valleys, and cross-entropy one."""
    ws = np.arange(-50, 151) / 100
    return costs_over_w(deck.TWO_VALLEYS_X, deck.TWO_VALLEYS_Y, ws=ws, axes=axes)  # type: ignore[arg-type]


# --- the pieces -----------------------------------------------------------------------------------------------------


def _deck_x() -> np.ndarray:
    return np.arange(-5.0, 5.0, 0.1)


def _family(curves: Sequence[tuple[float, float]], title: str, ax: Axes | None, label: str | None = None) -> Axes:
    ax = _axes(ax)
    x = _deck_x()
    for i, (w, b) in enumerate(curves):
        i += len(curves) == 1  # a curve alone is the green one, as the middle one of three
        text = "sigmoid(Wx + b)" if label is None else label.format(w, b)
        ax.plot(x, sigmoid(w * x + b), color=_COLORS[i % 5], linestyle=_STYLES[i % 4], label=text)
    ax.plot([0, 0], [1.0, 0.0], ":", color=GRAY)
    return _finish(ax, title, "x", "H(x)", probability=True)


def _cost_panel(ax: Axes, w: np.ndarray, cost: np.ndarray, slope: float, color: str, style: str, name: str) -> None:
    ax.plot(w, cost, color=color, linestyle=style, label="cost")
    low = np.flatnonzero((cost[1:-1] < cost[:-2]) & (cost[1:-1] < cost[2:])) + 1
    for i in low:
        ax.plot([w[i]], [cost[i]], "o", color="black", label=f"lowest at W = {w[i]:.2f}: {cost[i]:.3f}")
    ax.plot([w[0]], [cost[0]], "s", color=color, clip_on=False, label=f"slope at W = {w[0]:g}: {slope:.2f}")
    _finish(ax, name, "W", "cost")


def _slope(model: Model | None, w: float | None, b: float | None) -> tuple[float, float]:
    if (w is None) != (b is None) or (model is not None and w is not None):
        raise UsageError("model, w, b: expected a model, or both w and b, or none of them; leave the others out.")
    if w is not None and b is not None:
        return float(w), float(b)
    if model is None:
        return deck.EXAM_W, deck.EXAM_B
    fields, weights = model.plan.fields, list(model.coef.values())
    numeric = len(fields) == 1 and not hasattr(fields[0], "levels")
    if not (numeric and model.intercept) or None in weights:
        raise UsageError(
            f"model: expected an intercept and one numeric column, but the terms {', '.join(model.terms)} came; "
            "fit the result on the score alone."
        )
    return float(weights[1] or 0.0), float(weights[0] or 0.0)


def _plain(value: float) -> str:
    return f"{value:.4g}" if round(value, 9) else "0"


def _pyplot() -> Any:
    try:
        import matplotlib.pyplot as plt
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "matplotlib":
            raise
        raise ModuleNotFoundError(
            "Cutline's figures need matplotlib, which is not installed. Install it with: "
            "python -m pip install 'cutline[plots]'",
            name="matplotlib",
        ) from error
    return plt


def _axes(ax: Axes | None) -> Axes:
    # pyplot's figures, because notebooks show them and plt.show() knows them
    return _pyplot().subplots(figsize=(6.4, 4.2), layout="constrained")[1] if ax is None else ax


def _two_axes() -> tuple[Axes, Axes]:
    upper, lower = _pyplot().subplots(2, 1, figsize=(6.4, 6.4), layout="constrained", sharex=True)[1]
    return upper, lower


def _finish(ax: Axes, title: str, x: str, y: str, *, probability: bool = False, legend: Any = "best") -> Axes:
    ax.set_title(title)
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    if probability:
        ax.set_ylim(-0.03, 1.03)
        ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
    ax.grid(True, color="#E4E4E4", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    key = ax.legend(frameon=False, loc=legend)
    family = _family_of_fonts()
    if family:
        for text in (ax.title, ax.xaxis.label, ax.yaxis.label, *ax.texts, *key.get_texts()):
            text.set_fontfamily(family)
        ax.tick_params(labelfontfamily=family)
    return ax


def _family_of_fonts() -> list[str]:
    """A Hangul font and DejaVu Sans for the signs it lacks (the minus); nothing where the user chose a font."""
    import matplotlib
    from matplotlib import font_manager

    if matplotlib.rcParams["font.family"] != ["sans-serif"]:
        return []
    installed = {font.name for font in font_manager.fontManager.ttflist}
    found = next((name for name in _HANGUL if name in installed), None)
    return [found, "DejaVu Sans"] if found else []

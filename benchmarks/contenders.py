"""Who fits: each contender, its arguments, and its ladder of settings, from the loosest on.

Conventions, so that all minimize the f of problems.py (n rows, all of weight one):

* cutline enters as it is by default, and on the large dense problems once more with tol=0.001: every coefficient
  within a thousandth of its standard error, which is about where newton-cholesky and glum end.
* cutline and scikit-learn's `C` is that of f, and C = inf is no penalty. Their other numbers differ: scikit-learn's
  `tol` is on the gradient of f / n (liblinear's on the gradient's norm over the first one's).
* liblinear also penalizes the intercept, b^2 / (2 C s^2) with s = `intercept_scaling`. Its ladder has s = 10 and, where
  that keeps it from the lowest f (the intercept is large), s = 1000.
* glum minimizes f / n with alpha = 1 / (C n); under no penalty it may scale the columns itself, which changes nothing.
* torch.optim.LBFGS is given f / n in standardized columns, w = v / sd, without a copy of X.
* On a GPU `cutline` and torch LBFGS are given X and y as tensors that lie there already; `moved` is given the arrays
  and device="cuda", so that the way there is in the clock.
* statsmodels has no ridge. It is given a column of ones, and told not to look for the rank, a decomposition of X.
* "standardized first" is scikit-learn's StandardScaler, in the clock, the answer taken back; without a penalty only,
  since with one it is another function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import numpy as np
from problems import Problem

Answer = tuple[np.ndarray, float, Any]  # slopes, intercept, the fitted object
Prepared = tuple[Callable[[], Answer], str]  # what is timed, and its arguments in words
Setting = dict[str, Any]


@dataclass(frozen=True)
class Contender:
    """`prepare(x, y, C, **setting)` is not timed; `known` is the rung a quick run takes, by problem or regime."""

    name: str
    title: str
    prepare: Callable[..., Prepared]
    ladder: tuple[Setting, ...]
    known: dict[str, int] = field(default_factory=dict)

    def rungs(self, problem: Problem) -> list[int]:
        """The settings that mean something here: what is float64 already is not cast to it."""
        cast = problem.data.dtype == "float32"
        return [rung for rung, setting in enumerate(self.ladder) if cast or "cast" not in setting]

    def best_known(self, problem: Problem) -> int:
        return self.known.get(problem.name, self.known.get(problem.regime, 0))


def cutline(x: Any, y: np.ndarray, C: float, *, there: str = "", **arguments: Any) -> Prepared:
    from cutline import LogisticRegression

    model = LogisticRegression(C=C, **arguments)
    if not there:
        return lambda: _answer(model.fit(x, y)), f"cutline.{model!r}"
    rows, target = on_device(x, there), on_device(y, there)
    return lambda: _answer(model.fit(rows, target)), f"cutline.{model!r} on tensors in {there!r}"


def sklearn(
    x: Any, y: np.ndarray, C: float, *, standardize: bool = False, cast: str = "", **arguments: Any
) -> Prepared:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=C, **arguments)
    said = " ".join(repr(model).split())
    if hasattr(x, "columns"):
        x, said = one_hot(x), said + " on a one-hot CSR matrix"
    if cast:
        return lambda: _answer(model.fit(x.astype(cast), y)), f"{said} on X.astype({cast!r})"
    if not standardize:
        return lambda: _answer(model.fit(x, y)), said

    from sklearn.preprocessing import StandardScaler

    def scaled() -> Answer:
        scaler = StandardScaler()
        w, b, _ = _answer(model.fit(scaler.fit_transform(x), y))
        w = w / scaler.scale_
        return w, b - w @ scaler.mean_, model

    return scaled, f"StandardScaler(), {said}"


def glum(x: Any, y: np.ndarray, C: float, *, gradient_tol: float, cast: str = "") -> Prepared:
    from glum import GeneralizedLinearRegressor

    free = not isfinite(C)
    model = GeneralizedLinearRegressor(
        family="binomial",
        alpha=0 if free else 1 / (C * len(y)),
        gradient_tol=gradient_tol,
        scale_predictors=free,
    )
    said, target = " ".join(repr(model).split()), y.astype(np.float64)
    if hasattr(x, "columns"):
        import tabmat

        x, said = tabmat.from_df(x), said + " on tabmat.from_df(frame)"
    else:  # faster than rows side by side
        x, said = np.asfortranarray(x), said + " on np.asfortranarray(X)"
        target = target.astype(cast or x.dtype)
    if cast:
        return lambda: _answer(model.fit(x.astype(cast), target)), f"{said}.astype({cast!r})"
    return lambda: _answer(model.fit(x, target)), said


def statsmodels(x: np.ndarray, y: np.ndarray, C: float, *, tol: float) -> Prepared:
    from statsmodels.api import Logit, add_constant

    # has_constant: a column of mean 1e6 and deviation 1 must not be taken for one
    exog, target = add_constant(x, has_constant="add"), y.astype(np.float64)

    def fit() -> Answer:
        found = Logit(target, exog, check_rank=False).fit(method="newton", tol=tol, maxiter=100, disp=0)
        return found.params[1:], float(found.params[0]), found

    return fit, f"Logit(y, add_constant(X), check_rank=False).fit(method='newton', tol={tol}, maxiter=100)"


def torch_lbfgs(x: np.ndarray, y: np.ndarray, C: float, *, grad: float, change: float, there: str = "") -> Prepared:
    import torch

    rows, target, n = on_device(x, there or "cpu"), on_device(y.astype(x.dtype), there or "cpu"), len(y)
    arguments = {
        "max_iter": 10_000,
        "history_size": 20,
        "tolerance_grad": grad,
        "tolerance_change": change,
        "line_search_fn": "strong_wolfe",
    }

    def fit() -> Answer:
        variance, mean = torch.var_mean(rows, 0)
        sd = variance.sqrt()
        v, b = (rows.new_zeros(size, requires_grad=True) for size in (rows.shape[1], 1))
        optimizer, loss = torch.optim.LBFGS([v, b], **arguments), torch.nn.BCEWithLogitsLoss()

        def closure() -> torch.Tensor:
            optimizer.zero_grad()
            w = v / sd
            value = loss(rows @ w + (b - w @ mean), target)
            if isfinite(C):
                value = value + w @ w / (2 * C * n)
            value.backward()
            return value

        optimizer.step(closure)
        w = (v / sd).detach().double()
        return w.cpu().numpy(), float(b.detach().double() - w @ mean.double()), optimizer

    said = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    where = f", tensors in {there!r}" if there else ""
    return fit, f"torch.optim.LBFGS({said}), BCEWithLogitsLoss, columns standardized inside{where}"


def on_device(array: np.ndarray, there: str) -> Any:
    """The array as a tensor that lies there."""
    import torch

    return torch.from_numpy(array).to(there)


def one_hot(frame: Any) -> Any:
    """The frame as CSR, in its order: a number as it is, a factor as one column for each level."""
    from scipy.sparse import csr_array

    n, k, start = len(frame), frame.shape[1], 0
    values, columns = np.ones((n, k)), np.empty((n, k), np.int32)
    for j, name in enumerate(frame):
        column = frame[name]
        if column.dtype == "category":
            columns[:, j] = start + column.cat.codes.to_numpy().astype(np.int32)
            start += len(column.cat.categories)
        else:
            values[:, j], columns[:, j] = column.to_numpy(), start
            start += 1
    rows = np.arange(0, n * k + 1, k, dtype=np.int32)
    return csr_array((values.ravel(), columns.ravel(), rows), shape=(n, start))


def _answer(model: Any) -> Answer:
    return np.ravel(model.coef_).astype(np.float64), float(np.ravel(model.intercept_)[0]), model


def _sklearn(solver: str, name: str, title: str = "", known: dict[str, int] | None = None, **more: Any) -> Contender:
    more |= {"solver": solver} | ({"intercept_scaling": 10.0} if solver == "liblinear" else {})
    ladder = tuple(more | {"tol": tol, "max_iter": 10_000} for tol in (1e-4, 1e-6, 1e-8, 1e-10))
    if name == "lbfgs":  # the default, which stops after 100 steps, first
        ladder = (more | {"tol": 1e-4}, *ladder)
    if name == "liblinear":
        ladder = (*ladder[:2], *(setting | {"intercept_scaling": 1e3} for setting in ladder[:3]))
    if name == "newton-cholesky":
        ladder += (more | {"tol": 1e-6, "max_iter": 10_000, "cast": "float64"},)
    return Contender(name, f"scikit-learn {title or name}", sklearn, ladder, known or {})


LBFGS = tuple({"grad": tol, "change": float(f"{tol / 1000:.0e}")} for tol in (1e-5, 1e-7, 1e-9, 1e-11))
CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender("cutline-there", "cutline, tensors on the GPU", cutline, ({"there": "cuda"},)),
        Contender("cutline-moved", "cutline, arrays moved there", cutline, ({"device": "cuda"},)),
        Contender("cutline", "cutline", cutline, ({},)),
        Contender("cutline-brief", "cutline, tol=0.001", cutline, ({"tol": 1e-3},)),
        _sklearn("newton-cholesky", "newton-cholesky", known={"hard": 1, "rare": 2}),
        _sklearn(
            "newton-cholesky",
            "newton-cholesky-scaled",
            "newton-cholesky, standardized first",
            known={"hard": 1, "rare": 2, "tails": 2},
            standardize=True,
        ),
        _sklearn("lbfgs", "lbfgs", known={"sparse": 3, "categories": 3, "small": 2}),
        _sklearn("lbfgs", "lbfgs-scaled", "lbfgs, standardized first", known={"dense": 1, "hard": 2}, standardize=True),
        _sklearn("newton-cg", "newton-cg", known={"sparse": 2, "categories": 1, "small": 1}),
        _sklearn("liblinear", "liblinear", known={"categories": 1, "small": 4}),
        Contender(
            "glum",
            "glum",
            glum,
            (*({"gradient_tol": tol} for tol in (1e-4, 1e-6, 1e-8, 1e-10)), {"gradient_tol": 1e-6, "cast": "float64"}),
            known={"hard": 1, "rare": 2, "tails": 2},
        ),
        Contender("statsmodels", "statsmodels Logit", statsmodels, tuple({"tol": tol} for tol in (1e-8, 1e-12))),
        Contender(
            "torch-lbfgs",
            "torch LBFGS",
            torch_lbfgs,
            LBFGS,
            known={"dense": 1, "wide": 1, "hard": 2},
        ),
        Contender(
            "torch-lbfgs-there",
            "torch LBFGS, tensors on the GPU",
            torch_lbfgs,
            tuple(setting | {"there": "cuda"} for setting in LBFGS),
            known={"gpu": 1},
        ),
    )
}

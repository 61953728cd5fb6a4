"""The estimator: parameters, the fit, and what is read off it.

The defaults are scikit-learn's (a ridge, C = 1, the intercept free), and so are the names: `coef_`, `intercept_`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from cutline.curve import sigmoid
from cutline.errors import CutlineWarning, DataError
from cutline.faces.estimator.door import Entered, enter, log_odds, place, weights
from cutline.faces.estimator.layout import Layout
from cutline.fitting.rows import PenaltyName, RowsFit, SolverName, fit_rows
from cutline.progress import shown
from cutline.rows import Rows
from cutline.solvers import Progress
from cutline.sources.device import placed

# scikit-learn's solvers are accepted by name, so that existing calls keep working: the answer is the same.
SOLVERS: Mapping[str, SolverName] = {
    "auto": "auto",
    "newton": "newton",
    "lbfgs": "lbfgs",
    "gradient-descent": "gradient-descent",
    "newton-cholesky": "newton",
    "newton-cg": "auto",
    "liblinear": "auto",
    "sag": "auto",
    "saga": "auto",
}


class LogisticRegression(ClassifierMixin, BaseEstimator):
    """Binary logistic regression with scikit-learn's interface and defaults.

    Minimizes  sum_i loss_i + |w|^2 / (2C)  with the intercept free, and certifies how near the optimum it ends.

    Parameters
    ----------
    penalty : {"l2", None}, default="l2"
        None is maximum likelihood.
    C : float, default=1.0
        Inverse strength of the penalty; infinity is no penalty.
    fit_intercept : bool, default=True
        Estimate an intercept, without penalty.
    class_weight : dict or "balanced", default=None
        Weights of the classes, multiplied with `sample_weight`.
    tol : float, default=1e-6
        The Newton decrement to reach: without a penalty, every coefficient within `tol` standard errors of the optimum.
        (scikit-learn's `tol` is on the gradient and depends on the data's scale.)
    solver : str, default="auto"
        "auto", "newton", "lbfgs" or "gradient-descent"; scikit-learn's names are taken too.
    max_iter : int, default=1000
        Passes over the data the solver may spend; a fit seldom needs more than ten.
    random_state : int, RandomState or None, default=None
        Seed of the sample that starts a fit of many rows. None is 0: the same data give the same answer.
    l1_ratio : float or None, default=0.0
        Only 0 (or None): there is no L1 penalty yet.
    dual, intercept_scaling, verbose, warm_start
        Taken so that calls written for scikit-learn keep working. They choose how it searches, or what it prints on the
        way, and the optimum does not depend on them; they have no effect here.
    n_jobs : int or None, default=None
        Workers that share a pass over the data: None is as many as torch has threads, -1 all cores.
    progress : bool or callable, default=False
        Show passes, loss, decrement and time left in a line on standard error while the fit lasts, if it is a terminal.
        A callable is told a `cutline.solvers.Progress` after each step.
    device : str or torch.device, default=None
        Where the passes are computed, "cpu" or "cuda"; None is where the data are. MPS has no float64, and is refused.
    interrupt : {"raise", "return"}, default="raise"
        What Ctrl-C does to a search: stop the program, or end the search, so that the fit returns with what stands, a
        warning that says how near it is, and its certificate.

    Attributes
    ----------
    coef_ : ndarray of shape (1, n_coefficients)
        One for each number column and one for each level of a category column, in the order of the columns.
    coef_names_ : ndarray of shape (n_coefficients,)
        Which is which: "age", "city=Seoul"; "x0", "x1", ... of an array.
    intercept_ : ndarray of shape (1,)
    classes_ : ndarray of shape (2,)
        The second is the positive class.
    n_iter_ : ndarray of shape (1,)
        Passes over the data the fit spent, the certificate's included.
    certificate_ : cutline.model.Certificate
        How near the optimum is.
    n_features_in_, feature_names_in_
        As in scikit-learn: those of X, where a category column is one.

    Notes
    -----
    X may be a data frame (pandas, polars, pyarrow, or another with Arrow's C stream) with category columns: text
    and categorical types. They need no encoding, and never become a matrix of zeros and ones. The levels are those
    that occur in fit, in the order of the type (pandas' categorical, polars' Enum) or else sorted. Under a penalty each
    has a coefficient, as after scikit-learn's `OneHotEncoder()`; without one the first is the reference and has none,
    as after `OneHotEncoder(drop="first")`. Booleans are the numbers 0 and 1, as in scikit-learn, and an object column
    that holds numbers or booleans only is numbers; `astype("category")` makes categories of either.

    Examples
    --------
    >>> from cutline import LogisticRegression
    >>> model = LogisticRegression().fit([[45], [50], [55], [60], [65], [70]], [0, 0, 0, 1, 1, 1])
    >>> model.predict([[57], [58]])
    array([0, 1])
    >>> model.certificate_.decrement < 1e-6
    True

    A frame with categories, as it is:

    >>> import pandas as pd
    >>> city = ["Busan", "Seoul", "Seoul", "Busan", "Jeju", "Seoul"]
    >>> rides = pd.DataFrame({"city": city, "age": [31, 25, 47, 52, 38, 60]})
    >>> model = LogisticRegression().fit(rides, [0, 1, 1, 0, 1, 0])
    >>> dict(zip(model.coef_names_.tolist(), model.coef_[0].round(2).tolist()))
    {'city=Busan': -0.74, 'city=Jeju': 0.33, 'city=Seoul': 0.41, 'age': -0.09}
    >>> model.predict(rides.tail(3))
    array([0, 1, 0])
    """

    n_features_in_: int

    def __init__(
        self,
        penalty: Literal["l2"] | None = "l2",
        *,
        C: float = 1.0,
        fit_intercept: bool = True,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        tol: float = 1e-6,
        solver: str = "auto",
        max_iter: int = 1000,
        random_state: Any = None,
        l1_ratio: float | None = 0.0,
        dual: bool = False,
        intercept_scaling: float = 1,
        verbose: int = 0,
        warm_start: bool = False,
        n_jobs: int | None = None,
        progress: bool | Callable[[Progress], None] = False,
        device: Any = None,
        interrupt: Literal["raise", "return"] = "raise",
    ) -> None:
        self.penalty = penalty
        self.C = C
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.tol = tol
        self.solver = solver
        self.max_iter = max_iter
        self.random_state = random_state
        self.l1_ratio = l1_ratio
        self.dual = dual
        self.intercept_scaling = intercept_scaling
        self.verbose = verbose
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.progress = progress
        self.device = device
        self.interrupt: Literal["raise", "return"] = interrupt

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LogisticRegression:
        """Fit to X of shape (n_samples, n_features) and two classes y of shape (n_samples,).

        Parameters
        ----------
        X : array, sparse matrix, data frame or torch.Tensor of shape (n_samples, n_features)
            Floats in an array or a tensor are taken where they are, without a copy; so are a tensor on another device
            and the numbers of a pandas frame that keeps them in one block.
        y : array-like of shape (n_samples,)
            Two classes, of any kind.
        sample_weight : array-like of shape (n_samples,), default=None
            Not negative; a weight of two is two rows.

        Returns
        -------
        LogisticRegression
            The estimator itself.

        Raises
        ------
        ValueError
            X or y are not as scikit-learn asks, there is one class or more than two, a parameter is out of range, or
            the device is not here or computes no float64.
        """
        self._check_parameters()
        X, device = place(X, self.device)
        free = self.penalty is None or np.isinf(self.C)
        entered = enter(self, X, y, full=not free)
        block = entered.block(weights(entered, sample_weight, self.class_weight))
        fit = self._search(entered, placed(block, device), "none" if free else "l2")
        self.classes_, self._layout = entered.classes, entered.layout
        i = int(self.fit_intercept)
        found = fit.weights.numpy()
        found = np.nan_to_num(found, nan=0.0) if fit.aliased else found
        coef = found[i:] if entered.layout is None else found[i:][entered.layout.places()]
        self.coef_ = coef[None]
        self.intercept_ = found[:1].copy() if i else np.zeros(1)
        self.n_iter_ = np.array([fit.certificate.passes], dtype=np.int32)
        self.certificate_ = fit.certificate
        self._warn(fit, entered)
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """The log-odds of the second class, (n_samples,)."""
        return log_odds(self, X)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of both classes, (n_samples, 2), in the order of `classes_`."""
        eta = log_odds(self, X)
        return np.stack([sigmoid(-eta), sigmoid(eta)], axis=1)

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Logarithms of the probabilities, (n_samples, 2), exact also where a probability rounds to zero."""
        eta = log_odds(self, X)
        return -np.stack([np.logaddexp(0, eta), np.logaddexp(0, -eta)], axis=1)

    def predict(self, X: Any) -> np.ndarray:
        """The likelier class, (n_samples,); a tie goes to the first, as in scikit-learn."""
        positive = log_odds(self, X) > 0
        return self.classes_[positive.astype(int)]

    @property
    def coef_names_(self) -> np.ndarray:
        """The name of each coefficient, in the order of `coef_`: of a column, or column=level."""
        if "coef_" not in vars(self):
            raise AttributeError("coef_names_ is known after fit")
        return np.array(self._names(self._layout), dtype=object)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """The name of each coefficient; `input_features` is taken because scikit-learn's callers pass it."""
        check_is_fitted(self)
        return self.coef_names_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.sparse = True
        return tags

    def _check_parameters(self) -> None:
        if self.penalty not in ("l2", None):
            raise ValueError(f"penalty: expected 'l2' or None, got {self.penalty!r}")
        if self.l1_ratio not in (None, 0):
            raise ValueError(f"l1_ratio: expected 0, for there is no L1 penalty yet, got {self.l1_ratio!r}")
        for name in ("C", "tol", "max_iter"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not value > 0:
                raise ValueError(f"{name}: expected a number above 0, got {value!r}")
        if self.solver not in SOLVERS:
            raise ValueError(f"solver: expected one of {', '.join(SOLVERS)}, got {self.solver!r}")
        if self.n_jobs is not None and (not isinstance(self.n_jobs, int | np.integer) or self.n_jobs == 0):
            raise ValueError(f"n_jobs: expected None, a number of workers, or -1 for all cores, got {self.n_jobs!r}")
        if self.interrupt not in ("raise", "return"):
            raise ValueError(f"interrupt: expected 'raise' or 'return', got {self.interrupt!r}")

    def _search(self, entered: Entered, rows: Rows, penalty: PenaltyName) -> RowsFit:
        layout = entered.layout
        try:
            with shown(self.progress, "fitting") as told:
                return fit_rows(
                    rows,
                    penalty=penalty,
                    C=float(self.C) if penalty == "l2" else 1.0,
                    intercept=self.fit_intercept,
                    solver=SOLVERS[self.solver],
                    tol=self.tol,
                    max_passes=self.max_iter,
                    covariance=False,
                    names=_in_block(entered.layout, self._names(layout)),
                    labels=(str(entered.classes[0]), str(entered.classes[1])),
                    order=None if layout is None else layout.places().tolist(),
                    seed=0 if self.random_state is None else int(check_random_state(self.random_state).randint(2**31)),
                    progress=told,
                    short="return",
                    interrupt=self.interrupt,
                    workers=None if self.n_jobs is None else effective_n_jobs(self.n_jobs),
                )
        except DataError:
            entered.explain(self)
            raise

    def _names(self, layout: Layout | None) -> list[str]:
        if layout is not None:
            return layout.names()
        names = getattr(self, "feature_names_in_", None)
        return [f"x{j}" for j in range(self.n_features_in_)] if names is None else list(names)

    def _warn(self, fit: RowsFit, entered: Entered) -> None:
        if fit.separation is not None:
            warnings.warn(
                f"{fit.separation.message} These coefficients are where the search stood; use penalty='l2', or "
                "cutline.fit(..., penalty='firth').",
                CutlineWarning,
                stacklevel=3,
            )
        elif fit.short is not None:
            warnings.warn(fit.short, ConvergenceWarning, stacklevel=3)
        if (self.penalty is None or np.isinf(self.C)) and fit.aliased:
            names = _in_block(entered.layout, self._names(entered.layout))
            gone = ", ".join(names[a.feature] for a in fit.aliased)
            warnings.warn(
                f"constant or exactly collinear, and given a coefficient of 0: {gone}", CutlineWarning, stacklevel=3
            )


def _in_block(layout: Layout | None, names: list[str]) -> list[str]:
    """Names of coefficients in the order of the block's features."""
    if layout is None:
        return names
    out = [""] * len(names)
    for at, name in zip(layout.places(), names):
        out[at] = name
    return out

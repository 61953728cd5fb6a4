"""scikit-learn's face: change the import, and the fit costs a handful of passes and ends with a certificate.

The defaults are scikit-learn's (a ridge, C = 1, the intercept free), and so are the names: `coef_`, `intercept_`.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from cutline.curve import sigmoid
from cutline.errors import CutlineWarning
from cutline.fitting.rows import PenaltyName, RowsFit, SolverName, fit_rows
from cutline.rows import Block, csr
from cutline.sources.memory import Memory

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
    dual, intercept_scaling, verbose, warm_start, n_jobs
        Taken so that calls written for scikit-learn keep working. They choose how it searches, or what it prints on the
        way, and the optimum does not depend on them; they have no effect here.

    Attributes
    ----------
    coef_ : ndarray of shape (1, n_features)
    intercept_ : ndarray of shape (1,)
    classes_ : ndarray of shape (2,)
        The second is the positive class.
    n_iter_ : ndarray of shape (1,)
        Passes over the data the fit spent, the certificate's included.
    certificate_ : cutline.model.Certificate
        How near the optimum is.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Examples
    --------
    >>> from cutline import LogisticRegression
    >>> model = LogisticRegression().fit([[45], [50], [55], [60], [65], [70]], [0, 0, 0, 1, 1, 1])
    >>> model.predict([[57], [58]])
    array([0, 1])
    >>> model.certificate_.decrement < 1e-6
    True
    """

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

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LogisticRegression:
        """Fit to X of shape (n_samples, n_features), dense or sparse, and two classes y of shape (n_samples,).

        Raises
        ------
        ValueError
            X or y are not as scikit-learn asks, there is one class or more than two, or a parameter is out of range.
        """
        self._check_parameters()
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=[np.float64, np.float32], accept_large_sparse=True)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) != 2:
            raise ValueError(_how_many(self.classes_))
        weight = None
        if sample_weight is not None:
            weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        if self.class_weight is not None:
            each = compute_class_weight(self.class_weight, classes=self.classes_, y=y, sample_weight=weight)
            weight = each[codes] * (1.0 if weight is None else weight)
        if weight is not None and len(np.unique(codes[weight > 0])) < 2:
            raise ValueError("expected rows of positive weight in both classes; one class has none")
        free = self.penalty is None or np.isinf(self.C)
        penalty: PenaltyName = "none" if free else "l2"
        names = list(getattr(self, "feature_names_in_", [f"x{j}" for j in range(X.shape[1])]))
        fit = fit_rows(
            Memory(_block(X, codes, weight)),
            penalty=penalty,
            C=1.0 if free else float(self.C),
            intercept=self.fit_intercept,
            solver=SOLVERS[self.solver],
            tol=self.tol,
            max_passes=self.max_iter,
            covariance=False,
            names=names,
            labels=(str(self.classes_[0]), str(self.classes_[1])),
            seed=0 if self.random_state is None else int(check_random_state(self.random_state).randint(2**31)),
            short="return",
        )
        self._warn(fit, names)
        weights = np.nan_to_num(fit.weights.numpy(), nan=0.0)
        i = int(self.fit_intercept)
        self.coef_ = weights[None, i:]
        self.intercept_ = weights[:1].copy() if i else np.zeros(1)
        self.n_iter_ = np.array([fit.certificate.passes], dtype=np.int32)
        self.certificate_ = fit.certificate
        return self

    def decision_function(self, X: Any) -> np.ndarray:
        """The log-odds of the second class, (n_samples,)."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", reset=False)
        return np.asarray(X @ self.coef_[0] + self.intercept_[0])

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of both classes, (n_samples, 2), in the order of `classes_`."""
        eta = self.decision_function(X)
        return np.stack([sigmoid(-eta), sigmoid(eta)], axis=1)

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Logarithms of the probabilities, (n_samples, 2), exact also where a probability rounds to zero."""
        eta = self.decision_function(X)
        return -np.stack([np.logaddexp(0, eta), np.logaddexp(0, -eta)], axis=1)

    def predict(self, X: Any) -> np.ndarray:
        """The likelier class, (n_samples,); a tie goes to the first, as in scikit-learn."""
        positive = self.decision_function(X) > 0
        return self.classes_[positive.astype(int)]

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

    def _warn(self, fit: RowsFit, names: list[str]) -> None:
        if fit.separation is not None:
            warnings.warn(
                f"{fit.separation.message} These coefficients are where the search stood; use penalty='l2', or "
                "cutline.fit(..., penalty='firth').",
                CutlineWarning,
                stacklevel=3,
            )
        elif fit.short is not None:
            warnings.warn(fit.short, ConvergenceWarning, stacklevel=3)
        if self.penalty is None and fit.aliased:
            gone = ", ".join(names[a.feature] for a in fit.aliased)
            warnings.warn(
                f"constant or exactly collinear, and given a coefficient of 0: {gone}", CutlineWarning, stacklevel=3
            )


def _how_many(classes: np.ndarray) -> str:
    if len(classes) < 2:
        return f"expected two classes, and y holds one class: {classes[0]!r}"
    # the first words are scikit-learn's own, which its checks look for
    return (
        f"Only binary classification is supported. The type of the target is multiclass, with {len(classes)} classes."
    )


def _block(X: Any, codes: np.ndarray, weight: np.ndarray | None) -> Block:
    y = torch.from_numpy(codes.astype(np.float64))
    if hasattr(X, "indptr"):
        x = csr(X.indptr, X.indices, X.data, X.shape)
    else:
        with warnings.catch_warnings():  # memory a worker maps read-only: nothing here writes to it
            warnings.filterwarnings("ignore", "The given NumPy array is not writable")
            x = torch.from_numpy(np.ascontiguousarray(X))
    return Block(x, y, weight=None if weight is None else torch.from_numpy(weight))

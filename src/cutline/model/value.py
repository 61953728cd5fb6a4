"""What a user keeps from a fit: names, levels, weights, covariance, threshold, and what the fit said of itself.

A model is a value: frozen, without rows, and able to predict and to do its Wald arithmetic without torch. Everything
that can be derived (standard errors, z, p, intervals, odds ratios, the cut line) is derived, and stored nowhere; what
needed the rows again (the penalized-likelihood p and intervals of Firth's penalty) is stored.

Aliased terms (exactly collinear or constant columns) keep their place with a weight of NaN: their entries are None in
every dict, and they count nothing in a prediction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from cutline.curve import sigmoid
from cutline.errors import UsageError
from cutline.model import consistency, wald
from cutline.model.parts import Certificate, Rows, Separation, Statistics

if TYPE_CHECKING:
    from cutline.model.prediction import Scored, Unseen
    from cutline.model.wald import CutLine
    from cutline.model.words import Lang
    from cutline.table import Label, Plan, ReadOptions, Table


ARRAYS = ("weights", "covariance", "variances", "p", "ci")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Model:
    """A fitted logistic regression.

    weights: (t,) on the log-odds scale in the user's units, NaN where aliased. covariance: (t, t) or None.
    variances: (t,), the covariance's diagonal, where a matrix of all terms would be too large to keep; else None.
    p, ci: (t,) and (t, 2), only where `test` is "penalized likelihood"; under "wald" they are derived.
    Raises ValueError, its message beginning with the field's name, where the parts do not fit together.
    """

    plan: Plan
    intercept: bool
    terms: tuple[str, ...]
    weights: np.ndarray
    covariance: np.ndarray | None
    penalty: str
    requested_penalty: str
    C: float | None
    conf_level: float
    test: str | None
    variances: np.ndarray | None = None
    p: np.ndarray | None = None
    ci: np.ndarray | None = None
    no_errors_reason: str | None = None
    threshold: float = 0.5
    statistics: Statistics
    rows: Rows
    certificate: Certificate
    separation: Separation | None = None
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fingerprint: str
    settings: dict[str, Any] = field(default_factory=dict)
    version: str

    def __post_init__(self) -> None:
        for name in ARRAYS:
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, np.array(value, dtype=np.float64))
        consistency.check_names(self)
        consistency.check_weights(self)
        consistency.check_test(self)
        for name in ARRAYS:
            if getattr(self, name) is not None:
                getattr(self, name).flags.writeable = False

    def __repr__(self) -> str:
        label = self.label
        return (
            f"Model({label.column!r}: probability of {label.positive!r}, {len(self.terms)} terms, "
            f"penalty {self.penalty!r}, {self.rows.used} rows)"
        )

    # --- what was estimated -------------------------------------------------------------------------------------

    @property
    def label(self) -> Label:
        """The plan's `Label`: the target's column, its kind, its negative and positive label."""
        assert self.plan.label is not None  # checked when the model was made
        return self.plan.label

    @property
    def coef(self) -> dict[str, float | None]:
        """Term -> coefficient on the log-odds scale; None where aliased."""
        return self._by_term(self.weights)

    @property
    def odds_ratios(self) -> dict[str, float | None]:
        """Term -> exp(coefficient); for "(intercept)" the odds where every column is zero or at its reference."""
        with np.errstate(over="ignore"):
            return self._by_term(np.exp(self.weights))

    @property
    def cov(self) -> np.ndarray | None:
        """Covariance of the coefficients, (t, t) in the order of `terms`, NaN where aliased.

        None under l2, and beyond 4,000 coefficients, where only the variances are kept: standard errors, tests and
        intervals of single terms need no more.
        """
        return self.covariance

    @property
    def std_errors(self) -> dict[str, float | None]:
        """Term -> standard error; None where aliased, or where there is no covariance (`no_errors_reason`)."""
        return self._by_term(self._errors())

    @property
    def z_values(self) -> dict[str, float | None]:
        """Term -> z: coef / std_error, or under Firth's penalty the signed root of the penalized LR chi-squared.

        So z and p always say the same: p is two-sided normal in z, whichever test gave them.
        """
        if self.test == "penalized likelihood" and self.p is not None:
            pairs = zip(self.p.tolist(), self.weights.tolist())
            return self._by_term([math.nan if math.isnan(p) else wald.signed_root(p, b) for p, b in pairs])
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._by_term(self.weights / self._errors())

    @property
    def p_values(self) -> dict[str, float | None]:
        """Term -> two-sided p: Wald's, or under Firth's penalty by penalized likelihood ratio."""
        if self.test == "penalized likelihood" and self.p is not None:
            return self._by_term(self.p)
        return {term: None if z is None else wald.two_sided(z) for term, z in self.z_values.items()}

    def conf_int(self, level: float | None = None) -> dict[str, tuple[float | None, float | None]]:
        """Term -> (low, high) at `level`, by default the level of the fit; (None, None) where there is none.

        Wald, or under Firth's penalty by profile of the penalized likelihood, which needs the rows: there only the
        level of the fit is at hand, and another raises `UsageError`. An end may be infinite.
        """
        q = wald.quantile(self.conf_level if level is None else level)
        if self.test == "penalized likelihood" and self.ci is not None:
            if level is not None and level != self.conf_level:
                raise UsageError(
                    f"profile intervals are kept at the level of the fit, {self.conf_level:g}, but {level:g} was "
                    f"asked for; fit again with conf_level={level:g}"
                )
            low, high = self.ci[:, 0], self.ci[:, 1]
        else:
            spread = q * self._errors()
            low, high = self.weights - spread, self.weights + spread
        lows, highs = self._by_term(low), self._by_term(high)
        return {term: (lows[term], highs[term]) for term in self.terms}

    def cut_line(self, level: float | None = None, p: float = 0.5) -> CutLine | None:
        """The value of the one numeric feature where the probability is `p`, with its interval.

        None unless the model is an intercept and one numeric column without an offset, with a slope other than zero.
        """
        level = self.conf_level if level is None else level
        plan = self.plan
        if not self.intercept or plan.categories or len(plan.numeric) != 1 or plan.offset is not None:
            wald.quantile(level)
            return None
        b0, b1 = self.weights.tolist()
        cov = self.covariance
        parts = None if cov is None else (float(cov[0, 0]), float(cov[0, 1]), float(cov[1, 1]))
        return wald.find_cut_line(
            plan.numeric[0].name, (b0, b1), parts, level=level, p=p, reason=f"No interval: {self.no_errors_reason}"
        )

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood, with R's binomial constant for grouped data."""
        return self.statistics.log_likelihood

    @property
    def deviance(self) -> float:
        """Residual deviance."""
        return self.statistics.deviance

    @property
    def aic(self) -> float | None:
        """Akaike's information criterion."""
        return self.statistics.aic

    @property
    def bic(self) -> float | None:
        """Bayes information criterion; its n is `statistics.bic_n`."""
        return self.statistics.bic

    # --- prediction ---------------------------------------------------------------------------------------------

    def decision_function(
        self, data: Any, *, unseen: Unseen = "empty", options: ReadOptions | None = None
    ) -> np.ndarray:
        """Log-odds of the positive label for every row of `data`, (n,), NaN where the row cannot be scored."""
        from cutline.model import prediction

        return prediction.decide_loudly(self, data, unseen, options)

    def predict_proba(self, data: Any, *, unseen: Unseen = "empty", options: ReadOptions | None = None) -> np.ndarray:
        """Probability of the positive label for every row of `data`, (n,), NaN where the row cannot be scored.

        data: whatever `cutline.fit` takes; columns are matched by name. Rows that cannot be scored (a missing value, a
        level never seen) and values filled in are counted and named in a `CutlineWarning`; unseen="reference" scores
        unseen levels as the reference level, "fail" refuses them.
        """
        from cutline.model import prediction

        return sigmoid(prediction.decide_loudly(self, data, unseen, options))

    def predict(
        self,
        data: Any,
        threshold: float | None = None,
        *,
        unseen: Unseen = "empty",
        options: ReadOptions | None = None,
    ) -> np.ndarray:
        """The label of every row of `data`, (n,) of dtype object, None where the row cannot be scored.

        A probability at the threshold is positive. Labels that read as whole numbers (0/1, 1/2) come back as int,
        True/False as bool, others as the text they were; "success" and "failure" where the target was a count.
        """
        from cutline.model import prediction

        cut = prediction.threshold(self, threshold)
        probability = sigmoid(prediction.decide_loudly(self, data, unseen, options))
        return prediction.label_rows(probability, cut, *prediction.label_values(self.label))

    def score_rows(self, table: Table, unseen: Unseen = "empty", threshold: float | None = None) -> Scored:
        """Probability, label (as written) and problems of every row of a table, for whoever reports them."""
        from cutline.model import prediction

        return prediction.score_rows(self, table, unseen, threshold)

    # --- keeping and showing ------------------------------------------------------------------------------------

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model to `path` as JSON: beside it first, then renamed, so that it is never half there."""
        from cutline.model import file

        file.save(self, path)

    def summary(self, lang: Lang = "en") -> str:
        """The model as a plain-text table, in English or in Korean (`lang="ko"`)."""
        from cutline.model import words

        return words.summary(self, lang)

    # --- inside -------------------------------------------------------------------------------------------------

    def _errors(self) -> np.ndarray:
        if self.variances is not None:
            return np.sqrt(self.variances)
        if self.covariance is None:
            return np.full(len(self.terms), np.nan)
        return np.sqrt(np.diagonal(self.covariance))

    def _by_term(self, values: Any) -> dict[str, float | None]:
        return {t: None if math.isnan(v) else float(v) for t, v in zip(self.terms, np.asarray(values).tolist())}

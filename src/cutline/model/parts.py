"""What a fit says of itself: four records that a model carries, each plain data."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Certificate:
    """The statement a fit ends with, that its reader can check.

    gradient: largest entry of the gradient, in standardized units, over the total weight. decrement: the Newton
    decrement; 1e-6 says every coefficient is within a millionth of its standard error. bound: how far the loss is
    above its minimum at most ("exact" from the Hessian on all rows, an "estimate" from a sample's). passes over
    `rows` rows; stop: how the fit ended, a sentence.
    """

    gradient: float
    decrement: float
    bound: float | None
    bound_kind: str
    passes: int
    rows: int
    stop: str
    solver: str
    tol: float


@dataclass(frozen=True)
class Separation:
    """Why maximum likelihood has no finite answer: the terms that split the classes, and the direction that does."""

    kind: str  # "complete" or "quasi-complete"
    terms: tuple[str, ...]
    direction: dict[str, float]
    message: str


@dataclass(frozen=True)
class Statistics:
    """The numbers of a fit. `log_likelihood` holds R's binomial constant, the kernel does not; weight: total weight.

    None where there is none: a test and criteria under l2, which has no degrees of freedom to count. Under Firth's
    penalty the likelihood ratio test is of penalized likelihoods.
    """

    n_rows: int
    weight: float
    log_likelihood: float
    log_likelihood_kernel: float
    null_log_likelihood: float
    deviance: float
    null_deviance: float
    df_residual: int
    df_null: int
    lr_chi2: float | None
    lr_df: int | None
    lr_p: float | None
    aic: float | None
    bic: float | None
    bic_n: int
    mcfadden_r2: float | None
    auc: float | None
    auc_error: float
    penalized_log_likelihood: float | None = None


@dataclass(frozen=True)
class Rows:
    """What became of the rows: read, used, dropped by reason, rejected by the reader, values imputed by column."""

    read: int
    used: int
    dropped: dict[str, int] = field(default_factory=dict)
    rejected: int = 0
    imputed: dict[str, int] = field(default_factory=dict)

"""What a fit is compared by: likelihoods, deviances and criteria, as R's glm and logLik define them.

    log-likelihood  sum m (y log p + (1 - y) log(1 - p)) + binomial constant         deviance  2 (saturated - fitted)
    AIC  -2 logL + 2 k         BIC  -2 logL + k log n  with n the rows of positive weight         McFadden's R2  1 -
    logL / logL0

McFadden, "Conditional logit analysis of qualitative choice behavior" (1974), p. 121. The null model has the intercept
and the offset.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import cast

import torch
from scipy.special import chdtrc, xlogy

from cutline.coordinates import Coordinates
from cutline.fitting.rows import RowsFit
from cutline.inference.profile import null_value
from cutline.model import Statistics
from cutline.objective import Firth, LogLoss
from cutline.penalty import NoPenalty
from cutline.rows import Counted
from cutline.solvers import Newton, minimize
from cutline.summands.metrics import Ranked, Ranking
from cutline.summands.moments import Outcome


def statistics(rows: Counted, fit: RowsFit, *, penalty: str, offset: bool) -> Statistics:
    """The statistics of a fit: one pass for the area under the curve, a few more for an offset or for Firth."""
    coords, outcome = fit.coords, fit.outcome
    null = null_loss(rows, coords, outcome, offset)
    rank, k = coords.size, int(coords.intercept)
    kernel, lr = -fit.loss, 2 * (null - fit.loss)
    penalized = None
    if penalty == "firth":
        lr = 2 * (null_value(Firth(rows, coords, coords), coords) - fit.objective)
        # the information's determinant in the user's units, not in those of the search
        penalized = -fit.objective - float(coords.scales().log().sum())
    likelihood = kernel + outcome.constant
    ranking = cast(Ranking, rows.sum(Ranked(fit.theta, coords)))
    l2 = penalty == "l2"
    return Statistics(
        n_rows=outcome.rows,
        weight=outcome.weight,
        log_likelihood=likelihood,
        log_likelihood_kernel=kernel,
        penalized_log_likelihood=penalized,
        null_log_likelihood=outcome.constant - null,
        deviance=2 * (outcome.saturated - kernel),
        null_deviance=2 * (outcome.saturated + null),
        df_residual=outcome.rows - rank,
        df_null=outcome.rows - k,
        # a ridge has no degrees of freedom to count, and so no test and no criterion
        lr_chi2=None if l2 else max(lr, 0.0),
        lr_df=None if l2 else rank - k,
        lr_p=None if l2 else float(chdtrc(rank - k, max(lr, 0.0))) if rank > k else 1.0,
        aic=None if l2 else 2 * rank - 2 * likelihood,
        bic=None if l2 else rank * math.log(outcome.rows) - 2 * likelihood,
        bic_n=outcome.rows,
        mcfadden_r2=1 - fit.loss / null if null > 0 else None,
        auc=ranking.auc(),
        auc_error=0.0,  # every distinct score is kept
    )


def null_loss(rows: Counted, coords: Coordinates, outcome: Outcome, offset: bool) -> float:
    """The loss of the model of intercept and offset alone."""
    if coords.intercept and not offset:
        failures = outcome.weight - outcome.successes
        shares = (outcome.successes / outcome.weight, failures / outcome.weight)
        return -float(xlogy(outcome.successes, shares[0]) + xlogy(failures, shares[1]))
    bare = replace(coords, center=None, scale=None, free=torch.arange(int(coords.intercept)), fixed=None)
    f, start = LogLoss(rows, bare), torch.zeros(bare.size, dtype=torch.float64)
    if not bare.size:
        return f.at(start, 0).value
    return minimize(f, NoPenalty(), Newton(), start, tol=1e-8, max_passes=100).step.value
